"""Which connections have their turn now. One query for each organization, one question for all of them."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django_tenants.utils import get_public_schema_name
from psycopg import sql

from channels.connections.enums import State
from channels.connections.models import Connection
from channels.sync.enums import MessageState
from channels.sync.models import BookingMessage, Mark, Standing
from channels.sync.queue import MANY
from channels.sync.standing import standing_of
from pms.kernel.prepared import Prepared
from pms.kernel.tenancy import inside


def sends_due(*, now: datetime) -> list[int]:
    """Return the connections of this organization that have something to tell and may be told it now."""
    return [connection_id for (connection_id,) in _SENDS.rows(now=now)]


def pulls_due(*, now: datetime) -> list[int]:
    """Return the connections of this organization that are to be read now: paused ones too, for what is sold is sold."""
    return [connection_id for (connection_id,) in _PULLS.rows(now=now)]


def helps_due(*, now: datetime) -> list[int]:
    """Return the connections of this organization that somebody reads and where many messages wait to be applied."""
    return [connection_id for (connection_id,) in _HELPS.rows(now=now)]


def standings_make() -> None:
    """Make the standing of every connection that has none."""
    without = [key for (key,) in _WITHOUT_STANDING.rows()]
    for row in Connection.objects.filter(pk__in=without) if without else ():
        standing_of(row, now=timezone.now())


def _sends(now: datetime) -> QuerySet[Any, Any]:
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    marked = Exists(Mark.objects.filter(connection=OuterRef("connection")))
    rows = Standing.objects.filter(free, marked, send_at__lte=now, locked_out_at=None, connection__state=State.LIVE)
    return rows.order_by("send_at").values_list("connection_id")


def _pulls(now: datetime) -> QuerySet[Any, Any]:
    free = Q(pull_lease_until=None) | Q(pull_lease_until__lt=now)
    states = (State.LIVE, State.PAUSED)
    rows = Standing.objects.filter(free, pull_at__lte=now, locked_out_at=None, connection__state__in=states)
    return rows.order_by("pull_at").values_list("connection_id")


def _helps(now: datetime) -> QuerySet[Any, Any]:
    waiting = BookingMessage.objects.filter(
        connection=OuterRef("connection"), state=MessageState.WAITING, next_attempt_at__lte=now
    )
    nth = Subquery(waiting.order_by("next_attempt_at").values("pk")[MANY - 1 : MANY])
    rows = Standing.objects.filter(pull_lease_until__gt=now).annotate(nth=nth).filter(nth__isnull=False)
    return rows.order_by("pk").values_list("connection_id")


# Asked ten times a second while an organization is busy.
_SENDS, _PULLS, _HELPS = (Prepared(build, now=datetime) for build in (_sends, _pulls, _helps))
_WITHOUT_STANDING = Prepared(
    lambda: Connection.objects.filter(standing=None).exclude(state=State.DRAFT).values_list("pk")
)


def schemas_due(*, schemas: list[str]) -> list[str]:
    """Return those of schemas in which some connection may have its turn. One query."""
    if not schemas:
        return []
    one = sql.SQL(
        "SELECT {name} WHERE EXISTS (SELECT FROM {standing} s WHERE s.locked_out_at IS NULL AND (s.pull_at <= now() "
        "OR s.send_at <= now() AND EXISTS (SELECT FROM {mark} m WHERE m.connection_id = s.connection_id))) "
        "OR EXISTS (SELECT FROM {table} c LEFT JOIN {standing} s ON s.connection_id = c.id "
        "WHERE s.id IS NULL AND c.state <> 'draft')"
    )
    query = sql.SQL(" UNION ALL ").join(
        one.format(
            name=sql.Literal(schema),
            standing=sql.Identifier(schema, "sync_standing"),
            mark=sql.Identifier(schema, "sync_mark"),
            table=sql.Identifier(schema, "connections_connection"),
        )
        for schema in schemas
    )
    with inside(str(get_public_schema_name())), connection.cursor() as cursor:
        cursor.execute(query)
        return [schema for (schema,) in cursor.fetchall()]
