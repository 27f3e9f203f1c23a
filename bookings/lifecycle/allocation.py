"""The engine under every change of a stay: from the nights wanted to counters, nights and units, under both guards.

Creating, moving, extending, swapping, cancelling and reinstating differ only in the nights they want; all of them end
here. The order is: lock inventory days, lock the reservation, place, count, write.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from bookings.availability.enums import Counter, OccupancyKind
from bookings.availability.models import Block, BlockNight, InventoryDay
from bookings.availability.selectors import Nesting, free_units, nesting
from bookings.availability.services import (
    Deltas,
    Segment,
    inventory_apply,
    inventory_lock,
    linked_recount,
    occupancy_end,
    occupancy_exchange_begin,
    occupancy_exchange_end,
    occupancy_write,
)
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation, StayNight
from pms.kernel.errors import Busy, Conflict, Invalid
from pms.kernel.locking import lock
from pms.kernel.prepared import insert_all
from pms.properties.models import RoomType, Unit

DayKey = tuple[int, date]


@dataclass(frozen=True, slots=True)
class PlannedNight:
    """A night as it shall be. `price_minor` in the reservation's currency, parts and taxes as StayNight keeps them."""

    date: date
    room_type_id: int
    rate_plan_id: int
    price_minor: int
    parts: list[dict[str, Any]] = field(default_factory=list)
    taxes: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, night: StayNight) -> "PlannedNight":
        """Return a night as it is."""
        return cls(
            night.date, night.room_type_id, night.rate_plan_id, night.price_minor, night.parts, list(night.taxes)
        )


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the guest shall sleep. Units named for nights are binding; the rest is found, best fit first.

    `accept_overbooking`: beyond capacity the nights are stored and flagged instead of refused (T17).
    `leave_unassigned`: find no unit for nights that name none.
    """

    units: Mapping[date, Unit] = field(default_factory=dict)
    accept_overbooking: bool = False
    leave_unassigned: bool = False


@dataclass(slots=True)
class Still:
    """A reservation and its inventory, locked: nobody else can move either until the transaction ends."""

    reservation: Reservation
    inventory: dict[DayKey, InventoryDay]
    nesting: Nesting
    nights: list[StayNight]
    is_new: bool = False


def hold_still(
    *,
    reservation: Reservation,
    room_type_ids: Iterable[int] = (),
    days: Iterable[date] = (),
    version: int | None = None,
) -> Still:
    """Lock the inventory of a reservation, of the further types and days, and then the reservation itself.

    Raises Conflict `changed_meanwhile` when `version` is not the current one, Busy `contended`, `locked`.
    """
    still = hold_all_still(reservations=[reservation], room_type_ids=room_type_ids, days=days)[0]
    row = still.reservation
    if version is not None and row.version != version:
        raise Conflict(
            "changed_meanwhile", f"Reservation {row.code} was changed by somebody else just now. Please look again."
        )
    return still


def hold_all_still(
    *, reservations: Sequence[Reservation], room_type_ids: Iterable[int] = (), days: Iterable[date] = ()
) -> list[Still]:
    """Lock the inventory of reservations of one property in one go, then the reservations in key order.

    They are read before their inventory is locked, so they may have changed by the time it is ours: then every lock is
    given back and it starts over, for locking more while holding some is how deadlocks are made. What is returned, in
    the order asked for, shares its inventory. Raises Busy `contended`, `locked`.
    """
    wanted_types = set(room_type_ids) | {row.room_type_id for row in reservations}
    wanted_days = set(days)
    keys = [row.pk for row in reservations]
    tree = nesting(property_id=reservations[0].property_id)
    for _ in range(5):
        before = _all_live_nights(keys)
        types = tree.family(wanted_types | _types(before))
        dates = wanted_days | {night.date for night in before}
        savepoint = transaction.savepoint()
        inventory = inventory_lock(room_type_ids=types, days=dates)
        lock(Reservation.objects.filter(pk__in=keys))
        nights = _all_live_nights(keys)
        rows = Reservation.objects.select_related(
            "property", "room_type", "rate_plan", "guest", "booking", "hold", "block"
        ).in_bulk(keys)
        sold = {row.room_type_id for row in rows.values()}
        if _types(nights) | sold <= types and {night.date for night in nights} <= dates:
            transaction.savepoint_commit(savepoint)
            return [
                Still(
                    reservation=rows[key],
                    inventory=inventory,
                    nesting=tree,
                    nights=[night for night in nights if night.reservation_id == key],
                )
                for key in keys
            ]
        transaction.savepoint_rollback(savepoint)
        wanted_types |= sold
    raise Busy("contended", "This reservation is being changed by others. Please try again.")


def _types(nights: Iterable[StayNight]) -> set[int]:
    """Return the types that nights are sold as and the types they consume: the two differ after an upgrade (T53)."""
    return {type_id for night in nights for type_id in (night.room_type_id, night.consumed_type_id)}


def live_nights(reservation: Reservation) -> list[StayNight]:
    """Return the nights that take inventory, in date order."""
    return _all_live_nights([reservation.pk])


def _all_live_nights(reservation_ids: Sequence[int]) -> list[StayNight]:
    nights = StayNight.objects.filter(reservation_id__in=reservation_ids, released_at=None)
    return list(nights.select_related("unit").order_by("reservation_id", "date"))


def allocate(*, still: Still, nights: Sequence[PlannedNight], placement: Placement) -> list[StayNight]:
    """Make the reservation take exactly `nights`, and return them; its own fields are set, and saved by the caller.

    Raises Conflict `sold_out`, `room_taken`, `beyond_horizon`; Invalid `not_in_service`, `other_property`.
    """
    reservation = still.reservation
    for wanted in nights:
        if (wanted.room_type_id, wanted.date) not in still.inventory:
            raise Conflict("beyond_horizon", f"No room is on sale on {wanted.date:%-d %B %Y}.", date=wanted.date)
    old = {night.date: night for night in still.nights}
    deltas = Deltas()
    if any(still.nesting.is_nested(night.consumed_type_id) for night in still.nights):
        _vacate(still)
    else:
        _give_back(still, deltas)
    units, overbooked = _settle(still=still, nights=nights, placement=placement)
    for wanted in nights:
        unit = units.get(wanted.date)
        consumed = unit.room_type_id if unit else wanted.room_type_id
        deltas.add(consumed, wanted.date, _counter(reservation.status, overbooked=wanted.date in overbooked), 1)
    _pick_up(still=still, nights=nights, deltas=deltas)
    inventory_apply(locked=still.inventory, deltas=deltas)
    written = _write_nights(still=still, nights=nights, units=units, overbooked=overbooked, old=old)
    _write_occupancy(reservation=reservation, nights=nights, units=units, is_new=still.is_new)
    consumed_types = {night.consumed_type_id for night in still.nights} | {
        units[night.date].room_type_id if night.date in units else night.room_type_id for night in nights
    }
    linked_recount(
        nesting=still.nesting,
        room_type_ids=consumed_types,
        days={night.date for night in nights} | set(old),
        locked=still.inventory,
    )
    reservation.is_overbooked = bool(overbooked)
    reservation.unassigned_reason = _reason(
        still=still, nights=nights, units=units, overbooked=overbooked, placement=placement
    )
    if nights:
        reservation.total_minor = sum(night.price_minor for night in nights)
    return written


def release(*, still: Still, at: datetime | None = None) -> None:
    """Give every night back: the rows stay with their prices and units, and take nothing any more."""
    reservation = still.reservation
    deltas = Deltas()
    _give_back(still, deltas)
    _pick_up(still=still, nights=(), deltas=deltas)
    inventory_apply(locked=still.inventory, deltas=deltas)
    StayNight.objects.filter(reservation=reservation, released_at=None).update(released_at=at or timezone.now())
    occupancy_end(reservation_id=reservation.pk)
    linked_recount(
        nesting=still.nesting,
        room_type_ids={night.consumed_type_id for night in still.nights},
        days={night.date for night in still.nights},
        locked=still.inventory,
    )
    reservation.is_overbooked = False
    reservation.unassigned_reason = ""


def convert_hold(*, still: Still, to: Status) -> None:
    """Turn the nights of an option from held into sold; the reservation's status is set, and saved by the caller."""
    deltas = Deltas()
    for night in still.nights:
        if not night.overbooked:
            deltas.add(night.consumed_type_id, night.date, Counter.HELD, -1)
            deltas.add(night.consumed_type_id, night.date, Counter.SOLD, 1)
    still.reservation.status = to
    inventory_apply(locked=still.inventory, deltas=deltas)
    _write_occupancy(
        reservation=still.reservation,
        nights=[PlannedNight.of(night) for night in still.nights],
        units={night.date: night.unit for night in still.nights if night.unit},
    )


