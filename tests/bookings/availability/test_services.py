from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from bookings.availability.enums import ClosureKind
from bookings.availability.models import Block, Closure, InventoryDay
from bookings.availability.services import (
    block_create,
    block_release,
    closure_create,
    closure_plan,
    closure_release,
    inventory_extend,
    overbooking_limit_set,
    unit_create,
    unit_retire,
    unit_retirement_plan,
)
from bookings.lifecycle.services import reservation_check_in, reservation_unassign
from bookings.rates.enums import Source
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.kernel.errors import Conflict
from pms.properties.models import RoomType, Unit
from tests.conftest import HORIZON_DAYS, TODAY
from tests.house import TESTER, book, counters, free, refused


def day(offset):
    return TODAY + timedelta(days=offset)


def close(house, unit, begin, end, kind=ClosureKind.OUT_OF_ORDER, reason="Paint"):
    return closure_create(
        unit=house.units[unit], first=day(begin), until=day(end), kind=kind, reason=reason, actor=TESTER
    )


def keep(house, rooms, begin=1, end=3, **facts):
    defaults = {"code": "W", "name": "Wedding", "release_on": TODAY, "property": house.property}
    return block_create(rooms=rooms, arrival=day(begin), departure=day(end), actor=TESTER, **(defaults | facts))


# Closures


@pytest.mark.parametrize(
    ("kind", "counted"),
    [
        (ClosureKind.OUT_OF_ORDER, {"out_of_order": 1}),
        (ClosureKind.OWNER, {"owner": 1}),
        (ClosureKind.OUT_OF_INVENTORY, {}),
        (ClosureKind.OUT_OF_SERVICE, {}),
    ],
)
def test_closing_and_opening_a_unit(property_a, kind, counted):
    """T14: what takes the unit takes it from sale, out of service does not."""
    closure = close(property_a, "101", 1, 3, kind)
    taken = kind != ClosureKind.OUT_OF_SERVICE
    assert counters(property_a.property).get(("DBL", day(1)), {}) == counted
    assert free(property_a.double, day(1)) == 3 - taken
    assert closure.occupancies.filter(active=True).count() == taken
    closure = closure_release(closure=closure, actor=TESTER)
    assert free(property_a.double, day(1)) == 3
    assert closure.released_at is not None
    facts = AuditEvent.objects.count()
    closure_release(closure=closure, actor=TESTER)
    assert AuditEvent.objects.count() == facts


@pytest.mark.parametrize("in_house", [True, False])
def test_closing_over_a_guest_is_refused_and_names_them(property_a, in_house):
    """T14: out of order over an assigned or in-house unit is refused until they are moved."""
    row = book(property_a, 0, 3, unit="101", guest="Otto")
    if in_house:
        reservation_check_in(reservation=row, actor=TESTER)
    with pytest.raises(Conflict, match="101 is taken from 20 Nov to 23 Nov 2026 by Greta Otto") as refusal:
        close(property_a, "101", 2, 5)
    assert [taken.reservation for taken in refusal.value.context["plan"].in_the_way] == [row]
    assert close(property_a, "101", 2, 5, ClosureKind.OUT_OF_SERVICE).pk
    assert close(property_a, "101", 3, 5).pk


def test_closing_what_was_sold_by_type_is_refused(property_a):
    """T14: the last free unit may be promised to somebody without one."""
    for _ in range(3):
        reservation_unassign(reservation=book(property_a, 1, 2), actor=TESTER)
    plan = closure_plan(unit=property_a.units["101"], first=day(0), until=day(3), kind=ClosureKind.OUT_OF_ORDER)
    assert (plan.in_the_way, plan.oversold, plan.possible) == ((), (day(1),), False)
    with refused("sold_out"):
        close(property_a, "101", 0, 3)


def test_closing_makes_no_sense(property_a):
    with refused("reason_missing"):
        close(property_a, "101", 1, 2, reason=" ")
    with refused("text_too_long"):
        close(property_a, "101", 1, 2, reason="x" * 10_000)
    with refused("no_nights"):
        close(property_a, "101", 2, 2)
    with refused("beyond_horizon"):
        close(property_a, "101", HORIZON_DAYS - 1, HORIZON_DAYS + 1)
    unit_retire(unit=property_a.units["101"], until=day(9), actor=TESTER)
    with refused("not_in_service"):
        close(property_a, "101", 8, 10)
    assert not Closure.objects.exists()


