"""PostgreSQL ranges with both ends, as plain pairs."""

from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange, NumericRange


def span(nights: DateRange) -> tuple[date, date]:
    """Return [first, until) of a date range that has both ends (a check on every column sees to that)."""
    if nights.lower is None or nights.upper is None:
        raise ValueError("A range of nights has both ends.")
    return nights.lower, nights.upper


def slot_span(slots: NumericRange) -> tuple[int, int]:
    """Return [low, high) of a unit's slots."""
    if slots.lower is None or slots.upper is None:
        raise ValueError("A range of slots has both ends.")
    return int(slots.lower), int(slots.upper)


def touches(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Return whether two half-open spans overlap."""
    return one[0] < other[1] and other[0] < one[1]
