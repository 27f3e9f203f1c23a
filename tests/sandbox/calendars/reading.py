"""What a brand understands of somebody's calendar: which nights are taken, and what is wrong with the feed.

Written from RFC 5545 for this stand-in alone: it judges an export, so it shares no code with whoever made it.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True, slots=True)
class Taken:
    """An event that takes nights: arrival, departure (excluded), and what the feed calls it."""

    uid: str
    first: date
    last: date
    summary: str = ""

    def nights(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days)]


@dataclass(slots=True)
class Understood:
    """A whole calendar: what takes nights, and complaints about its form."""

    taken: list[Taken] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


class Unusable(Exception):
    """The body is no complete calendar: nothing may follow from it."""


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    parameters: dict[str, str]
    value: str


def understand(body: bytes, zone: str = "UTC") -> Understood:
    """Read a calendar; Unusable when it is not whole. Times are dates in the hotel's zone."""
    found = Understood()
    try:
        decoded = body.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Unusable("The body is no UTF-8.") from error
    if not decoded.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        raise Unusable("The body is no calendar.")
    if not decoded.rstrip().upper().endswith("END:VCALENDAR"):
        raise Unusable("The calendar does not end.")
    _form(decoded, found)
    lines = [_split(line) for line in re.sub(r"\r?\n[ \t]", "", decoded).splitlines() if line.strip()]
    for event in _events(lines):
        _take(event, zone, found)
    names = [taken.uid for taken in found.taken]
    if len(set(names)) < len(names):
        found.complaints.append("A UID occurs twice.")
    return found


def _form(decoded: str, found: Understood) -> None:
    if re.search(r"(?<!\r)\n", decoded):
        found.complaints.append("Lines end with LF instead of CRLF.")
    if any(len(line.encode()) > 75 for line in re.split(r"\r?\n", decoded)):
        found.complaints.append("A line is longer than 75 octets.")
    for name in ("VERSION", "PRODID"):
        if not re.search(rf"^{name}[:;]", decoded, re.MULTILINE):
            found.complaints.append(f"{name} is missing.")


def _split(line: str) -> _Line:
    head = re.match(r'((?:[^":]|"[^"]*")*):(.*)$', line)
    if not head:
        return _Line("", {}, "")
    name, *parameters = re.findall(r'(?:[^";]|"[^"]*")+', head[1])
    pairs = dict(parameter.partition("=")[::2] for parameter in parameters)
    return _Line(name.upper(), {key.upper(): value.strip('"') for key, value in pairs.items()}, head[2])


def _events(lines: list[_Line]) -> list[list[_Line]]:
    """Return the lines of each event, without those of what lies in it; Unusable for one that does not end."""
    events: list[list[_Line]] = []
    stack: list[str] = []
    for line in lines:
        if line.name == "BEGIN":
            stack.append(line.value.upper())
            if stack[-1] == "VEVENT":
                events.append([])
        elif line.name == "END":
            if not stack or stack.pop() != line.value.upper():
                raise Unusable("Something begins that does not end.")
        elif stack and stack[-1] == "VEVENT":
            events[-1].append(line)
    return events


def _take(event: list[_Line], zone: str, found: Understood) -> None:
    by_name = {line.name: line for line in reversed(event)}
    uid = by_name["UID"].value if "UID" in by_name else ""
    if not uid:
        found.complaints.append("An event has no UID.")
    if "DTSTAMP" not in by_name:
        found.complaints.append(f"{uid or 'An event'} has no DTSTAMP.")
    free = by_name["TRANSP"].value.upper() == "TRANSPARENT" if "TRANSP" in by_name else False
    gone = by_name["STATUS"].value.upper() == "CANCELLED" if "STATUS" in by_name else False
    if "DTSTART" not in by_name or free or gone:
        return
    try:
        first = _date(by_name["DTSTART"], zone)
        last = _end(by_name, first, zone)
    except ValueError as error:
        found.complaints.append(f"{uid}: {error}")
        return
    if last < first:
        found.complaints.append(f"{uid} ends before it begins.")
        return
    summary = by_name["SUMMARY"].value if "SUMMARY" in by_name else ""
    found.taken.append(Taken(uid, first, max(last, first + timedelta(days=1)), summary))


def _end(by_name: dict[str, _Line], first: date, zone: str) -> date:
    if "DTEND" in by_name:
        return _date(by_name["DTEND"], zone)
    if "DURATION" in by_name:
        length = re.fullmatch(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T.*)?", by_name["DURATION"].value)
        if not length:
            raise ValueError(f"{by_name['DURATION'].value} is no duration.")
        return first + timedelta(weeks=int(length[1] or 0), days=int(length[2] or 0))
    return first + timedelta(days=1)


def _date(line: _Line, zone: str) -> date:
    value = line.value.strip()
    if re.fullmatch(r"\d{8}", value):
        return datetime.strptime(value, "%Y%m%d").replace(tzinfo=UTC).date()
    moment = datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    if value.endswith("Z"):
        return moment.astimezone(ZoneInfo(zone)).date()
    try:
        named = ZoneInfo(line.parameters.get("TZID", zone))
    except (ZoneInfoNotFoundError, ValueError):
        named = ZoneInfo(zone)
    return moment.replace(tzinfo=named).astimezone(ZoneInfo(zone)).date()
