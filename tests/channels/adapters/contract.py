"""What every adapter promises the engine, as tests: a subclass names its hotel at a stand-in and has them all.

    class TestContract(Contract):
        @pytest.fixture
        def hotel(self, channex_sandbox): return ChannexHotel(channex_sandbox)

`Hotel` says what the tests ask of the stand-in's side; everything else goes through the adapter and a real wire.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.adapters.base import (
    Access,
    Acknowledged,
    Adapter,
    ChannelError,
    ChannelRoom,
    Letter,
    Reading,
    Receipt,
    SoldBooking,
    Span,
    Wire,
)
from channels.adapters.enums import Delivery, Told, Trouble

#: A number that passes the check of card numbers, and belongs to nobody.
CARD = "4539578763621486"
CODE = "737"
DAY = timedelta(days=1)
CELLS = (
    "rooms",
    "min_stay_arrival",
    "min_stay_through",
    "max_stay",
    "closed_to_arrival",
    "closed_to_departure",
    "closed",
)
#: A fixture that lives as long as a test is what a real wire costs; the examples do not change it.
#: Each channel's class runs the same method: what was hard for one is a good try for another.
patient = settings(
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.differing_executors,
    ],
    deadline=None,
)
T = TypeVar("T")
Cells = dict[tuple[str, str, date, str], Any]


class Hotel(ABC):
    """A hotel at a stand-in with one room and one rate at least, open, and an adapter that speaks with it."""

    adapter: Adapter
    wire: Wire
    #: The same hotel with a key that does not open it.
    stranger: Wire
    #: A day from which on a fortnight may be told and sold.
    first: date
    #: A span that the channel refuses, None where it takes everything that can be said.
    refusable: Span | None = None

    @property
    def access(self) -> Access:
        return self.wire.access

    def rooms(self) -> tuple[ChannelRoom, ...]:
        return self.adapter.rooms(self.wire)

    @abstractmethod
    def sell(self) -> None:
        """Sell two nights from `first` on in one room, to Greta."""

    @abstractmethod
    def change(self) -> None:
        """Move what was sold by a day; it stays the same stay."""

    @abstractmethod
    def cancel(self) -> None:
        """Cancel what was sold."""

    @abstractmethod
    def letter_with_card(self, number: str, code: str) -> bytes:
        """Return a letter that could come, with a guest's card in it: where cards stand, and in the guest's own words."""

    @abstractmethod
    def event(self) -> tuple[bytes, Mapping[str, str]]:
        """Return a webhook message that is proved, and its headers; ("", {}) where the channel sends none."""


def told(spans: Iterable[Span]) -> Cells:
    """Return spans as what they say of each day, field by field: how they are cut does not matter."""
    cells: Cells = {}
    for span in spans:
        on = span.first
        while on < span.until:
            for name in CELLS:
                if getattr(span, name) is not None:
                    cells[span.room_id, span.rate_id, on, name] = getattr(span, name)
            for guests, price in span.prices.items():
                cells[span.room_id, span.rate_id, on, f"price {guests}"] = price
            on += DAY
    return cells


def send_all(hotel: Hotel, spans: Sequence[Span]) -> list[Span]:
    """Send spans as the engine does and return those that were refused."""
    refused: list[Span] = []
    for parcel in hotel.adapter.parcels(hotel.access, spans):
        for refusal in hotel.adapter.send(hotel.wire, parcel).refused:
            assert refusal.message
            refused += refusal.spans
    return refused


def shown(hotel: Hotel) -> Cells:
    """Return what the channel shows for the fortnight."""
    until = hotel.first + 14 * DAY
    return told(hotel.adapter.read_back(hotel.wire, rooms=hotel.rooms(), first=hotel.first, until=until))


def letters(hotel: Hotel) -> list[Letter]:
    """Fetch as the engine does: what is kept is masked."""
    adapter = hotel.adapter
    return [replace(letter, body=adapter.masked(letter.body)) for letter in adapter.fetch(hotel.wire, since=None)]


def sold(hotel: Hotel, found: Iterable[Letter]) -> list[SoldBooking]:
    readings = [hotel.adapter.read(hotel.access, letter) for letter in found]
    assert [reading.faults for reading in readings] == [()] * len(readings)
    return [booking for reading in readings for booking in reading.bookings]


def acknowledge(hotel: Hotel, bookings: Iterable[SoldBooking]) -> Acknowledged:
    receipts = [
        Receipt(booking.booking_id, booking.revision, "GRETA1", booking.told, booking.receipt) for booking in bookings
    ]
    return hotel.adapter.acknowledge(hotel.wire, receipts)


def priced(hotel: Hotel, amount: int, **told_as_well: Any) -> Span:
    """Return a price, for whichever numbers of guests the first rate takes one, on the first three days."""
    room = hotel.rooms()[0]
    rate = room.rates[0]
    prices = dict.fromkeys(rate.guests or (0,), amount)
    return Span(room.room_id, rate.rate_id, hotel.first, hotel.first + 3 * DAY, prices=prices, **told_as_well)


@st.composite
def spans_of_a_house(draw: st.DrawFn, first: date) -> list[Span]:
    """Spans as the engine makes them: of a room its count, of a rate what changed; none over another's cells."""
    found: list[Span] = []
    for room_number in range(draw(st.integers(1, 3))):
        for rate_id in ("", "rate-a", "rate-b")[: draw(st.integers(1, 3))]:
            on = first + DAY * draw(st.integers(0, 20))
            for _ in range(draw(st.integers(0, 4))):
                until = on + DAY * draw(st.integers(1, 40))
                found.append(_drawn(draw, f"room-{room_number}", rate_id, on, until))
                on = until + DAY * draw(st.integers(0, 3))
    return found


