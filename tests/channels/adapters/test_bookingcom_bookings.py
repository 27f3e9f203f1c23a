"""How Booking.com's bookings are read, in both languages: recorded messages, our own, and hostile ones."""

import re
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.adapters.base import ChannelError, Letter, Person, Reading, SoldBooking, VirtualCard
from channels.adapters.bookingcom.adapter import ADAPTER
from channels.adapters.bookingcom.ota_bookings import MODIFIED
from channels.adapters.enums import Told, Trouble
from guests.profiles.enums import Collector
from tests.channels.adapters.bookingcom_hotel import (
    bxml,
    bxml_reservation,
    bxml_room,
    ota_message,
    ota_reservation,
    ota_stay,
)
from tests.channels.adapters.canned import ACCESS
from tests.channels.adapters.contract import CARD, CODE, check_reading, tried
from tests.sandbox.samples import need_samples

MARCH = [date(2027, 3, day) for day in range(1, 4)]


def read(body: bytes, key: str = "", **access: Any) -> Reading:
    return ADAPTER.read(replace(ACCESS, **access), Letter(body, "", key))


def one(body: bytes, **access: Any) -> SoldBooking:
    reading = read(body, **access)
    assert reading.faults == ()
    (booking,) = reading.bookings
    return booking


def sample(name: str, hotel: str) -> Reading:
    body = (need_samples() / "bookingcom" / f"bxml_reservations_{name}.xml").read_bytes()
    reading = read(ADAPTER.masked(body), "2026-11-24T10:20:30.000000+00:00", account=hotel)
    check_reading(reading)
    return reading


# Recorded messages


def test_the_recorded_new_one() -> None:
    (booking,) = sample("new", "367456").bookings
    (room,) = booking.rooms
    assert (booking.booking_id, booking.told, booking.currency) == ("312651462", Told.NEW, "EUR")
    assert (booking.total_minor, booking.commission_minor, booking.card_last4) == (37500, 4500, "4444")
    assert booking.made_at == datetime(2015, 11, 13, 10, 44, 46, tzinfo=UTC)
    assert (room.room_ref, room.room_id, room.rate_id) == ("243197707", "36745601", "1278608")
    assert (room.prices, room.total_minor, room.adults) == ({date(2015, 12, 13): 37000}, 37500, 2)
    assert "Beside the nights: Parking space 5 EUR" in booking.notes
    assert "SPECIAL REQUESTS" in booking.notes
    assert room.guest == Person(first_name="FIRSTNAMEBOOKER", last_name="LASTNAMEBOOKER")


def test_the_recorded_change_is_the_same_stay() -> None:
    (new,), (changed,) = sample("new", "367456").bookings, sample("modified", "367456").bookings
    assert (changed.told, changed.booking_id) == (Told.MODIFIED, new.booking_id)
    assert changed.rooms[0].room_ref == new.rooms[0].room_ref
    assert changed.rooms[0].guest == Person(first_name="MODIFIED GUEST", last_name="NAME")


def test_the_recorded_cancellation_has_no_rooms_and_a_fee() -> None:
    (booking,) = sample("cancelled", "464167").bookings
    assert (booking.told, booking.rooms, booking.cancellation_fee_minor) == (Told.CANCELLED, (), 32300)
    assert (booking.total_minor, booking.commission_minor) == (None, None)


def test_two_recorded_rooms_are_two_and_their_tax_is_on_top() -> None:
    """Taxes that are not included are no part of what was sold."""
    (booking,) = sample("new_two_rooms_price_details", "7121565").bookings
    assert [room.room_ref for room in booking.rooms] == ["3120666312", "3120666320"]
    assert [sum(room.prices.values()) for room in booking.rooms] == [350000, 350000]
    assert (booking.currency, booking.total_minor, booking.commission_minor) == ("INR", 700000, 105000)
    assert "Not in the price: Goods & services tax 420 INR" in booking.notes
    assert booking.rooms[0].parent_rate_id == ""


