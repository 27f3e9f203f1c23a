"""The quote against a second, naive implementation of docs/rates.md, over random houses, rules, parties and moments."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.taxes.enums import Component
from billing.taxes.party import Party
from bookings.availability.models import InventoryDay
from bookings.rates.enums import INHERITABLE, Limit, PriceRuleKind, Source
from bookings.rates.models import (
    BasePrice,
    DailyPrice,
    PlanChannel,
    PlanComponent,
    PriceRule,
    Promotion,
    RatePlan,
    Restriction,
    Season,
    SeasonPrice,
)
from bookings.rates.services import quote
from bookings.reservations.models import StayNight
from tests.bookings.rates import naive
from tests.house import book

TODAY = date(2026, 11, 20)
#: Nights that examples are about: few, so that rules meet.
DAYS = st.integers(min_value=0, max_value=11)
MONEY = st.integers(min_value=0, max_value=40_000)
SIGNED = st.integers(min_value=-9_000, max_value=9_000)
PERCENT = st.decimals(min_value=-100, max_value=300, places=3)
SPANS = {
    PriceRuleKind.WEEKEND: (0, 0),
    PriceRuleKind.SINGLE: (0, 0),
    PriceRuleKind.WEEKDAY: (1, 7),
    PriceRuleKind.EXTRA_ADULT: (1, 3),
    PriceRuleKind.CHILD: (0, 17),
    PriceRuleKind.LENGTH_OF_STAY: (1, 9),
    PriceRuleKind.LEAD_TIME: (0, 12),
}
LIMITS = {
    Limit.MIN_STAY_ARRIVAL: st.integers(1, 4),
    Limit.MIN_STAY_THROUGH: st.integers(1, 4),
    Limit.MAX_STAY: st.integers(1, 6),
    Limit.CLOSED_TO_ARRIVAL: st.booleans(),
    Limit.CLOSED_TO_DEPARTURE: st.booleans(),
    Limit.STOP_SELL: st.booleans(),
    Limit.LEAD_HOURS_MIN: st.integers(0, 72),
    Limit.LEAD_DAYS_MAX: st.integers(0, 12),
    Limit.QUOTA: st.integers(0, 3),
}


def day(offset):
    return TODAY + timedelta(days=offset)


@st.composite
def worlds(draw, *, about):
    """Draw what `furnish` writes, by index, so that it can be told before there are rows.

    About "prices" nothing forbids the sale, so that every pair shows a price; about "limits" there are few rules; about
    "gaps" (T25) there are only minimum stays, and nights that nobody can have.
    """
    prices, gaps = about == "prices", about == "gaps"
    said = [Limit.MIN_STAY_ARRIVAL, Limit.MIN_STAY_THROUGH, Limit.STOP_SELL] if gaps else list(LIMITS)
    plans = draw(st.integers(1, 4))
    pairs = [(plan, kind) for plan in range(plans) for kind in (0, 1)]
    scope = st.tuples(st.sampled_from([None, *range(plans)]), st.sampled_from([None, 0, 1]))
    edges = sorted(draw(st.sets(DAYS, min_size=2, max_size=4)))
    return {
        "plans": [
            {
                "parent": draw(st.sampled_from([None, *range(index)])) if index else None,
                "percent": draw(PERCENT),
                "minor": draw(SIGNED),
                "inherits": draw(st.sets(st.sampled_from([code for code, _ in INHERITABLE]))),
                "fields": draw(
                    st.fixed_dictionaries(
                        {},
                        optional={}
                        if prices or gaps
                        else {
                            "sale_last": DAYS.map(day),
                            "stay_first": DAYS.map(day),
                            "lead_days_min": st.integers(0, 4),
                            "nights_max": st.integers(1, 5),
                            "access_code": st.just("ACME"),
                        },
                    )
                ),
                "components": draw(
                    st.dictionaries(
                        st.sampled_from([Component.BREAKFAST, Component.MEALS]),
                        st.tuples(st.sampled_from(["night", "person_night"]), MONEY, st.integers(0, 18)),
                        max_size=2,
                    )
                ),
                "fills_gaps": draw(st.booleans()),
                "channel": draw(
                    st.none() | st.tuples(st.just(value=True) if prices else st.booleans(), PERCENT, SIGNED)
                ),
            }
            for index in range(plans)
        ],
        "bases": draw(
            st.fixed_dictionaries(dict.fromkeys(pairs, MONEY))
            if prices
            else st.dictionaries(st.sampled_from(pairs), MONEY, min_size=1)
        ),
        "daily": draw(
            st.dictionaries(
                st.tuples(st.integers(0, plans - 1), st.integers(0, 1), DAYS),
                st.tuples(MONEY, st.booleans()),
                max_size=4,
            )
        ),
        "seasons": [(first, last - 1, draw(PERCENT)) for first, last in pairwise(edges)],
        "season_prices": draw(
            st.dictionaries(st.tuples(st.integers(0, len(edges) - 2), st.integers(0, plans - 1)), MONEY, max_size=2)
        ),
        "rules": [
            (kind, where, *draw(_spans(kind)), draw(st.booleans()), draw(PERCENT), draw(SIGNED))
            for kind, where in draw(
                st.sets(
                    st.tuples(st.sampled_from(list(SPANS)), scope),
                    min_size=8 if prices else 0,
                    max_size=16 if prices else 2,
                )
            )
        ],
        "restrictions": draw(
            st.dictionaries(
                st.tuples(scope, DAYS),
                st.fixed_dictionaries({}, optional={limit.value: LIMITS[limit] for limit in said}),
                max_size=0 if prices else 5,
            )
        ),
        "sold_out": draw(st.sets(st.tuples(st.integers(0, 1), DAYS), max_size=0 if prices else 2)),
        "zone": draw(st.sampled_from(["Europe/Lisbon", "Pacific/Kiritimati", "Pacific/Niue", "Asia/Kathmandu"])),
        "weekend": sorted(draw(st.sets(st.integers(1, 7), max_size=3))),
        "without_end": draw(st.booleans()),
        "sold_on": draw(st.integers(0, plans - 1)),
        "promotion": draw(st.none() | st.tuples(st.booleans(), st.decimals(1, 100, places=3), st.integers(1, 60_000))),
    }


@st.composite
def parties(draw, *, most_adults):
    """Draw who stays; some children have a birthday, perhaps during the stay (T33)."""
    ages = tuple(draw(st.lists(st.integers(0, 17), max_size=3)))
    births = st.tuples(*(st.none() | st.dates(date(2010, 11, 20), date(2026, 11, 15)) for _ in ages))
    return Party(
        adults=draw(st.integers(1, most_adults)),
        child_ages=ages,
        infants=draw(st.integers(0, 2)),
        child_births=draw(st.just(()) | births),
    )


def _spans(kind):
    low, high = SPANS[kind]
    return st.tuples(st.integers(low, high), st.integers(low, high)).map(sorted)


def furnish(house, world, source):  # noqa: C901, PLR0912 - a list of rows
    """Write a world into the house; return its plans and its promotion."""
    place, types = house.property, [house.double, house.suite]
    place.time_zone, place.weekend_nights = world["zone"], world["weekend"]
    place.save()
    plans = [house.rate_plan]
    BasePrice.objects.filter(rate_plan=house.rate_plan).delete()
    for index, wanted in enumerate(world["plans"]):
        if index:
            plans.append(RatePlan(property=place, code=f"P{index}", name=f"Plan {index}", position=index))
        plan = plans[index]
        plan.parent = plans[wanted["parent"]] if wanted["parent"] is not None else None
        plan.derive_percent, plan.derive_minor = wanted["percent"], wanted["minor"]
        plan.inherits = sorted(wanted["inherits"])
        plan.fills_gaps = wanted["fills_gaps"]
        for name, value in wanted["fields"].items():
            setattr(plan, name, value)
        plan.save()
        for component, (basis, amount, age) in wanted["components"].items():
            PlanComponent.objects.create(
                rate_plan=plan, component=component, basis=basis, amount_minor=amount, age_from=age
            )
        if wanted["channel"]:
            is_open, percent, minor = wanted["channel"]
            PlanChannel.objects.create(
                rate_plan=plan, source=source, is_open=is_open, percent=percent, amount_minor=minor
            )
    for (plan, kind), price in world["bases"].items():
        BasePrice.objects.create(rate_plan=plans[plan], room_type=types[kind], price_minor=price)
    for (plan, kind, offset), (price, all_in) in world["daily"].items():
        DailyPrice.objects.create(
            rate_plan=plans[plan], room_type=types[kind], date=day(offset), price_minor=price, all_in=all_in
        )
    seasons = [
        Season.objects.create(
            property=place, code=f"S{index}", name=f"Season {index}", first=day(first), last=day(last), percent=percent
        )
        for index, (first, last, percent) in enumerate(world["seasons"])
    ]
    for (season, plan), price in world["season_prices"].items():
        SeasonPrice.objects.create(
            season=seasons[season], rate_plan=plans[plan], room_type=house.double, price_minor=price
        )
    for kind, (plan, room), first, last, by_percent, percent, minor in world["rules"]:
        PriceRule.objects.create(
            property=place,
            rate_plan=plans[plan] if plan is not None else None,
            room_type=types[room] if room is not None else None,
            kind=kind,
            first=first,
            last=last,
            percent=percent if by_percent else None,
            amount_minor=None if by_percent else minor,
        )
    if world["without_end"]:
        PriceRule.objects.filter(property=place, last__gt=0).update(last=None)
    StayNight.objects.filter(reservation__property=place).update(rate_plan=plans[world["sold_on"]])
    for ((plan, room), offset), limits in world["restrictions"].items():
        Restriction.objects.create(
            property=place,
            rate_plan=plans[plan] if plan is not None else None,
            room_type=types[room] if room is not None else None,
            date=day(offset),
            **limits,
        )
    for room, offset in world["sold_out"]:
        row = InventoryDay.objects.get(room_type=types[room], date=day(offset))
        InventoryDay.objects.filter(pk=row.pk).update(out_of_order=row.free)
    promotion = None
    if world["promotion"]:
        by_percent, percent, minor = world["promotion"]
        promotion = Promotion.objects.create(
            property=place,
            code="GRETA",
            name="For Greta",
            percent=percent if by_percent else None,
            amount_minor=None if by_percent else minor,
        )
    return plans, promotion


@pytest.mark.parametrize("about", ["prices", "limits", "gaps"])
@pytest.mark.parametrize("source", [Source.WALK_IN, Source.DIRECT_WEB])
def test_quote_says_what_the_page_says(property_a, source, about):
    """T18 to T26, T35: prices, parts and every refusal of every pair."""
    place = property_a.property
    types = [property_a.double, property_a.suite]
    for kind in types:
        kind.max_occupancy, kind.max_adults, kind.max_children = 5, 4, 3
        kind.save()
    book(property_a, 2, 5)

    @settings(max_examples=40, report_multiple_bugs=False)
    @given(
        world=worlds(about=about),
        arrival=DAYS,
        length=st.integers(1, 4),
        party=parties(most_adults=3 if about == "prices" else 5),
        hours=st.integers(min_value=0, max_value=20 if about == "prices" else 24 * 6),
        around=st.sets(st.tuples(st.integers(0, 1), st.booleans()), min_size=1) if about == "gaps" else st.just(()),
    )
    def agree(world, arrival, length, party, hours, around):
        # Gaps are rare where nights are drawn at random: some of the nights just before and after are sold out.
        edges = {(kind, arrival + length if after else max(0, arrival - 1)) for kind, after in around}
        world["sold_out"] = {*world["sold_out"], *edges}
        if around:
            world["restrictions"] = {((None, None), arrival): {"min_stay_arrival": 5}} | world["restrictions"]
        at = datetime(2026, 11, 19, 12, tzinfo=UTC) + timedelta(hours=hours)
        wish = {"arrival": day(arrival), "departure": day(arrival + length), "party": party, "at": at}
        with transaction.atomic():
            plans, promotion = furnish(property_a, world, source)
            code = promotion.code if promotion else ""
            found = quote(property=place, source=source, promo_code=code, with_alternatives=False, **wish)
            stay = naive.Stay(place=place, source=source, **wish)
            expected, sold = set(), {}
            for kind in types:
                for plan in plans:
                    codes = naive.refusals(stay, plan, kind)
                    expected |= {(kind.code, plan.code, code) for code in codes}
                    if not codes:
                        sold[kind.code, plan.code] = naive.prices(stay, plan, kind, promotion)
            transaction.set_rollback(True)
        names = {row.pk: row.code for row in types}, {row.pk: row.code for row in plans}
        offers = {(offer.room_type_code, offer.rate_plan_code): offer.nights for offer in found.offers}
        said = {(names[0][row.room_type_id], names[1][row.rate_plan_id], row.code) for row in found.refusals}
        assert said == expected
        assert {
            pair: [(night.price_minor, dict(night.parts)) for night in nights] for pair, nights in offers.items()
        } == sold

    agree()


def test_naive_rounding_is_half_up():
    assert [naive.rounded(naive.Fraction(value, 2)) for value in (-3, 0, 1, 2, 3, 5)] == [0, 0, 1, 1, 2, 3]
    assert naive.shared_out(10, [1, 1, 1]) == [4, 3, 3]
    assert naive.changed(999, PriceRule(percent=Decimal("12.5"))) == 1124
