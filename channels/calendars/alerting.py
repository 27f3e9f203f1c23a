"""Telling people that a calendar is not read any more, and when it is again."""

from datetime import datetime, timedelta
from functools import partial

from channels.calendars.enums import FeedState
from channels.calendars.models import CalendarFeed
from channels.calendars.standing import ago, is_stale
from channels.connections.alerting import About, letter_send, turn_noted

#: A calendar that fails for so long is worth a letter, however long its owner lets it be stale.
FAILING_FOR = timedelta(hours=2)
#: One failure is none: the next try comes a quarter of an hour later.
FAILURES = 2
#: A try that is late by so long was made by nobody.
LATE = timedelta(minutes=30)


def trouble_of(feed: CalendarFeed, *, now: datetime) -> str:
    """Return in one or two sentences why a live calendar counts as down at `now` (UTC); nothing where it does not."""
    since = feed.last_good_at or feed.live_at
    if feed.state != FeedState.LIVE or since is None:
        return ""
    read = f"It was last read {ago(feed.last_good_at, now)}" if feed.last_good_at else "It was never read"
    if feed.failures >= FAILURES and (now - since > FAILING_FOR or is_stale(feed, now=now)):
        return f"{read}, and {feed.failures} tries since then failed. {feed.problem}".strip()
    if is_stale(feed, now=now) and feed.next_fetch_at is not None and now - feed.next_fetch_at > LATE:
        return f"{read}, and nobody has tried since: the worker does not run."
    return ""


def alert(feed: CalendarFeed, *, now: datetime) -> int:
    """Write to the property that a calendar is down, or is read again; return how many letters were written.

    A calendar that is not live is left alone: whoever paused it knows.
    """
    if feed.state != FeedState.LIVE:
        return 0
    about = About(
        kind="calendar_feed",
        subject_type="calendar_feed",
        code=str(feed.code),
        name=f"The calendar {feed.name}",
        channel=feed.channel,
        property=feed.property,
        page="hotel:calendars_calendarfeed_changelist",
    )
    rows = CalendarFeed.objects.filter(pk=feed.pk)
    return letter_send(about, turn_noted(rows, about, trouble_of=partial(trouble_of, now=now), now=now))
