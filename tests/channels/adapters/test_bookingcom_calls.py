"""Booking.com's keys, its queues and its reports, over real HTTP with its stand-in."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.adapters.base import Acknowledged, Answer, ChannelError, Receipt, SoldBooking
from channels.adapters.bookingcom.adapter import ADAPTER
from channels.adapters.enums import Told, Trouble
from tests.channels.adapters.bookingcom_hotel import (
    BASIC,
    BookingComHotel,
    bxml,
    bxml_reservation,
    ota_message,
    ota_reservation,
)
from tests.channels.adapters.canned import ACCESS, CannedWire, canned
from tests.channels.adapters.contract import DAY, acknowledge, letters, sold
from tests.sandbox.bookingcom.fixtures import BookingComRemote
from tests.sandbox.channel_fixtures import BEST, HOTEL

HOUSE = replace(ACCESS, credentials=BASIC)
PAST = datetime.now(UTC) - timedelta(hours=2)


@pytest.fixture
def hotel(bookingcom_sandbox: BookingComRemote) -> BookingComHotel:
    return BookingComHotel(bookingcom_sandbox)


@pytest.fixture
def taking(bookingcom_sandbox: BookingComRemote) -> BookingComHotel:
    return BookingComHotel(bookingcom_sandbox, reservations="bxml")


def calls(hotel: BookingComHotel, what: str) -> int:
    return sum(exchange.what == what for exchange in hotel.exchanges)


def fetched(hotel: BookingComHotel, since: datetime | None = None) -> list[SoldBooking]:
    return sold(hotel, ADAPTER.fetch(hotel.wire, since=since))


# Keys


def test_a_token_is_kept_for_its_hour(hotel: BookingComHotel) -> None:
    for _ in range(3):
        hotel.rooms()
    assert calls(hotel, "token") == 1


def test_a_token_that_is_over_is_exchanged_anew(hotel: BookingComHotel) -> None:
    hotel.rooms()
    hotel.remote.advance(3601)
    hotel.rooms()
    assert (calls(hotel, "token"), calls(hotel, "rooms")) == (2, 3)


def test_a_token_stands_in_no_log(hotel: BookingComHotel) -> None:
    hotel.rooms()
    (exchange,) = [one for one in hotel.exchanges if one.what == "token"]
    assert '"jwt":' in exchange.response
    assert "eyJ" not in exchange.response
    assert hotel.access.credentials["client_secret"] not in exchange.request


class _Refusing(CannedWire):
    """Gives tokens, and opens nothing for them."""

    def call(self, method: str, url: str, **said: Any) -> Answer:
        self.asked.append((method, url, None))
        return Answer(200, {}, b'{"jwt":"a.b.c"}') if "token" in url else Answer(401, {}, b"")


def test_no_more_than_thirty_tokens_an_hour(hotel: BookingComHotel) -> None:
    """Not even when each of them is refused: then nothing at all goes out until the hour has passed."""
    wire = _Refusing([], hotel.access)
    troubles = []
    for _ in range(40):
        with pytest.raises(ChannelError) as refusal:
            ADAPTER.rooms(wire)
        troubles.append(refusal.value.trouble)
    assert sum("token" in url for _, url, _ in wire.asked) == 30
    assert set(troubles[:28]) == {Trouble.LOCKED_OUT}
    assert (refusal.value.trouble, refusal.value.code) == (Trouble.LIMITED, "too_many_tokens")
    assert refusal.value.wait is not None
    assert timedelta(minutes=59) < refusal.value.wait < timedelta(minutes=61)


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        (401, b"{}", Trouble.LOCKED_OUT),
        (429, b"{}", Trouble.LIMITED),
        (500, b"", Trouble.TEMPORARY),
        (200, b"nonsense", Trouble.TEMPORARY),
        (200, b'{"jwt": "two words"}', Trouble.TEMPORARY),
        (200, b'["jwt"]', Trouble.TEMPORARY),
    ],
)
def test_an_exchange_that_gives_no_token(hotel: BookingComHotel, status: int, body: bytes, trouble: Trouble) -> None:
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.rooms(canned(body, status=status, access=hotel.access))
    assert refusal.value.trouble == trouble


def test_a_name_and_a_password_open_it_too(bookingcom_sandbox: BookingComRemote) -> None:
    hotel = BookingComHotel(bookingcom_sandbox, credentials=BASIC)
    assert hotel.rooms()
    assert calls(hotel, "token") == 0


def test_without_a_key_nothing_is_asked(hotel: BookingComHotel) -> None:
    wire = canned(b"", access=replace(hotel.access, credentials={}))
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.rooms(wire)
    assert (refusal.value.trouble, wire.asked) == (Trouble.LOCKED_OUT, [])


def test_each_call_goes_to_its_host() -> None:
    wire = canned(b"<reservations/>", access=replace(HOUSE, base_url=""))
    list(ADAPTER.fetch(replace_settings(wire, reservations="bxml"), since=None))
    assert wire.asked[0][1] == "https://secure-supply-xml.booking.com/hotels/xml/reservations"
    wire = canned(b"<rooms/>", access=replace(HOUSE, base_url=""))
    with pytest.raises(ChannelError):
        ADAPTER.rooms(wire)
    assert wire.asked[0][1] == "https://supply-xml.booking.com/hotels/xml/rooms"
    keys = {"client_id": "c", "client_secret": "s"}
    wire = canned(b"", status=500, access=replace(HOUSE, base_url="", credentials=keys))
    with pytest.raises(ChannelError):
        ADAPTER.rooms(wire)
    assert wire.asked[0][1].startswith("https://connectivity-authentication.booking.com/token-based-authentication/")


def replace_settings(wire: CannedWire, **settings: str) -> CannedWire:
    wire.access = replace(wire.access, settings=settings)
    return wire


# OpenTravel's queues


def test_both_queues_are_read_before_anything_is_acknowledged(hotel: BookingComHotel) -> None:
    """No reading within five seconds of an acknowledgement: a letter is handed on once both are read."""
    hotel.sell()
    found = ADAPTER.fetch(hotel.wire, since=None)
    next(found)
    assert calls(hotel, "bookings") == 2
    assert list(found) == []


def test_a_redelivery_without_its_guarantee_is_another_message_of_the_same_order(hotel: BookingComHotel) -> None:
    """The card comes once: applied again the booking is the same, and what is known of the card stays."""
    hotel.set(cards="sent")
    hotel.sell()
    (first,), (second,) = fetched(hotel), fetched(hotel)
    assert (first.card_last4, second.card_last4) == ("1111", "")
    assert (first.order, first.rooms) == (second.order, second.rooms)
    assert first.revision != second.revision
    assert acknowledge(hotel, [first, second]) == Acknowledged(noted=(first.revision, second.revision))


def test_a_change_before_the_acknowledgement_comes_as_new_and_is_acknowledged_in_its_turn(
    hotel: BookingComHotel,
) -> None:
    """The old message is outdated: nobody waits for it, and what the booking is now comes by itself."""
    hotel.sell()
    (first,) = fetched(hotel)
    hotel.change()
    assert acknowledge(hotel, [first]).noted == (first.revision,)
    (second,) = fetched(hotel)
    assert (second.told, second.rooms[0].arrival) == (Told.NEW, hotel.first + DAY)
    assert second.revision != first.revision
    acknowledge(hotel, [second])
    assert letters(hotel) == []


def test_one_outdated_among_others_keeps_none_from_being_noted(hotel: BookingComHotel) -> None:
    stays = [hotel.remote.sell(hotel.first + DAY * number) for number in range(3)]
    found = fetched(hotel)
    hotel.remote.modify(stays[1], hotel.first)
    noted = acknowledge(hotel, found)
    assert noted == Acknowledged(noted=tuple(booking.revision for booking in found))
    assert [booking.booking_id for booking in fetched(hotel)] == [stays[1]["reservation"]]


def test_what_comes_in_a_later_turn_is_newer_though_it_is_the_same(hotel: BookingComHotel) -> None:
    """A change back looks like the message of before: it is told from it by when we had read everything."""
    hotel.sell()
    now = datetime.now(UTC)
    (first,), (again,) = fetched(hotel, since=now), fetched(hotel, since=now)
    (later,) = fetched(hotel, since=now + timedelta(minutes=1))
    assert first == again
    assert first.order < later.order
    assert (later.revision != first.revision, later.rooms) == (True, first.rooms)
    assert len(later.revision) <= 128


def test_each_is_acknowledged_where_it_came_from(hotel: BookingComHotel) -> None:
    hotel.sell()
    acknowledge(hotel, fetched(hotel))
    hotel.change()
    (changed,) = fetched(hotel)
    assert changed.receipt == {"queue": "OTA_HotelResModifyNotif"}
    acknowledge(hotel, [changed])
    hotel.cancel()
    (cancelled,) = fetched(hotel)
    assert (cancelled.told, cancelled.receipt) == (Told.CANCELLED, {"queue": "OTA_HotelResModifyNotif"})
    acknowledge(hotel, [cancelled])
    assert letters(hotel) == []


def test_a_hotel_that_the_account_may_not_touch_locks_its_connection_alone(hotel: BookingComHotel) -> None:
    hotel.remote.seed("2002")
    hotel.remote.control("POST", "accounts", username="second", password="secret", hotels=["2002"])
    second = hotel.reached(replace(hotel.access, credentials={"user": "second", "password": "secret"}))
    with pytest.raises(ChannelError) as refusal:
        list(ADAPTER.fetch(second, since=None))
    assert refusal.value.trouble == Trouble.LOCKED_OUT
    assert list(ADAPTER.fetch(hotel.reached(replace(second.access, account="2002")), since=None)) == []


def test_an_acknowledgement_that_met_an_error_is_made_again(hotel: BookingComHotel) -> None:
    """T65: nobody knows whether it arrived, so it is said again."""
    hotel.sell()
    found = fetched(hotel)
    hotel.remote.fault("error_after", path_prefix="/hotels/ota/OTA_HotelResNotif")
    with pytest.raises(ChannelError) as refusal:
        acknowledge(hotel, found)
    assert refusal.value.trouble == Trouble.TEMPORARY
    assert acknowledge(hotel, found).noted == (found[0].revision,)


def test_one_queue_that_does_not_answer_keeps_the_others_noted() -> None:
    success, failure = Answer(200, {}, b"<RS><Success/></RS>"), Answer(500, {}, b"")
    receipts = [
        Receipt("1", "a", "G", Told.NEW, {"queue": "OTA_HotelResNotif"}),
        Receipt("2", "b", "G", Told.MODIFIED, {"queue": "OTA_HotelResModifyNotif"}),
        Receipt("3", "c", "G", Told.NEW, {}),
    ]
    said = ADAPTER.acknowledge(CannedWire([success, failure], HOUSE), receipts)
    assert said == Acknowledged(noted=("c", "a"), again=("b",))


def test_a_refused_acknowledgement_is_told_in_their_words() -> None:
    wire = canned(b"<RS><Errors><Error>No such thing</Error></Errors></RS>", access=HOUSE)
    receipt = Receipt("1", "a", "G", Told.NEW, {"queue": "OTA_HotelResNotif"})
    assert ADAPTER.acknowledge(wire, [receipt]) == Acknowledged(refused={"a": "No such thing"})


def test_letters_are_one_for_each_booking() -> None:
    body = ota_message(ota_reservation(booking="1"), ota_reservation(booking="2"))
    empty = ota_message(name="OTA_HotelResModifyNotif")
    wire = CannedWire([Answer(200, {}, body), Answer(200, {}, empty)], HOUSE)
    found = list(ADAPTER.fetch(wire, since=None))
    assert [(letter.kind, letter.key) for letter in found] == [("OTA_HotelResNotif", "1"), ("OTA_HotelResNotif", "2")]
    assert [ADAPTER.read(HOUSE, letter).bookings[0].booking_id for letter in found] == ["1", "2"]


# B.XML's reading


def test_reading_takes_and_nothing_is_to_be_acknowledged(taking: BookingComHotel) -> None:
    taking.sell()
    found = fetched(taking)
    before = len(taking.exchanges)
    assert acknowledge(taking, found) == Acknowledged(noted=(found[0].revision,))
    assert (len(taking.exchanges), letters(taking)) == (before, [])


def test_what_a_broken_answer_took_along_is_asked_for_again(taking: BookingComHotel) -> None:
    """A reading whose answer was lost has lost its bookings: after a gap, what changed since is asked for."""
    taking.sell()
    taking.remote.fault("error_after", path_prefix="/hotels/xml/reservations")
    with pytest.raises(ChannelError):
        fetched(taking)
    assert fetched(taking, since=datetime.now(UTC)) == []
    assert [booking.booking_id for booking in fetched(taking, since=PAST)] == [taking.stay["reservation"]]


def test_with_recovery_changes_are_not_asked_for(taking: BookingComHotel) -> None:
    taking.set(recovery=True)
    taking.choose(recovery="yes")
    assert fetched(taking, since=PAST) == []
    assert "last_change" not in taking.exchanges[-1].request


def test_recovery_that_nobody_told_of_stops_nothing(taking: BookingComHotel) -> None:
    taking.set(recovery=True)
    taking.sell()
    assert [booking.booking_id for booking in fetched(taking, since=PAST)] == [taking.stay["reservation"]]


def test_an_answer_with_bookings_is_kept_however_broken_it_is() -> None:
    body = bxml(bxml_reservation())[:-40]
    wire = replace_settings(canned(body, access=HOUSE), reservations="bxml")
    assert [letter.body for letter in ADAPTER.fetch(wire, since=None)] == [body]


@pytest.mark.parametrize("body", [b"", b"<html/>", b'<reservations><fault code="500" string="Oops"/></reservations>'])
def test_an_answer_without_any_is_no_letter(body: bytes) -> None:
    wire = replace_settings(canned(body, access=HOUSE), reservations="bxml")
    with pytest.raises(ChannelError) as refusal:
        list(ADAPTER.fetch(wire, since=None))
    assert refusal.value.trouble == Trouble.TEMPORARY


def test_what_the_stand_in_sells_reads_the_same_in_both_languages(bookingcom_sandbox: BookingComRemote) -> None:
    hotel = BookingComHotel(bookingcom_sandbox)
    hotel.set(rewritten={BEST: {"id": "9900", "name": "Mobile rate"}})
    hotel.sell()
    (first,) = fetched(hotel)
    hotel.choose(reservations="bxml")
    (second,) = fetched(hotel)
    assert (first.booking_id, first.total_minor, first.booker) == (second.booking_id, second.total_minor, second.booker)
    (one,), (other,) = first.rooms, second.rooms
    assert replace(other, parent_rate_id="", guest=one.guest) == one
    assert (other.rate_id, other.parent_rate_id) == ("9900", BEST)


# Reports


def report(hotel: BookingComHotel, what: str, number: str = "", **details: Any) -> None:
    receipt = Receipt(number or hotel.stay["reservation"], "r", "GRETA1", Told.NEW)
    ADAPTER.report(hotel.wire, what=what, booking=receipt, details=details)


def test_a_no_show_is_told_from_the_day_of_arrival_on(hotel: BookingComHotel) -> None:
    hotel.sell()
    with pytest.raises(ChannelError) as refusal:
        report(hotel, "no_show")
    assert refusal.value.trouble == Trouble.REFUSED
    assert "check-in" in refusal.value.message
    hotel.remote.advance((hotel.first - datetime.now(UTC).date()).days * 86400 + 3600)
    report(hotel, "no_show", waived_fees=True)
    (told,) = hotel.remote.at_extranet("stay", reservation=hotel.stay["reservation"])["reports"]
    assert (told["kind"], told["waived_fees"]) == ("no_show", "yes")


def test_a_cancellation_for_the_card_wants_the_card_reported_first(hotel: BookingComHotel) -> None:
    hotel.sell()
    with pytest.raises(ChannelError):
        report(hotel, "cancel_invalid_card")
    report(hotel, "invalid_card")
    report(hotel, "cancel_invalid_card")
    assert fetched(hotel)[0].told == Told.CANCELLED


def test_a_report_about_nobody_is_refused(hotel: BookingComHotel) -> None:
    with pytest.raises(ChannelError) as refusal:
        report(hotel, "invalid_card", "999")
    assert refusal.value.trouble == Trouble.REFUSED


def test_booking_com_calls_nobody() -> None:
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.triggered(ACCESS, b"{}", {"x": "y"})
    assert refusal.value.code == "no_webhooks"


# The log


def test_no_card_stands_in_the_log(hotel: BookingComHotel) -> None:
    hotel.set(cards="sent")
    for reservations in ("ota", "bxml"):
        hotel.choose(reservations=reservations)
        hotel.sell()
        fetched(hotel)
    assert not re.search(r"4111111111111111|>123<|\"123\"", "".join(one.response for one in hotel.exchanges))
    assert HOTEL in hotel.exchanges[-1].request