def _counter(status: str, *, overbooked: bool) -> Counter:
    if overbooked:
        return Counter.OVERBOOKED
    return Counter.HELD if status == Status.HOLD else Counter.SOLD


def _give_back(still: Still, deltas: Deltas) -> None:
    for night in still.nights:
        deltas.add(
            night.consumed_type_id, night.date, _counter(still.reservation.status, overbooked=night.overbooked), -1
        )


def _vacate(*stills: Still) -> None:
    """Take stays out of the counters before they are placed anew: a flat's own guest does not close the house (T11)."""
    deltas = Deltas()
    for still in stills:
        _give_back(still, deltas)
        occupancy_end(reservation_id=still.reservation.pk)
    inventory = stills[0].inventory
    inventory_apply(locked=inventory, deltas=deltas)
    nights = [night for still in stills for night in still.nights]
    linked_recount(
        nesting=stills[0].nesting,
        room_type_ids={night.consumed_type_id for night in nights},
        days={night.date for night in nights},
        locked=inventory,
    )


def _settle(
    *, still: Still, nights: Sequence[PlannedNight], placement: Placement
) -> tuple[dict[date, Unit], set[date]]:
    """Return the unit of each night that has one, and the nights that are overbooked: a stay has one or the other."""
    units = _place(still=still, nights=nights, placement=placement)
    if not placement.accept_overbooking:
        for night in nights:
            if night.date not in units and still.nesting.is_nested(night.room_type_id):
                name = RoomType.objects.get(pk=night.room_type_id).name
                raise Conflict("sold_out", f"No {name} is free for the whole stay.", date=night.date)
        return units, set()
    short = _short_nights(still=still, nights=nights, units=units)
    if short and any(night.date in units and units[night.date].room_type_id != night.room_type_id for night in nights):
        # The unit named is of another type, and that one is full: then it is a room of the type that was sold.
        units = _place(still=still, nights=nights, placement=replace(placement, units={}))
        short = _short_nights(still=still, nights=nights, units=units)
    return ({}, short) if short else (units, short)


