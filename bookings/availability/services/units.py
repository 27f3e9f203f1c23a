"""Units come into service and leave it: capacity follows, and bookings in the way are named, never overrun (T13)."""

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.db.models import Q

from bookings.availability.enums import Counter
from bookings.availability.models import InventoryDay, Occupancy
from bookings.availability.selectors import nesting
from bookings.availability.services.counters import Deltas, inventory_apply, inventory_extend, linked_recount
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock, retried
from pms.kernel.ranges import slot_span
from pms.kernel.text import clean_text
from pms.properties.models import Property, RoomType, Unit

ROOT_BITS = 20
LEVEL_BITS = 10


@dataclass(frozen=True, slots=True)
class RetirementPlan:
    """What stands against taking a unit out of service: stays in it, and nights on which its type would be oversold."""

    in_the_way: tuple[Occupancy, ...]
    oversold: tuple[date, ...]
    parts: tuple[Unit, ...]

    @property
    def possible(self) -> bool:
        """Whether nothing stands against it."""
        return not (self.in_the_way or self.oversold or self.parts)


@retried
@transaction.atomic
def unit_create(
    *,
    room_type: RoomType,
    number: str,
    in_service_from: date,
    actor: Actor,
    name: str = "",
    floor: str = "",
    zone: str = "",
    features: str = "",
    position: int = 0,
    parent: Unit | None = None,
) -> Unit:
    """Bring a unit into service from a date on; its type has one room more from then.

    A part of another unit (a flat of a house, a bed of a dorm) names its parent; at most two levels below the root.
    The first unit of a type begins its inventory. Locks the inventory days of the type and of all it is nested with,
    then the parent. Raises Invalid `too_deep`, `too_many_parts`, `other_property`, `parent_taken`; ValidationError.
    """
    number = clean_text(number, field="number", most=24)
    lock(Property.objects.filter(pk=room_type.property_id))
    if not InventoryDay.objects.filter(room_type=room_type).exists():
        inventory_extend(property=room_type.property)
    types = {room_type.pk} | ({parent.room_type_id} if parent else set())
    days = lock(
        InventoryDay.objects.filter(
            room_type_id__in=nesting(property_id=room_type.property_id).family(types), date__gte=in_service_from
        ).order_by("room_type_id", "date")
    )
    unit = Unit(
        property_id=room_type.property_id,
        room_type=room_type,
        number=number,
        name=name,
        floor=floor,
        zone=zone,
        features=features,
        position=position,
        parent=parent,
        slots=_slots(parent=parent, property_id=room_type.property_id),
        in_service_from=in_service_from,
    )
    unit.full_clean(validate_constraints=True)
    unit.save(force_insert=True)
    locked = {(day.room_type_id, day.date): day for day in days}
    deltas = Deltas()
    for type_id, day in locked:
        if type_id == room_type.pk:
            deltas.add(type_id, day, Counter.CAPACITY, 1)
    inventory_apply(locked=locked, deltas=deltas)
    if parent is not None:
        # On days past the whole may have been taken while this part is said to have been there.
        tree = nesting(property_id=room_type.property_id)
        linked_recount(nesting=tree, room_type_ids=types, days={day for _, day in locked}, locked=locked)
    _tell(
        unit, "unit.created", actor, {"in_service_from": [None, in_service_from], "room_type": [None, room_type.code]}
    )
    return unit


def _slots(*, parent: Unit | None, property_id: int) -> tuple[int, int]:
    if parent is None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('properties_unit_block_seq')")
            block = int(cursor.fetchone()[0])
        return (block << ROOT_BITS, (block + 1) << ROOT_BITS)
    if parent.property_id != property_id:
        raise Invalid("other_property", "A unit and its parts belong to the same property.", field="parent")
    parent = lock(Unit.objects.filter(pk=parent.pk))[0]
    low, high = slot_span(parent.slots)
    width = high - low
    size = width >> LEVEL_BITS
    if size < 1:
        raise Invalid("too_deep", "A part of a part cannot be divided further.", field="parent")
    whole = Occupancy.objects.filter(active=True, slots__contains=parent.slots)
    if whole.filter(nights__endswith__gt=parent.property.business_date).exists():
        raise Invalid(
            "parent_taken",
            f"{parent.number} has bookings as a whole; it can be divided once it has none.",
            field="parent",
        )
    last = Unit.objects.filter(parent=parent).order_by("-slots").first()
    begin = low if last is None else slot_span(last.slots)[1]
    if begin + size > high:
        raise Invalid("too_many_parts", f"{parent.number} has as many parts as a unit can have.", field="parent")
    return (begin, begin + size)


