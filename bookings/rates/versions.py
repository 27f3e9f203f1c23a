"""A change as people read it: its cells as ranges of days with the same before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from bookings.rates.changing import Cell
from bookings.rates.models import RateChange

_RANGES = """
    SELECT room_type_id, rate_plan_id, field, before, after, min(date) AS first, max(date) AS last, count(*) AS days
    FROM (
        SELECT *, date - (row_number() OVER (
            PARTITION BY room_type_id, rate_plan_id, field, before, after ORDER BY date))::int AS island
        FROM rates_ratechangecell WHERE change_id = %s
    ) AS cells
    GROUP BY room_type_id, rate_plan_id, field, before, after, island
"""


@dataclass(frozen=True, slots=True)
class CellRange:
    """The same edit of a field on each day of [first, last], both included. No type or plan: every one."""

    room_type_id: int | None
    rate_plan_id: int | None
    field: str
    before: int | None
    after: int | None
    first: date
    last: date
    days: int


@dataclass(frozen=True, slots=True)
class ChangeRanges:
    """The ranges of a change that can be counted and cut, so that a paginator asks for one page alone."""

    change: RateChange

    def count(self) -> int:
        """Return how many ranges there are. One query."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({_RANGES}) AS ranges", [self.change.pk])  # noqa: S608 - a constant
            return int(cursor.fetchone()[0])

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[CellRange]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"{_RANGES} ORDER BY room_type_id NULLS FIRST, rate_plan_id NULLS FIRST, field, first LIMIT %s OFFSET %s",
                [self.change.pk, (part.stop or 0) - (part.start or 0), part.start or 0],
            )
            return [CellRange(*row) for row in cursor.fetchall()]


def change_cells(*, change: RateChange) -> Sequence[Cell]:
    """Return the cells of a change, each with the value it sets."""
    rows = change.cells.order_by("id").values_list("room_type_id", "rate_plan_id", "date", "field", "after")
    return [Cell(*row) for row in rows]
