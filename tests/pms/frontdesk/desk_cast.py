"""What the tests of the desk's pages begin with: a booking made in one line."""

from datetime import date, timedelta
from typing import Any

from bookings.lifecycle.services import RoomRequest, booking_create
from bookings.rates.enums import Source
from bookings.reservations.models import Reservation
from guests.profiles.services import GuestDetails
from pms.kernel.actors import Actor
from tests.house import House

TODAY = date(2026, 11, 20)
SYSTEM = Actor.system("tests")


def day(offset: int) -> date:
    """Return the day `offset` days from the business date."""
    return TODAY + timedelta(days=offset)


def book(
    house: House, *, last_name: str = "Lindqvist", arrival: int = 0, nights: int = 2, **options: Any
) -> Reservation:
    """Book a double for Greta from `arrival`, days from today; `unit` is a number, the rest is the service's."""
    unit = options.pop("unit", None)
    tags, requests = options.pop("tags", ()), options.pop("special_requests", "")
    room = RoomRequest(
        room_type=options.pop("room_type", house.double),
        rate_plan=house.rate_plan,
        arrival=day(arrival),
        departure=day(arrival + nights),
        unit=house.units[unit] if unit else None,
        tags=tags,
        special_requests=requests,
    )
    booker = GuestDetails(first_name="Greta", last_name=last_name, email=f"{last_name.lower()}@example.com")
    options.setdefault("source", Source.PHONE)
    booking = booking_create(property=house.property, rooms=[room], booker=booker, actor=SYSTEM, **options)
    return booking.reservations.get()
