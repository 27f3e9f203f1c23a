from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.availability.models import Hold
from bookings.lifecycle import services as desk
from bookings.rates.enums import Source
from bookings.rates.models import BasePrice
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from pms.audit.models import AuditEvent
from pms.housekeeping.enums import Condition
from pms.housekeeping.models import UnitCondition
from pms.housekeeping.services import unit_condition_set
from tests.conftest import TODAY
from tests.house import TESTER, book, counters, numbers, refused


def day(offset):
    return TODAY + timedelta(days=offset)


def check_in(row, **facts):
    return desk.reservation_check_in(reservation=row, actor=TESTER, **facts)


def check_out(row):
    return desk.reservation_check_out(reservation=row, actor=TESTER, unpaid_reason="Pays later")


def roll(house):
    house.property.business_date += timedelta(days=1)
    house.property.save(update_fields=["business_date"])


def ran_out():
    Hold.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def test_confirming_an_option_sells_what_was_held(property_a):
    row = desk.reservation_confirm(reservation=book(property_a, 1, 2, status=Status.HOLD), actor=TESTER)
    assert (row.status, counters(property_a.property)) == (Status.CONFIRMED, {("DBL", day(1)): {"sold": 1}})
    assert Hold.objects.get().released_at is not None
    assert row.occupancies.get(active=True).kind == "stay"


def test_confirming_an_option_that_ran_out_asks_again(property_a):
    """T15: it takes its room again, in the unit and of the type it had."""
    option = book(property_a, 1, 2, status=Status.HOLD)
    desk.reservation_move(reservation=option, unit=property_a.units["201"], actor=TESTER)
    ran_out()
    row = desk.reservation_confirm(reservation=option, actor=TESTER)
    assert (row.status, numbers(row), row.end_reason) == (Status.CONFIRMED, ["201"], "")
    assert counters(property_a.property) == {("STE", day(1)): {"sold": 1}}


def test_an_option_that_was_swept_is_not_simply_confirmed(property_a):
    """T15, T56: it is cancelled, and comes back by reinstating if there is room."""
    option = book(property_a, 1, 2, status=Status.HOLD)
    ran_out()
    for _ in range(3):
        book(property_a, 1, 2)
    with refused("transition_refused"):
        desk.reservation_confirm(reservation=option, actor=TESTER)
    with refused("sold_out"):
        desk.reservation_reinstate(reservation=option, actor=TESTER)


def test_confirming_an_inquiry_takes_the_room_at_todays_price(property_a):
    inquiry = book(property_a, 1, 3, status=Status.INQUIRY)
    BasePrice.objects.update(price_minor=11_000)
    row = desk.reservation_confirm(reservation=inquiry, actor=TESTER)
    assert (row.total_minor, numbers(row)) == (22_000, ["101", "101"])


def test_confirming_an_inquiry_when_all_is_sold(property_a):
    inquiry = book(property_a, 1, 3, status=Status.INQUIRY)
    for _ in range(3):
        book(property_a, 1, 3)
    with refused("sold_out"):
        desk.reservation_confirm(reservation=inquiry, actor=TESTER)


def test_checking_in(property_a):
    row = check_in(book(property_a, 0, 1))
    assert (row.status, row.version) == (Status.CHECKED_IN, 2)
    assert row.checked_in_at is not None
    assert AuditEvent.objects.get(action="reservation.checked_in").changes == {"status": ["confirmed", "checked_in"]}


def test_checking_in_is_refused_before_and_after_the_stay(property_a):
    """T5: by the business date."""
    with refused("arrival_to_come"):
        check_in(book(property_a, 1, 2))
    row = book(property_a, 0, 1)
    roll(property_a)
    with refused("stay_over"):
        check_in(row)


def test_checking_in_takes_a_unit_if_there_is_none(property_a):
    row = desk.reservation_unassign(reservation=book(property_a, 0, 2), actor=TESTER)
    assert numbers(check_in(row)) == ["101", "101"]


def test_checking_in_without_any_unit(property_a):
    """T12: nobody is checked into nowhere."""
    row = desk.reservation_unassign(reservation=book(property_a, 0, 2), actor=TESTER)
    for number, begin in (("101", 0), ("102", 1), ("103", 1)):
        book(property_a, begin, begin + 1, unit=number)
    with refused("no_unit"):
        check_in(row)
    assert Reservation.objects.get(pk=row.pk).status == Status.CONFIRMED


def test_checking_in_who_is_overbooked(property_a):
    """T17: only with a room."""
    for _ in range(3):
        book(property_a, 0, 1)
    row = book(property_a, 0, 1, source=Source.BOOKING_COM)
    with refused("sold_out"):
        check_in(row)
    desk.reservation_cancel(reservation=Reservation.objects.exclude(pk=row.pk)[0], reason="Flu", actor=TESTER)
    assert numbers(check_in(row)) == ["101"]


def test_a_dirty_unit_is_refused_or_overridden_with_a_reason(property_a):
    """T55: blocked or overridden with reason."""
    row = book(property_a, 0, 1, unit="101")
    unit_condition_set(unit=property_a.units["101"], condition=Condition.DIRTY, actor=TESTER)
    with refused("unit_dirty"):
        check_in(row)
    check_in(row, override_reason="The guest waits in the bar")
    assert AuditEvent.objects.get(action="reservation.checked_in").reason == "The guest waits in the bar"


