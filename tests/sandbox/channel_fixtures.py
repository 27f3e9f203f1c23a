"""What the tests of channels share: an empty stand-in for each test, a seeded hotel, and its extranet in words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.core.http import Server
from tests.sandbox.fixtures import Remote

#: The seeded hotel: its own number, a double and a family room, and two rates that stand with both.
HOTEL, DOUBLE, FAMILY, BEST, SAVER = "1001", "100101", "100102", "501", "502"


def next_month(later: int = 1) -> date:
    """Return the first day of a month to come: a month of its own, as some channels take no more in one message."""
    day = datetime.now(UTC).date().replace(day=1)
    for _ in range(later):
        day = (day + timedelta(days=31)).replace(day=1)
    return day


class ChannelRemote(Remote):
    """A channel's stand-in as a test sees it: what the hotel and the guest do at its extranet."""

    def at_extranet(self, name: str, /, **asked: Any) -> Any:
        """Tell the extranet: hotels, rooms, rates, tell_room, tell_rate, quote, sell, modify, cancel, stays, calendar."""
        return self.control("POST", f"extranet/{name}", **asked)

    def seed(self, hotel: str = HOTEL, *, currency: str = "EUR", timezone: str = "Europe/Lisbon", **more: Any) -> None:
        """Open the hotel with its two room types and two rates; nothing is told of them yet."""
        self.at_extranet("hotels", id=hotel, name="Hotel A", currency=currency, timezone=timezone, **more)
        for room, name, guests in ((f"{hotel}01", "Double", 2), (f"{hotel}02", "Family", 4)):
            self.at_extranet("rooms", hotel=hotel, id=room, name=name, guests=guests)
            for rate, called in ((BEST, "Best available"), (SAVER, "Saver")):
                self.at_extranet("rates", room=room, id=rate, name=called)

    def sell(self, arrival: date, nights: int = 2, *, rooms: int = 1, hotel: str = HOTEL, forced: bool = True,
             **of_room: Any) -> dict[str, Any]:  # fmt: skip
        """Sell the double as a guest does; by default whether it is open or not."""
        asked = {"room": f"{hotel}01", "rate": BEST, **self.nights(arrival, nights), **of_room}
        sold: dict[str, Any] = self.at_extranet("sell", hotel=hotel, rooms=[asked] * rooms, forced=forced)
        return sold

    def nights(self, arrival: date, nights: int) -> dict[str, str]:
        return {"arrival": arrival.isoformat(), "departure": (arrival + timedelta(days=nights)).isoformat()}

    def modify(self, stay: dict[str, Any], arrival: date, nights: int = 3) -> dict[str, Any]:
        """Move every room of a stay."""
        rooms = [
            {"room": room["room"], "rate": room["rate"], "identifier": room["id"], **self.nights(arrival, nights)}
            for room in stay["rooms"]
        ]
        changed: dict[str, Any] = self.at_extranet("modify", reservation=stay["reservation"], rooms=rooms, forced=True)
        return changed

    def cancel(self, stay: dict[str, Any], fee: int = 0) -> None:
        self.at_extranet("cancel", reservation=stay["reservation"], fee=fee)

    def told(self, first: date, last: date | None = None, hotel: str = HOTEL) -> dict[str, Any]:
        """Return what the channel was told, by room and date."""
        last = last or first
        calendar: dict[str, Any] = self.at_extranet(
            "calendar", hotel=hotel, first=first.isoformat(), last=last.isoformat()
        )
        return calendar


@contextmanager
def emptied(server: Server, name: str, judge: Callable[[Any], list[str]] | None = None) -> Iterator[str]:
    """Give the address of an empty stand-in; afterwards fail for its mistakes, and what a judge of the provider finds."""
    provider = server.mounts[f"/{name}"]
    provider.listener = None
    provider.reset()
    yield provider.public_url
    provider.webhooks.settle(0.2)
    found = [*provider.crashes, *(judge(provider) if judge else [])]
    if found:
        pytest.fail("\n".join(dict.fromkeys(found)))
