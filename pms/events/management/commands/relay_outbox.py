"""Relays every organization's outbox: once, or for as long as the house is open."""

import signal
from threading import Event
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connection
from django_tenants.utils import get_public_schema_name, schema_context
from psycopg import sql
from redis.exceptions import RedisError

from pms.events.jobs import relay
from pms.kernel.jobs import live_schemas

logger = structlog.get_logger(__name__)

PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
#: A backend keeps the catalogue of every schema it has seen: give it back now and then.
ROUNDS_PER_CONNECTION = 300


class Command(BaseCommand):
    help = "Hands waiting outbox events of every organization to their subscribers' queue."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--forever", action="store_true", help="Go on until SIGTERM or Ctrl-C, once a second.")

    def handle(self, *args: Any, forever: bool, **options: Any) -> None:
        """Relay once and say how much, or go on until told to stop, whatever the stores do meanwhile."""
        if not forever:
            count = relay_everywhere()
            self.stdout.write(f"Relayed {count} event{'' if count == 1 else 's'}.")
            return
        stopped = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        pause, rounds = PAUSE_SECONDS, 0
        while not stopped.wait(pause):
            rounds += 1
            try:
                relay_everywhere()
                pause = PAUSE_SECONDS
            except (Error, RedisError, OSError) as error:
                logger.warning("relay_waits", error=str(error))
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                connection.close()
            if rounds % ROUNDS_PER_CONNECTION == 0:
                connection.close()


def relay_everywhere() -> int:
    """Relay the outbox of every organization that has something waiting; return how many events there were."""
    count = 0
    for schema in waiting_schemas(schemas=live_schemas()):
        with schema_context(schema):
            count += relay()
    return count


def waiting_schemas(*, schemas: list[str]) -> list[str]:
    """Return those of schemas whose outbox has an event that waits. One query."""
    if not schemas:
        return []
    one = sql.SQL("SELECT {name} WHERE EXISTS (SELECT FROM {table} WHERE relayed_at IS NULL)")
    query = sql.SQL(" UNION ALL ").join(
        one.format(name=sql.Literal(schema), table=sql.Identifier(schema, "events_outboxevent")) for schema in schemas
    )
    with schema_context(get_public_schema_name()), connection.cursor() as cursor:
        cursor.execute(query)
        return [schema for (schema,) in cursor.fetchall()]