def _drawn(draw: st.DrawFn, room_id: str, rate_id: str, first: date, until: date) -> Span:
    if not rate_id:
        return Span(room_id, "", first, until, rooms=draw(st.integers(0, 200)))
    maybe, switch = st.none() | st.integers(1, 30), st.none() | st.booleans()
    told: dict[str, Any] = {name: draw(maybe if "stay" in name else switch) for name in CELLS if name != "rooms"}
    prices = draw(st.dictionaries(st.integers(1, 4), st.integers(1, 10**8), max_size=4))
    if not prices and all(value is None for value in told.values()):
        told["closed"] = True
    return Span(room_id, rate_id, first, until, prices=prices, **told)


def tried(call: Callable[[], T]) -> tuple[T | None, ChannelError | None]:
    """Return what a call gave, or the one error it may raise; any other is the finding."""
    try:
        return call(), None
    except ChannelError as refusal:
        return None, refusal


class Contract:
    """The tests. Each names what the engine would get wrong without it."""

    def test_rooms_are_what_the_wizard_maps(self, hotel: Hotel) -> None:
        rooms = hotel.rooms()
        assert rooms
        assert len({room.room_id for room in rooms}) == len(rooms)
        for room in rooms:
            assert room.room_id
            assert len(room.room_id) <= 64
            rates = {rate.rate_id: rate for rate in room.rates}
            assert len(rates) == len(room.rates)
            assert all(0 < len(rate_id) <= 64 for rate_id in rates)
            assert all(list(rate.guests) == sorted(set(rate.guests)) for rate in room.rates)

    def test_a_wrong_key_opens_nothing(self, hotel: Hotel) -> None:
        with pytest.raises(ChannelError) as refusal:
            hotel.adapter.rooms(hotel.stranger)
        assert refusal.value.trouble == Trouble.LOCKED_OUT

    @given(data=st.data())
    @patient
    def test_parcels_cover_exactly_what_is_to_be_told(self, hotel: Hotel, data: st.DataObject) -> None:
        spans = data.draw(spans_of_a_house(hotel.first))
        parcels = hotel.adapter.parcels(hotel.access, spans)
        pieces = [span for parcel in parcels for span in parcel.spans]
        assert told(pieces) == told(spans)
        assert sum(len(told([piece])) for piece in pieces) == len(told(pieces))  # nothing twice
        assert [parcel.body for parcel in hotel.adapter.parcels(hotel.access, spans)] == [
            parcel.body for parcel in parcels
        ]

    def test_nothing_to_tell_is_no_parcel(self, hotel: Hotel) -> None:
        assert hotel.adapter.parcels(hotel.access, []) == []

    def test_sending_twice_changes_nothing(self, hotel: Hotel) -> None:
        """Absolute values: what may have arrived is said again (T27, T65)."""
        room = hotel.rooms()[0]
        spans = [
            Span(room.room_id, "", hotel.first, hotel.first + 3 * DAY, rooms=2),
            priced(hotel, 12300, closed=False),
        ]
        assert send_all(hotel, spans) == []
        once = shown(hotel)
        assert send_all(hotel, spans) == []
        assert shown(hotel) == once
        if hotel.adapter.facts.reads_back:
            assert once[room.room_id, "", hotel.first, "rooms"] == 2

    def test_the_day_after_the_last_is_not_told(self, hotel: Hotel) -> None:
        """T8: spans end before their `until`, whatever the channel's own dates mean."""
        self._reads_back(hotel)
        room = hotel.rooms()[0]
        send_all(hotel, [Span(room.room_id, "", hotel.first, hotel.first + 6 * DAY, rooms=5)])
        send_all(hotel, [Span(room.room_id, "", hotel.first + DAY, hotel.first + 3 * DAY, rooms=1)])
        found = shown(hotel)
        counts = [found[room.room_id, "", hotel.first + DAY * number, "rooms"] for number in range(6)]
        assert counts == [5, 1, 1, 5, 5, 5]

    def test_one_field_never_resets_another(self, hotel: Hotel) -> None:
        """T27: a price does not open what is closed, a minimum stay takes no price away."""
        self._reads_back(hotel)
        base = replace(priced(hotel, 15000), prices={})
        kinds = [f"min_stay_{kind}" for kind in sorted(hotel.adapter.facts.keeps_min_stay)]
        changes = [
            priced(hotel, 15000),
            replace(base, closed=True),
            replace(base, closed_to_arrival=True),
            *[replace(base, **dict[str, Any]({kind: 3})) for kind in kinds],
        ]
        for change in changes:
            assert send_all(hotel, [change]) == []
        found = shown(hotel)
        expected = told(changes)
        # A price that stands for several numbers of guests is not read back by every channel.
        assert {key: found.get(key, expected[key]) for key in expected} == expected
        assert {key[3] for key in expected if key in found} >= {"closed", "closed_to_arrival", *kinds}

    def test_the_last_word_wins(self, hotel: Hotel) -> None:
        self._reads_back(hotel)
        room = hotel.rooms()[0]
        for count in (4, 0, 3):
            send_all(hotel, [Span(room.room_id, "", hotel.first, hotel.first + DAY, rooms=count)])
        assert shown(hotel)[room.room_id, "", hotel.first, "rooms"] == 3

    def test_what_is_refused_is_told_and_the_rest_taken(self, hotel: Hotel) -> None:
        if hotel.refusable is None:
            pytest.skip("This channel takes everything that can be said.")
        room = hotel.rooms()[0]
        good = Span(room.room_id, "", hotel.first, hotel.first + DAY, rooms=1)
        fine = priced(hotel, 11100)
        assert told(send_all(hotel, [good, hotel.refusable, fine])) == told([hotel.refusable])
        if hotel.adapter.facts.reads_back:
            assert shown(hotel)[room.room_id, "", hotel.first, "rooms"] == 1

    def test_what_was_sold_arrives_once(self, hotel: Hotel) -> None:
        """Kept, then acknowledged, then never again; until then again and again (T59, T65)."""
        hotel.sell()
        found = sold(hotel, letters(hotel))
        assert [booking.told for booking in found] == [Told.NEW]
        self._is_plausible(hotel, found[0])
        if hotel.adapter.facts.delivery != Delivery.DESTRUCTIVE:
            assert sold(hotel, letters(hotel)) == found
        for _ in range(2):
            acknowledged = acknowledge(hotel, found)
            assert acknowledged == Acknowledged(noted=tuple(booking.revision for booking in found))
        assert letters(hotel) == []

    def _is_plausible(self, hotel: Hotel, booking: SoldBooking) -> None:
        assert 0 < len(booking.booking_id) <= 64
        assert 0 < len(booking.revision) <= 128
        (room,) = booking.rooms
        assert (room.arrival, room.departure) == (hotel.first, hotel.first + 2 * DAY)
        assert room.room_id in {known.room_id for known in hotel.rooms()}
        assert set(room.prices) == {hotel.first, hotel.first + DAY}
        assert sum(room.prices.values()) == room.total_minor
        assert booking.booker.first_name == "Greta"
        assert booking.currency == hotel.access.currency
        assert len(room.room_ref) <= 80

    def test_each_message_about_a_booking_is_newer_and_about_the_same_stay(self, hotel: Hotel) -> None:
        """T61, and identity by the channel's name for the stay."""
        found: list[SoldBooking] = []
        for happens in (hotel.sell, hotel.change, hotel.cancel):
            happens()
            found += [booking for booking in sold(hotel, letters(hotel)) if booking.revision not in _revisions(found)]
            acknowledge(hotel, found[-1:])
        assert [booking.told for booking in found] == [Told.NEW, Told.MODIFIED, Told.CANCELLED]
        assert len({booking.booking_id for booking in found}) == 1
        assert [booking.order for booking in found] == sorted({booking.order for booking in found})
        assert len({room.room_ref for booking in found for room in booking.rooms}) == 1
        assert found[1].rooms[0].arrival == hotel.first + DAY

    def test_cancelled_before_it_was_fetched_it_still_ends_cancelled(self, hotel: Hotel) -> None:
        """T60, T64: whatever comes first, the newest says where the booking stands."""
        hotel.sell()
        hotel.cancel()
        newest = max(sold(hotel, letters(hotel)), key=lambda booking: booking.order)
        assert newest.told == Told.CANCELLED

    def test_no_card_is_kept(self, hotel: Hotel) -> None:
        letter = hotel.letter_with_card(CARD, CODE)
        assert CARD.encode() in letter
        masked = hotel.adapter.masked(letter)
        for kept in (masked, hotel.adapter.masked(letter[: len(letter) - 20]), hotel.adapter.masked(letter[7:])):
            assert CARD.encode() not in re.sub(rb"[ -]", b"", kept)
            assert f'"{CODE}"'.encode() not in kept
            assert f": {CODE}".encode() not in kept
        assert hotel.adapter.masked(masked) == masked

    def test_a_masked_letter_reads_like_the_whole_one(self, hotel: Hotel) -> None:
        letter = hotel.letter_with_card(CARD, CODE)
        whole = hotel.adapter.read(hotel.access, Letter(letter))
        assert hotel.adapter.read(hotel.access, Letter(hotel.adapter.masked(letter))) == whole
        assert CARD not in repr(whole)

    @given(body=st.binary(max_size=300))
    @patient
    def test_noise_is_refused_and_nothing_else(self, hotel: Hotel, body: bytes) -> None:
        self._is_harmless(hotel, body)

    @given(data=st.data())
    @patient
    def test_a_damaged_letter_is_refused_or_read(self, hotel: Hotel, data: st.DataObject) -> None:
        letter = bytearray(hotel.letter_with_card(CARD, CODE))
        for _ in range(data.draw(st.integers(1, 6))):
            start = data.draw(st.integers(0, len(letter) - 1))
            end = min(len(letter), start + data.draw(st.integers(0, 40)))
            letter[start:end] = data.draw(st.binary(max_size=20))
            if not letter:
                letter += b" "
        self._is_harmless(hotel, bytes(letter))

    def _is_harmless(self, hotel: Hotel, body: bytes) -> None:
        assert isinstance(hotel.adapter.masked(body), bytes)
        reading, refusal = tried(lambda: hotel.adapter.read(hotel.access, Letter(body)))
        if reading is not None:
            check_reading(reading)
        else:
            assert refusal is not None
            assert refusal.trouble == Trouble.REFUSED
            assert refusal.code
            assert refusal.message

    @given(
        body=st.binary(max_size=200), headers=st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=3)
    )
    @patient
    def test_a_webhook_without_proof_is_turned_away(self, hotel: Hotel, body: bytes, headers: dict[str, str]) -> None:
        with pytest.raises(ChannelError) as refusal:
            hotel.adapter.triggered(hotel.access, body, headers)
        assert refusal.value.trouble in {Trouble.LOCKED_OUT, Trouble.REFUSED}

    def test_a_proved_webhook_is_known_again(self, hotel: Hotel) -> None:
        """T59: the same message has the same name and print, another one another name."""
        body, headers = hotel.event()
        if not headers:
            pytest.skip("This channel sends no webhooks.")
        first, again = (hotel.adapter.triggered(hotel.access, body, headers) for _ in range(2))
        assert first == again
        assert first.pull or first.letter is not None
        with pytest.raises(ChannelError):
            hotel.adapter.triggered(hotel.access, body, {name: f"{value}x" for name, value in headers.items()})

    @given(data=st.data())
    @patient
    def test_noise_with_proof_is_refused_and_nothing_else(self, hotel: Hotel, data: st.DataObject) -> None:
        _, headers = hotel.event()
        body = data.draw(st.binary(max_size=200))
        trigger, refusal = tried(lambda: hotel.adapter.triggered(hotel.access, body, headers))
        assert trigger is not None or (refusal is not None and refusal.trouble == Trouble.REFUSED)

    def test_a_report_that_the_channel_does_not_take_is_refused(self, hotel: Hotel) -> None:
        receipt = Receipt("unknown", "unknown", "GRETA1", Told.NEW)
        with pytest.raises(ChannelError) as refusal:
            hotel.adapter.report(hotel.wire, what="sang_in_the_lift", booking=receipt, details={})
        assert refusal.value.trouble == Trouble.REFUSED

    def test_secrets_never_show(self, hotel: Hotel) -> None:
        for secret in hotel.access.credentials.values():
            assert secret not in repr(hotel.access)
            assert all(
                secret not in repr(parcel) for parcel in hotel.adapter.parcels(hotel.access, [priced(hotel, 100)])
            )

    def _reads_back(self, hotel: Hotel) -> None:
        if not hotel.adapter.facts.reads_back:
            pytest.skip("This channel cannot be read back.")


