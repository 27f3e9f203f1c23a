"""Writes what stands around the bookings of a property: room types, rate plans, prices and units."""

from collections.abc import Iterator
from dataclasses import dataclass

from bookings.availability.services.units import LEVEL_BITS, ROOT_BITS
from pms.housekeeping.models import UnitCondition
from pms.kernel.actors import Actor
from pms.properties.models import Property, RoomType, Unit
from pms.properties.services import property_save

from .copying import next_values
from .drafts import HotelDraft, UnitDraft
from .rate_frame import rates_write


@dataclass(frozen=True, slots=True)
class Ids:
    """Keys of what a property's rows point to, by code."""

    property_id: int
    room_types: dict[str, int]
    plans: dict[str, int]
    units: dict[str, int]
    slots: dict[str, str]
    companies: dict[str, int]


def frame_write(hotel: HotelDraft, companies: dict[str, int], actor: Actor) -> Ids:
    """Writes a property, its room types, plans, prices and units; keys of what its bookings point to."""
    place = property_save(
        property=Property(
            code=hotel.code,
            name=hotel.name,
            kind=hotel.kind,
            position=Property.objects.count(),
            time_zone=hotel.time_zone,
            currency=hotel.currency,
            business_date=hotel.business_date,
            country=hotel.country,
            city=hotel.city,
            street=hotel.street,
            postal_code=hotel.postal_code,
            phone=hotel.phone,
            email=hotel.email,
            house_rules=hotel.house_rules,
            check_in_time=hotel.check_in_time,
            check_out_time=hotel.check_out_time,
        ),
        actor=actor,
    )
    room_types = RoomType.objects.bulk_create(
        RoomType(
            property=place,
            position=position,
            code=row.code,
            name=row.name,
            description=row.description,
            base_occupancy=row.base_occupancy,
            max_occupancy=row.max_occupancy,
            max_adults=row.max_adults,
            max_children=row.max_children,
            size_square_metres=row.size_square_metres,
            overbooking_limit=row.overbooking_limit,
        )
        for position, row in enumerate(hotel.room_types)
    )
    type_ids = {row.code: row.pk for row in room_types}
    plan_ids = rates_write(place=place, rates=hotel.rates, room_types=hotel.room_types, type_ids=type_ids, actor=actor)
    units, slots = _units(hotel, place, type_ids)
    return Ids(place.pk, type_ids, plan_ids, units, slots, companies)


def _units(hotel: HotelDraft, place: Property, type_ids: dict[str, int]) -> tuple[dict[str, int], dict[str, str]]:
    from_day = min([stay.arrival for stay in hotel.stays], default=hotel.business_date)
    blocks = iter(next_values("properties_unit_block_seq", sum(not unit.parent for unit in hotel.units)))
    bounds: dict[str, tuple[int, int]] = {}
    parts: dict[str, int] = {}
    saved: dict[str, Unit] = {}
    for position, draft in enumerate(hotel.units):
        bounds[draft.number] = _slots(draft, bounds, parts, blocks)
        unit = Unit(
            property=place,
            room_type_id=type_ids[draft.room_type],
            number=draft.number,
            name=draft.name,
            floor=draft.floor,
            zone=draft.zone,
            features=draft.features,
            position=position,
            slots=bounds[draft.number],
            in_service_from=min(from_day, hotel.business_date),
        )
        saved[draft.number] = unit
    level = [draft for draft in hotel.units if not draft.parent]
    while level:
        for draft in level:
            saved[draft.number].parent = saved.get(draft.parent)
        Unit.objects.bulk_create([saved[draft.number] for draft in level])
        parents = {draft.number for draft in level}
        level = [draft for draft in hotel.units if draft.parent in parents]
    UnitCondition.objects.bulk_create(
        UnitCondition(unit=saved[draft.number], condition=draft.condition, note=draft.condition_note)
        for draft in hotel.units
    )
    return (
        {number: unit.pk for number, unit in saved.items()},
        {number: f"[{first},{until})" for number, (first, until) in bounds.items()},
    )


def _slots(
    draft: UnitDraft, bounds: dict[str, tuple[int, int]], parts: dict[str, int], blocks: Iterator[int]
) -> tuple[int, int]:
    if not draft.parent:
        block = next(blocks)
        return block << ROOT_BITS, (block + 1) << ROOT_BITS
    first, until = bounds[draft.parent]
    size = (until - first) >> LEVEL_BITS
    part = parts.get(draft.parent, 0)
    parts[draft.parent] = part + 1
    return first + part * size, first + (part + 1) * size
