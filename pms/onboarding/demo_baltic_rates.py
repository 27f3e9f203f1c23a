"""Prices of the demo's apartments in Vilnius: three plans, a cleaning fee, minimum stays, a year of seven seasons."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from billing.taxes.enums import ChargeBasis, Component
from bookings.rates.enums import Board, Deposit, Guarantee, Limit, PlanKind, PriceRuleKind, Source
from pms.kernel.dates import each_day

from .policies import NON_REFUNDABLE, TIERED, free_until
from .rate_drafts import (
    ChannelDraft,
    ExtraDraft,
    FeeDraft,
    PromotionDraft,
    RatePlanDraft,
    RatesDraft,
    RestrictionDraft,
    RuleDraft,
    SeasonDraft,
    TermsDraft,
)

WEEK_NIGHTS: Final = 7
#: (Month, day) on which a season begins, its name, and what its nights are dearer than the base price, in per cent.
SEASONS: Final = (
    (1, 7, "Winter", -26),
    (3, 16, "Spring", -8),
    (5, 16, "Early summer", 12),
    (6, 20, "High summer", 25),
    (9, 1, "Autumn", 2),
    (11, 3, "Late autumn", -18),
    (12, 15, "Advent and New Year", 10),
)
DAYS_PRICED: Final = (120, 765)
CHANNELS: Final = (
    ChannelDraft(Source.AIRBNB, Decimal(3)),
    ChannelDraft(Source.BOOKING_COM, Decimal(12)),
    ChannelDraft(Source.EXPEDIA, is_open=False),
)
PLANS: Final = (
    RatePlanDraft("FLEX", "Flexible", Board.ROOM_ONLY, Guarantee.CARD, "FLEX", "FIRST-NIGHT", channels=CHANNELS),
    RatePlanDraft(
        "NREF",
        "Non-refundable",
        Board.ROOM_ONLY,
        Guarantee.PREPAID,
        "NONREF",
        "PREPAID",
        kind=PlanKind.NON_REFUNDABLE,
        parent="FLEX",
        derive_percent=Decimal(-10),
        channels=CHANNELS,
    ),
    RatePlanDraft(
        "WEEK",
        "A week or longer",
        Board.ROOM_ONLY,
        Guarantee.CARD,
        "TIERED",
        "HALF",
        parent="FLEX",
        derive_percent=Decimal(-12),
        nights_min=WEEK_NIGHTS,
        channels=CHANNELS,
    ),
)
RULES: Final = (
    RuleDraft(PriceRuleKind.WEEKEND, percent=Decimal(12)),
    RuleDraft(PriceRuleKind.WEEKDAY, 7, 7, Decimal(-4)),
    RuleDraft(PriceRuleKind.SINGLE, percent=Decimal(-5)),
    RuleDraft(PriceRuleKind.EXTRA_ADULT, 1, None, amount_minor=12_00),
    RuleDraft(PriceRuleKind.CHILD, 0, 2, amount_minor=0),
    RuleDraft(PriceRuleKind.CHILD, 3, None, amount_minor=8_00),
    RuleDraft(PriceRuleKind.LENGTH_OF_STAY, 4, 6, Decimal(-3)),
    RuleDraft(PriceRuleKind.LENGTH_OF_STAY, 7, None, Decimal(-5)),
    RuleDraft(PriceRuleKind.LEAD_TIME, 0, 2, Decimal(-6)),
    RuleDraft(PriceRuleKind.LEAD_TIME, 120, None, Decimal(-5)),
)


def baltic_rates(business_date: date) -> RatesDraft:
    """Return everything about the apartments' prices, around their business date."""
    before, after = DAYS_PRICED
    first, until = business_date - timedelta(days=before), business_date + timedelta(days=after)
    return RatesDraft(
        plans=PLANS,
        policies=(free_until("FLEX", 5, full_no_show=True), TIERED, NON_REFUNDABLE),
        terms=(
            TermsDraft("FIRST-NIGHT", "First night at the sale", Deposit.FIRST_NIGHT, balance_days_before=1),
            TermsDraft("PREPAID", "Everything at the sale", Deposit.FULL),
            TermsDraft(
                "HALF", "Half at the sale, the rest a week before", Deposit.PERCENT, Decimal(50), balance_days_before=7
            ),
        ),
        seasons=tuple(_seasons(first, until)),
        rules=RULES,
        restrictions=tuple(_restrictions(business_date, until)),
        extras=(
            ExtraDraft("PARKING", "Courtyard parking", Component.PARKING, ChargeBasis.NIGHT, 10_00, daily_limit=3),
            ExtraDraft("COT", "Baby cot", Component.OTHER, ChargeBasis.STAY, 10_00, daily_limit=2),
            ExtraDraft("TRANSFER", "Airport transfer", Component.TRANSPORT, ChargeBasis.ARRIVAL, 20_00),
            ExtraDraft("LATE-OUT", "Late check-out until 15:00", Component.ACCOMMODATION, ChargeBasis.STAY, 25_00),
        ),
        promotions=(
            PromotionDraft("AMBER5", "Five per cent for friends of the house", percent=Decimal(5)),
            PromotionDraft(
                "ADVENT",
                "Last year's Advent",
                amount_minor=20_00,
                sale_first=business_date - timedelta(days=400),
                sale_last=business_date - timedelta(days=300),
            ),
        ),
        fees=(FeeDraft("CLEANING", "Final cleaning", Component.CLEANING, ChargeBasis.STAY, 25_00),),
        regime="lt-vilnius",
    )


def _seasons(first: date, until: date) -> Iterator[SeasonDraft]:
    starts = [
        (date(year, month, day), name, percent)
        for year in range(first.year - 1, until.year + 2)
        for month, day, name, percent in SEASONS
    ]
    for (begins, name, percent), (ends, _, _) in pairwise(starts):
        if begins < until and ends > first:
            yield SeasonDraft(
                f"S{begins:%y%m%d}", f"{name} {begins.year}", begins, ends - timedelta(days=1), Decimal(percent)
            )


def _restrictions(business_date: date, until: date) -> Iterator[RestrictionDraft]:
    """Nobody cleans for a single Friday; the house is not let by the night; New Year is three nights."""
    days = list(each_day(business_date, until))
    yield RestrictionDraft([day for day in days if day.isoweekday() == 5], {Limit.MIN_STAY_ARRIVAL: 2})
    yield RestrictionDraft(days, {Limit.MIN_STAY_ARRIVAL: 3, Limit.LEAD_HOURS_MIN: 24}, room_type="HOUSE")
    new_year = [day for day in days if (day.month, day.day) in ((12, 30), (12, 31))]
    yield RestrictionDraft(new_year, {Limit.MIN_STAY_THROUGH: 3})
    yield RestrictionDraft([day for day in days if (day.month, day.day) == (1, 1)], {Limit.CLOSED_TO_ARRIVAL: True})
    yield RestrictionDraft([day for day in days if day.month in (7, 8)], {Limit.QUOTA: 4}, plan="WEEK")
