"""What OTAs behind Channex sell comes in over real HTTP, exactly once, whatever fails on the way."""

import pytest

from bookings.reservations.enums import Status
from bookings.reservations.models import Booking, Reservation
from channels.sync import pulling
from channels.sync.enums import CaseKind, MessageState
from channels.sync.models import BookingMessage, Case, Standing, StoredLetter
from tests.channels.channex import make_pair


@pytest.fixture
def pair(property_a, channex_sandbox, settings):
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "channex": f"{channex_sandbox.url}/api/v1"}
    pair = make_pair(property_a, channex_sandbox)
    pair.push()
    return pair


def only():
    return Reservation.objects.get()


def test_a_guest_books_at_an_ota_and_is_on_the_chart(pair):
    stay = pair.sell(2, 4)
    pair.pull()
    row = only()
    assert (row.booking.source, row.room_type.code, row.total_minor) == ("booking_com", "DBL", 20_000)
    assert row.booking.external_id in stay["reservation"] or stay["reservation"] in row.booking.external_id
    assert pair.channex.feed() == []


def test_the_channel_is_told_what_is_left_even_if_it_counts_by_itself(pair):
    """T68."""
    pair.sell(2, 4)
    pair.pull()
    pair.push()
    assert pair.shown(2, 2)["DBL"][pair.day(2)]["told"] == 2
    assert pair.shown(2, 2, "airbnb")["DBL"][pair.day(2)]["told"] == 2


def test_changed_and_cancelled(pair):
    stay = pair.sell(2, 4)
    pair.pull()
    room = stay["rooms"][0]
    plan = pair.hotel["rates"]["Double/Best available rate"]
    longer = {
        "identifier": room["id"],
        "rate_plan_id": plan,
        "arrival": pair.day(2),
        "departure": pair.day(6),
        "adults": 1,
    }
    pair.channex.modify("booking.com", stay["reservation"], rooms=[longer])
    pair.pull()
    assert (only().nights_count, only().adults, only().total_minor) == (4, 1, 40_000)
    pair.channex.cancel("booking.com", stay["reservation"])
    pair.pull()
    assert only().status == Status.CANCELLED


def test_a_crash_between_keeping_and_reading_loses_nothing(pair, monkeypatch):
    """T65: the raw message is committed first."""
    pair.sell(2, 4)

    def killed(**_):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(pulling, "letters_read", killed)
        with pytest.raises(MemoryError):
            pair.pull()
    assert (StoredLetter.objects.count(), Booking.objects.count()) == (1, 0)
    Standing.objects.update(pull_lease_until=None)
    pair.pull()
    assert only().status == Status.CONFIRMED
    assert pair.channex.feed() == []


def test_an_acknowledgement_that_got_lost_is_sent_again(pair):
    """T65: a crash between commit and acknowledgement is harmless."""
    pair.sell(2, 4)
    pair.channex.fault("error_before", times=1, path_prefix="/api/v1/booking_revisions/")
    pair.pull()
    pair.pull()
    assert pair.channex.feed() == []
    assert BookingMessage.objects.get().acknowledged_at is not None
    assert Booking.objects.count() == 1


def test_rooms_that_nobody_mapped_at_the_channel_are_taken(pair):
    """T66."""
    pair.channex.unmap("booking.com", pair.hotel["rooms"]["Suite"])
    pair.sell(2, 4, room="Suite")
    pair.pull()
    assert only().status == Status.CONFIRMED
    assert Case.objects.filter(kind=CaseKind.UNMAPPED_ROOM).exists()


def test_a_channel_that_was_not_told_in_time_sells_too_much(pair):
    """T17."""
    from tests.house import book

    for unit in ("101", "102", "103"):
        book(pair.house, 2, 4, unit=unit)
    pair.sell(2, 4)
    pair.pull()
    row = Reservation.objects.get(booking__source="booking_com")
    assert row.is_overbooked
    assert Case.objects.get(kind=CaseKind.OVERBOOKED).reservation == row


def test_many_bookings_come_in_one_turn(pair):
    for day in range(1, 24, 2):
        pair.sell(day, day + 1, channel=("booking.com", "airbnb", "expedia")[day % 3])
    pair.pull()
    assert Booking.objects.count() == 12
    assert set(BookingMessage.objects.values_list("state", flat=True)) == {MessageState.APPLIED}
    assert pair.channex.feed() == []


def test_no_card_is_kept(pair):
    pair.sell(2, 4, payout="virtual_card")
    pair.pull()
    kept = b"".join(bytes(letter.body) for letter in StoredLetter.objects.all())
    assert b"4111111111111111" not in kept
    assert b"cvv" not in kept.lower() or b'"cvv": null' in kept.lower() or b"***" in kept
