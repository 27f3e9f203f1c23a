"""Writes what stands around the bookings of a property: room types, rate plans, prices and units."""

from collections.abc import Iterator
from dataclasses import dataclass

from bookings.availability.services.units import LEVEL_BITS, ROOT_BITS
from bookings.rates.enums import Penalty
from bookings.rates.models import BasePrice, CancellationPolicy, CancellationTier, RatePlan
from pms.housekeeping.models import UnitCondition
from pms.kernel.actors import Actor
from pms.properties.models import Property, RoomType, Unit
from pms.properties.services import property_save

from .copying import copy_rows, next_values
from .drafts import HotelDraft, UnitDraft


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
    policies = _policies(hotel, place)
    plans = RatePlan.objects.bulk_create(
        RatePlan(
            property=place,
            position=position,
            code=row.code,
            name=row.name,
            board=row.board,
            guarantee=row.guarantee,
            cancellation_policy=policies[row.free_cancellation_days],
            is_default=position == 0,
        )
        for position, row in enumerate(hotel.plans)
    )
    plan_ids = {row.code: row.pk for row in plans}
    _prices(hotel, type_ids, plan_ids)
    units, slots = _units(hotel, place, type_ids)
    return Ids(place.pk, type_ids, plan_ids, units, slots, companies)


def _policies(hotel: HotelDraft, place: Property) -> dict[int | None, CancellationPolicy]:
    """Make a policy for each number of days until which a plan is free; None is never free."""
    made = {}
    for days in {plan.free_cancellation_days for plan in hotel.plans}:
        code, name = (
            ("NONREF", "Non-refundable") if days is None else (f"FREE-{days}", f"Free until {days} days before")
        )
        policy = CancellationPolicy.objects.create(property=place, code=code, name=name)
        steps = [CancellationTier(policy=policy, penalty=Penalty.FULL if days is None else Penalty.NONE)]
        if days is not None:
            steps.append(CancellationTier(policy=policy, days_before=days, penalty=Penalty.NIGHTS, nights=1))
        CancellationTier.objects.bulk_create(steps)
        made[days] = policy
    return made


def _prices(hotel: HotelDraft, type_ids: dict[str, int], plan_ids: dict[str, int]) -> None:
    BasePrice.objects.bulk_create(
        BasePrice(
            rate_plan_id=plan_ids[plan.code], room_type_id=type_ids[kind.code], price_minor=plan.price(kind.price_minor)
        )
        for plan in hotel.plans
        for kind in hotel.room_types
    )
    copy_rows(
        "rates_dailyprice",
        ("rate_plan_id", "room_type_id", "date", "price_minor", "all_in"),
        (
            (plan_ids[plan.code], type_ids[kind], day, plan.price(price), False)
            for plan in hotel.plans
            for (kind, day), price in hotel.daily_prices.items()
        ),
    )


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
