"""A house with as many room types and rate plans as a test asks for, and every rule in it that a price may meet."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from billing.taxes.enums import Component, TaxBasis, TaxKind
from billing.taxes.models import Fee, Tax, TaxRate
from bookings.availability.models import InventoryDay
from bookings.rates.enums import Deposit, Penalty, PriceRuleKind, Source
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
)
from pms.properties.models import Property, RoomType


@dataclass(frozen=True)
class Grid:
    """What make_grid made; every third plan is derived from the one before it."""

    property: Property
    types: list[RoomType]
    plans: list[RatePlan]


def make_grid(*, types: int, plans: int, today: date, days: int = 40, code: str = "GRID") -> Grid:
    """Make a property whose every pair is sold on the days from today on, with taxes, a season, rules, derived plans."""
    place = Property.objects.create(code=code, name="Grid", business_date=today, selling_horizon_days=days)
    kinds = RoomType.objects.bulk_create(
        RoomType(
            property=place, code=f"T{index:02}", name=f"Type {index}", position=index, max_occupancy=4, max_adults=4
        )
        for index in range(types)
    )
    InventoryDay.objects.bulk_create(
        InventoryDay(room_type=kind, date=today + timedelta(days=offset), capacity=10)
        for kind in kinds
        for offset in range(days)
    )
    policy = CancellationPolicy.objects.create(property=place, code="FLEX", name="Flexible")
    CancellationTier.objects.create(policy=policy, penalty=Penalty.NONE)
    CancellationTier.objects.create(policy=policy, days_before=1, penalty=Penalty.NIGHTS, nights=1)
    terms = PaymentTerms.objects.create(property=place, code="DEP", name="Deposit", deposit=Deposit.FIRST_NIGHT)
    rows = [_plan(place, index, policy, terms) for index in range(plans)]
    for index, plan in enumerate(rows):
        if index % 3 == 2:
            plan.parent = rows[index - 1]
            plan.derive_percent = Decimal(-10)
            plan.save()
        else:
            BasePrice.objects.bulk_create(
                BasePrice(rate_plan=plan, room_type=kind, price_minor=9_000 + 517 * kind.position + 1_013 * index)
                for kind in kinds
            )
    PlanComponent.objects.create(rate_plan=rows[0], component=Component.BREAKFAST, amount_minor=1_200)
    PlanChannel.objects.create(rate_plan=rows[0], source=Source.PHONE, percent=Decimal("2.5"))
    _rules(place, rows, kinds, today, days)
    _taxes(place, today)
    return Grid(place, list(kinds), rows)


def _plan(place: Property, index: int, policy: CancellationPolicy, terms: PaymentTerms) -> RatePlan:
    return RatePlan.objects.create(
        property=place,
        code=f"P{index:02}",
        name=f"Plan {index}",
        position=index,
        cancellation_policy=policy,
        payment_terms=terms,
    )


def _rules(place: Property, plans: list[RatePlan], kinds: list[RoomType], today: date, days: int) -> None:
    Season.objects.create(
        property=place,
        code="HIGH",
        name="High season",
        first=today + timedelta(days=5),
        last=today + timedelta(days=days),
        percent=Decimal("12.5"),
    )
    for kind, first, last, percent, amount in (
        (PriceRuleKind.WEEKEND, 0, None, 10, None),
        (PriceRuleKind.WEEKDAY, 1, 2, -5, None),
        (PriceRuleKind.SINGLE, 0, None, -8, None),
        (PriceRuleKind.EXTRA_ADULT, 1, None, None, 2_500),
        (PriceRuleKind.CHILD, 3, 11, None, 1_200),
        (PriceRuleKind.LENGTH_OF_STAY, 7, None, -10, None),
        (PriceRuleKind.LEAD_TIME, 5, 30, -3, None),
    ):
        PriceRule.objects.create(
            property=place, kind=kind, first=first, last=last, percent=percent, amount_minor=amount
        )
    DailyPrice.objects.create(
        rate_plan=plans[0], room_type=kinds[0], date=today + timedelta(days=12), price_minor=15_500
    )
    Restriction.objects.bulk_create(
        Restriction(
            property=place, room_type=kind, date=today + timedelta(days=offset), min_stay_arrival=2, max_stay=21
        )
        for kind in kinds
        for offset in range(0, days, 3)
    )


def _taxes(place: Property, today: date) -> None:
    vat = Tax.objects.create(
        property=place, code="VAT", name="VAT", components=[Component.ACCOMMODATION, Component.BREAKFAST]
    )
    city = Tax.objects.create(
        property=place,
        code="CITY",
        name="City tax",
        kind=TaxKind.CITY_TAX,
        basis=TaxBasis.PERSON_NIGHT,
        is_included=False,
        components=[Component.ACCOMMODATION],
    )
    first = today - timedelta(days=400)
    TaxRate.objects.create(tax=vat, first=first, percent=Decimal(6))
    TaxRate.objects.create(tax=city, first=first, amount_minor=200, nights_cap=7, age_from=13)
    Fee.objects.create(property=place, code="CLEAN", name="Cleaning", amount_minor=3_000)
