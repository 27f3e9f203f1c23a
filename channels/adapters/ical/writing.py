"""Our own calendars: taken nights, and nothing about whose they are (RFC 5545)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

PRODUCT = "-//Innkeep//Availability//EN"
SUMMARY = "Not available"
#: The longest line, in octets without its end.
MOST_OCTETS = 75


@dataclass(frozen=True, slots=True)
class Taken:
    """Nights [first, until) that are taken. `uid` stays the same as long as it is the same taking; `stamp` is UTC."""

    uid: str
    first: date
    until: date
    sequence: int
    stamp: datetime


def written(name: str, taken: Iterable[Taken]) -> bytes:
    """Return a calendar: CRLF, folded at 75 octets, the end of each event exclusive (T8). Equal input, equal bytes."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
    ]
    for taking in taken:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{taking.uid}",
            f"DTSTAMP:{taking.stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{taking.first:%Y%m%d}",
            f"DTEND;VALUE=DATE:{taking.until:%Y%m%d}",
            f"SEQUENCE:{taking.sequence}",
            f"SUMMARY:{SUMMARY}",
            "TRANSP:OPAQUE",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def escaped(text: str) -> str:
    """Return text as a value: no line ends, commas or semicolons that would end it."""
    joined = " ".join(text.split())
    return joined.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def folded(line: str) -> bytes:
    """Return a line with its end, broken so that no part has more than 75 octets and no character is cut."""
    parts: list[bytes] = []
    part = b""
    for character in line:
        octets = character.encode()
        if len(part) + len(octets) > MOST_OCTETS:
            parts.append(part)
            part = b" "
        part += octets
    parts.append(part)
    return b"\r\n".join(parts) + b"\r\n"
