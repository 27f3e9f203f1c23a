"""Expedia as an adapter: what is always so about it, and which module does what."""

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
    Question,
    Reading,
    Receipt,
    Sent,
    Span,
    Trigger,
    Wire,
)
from channels.adapters.enums import Delivery, Trouble
from channels.adapters.expedia import bookings, confirmations, masking, notifications, pushed, rooms, updates
from channels.adapters.xml import parsed, tag

FACTS = Facts(
    label="Expedia",
    proven=(
        "Written from Expedia's public documents and proven against its official schemas, its published messages and our"
        " stand-in; it has not met the real service yet."
    ),
    source=Source.EXPEDIA,
    delivery=Delivery.CONFIRMED,
    credentials=(
        Question("username", "User name", help="Of the QuickConnect account, 4 to 30 characters."),
        Question("password", "Password", secret=True, help="Of the QuickConnect account, 6 to 30 characters."),
        Question(
            "push_username",
            "User name for notifications",
            required=False,
            help="Only where Expedia sends bookings to us by itself, which ends that they are fetched.",
        ),
        Question("push_password", "Password for notifications", secret=True, required=False),
    ),
    settings=(
        Question(
            "min_stay",
            "Minimum stay at Expedia",
            choices=(("arrival", "Counts on the day of arrival"), ("through", "Counts on every night of the stay")),
            default="arrival",
            help="As the hotel is set up at Expedia: it knows one kind, and the other is not told.",
        ),
        Question(
            "pricing",
            "Prices at Expedia",
            choices=(
                ("product", "For the room, or for each number of guests"),
                (updates.PER_PERSON, "For each person"),
            ),
            default="product",
            help="As the hotel is set up at Expedia. A price for each person is half of that for two.",
        ),
    ),
    days_ahead=updates.DAYS_AHEAD - 1,
    # Messages for a hotel are worked one after the other and take up to five seconds.
    gather_seconds=5.0,
    reads_back=False,
    most_rooms=updates.MOST_ROOMS,
)


class Expedia:
    """Speaks QuickConnect: AR 2011/06, BR 2014/01, BC 2007/09, PARR 2013/07, and takes BN 2003A."""

    facts = FACTS

    def rooms(self, wire: Wire) -> tuple[ChannelRoom, ...]:
        return rooms.rooms(wire)

    def parcels(self, access: Access, spans: Sequence[Span]) -> list[Parcel]:
        return updates.parcels(access, spans)

    def send(self, wire: Wire, parcel: Parcel) -> Sent:
        return updates.send(wire, parcel)

    def read_back(self, wire: Wire, *, rooms: Sequence[ChannelRoom], first: date, until: date) -> list[Span]:
        """Return nothing: `facts` say that it cannot be read."""
        return []

    def fetch(self, wire: Wire, *, since: datetime | None, broken_off: bool = False) -> Iterator[Letter]:
        """Yield what is not confirmed: it needs no `since`."""
        return bookings.fetch(wire)

    def masked(self, body: bytes) -> bytes:
        return masking.masked(body)

    def read(self, access: Access, letter: Letter) -> Reading:
        root = parsed(letter.body)
        if tag(root) in {"Booking", "BookingRetrievalRS"}:
            return bookings.reading(access, root)
        return pushed.reading(access, root)

    def acknowledge(self, wire: Wire, receipts: Sequence[Receipt]) -> Acknowledged:
        return confirmations.acknowledge(wire, receipts)

    def triggered(self, access: Access, body: bytes, headers: Mapping[str, str]) -> Trigger:
        return notifications.triggered(access, body, headers)

    def proof(self, access: Access, body: bytes) -> Mapping[str, str]:
        """Return the headers that stand for the password of a message which was proved when it came."""
        return notifications.proof(access)

    def report(self, wire: Wire, *, what: str, booking: Receipt, details: Mapping[str, Any]) -> None:
        raise ChannelError(Trouble.REFUSED, "no_such_report", "QuickConnect takes no reports about guests.")

    def answered(self, body: bytes, *, our_number: str) -> bytes:
        """Return the answer to a pushed message with our booking's code in it: see `notifications.answered`."""
        return notifications.answered(body, our_number=our_number)

    def fault(self, words: str) -> bytes:
        """Return what to answer with status 500 to a pushed message whose booking is not taken in."""
        return notifications.fault(words)


ADAPTER: Adapter = Expedia()