def test_an_empty_one_holds_nothing() -> None:
    assert sample("empty", "1").bookings == ()


# B.XML


def test_a_rewritten_rate_names_the_hotels_own() -> None:
    price = '<price date="2027-03-0{}" rate_id="9900" rewritten_from_id="501" rewritten_from_name="Best">120</price>'
    booking = one(bxml(bxml_reservation(rooms=[bxml_room(prices=price.format(1) + price.format(2))])))
    assert (booking.rooms[0].rate_id, booking.rooms[0].parent_rate_id) == ("9900", "501")


def test_a_room_that_is_listed_twice_is_taken_once() -> None:
    booking = one(bxml(bxml_reservation(rooms=[bxml_room("1"), bxml_room("1"), bxml_room("2")])))
    assert [room.room_ref for room in booking.rooms] == ["1", "2"]
    assert booking.warnings == ("Room 1 is listed twice; it is taken once.",)


def test_a_room_that_nobody_can_read_is_not_cancelled() -> None:
    """T63: what is not named is cancelled, but only in a message that was read whole."""
    broken = bxml_room("2").replace("<departure_date>2027-03-03", "<departure_date>2027-03-01")
    reading = read(bxml(bxml_reservation(rooms=[bxml_room("1"), broken])))
    assert not reading.bookings[0].is_whole
    assert reading.faults == (
        "Room 2 cannot be read: nobody stays from 2027-03-01 to 2027-03-01. (booking 4072345611)",
    )


@pytest.mark.parametrize(
    ("currency", "told", "minor"), [("JPY", "24000", 24000), ("EUR", "240.5", 24050), ("KWD", "24.125", 24125)]
)
def test_amounts_have_as_many_decimals_as_their_currency(currency: str, told: str, minor: int) -> None:
    booking = one(bxml(bxml_reservation(currency=currency, total=told)))
    assert (booking.currency, booking.total_minor) == (currency, minor)


def test_children_are_counted_apart_where_they_are_told() -> None:
    counts = '<guest_counts><guest_count count="2" type="adult"/><guest_count count="1" type="child" age="7"/></guest_counts>'
    room = bxml_room(more=counts).replace("<numberofguests>2", "<numberofguests>3")
    booking = one(bxml(bxml_reservation(rooms=[room])))
    assert (booking.rooms[0].adults, booking.rooms[0].child_ages) == (2, (7,))


def test_a_virtual_card_pays_where_the_rate_says_so() -> None:
    """T40, T50: Booking.com has taken the money; from when on the card pays, B.XML does not say."""
    booking = one(bxml(bxml_reservation(number=CARD, code=CODE, rooms=[bxml_room(rate="501VCC")])))
    assert (booking.rooms[0].rate_id, booking.collector, booking.card_last4) == ("501", Collector.SELLER, "")
    assert booking.virtual_card == VirtualCard(until_day=date(2029, 8, 31), last4=CARD[-4:])


def test_zeros_in_the_place_of_a_card_are_none() -> None:
    booking = one(bxml(bxml_reservation(number="0" * 16, code="000")))
    assert (booking.card_last4, booking.virtual_card, booking.collector) == ("", None, Collector.PROPERTY)
    assert booking.warnings == ("The card could not be read at Booking.com; it may be readable later.",)


def test_another_hotels_booking_is_refused() -> None:
    with pytest.raises(ChannelError) as refusal:
        read(bxml(bxml_reservation(hotel="another")))
    assert (refusal.value.trouble, refusal.value.code) == (Trouble.REFUSED, "other_property")


def test_of_several_bookings_those_that_can_be_read_are() -> None:
    reading = read(bxml(bxml_reservation(booking="1"), bxml_reservation(booking=""), bxml_reservation(booking="3")))
    assert [booking.booking_id for booking in reading.bookings] == ["1", "3"]
    assert reading.faults == ("The booking lacks its number or its status: it has no place.",)


