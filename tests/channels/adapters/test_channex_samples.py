"""Channex's own published messages: every one is understood, refused in words, or at least harmless."""

import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bookings.rates.enums import Source
from channels.adapters.base import Answer, ChannelError, Letter, SoldBooking, Span
from channels.adapters.channex.adapter import ADAPTER
from channels.adapters.channex.calls import understood
from channels.adapters.channex.values import amount, day, minor
from channels.adapters.enums import Told, Trouble
from guests.profiles.enums import Collector
from tests.channels.adapters.canned import ACCESS, canned
from tests.channels.adapters.channex_hotel import HEADERS, SECRET
from tests.channels.adapters.contract import DAY, check_reading, tried

CHECKOUT = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("INNKEEP_SAMPLES", CHECKOUT.parent / "shared" / "protocols")) / "channex"
SAMPLES = sorted(FOLDER.glob("*.json"))


def content(path: Path) -> Any:
    return json.loads(path.read_bytes())


pytestmark = pytest.mark.skipif(
    not SAMPLES, reason="Channex's messages are not here: set INNKEEP_SAMPLES to their folder."
)


def named(collection: str, number: int) -> Any:
    return content(next(FOLDER.glob(f"{collection}__{number:02}__*.json")))


def hotel_of(item: Any) -> str:
    held = item["data"][0] if isinstance(item["data"], list) else item["data"]
    return str(held["attributes"].get("property_id") or "hotel")


def booking(number: int) -> SoldBooking:
    item = named("bookings-collection", number)
    letter = Letter(json.dumps(item).encode())
    reading = ADAPTER.read(replace(ACCESS, account=hotel_of(item)), letter)
    assert reading.faults == ()
    (found,) = reading.bookings
    return found


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_message_is_read_or_refused_and_masked_whole(path: Path) -> None:
    body = path.read_bytes()
    assert json.loads(ADAPTER.masked(body)) == _without_cards(json.loads(body))
    reading, refusal = tried(lambda: ADAPTER.read(ACCESS, Letter(body)))
    if reading is not None:
        check_reading(reading)
    else:
        assert refusal is not None
        assert refusal.trouble == Trouble.REFUSED


