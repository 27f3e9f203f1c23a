"""One mail when something that should come by itself fails for a while, one when it works again: never the same twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Model, QuerySet
from django.urls import reverse

from guests.messaging.addresses import host_here
from pms.events.services import event_publish
from pms.kernel.addresses import address_at
from pms.kernel.locking import lock_one
from pms.properties.models import Property

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class About:
    """What an alert is about. `kind` begins its events (`channel.down`, `channel.up`), `page` is a URL's name."""

    kind: str
    subject_type: str
    code: str
    name: str
    channel: str
    property: Property
    page: str


class Watched(Protocol):
    """A row that remembers in `alerted_at` (a UTC instant) that people know of its trouble."""

    alerted_at: datetime | None


M = TypeVar("M", bound=Model)


@transaction.atomic
def turn_noted(rows: QuerySet[M], about: About, *, trouble_of: Callable[[M], str], now: datetime) -> list[str]:
    """Note that the trouble of a row (a sentence; empty for none) began or ended, with its event; return what people are
    to be told.

    Nothing where they know already. Locks the row, the only one of `rows`, which is Watched.
    """
    row = lock_one(rows)
    if row is None:
        return []
    trouble = trouble_of(row)
    if bool(trouble) == (_watched(row).alerted_at is not None):
        return []
    _watched(row).alerted_at = now if trouble else None
    row.save(update_fields=["alerted_at"])
    event_publish(
        kind=f"{about.kind}.{'down' if trouble else 'up'}",
        subject_type=about.subject_type,
        subject_code=about.code,
        payload={"property": about.property.code, "channel": about.channel, "trouble": trouble},
    )
    return [f"{about.name} does not work. {trouble}" if trouble else f"{about.name} works again."]


def letter_send(about: About, lines: Sequence[str]) -> int:
    """Write lines to the property's address; return how many letters went.

    Called after what it tells was noted: a mail may be lost with the process, the page never.
    """
    to = about.property.email
    if not lines or not to:
        return 0
    page = address_at(host=host_here(), path=reverse(about.page))
    text = "\n\n".join([*lines, f"What to do stands here: {page}"])
    subject = f"{about.property.name}: {about.name} needs you"
    EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [to]).send(fail_silently=True)
    logger.warning("channel_alerted", kind=about.kind, subject=about.code, lines=len(lines))
    return 1


def _watched(row: Model) -> Watched:
    watched: Watched = row  # type: ignore[assignment]  # a model that has the field
    return watched