def test_an_answer_that_breaks_off_gives_what_is_whole() -> None:
    """Nobody sends again what was read by B.XML."""
    body = bxml(bxml_reservation(booking="1"), bxml_reservation(booking="2"))
    reading = read(body[: body.rindex(b"<status>")])
    assert [booking.booking_id for booking in reading.bookings] == ["1"]
    assert reading.faults == ("The message breaks off: it may have held more bookings.",)


def test_what_was_read_later_is_newer_and_another_message() -> None:
    body = bxml(bxml_reservation())
    keys = ("2026-11-24T10:20:30.000000+00:00", "2026-11-24T10:21:00.000000+00:00")
    (first,), (second,) = (read(body, key).bookings for key in keys)
    assert first.order < second.order
    assert first.revision != second.revision


# OpenTravel


def test_an_opentravel_booking() -> None:
    booking = one(ota_message(ota_reservation()))
    (room,) = booking.rooms
    assert (booking.booking_id, booking.told, booking.total_minor) == ("4072345611", Told.NEW, 24000)
    assert (booking.booker.first_name, booking.booker.last_name) == ("Greta", "Gast")
    assert room.guest == Person(first_name="Otto", last_name="Outsider")
    assert (room.room_ref, room.room_id, room.rate_id, room.adults) == ("5550001", "twin", "bar", 2)
    assert room.prices == {MARCH[0]: 12000, MARCH[1]: 12000}
    assert booking.receipt == {"queue": "OTA_HotelResNotif"}


def test_departure_is_the_day_after_the_last_night() -> None:
    (room,) = one(ota_message(ota_reservation(stays=[ota_stay(days=["2027-02-28"])]))).rooms
    assert (room.arrival, room.departure) == (date(2027, 2, 28), date(2027, 3, 1))


def test_a_virtual_card_can_be_charged_from_its_day_on() -> None:
    """T40."""
    guarantee = (
        "<Guarantee><GuaranteesAccepted><GuaranteeAccepted><PaymentCard CardNumber='5555555555554444' ExpireDate='0829'"
        " EffectiveDate='2027-03-01'/></GuaranteeAccepted></GuaranteesAccepted></Guarantee>"
    )
    booking = one(ota_message(ota_reservation(guarantee=guarantee, stays=[ota_stay(rate="501VCC")])))
    assert booking.virtual_card == VirtualCard(MARCH[0], date(2029, 8, 31), None, "4444")
    assert (booking.collector, booking.rooms[0].rate_id) == (Collector.SELLER, "501")


@pytest.mark.parametrize(
    ("amount", "read_as", "minor"),
    [
        ('AmountAfterTax="6755" DecimalPlaces="2"', "minor", 6755),
        ('AmountAfterTax="6755" DecimalPlaces="2"', "major", 675500),
        ('AmountAfterTax="67.55" DecimalPlaces="2"', "minor", 6755),
        ('AmountAfterTax="67.55"', "minor", 6755),
        ('AmountAfterTax="67550" DecimalPlaces="3" CurrencyCode="EUR"', "minor", 6755),
        ('AmountAfterTax="6755" DecimalPlaces="2" CurrencyCode="USD"', "minor", None),
    ],
)
def test_what_decimal_places_mean_is_a_setting(amount: str, read_as: str, minor: int | None) -> None:
    """Booking.com's own pages contradict each other, so neither is believed for good."""
    stays = [ota_stay(amount=amount)]
    access = {"settings": {"amounts_read": read_as}}
    booking = one(ota_message(ota_reservation(stays=stays, total='AmountAfterTax="1.00" CurrencyCode="EUR"')), **access)
    assert booking.rooms[0].prices.get(MARCH[0]) == minor


@pytest.mark.parametrize(("status", "stays"), [("Cancel", None), ("Cancelled", []), ("", []), ("Modify", [])])
def test_a_cancellation_says_so_or_names_no_room(status: str, stays: list[str] | None) -> None:
    """Rooms without a price may still stand in it: they are not sold again."""
    told = ota_reservation(element="HotelResModify", status=status, stays=stays)
    booking = one(ota_message(told, name=MODIFIED))
    assert (booking.told, booking.rooms, booking.cancellation_fee_minor) == (Told.CANCELLED, (), 24000)
    assert booking.receipt == {"queue": MODIFIED}


