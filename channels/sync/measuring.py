"""How the connections of all organizations are doing, as figures for whoever watches the installation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Model
from psycopg import sql

from channels.connections.models import Connection
from channels.sync.enums import NOTES
from channels.sync.models import BookingMessage, Case, ExchangeLog, Mark, Standing
from pms.kernel.across import rows_across

#: Calls and latency are those of so long.
RECENT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Measured:
    """One connection that is live or paused. Instants are seconds since 1970, UTC, None where it never happened.

    `marks` wait to be told, the oldest since `oldest_at`. `failures` in a row while telling, `pull_failures` while reading.
    `half` and `most` are the median and the 95th percentile, in milliseconds, from a change here to the channel's yes.
    """

    schema: str
    code: str
    channel: str
    is_live: bool
    is_locked_out: bool
    told_at: float | None
    read_at: float | None
    failures: int
    pull_failures: int
    marks: int
    oldest_at: float | None
    cases: int
    messages: int
    calls: int
    failed: int
    half: float | None
    most: float | None


_ONE = sql.SQL(
    "SELECT {schema}, c.code, c.adapter, c.state = 'live', s.locked_out_at IS NOT NULL,"
    " extract(epoch FROM s.sent_at)::float, extract(epoch FROM s.pulled_at)::float,"
    " coalesce(s.failures, 0), coalesce(s.pull_failures, 0),"
    " coalesce(m.count, 0), extract(epoch FROM m.oldest)::float, coalesce(k.count, 0), coalesce(b.count, 0),"
    " coalesce(x.calls, 0), coalesce(x.failed, 0), x.half, x.most"
    " FROM {connection} c LEFT JOIN {standing} s ON s.connection_id = c.id"
    " LEFT JOIN (SELECT connection_id, count(*), min(asked_at) AS oldest FROM {mark} GROUP BY 1) m"
    " ON m.connection_id = c.id"
    " LEFT JOIN (SELECT connection_id, count(*) FROM {case} WHERE resolved_at IS NULL AND kind <> ALL({notes}) GROUP BY 1) k"
    " ON k.connection_id = c.id"
    " LEFT JOIN (SELECT connection_id, count(*) FROM {message} WHERE state = 'waiting' GROUP BY 1) b"
    " ON b.connection_id = c.id"
    " LEFT JOIN (SELECT connection_id, count(*) AS calls,"
    " count(*) FILTER (WHERE error <> '' OR status NOT BETWEEN 200 AND 299) AS failed,"
    " percentile_cont(0.5) WITHIN GROUP (ORDER BY waited_milliseconds) AS half,"
    " percentile_cont(0.95) WITHIN GROUP (ORDER BY waited_milliseconds) AS most"
    " FROM {log} WHERE at >= {since} GROUP BY 1) x ON x.connection_id = c.id"
    " WHERE c.state <> 'draft'"
)
_TABLES: dict[str, type[Model]] = {
    "connection": Connection, "standing": Standing, "mark": Mark, "case": Case, "message": BookingMessage,
    "log": ExchangeLog,
}  # fmt: skip


def connections_measured(*, schemas: Sequence[str], now: datetime) -> list[Measured]:
    """Return every connection of these organizations that is not a draft. A query for each fifty organizations."""
    rows = rows_across(_ONE, schemas=schemas, tables=_TABLES, since=now - RECENT, notes=sorted(map(str, NOTES)))
    return sorted((Measured(*row) for row in rows), key=lambda row: (row.schema, row.code))
