"""What comes from Airbnb: reservations, what waits for a host's answer, signed events, and the keys."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from bookings.rates.enums import Source
from channels.adapters.airbnb.adapter import ADAPTER, FACTS, Airbnb
from channels.adapters.base import ChannelError, Letter, Person, Reading, SoldBooking
from channels.adapters.content import from_json, to_json
from channels.adapters.enums import Told, Trouble
from guests.profiles.enums import Collector
from tests.channels.adapters.airbnb_hotel import ACCESS, CLIENT, SECRET, AirbnbHotel, reservation, signed
from tests.channels.adapters.canned import canned as canned_for
from tests.channels.adapters.contract import check_reading, tried
from tests.sandbox.airbnb.fixtures import BACK, HOST, LOFT
from tests.sandbox.endpoint import Endpoint

DAY = timedelta(days=1)
SPOKEN = Airbnb()


def read(**changed: Any) -> Reading:
    return ADAPTER.read(ACCESS, Letter(json.dumps({"reservation": reservation(**changed)}).encode()))


def sold(**changed: Any) -> SoldBooking:
    reading = read(**changed)
    check_reading(reading)
    (found,) = reading.bookings
    assert from_json(to_json(found)) == found
    return found


def notices(hotel: AirbnbHotel, since: datetime | None = None) -> list[tuple[str, str]]:
    found = [ADAPTER.read(hotel.access, letter) for letter in ADAPTER.fetch(hotel.wire, since=since)]
    return [notice for reading in found for notice in reading.notices]


def test_it_says_that_it_is_unproven() -> None:
    assert "unproven against the real service" in FACTS.proven


def test_a_reservation_is_worth_what_the_host_is_paid() -> None:
    """T44: 300.00 less the fee of 50.40, and nothing is owed beyond it."""
    found = sold()
    assert (found.booking_id, found.told, found.source, found.channel) == (
        "HMABCDEFGH",
        Told.NEW,
        Source.AIRBNB,
        "Airbnb",
    )
    assert (found.total_minor, found.commission_minor, found.currency) == (24960, 0, "EUR")
    assert (found.collector, found.virtual_card, found.card_last4) == (Collector.SELLER, None, "")
    assert found.booker == Person("Greta", "Gast", "greta-1@guest.airbnb.com", "+49 30 5558512", language="de")
    (room,) = found.rooms
    assert (room.room_id, room.rate_id, room.arrival, room.adults) == (LOFT, "standard", date(2027, 3, 1), 2)
    assert list(room.prices.values()) == [8320, 8320, 8320]
    assert found.notes.splitlines()[0] == "We come late"


def test_nights_make_the_payout_to_the_cent() -> None:
    """T30."""
    room = sold(expected_payout="100.00").rooms[0]
    assert list(room.prices.values()) == [3334, 3333, 3333]


def test_decimals_are_the_currencys() -> None:
    """T36."""
    assert sold(currency="JPY", expected_payout="24960").total_minor == 24960


def test_a_cancellation_says_what_is_kept() -> None:
    found = sold(status="cancelled", revision=2, cancellation_payout="50.00")
    assert (found.told, found.cancellation_fee_minor) == (Told.CANCELLED, 5000)


def test_children_have_no_ages_there() -> None:
    found = sold(children=2, infants=1)
    assert (found.rooms[0].child_ages, found.rooms[0].infants) == ((10, 10), 1)
    assert len(found.warnings) == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"confirmation_code": ""}, "no_name"),
        ({"revision": None}, "no_name"),
        ({"status": "dreaming"}, "odd_status"),
        ({"host_id": "72"}, "other_property"),
        ({"end_date": "2027-03-01"}, "no_stay"),
    ],
)
def test_what_is_no_reservation_is_refused(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(ChannelError) as refusal:
        read(**changed)
    assert (refusal.value.trouble, refusal.value.code) == (Trouble.REFUSED, code)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(field=st.sampled_from([*reservation(), "guest"]), value=JSON, kind=st.sampled_from(["reservation", "inquiry"]))
def test_any_value_anywhere_is_read_or_refused(field: str, value: Any, kind: str) -> None:
    letter = Letter(json.dumps({kind: reservation(**{field: value})}).encode())
    assert isinstance(ADAPTER.masked(letter.body), bytes)
    reading, refusal = tried(lambda: ADAPTER.read(ACCESS, letter))
    if reading is None:
        assert refusal is not None
        assert refusal.trouble == Trouble.REFUSED
    else:
        check_reading(reading)


def test_a_listing_whose_number_passes_for_a_card_keeps_it() -> None:
    listing = "4539578763621486"
    body = json.dumps({"reservation": reservation(listing_id=listing, message=f"card {listing}")}).encode()
    found = ADAPTER.read(ACCESS, Letter(ADAPTER.masked(body))).bookings[0]
    assert found.rooms[0].room_id == listing
    assert found.notes.startswith("card ************1486")


# What waits for an answer


def test_a_request_is_a_notice_until_it_is_accepted(airbnb_hotel: AirbnbHotel) -> None:
    nights = airbnb_hotel.remote.nights(airbnb_hotel.first, 2)
    asked = airbnb_hotel.remote.control("POST", "requests", listing=LOFT, message="May we come?", **nights)
    (notice,) = notices(airbnb_hotel)
    assert notice[0] == "reservation_request"
    assert asked["confirmation_code"] in notice[1]
    assert "May we come?" in notice[1]
    access = airbnb_hotel.remote.connect()
    airbnb_hotel.remote.call(access, "POST", f"reservations/{asked['confirmation_code']}/accept", {})
    # An answer that comes hours later does not count as a change there: the list is read from a day before.
    (letter,) = ADAPTER.fetch(airbnb_hotel.wire, since=timezone.now() + timedelta(hours=20))
    (found,) = ADAPTER.read(airbnb_hotel.access, letter).bookings
    assert (found.told, found.booking_id) == (Told.NEW, asked["confirmation_code"])


def test_a_request_that_lapsed_is_no_booking(airbnb_hotel: AirbnbHotel) -> None:
    airbnb_hotel.remote.control("POST", "requests", listing=LOFT, **airbnb_hotel.remote.nights(airbnb_hotel.first, 2))
    airbnb_hotel.remote.advance(24 * 3600)
    assert [kind for kind, _ in notices(airbnb_hotel)] == ["reservation_request_closed"]


def test_inquiries_alterations_and_words_are_notices(airbnb_hotel: AirbnbHotel) -> None:
    remote, first = airbnb_hotel.remote, airbnb_hotel.first
    nights = remote.nights(first, 2)
    remote.control("POST", "inquiries", listing=LOFT, message="Is it quiet?", **nights)
    airbnb_hotel.sell()
    remote.control("POST", "alterations", reservation=airbnb_hotel.stay["reservation"], **remote.nights(first, 3))
    found = notices(airbnb_hotel)
    assert [kind for kind, _ in found] == ["inquiry", "alteration_request", "message"]
    assert found[2][1].endswith("Is it quiet?")
    assert [kind for kind, _ in notices(airbnb_hotel, timezone.now() + 3 * DAY)] == ["inquiry", "alteration_request"]


def test_pages_are_read_to_the_end(airbnb_hotel: AirbnbHotel) -> None:
    for _ in range(52):
        airbnb_hotel.sell()
    assert len({letter.key for letter in ADAPTER.fetch(airbnb_hotel.wire, since=None)}) == 52
    assert list(ADAPTER.fetch(airbnb_hotel.wire, since=timezone.now() + 3 * DAY)) == []


# Events


def test_an_event_has_the_lists_read(airbnb_hotel: AirbnbHotel, endpoint: Endpoint) -> None:
    airbnb_hotel.remote.listen(endpoint.url, SECRET)
    airbnb_hotel.sell()
    airbnb_hotel.cancel()
    airbnb_hotel.remote.settle()
    triggers = [ADAPTER.triggered(airbnb_hotel.access, body, headers) for body, headers in endpoint.arrived]
    assert [trigger.kind for trigger in triggers] == ["reservation_created", "reservation_cancelled"]
    assert all(trigger.pull and trigger.is_known and trigger.letter is None for trigger in triggers)
    assert len({trigger.message_id for trigger in triggers}) == 2


@pytest.mark.parametrize(("secret", "used"), [(SECRET, "another-secret-that-is-long"), ("short", "short"), ("", "")])
def test_without_the_signature_it_is_turned_away(secret: str, used: str) -> None:
    house = replace(ACCESS, credentials={**CLIENT, "webhook_secret": secret})
    body = b'{"id": "e", "type": "inquiry"}'
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.triggered(house, body, signed(body, used))
    assert refusal.value.trouble == Trouble.LOCKED_OUT


@pytest.mark.parametrize("event", [{}, {"type": "inquiry"}, {"id": "e", "type": "inquiry", "host_id": "72"}])
def test_what_is_no_event_of_ours_is_refused(event: dict[str, str]) -> None:
    body = json.dumps(event).encode()
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.triggered(ACCESS, body, signed(body))
    assert refusal.value.trouble == Trouble.REFUSED


def test_an_unknown_event_is_known_to_be_so() -> None:
    body = json.dumps({"id": "e", "type": "party", "host_id": HOST}).encode()
    trigger = ADAPTER.triggered(ACCESS, body, signed(body))
    assert (trigger.is_known, trigger.pull) == (False, False)


# Keys


def test_the_page_on_which_a_host_agrees() -> None:
    address = urlsplit(SPOKEN.authorize_address(ACCESS, redirect_uri=BACK, state="s-1&x"))
    assert address.path == "/oauth2/auth"
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert asked == {
        "client_id": CLIENT["client_id"],
        "redirect_uri": BACK,
        "response_type": "code",
        "state": "s-1&x",
    }


def test_a_code_is_exchanged_once_and_shows_nowhere(airbnb_hotel: AirbnbHotel) -> None:
    code = airbnb_hotel.remote.agree()["code"]
    keys = SPOKEN.exchanged(airbnb_hotel.wire, code=code, redirect_uri=BACK)
    assert set(keys) == {"access_token", "refresh_token", "expires_at"}
    left = datetime.fromisoformat(keys["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(minutes=60)
    kept = airbnb_hotel.exchanges[-1].request + airbnb_hotel.exchanges[-1].response
    secrets = [keys["access_token"], keys["refresh_token"], code, CLIENT["client_secret"], "_secret"]
    assert [secret for secret in secrets if secret in kept.replace("client_secret=", "")] == []
    with pytest.raises(ChannelError) as refusal:
        SPOKEN.exchanged(airbnb_hotel.wire, code=code, redirect_uri=BACK)
    assert refusal.value.trouble == Trouble.LOCKED_OUT


def asked(hotel: AirbnbHotel) -> list[tuple[str, int]]:
    return [(exchange.what, exchange.status) for exchange in hotel.exchanges]


def test_a_token_that_is_over_is_renewed_in_the_call(airbnb_hotel: AirbnbHotel) -> None:
    airbnb_hotel.remote.advance(3600)
    airbnb_hotel.exchanges.clear()
    assert airbnb_hotel.rooms()
    assert asked(airbnb_hotel) == [("listings", 401), ("token", 200), ("listings", 200)]


def test_a_token_that_is_known_to_be_over_is_renewed_first(airbnb_hotel: AirbnbHotel) -> None:
    keys = {**airbnb_hotel.access.credentials, "expires_at": "2026-01-01T00:00:00+00:00"}
    airbnb_hotel.wire.access = replace(airbnb_hotel.access, credentials=keys)
    airbnb_hotel.exchanges.clear()
    assert airbnb_hotel.rooms()
    assert asked(airbnb_hotel) == [("token", 200), ("listings", 200)]
    fresh = SPOKEN.renewed(airbnb_hotel.wire)
    assert fresh["access_token"] != keys["access_token"]
    airbnb_hotel.wire.access = replace(airbnb_hotel.access, credentials={**keys, **fresh})
    airbnb_hotel.exchanges.clear()
    assert airbnb_hotel.rooms()
    assert asked(airbnb_hotel) == [("listings", 200)]


def test_what_the_host_took_back_opens_nothing(airbnb_hotel: AirbnbHotel) -> None:
    airbnb_hotel.remote.control("POST", "revoke", host=HOST)
    with pytest.raises(ChannelError) as refusal:
        airbnb_hotel.rooms()
    assert refusal.value.trouble == Trouble.LOCKED_OUT


@pytest.mark.parametrize("missing", ["client_id", "client_secret", "refresh_token"])
def test_without_keys_nothing_is_asked(missing: str) -> None:
    keys = {name: value for name, value in ACCESS.credentials.items() if name not in {missing, "access_token"}}
    wire = canned_for({}, access=replace(ACCESS, credentials=keys))
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.rooms(wire)
    assert refusal.value.trouble == Trouble.LOCKED_OUT
    assert wire.asked == []


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        (200, {}, Trouble.TEMPORARY),
        (200, {"access_token": "two words"}, Trouble.TEMPORARY),
        (200, b"<html>", Trouble.TEMPORARY),
        (503, b"", Trouble.TEMPORARY),
        (429, b"", Trouble.LIMITED),
        (400, {"error": "invalid_grant"}, Trouble.LOCKED_OUT),
    ],
)
def test_what_the_answer_about_a_token_means(status: int, body: Any, trouble: Trouble) -> None:
    with pytest.raises(ChannelError) as refusal:
        SPOKEN.renewed(canned_for(body, status=status, access=ACCESS))
    assert refusal.value.trouble == trouble


def test_a_new_refresh_token_is_returned_with_the_rest() -> None:
    body = {"access_token": "a2", "refresh_token": "r2", "expires_in": 60}
    assert SPOKEN.renewed(canned_for(body, access=ACCESS))["refresh_token"] == "r2"
    assert SPOKEN.renewed(canned_for({"access_token": "a2"}, access=ACCESS))["refresh_token"] == "r-token"
