"""A connection for tests, and how a channel tells of a booking in them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from bookings.rates.enums import Source
from channels.adapters.base import Person, SoldBooking, SoldRoom
from channels.adapters.enums import Told
from channels.connections.enums import State
from channels.connections.models import Connection, RateLink, RoomLink
from channels.sync.enums import LetterState
from channels.sync.models import BookingMessage, StoredLetter
from channels.sync.queue import apply
from channels.sync.taking import messages_take
from tests.house import House


def make_connection(house: House, **fields: Any) -> Connection:
    """Connect a house to Channex, both types mapped to its one plan, live."""
    connection = Connection.objects.create(
        **{
            "code": "CHX1",
            "property": house.property,
            "adapter": "channex",
            "name": "Channex",
            "account": "5f0a",
            "sold_as": Source.OTA,
            "fallback_type": house.double,
            "fallback_plan": house.rate_plan,
            "state": State.LIVE,
            "days_ahead": 30,
        }
        | fields
    )
    for room_type, room_id in ((house.double, "R-DBL"), (house.suite, "R-STE")):
        room = RoomLink.objects.create(connection=connection, room_id=room_id, name=room_type.name, room_type=room_type)
        RateLink.objects.create(
            room=room, rate_id=f"{room_id}-BAR", name="Best available rate", rate_plan=house.rate_plan, guests=[1, 2]
        )
    return connection


def sold_room(house: House, arrival: int = 1, departure: int = 3, **fields: Any) -> SoldRoom:
    """Return a room as a channel sells it; days after the business date, 90 euros a night."""
    today = house.property.business_date
    nights = range(arrival, departure)
    usual: dict[str, Any] = {
        "room_ref": "1",
        "room_id": "R-DBL",
        "rate_id": "R-DBL-BAR",
        "arrival": today + timedelta(days=arrival),
        "departure": today + timedelta(days=departure),
        "adults": 2,
        "prices": {today + timedelta(days=night): 9_000 for night in nights},
    }
    return SoldRoom(**(usual | fields))


def sold(*rooms: SoldRoom, **fields: Any) -> SoldBooking:
    """Return a channel's message about booking BDC-1."""
    order = fields.pop("order", "2026-11-20T10:00:00")
    usual: dict[str, Any] = {
        "booking_id": "BDC-1",
        "revision": f"rev-{order}",
        "order": order,
        "told": Told.NEW,
        "currency": "EUR",
        "rooms": rooms,
        "channel": "Booking.com",
        "source": Source.BOOKING_COM,
        "booker": Person(first_name="Greta", last_name="Jansen", email="greta@example.com", country="NL"),
    }
    return SoldBooking(**(usual | fields))


def take(connection: Connection, message: SoldBooking) -> BookingMessage:
    """Take a message and apply it."""
    now = timezone.now()
    letter = StoredLetter.objects.create(
        connection=connection, kind="said", body=b"", digest=uuid4().hex, came_at=now, state=LetterState.READ, times=1
    )
    messages_take(connection, [(message, letter)], now)
    row = BookingMessage.objects.get(connection=connection, revision=message.revision)
    apply(row, now=now)
    row.refresh_from_db()
    return row
