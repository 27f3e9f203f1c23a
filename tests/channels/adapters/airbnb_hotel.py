"""A host at the stand-in of Airbnb (ours, unproven), as the contract and Airbnb's own tests want it."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from channels.adapters.airbnb.adapter import ADAPTER, Airbnb
from channels.adapters.airbnb.listings import RATE
from channels.adapters.base import Access, Span
from channels.connections.wire import Exchange, HttpWire
from tests.channels.adapters.contract import Hotel, send_all
from tests.sandbox.airbnb.fixtures import BACK, HOST, LOFT, AirbnbRemote

SECRET = "a-secret-that-is-long-enough"
BOOKER = {"name": "Greta", "surname": "Gast"}
CLIENT = {"client_id": AirbnbRemote.client, "client_secret": AirbnbRemote.secret, "webhook_secret": SECRET}
#: A host without a stand-in.
ACCESS = Access(
    account=HOST,
    currency="EUR",
    time_zone="Europe/Lisbon",
    base_url="https://airbnb.example",
    today=date(2026, 11, 20),
    credentials={**CLIENT, "access_token": "a-token", "refresh_token": "r-token"},
)


class AirbnbHotel(Hotel):
    """A loft for four guests, open for six weeks, whose host has agreed."""

    adapter = ADAPTER

    def __init__(self, remote: AirbnbRemote) -> None:
        self.remote = remote
        remote.control("POST", "hosts", host=HOST, listings={LOFT: "Loft"}, timezone="UTC")
        today = datetime.now(UTC).date()
        access = replace(ACCESS, base_url=remote.url, time_zone="UTC", today=today, credentials=CLIENT)
        self.exchanges: list[Exchange] = []
        code = remote.agree()["code"]
        keys = Airbnb().exchanged(HttpWire(access, record=self.exchanges.append), code=code, redirect_uri=BACK)
        self.wire = HttpWire(replace(access, credentials={**CLIENT, **keys}), record=self.exchanges.append)
        wrong = replace(access, credentials={**CLIENT, "access_token": "another", "refresh_token": "another"})
        self.stranger = HttpWire(wrong, record=self.exchanges.append)
        self.first = today + timedelta(days=10)
        # One day alone: arrivals are closed by weekday there.
        self.refusable = Span(LOFT, RATE, self.first, self.first + timedelta(days=1), closed_to_arrival=True)
        self.stay: dict[str, Any] = {}
        open_days = (today, today + timedelta(days=42))
        send_all(self, [Span(LOFT, "", *open_days, rooms=2), Span(LOFT, RATE, *open_days, prices={0: 10000})])

    def sell(self, **of_room: Any) -> None:
        asked = {"room": LOFT, "rate": RATE, **self.remote.nights(self.first, 2), "adults": 2, **of_room}
        self.stay = self.remote.at_extranet(
            "sell", hotel=HOST, rooms=[asked], booker=BOOKER, forced=True, notes="We come late"
        )

    def change(self) -> None:
        self.stay = self.remote.modify(self.stay, self.first + timedelta(days=1), 2)

    def cancel(self) -> None:
        self.remote.cancel(self.stay)

    def letter_with_card(self, number: str, code: str) -> bytes:
        written = f"Please charge {number} or {number[:4]} {number[4:8]} {number[8:12]} {number[12:]}, cvv: {code}"
        return json.dumps({"reservation": reservation(message=written)}).encode()

    def event(self) -> tuple[bytes, Mapping[str, str]]:
        body = json.dumps({"id": "evt_1", "type": "reservation_created", "host_id": HOST, "created_at": "2026-11-24"})
        return body.encode(), signed(body.encode())


def signed(body: bytes, secret: str = SECRET, at: str = "1790000000") -> dict[str, str]:
    """Return the headers of a message of the stand-in's."""
    mark = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return {"X-Sandbox-Timestamp": at, "X-Sandbox-Signature": mark}


def reservation(**changed: Any) -> dict[str, Any]:
    """Return a reservation of our own making: three nights, of which the host gets 249.60."""
    return {
        "confirmation_code": "HMABCDEFGH",
        "listing_id": LOFT,
        "host_id": HOST,
        "status": "accepted",
        "revision": 1,
        "start_date": "2027-03-01",
        "end_date": "2027-03-04",
        "nights": 3,
        "number_of_guests": 2,
        "adults": 2,
        "children": 0,
        "infants": 0,
        "currency": "EUR",
        "base_price": "300.00",
        "host_fee": "50.40",
        "expected_payout": "249.60",
        "cancellation_payout": "0.00",
        "guest": {
            "first_name": "Greta",
            "last_name": "Gast",
            "email": "greta-1@guest.airbnb.com",
            "phone": "+49 30 5558512",
            "locale": "de-DE",
        },
        "message": "We come late",
        "thread_id": "t-HMABCDEFGH",
        "booked_at": "2026-11-24T10:20:30Z",
        "updated_at": "2026-11-24T10:20:30Z",
        **changed,
    }
