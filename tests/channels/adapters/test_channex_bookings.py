"""How Channex's revisions are read: money, people, rooms, cards, and what each site means by its words."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.rates.enums import Source
from channels.adapters.base import ChannelError, Letter, Person, Reading, SoldBooking, VirtualCard
from channels.adapters.channex.adapter import ADAPTER
from channels.adapters.enums import Told, Trouble
from channels.adapters.masking import cards_masked
from guests.profiles.enums import Collector
from tests.channels.adapters.canned import ACCESS
from tests.channels.adapters.channex_hotel import revision, room
from tests.channels.adapters.contract import check_reading, tried

MARCH_1, MARCH_2, MARCH_3 = date(2027, 3, 1), date(2027, 3, 2), date(2027, 3, 3)
VIRTUAL = {
    "card_number": "411111******1111",
    "cvv": "***",
    "is_virtual": True,
    "expiration_date": "09/2028",
    "meta": {
        "virtual_card_currency_code": "EUR",
        "virtual_card_current_balance": "24000",
        "virtual_card_decimal_places": "2",
        "virtual_card_effective_date": "2027-03-01",
        "virtual_card_expiration_date": "2028-03-01",
    },
}


def read(**changed: Any) -> Reading:
    return ADAPTER.read(ACCESS, Letter(json.dumps(revision(**changed)).encode()))


def booking(**changed: Any) -> SoldBooking:
    """Return the one booking of a revision that can be read whole."""
    reading = read(**changed)
    assert reading.faults == ()
    (found,) = reading.bookings
    return found


def test_a_revision() -> None:
    found = booking()
    assert (found.booking_id, found.revision) == (
        "9f4c2b7a-1c3d-4e5f-8a9b-0c1d2e3f4a5b",
        "0d7f7c1e-5f0e-4a55-9f5f-0c6f7f1d2b10",
    )
    assert (found.told, found.channel, found.source) == (Told.NEW, "Booking.com", Source.BOOKING_COM)
    assert (found.currency, found.total_minor, found.commission_minor) == ("EUR", 24000, 3600)
    assert found.booker == Person("Greta", "Gast", "greta@example.com", country="DE")
    assert found.made_at == datetime(2026, 11, 24, 10, 20, 30, 40, UTC)
    assert found.order == "2026-11-24T10:20:30.000040+00:00"
    assert found.number == "4072345611"
    assert found.collector == Collector.PROPERTY
    assert found.card_last4 == "1111"
    assert found.warnings == ()
    (sold,) = found.rooms
    assert (sold.room_ref, sold.room_id, sold.rate_id) == ("5550001", "twin", "bar")
    assert (sold.arrival, sold.departure, sold.adults) == (MARCH_1, MARCH_3, 2)
    assert sold.prices == {MARCH_1: 12000, MARCH_2: 12000}
    assert sold.guest == Person("Greta", "Gast")


def test_notes_keep_what_has_no_place_of_its_own() -> None:
    service = {"name": "Breakfast", "total_price": "20.00"}
    tax = {"name": "City tax", "is_inclusive": False, "total_price": "8.00"}
    inside = {"name": "VAT", "is_inclusive": True, "total_price": "14.00"}
    customer = {"name": "Greta", "company": {"title": "Gast & Co", "number": "123", "number_type": "VAT"}}
    notes = booking(
        notes="A quiet room", services=[service], customer=customer, rooms=[room(taxes=[tax, inside])]
    ).notes
    assert notes.splitlines() == [
        "A quiet room",
        "Booking.com 4072345611",
        "Arrives at 18:00",
        "Company: Gast & Co VAT 123",
        "Breakfast: 20.00 EUR",
        "Not in the price: City tax 8.00 EUR",
    ]


def test_a_card_in_the_notes_is_kept_from_everybody() -> None:
    found = booking(notes="My card: 4539 5787 6362 1486, cvv: 737")
    assert "1486" in found.notes
    assert "4539" not in found.notes
    assert "737" not in found.notes


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [
        ("JPY", "12000", 12000),
        ("JPY", "12000.00", 12000),
        ("BHD", "12.345", 12345),
        ("EUR", "83.335", 8334),
        ("EUR", 83.2, 8320),
        ("EUR", 83, 8300),
        ("EUR", "0", 0),
        ("EUR", "1e3", None),
        ("EUR", "1,200.00", None),
        ("EUR", "9" * 40, None),
        ("EUR", True, None),
        ("EUR", None, None),
        ("EUR", {"amount": 1}, None),
    ],
)
def test_amounts(currency: str, amount: Any, minor: int | None) -> None:
    """T36: exact, with the decimals of their currency, and never guessed."""
    assert booking(currency=currency, amount=amount).total_minor == minor


def test_without_a_currency_the_connections_is_taken_and_said() -> None:
    found = booking(currency=None)
    assert (found.currency, len(found.warnings)) == ("EUR", 1)


def test_a_night_whose_price_cannot_be_read_is_left_out_and_said() -> None:
    days = {"2027-03-01": "12o", "2027-03-02": "120.00", "2027-03-03": "120.00", "soon": "1.00"}
    found = booking(rooms=[room(days=days)])
    assert found.rooms[0].prices == {MARCH_2: 12000}
    assert len(found.warnings) == 3


@pytest.mark.parametrize(
    ("occupancy", "ages", "infants"),
    [
        ({"adults": 1, "children": 1, "infants": 0, "ages": [5]}, (5,), 0),
        ({"adults": 1, "children": 2, "infants": 1, "ages": [0, 5, 9]}, (9, 5), 1),
        ({"adults": 1, "children": 2, "infants": 0, "ages": ["5"]}, (5, 10), 0),
        ({"adults": 1, "children": 2, "infants": 0, "ages": None}, (10, 10), 0),
        ({"adults": 1, "children": 0, "infants": 0, "ages": []}, (), 0),
    ],
)
def test_ages_of_children(occupancy: dict[str, Any], ages: tuple[int, ...], infants: int) -> None:
    (sold,) = booking(rooms=[room(occupancy=occupancy)]).rooms
    assert (sold.adults, sold.child_ages, sold.infants) == (1, ages, infants)


@pytest.mark.parametrize("adults", [0, None, -1, "many"])
def test_somebody_sleeps_there(adults: Any) -> None:
    assert booking(rooms=[room(occupancy={"adults": adults})]).rooms[0].adults == 1


@pytest.mark.parametrize(
    ("name", "unique_id", "secondary", "channel", "source"),
    [
        ("Booking.com", "BDC-1", None, "Booking.com", Source.BOOKING_COM),
        ("BookingCom", "BDC-1", None, "Booking.com", Source.BOOKING_COM),
        ("Airbnb", "ABB-1", None, "Airbnb", Source.AIRBNB),
        ("A-Expedia", "EXP-1", None, "Expedia", Source.EXPEDIA),
        ("Some New Name", "HTL-1", None, "Hotels.com", Source.EXPEDIA),
        ("VRBO", "VRB-1", None, "Vrbo", Source.OTA),
        ("Goibibo", "GMT-1", "MakeMyTrip", "MakeMyTrip", Source.OTA),
        ("Goibibo", "GMT-1", None, "Goibibo", Source.OTA),
        ("Agoda", "AGO-1", None, "Agoda", Source.OTA),
        ("AMADEUS", "AMD-1", None, "Amadeus", Source.GDS),
        ("Nobody Knows It", "ZZZ-1", None, "Nobody Knows It", Source.OTA),
        (None, "BDC-1", None, "Booking.com", Source.BOOKING_COM),
        ("Offline", "OFF-1", None, "Offline", None),
        (None, None, None, "", None),
    ],
)
def test_who_sold_it(name: Any, unique_id: Any, secondary: Any, channel: str, source: Source | None) -> None:
    found = booking(ota_name=name, unique_id=unique_id, secondary_ota=secondary)
    assert (found.channel, found.source) == (channel, source)


@pytest.mark.parametrize(
    ("changed", "collector", "warnings"),
    [
        ({"payment_collect": "ota"}, Collector.SELLER, 0),
        ({"payment_collect": "property", "guarantee": VIRTUAL}, Collector.PROPERTY, 0),
        ({"payment_collect": None}, Collector.PROPERTY, 0),
        ({"payment_collect": None, "ota_name": "Airbnb", "unique_id": "ABB-1"}, Collector.SELLER, 0),
        ({"payment_collect": None, "payment_type": "bank_transfer"}, Collector.SELLER, 1),
        ({"payment_collect": None, "guarantee": VIRTUAL}, Collector.SELLER, 1),
        (
            {
                "payment_collect": None,
                "guarantee": VIRTUAL,
                "rooms": [room(meta={"payment_instruction": "Collect payment from traveler upon arrival."})],
            },
            Collector.PROPERTY,
            0,
        ),
    ],
)
def test_who_collects(changed: dict[str, Any], collector: Collector, warnings: int) -> None:
    """T50: a channel that took the money is the one to give it back."""
    found = booking(**changed)
    assert (found.collector, len(found.warnings)) == (collector, warnings)


def test_a_virtual_card_can_be_charged_from_its_day_on() -> None:
    """T40: and only its end is kept."""
    found = booking(guarantee=VIRTUAL)
    assert found.virtual_card == VirtualCard(date(2027, 3, 1), date(2028, 3, 1), 24000, "1111")
    assert found.card_last4 == ""


@pytest.mark.parametrize(
    ("balance", "places", "card_currency", "booking_currency", "minor"),
    [
        ("6755", "2", "EUR", "EUR", 6755),
        ("67.55", None, "EUR", "EUR", 6755),
        ("675500", "2", "JPY", "JPY", 6755),
        ("6755", "0", "JPY", "JPY", 6755),
        (6755, 3, "BHD", "BHD", 6755),
        ("6755", "2", "USD", "EUR", None),
        (None, "2", "EUR", "EUR", None),
    ],
)
def test_the_balance_of_a_virtual_card(
    balance: Any, places: Any, card_currency: str, booking_currency: str, minor: int | None
) -> None:
    """T36: the places are told beside it and are not the currency's."""
    meta = {
        "virtual_card_currency_code": card_currency,
        "virtual_card_current_balance": balance,
        "virtual_card_decimal_places": places,
    }
    card = booking(guarantee=VIRTUAL | {"meta": meta}, currency=booking_currency).virtual_card
    assert card == VirtualCard(None, date(2028, 9, 30), minor, "1111")


