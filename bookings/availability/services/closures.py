"""Closing units: out of order, out of service, out of inventory, owner stays."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from bookings.availability.enums import TAKING, ClosureKind, Counter
from bookings.availability.models import Closure, InventoryDay, Occupancy
from bookings.availability.selectors import in_the_way, nesting
from bookings.availability.services.counters import Deltas, inventory_apply, inventory_lock, linked_recount
from bookings.availability.services.occupancy import Segment, occupancy_end, occupancy_write
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.dates import night_range, nights_between
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock, retried
from pms.kernel.ranges import span
from pms.kernel.text import clean_text
from pms.properties.models import Unit

COUNTERS = {
    ClosureKind.OUT_OF_ORDER: (Counter.OUT_OF_ORDER, 1),
    ClosureKind.OUT_OF_INVENTORY: (Counter.CAPACITY, -1),
    ClosureKind.OWNER: (Counter.OWNER, 1),
}


@dataclass(frozen=True, slots=True)
class ClosurePlan:
    """What stands against closing a unit: who is in it, and nights on which its type is sold out without it."""

    in_the_way: tuple[Occupancy, ...]
    oversold: tuple[date, ...]

    @property
    def possible(self) -> bool:
        """Whether nothing stands against it."""
        return not (self.in_the_way or self.oversold)


def closure_plan(*, unit: Unit, first: date, until: date, kind: ClosureKind) -> ClosurePlan:
    """Return what stands against closing unit over [first, until). Out of service never takes the unit (T14)."""
    if kind not in TAKING:
        return ClosurePlan(in_the_way=(), oversold=())
    days = InventoryDay.objects.filter(room_type_id=unit.room_type_id, date__gte=first, date__lt=until, free__lt=1)
    short = [row.date for row in days.order_by("date") if row.free + row.overbooking_limit < 1]
    return ClosurePlan(
        in_the_way=tuple(in_the_way(unit=unit, arrival=first, departure=until)),
        oversold=tuple(short),
    )


@retried
@transaction.atomic
def closure_create(*, unit: Unit, first: date, until: date, kind: ClosureKind, reason: str, actor: Actor) -> Closure:
    """Close a unit over the nights [first, until).

    Locks inventory days, then the unit. Raises Invalid `no_nights`, `reason_missing`, `not_in_service`; Conflict
    `unit_has_bookings` naming who is in the way, or `sold_out` when the type has no room to spare on a night.
    """
    nights = nights_between(first, until)
    reason = clean_text(reason, field="reason", most=200)
    if not reason:
        raise Invalid("reason_missing", "Say why the room is closed.", field="reason")
    tree = nesting(property_id=unit.property_id)
    locked = inventory_lock(room_type_ids=tree.family([unit.room_type_id]), days=nights)
    # Read again now that the inventory is locked: the unit may have been retired since the caller looked.
    unit = Unit.objects.select_related("property", "room_type").get(pk=unit.pk)
    if unit.in_service_from > first or (unit.in_service_until is not None and unit.in_service_until < until):
        raise Invalid("not_in_service", f"{unit.number} is not in service on all of these nights.", field="unit")
    closure = Closure(unit=unit, nights=night_range(first, until), kind=kind, reason=reason)
    if kind in TAKING:
        plan = closure_plan(unit=unit, first=first, until=until, kind=kind)
        if plan.in_the_way:
            raise Conflict("unit_has_bookings", _standing(unit, plan), field="unit", plan=plan)
        closure.save()
        occupancy_write(segments=[Segment(unit, first, until)], kind=TAKING[kind], closure_id=closure.pk)
        counter, step = COUNTERS[kind]
        deltas = Deltas()
        for night in nights:
            deltas.add(unit.room_type_id, night, counter, step)
        inventory_apply(locked=locked, deltas=deltas)
        linked_recount(nesting=tree, room_type_ids=[unit.room_type_id], days=nights, locked=locked)
    else:
        closure.save()
    _tell(closure, "closure.created", actor, {"nights": [None, [first, until]], "kind": [None, kind]})
    return closure


@retried
@transaction.atomic
def closure_release(*, closure: Closure, actor: Actor, on: date | None = None) -> Closure:
    """Open a closed unit again, from the first night on or from `on` (the past then stays closed). Idempotent.

    An `on` past the closure opens nothing. Locks inventory days, then the closure.
    """
    first, until = span(closure.nights)
    tree = nesting(property_id=closure.unit.property_id)
    locked = inventory_lock(room_type_ids=tree.family([closure.unit.room_type_id]), days=nights_between(first, until))
    closure = lock(Closure.objects.filter(pk=closure.pk).select_related("unit__property", "unit__room_type"))[0]
    if closure.released_at is not None or (on is not None and on >= until):
        return closure
    first, until = span(closure.nights)
    begin = max(on, first) if on is not None else first
    freed = nights_between(begin, until)
    if begin == first:
        closure.released_at = timezone.now()
        closure.save(update_fields=["released_at"])
        occupancy_end(closure_id=closure.pk)
    else:
        closure.nights = night_range(first, begin)
        closure.save(update_fields=["nights"])
        if closure.kind in TAKING:
            kind = TAKING[ClosureKind(closure.kind)]
            occupancy_write(segments=[Segment(closure.unit, first, begin)], kind=kind, closure_id=closure.pk)
    if closure.kind in TAKING:
        counter, step = COUNTERS[ClosureKind(closure.kind)]
        deltas = Deltas()
        for night in freed:
            deltas.add(closure.unit.room_type_id, night, counter, -step)
        inventory_apply(locked=locked, deltas=deltas)
        linked_recount(nesting=tree, room_type_ids=[closure.unit.room_type_id], days=freed, locked=locked)
    _tell(closure, "closure.released", actor, {"nights": [[first, until], [first, begin]]})
    return closure


def _standing(unit: Unit, plan: ClosurePlan) -> str:
    first = plan.in_the_way[0]
    who = (
        f"{first.reservation.guest.full_name}, {first.reservation.code}"
        if first.reservation
        else first.get_kind_display()
    )
    more = len(plan.in_the_way) - 1
    others = f" and {more} more" if more else ""
    return (
        f"{unit.number} is taken from {first.nights.lower:%-d %b} to {first.nights.upper:%-d %b %Y} by {who}{others}; "
        "move them first."
    )


def _tell(closure: Closure, kind: str, actor: Actor, changes: dict[str, object]) -> None:
    unit = closure.unit
    audit_record(
        action=kind,
        subject_type="unit",
        subject_code=f"{unit.property.code}/{unit.number}",
        property_code=unit.property.code,
        actor=actor,
        reason=closure.reason,
        changes=changes,
    )
    event_publish(
        kind=kind,
        subject_type="unit",
        subject_code=f"{unit.property.code}/{unit.number}",
        payload={
            "closure": str(closure.code),
            "kind": closure.kind,
            "room_type": unit.room_type.code,
            "property": unit.property.code,
        },
    )
