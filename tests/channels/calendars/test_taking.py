"""What calendars become: one stay stays one stay, closed nights are a set, nothing is freed by chance."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from bookings.availability.enums import ClosureKind
from bookings.availability.models import Closure, InventoryDay
from bookings.availability.services import closure_create
from bookings.lifecycle.services import reservation_cancel, reservation_check_in, reservation_details_set
from bookings.rates.enums import Source
from bookings.rates.models import BasePrice
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from channels.calendars.enums import Became, Channel, EventState, Unclear
from channels.calendars.models import CalendarExport, FeedEvent
from channels.calendars.services import export_create, feed_free_absent, feed_go_live, feed_save
from channels.calendars.taking import CANCELLED_HERE
from tests.channels.adapters.ical.calendars import (
    AIRBNB,
    BOOKINGCOM,
    GOOGLE,
    OTHER,
    VRBO,
    airbnb_block,
    airbnb_stay,
    bookingcom_closed,
    calendar,
    event,
)
from tests.conftest import TODAY
from tests.house import TESTER, book, free, numbers


def day(offset):
    return TODAY + timedelta(days=offset)


def stays():
    return [
        (row.arrival, row.departure, row.status, numbers(row)[0] if numbers(row) else None)
        for row in Reservation.objects.order_by("pk")
    ]


def closed(unit="101"):
    """Return the closed nights of a unit from today on, as offsets."""
    found = Closure.objects.filter(unit__number=unit, released_at=None)
    return sorted(
        offset for row in found for offset in range(200) if row.nights.lower <= day(offset) < row.nights.upper
    )


def audit_date(house, offset):
    """Move the business date, as the night audit does."""
    type(house.property).objects.filter(pk=house.property.pk).update(business_date=day(offset))


# Stays


def test_a_stay_becomes_a_reservation_at_a_price_nobody_was_told(reads):
    feed = reads(Channel.AIRBNB)
    assert feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB) == "taken"
    stay = Reservation.objects.get()
    assert stays() == [(day(5), day(8), Status.CONFIRMED, "101")]
    assert (stay.booking.source, stay.booking.external_id, stay.total_minor) == (Source.AIRBNB, "HMTEST0001", 30_000)
    assert "price-not-told" in stay.tags
    assert "Price not told by the calendar" in stay.notes
    assert stay.guest.last_name == "Airbnb guest"


def test_reading_it_again_changes_nothing(reads):
    feed = reads(Channel.AIRBNB)
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    version = Reservation.objects.get().version
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB, times=3)
    assert Reservation.objects.get().version == version
    assert FeedEvent.objects.get().absences == 0


def test_a_changed_date_of_airbnb_keeps_its_uid_and_its_stay(reads):
    """T70."""
    feed = reads(Channel.AIRBNB)
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    feed.read(airbnb_stay(day(6), day(11)), product=AIRBNB)
    assert stays() == [(day(6), day(11), Status.CONFIRMED, "101")]
    feed.read(airbnb_stay(day(40), day(42)), product=AIRBNB)
    assert stays() == [(day(40), day(42), Status.CONFIRMED, "101")]


def test_another_uid_of_airbnb_is_another_guest(reads):
    feed = reads(Channel.AIRBNB)
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    feed.read(airbnb_stay(day(6), day(8), number=2), product=AIRBNB, times=2)
    assert [(row[0], row[2]) for row in stays()] == [(day(5), Status.CANCELLED), (day(6), Status.CONFIRMED)]


def test_booking_com_drifts_every_day_and_stays_one_stay(reads):
    """T70: another UID each day, and the first night moves with the day while the guest is here."""
    feed = reads(Channel.BOOKING_COM)
    for today in range(6):
        audit_date(feed.house, today)
        feed.read(bookingcom_closed(day(2), day(6), today=day(today)), product=BOOKINGCOM)
        if today == 2:
            reservation_check_in(reservation=Reservation.objects.get(), actor=TESTER)
    assert stays() == [(day(2), day(6), Status.CHECKED_IN, "101")]
    assert FeedEvent.objects.filter(became=Became.STAY).count() == 1
    assert FeedEvent.objects.get().problem == ""


def test_booking_com_is_a_day_ahead_of_the_property(reads):
    """T5: the channel's day has begun, ours has not."""
    feed = reads(Channel.BOOKING_COM)
    feed.read(bookingcom_closed(day(0), day(4), today=day(0)), product=BOOKINGCOM)
    feed.read(bookingcom_closed(day(0), day(4), today=day(1)), product=BOOKINGCOM)
    assert stays() == [(day(0), day(4), Status.CONFIRMED, "101")]


