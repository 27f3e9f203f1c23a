"""The calendar says of every day what the quote says of stays that begin or end on it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.taxes.party import Party
from bookings.availability.models import InventoryDay
from bookings.rates.enums import Source
from bookings.rates.services import quote
from bookings.rates.wishes import Wish
from bookings.website.calendar import LONGEST, calendar
from tests.bookings.rates.asking import AT, day, limit
from tests.bookings.rates.grid import make_grid
from tests.conftest import TODAY
from tests.house import book, make_house


def look(place, *, month=TODAY, arrival=None, departure=None, at=AT, adults=2, ages=(), rooms=1):
    return calendar(
        place=place,
        month=month,
        wish=Wish(TODAY, day(1), adults, ages, rooms),
        arrival=None if arrival is None else day(arrival),
        departure=None if departure is None else day(departure),
        at=at,
    )


def on(found, offset):
    return next(each for each in found.days if each.date == day(offset))


def departures(found):
    return [(each.date - TODAY).days for each in found.days if each.departs]


def cheapest(place, arrival, nights, party):
    told = quote(
        property=place,
        arrival=arrival,
        departure=arrival + timedelta(days=nights),
        party=party,
        at=AT,
        source=Source.DIRECT_WEB,
        with_alternatives=False,
    )
    return told.offers[0].total_minor if told.offers else None


@pytest.mark.parametrize("fills_gaps", [False, True])
def test_every_day_is_what_the_quote_says(in_tenant, planted, fills_gaps):
    """T2, T18, T19, T20, T25: the shortest stay from a day and its price, and every departure from an arrival."""
    grid = make_grid(types=2, plans=2, today=TODAY, days=45)
    place, party = grid.property, Party(2, (4,))
    for plan in grid.plans:
        plan.fills_gaps = fills_gaps
        plan.save()
    limit(grid, 5, closed_to_arrival=True)
    limit(grid, 7, closed_to_departure=True)
    limit(grid, 11, room_type=grid.types[0], min_stay_through=4)
    limit(grid, 13, min_stay_through=5)
    limit(grid, 17, max_stay=2)
    limit(grid, 19, plan=grid.plans[0], stop_sell=True)
    InventoryDay.objects.filter(date=day(16)).update(sold=10)
    InventoryDay.objects.filter(date__gte=day(22), date__lt=day(25), room_type=grid.types[0]).update(sold=10)
    found = look(place, ages=(4,), arrival=8)
    for each in found.days:
        offers = {nights: cheapest(place, each.date, nights, party) for nights in range(1, 9)}
        shortest = next((nights for nights, total in offers.items() if total is not None), None)
        assert (each.date, each.nights_min) == (each.date, shortest)
        if shortest:
            assert each.night_minor == (2 * offers[shortest] + shortest) // (2 * shortest)
        else:
            assert each.refusal is not None
    ends = [nights for nights in range(1, 60) if cheapest(place, day(8), nights, party) is not None]
    assert departures(found) == [8 + nights for nights in ends]


def test_a_full_day_can_still_be_a_departure(property_a):
    """T2: nights before it are free, and the guest is gone before the next one sleeps there."""
    book(property_a, 12, 13, room_type=property_a.suite)
    for _ in range(3):
        book(property_a, 12, 13, room_type=property_a.double)
    book(property_a, 12, 13, room_type=property_a.suite)
    found = look(property_a.property, arrival=10, departure=12)
    assert departures(found) == [11, 12]
    assert (on(found, 12).arrives, on(found, 12).refusal.code) == (False, "sold_out")
    assert found.departure == day(12)


def test_a_departure_that_the_arrival_does_not_allow_is_not_taken(property_a):
    limit(property_a, 10, min_stay_arrival=3)
    found = look(property_a.property, arrival=10, departure=12)
    assert (found.departure, departures(found)[0]) == (None, 13)
    assert on(found, 10).nights_min == 3


def test_closed_to_departure_is_shown_where_every_pair_is(property_a):
    """T18"""
    limit(property_a, 14, closed_to_departure=True)
    limit(property_a, 15, room_type=property_a.suite, closed_to_departure=True)
    found = look(property_a.property, arrival=12)
    assert [on(found, offset).closed_to_departure for offset in (14, 15)] == [True, False]
    assert 14 not in departures(found)


def test_today_is_the_business_date(property_a):
    """T5: yesterday is past, and the arrival of a guest who comes after midnight is still today's."""
    found = look(property_a.property, arrival=-1)
    assert (on(found, -1).refusal.code, on(found, 0).arrives, found.arrival) == ("arrival_past", True, None)


def test_a_window_ends_at_the_property_s_hour(property_a):
    """T26: five hours before check-in at 15:00 in Lisbon, where it is ten in the morning."""
    limit(property_a, 0, lead_hours_min=5)
    assert on(look(property_a.property), 0).arrives
    later = look(property_a.property, at=AT + timedelta(seconds=1))
    assert on(later, 0).refusal.code == "lead_hours_min"


def test_rooms_for_all_are_asked_for(property_a):
    for _ in range(2):
        book(property_a, 10, 11, room_type=property_a.double)
    found = look(property_a.property, rooms=4, adults=4)
    assert [on(found, offset).arrives for offset in (9, 10)] == [True, False]
    assert on(found, 10).refusal.code == "rooms_left"


def test_months_stay_within_what_can_be_sold(property_a):
    found = look(property_a.property, month=TODAY.replace(year=2020))
    assert ([month.first.month for month in found.months], found.earlier) == ([11, 12], None)
    last = look(property_a.property, month=TODAY.replace(year=9000))
    assert (last.later, last.months[0].first.year) == (None, 2029)
    assert all(len(week) == 7 for month in found.months for week in month.weeks)


def test_an_arrival_far_from_the_month_brings_the_calendar_back(property_a):
    assert look(property_a.property, month=day(700), arrival=10).months[0].first == TODAY.replace(month=11, day=1)


def test_a_minimum_stay_beyond_what_is_looked_for_is_no_arrival(property_a):
    limit(property_a, 10, min_stay_arrival=LONGEST + 1)
    day_found = on(look(property_a.property), 10)
    assert (day_found.arrives, day_found.refusal.code) == (False, "min_stay_arrival")


def test_a_fixed_number_of_queries(in_tenant, planted):
    counts = []
    for number in (1, 4):
        grid = make_grid(types=number, plans=number, today=TODAY, code=f"G{number}")
        with CaptureQueriesContext(connection) as made:
            look(grid.property, arrival=8)
        counts.append(len(made))
    assert counts == [9, 9]


def test_a_house_without_rooms_has_days_all_the_same(in_tenant):
    place = make_house(code="EMPTY", name="Empty", today=TODAY, horizon_days=10).property
    place.room_types.update(retired_at=AT)
    assert not any(each.arrives for each in look(place).days)
