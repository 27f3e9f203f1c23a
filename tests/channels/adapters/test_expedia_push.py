"""Bookings that Expedia pushes: proved, kept as letters that are the same when sent again, answered by its schemas."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from lxml import etree

from channels.adapters.base import Access, ChannelError, Receipt, SoldBooking, Trigger
from channels.adapters.enums import Told, Trouble
from channels.adapters.expedia.adapter import ADAPTER, Expedia
from guests.profiles.enums import Collector
from tests.channels.adapters.canned import canned
from tests.channels.adapters.contract import check_reading, tried
from tests.channels.adapters.expedia_hotel import ACCESS, PUSH, ExpediaHotel
from tests.sandbox.channel_fixtures import BEST, DOUBLE, HOTEL
from tests.sandbox.expedia.fixtures import Receiver
from tests.sandbox.expedia.soap import HEADER, OTA, SOAP
from tests.sandbox.samples import need_samples

SPOKEN = Expedia()


@pytest.fixture
def taken(receiver: Receiver, expedia_hotel: ExpediaHotel, monkeypatch: pytest.MonkeyPatch) -> list[Trigger]:
    """The hotel's end answers with what the adapter says; return what it took."""
    triggers: list[Trigger] = []

    def reply(root: Any, kind: str) -> bytes:
        if kind:
            return SPOKEN.fault("The database is away.")
        body = etree.tostring(root)
        triggers.append(ADAPTER.triggered(expedia_hotel.access, body, {}))
        return SPOKEN.answered(body, our_number="GRETA1")

    monkeypatch.setattr(receiver, "reply", reply)
    named = {"username": PUSH["push_username"], "password": PUSH["push_password"]}
    expedia_hotel.remote.control("POST", "notify", hotel=HOTEL, url=receiver.url, retry_seconds=[0.1, 0.1], **named)
    return triggers


def read(hotel: ExpediaHotel, trigger: Trigger) -> SoldBooking:
    assert trigger.letter is not None
    masked = replace(trigger.letter, body=ADAPTER.masked(trigger.letter.body))
    reading = ADAPTER.read(hotel.access, masked)
    check_reading(reading)
    assert reading.faults == ()
    return reading.bookings[0]


def settled(hotel: ExpediaHotel) -> list[tuple[str, str, str]]:
    """Return type, status and our number of each version of the only booking."""
    hotel.remote.pushed()
    (booking,) = hotel.remote.control("GET", "bookings")
    return [(version["type"], version["status"], version["number"]) for version in booking["versions"]]


def test_a_booking_is_pushed_changed_and_cancelled(expedia_hotel: ExpediaHotel, taken: list[Trigger]) -> None:
    found = []
    for happens in (expedia_hotel.sell, expedia_hotel.change, expedia_hotel.cancel):
        happens()
        expedia_hotel.remote.pushed()
        found.append(read(expedia_hotel, taken[-1]))
    assert settled(expedia_hotel) == [(kind, "confirmed", "GRETA1") for kind in ("Book", "Modify", "Cancel")]
    assert [booking.told for booking in found] == [Told.NEW, Told.MODIFIED, Told.CANCELLED]
    assert len({booking.booking_id for booking in found}) == 1
    assert [booking.order for booking in found] == sorted({booking.order for booking in found})
    (room,) = found[0].rooms
    assert (room.room_id, room.rate_id, room.arrival, len(room.prices)) == (DOUBLE, BEST, expedia_hotel.first, 2)
    assert sum(room.prices.values()) == room.total_minor
    assert (found[0].booker.first_name, found[0].collector) == ("Greta", Collector.SELLER)
    assert found[0].notes.startswith("A quiet room, please\nExpedia")
    assert (found[0].virtual_card is None, found[2].rooms) == (False, ())


def test_sent_again_it_is_the_same_message(
    expedia_hotel: ExpediaHotel, taken: list[Trigger], receiver: Receiver
) -> None:
    """T59: only that it was sent again differs, and our answer does not."""
    expedia_hotel.remote.control("POST", "notify/lose", answers=1)
    expedia_hotel.sell()
    assert settled(expedia_hotel) == [("Book", "confirmed", "GRETA1")]
    first, again = taken
    assert first == again
    assert [indicator for _, _, indicator in receiver.headers()] == ["false", "true"]


def test_what_cannot_be_kept_for_now_comes_again(
    expedia_hotel: ExpediaHotel, taken: list[Trigger], receiver: Receiver
) -> None:
    receiver.answers.append("fault")
    expedia_hotel.sell()
    assert settled(expedia_hotel) == [("Book", "confirmed", "GRETA1")]
    assert len(taken) == 1


def message(hotel: ExpediaHotel, receiver: Receiver) -> bytes:
    """Return a message as it came."""
    hotel.sell()
    hotel.remote.pushed()
    return bytes(etree.tostring(receiver.arrived[0]))


def test_a_letter_carries_neither_password_nor_card(
    expedia_hotel: ExpediaHotel, taken: list[Trigger], receiver: Receiver
) -> None:
    body = message(expedia_hotel, receiver)
    assert PUSH["push_password"].encode() in body
    assert b"5555555555554444" in body
    assert taken[0].letter is not None
    for kept in (taken[0].letter.body, ADAPTER.masked(body), ADAPTER.masked(body[9:]), ADAPTER.masked(body[:-400])):
        assert PUSH["push_password"].encode() not in kept
        assert b"5555555555554444" not in kept
        assert b'"321"' not in kept


