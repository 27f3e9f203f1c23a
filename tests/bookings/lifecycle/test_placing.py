from datetime import timedelta

import pytest

from bookings.availability.services import unit_retire
from bookings.lifecycle import services as desk
from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from pms.audit.models import AuditEvent
from pms.housekeeping.enums import Condition
from pms.housekeeping.models import UnitCondition
from tests.conftest import TODAY
from tests.house import TESTER, book, counters, numbers, refused


def day(offset):
    return TODAY + timedelta(days=offset)


def in_house(house, arrival, departure, unit, **facts):
    row = book(house, arrival, departure, unit=unit, **facts)
    return desk.reservation_check_in(reservation=row, actor=TESTER)


def move(house, row, unit, **facts):
    return desk.reservation_move(reservation=row, unit=house.units[unit], actor=TESTER, **facts)


def swap(one, other):
    return desk.reservation_swap(first=one, second=other, actor=TESTER)


def dirty():
    return set(UnitCondition.objects.filter(condition=Condition.DIRTY).values_list("unit__number", flat=True))


def roll(house):
    """Roll the business date as the audit would, without anybody being due."""
    house.property.business_date += timedelta(days=1)
    house.property.save(update_fields=["business_date"])


def test_moving_an_upgrade_consumes_the_other_type_at_the_old_price(property_a):
    """T53: the assigned type is consumed, the sold one is paid."""
    row = move(property_a, book(property_a, 1, 3), "201")
    assert (numbers(row), row.room_type, row.total_minor) == (["201", "201"], property_a.double, 20_000)
    assert counters(property_a.property) == {("STE", day(1)): {"sold": 1}, ("STE", day(2)): {"sold": 1}}


def test_moving_there_and_back_leaves_no_trace(property_a):
    row = book(property_a, 1, 3)
    was = counters(property_a.property)
    move(property_a, move(property_a, row, "202", from_night=day(2)), "101")
    assert counters(property_a.property) == was


def test_moving_in_house_keeps_the_nights_slept(property_a):
    """T52: past nights stay with the old unit, housekeeping gets it, the price does not change."""
    row = in_house(property_a, 0, 4, "101")
    roll(property_a)
    row = move(property_a, row, "102")
    assert (numbers(row), row.total_minor) == (["101", "102", "102", "102"], 40_000)
    assert dirty() == {"101"}


def test_a_move_planned_for_later_leaves_the_unit_as_it_is(property_a):
    """T52: housekeeping is told at the move instant, not when it is planned."""
    row = move(property_a, in_house(property_a, 0, 3, "101"), "102", from_night=day(2))
    assert (numbers(row), dirty()) == (["101", "101", "102"], set())


def test_moving_to_where_one_is_changes_nothing(property_a):
    row = book(property_a, 1, 3, unit="101")
    assert move(property_a, row, "101").version == 1
    assert not AuditEvent.objects.filter(action="reservation.moved").exists()


def test_moving_is_refused(property_a, property_other):
    row = book(property_a, 1, 3, unit="101")
    book(property_a, 2, 3, unit="102", guest="Otto")
    with refused("room_taken"):
        move(property_a, row, "102")
    with refused("changed_meanwhile"):
        move(property_a, row, "103", version=9)
    with refused("not_a_night"):
        move(property_a, row, "103", from_night=day(3))
    with refused("not_a_night"):
        move(property_a, row, "103", from_night=day(0))
    with refused("other_property"):
        move(property_other, row, "101")
    desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER)
    with refused("not_changeable"):
        move(property_a, row, "103")


def test_moving_into_a_type_that_is_sold_out_by_count(property_a):
    row = book(property_a, 1, 2)
    for _ in range(2):
        desk.reservation_unassign(reservation=book(property_a, 1, 2, room_type=property_a.suite), actor=TESTER)
    with refused("sold_out"):
        move(property_a, row, "201")


def test_moving_an_overbooked_stay_into_a_room_settles_it(property_a):
    for _ in range(3):
        book(property_a, 1, 2)
    row = move(property_a, book(property_a, 1, 2, source=Source.OTA), "201")
    assert (row.is_overbooked, row.unassigned_reason, numbers(row)) == (False, "", ["201"])
    assert counters(property_a.property) == {("DBL", day(1)): {"sold": 3}, ("STE", day(1)): {"sold": 1}}


def test_swapping_exchanges_units_over_their_own_nights(property_a):
    """T54: never a night beyond the stay, never both in one room."""
    one, other = book(property_a, 1, 4, unit="101"), book(property_a, 2, 3, unit="102")
    one, other = swap(one, other)
    assert (numbers(one), numbers(other)) == (["102"] * 3, ["101"])
    one, other = swap(one, other)
    assert (numbers(one), numbers(other)) == (["101"] * 3, ["102"])


def test_swapping_types_exchanges_what_is_consumed(property_a):
    """T53, T54: counters follow in one step, even when both types are full."""
    stays = [book(property_a, 1, 3) for _ in range(3)]
    suites = [book(property_a, 1, 3, room_type=property_a.suite) for _ in range(2)]
    was = counters(property_a.property)
    one, other = swap(stays[0], suites[0])
    assert (numbers(one), numbers(other)) == (["201"] * 2, ["101"] * 2)
    assert counters(property_a.property) == was


def test_swapping_types_of_different_lengths_is_refused_where_one_is_full(property_a):
    """T54: what the longer stay takes beyond the shorter is asked for like any other night."""
    long = book(property_a, 1, 4, unit="101")
    short = book(property_a, 1, 2, unit="201", room_type=property_a.suite)
    for _ in range(2):
        desk.reservation_unassign(reservation=book(property_a, 3, 4, room_type=property_a.suite), actor=TESTER)
    with refused("sold_out"):
        swap(long, short)


