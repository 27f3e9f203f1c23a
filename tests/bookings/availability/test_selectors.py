from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from bookings.availability.enums import ClosureKind
from bookings.availability.models import Hold
from bookings.availability.selectors import (
    availability,
    free_units,
    in_the_way,
    nesting,
    sellable_types,
    units_in_service,
)
from bookings.availability.services import closure_create, overbooking_limit_set, unit_retire
from bookings.lifecycle.services import reservation_move
from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from tests.conftest import HORIZON_DAYS, TODAY
from tests.house import TESTER, book

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def day(offset):
    return TODAY + timedelta(days=offset)


def look(house, begin, end, now=NOW):
    return availability(property_id=house.property.pk, first=day(begin), until=day(end), now=now)


def sellable(house, begin, end):
    return sellable_types(property_id=house.property.pk, arrival=day(begin), departure=day(end))


def test_each_type_on_each_day(property_a, property_other):
    """T10: what is in service, less everything that takes it."""
    book(property_other, 0, 2)
    book(property_a, 0, 2)
    book(property_a, 1, 2, status=Status.HOLD)
    closure_create(
        unit=property_a.units["103"],
        first=day(1),
        until=day(3),
        kind=ClosureKind.OUT_OF_ORDER,
        reason="Paint",
        actor=TESTER,
    )
    overbooking_limit_set(room_type=property_a.double, limit=1, actor=TESTER)
    looked = look(property_a, 0, 4)
    assert set(looked) == {property_a.double.pk, property_a.suite.pk}
    double = looked[property_a.double.pk]
    assert (double.capacity, double.free, double.sellable) == ((3, 3, 3, 3), (2, 0, 2, 3), (3, 1, 3, 4))
    assert looked[property_a.suite.pk].free == (2, 2, 2, 2)


def test_out_of_service_can_still_be_sold(property_a):
    """T14: out of service does not change availability, out of inventory lowers capacity."""
    for unit, kind in (("101", ClosureKind.OUT_OF_SERVICE), ("102", ClosureKind.OUT_OF_INVENTORY)):
        closure_create(unit=property_a.units[unit], first=day(0), until=day(1), kind=kind, reason="Paint", actor=TESTER)
    double = look(property_a, 0, 1)[property_a.double.pk]
    assert (double.capacity, double.free) == ((2,), (2,))


def test_more_sold_than_there_is_shows_as_less_than_nothing(property_a):
    """T17: the channel's overbooking is not hidden."""
    for _ in range(4):
        book(property_a, 0, 1, source=Source.BOOKING_COM)
    assert look(property_a, 0, 1)[property_a.double.pk].free == (-1,)


def test_days_past_the_horizon_are_unknown(property_a):
    looked = look(property_a, HORIZON_DAYS - 1, HORIZON_DAYS + 2)[property_a.suite.pk]
    assert (looked.capacity, looked.free, looked.sellable) == ((2, None, None),) * 3


def test_a_gap_in_the_days_stays_a_gap(property_a):
    from bookings.availability.models import InventoryDay

    InventoryDay.objects.filter(room_type=property_a.suite, date=day(1)).delete()
    assert look(property_a, 0, 3)[property_a.suite.pk].free == (2, None, 2)
    assert property_a.suite.pk not in sellable(property_a, 0, 3)


def test_an_option_that_ran_out_is_free_before_it_is_swept(property_a):
    """T15: by the clock, and only on its own nights."""
    book(property_a, 1, 3, status=Status.HOLD)
    Hold.objects.update(expires_at=NOW)
    assert look(property_a, 0, 4, now=NOW - timedelta(seconds=1))[property_a.double.pk].free == (3, 2, 2, 3)
    assert look(property_a, 0, 4, now=NOW)[property_a.double.pk].free == (3, 3, 3, 3)
    assert look(property_a, 2, 3, now=NOW)[property_a.double.pk].free == (3,)


def test_a_moved_option_that_ran_out_is_free_where_it_was(property_a):
    """T15, T53: in the type it took, not the one it was sold as."""
    row = book(property_a, 1, 2, status=Status.HOLD)
    reservation_move(reservation=row, unit=property_a.units["201"], actor=TESTER)
    Hold.objects.update(expires_at=NOW)
    looked = look(property_a, 1, 2)
    assert (looked[property_a.double.pk].free, looked[property_a.suite.pk].free) == ((3,), (2,))


