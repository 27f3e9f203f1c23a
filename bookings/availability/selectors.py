"""What can be sold, and which units are free. The counters answer by type, occupancy answers by unit."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.functions import JSONObject
from psycopg.types.range import Range

from bookings.availability.models import Hold, InventoryDay, Occupancy
from pms.kernel.dates import night_range
from pms.kernel.prepared import Prepared, PreparedRows
from pms.kernel.ranges import slot_span, span, touches
from pms.properties.models import Unit


@dataclass(frozen=True, slots=True)
class TypeAvailability:
    """One room type over consecutive days: position 0 is the first day asked for.

    `free` is what stands empty (negative when more was sold than there is), `sellable` adds the overbooking limit;
    both are None on a day past the selling horizon.
    """

    room_type_id: int
    capacity: tuple[int | None, ...]
    free: tuple[int | None, ...]
    sellable: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A free unit, and how many empty nights taking it would leave before and after (None: nothing within a fortnight)."""

    unit: Unit
    before: int | None
    after: int | None

    @property
    def score(self) -> tuple[int, int, int]:
        """Smaller fits tighter: a stay that touches its neighbours leaves no night that is hard to sell."""
        wasted = (self.before or 0) + (self.after or 0)
        open_sides = (self.before is None) + (self.after is None)
        return (open_sides * 8 + wasted, self.unit.position, self.unit.pk)


def availability(*, property_id: int, first: date, until: date, now: datetime) -> dict[int, TypeAvailability]:
    """Return, by room type id, what every room type of a property has on the days [first, until).

    An option that ran out at `now` (UTC) counts as free even before the sweeper has released it (T15). One query.
    """
    return availability_of_many(property_ids=[property_id], first=first, until=until, now=now)


def availability_of_many(
    *, property_ids: Collection[int], first: date, until: date, now: datetime
) -> dict[int, TypeAvailability]:
    """Return, by room type id, what `availability` returns, for every type of some properties in one query."""
    return availability_asked(property_ids=property_ids, first=first, until=until, now=now)()


def availability_asked(
    *, property_ids: Collection[int], first: date, until: date, now: datetime
) -> Callable[[], dict[int, TypeAvailability]]:
    """Ask as `availability_of_many` does, and return what waits for it."""
    days = (until - first).days
    answer = _AVAILABILITY.ask(properties=list(property_ids), first=first, until=until, now=now)

    def found() -> dict[int, TypeAvailability]:
        rows = answer()
        lapsed: dict[int, Counter[date]] = {}
        # Each row comes with the lapsed nights of all types: PostgreSQL asked for them once.
        for night in map(json.loads, rows[0][-1] if rows else ()):
            lapsed.setdefault(night["room_type"], Counter())[date.fromisoformat(night["date"])] += 1
        return {
            room_type_id: _type_availability(
                room_type_id, first, days, (dates, capacities, frees, limits), lapsed.get(room_type_id, {})
            )
            for room_type_id, dates, capacities, frees, limits, _ in rows
        }

    return found


def _type_availability(
    room_type_id: int,
    first: date,
    days: int,
    columns: tuple[list[date], list[int], list[int], list[int]],
    lapsed: Mapping[date, int],
) -> TypeAvailability:
    dates, capacities, frees, limits = columns
    if lapsed:
        frees = [free + lapsed.get(day, 0) for day, free in zip(dates, frees, strict=True)]
    sellable = [free + limit for free, limit in zip(frees, limits, strict=True)]
    if len(dates) == days:
        return TypeAvailability(room_type_id, tuple(capacities), tuple(frees), tuple(sellable))
    index = {day: position for position, day in enumerate(dates)}

    def padded(column: list[int]) -> tuple[int | None, ...]:
        positions = (index.get(first + timedelta(days=day)) for day in range(days))
        return tuple(None if position is None else column[position] for position in positions)

    return TypeAvailability(room_type_id, padded(capacities), padded(frees), padded(sellable))


def _lapsed_nights(*, properties: Collection[int], first: date, until: date, now: datetime) -> QuerySet[Any, Any]:
    """Return the nights of options that ran out, for PostgreSQL to ask once whatever the number of types and days."""
    # By the nights and not by the hold's own type: an option that was moved takes rooms of another type (T53).
    return (
        Hold.objects.filter(
            room_type__property_id__in=properties,
            released_at=None,
            expires_at__lte=now,
            reservation__nights__released_at=None,
            reservation__nights__date__gte=first,
            reservation__nights__date__lt=until,
        )
        .order_by()
        .values_list(
            JSONObject(room_type="reservation__nights__consumed_type_id", date="reservation__nights__date"), flat=True
        )
    )


_AVAILABILITY = Prepared(
    lambda properties, first, until, now: (
        InventoryDay.objects.filter(room_type__property_id__in=properties, date__gte=first, date__lt=until)
        .values("room_type_id")
        .annotate(
            dates=ArrayAgg("date", order_by="date"),
            capacities=ArrayAgg("capacity", order_by="date"),
            frees=ArrayAgg("free", order_by="date"),
            limits=ArrayAgg("overbooking_limit", order_by="date"),
            lapsed=ArraySubquery(_lapsed_nights(properties=properties, first=first, until=until, now=now)),
        )
        .values_list("room_type_id", "dates", "capacities", "frees", "limits", "lapsed")
    ),
    properties=list,
    first=date,
    until=date,
    now=datetime,
)


