"""Feeds: an extranet's stays and closed nights as iCalendar, the way each brand writes it."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

FOLD_OCTETS = 75
#: Words of Vrbo's summaries: a stay, a stay that is not sure yet, closed by the host.
VRBO_WORDS = {
    "en": ("Reserved", "Tentative", "Blocked"),
    "fr": ("Réservée", "Provisoire", "Indisponible"),
    "de": ("Reserviert", "Vorläufig", "Nicht verfügbar"),
}
DEFAULTS: Mapping[str, Any] = {
    #: crlf or lf, "" for the brand's own.
    "newline": "",
    #: Nights closed from today on for the minimum notice, and from so many days on as nobody may book yet; 0 for none.
    "notice_days": 0,
    "window_days": 0,
    #: Whether nights that the brand imported from elsewhere stand in its feed as closed: the echo.
    "echo": True,
    #: A cancelled stay vanishes, or stays in the feed with STATUS:CANCELLED.
    "cancelled": "vanish",
    "language": "en",
    #: Vrbo: DURATION instead of DTEND; a time zone with its rules in the feed.
    "duration": False,
    "zone": False,
    #: ETag and Last-Modified, and 304 for who asks with them.
    "validators": True,
    #: Airbnb before 2025 wrote no DTSTAMP and another PRODID.
    "old": True,
}
ZONE = """BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE""".splitlines()


@dataclass(frozen=True, slots=True)
class Shown:
    """What one calendar shows: stays and closed spans (end excluded), by the date at the hotel."""

    stays: tuple[Mapping[str, Any], ...]
    closed: tuple[tuple[date, date], ...]
    today: date
    room: str
    tentative: frozenset[str] = frozenset()


def mark(*parts: object) -> str:
    """Return a stable identifier of what is given."""
    return hashlib.md5("|".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def fold(line: str) -> list[str]:
    """Cut a line into pieces of 75 octets, each further one behind a space, and never inside a character."""
    pieces, piece = [], b""
    for character in line:
        encoded = character.encode()
        if len(piece) + len(encoded) > FOLD_OCTETS:
            pieces.append(piece.decode())
            piece = b" "
        piece += encoded
    return [*pieces, piece.decode()]


def text(value: str) -> str:
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def day(of: date) -> str:
    return f"{of:%Y%m%d}"


def _span(stay: Mapping[str, Any]) -> tuple[date, date]:
    return date.fromisoformat(stay["arrival"]), date.fromisoformat(stay["departure"])


def _event(*lines: str) -> list[str]:
    return ["BEGIN:VEVENT", *lines, "END:VEVENT"]


def _status(stay: Mapping[str, Any]) -> list[str]:
    return ["STATUS:CANCELLED"] if stay["status"] == "cancelled" else []


def airbnb(shown: Shown, settings: Mapping[str, Any], stamp: str) -> Iterable[str]:
    """DTEND before DTSTART, folded addresses; a stay keeps its UID when its dates change, a rolling block never does."""
    old = settings["old"]
    yield (
        "PRODID;X-RICAL-TZSOURCE=TZINFO:-//Airbnb Inc//Hosting Calendar 0.8.8//EN"
        if old
        else "PRODID:-//Airbnb Inc//Hosting Calendar 1.0//EN"
    )
    yield from ("CALSCALE:GREGORIAN", "VERSION:2.0")
    stamped = [] if old else [f"DTSTAMP:{stamp}"]
    for stay in shown.stays:
        first, last = _span(stay)
        code, phone = stay["reservation"], "".join(filter(str.isdigit, stay["booker"]["phone"]))[-4:]
        address = f"https://www.airbnb.com/hosting/reservations/details/{code}"
        yield from _event(
            *stamped, f"DTEND;VALUE=DATE:{day(last)}", f"DTSTART;VALUE=DATE:{day(first)}",
            f"UID:1418fb94e984-{mark(code)}@airbnb.com",
            f"DESCRIPTION:Reservation URL: {address}\\nPhone Number (Last 4 Digits): {phone}",
            "SUMMARY:Reserved", *_status(stay),
        )  # fmt: skip
    rolling = _rolling(shown, settings)
    for first, last in (*shown.closed, *rolling):
        # A block from a rule begins or ends another day each day, and is another event then.
        name = mark(shown.room, first, last, shown.today if (first, last) in rolling else "")
        yield from _event(
            *stamped, f"DTEND;VALUE=DATE:{day(last)}", f"DTSTART;VALUE=DATE:{day(first)}",
            f"UID:6fec1092d3fa-{name}@airbnb.com", "SUMMARY:Airbnb (Not available)",
        )  # fmt: skip


def _rolling(shown: Shown, settings: Mapping[str, Any]) -> list[tuple[date, date]]:
    notice, window, today = int(settings["notice_days"]), int(settings["window_days"]), shown.today
    blocks = [(today, today + timedelta(days=notice))] if notice else []
    if window:
        blocks.append((today + timedelta(days=window), today + timedelta(days=365)))
    return blocks


def booking(shown: Shown, settings: Mapping[str, Any], stamp: str) -> Iterable[str]:
    """Stays and closures look alike; a stay that runs begins today, each day under another UID."""
    yield from (
        "VERSION:2.0",
        "PRODID:-//admin.booking.com\\, b.v.//NONSGML v1.0//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    )
    spans = [(*_span(stay), _status(stay)) for stay in shown.stays]
    spans += [(first, last, []) for first, last in (*shown.closed, *_rolling(shown, settings))]
    for first, last, status in sorted(spans):
        begins = max(first, shown.today)
        yield from _event(
            f"DTSTAMP:{stamp}", f"DTSTART;VALUE=DATE:{day(begins)}", f"DTEND;VALUE=DATE:{day(last)}",
            f"UID:{mark(shown.room, begins, last)}@booking.com", "SUMMARY:CLOSED - Not available", *status,
        )  # fmt: skip


def vrbo(shown: Shown, settings: Mapping[str, Any], stamp: str) -> Iterable[str]:
    """Summaries in the owner's language, with the guest's name; stays that are not sure are in there, too."""
    reserved, tentative, closed = VRBO_WORDS[settings["language"]]
    yield from ("VERSION:2.0", "CALSCALE:GREGORIAN", "PRODID:-//HomeAway.com, Inc.//EN")
    if settings["zone"]:
        yield from ZONE
    for stay in shown.stays:
        word = tentative if stay["reservation"] in shown.tentative else reserved
        yield from _vrbo_event(
            _span(stay), f"{word} - {stay['booker']['name']}", stay["reservation"], settings, stamp, _status(stay)
        )
    for span in (*shown.closed, *_rolling(shown, settings)):
        yield from _vrbo_event(span, closed, mark(shown.room, *span), settings, stamp, [])


def _vrbo_event(
    span: tuple[date, date], summary: str, key: str, settings: Mapping[str, Any], stamp: str, more: list[str]
) -> list[str]:
    first, last = span
    ends = f"DURATION:P{(last - first).days}D" if settings["duration"] else f"DTEND;VALUE=DATE:{day(last)}"
    name = uuid.uuid5(uuid.NAMESPACE_URL, key)
    return _event(
        f"UID:{name}", f"DTSTAMP:{stamp}", f"DTSTART;VALUE=DATE:{day(first)}", ends, f"SUMMARY:{text(summary)}", *more
    )


def smoobu(shown: Shown, settings: Mapping[str, Any], stamp: str) -> Iterable[str]:
    """Three events for a stay: who comes, who goes, and the stay. Ours: how they are written."""
    yield from ("VERSION:2.0", "PRODID:-//Smoobu//Calendar//EN", "CALSCALE:GREGORIAN")
    for stay in shown.stays:
        first, last = _span(stay)
        guest, code = f"{stay['booker']['name']} {stay['booker']['surname']}", stay["reservation"]
        for word, when, hour in (("Check-in", first, 15), ("Check-out", last, 10)):
            yield from _event(
                f"UID:{code}-{word.lower()}@smoobu.com", f"DTSTAMP:{stamp}", f"DTSTART:{day(when)}T{hour}0000",
                f"DTEND:{day(when)}T{hour + 1}0000", f"SUMMARY:{text(f'{word} {guest}')}", *_status(stay),
            )  # fmt: skip
        yield from _event(
            f"UID:{code}@smoobu.com", f"DTSTAMP:{stamp}", f"DTSTART;VALUE=DATE:{day(first)}",
            f"DTEND;VALUE=DATE:{day(last)}", f"SUMMARY:{text(guest)}", *_status(stay),
        )  # fmt: skip
    for first, last in (*shown.closed, *_rolling(shown, settings)):
        yield from _event(
            f"UID:{mark(shown.room, first, last)}@smoobu.com", f"DTSTAMP:{stamp}", f"DTSTART;VALUE=DATE:{day(first)}",
            f"DTEND;VALUE=DATE:{day(last)}", "SUMMARY:Blocked",
        )  # fmt: skip


BRANDS = {"airbnb": airbnb, "booking": booking, "vrbo": vrbo, "smoobu": smoobu}
NEWLINES = {"airbnb": "crlf", "booking": "lf", "vrbo": "crlf", "smoobu": "crlf"}


def feed(brand: str, shown: Shown, settings: Mapping[str, Any], now: int) -> bytes:
    """Return a whole calendar."""
    stamp = f"{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}"
    lines = ["BEGIN:VCALENDAR", *BRANDS[brand](shown, settings, stamp), "END:VCALENDAR"]
    newline = "\r\n" if (settings["newline"] or NEWLINES[brand]) == "crlf" else "\n"
    return "".join(piece + newline for line in lines for piece in fold(line)).encode()


def runs(nights: Iterable[date]) -> list[tuple[date, date]]:
    """Return spans, end excluded, that cover the nights."""
    spans: list[tuple[date, date]] = []
    for night in sorted(set(nights)):
        if spans and spans[-1][1] == night:
            spans[-1] = (spans[-1][0], night + timedelta(days=1))
        else:
            spans.append((night, night + timedelta(days=1)))
    return spans
