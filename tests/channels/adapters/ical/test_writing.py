"""Our own calendars, read back by ours and by another reader."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
from hypothesis import given
from hypothesis import strategies as st

from channels.adapters.ical.reading import read
from channels.adapters.ical.writing import MOST_OCTETS, Taken, folded, written

STAMP = datetime(2026, 11, 1, 12, tzinfo=UTC)
NIGHTS = st.lists(
    st.builds(
        lambda uid, first, length, sequence: Taken(
            f"{uid:x}@inn", first, first + timedelta(days=length), sequence, STAMP
        ),
        st.integers(0, 2**128),
        st.dates(date(2026, 1, 1), date(2027, 1, 1)),
        st.integers(1, 400),
        st.integers(0, 9),
    ),
    unique_by=lambda taking: taking.uid,
    max_size=8,
)


@given(NIGHTS, st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=120))
def test_others_read_what_we_wrote(taken, name):
    body = written(name, taken)
    there = icalendar.Calendar.from_ical(body)
    assert sorted(
        (str(e["UID"]), e["DTSTART"].dt, e["DTEND"].dt, e["SEQUENCE"]) for e in there.walk("VEVENT")
    ) == sorted((row.uid, row.first, row.until, row.sequence) for row in taken)
    ours = read(body, zone=ZoneInfo("UTC"), first=date(2025, 1, 1), until=date(2029, 1, 1))
    assert sorted(event.uid for event in ours.events) == sorted(row.uid for row in taken)
    assert all(len(line) <= MOST_OCTETS for line in body.split(b"\r\n"))
    assert body.count(b"\n") == body.count(b"\r\n")


def test_no_character_is_cut_by_a_fold():
    parts = folded("SUMMARY:" + "ė" * 100).split(b"\r\n ")
    assert all(part.decode() for part in parts)
    assert b"".join(parts).decode() == "SUMMARY:" + "ė" * 100 + "\r\n"
