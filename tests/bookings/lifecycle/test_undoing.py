"""Whatever is done and undone again leaves every counter as it was."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.availability.enums import ClosureKind
from bookings.availability.models import Hold
from bookings.availability.services import (
    block_create,
    block_release,
    closure_create,
    closure_release,
    overbooking_limit_set,
)
from bookings.lifecycle import services as desk
from bookings.lifecycle.invariants import certify
from bookings.lifecycle.jobs import expire_holds
from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from tests.conftest import TODAY
from tests.house import TESTER, book, counters, numbers


def day(offset):
    return TODAY + timedelta(days=offset)


def booking_and_cancelling(house, row, begin, length):
    made = book(house, begin, begin + length, source=Source.BOOKING_COM)
    desk.reservation_cancel(reservation=made, reason="Flu", actor=TESTER)


def cancelling_and_reinstating(house, row, begin, length):
    desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER)
    desk.reservation_reinstate(reservation=row, actor=TESTER)


def checking_in_and_undoing(house, row, begin, length):
    desk.reservation_check_in(reservation=row, actor=TESTER)
    desk.reservation_undo_check_in(reservation=row, actor=TESTER)


def no_show_and_reinstating(house, row, begin, length):
    desk.reservation_no_show(reservation=row, release_nights=length % 2 == 0, actor=TESTER)
    desk.reservation_reinstate(reservation=row, actor=TESTER)


def extending_and_shortening(house, row, begin, length):
    longer = desk.reservation_extend(reservation=row, departure=row.departure + timedelta(days=length), actor=TESTER)
    desk.reservation_shorten(reservation=longer, departure=row.departure, actor=TESTER)


def moving_away_and_back(house, row, begin, length):
    first = numbers(row)[0]
    moved = desk.reservation_move(
        reservation=row, unit=house.units["202"], from_night=row.arrival + timedelta(days=length % 3), actor=TESTER
    )
    desk.reservation_move(reservation=moved, unit=house.units[first], actor=TESTER)


def swapping_twice(house, row, begin, length):
    other = book(house, begin, begin + length, unit="202", room_type=house.suite)
    was = counters(house.property)
    desk.reservation_swap(first=row, second=other, actor=TESTER)
    desk.reservation_swap(first=row, second=other, actor=TESTER)
    assert counters(house.property) == was
    desk.reservation_cancel(reservation=other, reason="Flu", actor=TESTER)


def unassigning_and_assigning(house, row, begin, length):
    desk.reservation_unassign(reservation=row, actor=TESTER)
    desk.reservation_assign(reservation=row, actor=TESTER)


def another_type_and_back(house, row, begin, length):
    changed = desk.reservation_modify(reservation=row, room_type=house.suite, actor=TESTER)
    desk.reservation_modify(reservation=changed, room_type=house.double, actor=TESTER)


def closing_and_opening(house, row, begin, length):
    kinds = (ClosureKind.OUT_OF_ORDER, ClosureKind.OWNER, ClosureKind.OUT_OF_INVENTORY, ClosureKind.OUT_OF_SERVICE)
    closure = closure_create(
        unit=house.units["103"],
        first=day(begin),
        until=day(begin + length),
        kind=kinds[length % 4],
        reason="Paint",
        actor=TESTER,
    )
    closure_release(closure=closure, on=day(begin + length - 1), actor=TESTER)
    closure_release(closure=closure, actor=TESTER)


def blocking_and_releasing(house, row, begin, length):
    block = block_create(
        property=house.property,
        code=f"B{timezone.now().timestamp()}"[:16],
        name="Wedding",
        arrival=day(begin),
        departure=day(begin + length),
        release_on=TODAY,
        rooms={house.double: 2, house.suite: 1},
        actor=TESTER,
    )
    guest = book(house, begin, begin + length, block=block)
    block_release(block=block, actor=TESTER)
    desk.reservation_cancel(reservation=guest, reason="Flu", actor=TESTER)


def holding_and_running_out(house, row, begin, length):
    book(house, begin, begin + length, status=Status.HOLD)
    Hold.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    expire_holds()


def allowing_more_and_fewer(house, row, begin, length):
    overbooking_limit_set(room_type=house.double, limit=length, actor=TESTER)
    overbooking_limit_set(room_type=house.double, limit=0, actor=TESTER)


PAIRS = (
    booking_and_cancelling,
    cancelling_and_reinstating,
    checking_in_and_undoing,
    no_show_and_reinstating,
    extending_and_shortening,
    moving_away_and_back,
    swapping_twice,
    unassigning_and_assigning,
    another_type_and_back,
    closing_and_opening,
    blocking_and_releasing,
    holding_and_running_out,
    allowing_more_and_fewer,
)


@pytest.mark.parametrize("pair", PAIRS)
def test_doing_and_undoing_leaves_the_counters(property_a, pair):
    @settings(
        max_examples=4,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(begin=st.integers(0, 60), length=st.integers(1, 20), stay=st.integers(3, 10))
    def whenever(begin, length, stay):
        with transaction.atomic():
            row = book(property_a, 0, stay)
            was = counters(property_a.property)
            pair(property_a, row, begin, length)
            assert counters(property_a.property) == was
            assert certify(property=property_a.property).findings == ()
            transaction.set_rollback(True)

    whenever()
