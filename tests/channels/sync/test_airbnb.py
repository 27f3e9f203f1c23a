"""A house and its listing at the stand-in for Airbnb (ours, unproven), through the engine."""

from datetime import timedelta

from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from channels.sync.enums import MessageState
from channels.sync.models import BookingMessage, Case
from tests.channels.airbnb import airbnb_pair, airbnb_sandbox
from tests.sandbox.airbnb.fixtures import HOST, LOFT

__all__ = ["airbnb_pair", "airbnb_sandbox"]


def sell(pair, offset=5):
    return pair.channex.sell(pair.on(offset), 3, hotel=HOST, room=LOFT, rate="standard")


def test_everything_is_told_and_nothing_is_refused(pair):
    assert pair.push() > 0
    assert list(Case.objects.values_list("words", flat=True)) == []
    told = pair.channex.told(pair.on(5), pair.on(50), hotel=HOST)[LOFT]
    assert {(day["left"], day["closed"]) for day in told.values()} == {(3, False)}
    assert pair.push() == 0


def test_sold_changed_and_cancelled(pair):
    """T61, T44: the total is what the host is paid."""
    stay = sell(pair)
    pair.pull()
    made = Reservation.objects.get()
    assert (made.arrival, made.status) == (pair.on(5), Status.CONFIRMED)
    assert made.total_minor == stay["payout"]["amount"]
    stay = pair.channex.modify(stay, pair.on(6))
    pair.ahead += timedelta(minutes=5)
    pair.pull()
    assert (Reservation.objects.get().pk, Reservation.objects.get().arrival) == (made.pk, pair.on(6))
    pair.channex.cancel(stay)
    pair.pull()
    assert Reservation.objects.get().status == Status.CANCELLED
    assert set(BookingMessage.objects.values_list("state", flat=True)) == {MessageState.APPLIED}
    pair.pull()
    assert BookingMessage.objects.count() == 3


def test_a_request_is_told_to_people(pair):
    pair.push()
    nights = pair.channex.nights(pair.on(5), 2)
    pair.channex.control("POST", "requests", listing=LOFT, message="May we come?", **nights)
    pair.pull()
    assert (Reservation.objects.count(), Case.objects.count()) == (0, 1)
    assert "May we come?" in Case.objects.get().words