def sellable_types(*, property_id: int, arrival: date, departure: date) -> dict[int, int]:
    """Return, by room type id, how many stays over [arrival, departure) can be sold: the minimum over the nights (T9).

    A type that lacks inventory on one of the nights (past the horizon) is not in the answer.
    """
    rows = (
        InventoryDay.objects.filter(room_type__property_id=property_id, date__gte=arrival, date__lt=departure)
        .values("room_type_id")
        .annotate(least=Min(F("free") + F("overbooking_limit")), days=Count("pk"))
        .filter(days=(departure - arrival).days)
        .values_list("room_type_id", "least")
    )
    return dict(rows)


def units_in_service(*, arrival: date, departure: date, room_type_ids: Iterable[int]) -> list[Unit]:
    """Return the units of the types that are in service over the whole of [arrival, departure) (T13)."""
    return _IN_SERVICE.all(types=list(room_type_ids), arrival=arrival, departure=departure)


_IN_SERVICE = PreparedRows(
    Unit,
    lambda types, arrival, departure: Unit.objects.filter(
        Q(in_service_until=None) | Q(in_service_until__gte=departure),
        room_type_id__in=types,
        in_service_from__lte=arrival,
    ).order_by("position", "pk"),
    types=list,
    arrival=date,
    departure=date,
)


def free_units(
    *,
    room_type_id: int,
    arrival: date,
    departure: date,
    ignoring_reservation_id: int | None = None,
    tree: "Nesting | None" = None,
) -> list[Gap]:
    """Return the units of a type that nothing takes over [arrival, departure), the tightest fit first.

    Two queries when the property's nesting is known, else three.
    """
    units = units_in_service(arrival=arrival, departure=departure, room_type_ids=[room_type_id])
    if not units:
        return []
    around = night_range(arrival - timedelta(days=14), departure + timedelta(days=14))
    if (tree or nesting(property_id=units[0].property_id)).is_nested(room_type_id):
        taken = _TAKEN_AT.rows(property_id=units[0].property_id, around=around)
    else:
        taken = _TAKEN_OF.rows(units=[unit.pk for unit in units], around=around)
    spans = [
        (*slot_span(slots), *span(nights))
        for slots, nights, reservation_id in taken
        if reservation_id is None or reservation_id != ignoring_reservation_id
    ]
    by_block: dict[int, list[tuple[int, int, date, date]]] = {}
    for taking in spans:
        by_block.setdefault(taking[0] >> 20, []).append(taking)
    gaps = []
    for unit in units:
        own = slot_span(unit.slots)
        near = [
            (begins, ends) for low, high, begins, ends in by_block.get(own[0] >> 20, []) if touches((low, high), own)
        ]
        if any(begins < departure and arrival < ends for begins, ends in near):
            continue
        before = min(((arrival - ends).days for _, ends in near if ends <= arrival), default=None)
        after = min(((begins - departure).days for begins, _ in near if begins >= departure), default=None)
        gaps.append(Gap(unit=unit, before=before, after=after))
    return sorted(gaps, key=lambda gap: gap.score)


_TAKING = ("slots", "nights", "reservation_id")
_TAKEN_OF = Prepared(
    lambda units, around: Occupancy.objects.filter(active=True, nights__overlap=around, unit_id__in=units).values_list(
        *_TAKING
    ),
    units=list,
    around=Range,
)
_TAKEN_AT = Prepared(
    lambda property_id, around: Occupancy.objects.filter(
        active=True, nights__overlap=around, unit__property_id=property_id
    ).values_list(*_TAKING),
    property_id=int,
    around=Range,
)


def in_the_way(
    *, unit: Unit, arrival: date, departure: date, ignoring_reservation_id: int | None = None
) -> list[Occupancy]:
    """Return what takes the unit, a part of it or its whole on any night of [arrival, departure)."""
    taken = Occupancy.objects.filter(
        active=True, slots__overlap=unit.slots, nights__overlap=night_range(arrival, departure)
    ).select_related("unit", "reservation__guest", "closure")
    if ignoring_reservation_id is not None:
        taken = taken.exclude(reservation_id=ignoring_reservation_id)
    return list(taken.order_by("nights", "pk"))


@dataclass(frozen=True, slots=True)
class Nesting:
    """Which room types of a property have units that are parts or wholes of units of which other types (T11)."""

    related: dict[int, frozenset[int]]

    def family(self, room_type_ids: Iterable[int]) -> frozenset[int]:
        """Return the types given and all that are related to them."""
        types = frozenset(room_type_ids)
        return types.union(*(self.related.get(room_type_id, frozenset()) for room_type_id in types))

    def is_nested(self, room_type_id: int) -> bool:
        """Return whether units of the type are parts or wholes: those are sold with a unit or not at all."""
        return room_type_id in self.related


_NESTED = Prepared(
    lambda property_id: (
        Unit.objects.filter(Q(parent__isnull=False) | Q(parts__isnull=False), property_id=property_id)
        .order_by()
        .distinct()
        .values_list("room_type_id", "slots")
    ),
    property_id=int,
)


def nesting(*, property_id: int) -> Nesting:
    """Return the property's nesting of room types, in one query."""
    nested = _NESTED.rows(property_id=property_id)
    related: dict[int, set[int]] = {}
    for room_type_id, slots in nested:
        touching = {other for other, others in nested if touches(slot_span(slots), slot_span(others))} - {room_type_id}
        related.setdefault(room_type_id, set()).update(touching)
    return Nesting({room_type_id: frozenset(types) for room_type_id, types in related.items()})
