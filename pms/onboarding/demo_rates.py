"""Prices of the demo's two hotels: what was learned from real ones, and what a revenue manager adds to it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from billing.taxes.enums import ChargeBasis, Component
from bookings.rates.enums import Board, Deposit, Guarantee, Limit, PlanKind, PriceRuleKind, Source
from bookings.reservations.enums import Status
from pms.kernel.dates import each_day
from pms.kernel.money import round_ratio

from .demo_hotels import CITY, DemoHotel, DemoType
from .drafts import StayDraft
from .generator import DAYS_AFTER, DAYS_BEFORE
from .measured_rates import LEARNED
from .policies import NON_REFUNDABLE, TIERED, free_until
from .rate_drafts import (
    ChannelDraft,
    ComponentDraft,
    ExtraDraft,
    PromotionDraft,
    RatePlanDraft,
    RatesDraft,
    RestrictionDraft,
    RuleDraft,
    SeasonDraft,
    TermsDraft,
)
from .rate_model import LearnedRates, changed
from .rate_rows import percent, season_name, season_spans

#: Days before arrival: an early bird books at least so many, a late one at most.
EARLY_DAYS, LAST_DAYS = 60, 2
#: What of a learned factor is worth a rule, per mille.
WORTH_A_RULE: Final = 15
#: Prices reach as far as anybody can book, and behind the first stay shown.
DAYS_PRICED: Final = (DAYS_BEFORE + 60, DAYS_AFTER + 400)
FRIDAY, SATURDAY, SUNDAY = 5, 6, 7
BREAKFAST: Final = ComponentDraft(Component.BREAKFAST, 9_00, age_from=3)
#: The room type of the real hotels that most bookings ask for.
COMMONEST: Final = "A"
CODE_LIVE, CODE_OVER, CODE_USED_UP = "ATLANTIC10", "SPRING25", "FIRST5"
USES: Final = 5
TERMS: Final = (
    TermsDraft("AT-HOTEL", "Paid at the hotel", Deposit.NONE),
    TermsDraft("PREPAID", "Everything at the sale", Deposit.FULL),
    TermsDraft("FIRST-NIGHT", "First night at the sale", Deposit.FIRST_NIGHT),
    TermsDraft(
        "HALF",
        "Half 30 days before, the rest a week before",
        Deposit.PERCENT,
        percent=Decimal(50),
        deposit_days_before=30,
        balance_days_before=7,
    ),
    TermsDraft("HUNDRED", "100.00 at the sale", Deposit.AMOUNT, amount_minor=100_00),
)


def base_minor(hotel: DemoHotel, kind: DemoType) -> int:
    """Return the base price of a room type: the learned one of the commonest, at the last year's level, whole euros."""
    learned = LEARNED[hotel.measured_as]
    level = learned.level[max(learned.level)]
    usual = changed(learned.base_minor[COMMONEST], level)
    return round_ratio(usual * kind.percent, hotel.types[0].percent * 100) * 100


def rates_of(hotel: DemoHotel, business_date: date) -> RatesDraft:
    """Return everything about a hotel's prices, around its business date."""
    learned = LEARNED[hotel.measured_as]
    before, after = DAYS_PRICED
    first, until = business_date - timedelta(days=before), business_date + timedelta(days=after)
    is_city = hotel.code == CITY.code
    plain = free_until("FLEX", 1 if is_city else 3, full_no_show=True)
    return RatesDraft(
        plans=_plans(learned, is_city=is_city),
        policies=(plain, free_until("DAY", 0), TIERED, NON_REFUNDABLE),
        terms=TERMS,
        seasons=tuple(_seasons(learned, first, until)),
        rules=tuple(_rules(learned, hotel)),
        restrictions=tuple(_restrictions(hotel, business_date, until)),
        extras=_extras(is_city=is_city),
        promotions=_promotions(business_date),
        regime="pt-lisbon" if is_city else "pt-albufeira",
    )


def with_promo_codes(stays: Sequence[StayDraft]) -> list[StayDraft]:
    """Let some who booked on the website have used a promo code: five the one that is used up, three the live one."""
    booked = [
        stay.key
        for stay in stays
        if stay.source is Source.DIRECT_WEB
        and stay.plan == "BB-FLEX"
        and stay.status is Status.CONFIRMED
        and stay.nights > 1
    ]
    codes = dict.fromkeys(booked[:USES], CODE_USED_UP) | dict.fromkeys(booked[USES : USES + 3], CODE_LIVE)
    return [replace(stay, promo_code=codes.get(stay.key, "")) for stay in stays]