def _place(*, still: Still, nights: Sequence[PlannedNight], placement: Placement) -> dict[date, Unit]:
    reservation = still.reservation
    # Read again now that the inventory is locked: a unit may have been retired since the caller looked.
    fresh = Unit.objects.in_bulk({unit.pk for unit in placement.units.values()}) if placement.units else {}
    wanted = {night.date for night in nights}
    units = {day: fresh[unit.pk] for day, unit in placement.units.items() if day in wanted}
    open_nights = [night for night in nights if night.date not in units]
    if units and open_nights and not placement.leave_unassigned:
        units |= _stretch(nights=open_nights, units=units)
    _refuse_not_there(units, reservation.property_id)
    if units or placement.leave_unassigned:
        return units
    found = _best_unit(still=still, nights=nights)
    return {night.date: found for night in nights} if found else {}


def _refuse_not_there(units: Mapping[date, Unit], property_id: int) -> None:
    for day, unit in units.items():
        if unit.property_id != property_id:
            raise Invalid("other_property", f"Room {unit.number} belongs to another property.", field="unit")
        if unit.in_service_from > day or (unit.in_service_until is not None and unit.in_service_until <= day):
            raise Invalid(
                "not_in_service", f"Room {unit.number} is not in service on {day:%-d %B %Y}.", field="unit", date=day
            )