AIRBNB_NOTES = (
    "See you!\nListing Base Price: 300.00\nListing Cancellation Payout: 253.50\nListing Cancellation Host Fee: 46.50\n"
)
AIRBNB = {"ota_name": "Airbnb", "unique_id": "ABB-HM1", "notes": AIRBNB_NOTES, "payment_collect": None}


def test_airbnb_pays_out_what_it_says_and_nothing_is_owed_beyond() -> None:
    """T44."""
    found = booking(**AIRBNB, amount="253.50", ota_commission="46.50")
    assert (found.total_minor, found.commission_minor) == (25350, 0)
    assert "Listing Cancellation Host Fee: 46.50" in found.notes


def test_airbnb_with_the_guests_price_owes_its_commission() -> None:
    found = booking(**AIRBNB, amount="300.00", ota_commission="46.50")
    assert (found.total_minor, found.commission_minor) == (30000, 4650)


def test_a_cancelled_stay_at_airbnb_costs_what_is_paid_out() -> None:
    found = booking(**AIRBNB, amount="253.50", status="cancelled")
    assert (found.told, found.cancellation_fee_minor) == (Told.CANCELLED, 25350)


def test_a_cancellation_fee_is_a_service() -> None:
    fee = {"type": "Cancellation Fee", "name": "Cancellation Fee", "total_price": "76.50"}
    found = booking(status="cancelled", services=[fee], amount="76.50")
    assert (found.told, found.cancellation_fee_minor, found.total_minor) == (Told.CANCELLED, 7650, 7650)


