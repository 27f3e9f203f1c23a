"""Reading calendars: dates, zones, broken events, torn bodies, and whatever somebody might send."""

from datetime import date, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.adapters.ical.dialects import dialect_of, entries_of
from channels.adapters.ical.reading import MOST_BYTES, MOST_EVENTS, Unreadable, read
from tests.channels.adapters.ical.calendars import AIRBNB, airbnb_stay, calendar, event, many
from tests.sandbox.samples import need_samples

LISBON = ZoneInfo("Europe/Lisbon")
KOLKATA = ZoneInfo("Asia/Kolkata")
TODAY = date(2026, 11, 20)
WINDOW = {"first": date(2015, 1, 1), "until": date(2031, 1, 1)}


def day(offset):
    return TODAY + timedelta(days=offset)


def nights(body, *, zone=LISBON, **window):
    return [(row.uid, row.first, row.until) for row in read(body, zone=zone, **(WINDOW | window)).events]


def test_the_end_is_the_day_of_departure():
    """T8, T70: DTEND is exclusive."""
    assert nights(calendar(event(day(1), day(4)))) == [("1@test", day(1), day(4))]


@pytest.mark.parametrize("until", [None, day(1)])
def test_an_event_without_an_end_or_without_a_night_is_one_night(until):
    assert nights(calendar(event(day(1), until))) == [("1@test", day(1), day(2))]


@pytest.mark.parametrize(("length", "count"), [("P3D", 3), ("P1W", 7), ("PT36H", 2), ("P0D", 1)])
def test_a_duration_instead_of_an_end(length, count):
    assert nights(calendar(event(day(1), more=f"DURATION:{length}")))[0][2] == day(1 + count)


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART:20261121\r\nDTEND:20261123",
        "dtstart;value=date:20261121\r\ndtend;value=date:20261123",
        "DTSTART;VALUE=DATE:20261121\r\nDTEND;VALUE=DATE:2026\r\n 1123",
        'DTSTART;X-ODD="a;b:c":20261121\r\nDTEND:20261123\r\nBEGIN:VALARM\r\nDTSTART:20200101\r\nUID:x\r\nEND:VALARM',
    ],
    ids=["no VALUE=DATE", "lower case", "folded", "parameters and an alarm inside"],
)
def test_other_ways_to_write_the_same(lines):
    body = calendar(f"BEGIN:VEVENT\r\nUID:1@test\r\n{lines}\r\nEND:VEVENT")
    expected = [("1@test", date(2026, 11, 21), date(2026, 11, 23))]
    assert nights(body) == expected
    assert nights(b"\xef\xbb\xbf" + body.replace(b"\r\n", b"\n")) == expected


def test_times_become_nights_of_the_property():
    """T4, T70: known zones are converted, unknown ones, Windows' ones and floating times are the property's own."""
    body = need_samples() / "ical" / "timezones.ics"
    found = {uid: (first.day, until.day) for uid, first, until in nights(body.read_bytes(), zone=KOLKATA)}
    assert found == {
        "tz-kolkata": (5, 7),
        "tz-quoted": (10, 11),
        "tz-windows": (12, 13),
        "tz-floating": (15, 16),
        "tz-utc": (20, 22),
    }


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("UID:2\r\nDTSTART;VALUE=DATE:20261131\r\nDTEND;VALUE=DATE:20261202", "does not exist"),
        ("UID:2\r\nDTSTART;VALUE=DATE:20261123\r\nDTEND;VALUE=DATE:20261121", "ends before it begins"),
        ("UID:2\r\nDTSTART:20261123T150000Z\r\nDTEND:20261123T110000Z", "ends before it begins"),
        ("DTSTART;VALUE=DATE:20261121", "no UID"),
        ("UID:2\r\nSUMMARY:Reserved", "no start"),
        ("UID:2\r\nDTSTART:tomorrow", "no date"),
        ("UID:2\r\nDTSTART:20261121\r\nDURATION:-P1D", "no duration"),
        ("UID:2\r\nDTSTART:20261121\r\nRRULE:FREQ=SECONDLY", "repetition"),
        ("UID:2\r\nDTSTART:99991231T235959Z\r\nDURATION:P9999W", ""),
    ],
)
def test_a_broken_event_is_said_of_that_event_alone(broken, said):
    """T70."""
    found = read(calendar(f"BEGIN:VEVENT\r\n{broken}\r\nEND:VEVENT", event(day(1), day(2))), zone=LISBON, **WINDOW)
    assert [row.uid for row in found.events] == ["1@test"]
    assert said in found.problems[0].message
    assert (found.problems[0].uid, found.total) == ("2" if "UID" in broken else "", 2)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_a_calendar"),
        (b"<!DOCTYPE html><html><body>Sign in: BEGIN:VCALENDAR</body></html>", "not_a_calendar"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "not_a_calendar"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "torn"),
        (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "torn"),
        (calendar(event(day(1), day(2)))[:-30], "torn"),
        (calendar() + calendar(event(day(1)))[:40], "torn"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * 50_000, "not_a_calendar"),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * (MOST_EVENTS + 1), "too_many"),
        (b" " * (MOST_BYTES + 1), "too_long"),
    ],
    ids=range(10),
)
def test_what_is_not_whole_is_refused_whole(body, code):
    """T70: a torn or strange body says nothing about any night."""
    with pytest.raises(Unreadable) as refusal:
        read(body, zone=LISBON, **WINDOW)
    assert refusal.value.code == code