def _stretch(*, nights: Sequence[PlannedNight], units: Mapping[date, Unit]) -> dict[date, Unit]:
    """Keep a guest in the same unit on added nights, or say who is in the way: nobody is split silently (T12)."""
    stretched: dict[date, Unit] = {}
    for night in nights:
        near = min(units, key=lambda day: (abs((day - night.date).days), day))
        stretched[night.date] = units[near]
    return stretched


def _best_unit(*, still: Still, nights: Sequence[PlannedNight]) -> Unit | None:
    types = {night.room_type_id for night in nights}
    if len(types) != 1:
        return None
    gaps = free_units(
        room_type_id=types.pop(),
        arrival=nights[0].date,
        departure=nights[-1].date + timedelta(days=1),
        ignoring_reservation_id=still.reservation.pk,
        tree=still.nesting,
    )
    return gaps[0].unit if gaps else None


def _short_nights(*, still: Still, nights: Sequence[PlannedNight], units: Mapping[date, Unit]) -> set[date]:
    """Return the nights on which no room is left for this stay."""
    own = {(night.consumed_type_id, night.date): night.overbooked for night in still.nights}
    short = set()
    for night in nights:
        unit = units.get(night.date)
        key = (unit.room_type_id if unit else night.room_type_id, night.date)
        was_overbooked = own.get(key)
        row = still.inventory.get(key)
        if was_overbooked is False or row is None:
            continue  # It has its room already, whoever else is overbooked.
        # Who is overbooked competes with nobody else who is: the first to be asked gets the room.
        if row.free + row.overbooking_limit + (row.overbooked if was_overbooked else 0) < 1:
            short.add(night.date)
    homeless = any(night.date not in units and still.nesting.is_nested(night.room_type_id) for night in nights)
    return {night.date for night in nights} if homeless else short


def _pick_up(*, still: Still, nights: Sequence[PlannedNight], deltas: Deltas) -> None:
    """Exchange nights with the block they come from: what is picked up is no longer kept, and the other way round (T10)."""
    if still.reservation.block_id is None:
        return
    # Read again now that the inventory is locked: the block may have been released since the caller looked.
    block = Block.objects.get(pk=still.reservation.block_id)
    before = {(night.room_type_id, night.date) for night in still.nights}
    after = {(night.room_type_id, night.date) for night in nights}
    for row in lock(BlockNight.objects.filter(block=block)):
        key = (row.room_type_id, row.date)
        step = (key in after) - (key in before)
        if not step:
            continue
        if step > 0 and row.picked_up >= row.quantity:
            raise Conflict("block_used_up", f"{block.name} has no room left on {row.date:%-d %B %Y}.", date=row.date)
        row.picked_up += step
        row.save(update_fields=["picked_up"])
        if block.released_at is None:
            deltas.add(row.room_type_id, row.date, Counter.BLOCKED, -step)


def _write_nights(
    *,
    still: Still,
    nights: Sequence[PlannedNight],
    units: Mapping[date, Unit],
    overbooked: set[date],
    old: Mapping[date, StayNight],
) -> list[StayNight]:
    fresh, changed = [], []
    for night in nights:
        unit = units.get(night.date)
        row = old.get(night.date)
        values = {
            "room_type_id": night.room_type_id,
            "consumed_type_id": unit.room_type_id if unit else night.room_type_id,
            "unit": unit,
            "rate_plan_id": night.rate_plan_id,
            "price_minor": night.price_minor,
            "parts": night.parts,
            "taxes": night.taxes,
            "overbooked": night.date in overbooked,
        }
        if row is None:
            fresh.append(StayNight(reservation=still.reservation, date=night.date, **values))
            continue
        if any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
    kept = {night.date for night in nights}
    gone = [row.pk for day, row in old.items() if day not in kept]
    if gone:
        StayNight.objects.filter(pk__in=gone).update(released_at=timezone.now())
    if changed:
        fields = ["room_type", "consumed_type", "unit", "rate_plan", "price_minor", "parts", "taxes", "overbooked"]
        StayNight.objects.bulk_update(changed, fields)
    insert_all(fresh)
    return sorted([*(row for day, row in old.items() if day in kept), *fresh], key=lambda row: row.date)


