"""Dates, times and durations of RFC 5545, brought to nights of the property."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from channels.adapters.ical.lines import Line

_MOMENT = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T(\d{2}):?(\d{2}):?(\d{2})?(Z?))?")
_DURATION = re.compile(r"([+-]?)P(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?")


class UnreadableTimeError(ValueError):
    """No date, time or duration; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A value of DTSTART, DTEND and the like: `day` as written, `here` at the property, `instant` unless it is a date."""

    day: date
    here: date
    instant: datetime | None


def moment_of(line: Line, zone: ZoneInfo) -> Moment:
    """Return what a date or time says at the property in `zone`.

    A plain date is one with or without VALUE=DATE. Floating times, and times in a zone nobody knows by its IANA name,
    are wall times at the property. Raises UnreadableTimeError.
    """
    return moment_in(line.value, line.parameters.get("TZID", ""), zone)


def moment_in(value: str, zone_name: str, zone: ZoneInfo) -> Moment:
    """Return what a value with the TZID `zone_name` says; see moment_of."""
    found = _MOMENT.fullmatch(value.strip())
    if found is None:
        raise UnreadableTimeError(f"“{value.strip()[:40]}” is no date.")
    year, month, day, hour, minute, second, utc = found.groups()
    try:
        written = date(int(year), int(month), int(day))
        if hour is None:
            return Moment(written, written, None)
        # Second 60 is a leap second: nobody's night depends on it.
        wall = datetime(
            written.year, written.month, written.day, int(hour), int(minute), min(int(second or 0), 59), tzinfo=UTC
        )
        if not utc:
            wall = wall.replace(tzinfo=zone_called(zone_name) or zone)
        instant = wall.astimezone(UTC)
        return Moment(written, instant.astimezone(zone).date(), instant)
    except (ValueError, OverflowError) as error:
        raise UnreadableTimeError(f"“{value.strip()[:40]}” is a day or time that does not exist.") from error


def duration_of(value: str) -> timedelta:
    """Return a duration, which is not negative. Raises UnreadableTimeError."""
    found = _DURATION.fullmatch(value.strip().upper())
    if found is None or not any(found.groups()[1:]) or found[1] == "-":
        raise UnreadableTimeError(f"“{value.strip()[:40]}” is no duration.")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_called(name: str) -> ZoneInfo | None:
    """Return the zone with an IANA name, also behind a vendor's prefix ("/vendor/20200101/Europe/Berlin")."""
    parts = name.strip().strip("/").split("/")
    for count in (len(parts), 3, 2, 1):
        tried = "/".join(parts[-count:])
        if count <= len(parts) and tried in _known():
            return ZoneInfo(tried)
    return None
