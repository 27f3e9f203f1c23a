"""Reading and writing cells in bulk: a fixed number of statements, whatever their number.

The queries join what is given with what is stored; types and plans that are not named are compared as 0, so that the
join can hash.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from bookings.rates.changing import SWITCHES, Cell, CellMoved
from bookings.rates.enums import PRICE, Limit

_FROM_ARRAYS = """given AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::text[], %s::bigint[])
        WITH ORDINALITY AS g(room_type_id, rate_plan_id, date, field, wanted, place))"""
_FROM_CHANGE = """given AS (
    SELECT id, room_type_id, rate_plan_id, date, field, before, after FROM rates_ratechangecell WHERE change_id = %s)"""
_STORED = " ".join(
    f"WHEN '{limit.value}' THEN r.{limit.value}{'::int' if limit in SWITCHES else ''}" for limit in Limit
)
_COMPARED = f"""compared AS (
    SELECT given.*, coalesce(p.all_in, false) AS all_in,
        CASE given.field WHEN '{PRICE}' THEN p.price_minor {_STORED} END AS current
    FROM given
    LEFT JOIN rates_dailyprice p ON given.field = '{PRICE}'
        AND p.room_type_id = given.room_type_id AND p.rate_plan_id = given.rate_plan_id AND p.date = given.date
    LEFT JOIN rates_restriction r ON given.field <> '{PRICE}' AND r.property_id = %s AND r.date = given.date
        AND coalesce(r.room_type_id, 0) = coalesce(given.room_type_id, 0)
        AND coalesce(r.rate_plan_id, 0) = coalesce(given.rate_plan_id, 0))"""  # noqa: S608 - constants


def cells_differing(*, property_id: int, cells: Sequence[Cell]) -> list[tuple[int, int | None]]:
    """Return (index, current value) of the cells that are not set as wished already. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {_FROM_ARRAYS}, {_COMPARED} SELECT place - 1, current FROM compared "  # noqa: S608 - all constants
            "WHERE current IS DISTINCT FROM wanted ORDER BY place",
            [*_arrays(cells), property_id],
        )
        return list(cursor.fetchall())


def cells_store(*, change_id: int, property_id: int, cells: Sequence[Cell]) -> tuple[int, date | None, date | None]:
    """Write the cells that are not set as wished already into a change, with what they are now. One statement.

    Returns how many they were, their first and last date.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {_FROM_ARRAYS}, {_COMPARED}, "  # noqa: S608 - all constants
            "stored AS (INSERT INTO rates_ratechangecell "
            "(change_id, room_type_id, rate_plan_id, date, field, before, after, all_in) "
            "SELECT %s, room_type_id, rate_plan_id, date, field, current, wanted, all_in FROM compared "
            "WHERE current IS DISTINCT FROM wanted RETURNING date) "
            "SELECT count(*), min(date), max(date) FROM stored",
            [*_arrays(cells), property_id, change_id],
        )
        count, first, last = cursor.fetchone()
    return int(count), first, last


def cells_moved(*, change_id: int, property_id: int, expected: str) -> dict[int, CellMoved]:
    """Return, by key, the cells of a change whose current value is not the one in `expected` ("before" or "after")."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {_FROM_CHANGE}, {_COMPARED} "  # noqa: S608 - all constants
            f"SELECT id, room_type_id, rate_plan_id, date, field, {_column(expected)}, current FROM compared "
            f"WHERE current IS DISTINCT FROM {_column(expected)} "
            "ORDER BY date, room_type_id NULLS FIRST, rate_plan_id NULLS FIRST, field",
            [change_id, property_id],
        )
        return {key: CellMoved(*values) for key, *values in cursor.fetchall()}


