"""The channel worker: tells and reads the connections of every organization as soon as they have their turn.

A process of its own rather than jobs in the queue: hotels sell their last room within seconds, and a turn mostly waits for
somebody else's server. Any number of workers may run; the standing of a connection says whose turn it is. Where one reads
many bookings the others help to apply them.
"""

import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from threading import Event

import structlog
from django.db import Error, close_old_connections, connection
from django.utils import timezone

from channels.sync.due import helps_due, pulls_due, schemas_due, sends_due, standings_make
from channels.sync.pulling import pull
from channels.sync.pushing import push
from channels.sync.queue import HANDS, help_apply
from channels.sync.waking import woken
from pms.kernel.jobs import live_schemas
from pms.kernel.tenancy import inside

logger = structlog.get_logger(__name__)

#: How often it looks who was woken, and how often it asks every organization whether the wake-up was lost.
GLANCE_SECONDS = 0.1
SWEEP_SECONDS = 2.0
THREADS = 8
#: (schema, connection, "push", "pull" or "help")
Turn = tuple[str, int, str]


class Worker:
    """Hands turns to threads. A turn that is under way here is not begun twice; the database keeps others off."""

    def __init__(self, *, threads: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="channel")
        # Apart from the turns, which wait for them.
        self._hands = ThreadPoolExecutor(max_workers=HANDS, thread_name_prefix="channel-hand")
        self._under_way: dict[Turn, Future[None]] = {}
        self._swept = 0.0
        self._stopped = Event()

    def run(self, stopped: Event) -> None:
        """Go on until told to stop; turns that are under way are ended first."""
        self._stopped = stopped
        pause = GLANCE_SECONDS
        while not stopped.wait(pause):
            try:
                self.look()
                pause = GLANCE_SECONDS
            except (Error, OSError) as error:
                logger.warning("channels_wait", error=str(error))
                pause = min(pause * 2, 10.0)
                connection.close()
        self._pool.shutdown(wait=True)
        self._hands.shutdown(wait=True)

    def look(self) -> None:
        """Begin the turns of those who were woken, now and then of everybody who is due."""
        self._under_way = {turn: future for turn, future in self._under_way.items() if not future.done()}
        schemas = woken()
        if time.monotonic() - self._swept >= SWEEP_SECONDS:
            self._swept = time.monotonic()
            schemas = sorted({*schemas, *schemas_due(schemas=live_schemas())})
        for schema in schemas:
            self._begin(schema)

    def _begin(self, schema: str) -> None:
        with inside(schema):
            now = timezone.now()
            standings_make()
            due = [*((each, "push") for each in sends_due(now=now)), *((each, "pull") for each in pulls_due(now=now))]
            due += [(each, "help") for each in helps_due(now=now) if (schema, each, "pull") not in self._under_way]
        for connection_id, what in due:
            turn = (schema, connection_id, what)
            if turn not in self._under_way:
                self._under_way[turn] = self._pool.submit(_run, turn, self._hands, self._stopped)


def _run(turn: Turn, hands: Executor, stopped: Event) -> None:
    """Run one turn in a thread; whatever goes wrong is logged, and the turn comes again when its lease is over."""
    schema, connection_id, what = turn
    close_old_connections()
    try:
        with inside(schema), structlog.contextvars.bound_contextvars(tenant=schema, job=f"channels.{what}"):
            if what == "push":
                push(connection_id)
            elif what == "pull":
                pull(connection_id, hands=hands)
            else:
                help_apply(connection_id, stopped=stopped.is_set, hands=hands)
    except Exception:
        logger.exception("channel_turn_failed", connection=connection_id, what=what)
    finally:
        connection.close()
