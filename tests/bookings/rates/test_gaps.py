"""T25: a stay that exactly fills a gap may be shorter than the minimum stay, on a plan that fills gaps, there only."""

from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.availability.models import InventoryDay
from bookings.lifecycle import services as desk
from tests.bookings.rates.asking import ask, codes, day, derived, limit, one, path
from tests.house import TESTER, book, refused


@pytest.fixture
def house(property_a):
    """Five nights at least, of which the plan makes an exception for gaps; doubles are sold out on 9 and 12."""
    property_a.rate_plan.fills_gaps = True
    property_a.rate_plan.save()
    for offset in range(30):
        limit(property_a, offset, min_stay_arrival=5, min_stay_through=5)
    for offset in (9, 12):
        for _ in range(3):
            sold_night(property_a, offset)
    return property_a


@contextmanager
def no_limits(house):
    house.property.restrictions.update(min_stay_arrival=None, min_stay_through=None)
    yield
    house.property.restrictions.update(min_stay_arrival=5, min_stay_through=5)


def sold_night(house, offset, **facts):
    with no_limits(house):
        return book(house, offset, offset + 1, **facts)


MINIMUM = ["min_stay_arrival", "min_stay_through"]


def test_the_gap_is_sold_and_told(house):
    """Which rules gave way, to how many nights, and between what."""
    assert codes(house, 10, 12) == []
    offer = one(house, 10, 12)
    assert [(given.rule.code, given.rule.value, given.nights) for given in offer.lowered] == [
        ("min_stay_arrival", 5, 2),
        ("min_stay_through", 5, 2),
    ]
    assert offer.lowered[0].message == (
        "Double on Best available rate: stays arriving on 30 November 2026 have at least 5 nights; 2 nights are enough "
        "here: the gap between 29 November 2026 (sold out) and 2 December 2026 (sold out) is no longer."
    )
    assert path(house, 10, 12).lowered == offer.lowered


@pytest.mark.parametrize(("arrival", "departure"), [(10, 11), (11, 12), (13, 15), (7, 9), (14, 16)])
def test_what_does_not_fill_a_gap_has_its_minimum_stay(house, arrival, departure):
    """For that gap only: a part of it is refused, and so is what is open to one side."""
    assert codes(house, arrival, departure) == MINIMUM


def test_another_type_has_gaps_of_its_own(house):
    assert codes(house, 10, 12, room_type=house.suite) == MINIMUM


def test_a_plan_fills_gaps_only_when_told_to(house):
    """It is the plan's own field, and no switch passes it on to those derived from it."""
    child = derived(house, "NRF", house.rate_plan)
    assert codes(house, 10, 12, rate_plan=child) == MINIMUM
    child.fills_gaps = True
    child.save()
    house.rate_plan.fills_gaps = False
    house.rate_plan.save()
    assert codes(house, 10, 12, rate_plan=child) == []
    assert codes(house, 10, 12) == MINIMUM


def test_a_closed_night_bounds_a_gap(house):
    """Closed for the type or the house; a night closed on one plan can still be had on another."""
    limits = house.property.restrictions
    limits.filter(date=day(14)).update(stop_sell=True)
    assert codes(house, 13, 14) == []
    assert one(house, 13, 14).lowered[0].between == "2 December 2026 (sold out) and 4 December 2026 (closed)"
    limits.filter(date=day(14)).update(rate_plan=house.rate_plan)
    assert codes(house, 13, 14) == MINIMUM


def test_the_business_date_bounds_a_gap(house):
    """Nobody can arrive before today."""
    assert codes(house, 0, 2) == MINIMUM
    for _ in range(3):
        sold_night(house, 2)
    assert codes(house, 0, 2) == []
    assert one(house, 0, 2).lowered[0].between == "the business date and 22 November 2026 (sold out)"


def test_the_horizon_bounds_no_gap(house):
    """What cannot be had yet can be had tomorrow."""
    InventoryDay.objects.filter(date__gte=day(14)).delete()
    assert codes(house, 13, 14) == MINIMUM


def test_an_overbooking_limit_leaves_a_night_to_sell(house):
    InventoryDay.objects.filter(room_type=house.double, date=day(12)).update(overbooking_limit=1)
    assert codes(house, 10, 12) == MINIMUM


def test_other_lengths_stay_as_they_are(house):
    """A plan for long stays remains one, and maximum stays, arrivals and departures have nothing to do with it."""
    house.rate_plan.nights_min = 3
    house.rate_plan.save()
    house.property.restrictions.filter(date=day(10)).update(closed_to_arrival=True)
    assert codes(house, 10, 12) == ["closed_to_arrival", "plan_nights"]


def test_the_gap_is_sold_under_the_locks(house):
    """The sale itself asks the same, and once it is sold there is no gap any more."""
    assert book(house, 10, 12).total_minor == 20_000
    with refused("min_stay_arrival"):
        book(house, 13, 15)


def test_a_stay_does_not_bound_a_gap_against_itself(house):
    """The night that a shortened stay gives back is free: what is left is no gap."""
    for offset in (18, 19, 20):
        for _ in range(2):
            sold_night(house, offset)
    with no_limits(house):
        row = book(house, 18, 21)
        for _ in range(3):
            book(house, 17, 18)
    with refused("min_stay_arrival"):
        desk.reservation_modify(reservation=row, departure=day(20), actor=TESTER)


def test_gaps_cost_no_query(house):
    def queries(asked):
        with CaptureQueriesContext(connection) as made:
            asked()
        return len(made)

    with_gaps = queries(lambda: ask(house, 10, 12))
    house.rate_plan.fills_gaps = False
    house.rate_plan.save()
    assert queries(lambda: ask(house, 10, 12, with_alternatives=False)) == with_gaps
