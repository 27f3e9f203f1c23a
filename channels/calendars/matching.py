"""Which event of a calendar is which of those we know: one stay stays one stay, whatever its UID does (T70).

By UID where it is an identity; else by nights that overlap and end on the same day, since a channel that cuts off the
past moves the first night every day; else by nights that begin on the same day, since an event that was changed may get
another UID. Pure.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from channels.adapters.ical.dialects import Dialect, Entry, Kind
from channels.calendars.enums import Became
from channels.calendars.models import FeedEvent

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Told:
    """An event with what it is to us: a stay of somebody, or closed nights."""

    entry: Entry
    is_stay: bool


@dataclass(slots=True)
class Matching:
    """Events that are known, events that are new, and what is known but no longer told."""

    same: list[tuple[FeedEvent, Told]] = field(default_factory=list)
    new: list[Told] = field(default_factory=list)
    absent: list[FeedEvent] = field(default_factory=list)


def matched(known: Sequence[FeedEvent], told: Sequence[Told], *, dialect: Dialect) -> Matching:
    """Match the live events of a feed with what its calendar says now; linear but for the sorting."""
    found = Matching()
    rows, rest = list(known), list(told)
    # Airbnb keeps the UID of a booking whatever changes: another UID is another guest.
    uid_decides = dialect is Dialect.AIRBNB
    rows, rest = _pair(found, rows, rest, lambda uid, _first, _until: uid or None, uid_decides=uid_decides)
    rows, rest = _pair(found, rows, rest, lambda _uid, _first, until: until, uid_decides=uid_decides)
    rows, rest = _pair(found, rows, rest, lambda _uid, first, _until: first, uid_decides=uid_decides)
    found.new, found.absent = rest, rows
    return found


_Key = Callable[[str, date, date], object]


def _pair(
    found: Matching, rows: list[FeedEvent], told: list[Told], key: _Key, *, uid_decides: bool
) -> tuple[list[FeedEvent], list[Told]]:
    """Pair what has the same key, the longest overlap first, and return what is left of both."""
    by_key: defaultdict[object, list[FeedEvent]] = defaultdict(list)
    for row in rows:
        by_key[key(row.uid, row.first, row.until)].append(row)
    left: list[Told] = []
    for one in told:
        name = key(one.entry.uid, one.entry.first, one.entry.until)
        fitting = [row for row in by_key.get(name, ()) if name is not None and _may_be(row, one, name, uid_decides)]
        if not fitting:
            left.append(one)
            continue
        best = max(fitting, key=lambda row: (_overlap(row, one.entry), -(row.pk or 0)))
        by_key[name].remove(best)
        found.same.append((best, one))
    return [row for rows_left in by_key.values() for row in rows_left], left


def _may_be(row: FeedEvent, told: Told, name: object, uid_decides: bool) -> bool:
    entry = told.entry
    if told.is_stay == (row.became == Became.CLOSED):
        # What does not say what it is stays what it was taken for, however few nights of it are left.
        return entry.kind is Kind.UNCLEAR and name == entry.until and _overlap(row, entry) > 0
    if name == entry.uid:
        return True
    if row.reference and entry.reference and row.reference != entry.reference:
        return False
    if uid_decides and row.uid and entry.uid and told.is_stay:
        return False
    return _overlap(row, entry) > 0


def _overlap(row: FeedEvent, entry: Entry) -> int:
    return (min(row.until, entry.until) - max(row.first, entry.first)).days


def first_night(row: FeedEvent, entry: Entry, *, today: date) -> date:
    """Return the first night of an event that is known: one that only lost nights already begun keeps its own.

    The channel's day may be one ahead of the property's.
    """
    drifted = row.until == entry.until and row.first < entry.first and row.first <= today
    return row.first if drifted and entry.first <= today + DAY else entry.first


def spans_of(nights: Iterable[date]) -> list[tuple[date, date]]:
    """Return nights as spans [first, until), in order."""
    spans: list[tuple[date, date]] = []
    for night in sorted(set(nights)):
        if spans and spans[-1][1] == night:
            spans[-1] = (spans[-1][0], night + DAY)
        else:
            spans.append((night, night + DAY))
    return spans
