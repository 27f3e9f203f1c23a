"""The rooms as housekeeping sees them: condition, who is in, who comes, what is closed."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q, QuerySet

from bookings.availability.models import Closure
from bookings.reservations.enums import EXPECTED, Status
from bookings.reservations.models import Reservation, StayNight
from pms.frontdesk.selectors.stays import condition_of, in_house_by_unit
from pms.housekeeping.enums import Condition
from pms.kernel.dates import night_range
from pms.properties.models import Property, Unit

#: How far ahead the next guest of a room is looked for, in days.
LOOK_AHEAD_DAYS = 14


@dataclass(frozen=True, slots=True)
class RoomRow:
    """One unit now. `occupant` is in house, `coming` the next to arrive within LOOK_AHEAD_DAYS, `closures` live ones."""

    unit: Unit
    condition: Condition
    occupant: Reservation | None
    coming: Reservation | None
    closures: tuple[Closure, ...]
    today: date

    @property
    def closure(self) -> Closure | None:
        """The closure of tonight."""
        return next((row for row in self.closures if self.today in row.nights), None)

    @property
    def leaves_today(self) -> bool:
        """Whether the guest in house is due out."""
        return self.occupant is not None and self.occupant.departure <= self.today

    @property
    def is_needed_today(self) -> bool:
        """Whether somebody arrives today and has not come yet."""
        return self.coming is not None and self.coming.arrival == self.today


def rooms(*, place: Property, units: QuerySet[Unit] | None = None) -> list[RoomRow]:
    """Return the units in service today in house order; four queries whatever their number."""
    today = place.business_date
    chosen = units if units is not None else Unit.objects.filter(property=place)
    found = list(
        chosen.filter(Q(in_service_until=None) | Q(in_service_until__gt=today), in_service_from__lte=today)
        .select_related("room_type", "condition", "property")
        .order_by("position", "number")
    )
    occupants = in_house_by_unit(place=place)
    coming = _coming(place=place)
    closures = _closures(place=place)
    return [
        RoomRow(
            unit=unit,
            condition=condition_of(unit),
            occupant=occupants.get(unit.pk),
            coming=coming.get(unit.pk),
            closures=tuple(closures.get(unit.pk, ())),
            today=today,
        )
        for unit in found
    ]


def _coming(*, place: Property) -> dict[int, Reservation]:
    today = place.business_date
    nights = (
        StayNight.objects.filter(
            date=F("reservation__arrival"),
            reservation__property=place,
            reservation__status__in=EXPECTED,
            reservation__arrival__gte=today,
            reservation__arrival__lt=today + timedelta(days=LOOK_AHEAD_DAYS),
            unit__isnull=False,
            released_at=None,
        )
        .select_related("reservation__guest")
        .order_by("unit_id", "date")
        .distinct("unit_id")
    )
    return {night.unit_id: night.reservation for night in nights if night.unit_id is not None}


def _closures(*, place: Property) -> dict[int, list[Closure]]:
    found: dict[int, list[Closure]] = {}
    ahead = night_range(place.business_date, place.business_date + timedelta(days=365))
    for closure in Closure.objects.filter(unit__property=place, released_at=None, nights__overlap=ahead):
        found.setdefault(closure.unit_id, []).append(closure)
    return found


def dirty_rooms_needed(*, place: Property) -> int:
    """Return how many rooms that somebody arrives in today are not ready, in one query."""
    return (
        StayNight.objects.filter(
            reservation__property=place,
            reservation__arrival=place.business_date,
            reservation__status__in=[Status.CONFIRMED, Status.PENDING],
            date=place.business_date,
            released_at=None,
            unit__condition__condition=Condition.DIRTY,
        )
        .values("unit_id")
        .distinct()
        .count()
    )
