"""A house and its hotel at the stand-in for Expedia, through the engine: told, sold, changed, cancelled."""

from datetime import timedelta

from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from channels.sync.enums import MessageState
from channels.sync.models import BookingMessage, Case, StoredLetter
from tests.channels.expedia import expedia_pair, expedia_sandbox
from tests.sandbox.channel_fixtures import DOUBLE

__all__ = ["expedia_pair", "expedia_sandbox"]
PUSH = {"push_username": "Expedia", "push_password": "a-password-of-the-house"}


def numbers(pair):
    """Return type, status and our number of each version that Expedia has."""
    return [
        (version["type"], version["status"], version["number"])
        for booking in pair.channex.control("GET", "bookings")
        for version in booking["versions"]
    ]


def test_everything_is_told_and_nothing_is_refused(pair):
    assert pair.push() > 0
    assert list(Case.objects.values_list("words", flat=True)) == []
    told = pair.channex.told(pair.on(5), pair.on(50))
    assert {day["left"] for day in told[DOUBLE].values()} == {3}
    assert pair.push() == 0


def test_sold_changed_and_cancelled(pair):
    """T61; Expedia has our booking's code for each message."""
    pair.push()
    stay = pair.channex.sell(pair.on(5))
    pair.pull()
    made = Reservation.objects.get()
    assert (made.arrival, made.status) == (pair.on(5), Status.CONFIRMED)
    stay = pair.channex.modify(stay, pair.on(6))
    pair.pull()
    changed = Reservation.objects.get()
    assert (changed.pk, changed.arrival, changed.departure) == (made.pk, pair.on(6), pair.on(9))
    pair.channex.cancel(stay)
    pair.pull()
    assert Reservation.objects.get().status == Status.CANCELLED
    code = made.booking.code
    assert numbers(pair) == [(kind, "confirmed", code) for kind in ("Book", "Modify", "Cancel")]
    assert set(BookingMessage.objects.values_list("state", flat=True)) == {MessageState.APPLIED}
    assert not BookingMessage.objects.filter(acknowledged_at=None).exists()


def test_a_change_that_was_held_back_comes_in_the_same_turn(pair):
    """T60: Expedia lets it out once what it changes is confirmed."""
    stay = pair.channex.sell(pair.on(5))
    pair.channex.pending()
    pair.channex.modify(stay, pair.on(6))
    pair.pull()
    assert Reservation.objects.get().arrival == pair.on(6)
    assert [status for _, status, _ in numbers(pair)] == ["confirmed", "confirmed"]


def test_a_busy_confirmation_is_made_good_next_time(pair):
    """T65."""
    pair.channex.sell(pair.on(5))
    pair.channex.control("POST", "confirmations", busy=1)
    pair.pull()
    assert [status for _, status, _ in numbers(pair)] == ["retrieved"]
    pair.ahead += timedelta(hours=1)
    pair.pull()
    assert [status for _, status, _ in numbers(pair)] == ["confirmed"]
    assert (Reservation.objects.count(), StoredLetter.objects.count()) == (1, 1)