def unit_retirement_plan(*, unit: Unit, until: date) -> RetirementPlan:
    """Return what stands against taking unit out of service from `until` on (the first day it is gone)."""
    # The slots, not the unit: whoever has the whole house has this flat as well (T11).
    stays = Occupancy.objects.filter(slots__overlap=unit.slots, active=True, nights__endswith__gt=until)
    oversold = InventoryDay.objects.filter(room_type_id=unit.room_type_id, date__gte=until, free__lt=1)
    short = [row.date for row in oversold.order_by("date") if row.free + row.overbooked + row.overbooking_limit < 1]
    return RetirementPlan(
        in_the_way=tuple(stays.select_related("unit", "reservation__guest", "closure").order_by("nights")),
        oversold=tuple(short),
        parts=tuple(unit.parts.filter(Q(in_service_until=None) | Q(in_service_until__gt=until))),
    )


@retried
@transaction.atomic
def unit_retire(*, unit: Unit, until: date, actor: Actor) -> Unit:
    """Take a unit out of service: `until` is the first day it is no longer there. The past keeps it.

    Locks the property, the type's inventory days, then the unit. Raises Conflict `unit_has_bookings` with the plan when stays,
    closures or parts stand in the way or the type would be oversold; Invalid `not_in_service`.
    """
    lock(Property.objects.filter(pk=unit.property_id))
    days = lock(
        InventoryDay.objects.filter(room_type_id=unit.room_type_id, date__gte=until).order_by("room_type_id", "date")
    )
    unit = lock(Unit.objects.filter(pk=unit.pk))[0]
    if unit.in_service_until == until:
        return unit
    if unit.in_service_until is not None:
        raise Invalid("not_in_service", f"{unit.number} leaves service on {unit.in_service_until:%-d %B %Y} already.")
    if until <= unit.in_service_from:
        raise Invalid(
            "not_in_service",
            f"{unit.number} comes into service only on {unit.in_service_from:%-d %B %Y}.",
            field="until",
        )
    plan = unit_retirement_plan(unit=unit, until=until)
    if not plan.possible:
        raise Conflict("unit_has_bookings", _standing(unit, plan), field="until", plan=plan)
    unit.in_service_until = until
    unit.save(update_fields=["in_service_until"])
    deltas = Deltas()
    for day in days:
        deltas.add(unit.room_type_id, day.date, Counter.CAPACITY, -1)
    inventory_apply(locked={(day.room_type_id, day.date): day for day in days}, deltas=deltas)
    _tell(unit, "unit.retired", actor, {"in_service_until": [None, until]})
    return unit


def _standing(unit: Unit, plan: RetirementPlan) -> str:
    if plan.parts:
        return (
            f"{unit.number} has parts in service ({', '.join(part.number for part in plan.parts)}); retire them first."
        )
    if plan.in_the_way:
        names = [row.reservation.code if row.reservation else row.get_kind_display() for row in plan.in_the_way[:5]]
        more = len(plan.in_the_way) - len(names)
        return f"{unit.number} is taken by {', '.join(names)}{f' and {more} more' if more else ''}; move them first."
    return f"{unit.room_type.name} is sold out on {plan.oversold[0]:%-d %B %Y}; without {unit.number} it would be oversold."


def _tell(unit: Unit, kind: str, actor: Actor, changes: dict[str, object]) -> None:
    code = f"{unit.property.code}/{unit.number}"
    audit_record(
        action=kind,
        subject_type="unit",
        subject_code=code,
        property_code=unit.property.code,
        actor=actor,
        changes=changes,
    )
    event_publish(
        kind=kind,
        subject_type="unit",
        subject_code=code,
        payload={"room_type": unit.room_type.code, "property": unit.property.code},
    )
