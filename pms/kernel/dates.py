"""Nights, business dates and property-local time. Nights are dates; only events are instants."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateRange

from pms.kernel.errors import Invalid

#: Longest stay that can be booked in one reservation, in nights.
MAX_NIGHTS = 730


def nights_between(arrival: date, departure: date) -> list[date]:
    """Return the nights of [arrival, departure) in order; the departure date is not one of them (T1).

    Raises Invalid `no_nights` for a stay without a night (T3), `too_long` past MAX_NIGHTS.
    """
    count = (departure - arrival).days
    if count < 1:
        raise Invalid(
            "no_nights", "The departure must be after the arrival: a stay has at least one night.", field="departure"
        )
    if count > MAX_NIGHTS:
        raise Invalid("too_long", f"A stay of {count} nights is longer than {MAX_NIGHTS}.", field="departure")
    return [arrival + timedelta(days=index) for index in range(count)]


def each_day(first: date, until: date) -> Iterator[date]:
    """Yield the days of [first, until)."""
    for index in range((until - first).days):
        yield first + timedelta(days=index)


def night_range(arrival: date, departure: date) -> DateRange:
    """Return [arrival, departure) as PostgreSQL's daterange."""
    return DateRange(arrival, departure, "[)")


def local_instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant at which clocks in zone show wall on day (T6).

    A time that does not exist (spring) moves forward by the gap; one that comes twice (autumn) takes the first.
    """
    local = datetime.combine(day, wall).replace(tzinfo=zone, fold=0)
    return local.astimezone(UTC)


def business_date_at(instant: datetime, zone: ZoneInfo, day_close: time) -> date:
    """Return the hotel day being traded at instant: until day_close it is still the day before (T5)."""
    local = instant.astimezone(zone)
    return local.date() - timedelta(days=1) if local.time() < day_close else local.date()
