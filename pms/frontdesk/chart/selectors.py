"""What the tape chart shows, in four queries whatever the size: structure, bars and unassigned, availability."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import F, Max, Min, Q, Value
from django.db.models.functions import Coalesce

from bookings.availability.models import Occupancy
from bookings.reservations.enums import TAKING
from bookings.reservations.models import Reservation
from pms.kernel.dates import night_range
from pms.properties.models import RoomType


@dataclass(frozen=True, slots=True)
class TypeLine:
    """A room type with the number of its units in service somewhere in the window."""

    key: int
    code: str
    name: str
    unit_count: int


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit; `depth` counts the units it is shown under, `type_name` is set where those are of another type.

    Dates are property-local, `in_service_until` exclusive.
    """

    key: int
    room_type: int
    number: str
    name: str
    features: str
    condition: str
    parent: int | None
    position: int
    in_service_from: date
    in_service_until: date | None
    depth: int = 0
    type_name: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A room type and the units that stand under it: its own, and the parts of these whatever their type."""

    line: TypeLine
    units: tuple[UnitLine, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that takes a unit over [arrival, departure), or waits for one (`unit` None, lane by `room_type`).

    `whole_arrival` and `whole_departure` are the reservation's own dates: they differ from the bar's on a split stay.
    """

    unit: int | None
    room_type: int | None
    arrival: date
    departure: date
    kind: str
    code: str = ""
    status: str = ""
    whole_arrival: date | None = None
    whole_departure: date | None = None
    first_name: str = ""
    last_name: str = ""
    is_vip: bool = False
    adults: int = 0
    children: int = 0
    source: str = ""
    pinned: bool = False
    overbooked: bool = False
    reason: str = ""
    #: Where a channel sold it, in its words, and the guest's number there.
    channel: str = ""
    channel_number: str = ""

    @property
    def guest(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def split(self) -> bool:
        """Whether this is one part of a stay in several rooms."""
        return self.arrival != self.whole_arrival or self.departure != self.whole_departure


def chart_groups(*, property_id: int, first: date, until: date) -> list[Group]:
    """Return the room types of a property with the units in service on a day of [first, until). One query.

    A unit that is part of another stands below that one, not below its type.
    """
    rows = (
        RoomType.objects.filter(property_id=property_id)
        .order_by("position", "code", "units__position", "units__number")
        .values_list(
            "pk",
            "code",
            "name",
            "retired_at",
            "units__pk",
            "units__number",
            "units__name",
            "units__features",
            Coalesce("units__condition__condition", Value("clean")),
            "units__parent_id",
            "units__position",
            "units__in_service_from",
            "units__in_service_until",
        )
    )
    types: dict[int, tuple[str, str, bool]] = {}
    units: dict[int, UnitLine] = {}
    for (
        type_key,
        code,
        name,
        retired,
        key,
        number,
        unit_name,
        features,
        condition,
        parent,
        position,
        since,
        gone,
    ) in rows:
        types[type_key] = (code, name, retired is not None)
        if key is not None and since < until and (gone is None or gone > first):
            units[key] = UnitLine(key, type_key, number, unit_name, features, condition, parent, position, since, gone)
    counts = Counter(unit.room_type for unit in units.values())
    standing = _standing(units, {key: name for key, (_, name, _) in types.items()})
    return [
        Group(TypeLine(key, code, name, counts[key]), tuple(standing.get(key, ())))
        for key, (code, name, is_retired) in types.items()
        if counts[key] or not is_retired
    ]


def _standing(units: dict[int, UnitLine], type_names: dict[int, str]) -> dict[int, list[UnitLine]]:
    """Return, by room type, the units that stand under it in order, each followed by its parts."""
    parts: dict[int, list[UnitLine]] = {}
    standing: dict[int, list[UnitLine]] = {}
    for unit in units.values():
        if unit.parent in units:
            parts.setdefault(unit.parent, []).append(unit)

    def place(unit: UnitLine, under: list[UnitLine], depth: int, room_type: int) -> None:
        foreign = type_names[unit.room_type] if unit.room_type != room_type else ""
        under.append(replace(unit, depth=depth, type_name=foreign) if depth else unit)
        for part in sorted(parts.get(unit.key, ()), key=lambda part: (part.position, part.number)):
            place(part, under, depth + 1, room_type)

    for unit in units.values():
        if unit.parent not in units:
            place(unit, standing.setdefault(unit.room_type, []), 0, unit.room_type)
    return standing


def chart_bars(*, property_id: int, first: date, until: date, units: Collection[int] | None = None) -> list[Bar]:
    """Return what takes the units on a night of [first - 1, until): a departure on `first` is half a day of it.

    `units` are the keys asked for; None means every unit of the property. One query.
    """
    taken = Occupancy.objects.filter(active=True, nights__overlap=night_range(first - timedelta(days=1), until))
    taken = taken.filter(unit__property_id=property_id) if units is None else taken.filter(unit_id__in=units)
    rows = taken.order_by().values_list(
        "unit_id",
        "nights__startswith",
        "nights__endswith",
        "kind",
        "reservation__code",
        "reservation__status",
        "reservation__arrival",
        "reservation__departure",
        "reservation__guest__first_name",
        "reservation__guest__last_name",
        "reservation__guest__is_vip",
        "reservation__adults",
        "reservation__children",
        "reservation__booking__source",
        "reservation__unit_pinned",
        "closure__reason",
        "reservation__booking__channel_booking__channel",
        "reservation__booking__external_id",
    )
    return [
        Bar(
            unit,
            None,
            arrival,
            departure,
            kind,
            code or "",
            status or "",
            whole_arrival,
            whole_departure,
            first_name or "",
            last_name or "",
            bool(vip),
            adults or 0,
            children or 0,
            source or "",
            bool(pinned),
            False,
            reason or "",
            channel or "",
            (channel and number) or "",
        )
        for (
            unit,
            arrival,
            departure,
            kind,
            code,
            status,
            whole_arrival,
            whole_departure,
            first_name,
            last_name,
            vip,
            adults,
            children,
            source,
            pinned,
            reason,
            channel,
            number,
        ) in rows
    ]


def chart_unassigned(*, property_id: int, first: date) -> list[Bar]:
    """Return every reservation with a night from first - 1 on that has no unit, as bars over those nights. One query."""
    roomless = Q(nights__unit=None, nights__released_at=None)
    rows = (
        Reservation.objects.filter(
            ~Q(unassigned_reason=""),
            property_id=property_id,
            status__in=TAKING,
            departure__gte=first,
        )
        .values_list(
            "room_type_id",
            "code",
            "status",
            "arrival",
            "departure",
            "guest__first_name",
            "guest__last_name",
            "guest__is_vip",
            "adults",
            "children",
            "booking__source",
            "is_overbooked",
            "unassigned_reason",
            "booking__channel_booking__channel",
            "booking__external_id",
        )
        .annotate(begins=Min("nights__date", filter=roomless), ends=Max("nights__date", filter=roomless))
        .filter(begins__isnull=False)
        .order_by(F("begins").asc(), "code")
    )
    return [
        Bar(
            None,
            room_type,
            begins,
            ends + timedelta(days=1),
            "stay",
            code,
            status,
            arrival,
            departure,
            first_name,
            last_name,
            vip,
            adults,
            children,
            source,
            overbooked=overbooked,
            reason=reason,
            channel=channel or "",
            channel_number=(channel and number) or "",
        )
        for (
            room_type,
            code,
            status,
            arrival,
            departure,
            first_name,
            last_name,
            vip,
            adults,
            children,
            source,
            overbooked,
            reason,
            channel,
            number,
            begins,
            ends,
        ) in rows
    ]
