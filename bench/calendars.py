"""A channel's calendar of 5,000 events: from its bytes to what each means, and fetched and taken, as it is every quarter hour."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from zoneinfo import ZoneInfo

from django.conf import settings
from django_tenants.utils import schema_context

from bench.channel_houses import ACTOR, organization_make, place_make
from bench.house import organization_remove
from bench.measuring import ROUNDS, Figure, compared, timed
from channels.adapters.ical.dialects import dialect_of, entries_of
from channels.adapters.ical.reading import read
from channels.calendars.enums import Channel, EventState, Unclear
from channels.calendars.models import CalendarFeed, FeedEvent
from channels.calendars.services import feed_fetch, feed_go_live, feed_save

EVENTS = 5_000
TARGET_MS = 2_000


def measure_calendars(*, today: date, times: int) -> list[Figure]:
    """Measure reading a calendar, and what fetching it again costs once its events are known."""
    body = _calendar(today)
    split = timed(partial(bytes.split, body, b"\r\n"), times)
    got = timed(partial(_read, body, today), times)
    question = f"a calendar of {EVENTS:,} events"
    figures = [compared("calendars", f"{question}, read", got, split, target_ms=TARGET_MS)]
    organization = organization_make()
    with schema_context(organization.schema_name), _served() as shown:
        place = place_make("CAL", today=today, types=1, units=20, days=365)
        feed = feed_save(
            feed=CalendarFeed(
                property=place, name="Bench", channel=Channel.AIRBNB, room_type=place.room_types.get(),
                rate_plan=place.rate_plans.get(), closes_nights=False, unclear_as=Unclear.STAYS,
            ),
            address=shown.address,
            actor=ACTOR,
        )  # fmt: skip
        feed = feed_go_live(feed=feed, actor=ACTOR)
        shown.body = _closed(today, moved=0)
        first = timed(partial(_fetched, feed), 1, warm=0)
        figures.append(
            compared(
                "calendars",
                f"{question}, nights that are not available, fetched and taken for the first time",
                first,
                split,
                target_ms=TARGET_MS,
            )
        )
        rounds = iter(range(1, ROUNDS * (times + 1)))

        def again() -> None:
            shown.body = _closed(today, moved=next(rounds))
            _fetched(feed)

        known = timed(again, max(2, times // 4), warm=1)
        figures.append(
            compared("calendars", f"{question}, fetched again and taken, one moved", known, split, target_ms=TARGET_MS)
        )
        assert FeedEvent.objects.filter(feed=feed, state=EventState.LIVE).count() == EVENTS
    organization_remove(slug=organization.slug)
    return figures


def _fetched(feed: CalendarFeed) -> None:
    outcome = feed_fetch(feed=feed)
    if outcome != "taken":
        raise RuntimeError(f"The calendar was {outcome}.")


class _Shown:
    """What is served, and where."""

    body = b""
    address = ""


@contextmanager
def _served() -> Iterator[_Shown]:
    """Serve a calendar on this machine, which feeds may fetch from here."""
    shown = _Shown()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(shown.body)))
            self.end_headers()
            self.wfile.write(shown.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shown.address = f"http://127.0.0.1:{server.server_port}/calendar.ics"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    before, settings.CALENDAR_ALLOW_LOOPBACK = settings.CALENDAR_ALLOW_LOOPBACK, True
    try:
        yield shown
    finally:
        settings.CALENDAR_ALLOW_LOOPBACK = before
        server.shutdown()
        server.server_close()


def _closed(today: date, *, moved: int) -> bytes:
    """Return a calendar of nights that are not available, five on a day; one of them is another night each time."""
    lines = ["BEGIN:VCALENDAR", "PRODID:-//Airbnb Inc//Hosting Calendar 1.0//EN", "VERSION:2.0"]
    for number in range(EVENTS):
        day = today + timedelta(days=2 + number // 5 + (moved if number == EVENTS - 1 else 0))
        lines += [
            "BEGIN:VEVENT",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"UID:7f662ec65913-{number:032x}@airbnb.com",
            "SUMMARY:Airbnb (Not available)",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def _read(body: bytes, today: date) -> int:
    found = read(body, zone=ZoneInfo("Europe/Lisbon"), first=today, until=today + timedelta(days=5 * EVENTS))
    return len(entries_of(found, dialect_of(found)))


def _calendar(today: date) -> bytes:
    lines = ["BEGIN:VCALENDAR", "PRODID:-//Airbnb Inc//Hosting Calendar 1.0//EN", "VERSION:2.0"]
    for number in range(EVENTS):
        first = today + timedelta(days=3 * number)
        lines += [
            "BEGIN:VEVENT",
            f"DTEND;VALUE=DATE:{first + timedelta(days=2):%Y%m%d}",
            f"DTSTART;VALUE=DATE:{first:%Y%m%d}",
            f"UID:1418fb94e984-{number:032x}@airbnb.com",
            "DESCRIPTION:Reservation URL: https://www.airbnb.com/hosting/reservations/",
            f" details/HM{number:08d}\\nPhone Number (Last 4 Digits): 0001",
            "SUMMARY:Reserved",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()