def test_a_new_one_with_other_content_is_another_message() -> None:
    """T59: redelivered it is the same; changed before it was acknowledged it comes as new, and is taken."""
    same = [one(ota_message(ota_reservation())) for _ in range(2)]
    changed = one(ota_message(ota_reservation(stays=[ota_stay(days=["2027-03-02"])])))
    assert same[0] == same[1]
    assert changed.revision != same[0].revision
    assert changed.order == same[0].order


def test_children_and_infants_of_opentravel() -> None:
    counts = (
        '<GuestCounts><GuestCount AgeQualifyingCode="10" Count="2"/><GuestCount AgeQualifyingCode="8" Age="7" Count="1"/>'
        '<GuestCount AgeQualifyingCode="8" Count="1"/><GuestCount AgeQualifyingCode="7" Count="1"/></GuestCounts>'
    )
    stay = re.sub("<GuestCounts>.*</GuestCounts>", counts, ota_stay())
    booking = one(ota_message(ota_reservation(stays=[stay])))
    assert (booking.rooms[0].adults, booking.rooms[0].child_ages, booking.rooms[0].infants) == (2, (7, 10), 1)
    assert booking.warnings == ("The ages of 1 children are not told; 10 is taken.",)


def test_special_requests_are_the_rooms() -> None:
    wish = "<SpecialRequests><SpecialRequest><Text>A quiet room</Text></SpecialRequest></SpecialRequests>"
    (room,) = one(ota_message(ota_reservation(stays=[ota_stay(more=wish)]))).rooms
    assert room.requests == "A quiet room"


def test_rooms_listed_twice_are_one_and_nameless_ones_are_told_apart() -> None:
    booking = one(ota_message(ota_reservation(stays=[ota_stay("7"), ota_stay("7"), ota_stay(""), ota_stay("")])))
    assert [room.room_ref for room in booking.rooms] == ["7", "twin-1", "twin-2"]


def test_a_night_between_that_is_not_told_is_said() -> None:
    (room,) = (booking := one(ota_message(ota_reservation(stays=[ota_stay(days=["2027-03-01", "2027-03-03"])])))).rooms
    assert (room.departure, len(room.prices)) == (date(2027, 3, 4), 2)
    assert booking.warnings == ("The prices of 1 nights are not told.",)


# Hostile input


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b"<html><body>Maintenance</body></html>",
        b"<reservations><reservation/></reservations>",
        (
            b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><reservations><reservation><id>&b;</id></reservation>'
            b"</reservations>"
        ),
        b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><reservations/>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE r [<!ENTITY a "a">]><reservations/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="nonsense"?><reservations/>',
        b"<reservations>" + b"<a>" * 200 + b"</a>" * 200 + b"</reservations>",
        b"<a>" * 100_000,
        b"<reservations>" + b"<reservation><id>1</id></reservation>" * 2000 + b"</reservations>",
        bxml(bxml_reservation(rooms=["<room/>"])),
        bxml(bxml_reservation(rooms=[bxml_room(str(number)) for number in range(501)])),
        ota_message(ota_reservation(booking="")),
        ota_message(ota_reservation(booking="9" * 65)),
    ],
)
def test_monsters_are_refused(body: bytes) -> None:
    reading, refusal = tried(lambda: read(body))
    assert reading is None
    assert refusal is not None
    assert refusal.trouble == Trouble.REFUSED
    assert isinstance(ADAPTER.masked(body), bytes)


def test_nothing_outside_is_fetched(tmp_path: Any) -> None:
    """No entity is resolved, whatever it points to."""
    secret = tmp_path / "secret"
    secret.write_text("4072345611")
    body = f'<!DOCTYPE r [<!ENTITY s SYSTEM "file://{secret}">]>'.encode() + bxml(
        bxml_reservation().replace("<id>4072345611", "<id>&s;")
    )
    with pytest.raises(ChannelError) as refusal:
        read(body)
    assert refusal.value.code == "declares"


