"""A place that serves calendars over HTTP, and feeds of a small house that read it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from channels.calendars.enums import Channel, Unclear
from channels.calendars.models import CalendarFeed
from channels.calendars.services import feed_fetch, feed_go_live, feed_save
from tests.bookings.conftest import _certified, estate  # noqa: F401 - every test here is certified afterwards
from tests.channels.adapters.ical.calendars import calendar
from tests.house import TESTER
from tests.sandbox.calendars.fixtures import calendars_sandbox  # noqa: F401
from tests.sandbox.fixtures import sandbox_server  # noqa: F401


@dataclass
class Place:
    """What the server answers with, and what it was asked: tests change the first and read the second."""

    base: str = ""
    body: bytes = field(default_factory=calendar)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the calendar stands."""
        return f"{self.base}/secret/listing.ics?t=1"


@pytest.fixture
def place(settings: Any) -> Iterator[Place]:
    """A server on this machine, which feeds may fetch from here."""
    settings.CALENDAR_ALLOW_LOOPBACK = True
    shown = Place()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown.asked.append({name.lower(): value for name, value in self.headers.items()} | {"path": self.path})
            etag = shown.headers.get("ETag")
            same = etag is not None and self.headers.get("If-None-Match") == etag
            self.send_response(304 if same else shown.status)
            for name, value in shown.headers.items():
                self.send_header(name, value)
            body = b"" if same else shown.body
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shown.base = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield shown
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Reader:
    """A live feed and the calendar it reads; `house` is the house it is of."""

    house: Any
    place: Place
    feed: CalendarFeed

    def read(self, *events: str, product: str, times: int = 1) -> str:
        """Serve a calendar of these events and fetch it; return what came of the last time."""
        self.place.body = calendar(*events, product=product)
        return [self.fetch() for _ in range(times)][-1]

    def fetch(self) -> str:
        """Fetch what is served."""
        outcome = feed_fetch(feed=self.feed)
        self.feed.refresh_from_db()
        return outcome


@pytest.fixture
def reads(property_a: Any, place: Place) -> Any:
    """Return reads(channel, unit="101", room_type=None, ...): a live feed of the house."""

    def make(
        channel: Channel, unit: str | None = "101", *, unclear_as: Unclear = Unclear.STAYS, **fields: Any
    ) -> Reader:
        room_type = fields.pop("room_type", property_a.double)
        feed = CalendarFeed(
            property=property_a.property,
            name=f"{channel.label} {unit or room_type.code}",
            channel=channel,
            room_type=room_type,
            unit=property_a.units[unit] if unit else None,
            rate_plan=property_a.rate_plan,
            unclear_as=unclear_as,
            **fields,
        )
        feed_save(feed=feed, address=place.address, actor=TESTER)
        return Reader(property_a, place, feed_go_live(feed=feed, actor=TESTER))

    return make
