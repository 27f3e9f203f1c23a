"""What channels are told is what the quote sells: a stay is refused exactly when the told days refuse it."""

from datetime import timedelta
from itertools import product
from random import Random
from typing import Any

import pytest

from bookings.rates.enums import Source
from bookings.rates.loading import load
from bookings.rates.models import PlanChannel, Restriction
from bookings.rates.outward import Asked, rates_outward, rooms_outward
from pms.kernel.errors import DomainError
from tests.bookings.rates.asking import AT, day, one
from tests.conftest import TODAY
from tests.house import book

DAYS = 12


def told(house, source=Source.OTA, guests=(2,)):
    """Return what a channel is told of the double on the house's plan."""
    first, until = TODAY, TODAY + timedelta(days=DAYS)
    snapshot = load(property=house.property, first=first, until=until, at=AT, source=source)
    pair = Asked(house.double.pk, house.rate_plan.pk, guests)
    return rates_outward(snapshot, [pair], [day(each) for each in range(DAYS)], now=AT)[pair]


def takes(rows, arrival, departure):
    """Whether a channel that keeps to the told days sells a stay."""
    length, nights = departure - arrival, rows[arrival:departure]
    return (
        not any(night.closed for night in nights)
        and not rows[arrival].closed_to_arrival
        and not rows[departure].closed_to_departure
        and length >= rows[arrival].min_stay_arrival
        and all(length >= night.min_stay_through for night in nights)
        and (not rows[arrival].max_stay or length <= rows[arrival].max_stay)
    )


def sells(house, arrival, departure):
    """Whether the quote sells it to a guest on the website: no channel's privilege."""
    try:
        one(house, arrival, departure, source=Source.DIRECT_WEB, check_inventory=False)
    except DomainError:
        return False
    return True


@pytest.mark.parametrize("seed", range(6))
def test_a_stay_is_told_as_open_exactly_when_the_quote_sells_it(property_a, seed):
    """T18 to T24, T26: every restriction on every scope."""
    random = Random(seed)
    wishes = (
        ("min_stay_arrival", 2), ("min_stay_arrival", 3), ("min_stay_through", 2), ("max_stay", 2), ("closed_to_arrival", True),
        ("closed_to_departure", True), ("stop_sell", True), ("lead_hours_min", 60), ("lead_days_max", 6), ("quota", 0),
    )  # fmt: skip
    house = property_a
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for _ in range(10):
        scope = (
            random.choice((None, house.double)),
            random.choice((None, house.rate_plan)),
            random.randrange(DAYS - 1),
        )
        rows.setdefault(scope, {}).update([random.choice(wishes)])
    for (room_type, rate_plan, number), fields in rows.items():
        Restriction.objects.create(
            property=house.property, room_type=room_type, rate_plan=rate_plan, date=day(number), **fields
        )
    shown = told(house, source=Source.DIRECT_WEB)
    for arrival, length in product(range(DAYS - 4), (1, 2, 3)):
        departure = arrival + length
        assert takes(shown, arrival, departure) == sells(house, arrival, departure), (arrival, length)


def test_prices_are_those_of_the_quote_by_number_of_guests_and_source(property_a):
    """T67 the other way round: the channel is told the price with its mark-up."""
    PlanChannel.objects.create(rate_plan=property_a.rate_plan, source=Source.OTA, percent=15)
    assert {row.prices for row in told(property_a, guests=(1, 2))} == {(11_500, 11_500)}


def test_a_plan_behind_a_code_or_not_sold_there_is_closed(property_a):
    plan = property_a.rate_plan
    plan.access_code = "STAFF"
    plan.save()
    assert all(row.closed for row in told(property_a))
    plan.access_code = ""
    plan.save()
    PlanChannel.objects.create(rate_plan=plan, source=Source.OTA, is_open=False)
    assert all(row.closed for row in told(property_a))
    assert not any(row.closed for row in told(property_a, source=Source.EXPEDIA))


def test_rooms_are_what_is_left_less_those_kept_back(property_a):
    """T9, T17: never negative, whatever was sold."""
    for unit in ("101", "102", "103"):
        book(property_a, 1, 2, unit=unit)
    book(property_a, 3, 4)
    snapshot = load(
        property=property_a.property, first=TODAY, until=TODAY + timedelta(days=5), at=AT, source=Source.OTA
    )
    days = [day(each) for each in range(5)]
    assert rooms_outward(snapshot, property_a.double.pk, days, keep_back=0) == [3, 0, 3, 2, 3]
    assert rooms_outward(snapshot, property_a.double.pk, days, keep_back=2) == [1, 0, 1, 0, 1]
