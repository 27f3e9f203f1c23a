"""A channel's calendar of 5,000 bookings, from its bytes to what each event means, beside the split into lines alone."""

from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bench.measuring import Figure, compared, timed
from channels.adapters.ical.dialects import dialect_of, entries_of
from channels.adapters.ical.reading import read

EVENTS = 5_000
TARGET_MS = 2_000


def measure_calendars(*, today: date, times: int) -> list[Figure]:
    """Measure reading a calendar, which needs no database."""
    body = _calendar(today)
    split = timed(partial(bytes.split, body, b"\r\n"), times)
    got = timed(partial(_read, body, today), times)
    return [compared("calendars", f"a calendar of {EVENTS:,} events, read", got, split, target_ms=TARGET_MS)]


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