def _plans(learned: LearnedRates, *, is_city: bool) -> tuple[RatePlanDraft, ...]:
    dinner = 24_00 if is_city else 22_00
    portals = tuple(_channels(learned))
    staff_only = tuple(
        ChannelDraft(source, is_open=False) for source in (Source.BOOKING_COM, Source.EXPEDIA, Source.OTA)
    )
    return (
        RatePlanDraft(
            code="BB-FLEX",
            name="Bed and breakfast, flexible",
            board=Board.BREAKFAST,
            guarantee=Guarantee.CARD,
            policy="FLEX",
            terms="AT-HOTEL",
            components=(BREAKFAST,),
            channels=portals,
        ),
        RatePlanDraft(
            code="BB-NREF",
            name="Bed and breakfast, non-refundable",
            board=Board.BREAKFAST,
            guarantee=Guarantee.PREPAID,
            policy="NONREF",
            terms="PREPAID",
            kind=PlanKind.NON_REFUNDABLE,
            parent="BB-FLEX",
            derive_percent=Decimal(-10),
            channels=portals,
        ),
        RatePlanDraft(
            code="RO-FLEX",
            name="Room only, flexible",
            board=Board.ROOM_ONLY,
            guarantee=Guarantee.CARD,
            policy="FLEX",
            terms="AT-HOTEL",
            extra_minor=-2 * BREAKFAST.amount_minor,
            channels=portals,
        ),
        RatePlanDraft(
            code="HB-FLEX",
            name="Half board, flexible",
            board=Board.HALF_BOARD,
            guarantee=Guarantee.CARD,
            policy="FLEX",
            terms="FIRST-NIGHT",
            kind=PlanKind.PACKAGE,
            description="Dinner of three courses in the house.",
            parent="BB-FLEX",
            derive_minor=2 * dinner,
            components=(BREAKFAST, ComponentDraft(Component.MEALS, dinner, age_from=3)),
            channels=portals,
        ),
        RatePlanDraft(
            code="BB-CORP",
            name="Corporate, bed and breakfast",
            board=Board.BREAKFAST,
            guarantee=Guarantee.COMPANY,
            policy="DAY",
            terms="AT-HOTEL",
            kind=PlanKind.CORPORATE,
            parent="BB-FLEX",
            derive_percent=percent(learned.sources[Source.CORPORATE]).quantize(Decimal(1)),
            access_code="LUSITANIA-WORKS",
            channels=staff_only,
        ),
        RatePlanDraft(
            code="BB-EARLY",
            name="Early bird, bed and breakfast",
            board=Board.BREAKFAST,
            guarantee=Guarantee.PREPAID,
            policy="TIERED",
            terms="HALF",
            kind=PlanKind.EARLY_BIRD,
            parent="BB-FLEX",
            derive_percent=Decimal(-15),
            lead_days_min=EARLY_DAYS,
            channels=staff_only,
        ),
        RatePlanDraft(
            code="BB-LAST",
            name="Last minute, bed and breakfast",
            board=Board.BREAKFAST,
            guarantee=Guarantee.CARD,
            policy="NONREF",
            terms="PREPAID",
            kind=PlanKind.LAST_MINUTE,
            parent="BB-FLEX",
            derive_percent=Decimal(-8),
            lead_days_max=LAST_DAYS,
            channels=staff_only,
        ),
        RatePlanDraft(
            code="ESCAPE",
            name="Three nights with dinner and spa",
            board=Board.HALF_BOARD,
            guarantee=Guarantee.PREPAID,
            policy="TIERED",
            terms="HUNDRED",
            kind=PlanKind.PACKAGE,
            description="Breakfast, dinner of three courses, a bottle of wine and an hour of spa each day.",
            parent="HB-FLEX",
            derive_minor=38_00,
            nights_min=3,
            components=(
                BREAKFAST,
                ComponentDraft(Component.MEALS, dinner, age_from=3),
                ComponentDraft(Component.BEVERAGES, 8_00, ChargeBasis.NIGHT),
                ComponentDraft(Component.WELLNESS, 15_00, age_from=18),
            ),
            channels=staff_only,
        ),
    )


def _channels(learned: LearnedRates) -> Iterator[ChannelDraft]:
    """Portals are marked up a little more than was learned; agencies and groups have what was learned of them."""
    portal = percent(learned.sources[Source.OTA]).quantize(Decimal(1))
    yield ChannelDraft(Source.BOOKING_COM, max(portal, Decimal(4)))
    yield ChannelDraft(Source.EXPEDIA, max(portal, Decimal(4)) + 2)
    yield ChannelDraft(Source.OTA, portal)
    for source in (Source.AGENCY, Source.GROUP):
        yield ChannelDraft(source, percent(learned.sources[source]).quantize(Decimal(1)))


def _seasons(learned: LearnedRates, first: date, until: date) -> Iterator[SeasonDraft]:
    for span in season_spans(learned, first, until):
        yield SeasonDraft(
            code=f"S{span.first:%y%m%d}",
            name=f"{season_name(learned, span.index)} season from {span.first:%-d %B %Y}",
            first=span.first,
            last=span.last,
            percent=percent(learned.season[span.index]),
        )


