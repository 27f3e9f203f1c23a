"""How the calendars that all organizations read are doing, as figures for whoever watches the installation."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from channels.calendars.models import CalendarFeed
from pms.kernel.across import rows_across


@dataclass(frozen=True, slots=True)
class MeasuredFeed:
    """One live calendar: failures in a row, and when it was last read whole, in seconds since 1970, UTC."""

    schema: str
    code: str
    channel: str
    failures: int
    read_at: float | None


_ONE = sql.SQL(
    "SELECT {schema}, code::text, channel, failures, extract(epoch FROM last_good_at)::float FROM {feed}"
    " WHERE state = 'live'"
)


def feeds_measured(*, schemas: Sequence[str]) -> list[MeasuredFeed]:
    """Return every live calendar of these organizations. A query for each fifty organizations."""
    rows = rows_across(_ONE, schemas=schemas, tables={"feed": CalendarFeed})
    return sorted((MeasuredFeed(*row) for row in rows), key=lambda row: (row.schema, row.code))
