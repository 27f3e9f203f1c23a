"""A calendar as somebody sent it: whole or refused, its events as nights of the property.

Checked against real feeds and RFC 5545: DTEND is exclusive (T8, T70); an event without an end, or that ends as it begins,
is one night; what is wrong with one event is said of that event alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from channels.adapters.ical.lines import Line, content_lines, plain
from channels.adapters.ical.recurring import Budget, UnreadableRuleError, occurrences, rule_of
from channels.adapters.ical.times import Moment, UnreadableTimeError, duration_of, moment_in, moment_of

#: The longest calendar that is read, in bytes, the most events, and how deep components may lie in each other.
MOST_BYTES = 5 * 1024 * 1024
MOST_EVENTS = 20_000
MOST_DEPTH = 8
#: So many characters of a text of an event are kept.
MOST_TEXT = 500
MOST_UID = 255
DAY = timedelta(days=1)


class Unreadable(Exception):
    """It is no whole calendar, so nothing of it counts; `message` is a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about one event that nobody can read; `uid` where it has one."""

    uid: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Event:
    """One event over the nights [first, until). `uid` is empty where the calendar gives one to several events.

    An occurrence of a recurring event has "#" and its own day behind the event's UID.
    """

    uid: str
    first: date
    until: date
    summary: str = ""
    description: str = ""
    status: str = ""
    transparent: bool = False
    sequence: int = 0
    all_day: bool = True


@dataclass(frozen=True, slots=True)
class Calendar:
    """What was read: events that touch the window asked for, in order, and what could not be read."""

    product: str
    events: tuple[Event, ...]
    problems: tuple[Problem, ...]
    #: How many events there were in all, those out of the window and broken ones too.
    total: int


@dataclass(slots=True)
class _Raw:
    """The lines of one VEVENT that matter: the first of each name, and all of those that may stand several times."""

    line: int
    single: dict[str, Line] = field(default_factory=dict)
    several: list[Line] = field(default_factory=list)

    def text(self, name: str, most: int = MOST_TEXT) -> str:
        found = self.single.get(name)
        return plain(found.value)[:most] if found else ""


_SINGLE = frozenset(
    {
        *("UID", "DTSTART", "DTEND", "DURATION", "SUMMARY", "DESCRIPTION", "STATUS", "TRANSP", "SEQUENCE", "RRULE"),
        "RECURRENCE-ID",
    }
)
_SEVERAL = frozenset({"EXDATE", "RDATE"})
_EVENT = ["VCALENDAR", "VEVENT"]


def read(body: bytes, *, zone: ZoneInfo, first: date, until: date) -> Calendar:
    """Read a calendar for a property in `zone`; events that touch no night of [first, until) are counted and left out.

    Raises Unreadable `too_long`, `not_a_calendar`, `torn`, `too_many`: then nothing of it may be believed.
    """
    if len(body) > MOST_BYTES:
        raise Unreadable("too_long", f"The calendar is longer than {MOST_BYTES // 1024 // 1024} MB.")
    structure = _Structure()
    for line in content_lines(body):
        structure.take(line)
    structure.finish()
    reader = _Reader(zone=zone, first=first, until=until)
    for raw in structure.raws:
        reader.take(raw)
    return Calendar(
        product=structure.product,
        events=tuple(sorted(_told_apart(reader.finished()), key=lambda event: (event.first, event.until, event.uid))),
        problems=tuple(reader.problems),
        total=len(structure.raws),
    )


class _Structure:
    """Follows BEGIN and END through a stream of calendars, and gathers the events."""

    def __init__(self) -> None:
        self.product = ""
        self.raws: list[_Raw] = []
        self._open: list[str] = []
        self._closed = 0

    def take(self, line: Line) -> None:
        """Take the next line. Raises Unreadable."""
        if line.name == "BEGIN":
            self._begin(line)
        elif line.name == "END":
            if not self._open or self._open.pop() != line.value.strip().upper():
                raise Unreadable("torn", "The calendar is torn: it closes what it did not open.")
            self._closed += not self._open
        elif not self._open:
            self._refuse_unless(self._closed > 0)
        elif len(self._open) == 1:
            if line.name == "PRODID" and not self.product:
                self.product = plain(line.value)[:MOST_TEXT]
        elif self._open == _EVENT:  # an alarm inside has a summary and a start of its own
            self._gather(line)

    def finish(self) -> None:
        """Say that there are no more lines. Raises Unreadable unless all that was opened is closed."""
        if self._open:
            raise Unreadable("torn", "The calendar breaks off before its end.")
        self._refuse_unless(self._closed > 0)

    def _begin(self, line: Line) -> None:
        self._open.append(line.value.strip().upper())
        self._refuse_unless(self._open[0] == "VCALENDAR" and len(self._open) <= MOST_DEPTH)
        if self._open == _EVENT:
            self.raws.append(_Raw(line.number))
            if len(self.raws) > MOST_EVENTS:
                raise Unreadable("too_many", f"The calendar has more than {MOST_EVENTS:,} events.")

    def _gather(self, line: Line) -> None:
        if line.name in _SINGLE:
            self.raws[-1].single.setdefault(line.name, line)
        elif line.name in _SEVERAL:
            self.raws[-1].several.append(line)

    @staticmethod
    def _refuse_unless(is_calendar: bool) -> None:
        if not is_calendar:
            raise Unreadable("not_a_calendar", "What came is not a calendar.")


class _Reader:
    """Turns the components of one calendar into events, and keeps what went wrong."""

    def __init__(self, *, zone: ZoneInfo, first: date, until: date) -> None:
        self.zone, self.first, self.until = zone, first, until
        self.problems: list[Problem] = []
        self._budget = Budget()
        self._events: list[Event] = []
        #: Occurrences that an event of their own replaces, by the UID of the occurrence.
        self._replaced: set[str] = set()
        self._repeated: list[Event] = []

    def take(self, raw: _Raw) -> None:
        """Read one component."""
        uid = raw.text("UID", MOST_UID)
        try:
            if not uid:
                raise UnreadableTimeError("An event has no UID.")
            self._read(raw, uid)
        except (UnreadableTimeError, UnreadableRuleError) as error:
            self.problems.append(Problem(uid, raw.line, str(error)))
        except OverflowError:
            self.problems.append(Problem(uid, raw.line, "An event lies beyond the calendar of people."))

    def finished(self) -> Iterator[Event]:
        """Yield every event, those of rules without the ones that were replaced."""
        yield from self._events
        yield from (event for event in self._repeated if event.uid not in self._replaced)

    def _read(self, raw: _Raw, uid: str) -> None:
        start, first, until = self._nights(raw)
        sequence = raw.text("SEQUENCE", 9)
        event = Event(
            uid=uid,
            first=first,
            until=until,
            summary=raw.text("SUMMARY"),
            description=raw.text("DESCRIPTION"),
            status=raw.text("STATUS", 20).upper(),
            transparent=raw.text("TRANSP", 20).upper() == "TRANSPARENT",
            sequence=int(sequence) if sequence.isascii() and sequence.isdigit() else 0,
            all_day=start.instant is None,
        )
        replaces = raw.single.get("RECURRENCE-ID")
        if replaces is not None:
            occurrence = f"{uid}#{moment_of(replaces, self.zone).here:%Y%m%d}"
            self._replaced.add(occurrence)
            self._keep(replace(event, uid=occurrence))
        elif "RRULE" in raw.single or any(line.name == "RDATE" for line in raw.several):
            self._repeat(raw, event, start)
        else:
            self._keep(event)

    def _keep(self, event: Event) -> None:
        if event.first < self.until and event.until > self.first:
            self._events.append(event)

    def _nights(self, raw: _Raw) -> tuple[Moment, date, date]:
        if "DTSTART" not in raw.single:
            raise UnreadableTimeError("An event has no start.")
        start = moment_of(raw.single["DTSTART"], self.zone)
        end = start.here
        if "DTEND" in raw.single:
            ends = moment_of(raw.single["DTEND"], self.zone)
            both = ends.instant is not None and start.instant is not None
            if ends.here < start.here or (both and ends.instant < start.instant):  # type: ignore[operator]
                raise UnreadableTimeError("An event ends before it begins.")
            end = ends.here
        elif "DURATION" in raw.single:
            length = duration_of(raw.single["DURATION"].value)
            if start.instant is None:
                end = start.here + timedelta(days=-(-length // DAY))
            else:
                end = (start.instant + length).astimezone(self.zone).date()
        return start, start.here, max(end, start.here + DAY)

    def _repeat(self, raw: _Raw, event: Event, start: Moment) -> None:
        """Lay the occurrences of a repeated event into the window; they keep its length and its shift to the property."""
        length, shift = event.until - event.first, event.first - start.day
        # Far beyond any night that is asked for there is no arithmetic to be done.
        reach = min(length, timedelta(days=3660))
        first, until = self.first - shift - reach, self.until - shift
        days = {start.day}
        if "RRULE" in raw.single:
            rule = rule_of(raw.single["RRULE"].value)
            days = set(occurrences(rule, start.day, first=first, until=until, budget=self._budget))
        days |= set(self._listed(raw, "RDATE", shift))
        days -= set(self._listed(raw, "EXDATE", shift))
        for day in days:
            begins = day + shift
            if begins < self.until and begins + length > self.first:
                name = f"{event.uid}#{begins:%Y%m%d}"
                self._repeated.append(replace(event, uid=name, first=begins, until=begins + length))

    def _listed(self, raw: _Raw, name: str, shift: timedelta) -> Iterator[date]:
        """Yield the days that a list names, as the event's own zone writes them."""
        for line in raw.several:
            if line.name == name:
                for value in line.value.split(","):
                    self._budget.spend(1)
                    # A period is its start and its end or length; the start counts.
                    moment = moment_in(value.partition("/")[0], line.parameters.get("TZID", ""), self.zone)
                    yield moment.day if moment.instant is None else moment.here - shift


def _told_apart(events: Iterator[Event]) -> Iterator[Event]:
    """Yield each event once: of several with one UID the latest revision; equals that are no revisions lose the UID."""
    by_uid: dict[str, list[Event]] = {}
    for event in events:
        by_uid.setdefault(event.uid, []).append(event)
    for found in by_uid.values():
        latest = max(event.sequence for event in found)
        kept = list(dict.fromkeys(event for event in found if event.sequence == latest))
        alone: Callable[[Event], Event] = (lambda event: event) if len(kept) == 1 else _nameless
        yield from map(alone, kept)


def _nameless(event: Event) -> Event:
    return replace(event, uid="")