def test_every_cut_of_a_calendar_is_refused():
    """T70: wherever the line breaks, half a calendar is none."""
    body = calendar(airbnb_stay(day(1), day(4)), event(day(8), day(9)), product=AIRBNB)
    whole = len(body.rstrip())
    for cut in range(1, whole):
        with pytest.raises(Unreadable):
            read(body[:cut], zone=LISBON, **WINDOW)
    assert len(nights(body[:whole])) == 2


def test_of_one_uid_the_latest_revision_counts_and_others_lose_it():
    revised = calendar(event(day(1), day(3), more="SEQUENCE:1"), event(day(1), day(5), more="SEQUENCE:2"))
    assert nights(revised) == [("1@test", day(1), day(5))]
    shared = calendar(event(day(1), day(3)), event(day(5), day(7)), event(day(5), day(7)))
    assert nights(shared) == [("", day(1), day(3)), ("", day(5), day(7))]


def test_recurrences_with_exceptions_and_a_moved_one():
    moved = event(day(15), day(16), more=f"RECURRENCE-ID;VALUE=DATE:{day(14):%Y%m%d}")
    every_week = event(day(0), day(2), more=f"RRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;VALUE=DATE:{day(7):%Y%m%d}")
    found = nights(calendar(moved, every_week))
    assert [(first, until) for _, first, until in found] == [
        (day(0), day(2)),
        (day(15), day(16)),
        (day(21), day(23)),
    ]
    assert len({uid for uid, *_ in found}) == 3


def test_only_the_window_is_laid_out():
    daily = calendar(event(date(1990, 1, 1), date(1990, 1, 2), more="RRULE:FREQ=DAILY"))
    assert [first for _, first, _ in nights(daily, first=day(0), until=day(3))] == [day(0), day(1), day(2)]


def test_endless_repetition_in_every_event_costs_little():
    rules = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
    body = calendar(*(event(date(1900, 1, 1), more=rules + ";COUNT=9", uid=str(number)) for number in range(2000)))
    begin = perf_counter()
    assert read(body, zone=LISBON, **WINDOW).problems
    assert perf_counter() - begin < 10


def test_5000_events_are_read_in_less_than_two_seconds():
    body = many(5_000, first=day(0))
    best = min(_seconds(body) for _ in range(3))
    assert best < 2


def _seconds(body):
    begin = perf_counter()
    found = read(body, zone=LISBON, first=day(0), until=day(4000))
    assert len(entries_of(found, dialect_of(found))) == 5_000
    return perf_counter() - begin


def test_real_calendars_are_read_or_refused():
    folder = need_samples() / "ical"
    read_whole = 0
    for path in sorted(folder.rglob("*.ics")):
        try:
            found = read(path.read_bytes(), zone=LISBON, **WINDOW)
        except Unreadable:
            continue
        entries_of(found, dialect_of(found))
        read_whole += 1
    assert read_whole >= 30


WORDS = st.sampled_from(
    ["BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM", "UID:1", "UID:",
     "DTSTART:20261121", "DTSTART;TZID=Europe/Lisbon:20261121T150000", "DTEND:20261199", "DTEND:00010101", "DTEND:99991231",
     "DURATION:P99999W", "RRULE:FREQ=DAILY", "RRULE:FREQ=YEARLY;BYDAY=-53SU;COUNT=1000000000", "SUMMARY:Réservée - M",
     "EXDATE:20261121,20261122,x", "RDATE;VALUE=PERIOD:20261121T000000Z/P1D", "RECURRENCE-ID:20261121", "SEQUENCE:²",
     "RRULE:FREQ=MONTHLY;BYMONTHDAY=-31;BYSETPOS=-366;INTERVAL=9999", "STATUS:CANCELLED", ' "', '"";:=;"', "\x00", "﻿"]
)  # fmt: skip


@given(st.one_of(st.binary(max_size=400), st.lists(st.one_of(WORDS, st.text(max_size=30))).map("\r\n".join)))
def test_fuzzed_bodies_are_read_or_refused(body):
    """Nothing but Unreadable comes out, and what is read lies in the window."""
    body = body.encode(errors="surrogatepass") if isinstance(body, str) else body
    for whole in (body, b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + body + b"\r\nEND:VEVENT\r\nEND:VCALENDAR"):
        try:
            found = read(whole, zone=KOLKATA, **WINDOW)
        except Unreadable:
            continue
        for entry in entries_of(found, dialect_of(found)):
            assert entry.first < entry.until
            assert entry.first < WINDOW["until"]
            assert entry.until > WINDOW["first"]


@pytest.mark.parametrize(
    "hostile",
    [
        b"DTSTART" + b";X=" + b"a" * 4_000_000 + b":20261121",
        b"DTSTART;" + b"a" * 4_000_000 + b":20261121",
        b"DTSTART" + b';"' * 2_000_000 + b":20261121",
        b"SUMMARY:" + b"\\n" * 2_000_000,
        b"SUMMARY:a" + b"\r\n b" * 1_000_000,
        b"EXDATE:" + b"20261121," * 500_000,
        b"RRULE:FREQ=DAILY;" + b"BYDAY=MO;" * 500_000,
        b"BYDAY=" + b"MO," * 1_000_000,
        b"\r" * 4_000_000,
    ],
    ids=range(9),
)
def test_megabytes_of_anything_take_seconds_not_hours(hostile):
    body = (
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nRDATE:20261121\r\n" + hostile + b"\r\nEND:VEVENT\r\nEND:VCALENDAR"
    )
    begin = perf_counter()
    read(body, zone=LISBON, **WINDOW)
    assert perf_counter() - begin < 15
