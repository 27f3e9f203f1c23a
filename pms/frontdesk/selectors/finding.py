"""The one search of the desk: reservations by guest, code, external number, e-mail, phone; and rooms by number."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, DateField, F, IntegerField, Q, QuerySet, Value, When

from bookings.reservations.enums import EXPECTED, LOST, Status
from bookings.reservations.models import Booking, Reservation
from guests.profiles.models import Guest
from guests.profiles.selectors import guests_matching
from pms.frontdesk.selectors.stays import in_house_by_unit, units_on
from pms.properties.models import Property, Unit

#: How many guests of one text are looked at before the nearest stays are chosen among theirs.
GUESTS_CONSIDERED = 2000
SHORTEST_CODE = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """A reservation that was found, and the room of its stay."""

    reservation: Reservation
    unit: Unit | None


@dataclass(frozen=True, slots=True)
class RoomHit:
    """A room that was found, and who is in it now."""

    unit: Unit
    occupant: Reservation | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found. `exact` is the code of the reservation or booking that was named in full."""

    hits: tuple[Hit, ...]
    rooms: tuple[RoomHit, ...]
    exact: str

    def __bool__(self) -> bool:
        return bool(self.hits or self.rooms)


def matching(*, reservations: QuerySet[Reservation], text: str) -> QuerySet[Reservation]:
    """Narrow reservations to those whose guest, booker, code or external number matches text."""
    text = text.strip()
    guests = list(guests_matching(text=text).values_list("pk", flat=True)[:GUESTS_CONSIDERED])
    wanted = Q(guest_id__in=guests)
    if guests:
        wanted |= Q(booking_id__in=list(_bookings_of(guests)))
    if len(text) >= SHORTEST_CODE and " " not in text:
        wanted |= Q(code__startswith=text.upper())
        wanted |= Q(booking_id__in=list(_bookings_called(text)))
    return reservations.filter(wanted)


def _bookings_of(guest_ids: list[int]) -> QuerySet[Booking, int]:
    return Booking.objects.filter(booker_id__in=guest_ids).order_by().values_list("pk", flat=True)


def _bookings_called(text: str) -> QuerySet[Booking, int]:
    named = Q(code__startswith=text.upper()) | Q(external_id=text)
    return Booking.objects.filter(named).order_by().values_list("pk", flat=True)[:GUESTS_CONSIDERED]


def search(*, text: str, places: Iterable[Property], here: Property, limit: int = 12) -> Found:
    """Return what text means at the given properties: who is in house first, then who comes next, then who was last.

    Nights and "next" are those of the business date of `here`. A fixed number of queries.
    """
    text = text.strip()
    if len(text) < SHORTEST_CODE - 1 and not text.isdigit():
        return Found(hits=(), rooms=(), exact="")
    mine = list(places)
    stays = Reservation.objects.filter(property__in=mine).select_related("guest", "booking", "room_type", "property")
    rows = list(_nearest_first(matching(reservations=stays, text=text), today=here.business_date)[:limit])
    units = units_on(reservation_ids=[row.pk for row in rows], on=here.business_date)
    exact = next((row.code for row in rows if text.upper() == row.code), "") or next(
        (row.booking.code for row in rows if text.upper() == row.booking.code), ""
    )
    return Found(
        hits=tuple(Hit(row, units.get(row.pk)) for row in rows), rooms=_rooms(text=text, here=here), exact=exact
    )


def _nearest_first(found: QuerySet[Reservation], *, today: date) -> QuerySet[Reservation]:
    """Order: in house, coming (the next first), gone (the last first), lost."""
    rank = Case(
        When(status=Status.CHECKED_IN, then=Value(0)),
        When(status__in=EXPECTED, departure__gte=today, then=Value(1)),
        When(status__in=LOST, then=Value(3)),
        default=Value(2),
        output_field=IntegerField(),
    )
    coming = Case(When(status__in=EXPECTED, departure__gte=today, then=F("arrival")), output_field=DateField())
    return found.annotate(rank=rank, coming=coming).order_by("rank", "coming", "-arrival", "pk")


def _rooms(*, text: str, here: Property) -> tuple[RoomHit, ...]:
    units = list(
        Unit.objects.filter(property=here, number__istartswith=text, in_service_until=None)
        .select_related("room_type", "condition")
        .order_by("position", "number")[:4]
    )
    occupants = in_house_by_unit(place=here) if units else {}
    return tuple(RoomHit(unit, occupants.get(unit.pk)) for unit in units)


def known_guests(*, text: str, limit: int = 6) -> list[Guest]:
    """Return guests that match text, by name: whom a new booking may be for."""
    return list(guests_matching(text=text).order_by("last_name", "first_name", "pk")[:limit])