def test_booking_com_changes_the_dates_of_a_stay_to_come(reads):
    feed = reads(Channel.BOOKING_COM)
    feed.read(bookingcom_closed(day(5), day(9), today=day(0)), product=BOOKINGCOM)
    feed.read(bookingcom_closed(day(7), day(9), today=day(0)), product=BOOKINGCOM)
    feed.read(bookingcom_closed(day(7), day(10), today=day(0)), product=BOOKINGCOM)
    assert stays() == [(day(7), day(10), Status.CONFIRMED, "101")]


def test_what_booking_com_closes_for_months_is_closed_nights(reads):
    feed = reads(Channel.BOOKING_COM)
    feed.read(bookingcom_closed(day(30), day(90), today=day(0)), product=BOOKINGCOM)
    assert stays() == []
    assert closed() == list(range(30, 90))


def test_closed_months_do_not_become_a_stay_as_they_run_out(reads):
    feed = reads(Channel.BOOKING_COM)
    for today in (0, 4, 20):
        audit_date(feed.house, today)
        feed.read(bookingcom_closed(day(0), day(33), today=day(today)), product=BOOKINGCOM, times=2)
    assert stays() == []
    assert [offset for offset in closed() if offset >= 20] == list(range(20, 33))


def test_an_event_that_gets_another_uid_is_the_same_stay(reads):
    """T70: the UID may change on edit."""
    feed = reads(Channel.OTHER)
    feed.read(event(day(5), day(8), uid="a", summary="Reserved - Greta Berg"), product=OTHER)
    feed.read(event(day(6), day(8), uid="b", summary="Reserved - Greta Berg"), product=OTHER, times=3)
    assert stays() == [(day(6), day(8), Status.CONFIRMED, "101")]
    assert FeedEvent.objects.get().uid == "b"


def test_a_tentative_stay_of_vrbo_is_pending_until_it_is_certain(reads):
    feed = reads(Channel.VRBO)
    feed.read(event(day(5), day(8), uid="6f49-a", summary="Provisoire - Greta Berg"), product=VRBO)
    assert stays()[0][2] == Status.PENDING
    feed.read(event(day(5), day(8), uid="6f49-a", summary="Réservée - Greta Berg"), product=VRBO)
    stay = Reservation.objects.get()
    assert (stay.status, stay.guest.full_name, stay.booking.source) == (Status.CONFIRMED, "Greta Berg", Source.OTA)


def test_three_events_for_a_stay_are_one_stay(reads):
    feed = reads(Channel.OTHER)
    feed.read(
        event(day(5), day(6), uid="in", summary="Check-in: Greta"),
        event(day(5), day(8), uid="stay", summary="Greta"),
        event(day(8), day(9), uid="out", summary="Check-out: Greta"),
        product=OTHER,
        times=2,
    )
    assert stays() == [(day(5), day(8), Status.CONFIRMED, "101")]


def test_a_private_calendar_closes_nights(reads):
    feed = reads(Channel.GOOGLE, unclear_as=Unclear.CLOSED)
    weekly = event(day(3), day(4), summary="Family", more="RRULE:FREQ=WEEKLY;COUNT=3")
    feed.read(weekly, product=GOOGLE)
    assert (stays(), closed()) == ([], [3, 10, 17])


# Taken by somebody already


def test_a_stay_beyond_the_last_room_is_taken_and_flagged(reads, property_a):
    """T17: never dropped."""
    feed = reads(Channel.AIRBNB, "201", room_type=property_a.suite)
    for unit in ("201", "202"):
        book(feed.house, 5, 8, room_type=feed.house.suite, unit=unit)
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    stay = Reservation.objects.latest("pk")
    assert (stay.is_overbooked, numbers(stay)) == (True, [None, None, None])
    assert InventoryDay.objects.get(room_type=feed.house.suite, date=day(5)).overbooked == 1


def test_a_stay_whose_room_is_taken_gets_another_room_of_the_type(reads):
    feed = reads(Channel.AIRBNB)
    book(feed.house, 5, 8, unit="101")
    feed.read(airbnb_stay(day(6), day(7)), product=AIRBNB)
    stay = Reservation.objects.latest("pk")
    assert (numbers(stay), stay.is_overbooked) == (["102"], False)
    assert "of room 101" in stay.notes