def test_opening_from_a_day_on_keeps_the_past_closed(property_a):
    closure = close(property_a, "101", 0, 6)
    closure = closure_release(closure=closure, on=day(2), actor=TESTER)
    assert (closure.nights.upper, closure.released_at) == (day(2), None)
    assert set(counters(property_a.property)) == {("DBL", day(0)), ("DBL", day(1))}
    assert closure_release(closure=closure, on=day(4), actor=TESTER).nights.upper == day(2)
    book(property_a, 2, 6, unit="101")
    closure_release(closure=closure, on=day(0), actor=TESTER)
    assert ("DBL", day(0)) not in counters(property_a.property)


# Units


def test_a_new_unit_is_one_room_more_from_its_day_on(property_a):
    """T13: dated."""
    unit = unit_create(room_type=property_a.double, number=" 104 ", in_service_from=day(5), actor=TESTER)
    assert unit.number == "104"
    assert (free(property_a.double, day(4)), free(property_a.double, day(5))) == (3, 4)
    with pytest.raises(ValidationError):
        unit_create(room_type=property_a.suite, number="104", in_service_from=day(5), actor=TESTER)
    with refused("text_too_long"):
        unit_create(room_type=property_a.suite, number="x" * 25, in_service_from=day(5), actor=TESTER)
    with refused("bad_character"):
        unit_create(room_type=property_a.suite, number="1\x00", in_service_from=day(5), actor=TESTER)


def test_the_first_unit_of_a_type_begins_its_inventory(property_a):
    """T10: a type is on sale as soon as it has a room, not after the next night audit."""
    twin = RoomType.objects.create(property=property_a.property, code="TWN", name="Twin")
    unit_create(room_type=twin, number="301", in_service_from=TODAY, actor=TESTER)
    assert (free(twin, TODAY), free(twin, day(HORIZON_DAYS - 1))) == (1, 1)


def test_a_part_belongs_to_its_wholes_property(property_a, estate):
    with refused("other_property"):
        unit_create(
            room_type=property_a.double,
            number="V9",
            in_service_from=TODAY,
            parent=estate.units["villa"],
            actor=TESTER,
        )


def test_retiring_is_dated(property_a):
    """T13: the past keeps the unit, from the day on it is gone."""
    book(property_a, 0, 5, unit="103")
    unit_retire(unit=property_a.units["103"], until=day(5), actor=TESTER)
    assert (free(property_a.double, day(4)), free(property_a.double, day(5))) == (2, 2)
    facts = AuditEvent.objects.count(), OutboxEvent.objects.count()
    unit_retire(unit=property_a.units["103"], until=day(5), actor=TESTER)
    assert (AuditEvent.objects.count(), OutboxEvent.objects.count()) == facts
    with refused("not_in_service"):
        unit_retire(unit=property_a.units["103"], until=day(6), actor=TESTER)
    with refused("not_in_service"):
        unit_retire(unit=property_a.units["102"], until=day(-500), actor=TESTER)


def test_retiring_under_a_guest_lists_who_is_in_the_way(property_a):
    """T13: refused and listed."""
    row = book(property_a, 3, 6, unit="103")
    closure = close(property_a, "103", 8, 9)
    plan = unit_retirement_plan(unit=property_a.units["103"], until=day(5))
    assert [taken.reservation or taken.closure for taken in plan.in_the_way] == [row, closure]
    with pytest.raises(Conflict, match=f"103 is taken by {row.code}, Out of order; move them first."):
        unit_retire(unit=property_a.units["103"], until=day(5), actor=TESTER)
    assert Unit.objects.get(number="103").in_service_until is None