@pytest.mark.parametrize("full", [1, 2, 3])
def test_a_stay_has_the_minimum_of_its_nights(property_a, full):
    """T9: whichever night is the tight one."""
    book(property_a, full, full + 1)
    book(property_a, full, full + 1)
    assert sellable(property_a, 1, 4) == {property_a.double.pk: 1, property_a.suite.pk: 2}
    assert sellable(property_a, full + 1, full + 3)[property_a.double.pk] == 3


def test_the_queries_do_not_grow(property_a, django_assert_num_queries):
    for end in (2, 100):
        with django_assert_num_queries(1):
            look(property_a, 0, end)
        with django_assert_num_queries(1):
            sellable(property_a, 0, end)


def free(house, begin, end, **facts):
    gaps = free_units(room_type_id=house.double.pk, arrival=day(begin), departure=day(end), **facts)
    return [(gap.unit.number, gap.before, gap.after) for gap in gaps]


def test_the_tightest_unit_comes_first(property_a):
    """T12: who fits exactly leaves no night that is hard to sell."""
    book(property_a, 1, 3, unit="103")
    book(property_a, 5, 6, unit="103")
    book(property_a, 7, 8, unit="102")
    assert free(property_a, 3, 5) == [("103", 0, 0), ("102", None, 2), ("101", None, None)]
    assert free(property_a, 4, 6) == [("102", None, 1), ("101", None, None)]


def test_departure_and_arrival_on_one_day_are_no_overlap(property_a):
    """T1, T2: half-open on both sides."""
    book(property_a, 3, 5, unit="101")
    assert "101" in [number for number, _, _ in free(property_a, 1, 3)]
    assert "101" in [number for number, _, _ in free(property_a, 5, 6)]
    assert "101" not in [number for number, _, _ in free(property_a, 4, 5)]


def test_the_own_stay_is_not_in_the_way(property_a):
    row = book(property_a, 3, 5, unit="101")
    numbers = [number for number, _, _ in free(property_a, 2, 6, ignoring_reservation_id=row.pk)]
    assert sorted(numbers) == ["101", "102", "103"]


def test_a_unit_is_free_for_the_days_it_is_there(property_a):
    """T13: dated, not an active flag."""
    unit_retire(unit=property_a.units["103"], until=day(5), actor=TESTER)
    assert "103" in [number for number, _, _ in free(property_a, 3, 5)]
    assert "103" not in [number for number, _, _ in free(property_a, 3, 6)]
    there = units_in_service(arrival=day(4), departure=day(6), room_type_ids=[property_a.double.pk])
    assert [unit.number for unit in there] == ["101", "102"]


def test_a_house_is_not_free_while_a_flat_is_taken(estate):
    """T11: by slots."""
    row = book(estate, 1, 3, unit="V1")
    gaps = free_units(room_type_id=estate.whole.pk, arrival=day(2), departure=day(4))
    assert [gap.unit.number for gap in gaps] == ["cottage"]
    found = in_the_way(unit=estate.units["villa"], arrival=day(2), departure=day(4))
    assert [taken.reservation for taken in found] == [row]
    assert in_the_way(unit=estate.units["V2"], arrival=day(2), departure=day(4)) == []
    assert in_the_way(unit=estate.units["villa"], arrival=day(3), departure=day(4)) == []
    own = in_the_way(unit=estate.units["villa"], arrival=day(1), departure=day(4), ignoring_reservation_id=row.pk)
    assert own == []


def test_nesting(estate, property_a):
    tree = nesting(property_id=estate.property.pk)
    assert tree.related == {
        estate.whole.pk: frozenset({estate.flat.pk}),
        estate.flat.pk: frozenset({estate.whole.pk}),
    }
    assert tree.family([estate.whole.pk]) == {estate.whole.pk, estate.flat.pk}
    assert nesting(property_id=property_a.property.pk).related == {}


def test_expired_by_the_real_clock(property_a):
    """T15: an option lives exactly as long as it was given."""
    book(property_a, 1, 2, status=Status.HOLD, hold_minutes=10)
    soon, later = timezone.now() + timedelta(minutes=9), timezone.now() + timedelta(minutes=11)
    assert look(property_a, 1, 2, now=soon)[property_a.double.pk].free == (2,)
    assert look(property_a, 1, 2, now=later)[property_a.double.pk].free == (3,)