def test_a_cancellation_needs_no_rooms() -> None:
    found = booking(status="cancelled", rooms=[])
    assert (found.told, found.rooms, found.made_at) == (Told.CANCELLED, (), None)


def test_unmapped_is_taken_in_and_said() -> None:
    """T66."""
    meta = {"room_type_code": "3636404", "rate_plan_code": 117855}
    found = booking(rooms=[room(room_type_id=None, rate_plan_id=None, meta=meta)])
    assert (found.rooms[0].room_id, found.rooms[0].rate_id) == ("", "")
    assert "3636404" in found.warnings[0]
    assert "117855" in found.warnings[1]


def test_a_rate_that_is_computed_names_the_one_it_comes_from() -> None:
    (sold,) = booking(rooms=[room(rate_plan_id="option-2", meta={"parent_rate_plan_id": "bar"})]).rooms
    assert (sold.rate_id, sold.parent_rate_id) == ("option-2", "bar")


def test_a_room_that_is_listed_twice_is_one() -> None:
    found = booking(rooms=[room(), room(booking_room_id="another")])
    assert len(found.rooms) == 1
    assert len(found.warnings) == 1


def test_two_rooms_under_one_name_are_two() -> None:
    found = booking(rooms=[room(), room(checkout_date="2027-03-02", amount="120.00")])
    assert [sold.room_ref for sold in found.rooms] == ["5550001", "5550001 twin-1"]


