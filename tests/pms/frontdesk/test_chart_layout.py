"""Lanes, windows and half days: pure functions."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from pms.frontdesk.chart.layout import packed
from pms.frontdesk.chart.render import Painter
from pms.frontdesk.chart.selectors import Bar
from pms.frontdesk.chart.window import Window, window_of

TODAY = date(2026, 11, 20)
WINDOW = Window(first=TODAY, days=14, density="detailed", room_type="", states=frozenset(), today=TODAY)


def bar(arrival, departure):
    return Bar(None, 1, TODAY + timedelta(days=arrival), TODAY + timedelta(days=departure), "stay")


spans = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=25)


@given(spans)
def test_no_lane_holds_two_at_once_and_none_is_wasted(drawn):
    bars = [bar(begin, begin + nights) for begin, nights in drawn]
    lanes = packed(bars)
    assert sorted(id(one) for lane in lanes for one in lane) == sorted(id(one) for one in bars)
    for lane in lanes:
        assert all(one.departure <= other.arrival for one, other in pairwise(lane))
    nights = [one.arrival + timedelta(days=n) for one in bars for n in range((one.departure - one.arrival).days)]
    assert len(lanes) == max((nights.count(night) for night in nights), default=0)


def test_departure_and_arrival_share_a_day_and_a_lane():
    """T1, T2: the departure date is not a night."""
    assert len(packed([bar(0, 3), bar(3, 5)])) == 1


@pytest.mark.parametrize(
    ("arrival", "departure", "expected"),
    [
        (0, 1, (1, 2, "")),
        (3, 5, (7, 4, "")),
        (-2, 1, (0, 3, " cs")),
        (-2, 0, (0, 1, " cs")),
        (13, 14, (27, 1, " ce")),
        (-3, 30, (0, 28, " cs ce")),
        (-3, -1, None),
        (14, 15, None),
    ],
)
def test_bars_run_from_mid_day_to_mid_day(arrival, departure, expected):
    painter = Painter(window=WINDOW, availability={}, may_change=True, href="/")
    one = bar(arrival, departure)
    assert painter._span(one.arrival, one.departure) == expected


def test_address_round_trips():
    request = RequestFactory().get("/desk/" + WINDOW.address(days=31, room_type="DBL", states=frozenset({"owner"})))
    window = window_of(request, today=TODAY)
    assert (window.first, window.days, window.room_type, window.states) == (TODAY, 31, "DBL", frozenset({"owner"}))


def test_today_starts_a_little_before_the_business_date():
    """T5: today is the business date, whatever the clock says."""
    window = window_of(RequestFactory().get("/desk/"), today=TODAY)
    assert (window.first, window.today_index) == (TODAY - timedelta(days=2), 2)


def test_state_is_added_and_taken_away():
    once = window_of(RequestFactory().get("/desk/" + WINDOW.toggled("owner")), today=TODAY)
    assert once.states == frozenset({"owner"})
    assert "status" not in once.toggled("owner")
