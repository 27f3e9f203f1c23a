"""Jobs: thin, idempotent, inside the organization already. What is due stands in the database."""

import structlog
from django.db.models import Q
from django.utils import timezone

from channels.calendars.alerting import alert
from channels.calendars.enums import FeedState
from channels.calendars.models import CalendarFeed
from channels.calendars.services import feed_fetch
from channels.calendars.services.feeds import FETCH_JOB
from pms.kernel.jobs import enqueue_in_tenant

logger = structlog.get_logger(__name__)

SWEEP_LIMIT = 500


def sweep() -> int:
    """Enqueue every feed that is due and that nobody is reading; return how many."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    due = CalendarFeed.objects.filter(free, state=FeedState.LIVE, next_fetch_at__lte=now).order_by("next_fetch_at")
    codes = list(due.values_list("code", flat=True)[:SWEEP_LIMIT])
    for code in codes:
        enqueue_in_tenant(FETCH_JOB, code=str(code))
    return len(codes)


def fetch(code: str) -> str:
    """Read the feed with this code if it is due; return what came of it."""
    feed = CalendarFeed.objects.filter(code=code).first()
    if feed is None:
        logger.warning("calendar_missing", feed=code)
        return ""
    if feed.state == FeedState.LIVE and feed.next_fetch_at is not None and feed.next_fetch_at > timezone.now():
        return "not_due"
    outcome = feed_fetch(feed=feed)
    logger.info("calendar_read", feed=code, outcome=outcome)
    return outcome


def alert_people() -> int:
    """Tell people of live calendars that are not read any more, and of those that are again; return how many letters went."""
    feeds = CalendarFeed.objects.filter(state=FeedState.LIVE).select_related("property")
    return sum(alert(feed, now=timezone.now()) for feed in feeds)
