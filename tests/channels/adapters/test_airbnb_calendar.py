"""What a listing is told: its calendar, the price of further guests, and weekdays without arrivals and departures."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from channels.adapters.airbnb.adapter import ADAPTER
from channels.adapters.airbnb.wishes import agreed
from channels.adapters.base import ChannelError, ChannelRate, Span
from channels.adapters.enums import Trouble
from tests.channels.adapters.airbnb_hotel import ACCESS, AirbnbHotel
from tests.channels.adapters.canned import canned as canned_for
from tests.channels.adapters.contract import send_all, shown, told
from tests.sandbox.airbnb.fixtures import HOST, LOFT

DAY = timedelta(days=1)
FIRST = date(2027, 3, 1)


def rate(first: date, nights: int = 1, **said: Any) -> Span:
    return Span(LOFT, "standard", first, first + DAY * nights, **said)


def count(first: date, rooms: int, nights: int = 1) -> Span:
    return Span(LOFT, "", first, first + DAY * nights, rooms=rooms)


def of_day(hotel: AirbnbHotel, on: date) -> tuple[Any, Any]:
    """Return how many are left and whether it is closed, as the stand-in keeps it."""
    kept = hotel.remote.told(on, hotel=HOST)[LOFT][str(on)]
    return kept["left"], kept["closed"]


def test_a_listing_is_a_room_with_one_rate(airbnb_hotel: AirbnbHotel) -> None:
    (room,) = airbnb_hotel.rooms()
    assert (room.room_id, room.name, room.max_guests) == (LOFT, "Loft", 4)
    assert room.rates == (ChannelRate("standard", "Standard", currency="EUR"),)


def test_another_hosts_listings_are_not_ours(airbnb_hotel: AirbnbHotel) -> None:
    other = replace(airbnb_hotel.access, account="72")
    airbnb_hotel.wire.access = other
    assert airbnb_hotel.rooms() == ()


@pytest.mark.parametrize(
    ("steps", "left", "closed"),
    [
        ([{"rooms": 5}], 5, False),
        ([{"closed": True}, {"rooms": 5}], 5, True),
        ([{"closed": True}, {"rooms": 5}, {"closed": False}], 5, False),
        ([{"rooms": 0}, {"closed": False}], 0, True),
        ([{"rooms": 0}, {"rooms": 1}], 1, False),
        ([{"closed": True}, {"closed": False}], 2, False),
    ],
)
def test_count_and_closure_are_one_state_there_and_two_of_ours(
    airbnb_hotel: AirbnbHotel, steps: list[dict[str, Any]], left: int, closed: bool
) -> None:
    """T27: neither resets the other; without a room a day is never open."""
    first = airbnb_hotel.first
    for step in steps:
        span = count(first, step["rooms"]) if "rooms" in step else rate(first, closed=step["closed"])
        assert send_all(airbnb_hotel, [span]) == []
    assert of_day(airbnb_hotel, first) == (left, closed)
    assert of_day(airbnb_hotel, first + DAY) == (2, False)


def test_what_is_told_is_shown(airbnb_hotel: AirbnbHotel) -> None:
    first = airbnb_hotel.first
    spans = [count(first, 3, 2), rate(first, 2, prices={0: 12345}, min_stay_arrival=2, max_stay=0, closed=False)]
    assert send_all(airbnb_hotel, spans) == []
    found = shown(airbnb_hotel)
    assert {key: found[key] for key in told(spans)} == told(spans)


def test_the_last_day_is_meant_as_well(airbnb_hotel: AirbnbHotel) -> None:
    """T8, and one message for all that a listing is told."""
    spans = [count(airbnb_hotel.first, 3, 3), rate(airbnb_hotel.first, 3, closed=False, prices={0: 5000})]
    (parcel,) = ADAPTER.parcels(airbnb_hotel.access, spans)
    ADAPTER.send(airbnb_hotel.wire, parcel)
    (operation,) = json.loads(airbnb_hotel.exchanges[-1].request)["operations"]
    last = airbnb_hotel.first + DAY * 2
    assert operation == {
        "dates": [f"{airbnb_hotel.first}:{last}"],
        "available_count": 3,
        "availability": "available",
        "daily_price": "50.00",
    }


def test_minimum_stays_through_are_not_told_and_not_missing() -> None:
    wire = canned_for({}, access=ACCESS)
    (parcel,) = ADAPTER.parcels(ACCESS, [rate(FIRST, min_stay_through=3)])
    assert ADAPTER.send(wire, parcel).refused == ()
    assert wire.asked == []


def test_days_that_are_over_are_left_out() -> None:
    house = replace(ACCESS, today=FIRST + DAY)
    assert ADAPTER.parcels(house, [count(FIRST, 3)]) == []
    (parcel,) = ADAPTER.parcels(house, [count(FIRST, 3, 3)])
    assert parcel.spans == (count(FIRST + DAY, 3, 2),)


# What is the whole listing's


def test_weekdays_are_closed_where_weeks_of_them_are(airbnb_hotel: AirbnbHotel) -> None:
    first = airbnb_hotel.first
    weekday = first.weekday()
    weeks = [
        rate(on, closed_to_arrival=on.weekday() == weekday, closed_to_departure=False)
        for on in (first + DAY * number for number in range(28))
    ]
    assert send_all(airbnb_hotel, weeks) == []
    (listing,) = airbnb_hotel.rooms()
    found = told(ADAPTER.read_back(airbnb_hotel.wire, rooms=[listing], first=first, until=first + DAY * 14))
    closed = [on for (_, _, on, field), value in found.items() if field == "closed_to_arrival" and value]
    assert closed == [first, first + DAY * 7]
    back = [rate(first + DAY * 7 * week, closed_to_arrival=False) for week in range(4)]
    assert send_all(airbnb_hotel, back) == []
    assert not any(value for key, value in shown(airbnb_hotel).items() if key[3] == "closed_to_arrival")


def test_a_day_that_its_weekday_does_not_follow_is_refused(airbnb_hotel: AirbnbHotel) -> None:
    first = airbnb_hotel.first
    lone = rate(first, closed_to_arrival=True, closed=True)
    (parcel,) = ADAPTER.parcels(airbnb_hotel.access, [lone, count(first, 3)])
    (refused,) = ADAPTER.send(airbnb_hotel.wire, parcel).refused
    assert refused.spans == (rate(first, closed_to_arrival=True),)
    assert refused.message == "Airbnb closes arrivals by weekday alone; this listing's: no day of the week."
    assert of_day(airbnb_hotel, first) == (3, True)


def with_extra(hotel: AirbnbHotel) -> None:
    """Let two guests be included."""
    access = hotel.remote.connect()
    hotel.remote.call(access, "PUT", f"listings/{LOFT}/pricing", {"guests_included": 2})


def test_the_price_of_further_guests_is_one_amount(airbnb_hotel: AirbnbHotel) -> None:
    with_extra(airbnb_hotel)
    assert airbnb_hotel.rooms()[0].rates[0].guests == (2, 3)
    first = airbnb_hotel.first
    month = rate(first, 28, prices={2: 10000, 3: 11500})
    assert send_all(airbnb_hotel, [month]) == []
    prices = airbnb_hotel.remote.told(first, hotel=HOST)[LOFT][str(first)]["rates"]["standard"]["prices"]
    assert prices == {"1": 10000, "2": 10000, "3": 11500, "4": 13000}


def test_one_day_never_changes_the_price_of_further_guests(airbnb_hotel: AirbnbHotel) -> None:
    with_extra(airbnb_hotel)
    first = airbnb_hotel.first
    odd = rate(first, prices={2: 20000, 3: 29900})
    assert send_all(airbnb_hotel, [odd]) == [odd]
    prices = airbnb_hotel.remote.told(first, hotel=HOST)[LOFT][str(first)]["rates"]["standard"]["prices"]
    assert set(prices.values()) == {20000}


@pytest.mark.parametrize(
    ("values", "result"), [([True] * 3, False), ([True] * 4, True), ([True] * 3 + [False] * 3, False), ([], False)]
)
def test_what_most_days_say_is_agreed(values: list[bool], result: bool) -> None:
    days = {FIRST + DAY * number: value for number, value in enumerate(values)}
    assert agreed(days, False, least=4) is result


# Answers


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        (400, {"error_type": "invalid", "error_message": "A date is over."}, Trouble.REFUSED),
        (403, {"error_type": "permission_denied"}, Trouble.REFUSED),
        (404, b"<html>", Trouble.REFUSED),
        (429, b"", Trouble.LIMITED),
        (408, b"", Trouble.TEMPORARY),
        (302, b"", Trouble.TEMPORARY),
        (500, {"error_type": "authentication_required"}, Trouble.TEMPORARY),
        (200, b"<html>", Trouble.TEMPORARY),
        (200, [], Trouble.TEMPORARY),
    ],
)
def test_what_each_answer_means(status: int, body: Any, trouble: Trouble) -> None:
    (parcel,) = ADAPTER.parcels(ACCESS, [count(FIRST, 3)])
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.send(canned_for(body, status=status, access=ACCESS), parcel)
    assert refusal.value.trouble == trouble
    assert refusal.value.message
