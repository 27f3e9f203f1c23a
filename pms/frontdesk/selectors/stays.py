"""The day at the desk: who comes, who leaves, who is here, who has no room yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Count, F, Q, QuerySet

from bookings.reservations.enums import EXPECTED, TAKING, Status
from bookings.reservations.models import Reservation, StayNight
from pms.housekeeping.enums import READY, Condition
from pms.housekeeping.models import UnitCondition
from pms.properties.models import Property, Unit


class Readiness(StrEnum):
    """Whether the room of an arrival can be given now, and if not, why."""

    READY = "ready"
    DIRTY = "dirty"
    OCCUPIED = "occupied"
    NO_ROOM = "no_room"


@dataclass(frozen=True, slots=True)
class Stay:
    """One reservation as a row of the desk: the unit of the night that counts here, and how it looks now.

    `occupant` is another party that is in house in the same unit.
    """

    reservation: Reservation
    unit: Unit | None
    condition: Condition
    occupant: Reservation | None

    @property
    def readiness(self) -> Readiness:
        """Whether the guest can have the key now."""
        if self.unit is None:
            return Readiness.NO_ROOM
        if self.occupant is not None:
            return Readiness.OCCUPIED
        return Readiness.READY if self.condition in READY else Readiness.DIRTY

    @property
    def is_arrival_open(self) -> bool:
        """Whether the guest is due and not here yet: how the room looks matters now."""
        row = self.reservation
        return row.status == Status.CONFIRMED and row.arrival <= row.property.business_date


@dataclass(frozen=True, slots=True)
class DayCounts:
    """The figures of one day. `*_left` are still to come or to leave."""

    arrivals: int
    arrivals_left: int
    departures: int
    departures_left: int
    in_house: int
    unassigned: int
    overbooked: int


def reservations_with_names() -> QuerySet[Reservation]:
    """Return reservations with everything a row shows, in one query."""
    return Reservation.objects.select_related("booking", "guest", "room_type", "rate_plan", "hold", "property")


def reservations_of(*, property_id: int) -> QuerySet[Reservation]:
    """Return the reservations of a property with everything a row shows, in one query."""
    return reservations_with_names().filter(property_id=property_id)


def day_counts(*, place: Property, on: date) -> DayCounts:
    """Return the figures of the day `on` at place, in one query."""
    coming = Q(arrival=on, status__in=[*EXPECTED, Status.CHECKED_IN, Status.CHECKED_OUT])
    leaving = Q(departure=on, status__in=[Status.CHECKED_IN, Status.CHECKED_OUT])
    staying = Q(status=Status.CHECKED_IN)
    waiting = waiting_filter(on=on)
    found = Reservation.objects.filter(coming | leaving | staying | waiting, property_id=place.pk).aggregate(
        arrivals=Count("pk", filter=coming),
        arrivals_left=Count("pk", filter=Q(arrival=on, status__in=EXPECTED)),
        departures=Count("pk", filter=leaving),
        departures_left=Count("pk", filter=Q(departure__lte=on, status=Status.CHECKED_IN)),
        in_house=Count("pk", filter=staying),
        unassigned=Count("pk", filter=waiting),
        overbooked=Count("pk", filter=waiting & Q(is_overbooked=True)),
    )
    return DayCounts(**found)


def waiting_filter(*, on: date) -> Q:
    """Match the reservations that take a room on or after `on` and have none for some night."""
    return Q(departure__gt=on, status__in=TAKING) & ~Q(unassigned_reason="")


def arrivals(*, place: Property, on: date) -> QuerySet[Reservation]:
    """Return who arrives on a day: those still expected first, then those who came."""
    return reservations_of(property_id=place.pk).filter(
        arrival=on, status__in=[*EXPECTED, Status.CHECKED_IN, Status.CHECKED_OUT]
    )


def departures(*, place: Property, on: date) -> QuerySet[Reservation]:
    """Return who leaves on a day; on the business date also who should have left before and is still in house."""
    due = Q(departure=on, status__in=[*EXPECTED, Status.CHECKED_IN, Status.CHECKED_OUT])
    if on == place.business_date:
        due = Q(departure=on, status__in=[Status.CHECKED_IN, Status.CHECKED_OUT])
        due |= Q(departure__lt=on, status=Status.CHECKED_IN)
    return reservations_of(property_id=place.pk).filter(due)


def in_house(*, place: Property, on: date) -> QuerySet[Reservation]:
    """Return who sleeps here in the night of `on`: on the business date who is checked in, else who is booked."""
    stays = reservations_of(property_id=place.pk)
    if on == place.business_date:
        return stays.filter(status=Status.CHECKED_IN)
    return stays.filter(arrival__lte=on, departure__gt=on, status__in=TAKING)


def unassigned(*, place: Property, on: date) -> QuerySet[Reservation]:
    """Return who takes a room on or after `on` and has none for some night, the overbooked among them."""
    return reservations_of(property_id=place.pk).filter(waiting_filter(on=on))


def options_expiring(*, place: Property, before: datetime) -> QuerySet[Reservation]:
    """Return the options that run out before an instant (UTC), the next one first."""
    return (
        reservations_of(property_id=place.pk)
        .filter(status=Status.HOLD, hold__expires_at__lt=before, hold__released_at=None)
        .order_by("hold__expires_at")
    )


def stays(*, reservations: Iterable[Reservation], on: date, place: Property) -> list[Stay]:
    """Return reservations as rows, each with its unit on the night of `on`, in the order given; three queries.

    A guest who leaves on `on` keeps the unit of the night before; one who comes later has that of the first night.
    """
    rows = list(reservations)
    units = units_on(reservation_ids=[row.pk for row in rows], on=on)
    here = in_house_by_unit(place=place) if units else {}
    return [_stay(row, units.get(row.pk), here) for row in rows]


def _stay(reservation: Reservation, unit: Unit | None, here: dict[int, Reservation]) -> Stay:
    occupant = here.get(unit.pk) if unit else None
    if occupant is not None and occupant.pk == reservation.pk:
        occupant = None
    return Stay(reservation=reservation, unit=unit, condition=condition_of(unit), occupant=occupant)


def condition_of(unit: Unit | None) -> Condition:
    """Return how a unit looks (its condition already selected); a unit of which nothing is known is clean."""
    if unit is None:
        return Condition.CLEAN
    try:
        return Condition(unit.condition.condition)
    except UnitCondition.DoesNotExist:
        return Condition.CLEAN


def units_on(*, reservation_ids: list[int], on: date) -> dict[int, Unit]:
    """Return by reservation the unit of the night of `on`, else of the nearest night of the stay; one query."""
    if not reservation_ids:
        return {}
    chosen: dict[int, tuple[int, Unit]] = {}
    nights = StayNight.objects.filter(
        reservation_id__in=reservation_ids, unit__isnull=False, released_at=None
    ).select_related("unit__condition")
    if len(reservation_ids) > 1:
        # A night per reservation is enough: tonight's, the last one before it, or the first one after it.
        nights = nights.filter(
            Q(date=on)
            | Q(date=F("reservation__arrival"), reservation__arrival__gt=on)
            | Q(date=F("reservation__departure") - timedelta(days=1), reservation__departure__lte=on)
        )
    for night in nights:
        distance = abs((night.date - on).days)
        if night.unit is not None and (
            night.reservation_id not in chosen or distance < chosen[night.reservation_id][0]
        ):
            chosen[night.reservation_id] = (distance, night.unit)
    return {reservation_id: unit for reservation_id, (_, unit) in chosen.items()}


def in_house_by_unit(*, place: Property) -> dict[int, Reservation]:
    """Return by unit who is in house in it now, in one query: where they sleep tonight, or slept last night."""
    on = place.business_date
    nights = StayNight.objects.filter(
        Q(date=on) | Q(date=F("reservation__departure") - timedelta(days=1), reservation__departure__lte=on),
        reservation__property_id=place.pk,
        reservation__status=Status.CHECKED_IN,
        unit__isnull=False,
        released_at=None,
    ).select_related("reservation__guest")
    return {night.unit_id: night.reservation for night in nights if night.unit_id is not None}
