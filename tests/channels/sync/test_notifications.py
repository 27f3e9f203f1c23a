"""Bookings that Expedia sends by itself: kept, taken in, and answered with our number, or with a fault and not lost."""

import time

import pytest
from lxml import etree

from bookings.reservations.enums import Status
from bookings.reservations.models import Booking, Reservation
from channels.sync import applying, inbound
from channels.sync.enums import CaseKind, LetterState, MessageState
from channels.sync.models import BookingMessage, Case, ChannelBooking, ExchangeLog, StoredLetter
from channels.sync.pulling import apply_waiting
from pms.inbox.enums import MessageStatus
from pms.inbox.jobs import handle
from pms.inbox.models import InboundMessage
from pms.inbox.selectors import endpoint_of
from pms.kernel.errors import Busy
from tests.channels.expedia import PUSH, expedia_pair, expedia_sandbox
from tests.sandbox.channel_fixtures import HOTEL
from tests.sandbox.expedia.fixtures import Receiver, receiver

__all__ = ["expedia_pair", "expedia_sandbox", "receiver"]
OURS = "//*[@ResID_Type='3']/@ResID_Value | //*[local-name()='CancelInfoRS']/*/@ID"


@pytest.fixture
def happens(pair, receiver: Receiver):
    """Have something happen at Expedia; return the message that it pushes."""
    named = {"username": PUSH["push_username"], "password": PUSH["push_password"]}
    pair.channex.control("POST", "notify", hotel=HOTEL, url=receiver.url, retry_seconds=[0.05], **named)

    def make(what, *wanted):
        before = len(receiver.arrived)
        stay = what(*wanted)
        until = time.monotonic() + 10
        while len(receiver.arrived) == before:
            assert time.monotonic() < until
            time.sleep(0.02)
        pair.channex.pushed()
        return stay, etree.tostring(receiver.arrived[-1])

    return make


@pytest.fixture
def post(pair, client_for):
    """Send a message to the connection's address, as Expedia does; return the status and our number in the answer."""
    token = endpoint_of(provider="expedia", account=pair.connection.code).token

    def make(body):
        answer = client_for().post(f"/hooks/expedia/{token}/", body, content_type="text/xml; charset=utf-8")
        assert answer.headers["content-type"].startswith("text/xml"), answer.content
        numbers = etree.fromstring(answer.content).xpath(OURS)
        assert isinstance(numbers, list)
        return answer.status_code, str(numbers[0]) if numbers else ""

    return make


def again(body):
    """Return the message as it is sent once more."""
    return body.replace(b'RetryIndicator="false"', b'RetryIndicator="true"')


def test_a_booking_is_answered_with_our_number_to_its_end(pair, happens, post):
    """T65: it is in the house before it is answered, and changes and cancellations have the same number."""
    stay, body = happens(pair.channex.sell, pair.on(5))
    status, code = post(body)
    assert (status, code) == (200, Booking.objects.get().code)
    stay, body = happens(pair.channex.modify, stay, pair.on(6))
    assert post(body) == (200, code)
    assert Reservation.objects.get().arrival == pair.on(6)
    _, body = happens(pair.channex.cancel, stay)
    assert post(body) == (200, code)
    assert Reservation.objects.get().status == Status.CANCELLED
    assert set(InboundMessage.objects.values_list("status", flat=True)) == {MessageStatus.HANDLED}


def test_sent_again_it_has_the_same_number(pair, happens, post):
    """T59."""
    _, body = happens(pair.channex.sell, pair.on(5))
    first = post(body)
    assert first == (200, Booking.objects.get().code)
    assert post(again(body)) == first
    assert (Booking.objects.count(), StoredLetter.objects.count(), BookingMessage.objects.count()) == (1, 1, 1)


