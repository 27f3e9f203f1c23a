"""Telling people that a channel fails: when it goes down and when it works again, and when a guest has no room."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from channels.connections.alerting import About, letter_send, turn_noted
from channels.connections.enums import State
from channels.connections.models import Connection
from channels.sync.enums import CaseKind
from channels.sync.models import Case, Standing
from channels.sync.standing import DOWN_AFTER

#: A channel that was not told or not read for so long is down, whatever it answered.
SILENT_FOR = timedelta(minutes=30)
#: What cannot wait until somebody looks at the page.
URGENT = (CaseKind.OVERBOOKED, CaseKind.UNMAPPED_ROOM, CaseKind.UNREADABLE)


def trouble_of(standing: Standing, *, now: datetime) -> str:
    """Return in one sentence why a connection counts as down; nothing where it does not."""
    if standing.locked_out_at is not None:
        return f"The channel refuses our keys: {standing.error_words}"
    if standing.failures >= DOWN_AFTER:
        return f"{standing.failures} messages in a row were not taken: {standing.error_words}"
    if standing.pull_failures >= DOWN_AFTER:
        return f"Bookings could not be read {standing.pull_failures} times in a row: {standing.error_words}"
    since = standing.pulled_at
    if since is not None and now - since > SILENT_FOR:
        minutes = int((now - since).total_seconds() // 60)
        return f"Bookings were last read {minutes} minutes ago."
    return ""


def alert(connection: Connection, *, now: datetime) -> int:
    """Write to the property what is new about a connection that is not well; return how many letters were written.

    The facts are noted first and the letters go afterwards.
    """
    if connection.state == State.DRAFT:
        return 0
    about = About(
        kind="channel",
        subject_type="connection",
        code=connection.code,
        name=connection.name,
        channel=connection.adapter,
        property=connection.property,
        page="desk:channels",
    )
    return letter_send(about, [*_turned(connection, about, now=now), *_urgent(connection, now=now)])


def _turned(connection: Connection, about: About, *, now: datetime) -> list[str]:
    if connection.state != State.LIVE:
        return []
    rows = Standing.objects.filter(connection=connection)
    return turn_noted(rows, about, trouble_of=partial(trouble_of, now=now), now=now)


@transaction.atomic
def _urgent(connection: Connection, *, now: datetime) -> list[str]:
    fresh = Case.objects.filter(connection=connection, kind__in=URGENT, resolved_at=None, alerted_at=None)
    words = list(fresh.order_by("pk").values_list("words", flat=True))
    fresh.update(alerted_at=now)
    return words
