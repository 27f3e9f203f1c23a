"""Airbnb as an adapter, unproven: what is so about it as far as anybody outside knows, and which module does what."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bookings.rates.enums import Source
from channels.adapters.airbnb import calendars, listings, masking, oauth, reservations, webhooks, wishes
from channels.adapters.base import (
    Access,
    Acknowledged,
    Adapter,
    ChannelError,
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
from channels.adapters.enums import Delivery, Trouble

FACTS = Facts(
    label="Airbnb",
    proven=(
        "Direct for approved partners, unproven against the real service: Airbnb's interface is closed and has no public"
        " documents, and this adapter has met our own stand-in alone. Without a partner's client, connect Airbnb through"
        " Channex or by calendar."
    ),
    source=Source.AIRBNB,
    # Nothing is acknowledged there: what changed is listed again, and known again here.
    delivery=Delivery.ACKNOWLEDGED,
    credentials=(
        Question("client_id", "Client id", help="Of our software, given by Airbnb to its partners."),
        Question("client_secret", "Client secret", secret=True),
        Question(
            "access_token",
            "Access token",
            secret=True,
            required=False,
            agreed=True,
            help="Comes by itself once the host has agreed at Airbnb.",
        ),
        Question("refresh_token", "Refresh token", secret=True, required=False, agreed=True),
        Question("expires_at", "End of the access token", required=False, agreed=True),
        Question(
            "webhook_secret",
            "Secret for webhooks",
            secret=True,
            required=False,
            help="Without it Airbnb's calls are refused, and reservations come a minute later.",
        ),
    ),
    days_ahead=729,
    gather_seconds=5.0,
    keeps_min_stay=frozenset({"arrival"}),
    most_rooms=calendars.MOST_ROOMS,
    account_word="host",
)


class Airbnb:
    """Speaks what our stand-in does: OAuth, listings, calendars, pricing, rules, reservations, signed webhooks."""

    facts = FACTS

    def rooms(self, wire: Wire) -> tuple[ChannelRoom, ...]:
        return listings.rooms(wire)

    def parcels(self, access: Access, spans: Sequence[Span]) -> list[Parcel]:
        return wishes.parcels(access, spans)

    def send(self, wire: Wire, parcel: Parcel) -> Sent:
        return calendars.send(wire, parcel)

    def read_back(self, wire: Wire, *, rooms: Sequence[ChannelRoom], first: date, until: date) -> list[Span]:
        return calendars.read_back(wire, rooms=rooms, first=first, until=until)

    def fetch(self, wire: Wire, *, since: datetime | None, broken_off: bool = False) -> Iterator[Letter]:
        return reservations.fetch(wire, since=since)

    def masked(self, body: bytes) -> bytes:
        return masking.masked(body)

    def read(self, access: Access, letter: Letter) -> Reading:
        return reservations.reading(access, letter)

    def acknowledge(self, wire: Wire, receipts: Sequence[Receipt]) -> Acknowledged:
        """Say nothing: Airbnb asks for no acknowledgement."""
        return Acknowledged(noted=tuple(receipt.revision for receipt in receipts))

    def triggered(self, access: Access, body: bytes, headers: Mapping[str, str]) -> Trigger:
        return webhooks.triggered(access, body, headers)

    def proof(self, access: Access, body: bytes) -> Mapping[str, str]:
        """Return the headers that prove a message which was proved when it came."""
        return webhooks.proof(access, body)

    def report(self, wire: Wire, *, what: str, booking: Receipt, details: Mapping[str, Any]) -> None:
        raise ChannelError(Trouble.REFUSED, "no_such_report", "Airbnb takes no reports about guests from us.")

    def authorize_address(self, access: Access, *, redirect_uri: str, state: str) -> str:
        """Return the page on which the host agrees. Beyond the contract: see `oauth.authorize_address`."""
        return oauth.authorize_address(access, redirect_uri=redirect_uri, state=state)

    def exchanged(self, wire: Wire, *, code: str, redirect_uri: str) -> dict[str, str]:
        """Return the keys that a host's code is good for. Beyond the contract: see `oauth.exchanged`."""
        return oauth.exchanged(wire, code=code, redirect_uri=redirect_uri)

    def renewed(self, wire: Wire) -> dict[str, str]:
        """Return new keys for old ones, to be stored. Beyond the contract: see `oauth.renewed`."""
        return oauth.renewed(wire)


ADAPTER: Adapter = Airbnb()
