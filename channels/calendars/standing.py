"""How calendars stand, in plain words; and what somebody should look at."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from channels.calendars.enums import EventState, FeedState
from channels.calendars.models import CalendarFeed, FeedEvent


def is_stale(feed: CalendarFeed, *, now: datetime) -> bool:
    """Return whether a live feed has not been read for longer than its owner accepts, at the UTC instant `now`."""
    since = feed.last_good_at or feed.live_at
    return feed.state == FeedState.LIVE and since is not None and now - since > timedelta(hours=feed.stale_hours)


def standing_of(feed: CalendarFeed, *, now: datetime) -> str:
    """Return how a feed stands, in one or two sentences."""
    if feed.state == FeedState.DRAFT:
        return "Not live yet: look at what it says, then let it go live."
    if feed.state == FeedState.RETIRED:
        return "Retired."
    read = f"Last read {ago(feed.last_good_at, now)}." if feed.last_good_at else "Never read yet."
    if feed.state == FeedState.PAUSED:
        return f"Paused: what it took stays. {read}"
    words = ["Stale: do not sell today's nights on it."] if is_stale(feed, now=now) else []
    words.append(read)
    if feed.failures:
        words.append(f"Failed {feed.failures} times since." if feed.failures > 1 else "The last try failed.")
    if feed.problem:
        words.append(feed.problem)
    if feed.asks_before_freeing:
        words.append("Its address or room was changed: nothing that is gone is freed until you say so.")
    return " ".join(words)


def troubled_events(feeds: QuerySet[CalendarFeed]) -> QuerySet[FeedEvent]:
    """Return the events of live feeds that need somebody: what could not be taken, changed or cancelled."""
    return FeedEvent.objects.filter(
        Q(state=EventState.LIVE) | Q(gone_at__isnull=False), feed__in=feeds.filter(state=FeedState.LIVE)
    ).exclude(problem="")


def ago(at: datetime | None, now: datetime) -> str:
    """Return how long ago an instant was, as people say it."""
    if at is None:
        return "never"
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 120:
        return f"{minutes} {'minute' if minutes == 1 else 'minutes'} ago"
    hours = minutes // 60
    return f"{hours} hours ago" if hours < 48 else f"{hours // 24} days ago"