def test_swapping_with_a_third_in_the_way_is_refused(property_a):
    """T54: the exchange is one or none."""
    one, other = book(property_a, 1, 4, unit="101"), book(property_a, 1, 2, unit="102")
    book(property_a, 3, 4, unit="102", guest="Otto")
    with refused("room_taken"):
        swap(one, other)
    assert (numbers(one), numbers(other)) == (["101"] * 3, ["102"])


def test_swapping_into_a_unit_that_is_gone_by_then_is_refused(property_a):
    """T13, T54: the longer stay cannot have the room of the shorter one beyond its last day."""
    unit_retire(unit=property_a.units["102"], until=day(3), actor=TESTER)
    long, short = book(property_a, 1, 5, unit="101"), book(property_a, 1, 3, unit="102")
    with refused("not_in_service"):
        swap(long, short)


def test_swapping_in_house_keeps_the_nights_slept(property_a):
    """T52, T54: two guests in house change rooms from tonight on."""
    one, other = in_house(property_a, 0, 3, "101"), in_house(property_a, 0, 2, "201", room_type=property_a.suite)
    roll(property_a)
    one, other = swap(one, other)
    assert (numbers(one), numbers(other)) == (["101", "201", "201"], ["201", "101"])
    assert dirty() == {"101", "201"}
    assert (one.total_minor, other.total_minor) == (30_000, 50_000)


def test_swapping_an_option_with_a_stay(property_a):
    option = book(property_a, 1, 3, unit="101", status=Status.HOLD)
    stay = book(property_a, 1, 3, unit="201", room_type=property_a.suite)
    swap(option, stay)
    assert counters(property_a.property)["STE", day(1)] == {"held": 1}
    assert counters(property_a.property)["DBL", day(1)] == {"sold": 1}


def test_swapping_is_refused(property_a, property_other):
    one = book(property_a, 1, 3, unit="101")
    with refused("same_reservation"):
        swap(one, one)
    with refused("same_unit"):
        swap(one, book(property_a, 5, 6, unit="101"))
    with refused("other_property"):
        swap(one, book(property_other, 1, 3))
    waiting = desk.reservation_unassign(reservation=book(property_a, 1, 3), actor=TESTER)
    with refused("one_unit_each"):
        swap(one, waiting)
    moved = move(property_a, book(property_a, 5, 8, unit="102"), "103", from_night=day(6))
    with refused("one_unit_each"):
        swap(moved, one)
    gone = desk.reservation_cancel(reservation=book(property_a, 1, 3), reason="Flu", actor=TESTER)
    with refused("not_changeable"):
        swap(one, gone)


def test_assigning_takes_the_best_fit_or_the_unit_named(property_a):
    row = desk.reservation_unassign(reservation=book(property_a, 1, 3), actor=TESTER)
    assert (numbers(row), row.unassigned_reason) == ([None, None], "Not assigned yet")
    book(property_a, 3, 4, unit="103")
    row = desk.reservation_assign(reservation=row, actor=TESTER)
    assert (numbers(row), row.unassigned_reason) == (["103", "103"], "")
    assert desk.reservation_assign(reservation=row, actor=TESTER).version == row.version
    row = desk.reservation_assign(reservation=row, unit=property_a.units["102"], pin=True, actor=TESTER)
    assert (numbers(row), row.unit_pinned) == (["102", "102"], True)


def test_assigning_says_why_there_is_none(property_a):
    """T12: fragmentation is named."""
    row = desk.reservation_unassign(reservation=book(property_a, 1, 3), actor=TESTER)
    for number, (begin, end) in {"101": (1, 2), "102": (2, 3), "103": (1, 2)}.items():
        book(property_a, begin, end, unit=number)
    with refused("no_unit_free"):
        desk.reservation_assign(reservation=row, actor=TESTER)
    desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER)
    with refused("not_changeable"):
        desk.reservation_assign(reservation=row, actor=TESTER)
    with refused("not_changeable"):
        desk.reservation_unassign(reservation=row, actor=TESTER)


def test_unassigning_keeps_the_room_sold(property_a):
    row = move(property_a, book(property_a, 1, 2), "201")
    row = desk.reservation_unassign(reservation=row, actor=TESTER)
    assert counters(property_a.property) == {("DBL", day(1)): {"sold": 1}}
    assert desk.reservation_unassign(reservation=row, actor=TESTER).version == row.version
    with refused("in_house"):
        desk.reservation_unassign(reservation=in_house(property_a, 0, 1, "101"), actor=TESTER)


def test_a_promise(property_a):
    row = book(property_a, 1, 2)
    row = desk.reservation_pin(reservation=row, pinned=True, actor=TESTER)
    assert desk.reservation_pin(reservation=row, pinned=True, actor=TESTER).version == row.version
    assert not desk.reservation_pin(reservation=row, pinned=False, actor=TESTER).unit_pinned
    row = desk.reservation_unassign(reservation=row, actor=TESTER)
    with refused("no_unit"):
        desk.reservation_pin(reservation=row, pinned=True, actor=TESTER)


@pytest.mark.parametrize("changed", ["retired", "moved"])
def test_a_stale_unit_is_looked_at_again(property_a, changed):
    """T13: what the caller saw may be old by the time the inventory is locked."""
    row, stale = book(property_a, 1, 3, unit="101"), property_a.units["103"]
    if changed == "retired":
        unit_retire(unit=stale, until=day(2), actor=TESTER)
        with refused("not_in_service"):
            desk.reservation_move(reservation=row, unit=stale, actor=TESTER)
    else:
        copy = Reservation.objects.get(pk=row.pk)
        move(property_a, copy, "201")
        assert numbers(desk.reservation_move(reservation=row, unit=stale, actor=TESTER)) == ["103", "103"]