def _revisions(bookings: Iterable[SoldBooking]) -> set[str]:
    return {booking.revision for booking in bookings}


def check_reading(reading: Reading) -> None:
    """Complain of what the engine could not store: names too long, texts that no database takes, nights outside."""
    for booking in reading.bookings:
        assert 0 < len(booking.booking_id) <= 64
        assert 0 < len(booking.revision) <= 128
        assert len(booking.order) <= 80
        assert len(booking.channel) <= 40
        assert len(booking.card_last4) <= 4
        assert len(booking.currency) == 3
        assert booking.made_at is None or _is_aware(booking.made_at)
        assert booking.rooms or booking.told == Told.CANCELLED
        assert len({room.room_ref for room in booking.rooms}) == len(booking.rooms)
        for room in booking.rooms:
            assert room.arrival < room.departure
            assert all(room.arrival <= night < room.departure for night in room.prices)
            assert 0 < len(room.room_ref) <= 80
            assert room.adults >= 1
        for text in texts(booking):
            assert "\x00" not in text
            text.encode()


def _is_aware(instant: datetime) -> bool:
    return instant.utcoffset() == timedelta(0)


def texts(value: Any) -> Iterable[str]:
    """Yield every text in a frozen value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from texts(list(value.values()))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)
    elif hasattr(value, "__dataclass_fields__"):
        for field in fields(value):
            yield from texts(getattr(value, field.name))
