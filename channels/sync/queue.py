"""Messages that wait to be applied: which is next, in whose hands it is, and what becomes of it.

Any number of hands take them at once, in any number of processes (docs/channels.md). A message is taken by the lock of its
row, which nobody waits for and which whoever dies lets go of; only the oldest one of a booking may be taken, so that what a
channel says of one booking is applied in its order.
"""

import time
from collections.abc import Callable
from concurrent.futures import Executor, wait
from contextvars import copy_context
from datetime import datetime
from functools import partial

import structlog
from django.db import DatabaseError, close_old_connections, transaction
from django.db import connection as db
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from channels.connections.models import Connection
from channels.sync.applying import message_apply
from channels.sync.cases import case_open
from channels.sync.enums import CaseKind, MessageState
from channels.sync.models import BookingMessage
from channels.sync.requests import Links
from channels.sync.standing import is_being_read
from pms.kernel.errors import Busy, DomainError, Invalid
from pms.kernel.locking import lock_next, lock_one, retried
from pms.kernel.retrying import retry_at
from pms.kernel.tenancy import current_schema, inside

logger = structlog.get_logger(__name__)

#: So many messages that wait are worth several hands; and so many hands each process has: more only wait for one another.
MANY = 8
HANDS = 3
#: Each hand applies so many at a time; then the turn to read is extended.
LOT = 30
#: How long to wait before looking again, where others are at all that is left, and for how long they are waited for.
GLANCE_SECONDS = 0.05
PATIENCE_SECONDS = 20.0
#: Who helps goes when nothing has come for so long.
IDLE_SECONDS = 2.0
#: After so many attempts a message is put aside for a person: about ten minutes.
MOST_ATTEMPTS = 8


def apply(message: BookingMessage, *, now: datetime) -> bool:
    """Apply a message that waits; return whether it is done. A refusal of the house is kept with it and tried again.

    Locks the message, then as applying does.
    """
    return _attempt(lambda: lock_one(BookingMessage.objects.filter(pk=message.pk)), now, None) is True


def apply_waiting(
    *, connection_id: int, now: datetime, hands: Executor | None = None, after_lot: Callable[[], None] = lambda: None
) -> int:
    """Apply the messages of a connection that wait, oldest first; return how many are done.

    With `hands` several at once where there are many, each in a transaction and on a connection of its own. Those that
    others are at are waited for. `after_lot` is called now and then, and may raise to end it there.
    """
    done, patient_until = 0, time.monotonic() + PATIENCE_SECONDS
    while many := _due(connection_id, now)[:MANY].count():
        tried, applied = _apply_lot(connection_id, now, hands if many == MANY else None)
        done += applied
        after_lot()
        if tried:
            patient_until = time.monotonic() + PATIENCE_SECONDS
        elif time.monotonic() > patient_until:
            break
        else:
            time.sleep(GLANCE_SECONDS)
    return done


def help_apply(
    connection_id: int, *, stopped: Callable[[], bool], hands: Executor, clock: Callable[[], datetime] = timezone.now
) -> int:
    """Apply what waits at a connection that somebody else reads, for as long as that goes on; return how many are done."""
    done, idle_since = 0, time.monotonic()
    while not stopped() and is_being_read(connection_id, now=clock()):
        tried, applied = _apply_lot(connection_id, clock(), hands)
        done += applied
        if tried:
            idle_since = time.monotonic()
        elif time.monotonic() - idle_since > IDLE_SECONDS:
            break
        else:
            time.sleep(GLANCE_SECONDS)
    return done


def _due(connection_id: int, now: datetime) -> QuerySet[BookingMessage]:
    waiting = BookingMessage.objects.filter(state=MessageState.WAITING, next_attempt_at__lte=now)
    return waiting.filter(connection_id=connection_id)


def _apply_lot(connection_id: int, now: datetime, hands: Executor | None) -> tuple[int, int]:
    """Apply some of what waits; return how many were tried and how many are done.

    The first failure of a hand is raised once all have ended: nobody works on without a turn.
    """
    related = ("property", "company", "fallback_type", "fallback_plan")
    links = Links(Connection.objects.select_related(*related).get(pk=connection_id))
    if hands is None:
        return _apply_some(links, now)
    work = partial(_apply_elsewhere, current_schema(), links, now)
    begun = [hands.submit(copy_context().run, work) for _ in range(HANDS)]
    wait(begun)
    counts = [each.result() for each in begun]
    return sum(tried for tried, _ in counts), sum(done for _, done in counts)


def _apply_elsewhere(schema: str, links: Links, now: datetime) -> tuple[int, int]:
    close_old_connections()
    try:
        with inside(schema):
            return _apply_some(links, now)
    finally:
        db.close()


def _apply_some(links: Links, now: datetime) -> tuple[int, int]:
    connection_id, done = links.connection.pk, 0
    for tried in range(LOT):
        found = _attempt(partial(_next, connection_id, now), now, links)
        if found is None:
            return tried, done
        done += found
    return LOT, done


def _next(connection_id: int, now: datetime) -> BookingMessage | None:
    """Lock the next message that nobody is at and return it: never one while an older one of its booking is due.

    One that somebody is at waits still, as far as anybody else can see, until that is committed.
    """
    older = _due(connection_id, now).filter(external_id=OuterRef("external_id"), pk__lt=OuterRef("pk"))
    return lock_next(_due(connection_id, now).filter(~Exists(older)).order_by("next_attempt_at", "pk"))


def _attempt(take: Callable[[], BookingMessage | None], now: datetime, links: Links | None) -> bool | None:
    """Apply the message that is taken; return whether it is done, None where none is to be had.

    What the house refuses is kept with it and tried again, later each time. What went wrong on our side as well, and is
    raised besides: the others do not wait behind it.
    """
    found = _attempt_once(take, now, links)
    if isinstance(found, Exception):
        raise found
    return found


@retried
@transaction.atomic
def _attempt_once(
    take: Callable[[], BookingMessage | None], now: datetime, links: Links | None
) -> bool | Exception | None:
    row = take()
    if row is None or row.state != MessageState.WAITING:
        return None if row is None else True
    try:
        with transaction.atomic():
            message_apply(links or Links(row.connection), row, now)
    except DomainError as refusal:
        _failed(row.pk, refusal, now)
        return False
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - it is raised once that it failed is written down
        _failed(row.pk, Invalid("broken", "Something went wrong on our side; the log says what."), now)
        return error
    return True


def _failed(message_id: int, refusal: DomainError, now: datetime) -> None:
    message = BookingMessage.objects.select_related("connection").get(pk=message_id)
    attempts = message.attempts + 1
    parked = attempts >= MOST_ATTEMPTS and not isinstance(refusal, Busy)
    BookingMessage.objects.filter(pk=message_id).update(
        attempts=min(attempts, 1000),
        error=f"{refusal.code}: {refusal.message}",
        next_attempt_at=retry_at(attempts=min(attempts, 12), now=now),
        state=MessageState.PARKED if parked else MessageState.WAITING,
        acknowledge_again_at=now,
    )
    if attempts >= 2 or parked:
        case_open(
            connection=message.connection,
            kind=CaseKind.UNREADABLE,
            subject=f"message {message_id}",
            words=f"Booking {message.external_id} could not be taken: {refusal.message}",
            now=now,
            message=message,
            details={"code": refusal.code},
        )
    logger.warning("channel_message_refused", message=message_id, code=refusal.code, parked=parked)
