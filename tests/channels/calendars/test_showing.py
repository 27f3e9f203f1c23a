"""Our own calendars: what is taken, whose it is not said, and nobody hears their own echo."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.availability.enums import ClosureKind
from bookings.availability.services import closure_create
from bookings.lifecycle.services import reservation_extend, reservation_unassign
from bookings.rates.enums import Source
from channels.adapters.ical.reading import read
from channels.calendars.enums import Channel
from channels.calendars.keys import token_of
from channels.calendars.models import CalendarExport
from channels.calendars.services import export_create, export_renew, export_revoke
from config.discretion import masked
from tests.channels.adapters.ical.calendars import AIRBNB, VRBO, airbnb_block, airbnb_stay, event
from tests.conftest import TODAY
from tests.house import TESTER, book, refused


def day(offset):
    return TODAY + timedelta(days=offset)


@pytest.fixture
def shows(property_a, client_for, hotel_a):
    """Return shows(unit, without): a function that fetches the address and returns the answer."""

    def make(unit=None, without="", feed=None, room_type=None):
        export = CalendarExport(
            property=property_a.property,
            room_type=room_type or property_a.double,
            unit=property_a.units[unit] if unit else None,
            without=without,
            feed=feed,
        )
        export_create(export=export, actor=TESTER)
        client = client_for(None, hotel_a)

        def get(**headers):
            return client.get(f"/calendar/{token_of(export)}.ics", headers=headers)

        get.export = export
        return get

    return make


def nights(answer):
    """Return the taken nights as offsets from today."""
    assert answer.status_code == 200
    found = read(answer.content, zone=timezone.get_current_timezone(), first=day(-60), until=day(400))
    assert found.problems == ()
    return sorted(
        {offset for row in found.events for offset in range(-60, 400) if row.first <= day(offset) < row.until}
    )


def test_a_unit_shows_its_stays_and_closed_nights_and_nothing_of_a_guest(property_a, shows):
    """T8: the end is the day of departure."""
    book(property_a, 5, 8, unit="101", guest="Lindqvist")
    book(property_a, 5, 8, unit="102")
    closure_create(
        unit=property_a.units["101"],
        first=day(10),
        until=day(12),
        kind=ClosureKind.OWNER,
        reason="Olivia",
        actor=TESTER,
    )
    answer = shows("101")()
    assert nights(answer) == [5, 6, 7, 10, 11]
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    for secret in (b"Lindqvist", b"Greta", b"Olivia"):
        assert secret not in answer.content


def test_a_type_shows_nights_on_which_nothing_is_free(property_a, shows):
    for unit in ("101", "102"):
        book(property_a, 5, 8, unit=unit)
    get = shows()
    assert nights(get()) == []
    book(property_a, 6, 7, unit="103")
    assert nights(get()) == [6]


def test_a_unit_is_taken_when_its_type_has_nothing_left(property_a, shows):
    """A stay without a room may still need this one."""
    for unit in ("102", "103"):
        book(property_a, 5, 7, unit=unit)
    row = book(property_a, 5, 7, unit="101")
    reservation_unassign(reservation=row, actor=TESTER)
    assert nights(shows("101")()) == [5, 6]


def test_the_whole_house_takes_its_flats(estate, client_for, hotel_a):
    """T11."""
    book(estate, 5, 8, room_type=estate.whole, unit="villa")
    export = CalendarExport(property=estate.property, room_type=estate.flat, unit=estate.units["V1"])
    export_create(export=export, actor=TESTER)
    assert nights(client_for(None, hotel_a).get(f"/calendar/{token_of(export)}.ics")) == [5, 6, 7]


def test_a_channel_never_gets_its_own_stays_back(reads, shows):
    """T70: no echo, not from its calendar and not by another way."""
    feed = reads(Channel.AIRBNB)
    feed.read(airbnb_stay(day(5), day(8)), airbnb_block(day(10), day(12)), product=AIRBNB)
    book(feed.house, 20, 22, unit="101", source=Source.AIRBNB)
    book(feed.house, 30, 31, unit="101")
    assert nights(shows("101", Channel.AIRBNB)()) == [30]
    assert nights(shows("101", Channel.BOOKING_COM)()) == [5, 6, 7, 10, 11, 20, 21, 30]
    assert nights(shows("101")()) == [5, 6, 7, 10, 11, 20, 21, 30]


def test_a_type_gives_back_what_the_channel_itself_sold(reads, shows):
    feed = reads(Channel.AIRBNB, None)
    for unit in ("101", "102"):
        book(feed.house, 5, 8, unit=unit)
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    assert nights(shows(None, Channel.AIRBNB)()) == []
    assert nights(shows(None, Channel.BOOKING_COM)()) == [5, 6, 7]


def test_of_two_other_calendars_each_hears_the_other(reads, shows):
    first, second = reads(Channel.OTHER), reads(Channel.OTHER)
    first.read(event(day(5), day(8), uid="a", summary="Reserved"), product=VRBO)
    second.read(event(day(10), day(12), uid="b", summary="Reserved"), product=VRBO)
    assert nights(shows("101", Channel.OTHER, first.feed)()) == [10, 11]
    assert nights(shows("101", Channel.OTHER, second.feed)()) == [5, 6, 7]
    with refused("feed_missing"):
        shows("101", Channel.OTHER)


def test_uids_are_stable_and_a_change_raises_the_sequence(property_a, shows):
    row, get = book(property_a, 5, 8, unit="101"), shows("101")
    before = get()
    assert get().content == before.content
    reservation_extend(reservation=row, departure=day(9), actor=TESTER)
    uids, sequences = (
        [line for answer in (before, get()) for line in answer.content.split(b"\r\n") if line.startswith(name)]
        for name in (b"UID", b"SEQUENCE")
    )
    assert len(set(uids)) == 1
    assert sequences == [b"SEQUENCE:0", b"SEQUENCE:1"]


def test_who_has_it_already_gets_304(property_a, shows):
    get = shows("101")
    first = get()
    assert get(if_none_match=first["ETag"]).status_code == 304
    assert get(if_modified_since=first["Last-Modified"]).status_code == 304
    book(property_a, 5, 8, unit="101")
    assert get(if_none_match=first["ETag"]).status_code == 200
    get.export.refresh_from_db()
    assert get.export.fetched_at is not None


def test_an_address_is_renewed_and_revoked(shows):
    get = shows("101")
    old = get.export
    renewed = export_renew(export=old, actor=TESTER)
    assert get().status_code == 404, "the old address leads nowhere"
    get.export.refresh_from_db()
    assert token_of(renewed) not in renewed.sealed
    export_revoke(export=renewed, actor=TESTER)
    with refused("revoked"):
        export_renew(export=renewed, actor=TESTER)


def test_another_organization_and_a_guess_find_nothing(shows, client_for, hotel_a, hotel_b):
    token = token_of(shows("101").export)
    assert client_for(None, hotel_b).get(f"/calendar/{token}.ics").status_code == 404
    assert client_for(None, hotel_a).get("/calendar/x.ics").status_code == 404
    assert client_for(None, hotel_a).post(f"/calendar/{token}.ics").status_code == 405


@pytest.mark.parametrize("stays", [1, 6])
def test_a_fixed_number_of_queries(property_a, shows, django_assert_num_queries, stays):
    for number in range(stays):
        book(property_a, 5 + 3 * number, 7 + 3 * number, unit="101")
    get = shows("101", Channel.AIRBNB)
    get()
    with django_assert_num_queries(7):
        get()


def test_no_log_shows_a_token():
    assert masked("GET /calendar/Zm9vYmFy.ics 200") == "GET /calendar/*** 200"