def test_rooms_without_names_are_told_apart_by_what_was_sold() -> None:
    """Never by their place: the same rooms in another order are the same stays."""
    twin = room(ota_unique_id=None, booking_room_id=None)
    double = room(ota_unique_id=None, booking_room_id=None, room_type_id="double")
    one, other = booking(rooms=[twin, double, twin]), booking(rooms=[double, twin, twin])
    assert [sold.room_ref for sold in one.rooms] == ["twin-1", "double-1", "twin-2"]
    assert {sold.room_ref: sold.room_id for sold in one.rooms} == {sold.room_ref: sold.room_id for sold in other.rooms}


def test_a_room_alone_stays_the_same_whatever_it_is_called() -> None:
    names = [
        booking(rooms=[room(ota_unique_id=None, booking_room_id=name, room_type_id=kind)]).rooms[0].room_ref
        for name, kind in (("a", "twin"), ("b", "double"))
    ]
    assert names == ["room", "room"]


def test_a_cancelled_room_is_not_sold_and_its_equals_keep_their_names() -> None:
    gone = room(ota_unique_id=None, booking_room_id="a", is_cancelled=True)
    kept = room(ota_unique_id=None, booking_room_id="b")
    found = booking(status="modified", rooms=[gone, kept])
    assert [sold.room_ref for sold in found.rooms] == ["twin-2"]
    assert found.is_whole


def test_when_every_room_is_cancelled_the_booking_is() -> None:
    assert booking(status="modified", rooms=[room(is_cancelled=True)]).told == Told.CANCELLED


@pytest.mark.parametrize("dates", [{"checkout_date": "2027-03-01"}, {"checkout_date": "2031-03-01"}])
def test_a_room_that_nobody_can_read_is_not_cancelled(dates: dict[str, str]) -> None:
    """T3, T63: the others are taken in, and the booking does not count as whole."""
    reading = read(status="modified", rooms=[room(), room(ota_unique_id="5550002", **dates)])
    assert [sold.room_ref for sold in reading.bookings[0].rooms] == ["5550001"]
    assert not reading.bookings[0].is_whole
    assert len(reading.faults) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"rooms": []},
        {"rooms": None},
        {"rooms": ["twin"], "arrival_date": None},
        {"rooms": [room()] * 501},
        {"status": "dreamt"},
        {"status": None},
        {"booking_id": None},
        {"booking_id": "x" * 65},
        {"inserted_at": None},
        {"inserted_at": "yesterday"},
        {"inserted_at": "0001-01-01T00:00:00"},
        {"property_id": "another"},
    ],
)
def test_what_cannot_be_applied_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ChannelError) as refusal:
        read(**changed)
    assert refusal.value.trouble == Trouble.REFUSED


