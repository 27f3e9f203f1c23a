"""Telling people that a channel fails: one mail when it goes down, one when a guest has no room, never the same twice."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse

from channels.connections.enums import State
from channels.connections.models import Connection
from channels.sync.enums import CaseKind
from channels.sync.models import Case, Standing
from channels.sync.standing import DOWN_AFTER
from guests.messaging.addresses import host_here
from pms.events.services import event_publish
from pms.kernel.addresses import address_at
from pms.kernel.locking import lock_one

logger = structlog.get_logger(__name__)

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

    The facts are noted first and the letters go afterwards: a mail may be lost with the process, the page never.
    """
    if connection.state == State.DRAFT:
        return 0
    lines = [*_down(connection, now=now), *_urgent(connection, now=now)]
    to = connection.property.email
    if not lines or not to:
        return 0
    page = address_at(host=host_here(), path=reverse("desk:channels"))
    text = "\n\n".join([*lines, f"What to do stands here: {page}"])
    subject = f"{connection.property.name}: {connection.name} needs you"
    EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [to]).send(fail_silently=True)
    logger.warning("channel_alerted", connection=connection.code, lines=len(lines))
    return 1


@transaction.atomic
def _down(connection: Connection, *, now: datetime) -> list[str]:
    standing = lock_one(Standing.objects.filter(connection=connection))
    if standing is None or connection.state != State.LIVE:
        return []
    trouble = trouble_of(standing, now=now)
    if bool(trouble) == (standing.alerted_at is not None):
        return []
    standing.alerted_at = now if trouble else None
    standing.save(update_fields=["alerted_at"])
    event_publish(
        kind="channel.down" if trouble else "channel.up",
        subject_type="connection",
        subject_code=connection.code,
        payload={"property": connection.property.code, "channel": connection.adapter, "trouble": trouble},
    )
    if not trouble:
        return [f"{connection.name} works again."]
    return [f"{connection.name} does not work. {trouble}"]


@transaction.atomic
def _urgent(connection: Connection, *, now: datetime) -> list[str]:
    fresh = Case.objects.filter(connection=connection, kind__in=URGENT, resolved_at=None, alerted_at=None)
    words = list(fresh.order_by("pk").values_list("words", flat=True))
    fresh.update(alerted_at=now)
    return words
