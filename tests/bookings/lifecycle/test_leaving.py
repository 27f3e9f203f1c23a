from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.availability.models import Hold
from bookings.availability.services import block_create, block_release
from bookings.lifecycle import jobs
from bookings.lifecycle import services as desk
from bookings.rates.enums import Source
from bookings.rates.models import BasePrice
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from pms.events.models import OutboxEvent
from tests.conftest import TODAY
from tests.house import TESTER, book, counters, numbers, refused


def day(offset):
    return TODAY + timedelta(days=offset)


def cancel(row, **facts):
    return desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER, **facts)


def reinstate(row):
    return desk.reservation_reinstate(reservation=row, actor=TESTER)


def roll(house):
    house.property.business_date += timedelta(days=1)
    house.property.save(update_fields=["business_date"])


@pytest.mark.parametrize("status", [Status.HOLD, Status.PENDING, Status.CONFIRMED])
def test_what_is_cancelled_is_free_at_once(property_a, status):
    row = cancel(book(property_a, 1, 3, status=status))
    assert (row.status, row.end_reason, counters(property_a.property)) == (Status.CANCELLED, "Flu", {})
    assert list(row.nights.values_list("price_minor", flat=True)) == [10_000, 10_000]
    assert not Hold.objects.filter(released_at=None).exists()


def test_cancelling_an_overbooked_stay_takes_nothing_from_others(property_a):
    """T17: it counted as overbooked and as nothing else."""
    for _ in range(3):
        book(property_a, 1, 2)
    cancel(book(property_a, 1, 2, source=Source.EXPEDIA))
    assert counters(property_a.property) == {("DBL", day(1)): {"sold": 3}}


def test_a_reason_is_given_and_fits(property_a):
    row = book(property_a, 1, 2)
    for reason, code in (("  ", "reason_missing"), ("x" * 201, "text_too_long"), ("a\x00", "bad_character")):
        with refused(code):
            desk.reservation_cancel(reservation=row, reason=reason, actor=TESTER)
    with refused("changed_meanwhile"):
        cancel(row, version=5)


def test_rejecting_a_request(property_a):
    row = book(property_a, 1, 2, status=Status.PENDING)
    row = desk.reservation_reject(reservation=row, reason="House is full", actor=TESTER)
    assert (row.status, counters(property_a.property)) == (Status.REJECTED, {})


def test_who_did_not_come_keeps_the_nights_until_somebody_decides(property_a):
    """T49: remaining nights are released only by decision."""
    row = desk.reservation_no_show(reservation=book(property_a, 0, 2), actor=TESTER)
    assert counters(property_a.property) == {("DBL", day(0)): {"sold": 1}, ("DBL", day(1)): {"sold": 1}}
    row = desk.reservation_no_show(reservation=row, release_nights=True, actor=TESTER)
    assert (row.status, row.version, counters(property_a.property)) == (Status.NO_SHOW, 3, {})
    assert desk.reservation_no_show(reservation=row, release_nights=True, actor=TESTER).version == 3


def test_nobody_is_a_no_show_before_the_arrival(property_a):
    with refused("arrival_to_come"):
        desk.reservation_no_show(reservation=book(property_a, 1, 2), actor=TESTER)


def test_reinstating_takes_the_former_unit_at_the_price_sold(property_a):
    """T28, T56: availability is asked, the price is not."""
    row = cancel(book(property_a, 1, 3, unit="102"))
    BasePrice.objects.update(price_minor=1)
    row = reinstate(row)
    assert (numbers(row), row.total_minor, row.ended_at) == (["102", "102"], 20_000, None)


def test_reinstating_an_upgrade_takes_it_again(property_a):
    """T53, T56: the former unit is preferred, of whatever type."""
    row = desk.reservation_move(reservation=book(property_a, 1, 3), unit=property_a.units["202"], actor=TESTER)
    assert numbers(reinstate(cancel(row))) == ["202", "202"]


def test_reinstating_when_the_former_unit_is_taken(property_a):
    """T56: another one then."""
    row = cancel(book(property_a, 1, 3, unit="101"))
    book(property_a, 2, 3, unit="101")
    assert numbers(reinstate(row)) == ["102", "102"]


def test_reinstating_when_all_is_sold(property_a):
    """T56: never a bare status change."""
    row = cancel(book(property_a, 1, 3))
    for _ in range(3):
        book(property_a, 2, 3)
    with refused("sold_out"):
        reinstate(row)
    assert Reservation.objects.get(pk=row.pk).status == Status.CANCELLED


def test_reinstating_a_channels_stay_when_all_is_sold(property_a):
    """T17, T56: accepted and flagged like a new one."""
    row = cancel(book(property_a, 1, 2, source=Source.BOOKING_COM))
    for _ in range(3):
        book(property_a, 1, 2)
    assert reinstate(row).is_overbooked


