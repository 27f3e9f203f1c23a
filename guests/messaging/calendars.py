"""The stays of a booking for a calendar (RFC 5545): each reservation keeps its UID, and its version is the SEQUENCE."""

from django.utils import timezone, translation
from icalendar import Calendar, Event

from bookings.reservations.enums import LOST
from bookings.reservations.models import Booking, Reservation
from guests.messaging.content import place_of, reservations_of
from guests.messaging.wording import labels
from pms.kernel.dates import local_instant
from pms.kernel.wording import said


def calendar_of(*, booking: Booking, language: str) -> bytes:
    """Return the calendar of a booking: from check-in to check-out on the property's clocks; lost rooms are cancelled."""
    calendar = Calendar()
    calendar.add("prodid", "-//Innkeep//Booking//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    with translation.override(language):
        for row in reservations_of(booking):
            calendar.add_component(_event(booking, row, language))
    calendar.add_missing_timezones()
    content: bytes = calendar.to_ical()
    return content


def uid_of(row: Reservation) -> str:
    """Return what a calendar knows the stay by, for good: the same here and on the guest's own page."""
    return f"{row.code}@innkeep"


def _event(booking: Booking, row: Reservation, language: str) -> Event:
    place, event = row.property, Event()
    event.add("uid", uid_of(row))
    event.add("sequence", row.version)
    event.add("dtstamp", timezone.now())
    for name, day, wall in (
        ("dtstart", row.arrival, place.check_in_time),
        ("dtend", row.departure, place.check_out_time),
    ):
        # A wall time that clocks skip moves forward (T6), so that the calendar shows one that exists.
        event.add(name, local_instant(day, wall, place.zone).astimezone(place.zone))
    event.add("summary", labels(language)["calendar"].format(hotel=said(place, "name")))
    event.add("description", f"{labels(language)['booking']} {booking.code}, {said(row.room_type, 'name')}")
    if where := place_of(place):
        event.add("location", where)
    event.add("status", "CANCELLED" if row.status in LOST else "CONFIRMED")
    # Where one sleeps leaves the days free for meetings.
    event.add("transp", "TRANSPARENT")
    return event