@pytest.mark.parametrize(("field", "value"), [("push_username", "Otto"), ("push_password", "x"), ("push_password", "")])
def test_without_the_password_it_is_turned_away(
    expedia_hotel: ExpediaHotel, taken: list[Trigger], receiver: Receiver, field: str, value: str
) -> None:
    body = message(expedia_hotel, receiver)
    other = replace(expedia_hotel.access, credentials={**expedia_hotel.access.credentials, field: value})
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.triggered(other, body, {})
    assert refusal.value.trouble == Trouble.LOCKED_OUT


def test_what_is_proved_is_a_letter_whatever_it_says(
    expedia_hotel: ExpediaHotel, taken: list[Trigger], receiver: Receiver
) -> None:
    """A guest may have bought what nobody can read; what is no message at all proves nothing."""
    body = message(expedia_hotel, receiver)
    elsewhere = replace(expedia_hotel.access, account="1002")
    for access, broken in (
        (expedia_hotel.access, body.replace(b"OTA_HotelResNotifRQ", b"OTA_Else")),
        (expedia_hotel.access, body.replace(b'Type="14"', b'Type="15"')),
        (elsewhere, body),
    ):
        trigger = ADAPTER.triggered(access, broken, {})
        assert trigger.letter is not None
        with pytest.raises(ChannelError):
            ADAPTER.read(access, trigger.letter)
    _, refusal = tried(partial(ADAPTER.triggered, expedia_hotel.access, body[:-9], {}))
    assert refusal is not None
    assert refusal.trouble == Trouble.REFUSED


def test_what_was_kept_is_the_same_message(
    expedia_hotel: ExpediaHotel, taken: list[Trigger], receiver: Receiver
) -> None:
    """Its password is not kept with it: the connection's own proves it then."""
    body = message(expedia_hotel, receiver)
    assert taken[0].letter is not None
    kept = taken[0].letter.body
    with pytest.raises(ChannelError, match="not_proved"):
        ADAPTER.triggered(expedia_hotel.access, kept, {})
    assert ADAPTER.triggered(expedia_hotel.access, kept, SPOKEN.proof(expedia_hotel.access, kept)) == taken[0]
    assert ADAPTER.triggered(expedia_hotel.access, body, {}) == taken[0]


def test_what_was_pushed_is_confirmed_already() -> None:
    receipt = Receipt("77001", "77001 1", "GRETA1", Told.NEW, {"way": "pushed"})
    wire = canned(b"")
    assert ADAPTER.acknowledge(wire, [receipt]).noted == ("77001 1",)
    assert wire.asked == []


def test_the_answer_has_our_number_or_there_is_none(
    expedia_hotel: ExpediaHotel, taken: list[Trigger], receiver: Receiver
) -> None:
    body = message(expedia_hotel, receiver)
    assert b'ResID_Type="3" ResID_Value="GRETA1"' in SPOKEN.answered(body, our_number="GRETA1")
    with pytest.raises(ChannelError, match="no_number"):
        SPOKEN.answered(body, our_number=" ")


def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(need_samples() / "expedia" / "xsd" / f"{name}.xsd"))


def _published() -> list[bytes]:
    files = sorted((need_samples() / "expedia" / "xml").glob("bn__sample*Envelope__*.xml"))
    return [body for file in files if b"RQ xmlns" in (body := file.read_bytes()) or b"RQ " in body.split(b"Body>")[1]]


def _whose(body: bytes) -> Access:
    hotel = re.search(rb'DistributorHotelId="(\d+)"', body)
    assert hotel is not None
    return replace(
        ACCESS,
        account=hotel[1].decode(),
        credentials={"push_username": "Expedia", "push_password": "Password"},
    )


def _checked(judge: Callable[[str], etree.XMLSchema], answer: bytes) -> None:
    root = etree.fromstring(answer)
    header, body = root[0][0], root[1][0]
    assert header.tag == f"{{{HEADER}}}Interface"
    judge("SOAP_header").assertValid(etree.fromstring(etree.tostring(header)))
    assert body.tag.startswith(f"{{{OTA}}}")
    judge(etree.QName(body).localname).assertValid(etree.fromstring(etree.tostring(body)))


def test_every_published_message_is_taken_and_answered_by_the_schemas() -> None:
    bodies = _published()
    assert len(bodies) == 7
    for body in bodies:
        access = _whose(body)
        trigger = ADAPTER.triggered(access, body, {})
        assert trigger.letter is not None
        reading = ADAPTER.read(access, trigger.letter)
        check_reading(reading)
        assert ADAPTER.read(access, replace(trigger.letter, body=body)) == reading
        _checked(_schema, SPOKEN.answered(body, our_number="GRETA1"))


def test_the_fault_is_by_its_schema() -> None:
    (found,) = etree.fromstring(SPOKEN.fault("Not now")).iter(f"{{{SOAP}}}Fault")
    found.tag = "Fault"
    _schema("SOAP_fault").assertValid(etree.fromstring(etree.tostring(found)))
