"""A house and its hotel at the stand-in for Booking.com, through the engine: told, sold, changed, whatever is cut off."""

from datetime import UTC, datetime, time, timedelta

import pytest

from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from channels.adapters.base import ChannelError
from channels.adapters.enums import Trouble
from channels.sync import pulling
from channels.sync.enums import MessageState
from channels.sync.models import BookingMessage, Case, ChannelBooking, StoredLetter
from tests.channels.bookingcom import bookingcom_pair, bookingcom_sandbox
from tests.sandbox.channel_fixtures import DOUBLE

__all__ = ["bookingcom_pair", "bookingcom_sandbox"]
BOTH = pytest.mark.parametrize("reservations", ["ota", "bxml"])


def only():
    return Reservation.objects.get()


@BOTH
def test_everything_is_told_and_nothing_is_refused(pair):
    assert pair.push() > 0
    assert not Case.objects.exists()
    told = pair.channex.told(pair.on(5), pair.on(50))
    assert {day["told"] for day in told[DOUBLE].values()} == {3}


@BOTH
def test_sold_changed_and_cancelled(pair):
    """T61, and identity by the channel's name for the stay."""
    stay = pair.channex.sell(pair.on(5))
    pair.pull()
    made = only()
    assert (made.arrival, made.status, made.total_minor) == (pair.on(5), Status.CONFIRMED, 20_000)
    stay = pair.channex.modify(stay, pair.on(6))
    pair.pull()
    assert (only().pk, only().arrival, only().departure) == (made.pk, pair.on(6), pair.on(9))
    pair.channex.cancel(stay)
    pair.pull()
    assert only().status == Status.CANCELLED
    assert set(BookingMessage.objects.values_list("state", flat=True)) == {MessageState.APPLIED}
    assert not BookingMessage.objects.filter(acknowledged_at=None).exists()
    assert pair.channex.control("GET", "queue") == []


@BOTH
def test_a_kill_after_a_letter_was_kept_loses_nothing(pair, monkeypatch):
    """T65: of B.XML nobody would send it again, so it is kept before anybody looks into it."""
    pair.channex.sell(pair.on(5))

    def killed(**_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(pulling, "letters_read", killed)
        with pytest.raises(KeyboardInterrupt):
            pair.pull()
    assert (Reservation.objects.count(), StoredLetter.objects.count()) == (0, 1)
    pair.ahead = timedelta(hours=1)
    pair.pull()
    assert only().arrival == pair.on(5)


@BOTH
@pytest.mark.parametrize("was_read", [True, False], ids=["later", "first"])
def test_an_answer_that_broke_off_loses_nothing(pair, was_read):
    """What reading takes away is asked for again by what comes seconds later, not after a gap of minutes alone."""
    noon = datetime.combine(pair.house.property.business_date, time(12), UTC)
    pair.channex.advance((datetime.now(UTC) - noon).total_seconds())
    pair.push()  # with a new token: the one before has ended by this clock
    if was_read:
        pair.pull()
    pair.channex.sell(pair.on(30))
    pair.channex.fault("close_after", path_prefix="/hotels/")
    pair.pull()
    assert Reservation.objects.count() == 0
    pair.pull()
    assert only().arrival == pair.on(30)


@BOTH
def test_a_change_and_the_change_back_are_both_taken(pair):
    """The third message is the first one to the letter: it is news all the same."""
    stay = pair.channex.sell(pair.on(5))
    pair.pull()
    for offset in (6, 8, 6):
        stay = pair.channex.modify(stay, pair.on(offset))
        pair.ahead += timedelta(minutes=5)
        pair.pull()
        assert only().arrival == pair.on(offset)


@pytest.mark.parametrize("reservations", ["ota"])
def test_a_redelivery_without_its_card_is_no_alarm(pair, monkeypatch):
    """T59: Booking.com sends the guarantee once; the same booking comes again without it until it is acknowledged."""
    pair.channex.sell(pair.on(5))

    def broken(*_):
        raise ChannelError(Trouble.TEMPORARY, "no_answer", "The line is cut.")

    with monkeypatch.context() as patched:
        patched.setattr("channels.adapters.bookingcom.queues.acknowledge", broken)
        pair.pull()
    pair.ahead = timedelta(minutes=10)
    pair.pull()
    assert (only().arrival, ChannelBooking.objects.get().card_last4) == (pair.on(5), "1111")
    assert not Case.objects.exists()
    assert pair.channex.control("GET", "queue") == []