def test_retiring_what_was_sold_by_type_is_refused(property_a):
    """T13: the count is lowered only where nobody bought it."""
    for _ in range(3):
        reservation_unassign(reservation=book(property_a, 7, 8), actor=TESTER)
    plan = unit_retirement_plan(unit=property_a.units["103"], until=day(5))
    assert (plan.in_the_way, plan.oversold) == ((), (day(7),))
    with refused("unit_has_bookings"):
        unit_retire(unit=property_a.units["103"], until=day(5), actor=TESTER)
    unit_retire(unit=property_a.units["103"], until=day(8), actor=TESTER)


# Blocks


def test_a_block_is_taken_from_sale_and_given_back_once(property_a):
    """T10: held rooms that are not picked up."""
    block = keep(property_a, {property_a.double: 2, property_a.suite: 1})
    assert counters(property_a.property)["STE", day(2)] == {"blocked": 1}
    book(property_a, 1, 2, block=block)
    block = block_release(block=block, actor=TESTER)
    assert counters(property_a.property) == {("DBL", day(1)): {"sold": 1}}
    facts = AuditEvent.objects.count()
    block_release(block=block, actor=TESTER)
    assert AuditEvent.objects.count() == facts


def test_nights_beyond_the_block_are_sold_like_others(property_a):
    block = keep(property_a, {property_a.double: 1})
    book(property_a, 0, 4, block=block)
    assert counters(property_a.property) == {("DBL", day(offset)): {"sold": 1} for offset in range(4)}


@pytest.mark.parametrize(
    ("code", "wish"),
    [
        ("no_rooms", {"rooms": {}}),
        ("no_nights", {"end": 1}),
        ("late_cut_off", {"release_on": day(2)}),
        ("beyond_horizon", {"begin": HORIZON_DAYS, "end": HORIZON_DAYS + 1}),
    ],
)
def test_a_block_makes_no_sense(property_a, code, wish):
    with refused(code):
        keep(property_a, **({"rooms": {property_a.double: 1}} | wish))
    assert not Block.objects.exists()


def test_a_block_of_more_than_there_is(property_a, property_other):
    with refused("sold_out"):
        keep(property_a, {property_a.double: 4})
    with refused("no_rooms"):
        keep(property_a, {property_a.double: 0})
    with refused("other_property"):
        keep(property_a, {property_other.double: 1})
    keep(property_a, {property_a.double: 1})
    with pytest.raises(ValidationError):
        keep(property_a, {property_a.double: 1})


# Overbooking and the horizon


def test_the_limit_is_not_lowered_below_what_is_sold(property_a):
    """T17: per type and night."""
    overbooking_limit_set(room_type=property_a.double, limit=2, actor=TESTER)
    for _ in range(4):
        book(property_a, 3, 4)
    with refused("sold_out"):
        overbooking_limit_set(room_type=property_a.double, limit=0, actor=TESTER)
    overbooking_limit_set(room_type=property_a.double, limit=1, actor=TESTER)
    with refused("negative_limit"):
        overbooking_limit_set(room_type=property_a.double, limit=-1, actor=TESTER)
    ahead = InventoryDay.objects.filter(room_type=property_a.double, date__gte=TODAY)
    assert set(ahead.values_list("overbooking_limit", flat=True)) == {1}
    assert free(property_a.suite, day(3)) == 2


def test_what_a_channel_sold_beyond_does_not_bind_the_limit(property_a):
    """T17: accepted and flagged is beside the limit."""
    for _ in range(4):
        book(property_a, 3, 4, source=Source.OTA)
    overbooking_limit_set(room_type=property_a.double, limit=1, actor=TESTER)
    overbooking_limit_set(room_type=property_a.double, limit=0, actor=TESTER)


def test_extending_the_horizon_leaves_what_is_there(property_a):
    overbooking_limit_set(room_type=property_a.double, limit=1, actor=TESTER)
    assert inventory_extend(property=property_a.property) == 0
    book(property_a, HORIZON_DAYS - 1, HORIZON_DAYS)
    was = counters(property_a.property)
    assert inventory_extend(property=property_a.property, until=day(HORIZON_DAYS + 3)) == 6
    last = InventoryDay.objects.get(room_type=property_a.double, date=day(HORIZON_DAYS + 2))
    assert (last.capacity, last.overbooking_limit, counters(property_a.property)) == (3, 1, was)