def test_a_change_into_full_nights_is_taken_and_flagged(reads):
    """T17: the channel has moved the guest, whether there is room or not."""
    feed = reads(Channel.AIRBNB)
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    for unit in ("101", "102", "103"):
        book(feed.house, 20, 23, unit=unit)
    feed.read(airbnb_stay(day(20), day(23)), product=AIRBNB)
    stay = Reservation.objects.get(booking__source=Source.AIRBNB)
    assert (stay.arrival, stay.is_overbooked, FeedEvent.objects.get().problem) == (day(20), True, "")


def test_two_calendars_of_one_unit(reads, place):
    first, second = reads(Channel.AIRBNB), reads(Channel.BOOKING_COM)
    first.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    second.read(bookingcom_closed(day(10), day(12), today=TODAY), product=BOOKINGCOM)
    first.read(airbnb_stay(day(5), day(8)), product=AIRBNB, times=3)
    assert stays() == [(day(5), day(8), Status.CONFIRMED, "101"), (day(10), day(12), Status.CONFIRMED, "101")]


def test_a_booking_that_came_another_way_is_not_made_again_and_not_cancelled(reads):
    feed = reads(Channel.AIRBNB)
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    second = reads(Channel.AIRBNB, "102")
    second.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    second.read(airbnb_stay(day(30), day(31), number=9), product=AIRBNB, times=2)
    assert [row[:3] for row in stays()] == [
        (day(5), day(8), Status.CONFIRMED),
        (day(30), day(31), Status.CONFIRMED),
    ]


def test_a_stay_without_a_price_is_taken_at_nothing(reads):
    feed = reads(Channel.AIRBNB)
    BasePrice.objects.all().delete()
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    stay = Reservation.objects.get()
    assert (stay.total_minor, stay.status) == (0, Status.CONFIRMED)
    assert "at nothing" in stay.notes


def test_a_stay_that_cannot_be_taken_closes_its_nights_and_says_why(reads):
    feed = reads(Channel.AIRBNB)
    feed.house.double.retired_at = timezone.now()
    feed.house.double.save()
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    failed = FeedEvent.objects.get()
    assert (failed.became, stays(), closed()) == (Became.FAILED, [], [5, 6, 7])
    assert "not sold any more" in failed.problem
    feed.house.double.retired_at = None
    feed.house.double.save()
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB, times=2)
    assert (len(stays()), closed()) == (1, [])


# Gone


def test_a_stay_is_cancelled_after_two_good_calendars_without_it(reads):
    """T70: absence is believed the second time; nothing is owed for a price that nobody told."""
    feed = reads(Channel.AIRBNB)
    other = airbnb_stay(day(30), day(31), number=9)
    feed.read(airbnb_stay(day(5), day(8)), other, product=AIRBNB)
    feed.read(other, product=AIRBNB)
    assert stays()[0][2] == Status.CONFIRMED
    feed.read(airbnb_stay(day(5), day(8)), other, product=AIRBNB)
    feed.read(other, product=AIRBNB)
    assert stays()[0][2] == Status.CONFIRMED
    feed.read(other, product=AIRBNB)
    stay = Reservation.objects.order_by("pk").first()
    assert (stay.status, stay.cancellation_fee_minor) == (Status.CANCELLED, 0)
    assert free(feed.house.double, day(5)) == 3


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (200, b"<html>Sign in</html>"),
        (200, calendar(airbnb_stay(day(30), day(31), number=9), product=AIRBNB)[:-20]),
        (200, b""),
        (404, b"gone"),
        (304, b""),
        (200, calendar(product=AIRBNB)),
        (200, b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
    ],
    ids=["500", "html", "torn", "nothing", "404", "304 unasked", "empty calendar", "bare calendar"],
)
def test_a_failed_or_empty_fetch_never_frees_a_night(reads, place, status, body):
    """T70."""
    feed = reads(Channel.AIRBNB)
    feed.read(airbnb_stay(day(5), day(8)), airbnb_block(day(10), day(12)), product=AIRBNB)
    place.status, place.body = status, body
    for _ in range(4):
        feed.fetch()
    assert (stays()[0][2], closed()) == (Status.CONFIRMED, [10, 11])
    assert feed.feed.problem


def test_an_empty_calendar_frees_when_somebody_says_so(reads):
    feed = reads(Channel.AIRBNB)
    feed.read(airbnb_stay(day(5), day(8)), airbnb_block(day(10), day(12)), product=AIRBNB)
    feed.read(product=AIRBNB)
    assert "came back empty" in feed.feed.problem
    assert feed_free_absent(feed=feed.feed, actor=TESTER) == 2
    feed.read(product=AIRBNB)
    assert (stays()[0][2], closed()) == (Status.CANCELLED, [])