@pytest.mark.parametrize("released", [True, False])
def test_reinstating_a_no_show_days_later(property_a, released):
    """T56: nights past are not taken again, whether they were kept or released."""
    row = desk.reservation_no_show(reservation=book(property_a, 0, 4), release_nights=released, actor=TESTER)
    roll(property_a)
    row = reinstate(row)
    assert (row.arrival, numbers(row), row.total_minor) == (day(1), ["101"] * 3, 30_000)
    assert ("DBL", day(0)) not in counters(property_a.property)


def test_reinstating_when_the_stay_is_over(property_a):
    row = cancel(book(property_a, 0, 1))
    roll(property_a)
    with refused("stay_over"):
        reinstate(row)


def test_reinstating_with_an_old_copy_of_the_property_asks_the_date_of_now(property_a):
    """T5: the business date is read under the lock."""
    row = cancel(book(property_a, 0, 2))
    copy = Reservation.objects.select_related("property").get(pk=row.pk)
    roll(property_a)
    assert reinstate(copy).arrival == day(1)


def test_an_option_that_came_back_is_no_option_any_more(property_a):
    row = reinstate(cancel(book(property_a, 1, 2, status=Status.HOLD)))
    assert (row.status, row.hold) == (Status.CONFIRMED, None)
    assert counters(property_a.property) == {("DBL", day(1)): {"sold": 1}}


def test_an_inquiry_that_was_turned_away_has_nothing_to_come_back_to(property_a):
    with refused("stay_over"):
        reinstate(cancel(book(property_a, 1, 2, status=Status.INQUIRY)))


@pytest.mark.parametrize("release_first", [True, False])
def test_a_room_of_a_block_goes_back_to_the_block(property_a, release_first):
    """T10: or to sale, once the block has been released."""
    block = block_create(
        property=property_a.property,
        code="W",
        name="Wedding",
        arrival=day(1),
        departure=day(3),
        release_on=TODAY,
        rooms={property_a.double: 2},
        actor=TESTER,
    )
    row = book(property_a, 1, 3, block=block)
    if release_first:
        block_release(block=block, actor=TESTER)
    cancel(row)
    kept = {} if release_first else {("DBL", day(1)): {"blocked": 2}, ("DBL", day(2)): {"blocked": 2}}
    assert counters(property_a.property) == kept
    assert reinstate(row).block == block


def test_options_expire_by_themselves(property_a):
    """T15: once, and only those that ran out."""
    gone, live = book(property_a, 1, 2, status=Status.HOLD), book(property_a, 1, 2, status=Status.HOLD)
    Hold.objects.filter(reservation=gone).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert jobs.expire_holds() == 1
    gone.refresh_from_db()
    live.refresh_from_db()
    assert (gone.status, gone.end_reason, live.status) == (Status.CANCELLED, "The option ran out", Status.HOLD)
    assert counters(property_a.property) == {("DBL", day(1)): {"held": 1}}
    assert OutboxEvent.objects.filter(kind="reservation.hold_expired").count() == 1
    assert jobs.expire_holds() == 0


def test_an_option_that_lives_is_not_expired(property_a):
    row = book(property_a, 1, 2, status=Status.HOLD)
    assert desk.hold_expire(reservation=row, now=timezone.now(), actor=TESTER).status == Status.HOLD


def test_whoever_waits_gets_the_room_that_became_free(property_a):
    stays = [book(property_a, 1, 2) for _ in range(3)]
    waiting = book(property_a, 1, 2, source=Source.BOOKING_COM)
    cancel(stays[1])
    event = OutboxEvent.objects.get(kind="reservation.cancelled")
    assert jobs.assign_waiting_after(str(event.public_id)) == 1
    assert numbers(waiting) == ["102"]
    assert counters(property_a.property) == {("DBL", day(1)): {"sold": 3}}


def test_who_is_sold_a_room_never_becomes_overbooked_by_waiting(property_a):
    """T12, T17: a stay without a unit has its room; the one who has none is the overbooked one."""
    fragments = [book(property_a, begin, begin + 1, unit=unit) for unit, begin in (("101", 1), ("102", 2))]
    waiting = desk.reservation_unassign(reservation=book(property_a, 1, 3), actor=TESTER)
    book(property_a, 1, 3, unit="103")
    over = book(property_a, 1, 2, source=Source.BOOKING_COM)
    assert over.is_overbooked
    was = counters(property_a.property)
    assert desk.assign_waiting(property=property_a.property, actor=TESTER) == []
    waiting.refresh_from_db()
    assert (waiting.is_overbooked, counters(property_a.property)) == (False, was)
    assert len(fragments) == 2


def test_blocks_are_released_at_their_cut_off(property_a):
    for code, release_on in (("W1", TODAY), ("W2", day(1))):
        block_create(
            property=property_a.property,
            code=code,
            name="Wedding",
            arrival=day(2),
            departure=day(3),
            release_on=release_on,
            rooms={property_a.double: 1},
            actor=TESTER,
        )
    assert (jobs.release_blocks(), jobs.release_blocks()) == (1, 0)
    assert counters(property_a.property) == {("DBL", day(2)): {"blocked": 1}}