def test_what_the_house_cannot_take_yet_is_a_fault_and_not_lost(pair, happens, post, monkeypatch):
    """T65: no number is given for what is in no house; the queue takes it in, and the next delivery has the number."""

    def busy(*_, **__):
        raise Busy("locked", "Somebody else is changing the same rooms.")

    _, body = happens(pair.channex.sell, pair.on(5))
    monkeypatch.setattr(applying, "booking_create", busy)
    assert post(body) == (500, "")
    message = BookingMessage.objects.get()
    assert (message.state, StoredLetter.objects.get().state) == (MessageState.WAITING, LetterState.READ)
    monkeypatch.undo()
    apply_waiting(connection_id=pair.connection.pk, now=message.next_attempt_at)
    assert post(again(body)) == (200, Booking.objects.get().code)


def test_a_resend_takes_in_what_waits(pair, happens, post, monkeypatch):
    """Expedia waits: the pause between two tries is not for it."""

    def broken(*_, **__):
        raise RuntimeError("a fault of ours")

    _, body = happens(pair.channex.sell, pair.on(5))
    monkeypatch.setattr(applying, "booking_create", broken)
    assert post(body) == (500, "")
    assert InboundMessage.objects.get().status == MessageStatus.WAITING
    monkeypatch.undo()
    assert post(again(body)) == (200, Booking.objects.get().code)


def test_what_was_stored_and_not_handled_is_taken_in_later(pair, happens, post, monkeypatch):
    """A process that dies between storing and answering loses nothing; what is stored has neither card nor password."""
    _, body = happens(pair.channex.sell, pair.on(5))
    monkeypatch.setattr(inbound, "letter_came", lambda **_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        post(body)
    monkeypatch.undo()
    stored = InboundMessage.objects.get()
    kept = bytes(stored.body)
    assert (PUSH["push_password"].encode() in kept, b"5555555555554444" in kept) == (False, False)
    InboundMessage.objects.update(next_attempt_at=stored.received_at)
    assert handle(str(stored.public_id)) is True
    assert Reservation.objects.get().arrival == pair.on(5)


def test_what_nobody_can_read_is_kept_and_never_confirmed(pair, happens, post):
    """Its guest may have bought it: it is a case, and Expedia writes to the hotel in the end."""
    _, body = happens(pair.channex.sell, pair.on(5))
    assert post(body.replace(b'Type="14"', b'Type="15"')) == (500, "")
    assert StoredLetter.objects.get().state == LetterState.UNREADABLE
    assert Case.objects.get().kind == CaseKind.UNREADABLE
    assert Booking.objects.count() == 0


def test_a_cancellation_of_what_never_came_has_a_number(pair, happens, post):
    """T64: a tombstone; the booking that comes after it is answered and stays cancelled."""
    stay, made = happens(pair.channex.sell, pair.on(5))
    _, cancelled = happens(pair.channex.cancel, stay)
    status, number = post(cancelled)
    assert (status, bool(number), ChannelBooking.objects.get().booking) == (200, True, None)
    assert post(made)[0] == 200
    assert Booking.objects.count() == 0


def test_other_content_of_the_same_message_is_an_alarm(pair, happens, post):
    """T59: the first stays, and its number is the answer."""
    _, body = happens(pair.channex.sell, pair.on(5))
    first = post(body)
    assert post(body.replace(b"Greta", b"Otto", 1)) == first
    assert Case.objects.get().kind == CaseKind.CONTENT_DIFFERS


def test_the_log_has_message_and_answer_once(pair, happens, post):
    _, body = happens(pair.channex.sell, pair.on(5))
    post(body)
    (row,) = ExchangeLog.objects.filter(what__startswith="webhook")
    assert (row.status, Booking.objects.get().code in row.response) == (200, True)
    assert PUSH["push_password"] not in row.request


def test_without_the_password_nothing_is_stored(pair, happens, client_for):
    _, body = happens(pair.channex.sell, pair.on(5))
    token = endpoint_of(provider="expedia", account=pair.connection.code).token
    wrong = body.replace(PUSH["push_password"].encode(), b"another-password")
    answer = client_for().post(f"/hooks/expedia/{token}/", wrong, content_type="text/xml")
    assert (answer.status_code, InboundMessage.objects.count()) == (400, 0)
