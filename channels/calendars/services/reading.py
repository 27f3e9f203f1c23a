"""Reading a feed: fetched by one worker at a time, believed only as a whole, then taken event by event."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import uniform
from uuid import uuid4

from django.db.models import Q
from django.utils import timezone

from bookings.lifecycle.services.requests import FARTHEST_DAYS
from channels.adapters.ical.dialects import Dialect, Entry, dialect_of, entries_of
from channels.adapters.ical.reading import Calendar, Unreadable, read
from channels.calendars.closing import closed_nights, closures_follow
from channels.calendars.echoes import Echoes
from channels.calendars.enums import Became, EventState, FeedState
from channels.calendars.fetching import FetchError, fetch
from channels.calendars.keys import address_of
from channels.calendars.matching import Told, matched
from channels.calendars.models import CalendarFeed, FeedEvent
from channels.calendars.taking import (
    Taking,
    event_absent,
    event_again,
    event_new,
    events_closed,
    events_same,
    is_stay,
    says_the_same,
)
from pms.kernel.actors import Actor, ActorKind
from pms.kernel.encryption import UndecipherableError

INTERVAL = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=6)
#: Longer than a job may run: a worker that was killed holds a feed no longer than that.
LEASE = timedelta(minutes=10)
#: In so many good calendars in a row something is missing before it is over (T70).
ABSENCES_NEEDED = 2
EMPTY = "The calendar came back empty. Nothing was freed; if it is right, say so with “Free what is gone”."


@dataclass(frozen=True, slots=True)
class Preview:
    """What a feed's calendar says now, before anything of it is taken. Entries in order, with whether each is a stay."""

    dialect: Dialect
    told: tuple[Told, ...]
    calendar: Calendar

    @property
    def stays(self) -> list[Entry]:
        """The events that would become stays."""
        return [told.entry for told in self.told if told.is_stay]

    @property
    def closed(self) -> list[Entry]:
        """The events that would close nights."""
        return [told.entry for told in self.told if not told.is_stay]


def feed_preview(*, feed: CalendarFeed) -> Preview:
    """Fetch and read a feed, and take nothing. Raises FetchError, Unreadable, each with a sentence."""
    return _read(feed, fetch(address_of(feed)).body or b"")


def feed_fetch(*, feed: CalendarFeed) -> str:
    """Fetch a live feed and take what it says; return what came of it.

    "taken", "unchanged", "failed" (the problem stands on the feed; no night is freed), "busy" (another worker has it),
    "not_live". Whatever happens, the next fetch is due some time: after a quarter of an hour, later after each failure.
    """
    lease = uuid4()
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    live = CalendarFeed.objects.filter(pk=feed.pk, state=FeedState.LIVE)
    if not live.filter(free).update(leased_until=now + LEASE, lease=lease):
        return "busy" if live.exists() else "not_live"
    held = CalendarFeed.objects.select_related(
        "property", "room_type", "unit__property", "unit__room_type", "rate_plan", "company"
    ).get(pk=feed.pk)
    try:
        outcome = _fetched(held, now)
    except (FetchError, Unreadable, UndecipherableError) as failure:
        _failed(held, now, failure)
        outcome = "failed"
    except Exception as fault:
        _failed(held, now, fault)
        raise
    finally:
        CalendarFeed.objects.filter(pk=feed.pk, lease=lease).update(leased_until=None, lease=None)
    return outcome


def _fetched(feed: CalendarFeed, now: datetime) -> str:
    # Whoever counts absences, or still has something to do, wants to see the whole calendar again.
    unsettled = Q(absences__gt=0) | Q(became__in=[Became.FAILED, Became.ECHO]) | ~Q(problem="")
    live = FeedEvent.objects.filter(feed=feed, state=EventState.LIVE, until__gt=feed.property.business_date)
    marks = {} if live.filter(unsettled).exists() else {"etag": feed.etag, "last_modified": feed.last_modified}
    answer = fetch(address_of(feed), **marks)
    actor = Actor(kind=ActorKind.CHANNEL, label=f"Calendar {feed.name}")
    problem = feed.problem if answer.body is None else ""
    if answer.body is not None:
        seen = _read(feed, answer.body)
        problem = _take(feed, seen, list(live.select_related("reservation__property")), now, actor)
        feed.read_as = seen.dialect
    closures_follow(feed=feed, wanted=closed_nights(feed), actor=actor)
    feed.etag, feed.last_modified = answer.etag or feed.etag, answer.last_modified or feed.last_modified
    if answer.body is not None:
        feed.etag, feed.last_modified = answer.etag, answer.last_modified
    feed.problem, feed.failures = problem[:300], 0
    feed.last_fetch_at = feed.last_good_at = now
    feed.next_fetch_at = now + INTERVAL * uniform(0.9, 1.1)
    feed.save(
        update_fields=[
            *("read_as", "etag", "last_modified", "problem", "failures", "asks_before_freeing"),
            *("last_fetch_at", "last_good_at", "next_fetch_at"),
        ]
    )
    return "unchanged" if answer.body is None else "taken"


