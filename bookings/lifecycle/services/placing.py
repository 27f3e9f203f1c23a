"""Where a guest sleeps: assigning, moving, swapping, pinning."""

from datetime import date

from django.db import transaction

from bookings.lifecycle.allocation import (
    Placement,
    PlannedNight,
    Still,
    allocate,
    exchange,
    hold_all_still,
    hold_still,
)
from bookings.lifecycle.telling import snapshot, tell
from bookings.rates.enums import CHANNEL_SOURCES
from bookings.reservations.enums import CHANGEABLE, Status
from bookings.reservations.models import Reservation
from pms.housekeeping.enums import Condition
from pms.housekeeping.services import unit_condition_set
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock, retried
from pms.properties.models import Unit


@retried
@transaction.atomic
def reservation_assign(
    *, reservation: Reservation, actor: Actor, unit: Unit | None = None, pin: bool = False, version: int | None = None
) -> Reservation:
    """Give a reservation a unit for all nights still to come: the one named, or the best fit of its type.

    Locks inventory days, then the reservation, then the unit. Raises Conflict `no_unit_free` with the reason,
    `room_taken`, `sold_out`; Invalid `not_changeable`.
    """
    if unit is not None:
        row = reservation_move(reservation=reservation, unit=unit, actor=actor, version=version)
        return reservation_pin(reservation=row, pinned=True, actor=actor) if pin else row
    still = hold_still(reservation=reservation, version=version)
    row = still.reservation
    _check_changeable(row)
    if still.nights and all(night.unit_id for night in still.nights):
        return row
    before = snapshot(row)
    allocate(still=still, nights=planned(still), placement=Placement())
    if row.unassigned_reason:
        raise Conflict("no_unit_free", f"{row.unassigned_reason}.", field="unit")
    row.version += 1
    row.save()
    tell(reservation=row, kind="assigned", actor=actor, before=before)
    return row


@retried
@transaction.atomic
def reservation_unassign(*, reservation: Reservation, actor: Actor, reason: str = "") -> Reservation:
    """Take the unit away again; the room stays sold by type. Without a unit already, nothing changes.

    Locks inventory days, then the reservation. Raises Invalid `in_house`, `not_changeable`, and `unit_needed` for a
    type with parts: without its unit nobody would know what it closes (T11).
    """
    still = hold_still(reservation=reservation)
    row = still.reservation
    _check_changeable(row)
    if row.status == Status.CHECKED_IN:
        raise Invalid("in_house", "The guest is in the room: move instead.")
    if not any(night.unit_id for night in still.nights):
        return row
    if any(still.nesting.is_nested(night.room_type_id) for night in still.nights):
        raise Invalid(
            "unit_needed", f"{row.room_type.name} has parts or is one: it is sold with a unit, never without."
        )
    before = snapshot(row)
    accept = row.booking.source in CHANNEL_SOURCES
    placement = Placement(leave_unassigned=True, accept_overbooking=accept)
    allocate(still=still, nights=planned(still), placement=placement)
    row.unit_pinned = False
    row.version += 1
    row.save()
    tell(reservation=row, kind="unassigned", actor=actor, before=before, reason=reason)
    return row


@retried
@transaction.atomic
def reservation_move(
    *,
    reservation: Reservation,
    unit: Unit,
    actor: Actor,
    from_night: date | None = None,
    version: int | None = None,
    reason: str = "",
) -> Reservation:
    """Move a stay to another unit, whole or from a night on; nights slept stay where they were, the price stays (T52).

    The unit a guest in house leaves today becomes dirty. Inventory follows the type of the new unit (T53). Locks inventory
    days of both types, then the reservation, then the unit. Raises Conflict `room_taken`, `sold_out`,
    `changed_meanwhile`; Invalid `not_changeable`, `not_a_night`, `not_in_service`, `other_property`.
    """
    still = hold_still(reservation=reservation, room_type_ids=[unit.room_type_id], version=version)
    row = still.reservation
    _check_changeable(row)
    today = row.property.business_date
    begin = from_night or row.arrival
    if row.status == Status.CHECKED_IN:
        begin = max(begin, today)
    if not row.arrival <= begin < row.departure:
        raise Invalid("not_a_night", f"{begin:%-d %B %Y} is not a night of this stay.", field="from_night")
    units = {night.date: night.unit for night in still.nights if night.unit and night.date < begin}
    moved = {night.date: unit for night in still.nights if night.date >= begin}
    if all(night.unit_id == unit.pk for night in still.nights if night.date >= begin):
        return row
    before = snapshot(row)
    left = next((night.unit for night in still.nights if night.date == begin and night.unit), None)
    allocate(still=still, nights=planned(still), placement=Placement(units=units | moved, leave_unassigned=True))
    row.version += 1
    row.save()
    if row.status == Status.CHECKED_IN and begin == today and left is not None and left.pk != unit.pk:
        unit_condition_set(unit=left, condition=Condition.DIRTY, actor=actor)
    tell(reservation=row, kind="moved", actor=actor, before=before, reason=reason)
    return row


