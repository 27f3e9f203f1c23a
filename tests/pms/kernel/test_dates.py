"""Nights are dates; instants belong to events (T1, T3, T5, T6)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pms.kernel.dates import MAX_NIGHTS, business_date_at, each_day, local_instant, night_range, nights_between
from pms.kernel.errors import Invalid

LISBON, VILNIUS = ZoneInfo("Europe/Lisbon"), ZoneInfo("Europe/Vilnius")
DAY = date(2026, 11, 20)


def test_the_departure_is_not_a_night():
    """T1"""
    assert nights_between(DAY, DAY + timedelta(days=2)) == [DAY, DAY + timedelta(days=1)]
    assert night_range(DAY, DAY + timedelta(days=1)).upper_inc is False


@pytest.mark.parametrize(("nights", "code"), [(0, "no_nights"), (-1, "no_nights"), (MAX_NIGHTS + 1, "too_long")])
def test_no_stay_without_a_night_and_none_for_ever(nights, code):
    """T3"""
    with pytest.raises(Invalid) as refusal:
        nights_between(DAY, DAY + timedelta(days=nights))
    assert (refusal.value.code, refusal.value.field) == (code, "departure")


def test_the_longest_stay_is_allowed():
    assert len(nights_between(DAY, DAY + timedelta(days=MAX_NIGHTS))) == MAX_NIGHTS


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, MAX_NIGHTS))
def test_nights_count_dates_whatever_the_clocks_do(arrival, count):
    """T6"""
    nights = nights_between(arrival, arrival + timedelta(days=count))
    assert len(nights) == count == len(set(nights))
    assert nights == list(each_day(arrival, arrival + timedelta(days=count)))


def test_a_time_that_does_not_exist_moves_forward():
    """T6: 29 March 2026, 01:00 to 02:00 does not exist in Lisbon."""
    instant = local_instant(date(2026, 3, 29), time(1, 30), LISBON)
    assert instant.astimezone(LISBON).time() == time(2, 30)


def test_a_time_that_comes_twice_is_the_first():
    """T6: 25 October 2026, 01:00 to 02:00 comes twice in Lisbon."""
    assert local_instant(date(2026, 10, 25), time(1, 30), LISBON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "zone", "expected"),
    [
        (datetime(2026, 11, 20, 5, 59, tzinfo=UTC), LISBON, date(2026, 11, 19)),
        (datetime(2026, 11, 20, 6, 0, tzinfo=UTC), LISBON, date(2026, 11, 20)),
        (datetime(2026, 11, 20, 4, 0, tzinfo=UTC), VILNIUS, date(2026, 11, 20)),
        (datetime(2026, 11, 20, 23, 30, tzinfo=UTC), VILNIUS, date(2026, 11, 20)),
    ],
)
def test_the_business_date_is_the_propertys_own(instant, zone, expected):
    """T5"""
    assert business_date_at(instant, zone, time(6, 0)) == expected