def _read(feed: CalendarFeed, body: bytes) -> Preview:
    today = feed.property.business_date
    calendar = read(body, zone=feed.property.zone, first=today, until=today + timedelta(days=FARTHEST_DAYS))
    dialect = dialect_of(calendar)
    told = tuple(Told(entry, is_stay(feed, entry)) for entry in entries_of(calendar, dialect))
    return Preview(dialect, told, calendar)


def _take(feed: CalendarFeed, seen: Preview, live: list[FeedEvent], now: datetime, actor: Actor) -> str:
    """Take a whole calendar, what frees rooms before what needs them; return what is to be said of it."""
    found = matched(live, seen.told, dialect=seen.dialect)
    today = feed.property.business_date
    taking = Taking(feed=feed, now=now, today=today, actor=actor, echoes=Echoes(feed))
    empty = bool(live) and seen.calendar.total == 0
    if not empty:
        _count_absences(taking, found.absent, seen.calendar)
        # A new address whose calendar has all that we know is the old calendar.
        feed.asks_before_freeing = feed.asks_before_freeing and bool(found.absent)
    events_same(taking, [row for row, told in found.same if says_the_same(taking, row, told)])
    others = [(row, told) for row, told in found.same if not says_the_same(taking, row, told)]
    for row, told in sorted(others, key=lambda pair: _by_nights(pair[1])):
        event_again(taking, row, told)
    named = Counter(told.entry.uid for told in found.new if told.entry.uid)
    events_closed(taking, [told for told in found.new if not told.is_stay and named[told.entry.uid] <= 1])
    for told in sorted(found.new, key=_by_nights):
        if told.is_stay or named[told.entry.uid] > 1:
            event_new(taking, told)
    if empty:
        return EMPTY
    if seen.calendar.problems:
        first = seen.calendar.problems[0]
        return f"{len(seen.calendar.problems)} events cannot be read, the first in line {first.line}: {first.message}"
    return ""


def _count_absences(taking: Taking, absent: Sequence[FeedEvent], calendar: Calendar) -> None:
    """Count what is missing, but for what may be one of the events that nobody could read."""
    broken = {problem.uid for problem in calendar.problems}
    needed = None if taking.feed.asks_before_freeing else ABSENCES_NEEDED
    for row in absent:
        named = row.uid.partition("#")[0]
        if broken and (not named or "" in broken or named in broken):
            continue
        event_absent(taking, row, needed=needed)


def _by_nights(told: Told) -> tuple[date, date]:
    return told.entry.first, told.entry.until


def _failed(feed: CalendarFeed, now: datetime, failure: Exception) -> None:
    """Say what went wrong and wait longer each time; nothing else changes: no night is freed by a failure."""
    feed.failures += 1
    wait = min(INTERVAL * 2 ** min(feed.failures - 1, 10), LONGEST_WAIT)
    asked = timedelta(seconds=failure.wait_seconds) if isinstance(failure, FetchError) else timedelta()
    feed.problem = _said(failure)
    feed.last_fetch_at = now
    feed.next_fetch_at = now + max(wait * uniform(0.9, 1.1), asked)
    feed.save(update_fields=["failures", "problem", "last_fetch_at", "next_fetch_at"])


def _said(failure: Exception) -> str:
    if isinstance(failure, FetchError | Unreadable):
        return failure.message[:300]
    if isinstance(failure, UndecipherableError):
        return "The address cannot be opened any more: an encryption key was taken away. Enter it again."
    return "Something went wrong while the calendar was taken; it is tried again."
