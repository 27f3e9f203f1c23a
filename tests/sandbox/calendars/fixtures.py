"""`calendars_sandbox`: empty brands for a test, their feeds and their polls in words."""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.sandbox.channel_fixtures import emptied
from tests.sandbox.core.http import Server
from tests.sandbox.fixtures import Remote

__all__ = ["CalendarsRemote", "calendars_sandbox"]


class CalendarsRemote(Remote):
    """The brands, as a hotel with calendars sees them. A listing is a room of the same name at a hotel of its name."""

    def open(self, brand: str, room: str = "loft", **more: Any) -> str:
        """Make a listing and return the address of its calendar."""
        return str(self.control("POST", "listings", channel=brand, room=room, **more)["url"])

    def sell(self, brand: str, arrival: date, nights: int = 3, room: str = "loft", *, forced: bool = False,
             **booker: str) -> dict[str, Any]:  # fmt: skip
        asked = {
            "room": room, "rate": "standard", "arrival": arrival.isoformat(),
            "departure": (arrival + timedelta(days=nights)).isoformat(),
        }  # fmt: skip
        sold: dict[str, Any] = self.control(
            "POST", "extranet/sell", channel=brand, hotel=room, rooms=[asked], booker=booker, forced=forced
        )
        return sold

    def move(self, brand: str, stay: dict[str, Any], arrival: date, nights: int = 3) -> None:
        room = stay["rooms"][0]
        asked = {
            "room": room["room"], "rate": room["rate"], "identifier": room["id"], "arrival": arrival.isoformat(),
            "departure": (arrival + timedelta(days=nights)).isoformat(),
        }  # fmt: skip
        self.control("POST", "extranet/modify", channel=brand, reservation=stay["reservation"], rooms=[asked])

    def cancel(self, brand: str, stay: dict[str, Any]) -> None:
        self.control("POST", "extranet/cancel", channel=brand, reservation=stay["reservation"])

    def set(self, brand: str, **settings: Any) -> None:
        self.control("POST", "settings", channel=brand, **settings)

    def read(self, url: str, **headers: str) -> str:
        status, _, body = self.fetch("GET", url, None, **headers)
        assert status == 200, body
        return body.decode()

    def poll(self) -> list[dict[str, Any]]:
        """Let every brand poll once and return what it believes then."""
        before = [one["polls"] for one in self.control("GET", "imports")]
        self.control("POST", "poll")
        until = time.monotonic() + 10
        while any(now["polls"] <= was for now, was in zip(self.control("GET", "imports"), before, strict=True)):
            assert time.monotonic() < until
            time.sleep(0.02)
        return list(self.control("GET", "imports"))


@pytest.fixture
def calendars_sandbox(sandbox_server: Server) -> Iterator[CalendarsRemote]:
    """Brands without listings."""
    with emptied(sandbox_server, "calendars") as url:
        yield CalendarsRemote(url)