def _without_cards(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: "*" * 12 + inner[-4:] if key == "card_number" else "***" if key == "cvv" else _without_cards(inner)
            for key, inner in value.items()
        }
    return [_without_cards(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", [path for path in SAMPLES if "errors" in content(path)], ids=lambda path: path.stem)
def test_every_error_has_a_meaning(path: Path) -> None:
    found = content(path)
    _, refusal = tried(lambda: understood(Answer(200, {}, path.read_bytes())))
    assert refusal is not None
    assert found["errors"]["title"] in refusal.message
    expected = {
        "unauthorized": Trouble.LOCKED_OUT,
        "forbidden": Trouble.LOCKED_OUT,
        "http_too_many_requests": Trouble.LIMITED,
    }
    assert refusal.trouble == expected.get(found["errors"]["code"], Trouble.REFUSED)


@pytest.mark.parametrize("number", [3, 5, 8, 10, 12, 18, 19, 20, 21, 22, 23, 24, 25])
def test_every_booking_is_taken_in(number: int) -> None:
    """Their prices add up, their nights are theirs, and their cards are gone."""
    found = booking(number)
    for room in found.rooms:
        assert sum(room.prices.values()) == room.total_minor
        assert len(room.prices) == (room.departure - room.arrival).days
    assert "411111" not in repr(found)


def test_booking_com_tells_a_stay_by_its_own_name() -> None:
    """Channex's name for the room changes with the modification; Booking.com's does not."""
    new, modified, cancelled = (booking(number) for number in (18, 19, 20))
    assert [one.told for one in (new, modified, cancelled)] == [Told.NEW, Told.MODIFIED, Told.CANCELLED]
    assert {one.rooms[0].room_ref for one in (new, modified, cancelled)} == {"49"}
    assert (new.channel, new.source, new.card_last4) == ("Booking.com", Source.BOOKING_COM, "1111")
    assert (new.total_minor, new.commission_minor, new.collector) == (15300, 1000, Collector.PROPERTY)
    assert (cancelled.cancellation_fee_minor, modified.booker.first_name) == (7650, "New Customer Name")
    assert new.booker.city == ""


def test_airbnb_pays_the_host() -> None:
    new, cancelled = booking(21), booking(22)
    assert (new.source, new.collector, new.total_minor, new.commission_minor) == (
        Source.AIRBNB,
        Collector.SELLER,
        24960,
        0,
    )
    assert (cancelled.told, cancelled.cancellation_fee_minor) == (Told.CANCELLED, 24960)


def test_expedias_card_is_for_no_shows_where_the_guest_pays_here() -> None:
    found = booking(23)
    assert (found.channel, found.source, found.collector) == ("Expedia", Source.EXPEDIA, Collector.PROPERTY)
    assert found.virtual_card is not None
    assert found.virtual_card.until_day == date(2025, 8, 31)
    assert "payment" in found.notes


def test_make_my_trip_sells_for_goibibo() -> None:
    found = booking(25)
    assert (found.channel, found.source, found.currency) == ("MakeMyTrip", Source.OTA, "THB")
    assert (found.collector, found.total_minor) == (Collector.SELLER, 910000)


def test_rooms_and_rates_fit_together() -> None:
    wire = canned(named("room-types-collection", 1), named("rate-plans-collection", 1))
    (room,) = ADAPTER.rooms(wire)
    assert (room.name, room.max_guests) == ("Standard Room", 3)
    assert [(rate.name, rate.guests, rate.currency) for rate in room.rates] == [("Best Available Rate", (), "GBP")]
    shown = canned(named("ari", 4), named("ari", 1))
    spans = ADAPTER.read_back(shown, rooms=[room], first=date(2019, 2, 1), until=date(2019, 2, 11))
    assert [(span.rate_id != "", span.rooms, span.prices) for span in spans] == [
        (False, 20, {}),
        (True, None, {0: 20000}),
    ]


def _as_span(value: dict[str, Any]) -> Span:
    first, last = day(value.get("date") or value["date_from"]), day(value.get("date") or value["date_to"])
    assert first
    assert last
    prices = {option["occupancy"]: option["rate"] for option in value.get("rates", [])}
    if "rate" in value:
        prices = {2: value["rate"]}
    said = {
        field: value[field]
        for field in ("min_stay_through", "closed_to_arrival", "closed_to_departure")
        if field in value
    }
    count = value.get("availability")
    ids = (value.get("room_type_id", "any"), value.get("rate_plan_id", ""))
    return Span(*ids, first, last + DAY, rooms=count, prices=prices, **said)


@pytest.mark.parametrize("number", [7, 8, 13, 14, 15, 16, 18, 19, 23])
def test_what_we_tell_is_what_its_examples_tell(number: int) -> None:
    """Value by value; amounts we write as decimals where they write minor units."""
    example = named("ari", number)["values"]
    account = example[0]["property_id"]
    house = replace(ACCESS, account=account, today=date(2019, 1, 1))
    (parcel,) = ADAPTER.parcels(house, [_as_span(value) for value in example])
    assert [_in_minor(value) for value in json.loads(parcel.body)["values"]] == example


def _in_minor(value: dict[str, Any]) -> dict[str, Any]:
    if "rate" in value:
        value = value | {"rate": minor(value["rate"], "EUR")}
    if "rates" in value:
        value = value | {"rates": [option | {"rate": minor(option["rate"], "EUR")} for option in value["rates"]]}
    return value


@pytest.mark.parametrize("number", [12, 17])
def test_warnings_refuse(number: int) -> None:
    answer = named("ari", number)
    warned = answer["meta"]["warnings"][0]
    first = day(warned["date"]) if warned.get("date") else day(warned["date_from"])
    last = day(warned["date"]) if warned.get("date") else day(warned["date_to"])
    assert first
    assert last
    house = replace(ACCESS, account=warned["property_id"], today=date(2020, 1, 1))
    span = Span("room", warned["rate_plan_id"], first, last + DAY, max_stay=3, closed=True)
    (parcel,) = ADAPTER.parcels(house, [span, replace(span, rate_id="another")])
    (refused,) = ADAPTER.send(canned(answer), parcel).refused
    assert refused.spans == (span,)
    assert "max_stay" in refused.message


@pytest.mark.parametrize("number", range(18, 24))
def test_every_webhook_is_known(number: int) -> None:
    event = named("webhook-collection", number)
    house = replace(ACCESS, account=event["property_id"], credentials={"webhook_secret": SECRET})
    trigger = ADAPTER.triggered(house, json.dumps(event).encode(), HEADERS)
    assert (trigger.kind, trigger.is_known) == (event["event"], True)
    assert trigger.pull == event["event"].startswith("booking")


@pytest.mark.parametrize("number", [26, 30, 34])
def test_reports_are_confirmed(number: int) -> None:
    assert understood(Answer(200, {}, json.dumps(named("bookings-collection", number)).encode()))


def test_amounts_of_its_examples_are_amounts() -> None:
    assert amount(named("bookings-collection", 2)["meta"]["virtual_card_current_balance"]) == 6755
    with pytest.raises(ChannelError):
        ADAPTER.read(ACCESS, Letter(json.dumps(named("bookings-collection", 2)).encode()))
