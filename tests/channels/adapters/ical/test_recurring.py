"""Recurrence rules beside dateutil's, which is right and may run for hours."""

from datetime import date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import example, given
from hypothesis import strategies as st

from channels.adapters.ical.recurring import Budget, UnreadableRuleError, occurrences, rule_of

DAYS = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
ORDINALS = st.sampled_from(["1", "2", "-1", "5"])
MONTH_DAYS = st.sampled_from(["1", "15", "31", "-1", "30"])


@st.composite
def rules(draw):
    """Rules that people make, each of them matching something within a year or two."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 3))}"]
    if frequency == "WEEKLY":
        parts.append(f"WKST={draw(DAYS)}")
    kind = draw(st.sampled_from(["", "days", "month days"]))
    if kind == "days":
        # All with a number or none: dateutil takes a mixture for what both name, RFC 5545 for what either does.
        counted = frequency in {"MONTHLY", "YEARLY"} and draw(st.booleans())
        days = draw(st.lists(st.tuples(ORDINALS if counted else st.just(""), DAYS), min_size=1, max_size=3))
        parts.append("BYDAY=" + ",".join(ordinal + day for ordinal, day in days))
    elif kind == "month days" and frequency != "WEEKLY":
        parts.append("BYMONTHDAY=" + ",".join(draw(st.lists(MONTH_DAYS, min_size=1, max_size=3))))
    if draw(st.booleans()) and frequency != "DAILY":
        parts.append("BYMONTH=" + ",".join(map(str, draw(st.lists(st.integers(1, 12), min_size=6, max_size=12)))))
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 40))}")
    elif draw(st.booleans()):
        parts.append(f"UNTIL={draw(st.dates(date(2026, 1, 1), date(2029, 1, 1))):%Y%m%d}")
    return ";".join(parts)


@given(rules(), st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(0, 600))
@example("FREQ=DAILY;INTERVAL=1;UNTIL=20260101", date(2026, 1, 2), 0)
def test_days_are_those_of_dateutil(text, start, later):
    first = start + timedelta(days=later)
    until = first + timedelta(days=700)
    oracle = rrulestr(text, dtstart=datetime.combine(start, time()))
    through = datetime.combine(until, time())
    expected = [found.date() for found in oracle.between(datetime.combine(date(1999, 1, 1), time()), through)]
    # RFC 5545: the first day is an occurrence even where the rule does not name it; dateutil leaves it out and counts on.
    if not expected or expected[0] != start:
        if "COUNT" in text:
            return
        expected = [start, *expected]
    got = occurrences(rule_of(text), start, first=first, until=until, budget=Budget())
    assert got == [day for day in expected if first <= day < until]


@pytest.mark.parametrize(
    "text", ["", "FREQ=HOURLY", "FREQ=DAILY;BYHOUR=1", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;BYDAY=XX", "FREQ=DAILY;COUNT=x",
             "FREQ=DAILY;UNTIL=soon", "FREQ=DAILY;BYMONTH=13", "FREQ=YEARLY;BYWEEKNO=1", "FREQ=DAILY;COUNT=²"]
)  # fmt: skip
def test_other_rules_are_refused(text):
    with pytest.raises(UnreadableRuleError):
        rule_of(text)


def test_numbered_and_plain_weekdays_add_up():
    start = date(2026, 3, 1)
    found = occurrences(
        rule_of("FREQ=MONTHLY;BYDAY=1MO,FR"), start, first=start, until=date(2026, 3, 20), budget=Budget()
    )
    assert [day.day for day in found] == [1, 2, 6, 13]


def test_a_rule_that_never_matches_ends():
    rule = rule_of("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    start = date(2026, 1, 1)
    assert occurrences(rule, start, first=start, until=date(2030, 1, 1), budget=Budget()) == [start]


def test_what_costs_too_much_is_refused():
    rule = rule_of("FREQ=DAILY;COUNT=1000000000")
    with pytest.raises(UnreadableRuleError):
        occurrences(rule, date(1000, 1, 1), first=date(2026, 1, 1), until=date(2027, 1, 1), budget=Budget(1000))
