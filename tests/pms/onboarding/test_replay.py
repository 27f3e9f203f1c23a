"""What is true of a booking on the day that is shown."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pms.onboarding.bookings_csv import FinalStatus
from pms.onboarding.replay import ANCHOR, Replay, StandsAs, stands_as

TODAY = date(2017, 5, 18)


@dataclass
class Booked:
    status: FinalStatus
    status_on: date
    made_on: date
    arrival: date
    departure: date


def booked(status: FinalStatus, arrival: int, nights: int, *, made: int, ended: int | None = None) -> Booked:
    """Days are counted from today."""
    leave = arrival + nights
    return Booked(
        status,
        TODAY + timedelta(leave if ended is None else ended),
        TODAY + timedelta(made),
        TODAY + timedelta(arrival),
        TODAY + timedelta(leave),
    )


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_shift_is_whole_weeks_and_the_nearest(day: date) -> None:
    replay = Replay.to(day)
    assert replay.shift.days % 7 == 0
    assert abs((replay.data_day - ANCHOR).days) <= 3
    assert replay.business_date == day
    assert replay.data_day.weekday() == day.weekday()


@pytest.mark.parametrize(
    ("booking", "expected"),
    [
        (booked(FinalStatus.CHECK_OUT, 5, 2, made=1), StandsAs.NOT_MADE),
        (booked(FinalStatus.CHECK_OUT, 5, 2, made=0), StandsAs.CONFIRMED),
        (booked(FinalStatus.CHECK_OUT, 0, 2, made=-9), StandsAs.CONFIRMED),
        (booked(FinalStatus.CHECK_OUT, -1, 2, made=-9), StandsAs.IN_HOUSE),
        (booked(FinalStatus.CHECK_OUT, -2, 2, made=-9), StandsAs.IN_HOUSE),
        (booked(FinalStatus.CHECK_OUT, -3, 2, made=-9), StandsAs.DEPARTED),
        (booked(FinalStatus.CHECK_OUT, -3, 9, made=-9, ended=-3), StandsAs.IN_HOUSE),
        (booked(FinalStatus.CANCELED, 5, 2, made=-9, ended=0), StandsAs.CANCELLED),
        (booked(FinalStatus.CANCELED, 5, 2, made=-9, ended=1), StandsAs.CONFIRMED),
        (booked(FinalStatus.CANCELED, 5, 2, made=1, ended=1), StandsAs.NOT_MADE),
        (booked(FinalStatus.NO_SHOW, 0, 2, made=-9, ended=0), StandsAs.CONFIRMED),
        (booked(FinalStatus.NO_SHOW, -1, 2, made=-9, ended=-1), StandsAs.NO_SHOW),
        (booked(FinalStatus.NO_SHOW, 3, 2, made=-9, ended=-8), StandsAs.CONFIRMED),
    ],
)
def test_on_the_day(booking: Booked, expected: StandsAs) -> None:
    assert stands_as(booking, TODAY) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (FinalStatus.CHECK_OUT, StandsAs.DEPARTED),
        (FinalStatus.CANCELED, StandsAs.CANCELLED),
        (FinalStatus.NO_SHOW, StandsAs.NO_SHOW),
    ],
)
def test_without_a_day_everything_has_ended(status: FinalStatus, expected: StandsAs) -> None:
    assert stands_as(booked(status, 500, 2, made=400), None) is expected
