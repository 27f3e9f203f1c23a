"""Booking.com as an adapter: what is always so about it, and which module does what."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bookings.rates.enums import Source
from channels.adapters.base import (
    Access,
    Acknowledged,
    Adapter,
    ChannelError,
    ChannelRoom,
    Facts,
    Letter,
    Parcel,
    Reading,
    Receipt,
    Sent,
    Span,
    Trigger,
    Wire,
)
from channels.adapters.bookingcom import bookings, masking, queues, reports, rooms, settings, shown, updates
from channels.adapters.enums import Delivery, Trouble

FACTS = Facts(
    label="Booking.com",
    proven=(
        "Written from what is public of Booking.com's interface and proven against recorded messages and our stand-in; it"
        " has not met the real service, which takes on no new partners at present."
    ),
    source=Source.BOOKING_COM,
    # Of B.XML reading is taking: there, what was read counts as acknowledged (queues.acknowledge).
    delivery=Delivery.ACKNOWLEDGED,
    credentials=settings.CREDENTIALS,
    settings=settings.SETTINGS,
    days_ahead=500,
    # The narrowest limit that is told of takes 75 calls a minute.
    rounds_per_minute=60,
    gather_seconds=2.0,
    letters_together=50,
    # Not twice within twenty seconds, whatever chance does to the pace.
    pull_seconds=30,
    most_rooms=254,
    reports=frozenset(reports.KINDS),
)


class BookingCom:
    """Speaks B.XML and OpenTravel, as the connection's settings say."""

    facts = FACTS

    def rooms(self, wire: Wire) -> tuple[ChannelRoom, ...]:
        return rooms.rooms(wire)

    def parcels(self, access: Access, spans: Sequence[Span]) -> list[Parcel]:
        return updates.parcels(access, spans)

    def send(self, wire: Wire, parcel: Parcel) -> Sent:
        return updates.send(wire, parcel)

    def read_back(self, wire: Wire, *, rooms: Sequence[ChannelRoom], first: date, until: date) -> list[Span]:
        return shown.read_back(wire, rooms=rooms, first=first, until=until)

    def fetch(self, wire: Wire, *, since: datetime | None, broken_off: bool = False) -> Iterator[Letter]:
        return queues.fetch(wire, since=since, broken_off=broken_off)

    def masked(self, body: bytes) -> bytes:
        return masking.masked(body)

    def read(self, access: Access, letter: Letter) -> Reading:
        return bookings.reading(access, letter)

    def acknowledge(self, wire: Wire, receipts: Sequence[Receipt]) -> Acknowledged:
        return queues.acknowledge(wire, receipts)

    def triggered(self, access: Access, body: bytes, headers: Mapping[str, str]) -> Trigger:
        """Booking.com calls nobody: whoever does in its name is turned away."""
        raise ChannelError(Trouble.REFUSED, "no_webhooks", "Booking.com sends no webhooks.")

    def report(self, wire: Wire, *, what: str, booking: Receipt, details: Mapping[str, Any]) -> None:
        reports.report(wire, what=what, booking=booking, details=details)


ADAPTER: Adapter = BookingCom()