WORDS = st.sampled_from(
    ["", "0", "-1", "2027-03-01", "9" * 30, "1e99", "NaN", "EUR", "&lt;", "\u2028", "0000", "X" * 300]
)
FIELDS = re.compile(r"(?<=>)[^<>]+(?=</)|(?<==\")[^\"<>]*(?=\")")


@given(data=st.data(), kind=st.sampled_from(["bxml", "ota"]))
@settings(deadline=None, max_examples=150)
def test_any_value_in_any_field_is_read_or_refused(data: st.DataObject, kind: str) -> None:
    whole = (
        bxml(bxml_reservation(number=CARD)) if kind == "bxml" else ota_message(ota_reservation(number=CARD))
    ).decode()
    for _ in range(data.draw(st.integers(1, 4))):
        places = [found for found in FIELDS.finditer(whole) if "opentravel" not in found[0]]
        place = data.draw(st.sampled_from(places))
        whole = whole[: place.start()] + data.draw(WORDS) + whole[place.end() :]
    reading, refusal = tried(lambda: read(whole.encode()))
    assert refusal is None or refusal.trouble == Trouble.REFUSED
    if reading is not None:
        check_reading(reading)


@pytest.mark.parametrize("piece", [b"<reservation>", b"</reservation>", b"<cc_number>", b"<reservation><id>", b"<a "])
def test_a_long_broken_letter_takes_no_longer_than_it_is(piece: bytes) -> None:
    body = piece * 200_000
    began = time.monotonic()
    tried(lambda: read(body))
    ADAPTER.masked(body)
    assert time.monotonic() - began < 10


# What is kept


@pytest.mark.parametrize(
    "card",
    [
        f"<cc_number>{CARD}</cc_number>",
        f"<cc_number> {CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}</cc_number>",
        f"<cc_number>&#52;{CARD[1:]}</cc_number>",
        f"<cc_number><![CDATA[{CARD}]]></cc_number>",
        f'<PaymentCard CardNumber="{CARD}" SeriesCode="737"/>',
        f"<CardNumber><PlainText>{CARD}</PlainText></CardNumber>",
        "<cc_number>1234567890123</cc_number>",
        f"<!-- {CARD} -->",
    ],
)
def test_no_card_is_kept_however_it_is_written(card: str) -> None:
    masked = ADAPTER.masked(f"<reservations><reservation>{card}</reservation></reservations>".encode())
    assert not re.search(rb"\d{13}|453957", masked)
    assert b"737" not in masked
    assert ADAPTER.masked(masked) == masked


@pytest.mark.parametrize(
    "field", ["<cc_number>{}</cc_numb", '<PaymentCard CardNumber="{}"', "<CardNumber><PlainText>{}<"]
)
def test_what_stands_where_cards_stand_is_masked_in_a_broken_letter(field: str) -> None:
    """Though its digits sum up to no card's."""
    masked = ADAPTER.masked(field.format("1234567890123").encode())
    assert masked == field.format("************0123").encode()


def test_the_names_of_a_booking_survive_masking() -> None:
    """Whatever their digits sum up to: by them it is found again."""
    body = bxml(bxml_reservation(booking=CARD, number=CARD, rooms=[bxml_room(CARD)]))
    masked = ADAPTER.masked(body)
    booking = one(masked)
    assert (booking.booking_id, booking.rooms[0].room_ref, masked.count(CARD.encode())) == (CARD, CARD, 2)
    booking = one(ADAPTER.masked(ota_message(ota_reservation(booking=CARD, stays=[ota_stay(CARD)]))))
    assert (booking.booking_id, booking.rooms[0].room_ref) == (CARD, CARD)


def test_the_number_of_the_answer_is_kept() -> None:
    assert b"RUID: [b3VyIG93biBudW1iZXI=]" in ADAPTER.masked(bxml(bxml_reservation(number=CARD)))