@pytest.mark.parametrize("condition", [Condition.CLEAN, Condition.INSPECTED])
def test_a_clean_unit_is_ready(property_a, condition):
    unit_condition_set(unit=property_a.units["101"], condition=condition, actor=TESTER)
    assert check_in(book(property_a, 0, 1, unit="101")).status == Status.CHECKED_IN


def test_a_unit_whose_guest_has_not_left_is_refused(property_a):
    """T2, T55: turn-over is the same day, one after the other."""
    last = check_in(book(property_a, 0, 1, unit="101", guest="Otto"))
    roll(property_a)
    row = book(property_a, 0, 1, unit="101")
    with refused("unit_occupied"):
        check_in(row)
    check_out(last)
    with refused("unit_dirty"):
        check_in(row)
    unit_condition_set(unit=property_a.units["101"], condition=Condition.CLEAN, actor=TESTER)
    assert check_in(row).status == Status.CHECKED_IN


def test_a_guest_who_was_moved_out_is_not_in_the_way(property_a):
    """T52, T55: where somebody sleeps tonight counts, not last night."""
    last = check_in(book(property_a, 0, 3, unit="101"))
    roll(property_a)
    desk.reservation_move(reservation=last, unit=property_a.units["102"], actor=TESTER)
    row = book(property_a, 0, 1, unit="101")
    with refused("unit_dirty"):
        check_in(row)


def test_checking_in_with_an_old_copy(property_a):
    row = book(property_a, 0, 2)
    desk.reservation_extend(reservation=row, departure=day(3), actor=TESTER)
    with refused("changed_meanwhile"):
        check_in(row, version=1)
    assert check_in(row, version=2).version == 3


def test_undoing_a_check_in(property_a):
    """T55: the status comes back and nothing else happens."""
    row = check_in(book(property_a, 0, 2))
    was = counters(property_a.property)
    row = desk.reservation_undo_check_in(reservation=row, reason="Wrong guest", actor=TESTER)
    assert (row.status, row.checked_in_at, counters(property_a.property)) == (Status.CONFIRMED, None, was)
    assert not UnitCondition.objects.exists()
    assert check_in(row).status == Status.CHECKED_IN


def test_undoing_a_check_in_after_the_night(property_a):
    """T55: a night was slept."""
    row = check_in(book(property_a, 0, 2))
    roll(property_a)
    with refused("too_late"):
        desk.reservation_undo_check_in(reservation=row, actor=TESTER)


def test_leaving_on_the_day_makes_the_unit_dirty(property_a):
    row = check_in(book(property_a, 0, 1, unit="101"))
    roll(property_a)
    row = check_out(row)
    assert (row.status, row.departure, row.total_minor) == (Status.CHECKED_OUT, day(1), 10_000)
    assert UnitCondition.objects.get().unit == property_a.units["101"]


def test_leaving_early_frees_the_nights_at_once(property_a):
    """T51: the nights to come are free, those slept stay."""
    row = check_in(book(property_a, 0, 5, unit="101"))
    roll(property_a)
    row = check_out(row)
    assert (row.departure, row.total_minor, numbers(row)) == (day(1), 10_000, ["101"])
    assert counters(property_a.property) == {("DBL", day(0)): {"sold": 1}}
    assert numbers(book(property_a, 0, 4, unit="101")) == ["101"] * 4


def test_leaving_early_after_a_move(property_a):
    """T51, T52: of each unit the nights that were slept there."""
    row = check_in(book(property_a, 0, 5, unit="101"))
    roll(property_a)
    desk.reservation_move(reservation=row, unit=property_a.units["201"], actor=TESTER)
    roll(property_a)
    row = check_out(row)
    assert numbers(row) == ["101", "201"]
    assert counters(property_a.property) == {("DBL", day(0)): {"sold": 1}, ("STE", day(1)): {"sold": 1}}


def test_leaving_on_the_day_of_arrival_keeps_the_first_night(property_a):
    """T51: the room was used."""
    row = check_out(check_in(book(property_a, 0, 3, unit="101")))
    assert (row.departure, numbers(row), row.total_minor) == (day(1), ["101"], 10_000)


def test_undoing_a_check_out_leaves_released_nights_released(property_a):
    """T55: extend to get them back."""
    row = check_in(book(property_a, 0, 3, unit="101"))
    roll(property_a)
    row = desk.reservation_undo_check_out(reservation=check_out(row), actor=TESTER)
    assert (row.status, row.departure, row.checked_out_at) == (Status.CHECKED_IN, day(1), None)
    row = desk.reservation_extend(reservation=row, departure=day(3), actor=TESTER)
    assert numbers(row) == ["101"] * 3


def test_undoing_a_check_out_when_somebody_else_is_in(property_a):
    """T55: not two in one bed."""
    row = check_in(book(property_a, 0, 1, unit="101"))
    roll(property_a)
    check_out(row)
    check_in(book(property_a, 0, 1, unit="101"), override_reason="Waits")
    with refused("unit_occupied"):
        desk.reservation_undo_check_out(reservation=row, actor=TESTER)


def test_undoing_a_check_out_the_next_day(property_a):
    row = check_in(book(property_a, 0, 1, unit="101"))
    roll(property_a)
    check_out(row)
    roll(property_a)
    with refused("too_late"):
        desk.reservation_undo_check_out(reservation=row, actor=TESTER)