def test_the_order_of_revisions_is_that_of_their_instants() -> None:
    """T61: whatever zone and precision they are written with."""
    told = ["2026-11-24T10:20:30", "2026-11-24T10:20:30.5", "2026-11-24T12:20:31+02:00", "2026-11-24T10:20:31.000001Z"]
    orders = [booking(inserted_at=instant).order for instant in told]
    assert orders == sorted(set(orders))
    assert len({len(order) for order in orders}) == 1


def test_a_booking_of_the_list_of_bookings_reads_like_its_revision() -> None:
    item = revision()
    attributes = item["attributes"] | {"id": item["attributes"]["booking_id"], "revision_id": item["id"]}
    body = {"data": {"type": "booking", "id": attributes["id"], "attributes": attributes}}
    reading = ADAPTER.read(ACCESS, Letter(json.dumps(body).encode()))
    assert reading == read()


def test_of_several_bookings_those_that_can_be_read_are() -> None:
    body = {"data": [revision(), revision(status="dreamt"), "noise"]}
    reading = ADAPTER.read(ACCESS, Letter(json.dumps(body).encode()))
    assert (len(reading.bookings), len(reading.faults)) == (1, 2)


def test_texts_are_fit_for_a_database() -> None:
    found = booking(notes="a\x00b\ud800c\r\nd", customer={"name": "Gre\x00ta", "surname": "-", "city": "\x07"})
    assert found.notes.splitlines()[:2] == ["abc", "d"]
    assert found.booker == Person("Greta")


def test_names_of_things_survive_masking() -> None:
    """One UUID in some hundreds sums up as a card does; cut, it could never be acknowledged."""
    number = "29580124-6454-4496-aef4-0a44523493ee"
    assert cards_masked(number.encode()) != number.encode()
    body = json.dumps(revision(id=number, booking_id=number, ota_reservation_code="4539578763621486"))
    kept = json.loads(ADAPTER.masked(body.encode()))["attributes"]
    assert (kept["id"], kept["booking_id"], kept["ota_reservation_code"]) == (number, number, "4539578763621486")


def test_a_card_written_in_escapes_is_masked() -> None:
    body = json.dumps(revision(notes="")).replace('"notes": ""', r'"notes": "\u00345395787636\u00321486"').encode()
    assert b"4539578763621486" not in json.dumps(json.loads(ADAPTER.masked(body))).encode()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["2027-03-01", "9"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = sorted(revision()["attributes"])
ROOM_FIELDS = [*sorted(room()), "is_cancelled"]


@given(
    changed=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4),
    of_room=st.dictionaries(st.sampled_from(ROOM_FIELDS), JSON, max_size=4),
    of_card=st.dictionaries(st.sampled_from([*VIRTUAL, "meta"]), JSON, max_size=3),
)
def test_any_value_in_any_field_is_read_or_refused(
    changed: dict[str, Any], of_room: dict[str, Any], of_card: dict[str, Any]
) -> None:
    item = revision(**{"rooms": [room(), room(**of_room)], "guarantee": VIRTUAL | of_card} | changed)
    body = json.dumps(item).encode()
    assert ADAPTER.masked(body)
    reading, refusal = tried(lambda: ADAPTER.read(ACCESS, Letter(body)))
    if reading is not None:
        check_reading(reading)
    else:
        assert refusal is not None
        assert refusal.trouble == Trouble.REFUSED


@given(content=JSON)
def test_any_json_is_read_or_refused(content: Any) -> None:
    reading, refusal = tried(lambda: ADAPTER.read(ACCESS, Letter(json.dumps({"data": content}).encode())))
    assert reading is not None or (refusal is not None and refusal.trouble == Trouble.REFUSED)


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"data":' * 5000, b"9" * 5000, b'{"a": NaN}', b"\xff\xfe", b"", b'{"a": 1e999999999}']
)
def test_monsters_are_refused(body: bytes) -> None:
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.read(ACCESS, Letter(body))
    assert refusal.value.trouble == Trouble.REFUSED
    assert isinstance(ADAPTER.masked(body), bytes)