def test_an_event_nobody_can_read_is_not_an_absence(reads):
    """T70: a broken event may be the stay that is missing."""
    feed = reads(Channel.OTHER)
    other = event(day(30), day(31), uid="z", summary="Reserved")
    feed.read(event(day(5), day(8), uid="a", summary="Reserved"), other, product=OTHER)
    feed.read(event(day(5), day(4), uid="a", summary="Reserved"), other, product=OTHER, times=3)
    assert stays()[0][2] == Status.CONFIRMED
    assert "1 events cannot be read" in feed.feed.problem


def test_another_address_frees_nothing_unasked(reads, place):
    """T71: what only the old calendar knew stays until somebody says yes."""
    feed = reads(Channel.AIRBNB)
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    feed.feed = feed_save(feed=feed.feed, address=place.address + "&new=1", actor=TESTER)
    assert feed.fetch() == "not_live"
    feed_go_live(feed=feed.feed, actor=TESTER)
    feed.read(airbnb_stay(day(30), day(31), number=9), product=AIRBNB, times=4)
    assert [row[2] for row in stays()] == [Status.CONFIRMED, Status.CONFIRMED]
    assert feed.feed.asks_before_freeing
    assert feed_free_absent(feed=feed.feed, actor=TESTER) == 1
    assert stays()[0][2] == Status.CANCELLED


def test_another_address_of_the_same_calendar_asks_nothing(reads, place):
    feed = reads(Channel.AIRBNB)
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    feed.feed = feed_save(feed=feed.feed, address=place.address + "&new=1", actor=TESTER)
    feed_go_live(feed=feed.feed, actor=TESTER)
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    assert not feed.feed.asks_before_freeing


def test_a_stay_that_has_begun_is_never_cancelled(reads):
    """T70: past stays, and guests in house, stay."""
    feed = reads(Channel.AIRBNB)
    other = airbnb_stay(day(30), day(31), number=9)
    feed.read(airbnb_stay(day(0), day(3)), other, product=AIRBNB)
    reservation_check_in(reservation=Reservation.objects.earliest("pk"), actor=TESTER)
    audit_date(feed.house, 1)
    feed.read(other, product=AIRBNB, times=3)
    assert stays()[0][2] == Status.CHECKED_IN
    assert "nothing was cancelled" in FeedEvent.objects.earliest("pk").problem
    audit_date(feed.house, 3)
    feed.read(other, product=AIRBNB, times=3)
    assert stays()[0][2] == Status.CHECKED_IN


def test_a_stay_that_comes_back_is_the_same_stay(reads):
    feed = reads(Channel.AIRBNB)
    other = airbnb_stay(day(30), day(31), number=9)
    feed.read(airbnb_stay(day(5), day(8)), other, product=AIRBNB)
    reservation_details_set(reservation=Reservation.objects.earliest("pk"), notes="Late arrival", actor=TESTER)
    feed.read(other, product=AIRBNB, times=2)
    feed.read(airbnb_stay(day(5), day(9)), other, product=AIRBNB)
    stay = Reservation.objects.earliest("pk")
    assert (stay.status, stay.departure, stay.notes) == (Status.CONFIRMED, day(9), "Late arrival")
    assert Reservation.objects.count() == 2


def test_a_stay_cancelled_at_the_desk_is_not_made_again(reads):
    feed = reads(Channel.AIRBNB)
    feed.read(airbnb_stay(day(5), day(8)), product=AIRBNB)
    reservation_cancel(reservation=Reservation.objects.get(), reason="Guest rang", actor=TESTER)
    feed.read(airbnb_stay(day(5), day(9)), product=AIRBNB, times=2)
    assert (len(stays()), FeedEvent.objects.get().problem) == (1, CANCELLED_HERE)


# Closed nights


def test_rolling_blocks_are_a_set_of_closed_nights(reads):
    """T70: a new UID every day, never a stay, and no closure a day."""
    feed = reads(Channel.AIRBNB)
    for today in range(5):
        audit_date(feed.house, today)
        minimum_notice = airbnb_block(day(today), day(today + 2), number=100 + today)
        feed.read(minimum_notice, airbnb_block(day(60), day(90), number=1), product=AIRBNB)
    assert stays() == []
    assert [offset for offset in closed() if offset >= 4] == [4, 5, *range(60, 90)]


