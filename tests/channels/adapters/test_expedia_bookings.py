"""How Expedia's bookings are read: people, nights, taxes, cards, and who collects; published messages among them."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.rates.enums import Source
from channels.adapters.base import ChannelError, Letter, Person, Reading, SoldBooking, VirtualCard
from channels.adapters.content import from_json, to_json
from channels.adapters.enums import Told, Trouble
from channels.adapters.expedia.adapter import ADAPTER
from guests.profiles.enums import Collector
from tests.channels.adapters.contract import check_reading, tried
from tests.channels.adapters.expedia_hotel import ACCESS, booking, room_stay
from tests.sandbox.channel_fixtures import BEST, DOUBLE
from tests.sandbox.samples import need_samples

MARCH_1, MARCH_2, MARCH_3 = date(2027, 3, 1), date(2027, 3, 2), date(2027, 3, 3)


def read(letter: str | bytes) -> Reading:
    return ADAPTER.read(ACCESS, Letter(letter if isinstance(letter, bytes) else letter.encode()))


def sold(letter: str) -> SoldBooking:
    """Return the one booking of a letter that can be read whole."""
    reading = read(letter)
    assert reading.faults == ()
    (found,) = reading.bookings
    check_reading(reading)
    assert from_json(to_json(found)) == found
    return found


def refused(letter: str | bytes) -> str:
    with pytest.raises(ChannelError) as refusal:
        read(letter)
    assert refusal.value.trouble == Trouble.REFUSED
    return refusal.value.code


def test_a_booking() -> None:
    found = sold(booking(requests=[("1.14", "1 King"), ("2.1", "Non-smoking"), ("4", "A quiet room")]))
    assert (found.booking_id, found.revision) == ("77001", "77001 Book 2026-11-24T10:20:30+00:00")
    assert (found.told, found.channel, found.source, found.currency) == (Told.NEW, "Expedia", Source.EXPEDIA, "EUR")
    assert found.made_at == datetime(2026, 11, 24, 10, 20, 30, tzinfo=UTC)
    assert found.booker == Person("Greta", "Gast", "greta@example.com", "+49 30 5558512 ext. 7")
    assert found.notes.splitlines() == ["A quiet room", "Expedia 77001", "Taxes in the total: 20.00 EUR"]
    assert (found.warnings, found.receipt) == ((), {"type": "Book"})
    (room,) = found.rooms
    assert (room.room_ref, room.room_id, room.rate_id, room.parent_rate_id) == ("77001", DOUBLE, BEST, f"{BEST}A")
    assert (room.arrival, room.departure, room.adults, room.total_minor) == (MARCH_1, MARCH_3, 2, 22000)
    assert room.requests == "Bed: 1 King\nSmoking: Non-smoking"


def test_taxes_are_shared_out_among_the_nights() -> None:
    """T30: the nights make the total to the cent."""
    total = 'amountAfterTaxes="301.00" amountOfTaxes="1.00" currency="EUR"'
    room = sold(booking(room=room_stay(nights=("100.00",) * 3, total=total))).rooms[0]
    assert list(room.prices.values()) == [10034, 10033, 10033]


def test_nights_that_do_not_make_the_total_are_said() -> None:
    total = 'amountAfterTaxes="999.00" amountOfTaxes="1.00" currency="EUR"'
    found = sold(booking(room=room_stay(total=total)))
    assert list(found.rooms[0].prices.values()) == [10000, 10000]
    assert len(found.warnings) == 1


@pytest.mark.parametrize(("currency", "night", "total", "minor"), [
    ("JPY", "20000", "40000", 20000), ("JPY", "20000.00", "40000.00", 20000), ("KWD", "20.125", "40.250", 20125),
])  # fmt: skip
def test_decimals_are_the_currencys(currency: str, night: str, total: str, minor: int) -> None:
    """T36."""
    told = f'amountAfterTaxes="{total}" currency="{currency}"'
    found = sold(booking(room=room_stay(nights=(night, night), total=told, currency=currency)))
    assert (found.currency, found.total_minor, found.rooms[0].prices[MARCH_1]) == (currency, 2 * minor, minor)


def test_extra_persons_and_fees_are_in_the_night() -> None:
    more = room_stay(total='amountAfterTaxes="250.00" currency="EUR"')
    more = more.replace('baseRate="100.00"', 'baseRate="100.00" extraPersonFees="20.00" hotelServiceFees="5.00"')
    assert sold(booking(room=more)).rooms[0].prices == {MARCH_1: 12500, MARCH_2: 12500}


def test_children_have_their_ages_and_those_without_are_said() -> None:
    guests = '<GuestCount adult="1" child="3"><Child age="1"/><Child age="18"/></GuestCount>'
    found = sold(booking(room=room_stay(guests=guests)))
    assert found.rooms[0].child_ages == (1, 17, 10)
    assert found.warnings == ("The ages of 1 children are not told; 10 is taken.",)


@pytest.mark.parametrize(("source", "rate_id", "method", "collector"), [
    ("Expedia", BEST, "", Collector.SELLER),
    ("A-Expedia", BEST, "", Collector.PROPERTY),
    ("Hotels.com", f"{BEST}A", "", Collector.PROPERTY),
    ("Expedia", f"{BEST}A", "VirtualCard", Collector.SELLER),
    ("Expedia", BEST, "HotelCollect", Collector.PROPERTY),
    ("A-Expedia", BEST, "ExpediaCollect", Collector.SELLER),
])  # fmt: skip
def test_who_collects(source: str, rate_id: str, method: str, collector: Collector) -> None:
    """T50."""
    more = f"<PaymentMethod>{method}</PaymentMethod>" if method else ""
    found = sold(booking(source=source, room=room_stay(rate_id=rate_id, more=more)))
    assert (found.collector, found.channel) == (collector, source.removeprefix("A-"))
    assert (found.virtual_card is None, found.card_last4) == (
        (True, "1111") if collector == Collector.PROPERTY else (False, "")
    )


def test_what_expedia_collects_for_is_net_unless_it_says_sell() -> None:
    """T44: nothing is owed beyond an amount that has it taken off."""
    assert sold(booking()).commission_minor == 0
    assert sold(booking(room=room_stay(more="<BaseRateType>Sell</BaseRateType>"))).commission_minor is None
    assert sold(booking(source="A-Expedia")).commission_minor is None


def test_a_virtual_card_opens_on_its_day_and_ends_thirty_days_after_departure() -> None:
    """T40."""
    paid = '<PaymentMethod>VirtualCard</PaymentMethod><Payment amount="220.00" currencyCode="EUR" model="Gross"/>'
    card = '<PaymentCard cardNumber="****1111" expireDate="0829" cardActivation="2027-03-02T00:00:00Z"/>'
    found = sold(booking(room=room_stay(more=paid, card=card)))
    assert found.virtual_card == VirtualCard(MARCH_2, date(2027, 4, 2), 22000, "1111")
    early = sold(booking(room=room_stay(card='<PaymentCard cardNumber="****1111" expireDate="0327"/>')))
    assert early.virtual_card == VirtualCard(MARCH_1, date(2027, 3, 31), None, "1111")


def test_a_card_in_another_currency_is_said() -> None:
    found = sold(booking(room=room_stay(more='<Payment amount="232.00" currencyCode="USD" model="Gross"/>')))
    assert found.virtual_card is not None
    assert found.virtual_card.amount_minor is None
    assert found.warnings == ("Expedia's card is in another currency: 232.00 USD.",)


@pytest.mark.parametrize("kind", ["Cancel", "Modify"])
def test_room_type_0_is_a_cancellation(kind: str) -> None:
    found = sold(booking(kind=kind, room=room_stay(room_id="0", rate_id="0", card="")))
    assert (found.told, found.rooms) == (Told.CANCELLED, ())


def test_a_cancellation_keeps_its_room_and_has_no_card() -> None:
    found = sold(booking(kind="Cancel", room=room_stay(card="")))
    assert (found.told, len(found.rooms), found.virtual_card) == (Told.CANCELLED, 1, None)


def test_of_one_second_the_cancellation_is_the_latest() -> None:
    """T61."""
    orders = [sold(booking(kind=kind)).order for kind in ("Book", "Modify", "Cancel")]
    assert orders == sorted(set(orders))
    assert {len(order) for order in orders} == {32}


def test_without_a_currency_the_propertys_is_taken_and_said() -> None:
    found = sold(booking(room=room_stay(total='amountAfterTaxes="200.00"', currency="")))
    assert (found.currency, found.warnings) == ("EUR", ("The booking names no currency; EUR is taken.",))


def test_unknown_elements_are_passed_by() -> None:
    more = "<BaseRateType>Sell</BaseRateType><Surprise deep='1'><Inside/></Surprise>"
    assert sold(booking(room=room_stay(more=more))).rooms


@pytest.mark.parametrize(("letter", "code"), [
    (booking(kind="Hold"), "no_name"),
    (booking().replace('createDateTime="2026-11-24T10:20:30Z"', ""), "no_name"),
    (booking(hotel="1002"), "other_property"),
    (booking(room=room_stay(nights=())), "no_stay"),
    ("<Bookings/>", "no_booking"),
    ("", "not_xml"), ("{}", "not_xml"), ("<a>", "not_xml"),
    ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "declares"),
    ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "declares"),
    ("<a>" * 60 + "</a>" * 60, "too_deep"),
    ("<a>" * 5000 + "</a>" * 5000, "not_xml"),
])  # fmt: skip
def test_what_is_no_booking_is_refused(letter: str, code: str) -> None:
    assert refused(letter) == code


def test_declared_in_another_alphabet_is_refused_as_well() -> None:
    assert refused('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16")) == "declares"


def test_of_several_those_that_can_be_read_are_taken() -> None:
    both = f"<BookingRetrievalRS><Bookings>{booking()}{booking(kind='Hold')}</Bookings></BookingRetrievalRS>"
    reading = read(both)
    assert ([found.booking_id for found in reading.bookings], len(reading.faults)) == (["77001"], 1)


ATTRIBUTES = re.findall(r'="([^"]*)"', booking())
VALUES = st.text(max_size=30) | st.sampled_from(["0", "-1", "1e9", "9" * 40, "2027-02-30", "NaN", "A-", "٣", "1.005"])


@given(place=st.integers(0, len(ATTRIBUTES) - 1), value=VALUES)
def test_any_value_anywhere_is_read_or_refused(place: int, value: str) -> None:
    parts = re.split(r'="[^"]*"', booking(requests=[("5", "words")]))
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    values = [*ATTRIBUTES, "5"]
    values[place] = escaped
    letter = "".join(f'{part}="{told}"' for part, told in zip(parts, values, strict=False)) + parts[-1]
    reading, refusal = tried(lambda: read(letter.encode(errors="replace")))
    if reading is None:
        assert refusal is not None
        assert refusal.trouble == Trouble.REFUSED
    else:
        check_reading(reading)


def _published() -> list[Path]:
    return sorted((need_samples() / "expedia" / "xml").glob("brbc__*Booking*"))


def test_every_published_booking_is_read() -> None:
    """Broken as some of them are by their own schema."""
    taken = 0
    for file in _published():
        body = file.read_bytes()
        hotel = re.search(rb'<Hotel id="(\d+)"', body)
        if b"createDateTime" not in body:
            continue
        access = ACCESS if hotel is None else replace(ACCESS, account=hotel[1].decode())
        whole = ADAPTER.read(access, Letter(body))
        assert whole.faults == (), file.name
        check_reading(whole)
        assert ADAPTER.read(access, Letter(ADAPTER.masked(body))) == whole, file.name
        taken += len(whole.bookings)
    assert taken == 5
