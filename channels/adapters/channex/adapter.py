"""Channex as an adapter: what is always so about it, and which module does what."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bookings.rates.enums import Source
from channels.adapters.base import (
    Access,
    Acknowledged,
    Adapter,
    ChannelRoom,
    Facts,
    Letter,
    Parcel,
    Question,
    Reading,
    Receipt,
    Sent,
    Span,
    Trigger,
    Wire,
)
from channels.adapters.channex import bookings, masking, revisions, rooms, shown, updates, webhooks
from channels.adapters.channex.values import mapping, parsed
from channels.adapters.enums import Delivery

FACTS = Facts(
    label="Channex",
    proven=(
        "Written from Channex's public documentation and proven against its documented messages and our stand-in;"
        " it has not met the real service yet."
    ),
    source=Source.OTA,
    delivery=Delivery.ACKNOWLEDGED,
    credentials=(
        Question(
            "api_key", "API key", secret=True, help="Made at Channex, in the profile of the user who speaks for us."
        ),
        Question(
            "webhook_secret",
            "Secret for webhooks",
            secret=True,
            required=False,
            help=(
                "Sixteen characters or more, of your own making. Without it Channex's calls are refused, and bookings"
                " come a minute later."
            ),
        ),
    ),
    settings=(
        Question(
            "user_id",
            "User id of the key",
            required=False,
            help="With it, changes that others make at Channex are told to you; our own are not.",
        ),
    ),
    days_ahead=500,
    # A round is a message of counts and one of restrictions: ten of each a minute.
    rounds_per_minute=10,
    gather_seconds=1.0,
    reports=frozenset(revisions.REPORTS),
    reports_of=frozenset({Source.BOOKING_COM, Source.EXPEDIA}),
    letters_together=50,
)


class Channex:
    """Speaks Channex's JSON interface, version 1."""

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
        """Yield what is not acknowledged: the feed needs no `since`."""
        return revisions.fetch(wire)

    def masked(self, body: bytes) -> bytes:
        return masking.masked(body)

    def read(self, access: Access, letter: Letter) -> Reading:
        content = parsed(letter.body)
        if "event" in mapping(content):
            return webhooks.notices(mapping(content))
        return bookings.reading(access, content)

    def acknowledge(self, wire: Wire, receipts: Sequence[Receipt]) -> Acknowledged:
        return revisions.acknowledge(wire, receipts)

    def triggered(self, access: Access, body: bytes, headers: Mapping[str, str]) -> Trigger:
        return webhooks.triggered(access, body, headers)

    def report(self, wire: Wire, *, what: str, booking: Receipt, details: Mapping[str, Any]) -> None:
        revisions.report(wire, what=what, booking=booking, details=details)

    def webhook_register(self, wire: Wire, *, address: str) -> str:
        """Have Channex call `address`, with the connection's secret; return its number for the webhook. Beyond the
        contract: see `webhooks.register`."""
        return webhooks.register(wire, address=address)

    def proof(self, access: Access, body: bytes) -> Mapping[str, str]:
        """Return the header that proves a message which was proved when it came."""
        return webhooks.proof(access)


ADAPTER: Adapter = Channex()
