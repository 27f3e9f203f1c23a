"""What channels mean by their events."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from channels.adapters.ical.dialects import Dialect, Kind, dialect_of, entries_of
from channels.adapters.ical.reading import read
from tests.channels.adapters.ical.calendars import BOOKINGCOM, GOOGLE, OTHER, VRBO, bookingcom_closed, calendar, event
from tests.sandbox.samples import need_samples

TODAY = date(2026, 11, 20)


def day(offset):
    return TODAY + timedelta(days=offset)


def entries(body):
    found = read(body, zone=ZoneInfo("Europe/Lisbon"), first=date(2015, 1, 1), until=date(2031, 1, 1))
    return dialect_of(found), entries_of(found, dialect_of(found))


def sample(name):
    return entries((need_samples() / "ical" / name).read_bytes())


@pytest.mark.parametrize(
    ("name", "kinds", "references"),
    [
        ("airbnb_2018_whole_calendar_blocked.ics", "c", [""]),
        ("airbnb_2020_reserved_and_block.ics", "cs", ["", "HMNXXX8J99"]),
        ("airbnb_2022_two_reserved_two_blocks.ics", "scsc", ["HMXXXXXXX1", "", "HMXXXXXXX2", ""]),
    ],
)
def test_airbnb_says_which_is_which(name, kinds, references):
    dialect, found = sample(name)
    assert dialect == Dialect.AIRBNB
    assert "".join(entry.kind[0] for entry in found) == kinds
    assert [entry.reference.upper() for entry in found] == references


@pytest.mark.parametrize("name", ["bookingcom_2025_closed.ics", "bookingcom_bare_lf.ics"])
def test_bookingcom_says_neither_and_its_uids_are_nobodys(name):
    dialect, found = sample(name)
    assert dialect == Dialect.BOOKINGCOM
    assert {(entry.kind, entry.uid) for entry in found} == {(Kind.UNCLEAR, "")}


def test_vrbo_writes_in_french_and_knows_tentative_stays():
    dialect, found = sample("homeaway_abritel_fr_2020.ics")
    assert dialect == Dialect.VRBO
    assert [(entry.kind[0], entry.name, entry.is_tentative) for entry in found] == [
        ("s", "Guest1", False),
        ("s", "M & Mme", False),
        ("c", "", False),
        ("s", "Guest2 & Guest3", False),
        ("s", "Guest4", False),
        ("s", "", False),
        ("s", "Guest5", True),
    ]


@pytest.mark.parametrize(
    ("summary", "kind", "name"),
    [
        ("Reserved - Greta Berg", Kind.STAY, "Greta Berg"),
        ("Reserviert: Greta", Kind.STAY, "Greta"),
        ("Varattu \N{EN DASH} Greta", Kind.STAY, "Greta"),
        ("Blocked", Kind.CLOSED, ""),
        ("Nicht verfügbar", Kind.CLOSED, ""),
        ("Niet beschikbaar (eigenaar)", Kind.CLOSED, ""),
        ("Tripadvisor Rentals: Greta Berg", Kind.STAY, "Greta Berg"),
        ("Closedale family", Kind.UNCLEAR, "Closedale family"),
        ("Dentist", Kind.UNCLEAR, "Dentist"),
        ("", Kind.UNCLEAR, ""),
    ],
)
def test_summaries_in_several_languages(summary, kind, name):
    (entry,) = entries(calendar(event(day(1), day(3), summary=summary)))[1]
    assert (entry.kind, entry.name) == (kind, name)


def test_an_unknown_word_of_vrbo_is_a_guest():
    (entry,) = entries(calendar(event(day(1), day(3), uid="6f49cda7-479e", summary="Foglalt - Greta"), product=VRBO))[1]
    assert (entry.kind, entry.name) == (Kind.STAY, "Greta")


@pytest.mark.parametrize("more", ["STATUS:CANCELLED", "TRANSP:TRANSPARENT"])
def test_what_is_cancelled_or_free_takes_no_night(more):
    """T70."""
    assert entries(calendar(event(day(1), day(3), more=more), product=GOOGLE)) == (Dialect.GOOGLE, [])


def test_three_events_for_a_stay_are_one_stay():
    body = calendar(
        event(day(1), day(2), uid="in", summary="Check-in: Greta"),
        event(day(1), day(4), uid="stay", summary="Greta"),
        event(day(4), day(5), uid="out", summary="Check-out: Greta"),
        event(day(9), day(10), uid="in-2", summary="Check-in Otto"),
        event(day(12), day(13), uid="out-2", summary="Check-out Otto"),
        event(day(20), day(21), uid="in-3", summary="Anreise - Hana"),
    )
    found = entries(body)[1]
    assert [(entry.uid, entry.name, entry.first, entry.until) for entry in found] == [
        ("stay", "Greta", day(1), day(4)),
        ("in-2", "Otto", day(9), day(12)),
        ("in-3", "Hana", day(20), day(21)),
    ]


def test_a_calendar_is_known_by_its_uids_too():
    body = calendar(bookingcom_closed(day(1), day(3), today=day(0)), product=OTHER)
    assert entries(body)[0] == Dialect.BOOKINGCOM
    assert entries(calendar(event(day(1)), product=BOOKINGCOM))[0] == Dialect.BOOKINGCOM