@retried
@transaction.atomic
def reservation_swap(*, first: Reservation, second: Reservation, actor: Actor) -> tuple[Reservation, Reservation]:
    """Exchange the units of two stays in one step, over their own nights and never beyond them (T54).

    Nights already slept stay where they were. Locks inventory days of both, then both reservations. Raises Invalid
    `same_reservation`, `same_unit`, `one_unit_each`, `other_property`, `not_changeable`; Conflict
    `room_taken` when a third stands in the way; Invalid `not_in_service`.
    """
    if first.pk == second.pk:
        raise Invalid("same_reservation", "A reservation cannot be swapped with itself.")
    if first.property_id != second.property_id:
        raise Invalid("other_property", "Two stays at different properties cannot be swapped.")
    one, two = hold_all_still(reservations=[first, second])
    today = one.reservation.property.business_date
    befores = {still.reservation.pk: snapshot(still.reservation) for still in (one, two)}
    for still in (one, two):
        _check_changeable(still.reservation)
    unit_one, unit_two = _one_unit(one, today), _one_unit(two, today)
    if unit_one.pk == unit_two.pk:
        raise Invalid("same_unit", f"Both stays are in room {unit_one.number}: there is nothing to swap.")
    exchange(first=one, second=two, to_first=unit_two, to_second=unit_one, today=today)
    for still, left in ((one, unit_one), (two, unit_two)):
        row = still.reservation
        row.version += 1
        row.save()
        if row.status == Status.CHECKED_IN:
            unit_condition_set(unit=left, condition=Condition.DIRTY, actor=actor)
        tell(reservation=row, kind="swapped", actor=actor, before=befores[row.pk])
    return one.reservation, two.reservation


def _one_unit(still: Still, today: date) -> Unit:
    units = {
        night.unit_id: night.unit
        for night in still.nights
        if still.reservation.status != Status.CHECKED_IN or night.date >= today
    }
    unit = next(iter(units.values()), None)
    if len(units) != 1 or unit is None:
        raise Invalid("one_unit_each", "Only stays with one room for all their nights can be swapped.")
    return unit


@transaction.atomic
def reservation_pin(*, reservation: Reservation, pinned: bool, actor: Actor) -> Reservation:
    """Promise the guest this room, or take the promise back: a pinned stay is never moved by itself.

    Raises Invalid `no_unit` when there is no unit to promise.
    """
    row = lock(
        Reservation.objects.filter(pk=reservation.pk).select_related("property", "room_type", "rate_plan", "booking")
    )[0]
    if row.unit_pinned == pinned:
        return row
    if pinned and not row.nights.filter(released_at=None, unit__isnull=False).exists():
        raise Invalid("no_unit", "There is no room to promise yet.", field="unit")
    before = snapshot(row)
    row.unit_pinned = pinned
    row.version += 1
    row.save(update_fields=["unit_pinned", "version"])
    tell(reservation=row, kind="pinned" if pinned else "unpinned", actor=actor, before=before)
    return row


def planned(still: Still) -> list[PlannedNight]:
    """Return the nights as they are."""
    return [PlannedNight.of(night) for night in still.nights]


def _check_changeable(row: Reservation) -> None:
    if row.status not in CHANGEABLE:
        raise Invalid(
            "not_changeable", f"A reservation that is {Status(row.status).label.lower()} cannot be moved any more."
        )