def test_closed_nights_leave_stays_alone(reads):
    feed = reads(Channel.AIRBNB)
    row = book(feed.house, 11, 13, unit="101")
    feed.read(airbnb_block(day(10), day(15)), product=AIRBNB)
    assert (closed(), numbers(row)) == ([10, 13, 14], ["101", "101"])
    reservation_cancel(reservation=row, reason="Guest rang", actor=TESTER)
    feed.read(airbnb_block(day(10), day(15)), product=AIRBNB)
    assert closed() == [10, 11, 12, 13, 14]


def test_closed_nights_open_after_two_good_calendars_without_them(reads):
    feed = reads(Channel.AIRBNB)
    stay = airbnb_stay(day(40), day(41))
    feed.read(airbnb_block(day(10), day(15)), stay, product=AIRBNB)
    feed.read(airbnb_block(day(10), day(12), number=2), airbnb_block(day(14), day(15)), stay, product=AIRBNB)
    feed.read(airbnb_block(day(10), day(12), number=2), airbnb_block(day(14), day(15)), stay, product=AIRBNB)
    assert closed() == [10, 11, 14]
    assert free(feed.house.double, day(12)) == 3


def test_closed_nights_of_a_type_close_one_of_its_rooms(reads):
    feed = reads(Channel.AIRBNB, None)
    book(feed.house, 10, 12, unit="101")
    feed.read(airbnb_block(day(10), day(15)), product=AIRBNB, times=2)
    assert free(feed.house.double, day(10)) == 1
    assert free(feed.house.double, day(13)) == 2


def test_closed_nights_move_with_the_room_of_the_feed(reads):
    feed = reads(Channel.AIRBNB)
    block = airbnb_block(day(10), day(12))
    feed.read(block, product=AIRBNB)
    feed.feed.unit = feed.house.units["102"]
    feed_go_live(feed=feed_save(feed=feed.feed, actor=TESTER), actor=TESTER)
    feed.read(block, product=AIRBNB, times=2)
    assert (closed("101"), closed("102")) == ([], [10, 11])


def test_a_feed_that_closes_no_nights_takes_only_stays(reads):
    feed = reads(Channel.AIRBNB, closes_nights=False)
    feed.read(airbnb_block(day(10), day(15)), airbnb_stay(day(1), day(2)), product=AIRBNB)
    assert (closed(), len(stays())) == ([], 1)


# Echoes


@pytest.fixture
def given(property_a):
    """The address of 101 that Booking.com has been given."""
    export = CalendarExport(
        property=property_a.property,
        room_type=property_a.double,
        unit=property_a.units["101"],
        without=Channel.BOOKING_COM,
    )
    return export_create(export=export, actor=TESTER)


def fetched(export, *, hours_from_now=1):
    at = timezone.now() + timedelta(hours=hours_from_now)
    CalendarExport.objects.filter(pk=export.pk).update(fetched_at=at)


def test_our_own_nights_coming_back_are_no_stay(reads, given):
    """T70: what Booking.com read in our calendar it shows as closed in its own."""
    feed = reads(Channel.BOOKING_COM)
    row = book(feed.house, 5, 8, unit="101")
    fetched(given)
    feed.read(bookingcom_closed(day(5), day(8), today=TODAY), product=BOOKINGCOM)
    assert (len(stays()), FeedEvent.objects.get().became) == (1, Became.ECHO)
    reservation_cancel(reservation=row, reason="Guest rang", actor=TESTER)
    feed.fetch()
    assert len(stays()) == 1, "the channel has not looked again yet"
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        feed.fetch()
    assert stays()[1] == (day(5), day(8), Status.CONFIRMED, "101")


def test_a_stay_on_nights_the_channel_was_not_told_of_is_a_double_booking(reads, given):
    """T17: sold there before our calendar was read there."""
    feed = reads(Channel.BOOKING_COM)
    book(feed.house, 5, 8, unit="101")
    feed.read(bookingcom_closed(day(5), day(8), today=TODAY), product=BOOKINGCOM)
    fetched(given, hours_from_now=-1)
    feed.read(
        bookingcom_closed(day(5), day(8), today=TODAY),
        bookingcom_closed(day(7), day(9), today=TODAY),
        product=BOOKINGCOM,
    )
    assert len(stays()) == 3


def test_our_own_closed_nights_coming_back_close_nothing_twice(reads):
    feed = reads(Channel.AIRBNB)
    closure_create(
        unit=feed.house.units["101"],
        first=day(10),
        until=day(12),
        kind=ClosureKind.OUT_OF_ORDER,
        reason="Paint",
        actor=TESTER,
    )
    feed.read(airbnb_block(day(10), day(12)), product=AIRBNB, times=2)
    assert Closure.objects.count() == 1
    assert FeedEvent.objects.get().state == EventState.LIVE
