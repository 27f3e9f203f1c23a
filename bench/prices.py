"""The prices of the measured hotel: ten plans, seasons, rules, manual prices, restrictions, policies, taxes."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from billing.taxes.enums import Component
from billing.taxes.services import regime_apply
from bookings.rates.enums import Board, Deposit, Penalty, PriceRuleKind, Source
from bookings.rates.models import (
    BasePrice,
    CancellationPolicy,
    CancellationTier,
    DailyPrice,
    PaymentTerms,
    PlanChannel,
    PlanComponent,
    PriceRule,
    RatePlan,
    Restriction,
    Season,
    SeasonPrice,
)
from pms.kernel.actors import Actor
from pms.properties.models import Property, RoomType

PLANS = 10
#: The plan that has manual prices and restrictions on every day.
WORKED_ON = "P02"
SEASON_DAYS = 36
#: What a price depends on besides its day: kind, first, last, per cent.
RULES: tuple[tuple[PriceRuleKind, int, int | None, str], ...] = (
    (PriceRuleKind.WEEKEND, 0, None, "8"),
    (PriceRuleKind.WEEKDAY, 7, 7, "-6"),
    (PriceRuleKind.SINGLE, 0, None, "-12"),
    (PriceRuleKind.EXTRA_ADULT, 1, None, "22"),
    (PriceRuleKind.CHILD, 0, 2, "0"),
    (PriceRuleKind.CHILD, 3, None, "10"),
    (PriceRuleKind.LENGTH_OF_STAY, 7, None, "-5"),
    (PriceRuleKind.LEAD_TIME, 60, None, "-4"),
)


def prices_make(*, hotel: Property, plan: RatePlan, types: Sequence[RoomType], today: date, days: int) -> None:
    """Give the hotel everything a price can depend on. `plan` has base prices already; nothing of it is restricted."""
    plans = [plan, *_plans(hotel, plan)]
    seasons = Season.objects.bulk_create(
        Season(
            property=hotel,
            code=f"S{number:02}",
            name=f"Season {number + 1}",
            first=today + timedelta(days=number * SEASON_DAYS),
            last=today + timedelta(days=(number + 1) * SEASON_DAYS - 1),
            percent=Decimal(5 * (number % 7) - 10),
        )
        for number in range(-(-days // SEASON_DAYS))
    )
    SeasonPrice.objects.bulk_create(
        SeasonPrice(season=season, rate_plan=plan, room_type=kind, price_minor=12_000 + 700 * index)
        for season in seasons[::3]
        for index, kind in enumerate(types[:5])
    )
    PriceRule.objects.bulk_create(
        PriceRule(property=hotel, kind=kind, first=first, last=last, percent=Decimal(percent))
        for kind, first, last, percent in RULES
    )
    worked_on = next(each for each in plans if each.code == WORKED_ON)
    DailyPrice.objects.bulk_create(_daily(worked_on, types, today, days), batch_size=2000)
    Restriction.objects.bulk_create(_restrictions(hotel, worked_on, types, today, days), batch_size=2000)
    regime_apply(property=hotel, regime="pt-lisbon", actor=Actor.system("bench"))


def _plans(hotel: Property, plan: RatePlan) -> Iterator[RatePlan]:
    policy = CancellationPolicy.objects.create(property=hotel, code="FLEX", name="Free until two days before")
    CancellationTier.objects.bulk_create(
        [
            CancellationTier(policy=policy, penalty=Penalty.NONE),
            CancellationTier(policy=policy, days_before=2, penalty=Penalty.NIGHTS, nights=1),
        ]
    )
    terms = PaymentTerms.objects.create(
        property=hotel, code="THIRD", name="A third at the sale", deposit=Deposit.PERCENT, percent=Decimal(30)
    )
    for number in range(2, PLANS + 1):
        derived = RatePlan.objects.create(
            property=hotel,
            code=f"P{number:02}",
            name=f"Plan {number}",
            position=number,
            board=Board.BREAKFAST,
            parent=plan,
            derive_percent=Decimal(-number),
            cancellation_policy=policy,
            payment_terms=terms,
        )
        PlanComponent.objects.create(rate_plan=derived, component=Component.BREAKFAST, amount_minor=900)
        PlanChannel.objects.create(rate_plan=derived, source=Source.BOOKING_COM, percent=Decimal(10))
        yield derived


def _daily(plan: RatePlan, types: Sequence[RoomType], today: date, days: int) -> Iterator[DailyPrice]:
    for index, kind in enumerate(types):
        for offset in range(0, days, 2):
            price = 10_000 + 400 * index + 10 * (offset % 30)
            yield DailyPrice(rate_plan=plan, room_type=kind, date=today + timedelta(days=offset), price_minor=price)


def _restrictions(
    hotel: Property, plan: RatePlan, types: Sequence[RoomType], today: date, days: int
) -> Iterator[Restriction]:
    for kind in types:
        for offset in range(days):
            yield Restriction(
                property=hotel,
                rate_plan=plan,
                room_type=kind,
                date=today + timedelta(days=offset),
                min_stay_arrival=1 + offset % 3,
                closed_to_arrival=offset % 11 == 0,
                quota=5 if offset % 7 == 0 else None,
            )


def base_prices(plan: RatePlan, types: Sequence[RoomType]) -> list[BasePrice]:
    """Return the base prices of the plan that all others follow."""
    return [
        BasePrice(rate_plan=plan, room_type=kind, price_minor=9_000 + 500 * index) for index, kind in enumerate(types)
    ]