def _rules(learned: LearnedRates, hotel: DemoHotel) -> Iterator[RuleDraft]:
    weekend = round_ratio(learned.weekday[FRIDAY - 1] + learned.weekday[SATURDAY - 1], 2)
    yield RuleDraft(PriceRuleKind.WEEKEND, percent=percent(weekend))
    for day, per_mille in enumerate(learned.weekday, start=1):
        if day not in (FRIDAY, SATURDAY) and abs(per_mille) >= WORTH_A_RULE:
            yield RuleDraft(PriceRuleKind.WEEKDAY, day, day, percent(per_mille))
    yield RuleDraft(PriceRuleKind.SINGLE, percent=min(percent(learned.single), Decimal(-5)))
    yield RuleDraft(PriceRuleKind.EXTRA_ADULT, 1, None, percent(learned.extra_adult[0]))
    yield RuleDraft(PriceRuleKind.CHILD, 0, 2, amount_minor=0)
    yield RuleDraft(PriceRuleKind.CHILD, 3, 11, amount_minor=15_00)
    yield RuleDraft(PriceRuleKind.CHILD, 12, None, percent(round_ratio(learned.extra_adult[0], 2)))
    yield RuleDraft(PriceRuleKind.EXTRA_ADULT, 1, None, amount_minor=30_00, room_type=hotel.types[-1].code)
    for kind, bands in (
        (PriceRuleKind.LENGTH_OF_STAY, learned.length_of_stay),
        (PriceRuleKind.LEAD_TIME, learned.lead_time),
    ):
        for first, last, per_mille in bands:
            if abs(per_mille) >= WORTH_A_RULE:
                yield RuleDraft(kind, first, last, percent(per_mille))


def _restrictions(hotel: DemoHotel, business_date: date, until: date) -> Iterator[RestrictionDraft]:
    """Summer weekends and New Year are not sold by the single night; a few days are closed to this or that."""
    days = list(each_day(business_date, until))
    is_city = hotel.code == CITY.code
    summer = (6, 7, 8, 9) if is_city else (7, 8)
    weekends = [day for day in days if day.month in summer and day.isoweekday() in (FRIDAY, SATURDAY)]
    yield RestrictionDraft(weekends, {Limit.MIN_STAY_ARRIVAL: 2 if is_city else 3})
    new_year = [day for day in days if (day.month, day.day) in ((12, 30), (12, 31))]
    yield RestrictionDraft(new_year, {Limit.MIN_STAY_THROUGH: 3 if is_city else 2})
    yield RestrictionDraft([day for day in days if (day.month, day.day) == (12, 31)], {Limit.CLOSED_TO_DEPARTURE: True})
    yield RestrictionDraft([day for day in days if (day.month, day.day) == (1, 1)], {Limit.CLOSED_TO_ARRIVAL: True})
    yield RestrictionDraft(new_year, {Limit.STOP_SELL: True}, plan="BB-LAST")
    high = [day for day in days if day.month in (7, 8)]
    yield RestrictionDraft(high, {Limit.QUOTA: 12}, plan="BB-EARLY")
    yield RestrictionDraft(high, {Limit.LEAD_HOURS_MIN: 6}, plan="ESCAPE")
    if is_city:
        yield RestrictionDraft([business_date + timedelta(days=40)], {Limit.STOP_SELL: True}, room_type="STE")
    else:
        villas = [day for day in days if day.month == 8 and day.isoweekday() == SUNDAY]
        for code in ("V1", "V2"):
            yield RestrictionDraft(villas, {Limit.CLOSED_TO_ARRIVAL: True}, room_type=code)
        yield RestrictionDraft(high, {Limit.MAX_STAY: 21}, room_type="V2")


def _extras(*, is_city: bool) -> tuple[ExtraDraft, ...]:
    return (
        ExtraDraft("BREAKFAST", "Breakfast", Component.BREAKFAST, ChargeBasis.PERSON_NIGHT, 14_00, age_from=3),
        ExtraDraft(
            "PARKING",
            "Parking in the house" if is_city else "Shaded parking",
            Component.PARKING,
            ChargeBasis.NIGHT,
            18_00 if is_city else 8_00,
            daily_limit=24 if is_city else 60,
        ),
        ExtraDraft(
            "TRANSFER",
            "Airport transfer",
            Component.TRANSPORT,
            ChargeBasis.ARRIVAL,
            28_00 if is_city else 55_00,
            "A car for up to three, from the airport.",
        ),
        ExtraDraft(
            "LATE-OUT", "Late check-out until 16:00", Component.ACCOMMODATION, ChargeBasis.STAY, 35_00, daily_limit=8
        ),
        ExtraDraft("COT", "Baby cot", Component.OTHER, ChargeBasis.NIGHT, 0, daily_limit=6),
    )


def _promotions(business_date: date) -> tuple[PromotionDraft, ...]:
    return (
        PromotionDraft(
            CODE_LIVE,
            "Ten per cent on two nights and more",
            percent=Decimal(10),
            sale_first=business_date - timedelta(days=400),
            sale_last=business_date + timedelta(days=120),
            nights_min=2,
            plans=("BB-FLEX", "RO-FLEX", "HB-FLEX"),
        ),
        PromotionDraft(
            CODE_OVER,
            "Last spring's letter",
            amount_minor=25_00,
            sale_first=business_date - timedelta(days=240),
            sale_last=business_date - timedelta(days=150),
        ),
        PromotionDraft(
            CODE_USED_UP,
            "The first five of the website",
            percent=Decimal(5),
            max_uses=USES,
            plans=("BB-FLEX",),
            sources=(Source.DIRECT_WEB,),
        ),
    )
