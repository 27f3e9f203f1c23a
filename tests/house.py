"""Small properties for tests, and how a test books in them: a hotel of five rooms, and houses that are let by flat."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import NumericRange

from bookings.availability.models import InventoryDay
from bookings.availability.services import inventory_extend, unit_create
from bookings.availability.services.units import ROOT_BITS
from bookings.lifecycle.services import RoomRequest, booking_create
from bookings.rates.enums import Source
from bookings.rates.models import BasePrice, RatePlan
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.profiles.services import GuestDetails
from pms.kernel.actors import Actor
from pms.kernel.errors import DomainError
from pms.properties.models import Property, RoomType, Unit

#: Who acts when it does not matter who.
TESTER = Actor.system("tests")


@dataclass(frozen=True, slots=True)
class House:
    """What make_house made. `double` has units 101 to 103, `suite` 201 and 202."""

    property: Property
    double: RoomType
    suite: RoomType
    units: dict[str, Unit]
    rate_plan: RatePlan


@dataclass(frozen=True, slots=True)
class Estate:
    """What make_estate made. `villa` is sold whole or as flats V1 and V2, `cottage` as C1 and C2; A9 stands alone."""

    property: Property
    whole: RoomType
    flat: RoomType
    units: dict[str, Unit]
    rate_plan: RatePlan


def make_house(*, code: str, name: str, today: date, horizon_days: int) -> House:
    """Make a property with its rooms in the current schema; a night costs 100 and 250 euros."""
    place = Property.objects.create(code=code, name=name, business_date=today, selling_horizon_days=horizon_days)
    double = RoomType.objects.create(property=place, code="DBL", name="Double", position=1)
    suite = RoomType.objects.create(
        property=place, code="STE", name="Suite", position=2, max_occupancy=4, max_adults=3, max_children=3
    )
    units = {number: _unit(place, double, number, today) for number in ("101", "102", "103")}
    units |= {number: _unit(place, suite, number, today) for number in ("201", "202")}
    rate_plan = RatePlan.objects.create(property=place, code="BAR", name="Best available rate", is_default=True)
    for room_type, price_minor in ((double, 10_000), (suite, 25_000)):
        BasePrice.objects.create(rate_plan=rate_plan, room_type=room_type, price_minor=price_minor)
    inventory_extend(property=place)
    return House(property=place, double=double, suite=suite, units=units, rate_plan=rate_plan)


def make_estate(*, code: str, today: date, horizon_days: int) -> Estate:
    """Make two houses of two flats each and one flat that is no part of anything; a night costs 300 and 80 euros."""
    place = Property.objects.create(
        code=code, name="Vilnius Houses", business_date=today, selling_horizon_days=horizon_days
    )
    whole = RoomType.objects.create(property=place, code="WHOLE", name="Whole house", max_occupancy=8, max_adults=8)
    flat = RoomType.objects.create(property=place, code="FLAT", name="Flat", position=1, max_occupancy=4, max_adults=4)
    inventory_extend(property=place)
    units: dict[str, Unit] = {}
    for number, room_type, parent in (
        ("villa", whole, None),
        ("V1", flat, "villa"),
        ("V2", flat, "villa"),
        ("cottage", whole, None),
        ("C1", flat, "cottage"),
        ("C2", flat, "cottage"),
        ("A9", flat, None),
    ):
        units[number] = unit_create(
            room_type=room_type,
            number=number,
            in_service_from=today - timedelta(days=400),
            position=len(units),
            parent=units[parent] if parent else None,
            actor=TESTER,
        )
    rate_plan = RatePlan.objects.create(property=place, code="BAR", name="Best available rate", is_default=True)
    for room_type, price_minor in ((whole, 30_000), (flat, 8_000)):
        BasePrice.objects.create(rate_plan=rate_plan, room_type=room_type, price_minor=price_minor)
    return Estate(property=place, whole=whole, flat=flat, units=units, rate_plan=rate_plan)


def book(
    house: House | Estate,
    arrival: int,
    departure: int,
    *,
    room_type: RoomType | None = None,
    unit: str | None = None,
    guest: str = "Guest",
    source: Source = Source.PHONE,
    status: Status = Status.CONFIRMED,
    actor: Actor = TESTER,
    hold_minutes: int | None = None,
    **request: Any,
) -> Reservation:
    """Book one room; arrival and departure are days after the property's business date."""
    today = house.property.business_date
    booking = booking_create(
        property=house.property,
        rooms=[
            RoomRequest(
                room_type=room_type or (house.double if isinstance(house, House) else house.flat),
                rate_plan=house.rate_plan,
                arrival=today + timedelta(days=arrival),
                departure=today + timedelta(days=departure),
                unit=house.units[unit] if unit else None,
                **request,
            )
        ],
        booker=GuestDetails(first_name="Greta", last_name=guest),
        source=source,
        status=status,
        hold_minutes=hold_minutes,
        actor=actor,
    )
    return booking.reservations.get()


def numbers(reservation: Reservation) -> list[str | None]:
    """Return the unit of each live night, in date order."""
    nights = reservation.nights.filter(released_at=None).order_by("date")
    return list(nights.values_list("unit__number", flat=True))


def counters(place: Property) -> dict[tuple[str, date], dict[str, int]]:
    """Return the counters of every inventory day on which something is taken or closed."""
    names = ("out_of_order", "owner", "sold", "overbooked", "held", "blocked", "linked")
    taken = {}
    for row in InventoryDay.objects.filter(room_type__property=place).select_related("room_type"):
        values = {name: getattr(row, name) for name in names if getattr(row, name)}
        if values:
            taken[row.room_type.code, row.date] = values
    return taken


def free(room_type: RoomType, day: date) -> int:
    """Return how many rooms of a type are free on a night."""
    return int(InventoryDay.objects.get(room_type=room_type, date=day).free)


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Expect a DomainError with this code."""
    try:
        yield
    except DomainError as error:
        if error.code != code:
            raise
        return
    raise AssertionError(f"Nothing refused; {code} was expected.")


def _unit(place: Property, room_type: RoomType, number: str, today: date) -> Unit:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('properties_unit_block_seq')")
        block = cursor.fetchone()[0]
    return Unit.objects.create(
        property=place,
        room_type=room_type,
        number=number,
        floor=number[0],
        position=int(number),
        slots=NumericRange(block << ROOT_BITS, (block + 1) << ROOT_BITS),
        in_service_from=today - timedelta(days=400),
    )