def _write_occupancy(
    *,
    reservation: Reservation,
    nights: Sequence[PlannedNight],
    units: Mapping[date, Unit],
    besides: Sequence[int] = (),
    is_new: bool = False,
) -> None:
    segments: list[Segment] = []
    for day in sorted({night.date for night in nights} & set(units)):
        unit = units[day]
        if segments and segments[-1].unit.pk == unit.pk and segments[-1].until == day:
            segments[-1] = Segment(unit, segments[-1].first, day + timedelta(days=1))
        else:
            segments.append(Segment(unit, day, day + timedelta(days=1)))
    kind = OccupancyKind.HOLD if reservation.status == Status.HOLD else OccupancyKind.STAY
    occupancy_write(segments=segments, kind=kind, reservation_id=reservation.pk, besides=besides, is_new=is_new)


def _reason(
    *,
    still: Still,
    nights: Sequence[PlannedNight],
    units: Mapping[date, Unit],
    overbooked: set[date],
    placement: Placement,
) -> str:
    if not nights or len(units) == len(nights):
        return ""
    room_type = RoomType.objects.get(pk=nights[0].room_type_id)
    if overbooked:
        first, count = min(overbooked), len(overbooked)
        more = f" and {count - 1} more night{'s' if count > 2 else ''}" if count > 1 else ""
        return f"Overbooked: no {room_type.name} left on {first:%-d %b}{more}"
    if units:
        return "Some nights have no room yet"
    if placement.leave_unassigned:
        return "Not assigned yet"
    full = [
        night.date
        for night in nights
        if (row := still.inventory.get((night.room_type_id, night.date))) is not None and row.free < 0
    ]
    if full:
        return f"Sold within the overbooking limit: no {room_type.name} left on {full[0]:%-d %b}"
    return f"No single {room_type.name} is free for all {len(nights)} nights"


def exchange(*, first: Still, second: Still, to_first: Unit, to_second: Unit, today: date) -> None:
    """Exchange the units of two stays from `today` on for a guest in house, else whole (T54).

    Counters change in one step and guard two is asked at the end, so that neither needs a room in between.
    Raises Conflict `room_taken` when a third stands in the way, `sold_out`; Invalid `not_in_service`.
    """
    both = [first.reservation.pk, second.reservation.pk]
    lock(Unit.objects.filter(pk__in=[to_first.pk, to_second.pk]))
    deltas = Deltas()
    if any(first.nesting.is_nested(night.consumed_type_id) for night in (*first.nights, *second.nights)):
        _vacate(first, second)
    else:
        _give_back(first, deltas)
        _give_back(second, deltas)
    placed: list[tuple[Still, list[PlannedNight], dict[date, Unit]]] = []
    for still, unit in ((first, to_first), (second, to_second)):
        nights = [PlannedNight.of(night) for night in still.nights]
        slept = still.reservation.status == Status.CHECKED_IN
        units = {n.date: n.unit if slept and n.date < today and n.unit else unit for n in still.nights}
        _refuse_not_there(units, still.reservation.property_id)
        for night in still.nights:
            counter = _counter(still.reservation.status, overbooked=False)
            deltas.add(units[night.date].room_type_id, night.date, counter, 1)
        placed.append((still, nights, units))
    inventory_apply(locked=first.inventory, deltas=deltas)
    occupancy_exchange_begin()
    for still, nights, units in placed:
        old = {night.date: night for night in still.nights}
        _write_nights(still=still, nights=nights, units=units, overbooked=set(), old=old)
        _write_occupancy(reservation=still.reservation, nights=nights, units=units, besides=both)
    occupancy_exchange_end()
    linked_recount(
        nesting=first.nesting,
        room_type_ids={unit.room_type_id for _, _, units in placed for unit in units.values()},
        days={night.date for still in (first, second) for night in still.nights},
        locked=first.inventory,
    )