def cells_expect(*, change_id: int, property_id: int) -> None:
    """Note what the cells of a change hold now as what they held before it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {_FROM_CHANGE}, {_COMPARED} "  # noqa: S608 - all constants
            "UPDATE rates_ratechangecell AS c SET before = current, all_in = compared.all_in "
            "FROM compared WHERE c.id = compared.id",
            [change_id, property_id],
        )


def cells_apply(*, change_id: int, property_id: int, column: str, leaving: Sequence[int] = ()) -> None:
    """Set prices and restrictions to `column` ("before" or "after") of a change's cells, but for those in `leaving`.

    A price of nothing is removed; a price that comes back is all-in again if it was. A restriction clears or sets its
    own field alone (T27), and a row that says nothing any more goes.
    """
    value = _column(column)
    chosen = "c.change_id = %s AND c.id <> ALL(%s::bigint[])"
    scope: list[Any] = [change_id, list(leaving)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM rates_dailyprice AS p USING rates_ratechangecell AS c "  # noqa: S608 - all constants
            f"WHERE {chosen} AND c.field = '{PRICE}' AND c.{value} IS NULL "
            "AND p.room_type_id = c.room_type_id AND p.rate_plan_id = c.rate_plan_id AND p.date = c.date",
            scope,
        )
        cursor.execute(
            "INSERT INTO rates_dailyprice (rate_plan_id, room_type_id, date, price_minor, all_in) "  # noqa: S608
            f"SELECT rate_plan_id, room_type_id, date, {value}, {'all_in' if value == 'before' else 'false'} "
            f"FROM rates_ratechangecell AS c WHERE {chosen} AND field = '{PRICE}' AND {value} IS NOT NULL "
            "ORDER BY rate_plan_id, room_type_id, date "
            "ON CONFLICT (rate_plan_id, room_type_id, date) DO UPDATE SET price_minor = EXCLUDED.price_minor",
            scope,
        )
        _restrictions_apply(cursor, property_id, value, chosen, scope)


def _restrictions_apply(cursor: Any, property_id: int, value: str, chosen: str, scope: list[Any]) -> None:
    columns = [limit.value for limit in Limit]
    names = ", ".join(columns)
    wanted = ", ".join(
        f"max({value}) FILTER (WHERE field = '{limit.value}')::int{'::boolean' if limit in SWITCHES else ''} "
        f"AS {limit.value}, bool_or(field = '{limit.value}') AS has_{limit.value}"
        for limit in Limit
    )
    rows = (
        f"WITH rows AS (SELECT room_type_id, rate_plan_id, date, {wanted} "  # noqa: S608 - all constants
        f"FROM rates_ratechangecell AS c WHERE {chosen} AND field <> '{PRICE}' "
        "GROUP BY room_type_id, rate_plan_id, date) "
    )
    same = (
        "r.property_id = %s AND r.date = rows.date "
        "AND coalesce(r.room_type_id, 0) = coalesce(rows.room_type_id, 0) "
        "AND coalesce(r.rate_plan_id, 0) = coalesce(rows.rate_plan_id, 0)"
    )
    sets = ", ".join(f"{name} = CASE WHEN has_{name} THEN rows.{name} ELSE r.{name} END" for name in columns)
    cursor.execute(
        f"{rows} UPDATE rates_restriction AS r SET {sets} FROM rows WHERE {same}",  # noqa: S608
        [*scope, property_id],
    )
    cursor.execute(
        f"{rows} INSERT INTO rates_restriction (property_id, room_type_id, rate_plan_id, date, {names}) "  # noqa: S608
        f"SELECT %s, room_type_id, rate_plan_id, date, {names} FROM rows "
        f"WHERE num_nonnulls({names}) > 0 ORDER BY date, room_type_id, rate_plan_id ON CONFLICT DO NOTHING",
        [*scope, property_id],
    )
    cursor.execute(
        f"{rows} DELETE FROM rates_restriction AS r USING rows "  # noqa: S608
        f"WHERE {same} AND num_nonnulls({', '.join(f'r.{name}' for name in columns)}) = 0",
        [*scope, property_id],
    )


def _arrays(cells: Sequence[Cell]) -> list[list[Any]]:
    columns = zip(*cells, strict=True) if cells else ((), (), (), (), ())
    return [list(column) for column in columns]


def _column(name: str) -> str:
    if name not in {"before", "after"}:
        raise ValueError(name)
    return name
