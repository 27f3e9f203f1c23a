"""Channex's stand-in over real HTTP, beyond the contract: lists, the feed as a queue, webhooks, reports, faults."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.rates.enums import Source
from channels.adapters.base import Acknowledged, ChannelError, ChannelRate, ChannelRoom, Letter, Receipt, Span
from channels.adapters.channex.adapter import ADAPTER, Channex
from channels.adapters.channex.calls import PAGE
from channels.adapters.enums import Told, Trouble
from guests.profiles.enums import Collector
from tests.channels.adapters.canned import ACCESS, CannedWire, canned
from tests.channels.adapters.channex_hotel import (
    BAR,
    BREAKFAST,
    DOUBLE,
    HEADERS,
    PER_PERSON,
    SECRET,
    TWIN,
    ChannexHotel,
    revision,
)
from tests.channels.adapters.contract import DAY, acknowledge, letters, shown, sold, tried
from tests.sandbox.endpoint import Endpoint

CHANNEX = Channex()


def receipt(booking_id: str = "b", revision_id: str = "r") -> Receipt:
    return Receipt(booking_id, revision_id, "GRETA1", Told.NEW)


# Rooms


def test_rooms_carry_their_rates(channex_hotel: ChannexHotel) -> None:
    rooms = {room.name: room for room in channex_hotel.rooms()}
    assert {name: room.max_guests for name, room in rooms.items()} == {TWIN: 2, DOUBLE: 2}
    twin = {rate.name: rate for rate in rooms[TWIN].rates}
    assert twin[BAR] == ChannelRate(channex_hotel.rate(TWIN, BAR), BAR, (), currency="EUR")
    assert rooms[DOUBLE].rates[0].guests == (1, 2)


def _plan(**attributes: Any) -> dict[str, Any]:
    relation = {"room_type": {"data": {"type": "room_type", "id": "twin"}}}
    return {"type": "rate_plan", "id": "plan", "attributes": {"title": BAR, **attributes}, "relationships": relation}


def _options(*guests: int, primary: int = 0, derived: object = None) -> list[dict[str, Any]]:
    return [
        {"occupancy": number, "is_primary": number == primary, "derived_option": derived if number != primary else None}
        for number in guests
    ]


@pytest.mark.parametrize(
    ("attributes", "guests", "read_only"),
    [
        ({"sell_mode": "per_room", "options": _options(3, primary=3)}, (), False),
        ({"sell_mode": "per_person", "rate_mode": "manual", "options": _options(3, 1, 2, primary=3)}, (1, 2, 3), False),
        ({"sell_mode": "per_person", "rate_mode": "derived", "options": _options(1, 2, primary=1)}, (1,), False),
        ({"sell_mode": "per_person", "rate_mode": "auto", "options": _options(1, 2, primary=2)}, (2,), False),
        ({"sell_mode": "per_person", "options": _options(1, 2, primary=2, derived={"rate": [[]]})}, (2,), False),
        ({"sell_mode": "per_room", "inherit_rate": True, "options": _options(2)}, (), True),
        ({"options": None}, (), False),
        ({"options": [{"occupancy": "many"}, 7]}, (), False),
    ],
)
def test_how_many_prices_a_rate_takes(attributes: dict[str, Any], guests: tuple[int, ...], read_only: bool) -> None:
    kinds = {"data": [{"id": "twin", "attributes": {"title": TWIN}}], "meta": {"total": 1}}
    plans = {"data": [_plan(**attributes)], "meta": {"total": 1}}
    (room,) = ADAPTER.rooms(canned(kinds, plans))
    assert [(rate.guests, rate.read_only) for rate in room.rates] == [(guests, read_only)]


def test_lists_are_read_to_their_end() -> None:
    first = [{"id": f"room-{number}"} for number in range(PAGE)]
    wire = canned(
        {"data": first, "meta": {"total": PAGE + 1}},
        {"data": [{"id": "room-last"}], "meta": {"total": PAGE + 1}},
        {"data": [], "meta": {"total": 0}},
    )
    assert len(ADAPTER.rooms(wire)) == PAGE + 1
    assert [query["pagination[page]"] for _, _, query in wire.asked] == [1, 2, 1]


def test_a_list_without_end_is_given_up() -> None:
    with pytest.raises(ChannelError, match="endless_list"):
        ADAPTER.rooms(canned({"data": [{"id": "room"}], "meta": {"total": 10**7}}))


def test_a_property_that_the_key_does_not_open_is_named(channex_hotel: ChannexHotel) -> None:
    channex_hotel.wire.access = replace(channex_hotel.access, account="somebody-else")
    with pytest.raises(ChannelError, match="no_property"):
        channex_hotel.rooms()


# What is shown


def test_prices_of_several_numbers_of_guests_arrive(channex_hotel: ChannexHotel) -> None:
    room, rate = channex_hotel.made["rooms"][DOUBLE], channex_hotel.rate(DOUBLE, PER_PERSON)
    first = channex_hotel.first
    span = Span(room, rate, first, first + DAY, prices={1: 8100, 2: 9200})
    (parcel,) = ADAPTER.parcels(channex_hotel.access, [span])
    assert ADAPTER.send(channex_hotel.wire, parcel).refused == ()
    calendar = channex_hotel.remote.calendar("booking.com", first.isoformat(), first.isoformat())
    assert calendar[room][first.isoformat()]["rates"][rate]["prices"] == {"1": 8100, "2": 9200}


def test_runs_of_equal_days_are_one_span(channex_hotel: ChannexHotel) -> None:
    rooms = channex_hotel.rooms()
    first, until = channex_hotel.first - 10 * DAY, channex_hotel.first + 300 * DAY
    counts = ADAPTER.read_back(channex_hotel.wire, rooms=rooms, first=first, until=until)
    twin = channex_hotel.made["rooms"][TWIN]
    found = [(span.first, span.until, span.rooms) for span in counts if (span.room_id, span.rate_id) == (twin, "")]
    assert found == [(first, first + 40 * DAY, 4), (first + 40 * DAY, until, 0)]


@pytest.mark.parametrize("data", [None, [], {"twin": 7}, {"twin": {"soon": 1, "2026-12-01": "many"}}])
def test_what_nobody_can_read_is_not_shown(data: Any) -> None:
    kinds = {"data": [{"id": "twin", "attributes": {}}], "meta": {"total": 1}}
    rooms = ADAPTER.rooms(canned(kinds, {"data": [_plan()], "meta": {"total": 1}}))
    wire = canned({"data": data})
    assert ADAPTER.read_back(wire, rooms=rooms, first=ACCESS.today, until=ACCESS.today + DAY) == []


# The feed


def _revisions(numbers: range) -> list[dict[str, Any]]:
    return [revision(id=f"revision-{number:04}") for number in numbers]


class QueueWire(CannedWire):
    """Answers as the feed does: what is acknowledged is gone, and the rest moves up."""

    def __init__(self, count: int) -> None:
        super().__init__([], ACCESS)
        self.waiting = _revisions(range(count))

    def call(self, method: str, url: str, **said: Any) -> Any:
        page = int(said["query"]["pagination[page]"])
        items = self.waiting[(page - 1) * PAGE : page * PAGE]
        self.answers = canned(
            {"data": items, "meta": {"page": page, "limit": PAGE, "total": len(self.waiting)}}
        ).answers
        return super().call(method, url, **said)


@pytest.mark.parametrize("acknowledged_after", [1, 60, 10_000])
def test_the_feed_is_read_to_its_end_whenever_it_is_acknowledged(acknowledged_after: int) -> None:
    """T65: what is acknowledged while we read moves the rest to the front; nothing is passed over, nothing comes twice."""
    wire, keys, kept = QueueWire(330), [], 0
    for letter in ADAPTER.fetch(wire, since=None):
        keys.append(letter.key)
        kept += 1
        if kept >= acknowledged_after:
            wire.waiting = [item for item in wire.waiting if item["id"] not in keys[-kept:]]
            kept = 0
    assert sorted(keys) == [f"revision-{number:04}" for number in range(330)]


def test_the_feed_ends_where_a_page_brings_nothing_new() -> None:
    """A page that is always full of the same does not hold us for ever."""
    wire = canned({"data": _revisions(range(PAGE)), "meta": {"total": 10**6}})
    assert len(list(ADAPTER.fetch(wire, since=None))) == PAGE
    assert len(wire.asked) == 2


def test_the_oldest_comes_first_and_only_of_this_property(channex_hotel: ChannexHotel) -> None:
    other = ChannexHotel(channex_hotel.remote)
    other.sell()
    for _ in range(2):
        channex_hotel.sell()
    found = sold(channex_hotel, letters(channex_hotel))
    assert [booking.order for booking in found] == sorted(booking.order for booking in found)
    assert len(found) == 2
    stranger = canned({"data": [revision(property_id="another")], "meta": {"total": 1}})
    assert list(ADAPTER.fetch(stranger, since=None)) == []


@pytest.mark.parametrize("item", ["noise", 7, None, {}, {"id": 9}])
def test_what_is_no_revision_is_kept_and_then_refused(item: Any) -> None:
    (letter,) = ADAPTER.fetch(canned({"data": [item], "meta": {"total": 1}}), since=None)
    with pytest.raises(ChannelError):
        ADAPTER.read(ACCESS, letter)


def test_fetching_asks_page_by_page() -> None:
    """Each letter is kept before the next is asked for."""
    wire = canned({"data": _revisions(range(PAGE)), "meta": {"total": 2 * PAGE}})
    feed = ADAPTER.fetch(wire, since=None)
    assert wire.asked == []
    next(feed)
    assert len(wire.asked) == 1


# Acknowledging


def test_what_channex_does_not_know_is_refused_in_its_words(channex_hotel: ChannexHotel) -> None:
    channex_hotel.sell()
    found = sold(channex_hotel, letters(channex_hotel))
    known = Receipt(found[0].booking_id, found[0].revision, "GRETA1", Told.NEW)
    done = ADAPTER.acknowledge(channex_hotel.wire, [receipt(), known, receipt("b", "../odd?")])
    assert done.noted == (known.revision,)
    assert set(done.refused) == {"r", "../odd?"}
    assert letters(channex_hotel) == []


def test_when_the_line_breaks_the_rest_is_tried_again() -> None:
    wire = canned({"meta": {"message": "Success"}}, b"")
    done = ADAPTER.acknowledge(wire, [receipt(revision_id="one"), receipt(revision_id="two"), receipt(revision_id="x")])
    assert done == Acknowledged(noted=("one",), again=("two", "x"))


@pytest.mark.parametrize("status", [401, 429, 500])
def test_when_nothing_came_through_the_engine_is_told_why(status: int) -> None:
    with pytest.raises(ChannelError):
        ADAPTER.acknowledge(canned({}, status=status), [receipt()])


# Faults

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
THING = st.fixed_dictionaries({}, optional={"id": JSON, "attributes": JSON, "relationships": JSON})
ANSWER = st.fixed_dictionaries(
    {"data": JSON | st.lists(THING, max_size=3) | THING},
    optional={"meta": JSON | st.fixed_dictionaries({}, optional={"total": JSON, "warnings": JSON}), "errors": JSON},
)


@given(answer=ANSWER | JSON, status=st.sampled_from([200, 200, 200, 201, 400, 404, 422]))
def test_whatever_channex_answers_only_channel_errors_come_of_it(answer: Any, status: int) -> None:
    first = ACCESS.today
    house = replace(ACCESS, credentials={"api_key": "key", "webhook_secret": SECRET})
    rooms = (ChannelRoom("twin", TWIN, 2, (ChannelRate("bar", BAR),)),)
    (parcel,) = ADAPTER.parcels(house, [Span("twin", "", first, first + DAY, rooms=1)])
    asked: tuple[Callable[[CannedWire], Any], ...] = (
        ADAPTER.rooms,
        lambda wire: ADAPTER.send(wire, parcel),
        lambda wire: ADAPTER.read_back(wire, rooms=rooms, first=first, until=first + DAY),
        lambda wire: list(ADAPTER.fetch(wire, since=None)),
        lambda wire: ADAPTER.acknowledge(wire, [receipt()]),
        lambda wire: ADAPTER.report(wire, what="no_show", booking=receipt(), details={}),
        lambda wire: CHANNEX.webhook_register(wire, address="https://hotel.example/hooks"),
    )
    for ask in asked:
        tried(partial(ask, canned(answer, status=status, access=house)))


@pytest.mark.parametrize(
    "kind", ["error_before", "error_after", "close_before", "close_after", "cut_body", "half_body", "rate_limit"]
)
def test_after_a_fault_the_same_again_does_what_once_would_have(channex_hotel: ChannexHotel, kind: str) -> None:
    """T27, T65."""
    first = channex_hotel.first
    span = Span(channex_hotel.made["rooms"][TWIN], "", first, first + DAY, rooms=1)
    (parcel,) = ADAPTER.parcels(channex_hotel.access, [span])
    channex_hotel.remote.fault(kind, path_prefix="/api/v1/availability", method="POST")
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.send(channex_hotel.wire, parcel)
    assert refusal.value.trouble in {Trouble.TEMPORARY, Trouble.LIMITED}
    assert ADAPTER.send(channex_hotel.wire, parcel).refused == ()
    assert shown(channex_hotel)[span.room_id, "", first, "rooms"] == 1


def test_the_eleventh_call_in_a_minute_is_told_to_wait(channex_hotel: ChannexHotel) -> None:
    first = channex_hotel.first
    (parcel,) = ADAPTER.parcels(
        channex_hotel.access, [Span(channex_hotel.made["rooms"][TWIN], "", first, first + DAY, rooms=1)]
    )
    for _ in range(10):
        ADAPTER.send(channex_hotel.wire, parcel)
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.send(channex_hotel.wire, parcel)
    assert (refusal.value.trouble, refusal.value.wait) == (Trouble.LIMITED, timedelta(minutes=1))


# What was sold


def test_what_unmapped_rooms_and_rates_were_sold_for_arrives(channex_hotel: ChannexHotel) -> None:
    """T66."""
    channex_hotel.remote.unmap("booking.com", channex_hotel.rate(TWIN, BREAKFAST))
    channex_hotel.remote.hold("booking.com")
    code = channex_hotel.remote.connection("booking.com", channex_hotel.access.account)
    room = next(number for number, known in code["rooms"].items() if known == channex_hotel.made["rooms"][TWIN])
    lost = {**channex_hotel.sold_room(), "rate": "999999", "room": room}
    del lost["rate_plan_id"]
    lost["nights"] = {(channex_hotel.first + DAY * number).isoformat(): 7000 for number in range(2)}
    channex_hotel.remote.sell("booking.com", [lost], forced=True)
    (found,) = sold(channex_hotel, letters(channex_hotel))
    assert (found.rooms[0].room_id, found.rooms[0].rate_id) == (channex_hotel.made["rooms"][TWIN], "")
    assert found.warnings


@pytest.mark.parametrize(
    ("site", "source", "collector", "is_virtual"),
    [
        ("booking.com", Source.BOOKING_COM, Collector.PROPERTY, False),
        ("airbnb", Source.AIRBNB, Collector.SELLER, False),
        ("expedia", Source.EXPEDIA, Collector.SELLER, True),
    ],
)
def test_who_sold_and_who_collects(
    channex_hotel: ChannexHotel, site: str, source: Source, collector: Collector, is_virtual: bool
) -> None:
    channex_hotel.site = site
    channex_hotel.sell()
    (found,) = sold(channex_hotel, letters(channex_hotel))
    assert (found.source, found.collector) == (source, collector)
    assert (found.virtual_card is not None) == is_virtual
    acknowledge(channex_hotel, [found])


# Reports


def test_a_guest_who_did_not_come_is_reported(channex_hotel: ChannexHotel) -> None:
    channex_hotel.sell()
    (found,) = sold(channex_hotel, letters(channex_hotel))
    about = receipt(found.booking_id, found.revision)
    with pytest.raises(ChannelError) as early:
        ADAPTER.report(channex_hotel.wire, what="no_show", booking=about, details={})
    assert (early.value.trouble, early.value.code) == (Trouble.REFUSED, "method_not_supported")
    channex_hotel.remote.advance(11 * 24 * 3600)
    ADAPTER.report(channex_hotel.wire, what="no_show", booking=about, details={"waived_fees": True, "fee_minor": 1050})
    (said,) = channex_hotel.remote.stay("booking.com", channex_hotel.stay["reservation"])["reports"]
    assert (said["kind"], said["waived_fees"], said["penalty_amount"]) == ("no_show", True, 1050)


def test_an_invalid_card_is_reported_and_then_the_stay_cancelled(channex_hotel: ChannexHotel) -> None:
    channex_hotel.sell()
    (found,) = sold(channex_hotel, letters(channex_hotel))
    about = receipt(found.booking_id, found.revision)
    ADAPTER.report(channex_hotel.wire, what="invalid_card", booking=about, details={})
    channex_hotel.remote.advance(25 * 3600)
    ADAPTER.report(channex_hotel.wire, what="cancel_invalid_card", booking=about, details={})
    assert sold(channex_hotel, letters(channex_hotel))[-1].told == Told.CANCELLED


# Webhooks


def test_a_registered_webhook_proves_itself(channex_hotel: ChannexHotel, endpoint: Endpoint) -> None:
    """Made once, changed the second time; what then comes carries the secret."""
    first = CHANNEX.webhook_register(channex_hotel.wire, address=endpoint.url)
    assert CHANNEX.webhook_register(channex_hotel.wire, address=endpoint.url) == first
    channex_hotel.sell()
    channex_hotel.remote.settle()
    found = [ADAPTER.triggered(channex_hotel.access, body, headers) for body, headers in endpoint.arrived]
    assert {"booking", "booking_new"} <= {trigger.kind for trigger in found if trigger.pull}
    assert len({trigger.message_id for trigger in found}) == len(found)


def test_without_a_secret_no_webhook_is_registered(channex_hotel: ChannexHotel) -> None:
    channex_hotel.wire.access = replace(channex_hotel.access, credentials={"api_key": channex_hotel.remote.key})
    with pytest.raises(ChannelError, match="no_secret"):
        CHANNEX.webhook_register(channex_hotel.wire, address="https://hotel.example/hooks")


HOUSE = replace(ACCESS, credentials={"api_key": "key", "webhook_secret": SECRET}, settings={"user_id": "our-user"})


def event(kind: str, payload: Any = None, **more: Any) -> bytes:
    return json.dumps({"event": kind, "payload": payload, "property_id": "hotel", "user_id": None, **more}).encode()


@pytest.mark.parametrize(
    ("kind", "pull", "is_letter", "is_known"),
    [
        ("booking", True, False, True),
        ("booking_new", True, False, True),
        ("booking_modification", True, False, True),
        ("booking_cancellation", True, False, True),
        ("booking_unmapped_room", True, True, True),
        ("booking_unmapped_rate", True, True, True),
        ("non_acked_booking", True, True, True),
        ("sync_error", True, True, True),
        ("sync_warning", True, True, True),
        ("rate_error", True, True, True),
        ("reservation_request", True, True, True),
        ("alteration_request", True, True, True),
        ("message", True, True, True),
        ("disconnected_channel", True, True, True),
        ("ari", False, False, True),
        ("review", False, False, True),
        ("test", False, False, False),
        ("something_new", False, False, False),
    ],
)
def test_what_events_ask_for(kind: str, pull: bool, is_letter: bool, is_known: bool) -> None:
    trigger = ADAPTER.triggered(HOUSE, event(kind), HEADERS)
    assert (trigger.kind, trigger.pull, trigger.is_known) == (kind, pull, is_known)
    assert (trigger.letter is not None) == is_letter
    if trigger.letter is not None:
        (notice,) = ADAPTER.read(HOUSE, trigger.letter).notices
        assert notice[0] == kind
        assert notice[1]


@pytest.mark.parametrize(("user", "is_told"), [("our-user", False), (None, False), ("somebody", True)])
def test_only_what_others_changed_is_told(user: str | None, is_told: bool) -> None:
    trigger = ADAPTER.triggered(HOUSE, event("ari", [{"availability": 5}], user_id=user), HEADERS)
    assert (trigger.letter is not None, trigger.pull) == (is_told, False)
    nobody = ADAPTER.triggered(replace(HOUSE, settings={}), event("ari", user_id=user), HEADERS)
    assert nobody.letter is None


def test_a_notice_says_what_came_with_it() -> None:
    """Without a card, whoever wrote it there."""
    request = revision(arrival_date="2027-03-01", departure_date="2027-03-03")["attributes"]
    asked = ADAPTER.read(HOUSE, Letter(event("reservation_request", {"bms": request})))
    assert "Greta Gast · 2027-03-01 to 2027-03-03" in asked.notices[0][1]
    failed = ADAPTER.read(HOUSE, Letter(event("sync_error", {"channel": "Agoda", "error_type": "general_error"})))
    assert failed.notices == (("sync_error", "A site did not take what Channex told it. Agoda · general_error"),)
    wrote = ADAPTER.read(HOUSE, Letter(event("message", {"message": "Card 4539 5787 6362 1486"})))
    assert "4539" not in wrote.notices[0][1]


@pytest.mark.parametrize("headers", [{}, {"x-channex-secret": ""}, {"X-Channex-Secret": SECRET[:-1]}, {"x": SECRET}])
def test_without_the_secret_nothing_is_believed(headers: dict[str, str]) -> None:
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.triggered(HOUSE, event("booking"), headers)
    assert refusal.value.trouble == Trouble.LOCKED_OUT


@pytest.mark.parametrize("secret", ["", "short"])
def test_a_connection_without_a_good_secret_believes_nobody(secret: str) -> None:
    house = replace(HOUSE, credentials={"api_key": "key", "webhook_secret": secret})
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.triggered(house, event("booking"), {"x-channex-secret": secret})
    assert refusal.value.trouble == Trouble.LOCKED_OUT


@pytest.mark.parametrize(
    "body", [event("booking", property_id="another"), event("booking", property_id=[]), b"[]", b""]
)
def test_an_event_that_is_none_of_ours_is_refused(body: bytes) -> None:
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.triggered(HOUSE, body, HEADERS)
    assert refusal.value.trouble == Trouble.REFUSED
