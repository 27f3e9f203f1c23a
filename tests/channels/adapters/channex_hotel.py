"""A hotel at the stand-in of Channex, as the contract and Channex's own tests want it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.adapters.base import Access, Span
from channels.adapters.channex.adapter import ADAPTER
from channels.connections.wire import Exchange, HttpWire
from tests.channels.adapters.contract import DAY, Hotel
from tests.sandbox.fixtures import ChannexRemote

SECRET = "a-secret-that-is-long-enough"
HEADERS = {"X-Channex-Secret": SECRET}
TWIN, DOUBLE = "Twin Room", "Double Room"
BAR, BREAKFAST = "Best Available Rate", "Bed & Breakfast"
PER_PERSON = "Per Person"


class ChannexHotel(Hotel):
    """Two twin rooms' types of two beds with a rate each way of selling, open at all three sites for forty days."""

    adapter = ADAPTER

    def __init__(self, remote: ChannexRemote) -> None:
        self.remote = remote
        rooms = [
            {"title": TWIN, "count": 4, "rates": [{"title": BAR, "rate": 10000}, {"title": BREAKFAST, "rate": 12000}]},
            {"title": DOUBLE, "count": 6, "rates": [{"title": PER_PERSON, "rate": 9000, "occupancies": [1, 2]}]},
        ]
        self.made = remote.hotel(rooms, open_days=40, channels=["booking.com", "airbnb", "expedia"], timezone="UTC")
        today = datetime.now(UTC).date()
        access = Access(
            account=self.made["property"],
            currency="EUR",
            time_zone="UTC",
            base_url=f"{remote.url}/api/v1",
            today=today,
            credentials={"api_key": remote.key, "webhook_secret": SECRET},
        )
        self.exchanges: list[Exchange] = []
        self.wire = HttpWire(access, record=self.exchanges.append)
        wrong = replace(access, credentials={"api_key": "not-the-key-of-this-house"})
        self.stranger = HttpWire(wrong, record=self.exchanges.append)
        self.first = today + 10 * DAY
        self.refusable = Span(
            self.made["rooms"][TWIN],
            self.rate(TWIN, BREAKFAST),
            self.first,
            self.first + timedelta(days=2),
            prices={0: 0},
        )
        self.site = "booking.com"
        self.stay: dict[str, Any] = {}

    def rate(self, room: str, title: str) -> str:
        return str(self.made["rates"][f"{room}/{title}"])

    def sold_room(self, shift: int = 0, **more: Any) -> dict[str, Any]:
        first = self.first + DAY * shift
        until = first + 2 * DAY
        room = {"rate_plan_id": self.rate(TWIN, BAR), "arrival": first.isoformat(), "departure": until.isoformat()}
        return {**room, "adults": 2, **more}

    def sell(self) -> None:
        booker = {"name": "Greta", "surname": "Gast", "mail": "greta@example.com"}
        self.stay = self.remote.sell(self.site, [self.sold_room()], booker=booker, property_id=self.access.account)

    def change(self) -> None:
        rooms = [self.sold_room(1, identifier=self.stay["rooms"][0]["id"])]
        self.remote.modify(self.site, self.stay["reservation"], rooms=rooms)

    def cancel(self) -> None:
        self.remote.cancel(self.site, self.stay["reservation"])

    def letter_with_card(self, number: str, code: str) -> bytes:
        return json.dumps(revision(property_id=self.access.account, number=number, code=code)).encode()

    def event(self) -> tuple[bytes, Mapping[str, str]]:
        payload = {"booking_id": "b-1", "revision_id": "r-1", "property_id": self.access.account}
        body = {"event": "booking", "payload": payload, "property_id": self.access.account, "user_id": None}
        return json.dumps({**body, "timestamp": "2026-11-24T00:00:00.0000Z"}).encode(), HEADERS


def revision(
    *, property_id: str = "hotel", number: str = "411111******1111", code: str = "***", **changed: Any
) -> dict[str, Any]:
    """Return a revision of our own making: two nights in one room of Booking.com; `changed` are attributes."""
    attributes = {
        "id": "0d7f7c1e-5f0e-4a55-9f5f-0c6f7f1d2b10",
        "booking_id": "9f4c2b7a-1c3d-4e5f-8a9b-0c1d2e3f4a5b",
        "property_id": property_id,
        "unique_id": "BDC-4072345611",
        "ota_reservation_code": "4072345611",
        "ota_name": "BookingCom",
        "status": "new",
        "amount": "240.00",
        "currency": "EUR",
        "ota_commission": "36.00",
        "arrival_date": "2027-03-01",
        "departure_date": "2027-03-03",
        "arrival_hour": "18:00",
        "payment_collect": "property",
        "payment_type": "credit_card",
        "inserted_at": "2026-11-24T10:20:30.000040",
        "notes": f"Please charge {number[:4]} {number[4:8]} {number[8:12]} {number[12:]}, cvv: {code}",
        "customer": {"name": "Greta", "surname": "Gast", "mail": "greta@example.com", "country": "de", "city": "."},
        "guarantee": {
            "card_number": number,
            "cvv": code,
            "card_type": "VI",
            "expiration_date": "08/2029",
            "cardholder_name": "GRETA GAST",
            "is_virtual": False,
        },
        "services": [],
        "rooms": [room()],
        **changed,
    }
    return {"type": "booking_revision", "id": attributes["id"], "attributes": attributes}


def room(**changed: Any) -> dict[str, Any]:
    """Return a room of a revision; `changed` are its fields."""
    return {
        "booking_room_id": "77d0b8c4-6f3e-4a1f-9c57-5d2f4f1a9a01",
        "ota_unique_id": "5550001",
        "checkin_date": "2027-03-01",
        "checkout_date": "2027-03-03",
        "room_type_id": "twin",
        "rate_plan_id": "bar",
        "amount": "240.00",
        "days": {"2027-03-01": "120.00", "2027-03-02": "120.00"},
        "occupancy": {"adults": 2, "children": 0, "infants": 0},
        "guests": [{"name": "Greta", "surname": "Gast"}],
        "meta": None,
        "taxes": [],
        "services": [],
        **changed,
    }
