"""What the clock does for channels besides the worker: a fallback for it, what the day changes, and tidying up."""

from datetime import timedelta

import structlog
from django.db.models import Q
from django.utils import timezone

from channels.adapters.base import ChannelError
from channels.connections.enums import State
from channels.connections.models import Connection
from channels.connections.services import channels_allowed, facts_of
from channels.sync.alerting import alert
from channels.sync.cards import cards_look
from channels.sync.comparing import compare
from channels.sync.due import pulls_due, sends_due, standings_make
from channels.sync.logging import log_forget
from channels.sync.marking import mark
from channels.sync.pulling import letters_forget, pull
from channels.sync.pushing import push
from channels.sync.queue import apply_waiting
from channels.sync.standing import is_being_read

logger = structlog.get_logger(__name__)

#: Each connection is read back so often.
COMPARED_EVERY = timedelta(hours=6)
#: What is so near may have become too late to book (LEAD_HOURS_MIN, a plan's days ahead).
NEAR_DAYS = 14


def sweep() -> int:
    """Give every connection that is due its turn: for houses where no channel worker runs, or while it is away."""
    if not channels_allowed():
        return 0
    standings_make()
    now = timezone.now()
    for connection_id in Connection.objects.exclude(state=State.DRAFT).values_list("pk", flat=True):
        if not is_being_read(connection_id, now=now):
            apply_waiting(connection_id=connection_id, now=now)
    # The worker has taken what is due for longer than a moment: the sweep stays out of its way.
    late = now - timedelta(seconds=20)
    return sum(push(each) for each in sends_due(now=late)) + sum(pull(each) for each in pulls_due(now=late))


def look_near() -> None:
    """Have the next days looked at: the hour alone closes what can no longer be booked."""
    for connection in Connection.objects.filter(state=State.LIVE).select_related("property"):
        today = connection.property.business_date
        mark(connection_row=connection, first=today, until=today + timedelta(days=NEAR_DAYS))


def look_at_cards() -> int:
    """Say of virtual cards that they can be charged by now; return how many there are."""
    rows = Connection.objects.exclude(state=State.DRAFT).select_related("property")
    return sum(cards_look(connection=connection, now=timezone.now()) for connection in rows)


def compare_channels() -> int:
    """Read back the connections whose turn it is, and repair what differs; return how many values differed."""
    due = Q(standing__compared_at=None) | Q(standing__compared_at__lt=timezone.now() - COMPARED_EVERY)
    rows = Connection.objects.filter(due, state=State.LIVE, standing__locked_out_at=None, standing__failures=0)
    count = 0
    for connection in rows.select_related("property"):
        if not facts_of(connection).reads_back:
            continue
        try:
            found = compare(connection)
        except ChannelError as error:
            logger.warning("channel_not_read_back", connection=connection.code, code=error.code)
            continue
        if found is not None and found.count:
            logger.warning("channel_differs", connection=connection.code, values=found.count)
            count += found.count
    return count


def alert_people() -> int:
    """Tell people of connections that have failed for a while; return how many letters were written."""
    return sum(
        alert(connection, now=timezone.now())
        for connection in Connection.objects.exclude(state=State.DRAFT).select_related("property", "standing")
    )


def forget() -> None:
    """Delete what is old: the log after a month, letters after three."""
    now = timezone.now()
    log_forget(now=now)
    letters_forget(now=now)
