"""What the channel shows, written down: in bulk, one statement for each table."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from channels.adapters.base import Parcel, Span
from channels.sync.telling import FIELDS, Cells
from pms.kernel.dates import each_day

#: A day of a room (rate id empty) or of a rate, in the channel's words.
Key = tuple[str, str, date]

_ROOMS = """
    INSERT INTO sync_toldrooms (link_id, date, rooms, refused, told_at, doubtful)
    SELECT u.*, %s, false FROM unnest(%s::bigint[], %s::date[], %s::int[], %s::text[]) AS u
    ON CONFLICT (link_id, date) DO UPDATE SET
        (rooms, refused, told_at, doubtful) = ROW(EXCLUDED.rooms, EXCLUDED.refused, EXCLUDED.told_at, false)
"""
_COLUMNS = ", ".join(FIELDS)
_RATES = f"""
    INSERT INTO sync_toldrate (link_id, date, {_COLUMNS}, refused, told_at, doubtful)
    SELECT link_id, date, prices::bigint[], min_stay_arrival, min_stay_through, max_stay,
        closed_to_arrival, closed_to_departure, closed, refused, %s, false
    FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::int[], %s::int[], %s::int[], %s::bool[], %s::bool[], %s::bool[],
        %s::text[]) AS u(link_id, date, {_COLUMNS}, refused)
    ON CONFLICT (link_id, date) DO UPDATE SET
        ({_COLUMNS}, refused, told_at, doubtful)
            = ROW({", ".join(f"EXCLUDED.{name}" for name in FIELDS)}, EXCLUDED.refused, EXCLUDED.told_at, false)
"""  # noqa: S608 - all constants


def keys_of(spans: Iterable[Span]) -> set[Key]:
    """Return the days of spans, one by one."""
    return {(span.room_id, span.rate_id, day) for span in spans for day in each_day(span.first, span.until)}


def last_parcels(parcels: Sequence[Parcel]) -> list[set[Key]]:
    """Return, for each parcel, the days that it is the last one to speak of: only then the channel knows all of them."""
    seen: set[Key] = set()
    found: list[set[Key]] = []
    for parcel in reversed(parcels):
        mine = keys_of(parcel.spans) - seen
        seen |= mine
        found.append(mine)
    return found[::-1]


def doubt_write(cells: Cells, *, keys: Collection[Key]) -> None:
    """Write down, before a message goes, that nobody knows any more what the channel shows on its days.

    Should its answer be lost, or the worker die, the days are told again whatever is true by then: what was told before
    says nothing about them any more.
    """
    rooms = [(link.pk, day) for link, rows in cells.rooms.items() for day, _ in rows if (link.room_id, "", day) in keys]
    rates = [
        (rate.pk, day)
        for rate, found in cells.rates.items()
        for day, *_ in found
        if (rate.room.room_id, rate.rate_id, day) in keys
    ]
    with connection.cursor() as cursor:
        for table, rows in (("sync_toldrooms", rooms), ("sync_toldrate", rates)):
            if rows:
                cursor.execute(
                    f"UPDATE {table} AS t SET doubtful = true FROM unnest(%s::bigint[], %s::date[]) AS u(link_id, date) "  # noqa: S608
                    "WHERE t.link_id = u.link_id AND t.date = u.date",
                    _columns(rows),
                )


def told_write(cells: Cells, *, keys: Collection[Key], refused: Mapping[Key, str], now: datetime) -> int:
    """Write down that the channel was told these days, and which of them it refused; return how many they were.

    What it refused is not told the same again: only when it differs, or when somebody asks for everything anew.
    """
    rooms = [
        (link.pk, day, count, refused.get((link.room_id, "", day), ""))
        for link, rows in cells.rooms.items()
        for day, count in rows
        if (link.room_id, "", day) in keys
    ]
    rates = [
        (rate.pk, day, "{" + ",".join(map(str, wanted.prices)) + "}", *wanted[1:], refused.get(key, ""))
        for rate, found in cells.rates.items()
        for day, wanted, _ in found
        for key in [(rate.room.room_id, rate.rate_id, day)]
        if key in keys
    ]
    with connection.cursor() as cursor:
        if rooms:
            cursor.execute(_ROOMS, [now, *_columns(rooms)])
        if rates:
            cursor.execute(_RATES, [now, *_columns(rates)])
    return len(rooms) + len(rates)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
