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
from threading import Event
from typing import Self

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
from pms.kernel.prepared import PreparedRows
from pms.kernel.retrying import retry_at
from pms.kernel.tenancy import current_schema, inside

logger = structlog.get_logger(__name__)

#: So many messages that wait are worth several hands; and so many hands each process has besides whoever reads: more only
#: wait for one another.
MANY = 8
HANDS = 2
#: So many are applied at a time; then the turn to read is extended, and what the connection maps is read anew.
LOT = 40
#: How long to wait before looking again, where others are at all that is left, and for how long they are waited for.
GLANCE_SECONDS = 0.05
PATIENCE_SECONDS = 20.0
#: Who helps looks so often whether somebody reads still, and goes when nothing has come for so long.
WATCH_SECONDS = 0.25
IDLE_SECONDS = 2.0
#: After so many attempts a message is put aside for a person: about ten minutes.
MOST_ATTEMPTS = 8


def apply(message: BookingMessage, *, now: datetime) -> bool:
    """Apply a message that waits; return whether it is done. A refusal of the house is kept with it and tried again.

    Locks the message, then as applying does.
    """
    return _attempt(lambda: lock_one(BookingMessage.objects.filter(pk=message.pk)), now, None) is True


def apply_waiting(
    *,
    connection_id: int,
    now: datetime,
    crew: "Crew | None" = None,
    leaving: int = 0,
    after_lot: Callable[[], None] = lambda: None,
) -> int:
    """Apply the messages of a connection that wait, oldest first; return how many are done here.

    Those that others are at are waited for. With a `crew`, which goes on besides, until no more than `leaving` wait.
    `after_lot` is called now and then, and may raise to end it there.
    """
    links, done, patient_until = None, 0, time.monotonic() + PATIENCE_SECONDS
    while _due(connection_id, now)[: leaving + 1].count() > leaving:
        links = links or _links(connection_id)
        tried, applied = _apply_some(links, now, most=LOT)
        done += applied
        after_lot()
        if crew is not None:
            crew.check()
        if tried or (crew is not None and crew.is_busy):
            patient_until = time.monotonic() + PATIENCE_SECONDS
        elif time.monotonic() > patient_until:
            break
        if not tried:
            time.sleep(GLANCE_SECONDS)
    return done


class Crew:
    """Hands that apply what waits at a connection, each in a thread and on a connection to the database of its own.

    They go on until the block ends: at its end with everything that is due, after a failure with what is in their hands.
    The first failure of theirs is raised once all have ended: nobody works on without a turn.
    """

    def __init__(self, connection_id: int, *, hands: Executor, clock: Callable[[], datetime]) -> None:
        self._connection_id, self._clock = connection_id, clock
        self._no_more, self._stop = Event(), Event()
        self._found_at = time.monotonic()
        schema = current_schema()
        self._begun = [hands.submit(copy_context().run, self._work, schema) for _ in range(HANDS)]

    def __enter__(self) -> Self:
        """Return itself: they are at work already."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Have all of them end; raise what made one fail unless something else went wrong already."""
        self._no_more.set()
        if kind is not None:
            self._stop.set()
        for each in self._begun:
            each.cancel()
        wait(self._begun)
        if kind is None:
            self.check()

    @property
    def is_busy(self) -> bool:
        """Whether one of them has had something to apply within the last moments."""
        return time.monotonic() - self._found_at < IDLE_SECONDS

    def check(self) -> None:
        """Raise what made one of them fail."""
        for each in self._begun:
            if each.done() and not each.cancelled():
                each.result()

    def done(self) -> int:
        """Return how many they have applied, once they have ended."""
        return sum(each.result() for each in self._begun if not each.cancelled())

    def _work(self, schema: str) -> int:
        close_old_connections()
        try:
            with inside(schema):
                return self._apply()
        finally:
            db.close()

    def _apply(self) -> int:
        done, links = 0, _links(self._connection_id)
        while not self._stop.is_set():
            is_last = self._no_more.is_set()
            tried, applied = _apply_some(links, self._clock(), most=LOT, stop=self._stop)
            done += applied
            if tried:
                self._found_at = time.monotonic()
                links = _links(self._connection_id)
            elif is_last:
                break
            else:
                self._no_more.wait(GLANCE_SECONDS)
        return done


def help_apply(
    connection_id: int, *, stopped: Callable[[], bool], hands: Executor, clock: Callable[[], datetime] = timezone.now
) -> int:
    """Apply what waits at a connection that somebody else reads, for as long as that goes on; return how many are done."""
    if not is_being_read(connection_id, now=clock()):
        return 0
    with Crew(connection_id, hands=hands, clock=clock) as crew:
        while crew.is_busy and not stopped() and is_being_read(connection_id, now=clock()):
            crew.check()
            time.sleep(WATCH_SECONDS)
    return crew.done()


def many_wait(connection_id: int, *, now: datetime) -> bool:
    """Return whether so many messages of a connection wait that several hands are worth it."""
    return _due(connection_id, now)[:MANY].count() == MANY


def _due(connection_id: int, now: datetime) -> QuerySet[BookingMessage]:
    waiting = BookingMessage.objects.filter(state=MessageState.WAITING, next_attempt_at__lte=now)
    return waiting.filter(connection_id=connection_id)


def _links(connection_id: int) -> Links:
    related = ("property", "company", "fallback_type", "fallback_plan")
    return Links(Connection.objects.select_related(*related).get(pk=connection_id))


def _apply_some(links: Links, now: datetime, *, most: int, stop: Event | None = None) -> tuple[int, int]:
    """Apply so many of what waits at most; return how many were tried and how many are done."""
    connection_id, done = links.connection.pk, 0
    for tried in range(most):
        found = None if stop is not None and stop.is_set() else _attempt(partial(_next, connection_id, now), now, links)
        if found is None:
            return tried, done
        done += found
    return most, done


def _next(connection_id: int, now: datetime) -> BookingMessage | None:
    """Lock the next message that nobody is at and return it: never one while an older one of its booking is due.

    One that somebody is at waits still, as far as anybody else can see, until that is committed.
    """
    return lock_next(_NEXT, connection_id=connection_id, now=now)


def _free(connection_id: int, now: datetime) -> QuerySet[BookingMessage]:
    due = _due(connection_id, now)
    older = due.filter(external_id=OuterRef("external_id"), pk__lt=OuterRef("pk"))
    first = due.filter(~Exists(older)).order_by("next_attempt_at", "pk")[:1]
    return first.select_for_update(no_key=True, skip_locked=True)


_NEXT = PreparedRows(BookingMessage, _free, connection_id=int, now=datetime)


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
