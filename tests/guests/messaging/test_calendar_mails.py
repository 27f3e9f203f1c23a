"""Mails that no event asks for: before the arrival and after the stay, by the clocks of the property."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bookings.lifecycle.services import RoomRequest, booking_create
from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.messaging.enums import Kind
from guests.messaging.jobs import arriving, departed, write_by_the_calendar
from guests.messaging.models import Message
from guests.profiles.services import GuestDetails
from tests.conftest import TODAY
from tests.house import TESTER, House

Hear = Callable[[], list[Message]]


def staying(house: House, *, zone: str = "Europe/Lisbon", arrival: date = TODAY + timedelta(days=10)) -> Reservation:
    """Book three nights, made long before."""
    place = house.property
    place.time_zone = zone
    place.save()
    booking = booking_create(
        property=place,
        rooms=[RoomRequest(house.double, house.rate_plan, arrival, arrival + timedelta(days=3))],
        booker=GuestDetails(first_name="Greta", last_name="Lindqvist", email="greta@example.test"),
        source=Source.PHONE,
        made_at=datetime.fromisoformat("2026-11-01T12:00:00Z"),
        actor=TESTER,
    )
    return booking.reservations.get()


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        # Check-in at 15:00 on 30 November: the window is the day from two days to one day before, on local clocks.
        ("Europe/Lisbon", "2026-11-28T15:00:00Z", "2026-11-29T15:00:00Z"),
        ("Pacific/Auckland", "2026-11-28T02:00:00Z", "2026-11-29T02:00:00Z"),
        ("America/Los_Angeles", "2026-11-28T23:00:00Z", "2026-11-29T23:00:00Z"),
    ],
)
def test_pre_arrival_is_due_in_property_local_time(house: House, zone: str, first: str, last: str) -> None:
    """T5."""
    staying(house, zone=zone)
    begins, ends = datetime.fromisoformat(first), datetime.fromisoformat(last)
    second = timedelta(seconds=1)
    due = [len(arriving(place=house.property, now=at)) for at in (begins - second, begins, ends - second, ends)]
    assert due == [0, 1, 1, 0]


def test_the_night_clocks_change_makes_the_window_an_hour_other(house: House) -> None:
    """T6: in Lisbon clocks go forward on 28 March 2027 at 01:00; 15:00 is 14:00 UTC from then on."""
    row = Reservation(arrival=date(2027, 3, 29), property=house.property)
    house.property.time_zone = "Europe/Lisbon"
    from guests.messaging.jobs import _window

    begins, ends = _window(row)
    assert begins.isoformat() == "2027-03-27T15:00:00+00:00"
    assert ends.isoformat() == "2027-03-28T14:00:00+00:00"


def test_pre_arrival_is_written_once_and_again_when_the_arrival_moves(house: House, time_machine: Any) -> None:
    row = staying(house)
    time_machine.move_to("2026-11-28T18:00:00Z", tick=False)
    assert [write_by_the_calendar(), write_by_the_calendar()] == [1, 0]
    Reservation.objects.filter(pk=row.pk).update(arrival=row.arrival + timedelta(days=1))
    time_machine.move_to("2026-11-29T18:00:00Z", tick=False)
    assert write_by_the_calendar() == 1
    message = Message.objects.first()
    assert (message.kind, message.reservation) == (Kind.PRE_ARRIVAL, row)
    assert "Tue, 1 December 2026" in message.text
    assert "No smoking." in message.text
    Reservation.objects.filter(pk=row.pk).update(arrival=row.arrival)


def test_who_booked_a_moment_ago_is_not_written_to_twice(house: House) -> None:
    row = staying(house)
    Reservation.objects.filter(pk=row.pk).update(made_at="2026-11-28T16:00:00Z")
    assert arriving(place=house.property, now=datetime.fromisoformat("2026-11-28T18:00:00Z")) == []


def test_channels_guest_hears_before_the_arrival_as_everybody_does(house: House, time_machine: Any) -> None:
    row = staying(house)
    type(row.booking).objects.filter(pk=row.booking_id).update(source=Source.BOOKING_COM)
    time_machine.move_to("2026-11-28T18:00:00Z", tick=False)
    assert write_by_the_calendar() == 1


def test_post_stay_comes_two_days_after_at_ten_local(house: House) -> None:
    row = staying(house, zone="Pacific/Auckland")
    Reservation.objects.filter(pk=row.pk).update(status=Status.CHECKED_OUT)
    # 3 December, two days on, ten in Auckland (UTC+13).
    at = datetime.fromisoformat("2026-12-04T21:00:00Z")
    counts = [len(departed(place=house.property, now=at + timedelta(seconds=shift))) for shift in (-1, 0)]
    late = len(departed(place=house.property, now=at + timedelta(days=30)))
    Reservation.objects.filter(pk=row.pk).update(status=Status.CONFIRMED)
    assert (counts, late) == ([0, 1], 0)
