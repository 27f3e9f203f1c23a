"""Blocks: rooms kept for a partner or an event until their cut-off."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone

from bookings.availability.enums import Counter
from bookings.availability.models import Block, BlockNight
from bookings.availability.services.counters import Deltas, inventory_apply, inventory_lock
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.dates import nights_between
from pms.kernel.errors import Invalid
from pms.kernel.locking import lock, retried
from pms.properties.models import Property, RoomType


@retried
@transaction.atomic
def block_create(
    *,
    property: Property,
    code: str,
    name: str,
    arrival: date,
    departure: date,
    release_on: date,
    rooms: Mapping[RoomType, int],
    actor: Actor,
) -> Block:
    """Keep rooms of each type over the nights [arrival, departure) until release_on.

    Locks inventory days. Raises Invalid `no_rooms`, `no_nights`; Conflict `sold_out`, `beyond_horizon`.
    """
    nights = nights_between(arrival, departure)
    if not rooms or any(quantity < 1 for quantity in rooms.values()):
        raise Invalid("no_rooms", "A block keeps at least one room of each type it names.", field="rooms")
    if any(room_type.property_id != property.pk for room_type in rooms):
        raise Invalid("other_property", "A block keeps rooms of its own property only.", field="rooms")
    if release_on > arrival:
        raise Invalid("late_cut_off", "The cut-off is on or before the arrival.", field="release_on")
    block = Block(property=property, code=code, name=name, release_on=release_on)
    block.full_clean()
    locked = inventory_lock(room_type_ids=[room_type.pk for room_type in rooms], days=nights)
    block.save()
    deltas = Deltas()
    for room_type, quantity in rooms.items():
        for night in nights:
            deltas.add(room_type.pk, night, Counter.BLOCKED, quantity)
    inventory_apply(locked=locked, deltas=deltas)
    BlockNight.objects.bulk_create(
        BlockNight(block=block, room_type=room_type, date=night, quantity=quantity)
        for room_type, quantity in rooms.items()
        for night in nights
    )
    _tell(block, "block.created", actor)
    return block


@retried
@transaction.atomic
def block_release(*, block: Block, actor: Actor) -> Block:
    """Give back what a block has not picked up. Idempotent. Locks inventory days, then the block and its nights."""
    kept = list(BlockNight.objects.filter(block=block))
    locked = inventory_lock(room_type_ids=[row.room_type_id for row in kept], days=[row.date for row in kept])
    block = lock(Block.objects.filter(pk=block.pk).select_related("property"))[0]
    if block.released_at is not None:
        return block
    deltas = Deltas()
    for row in lock(BlockNight.objects.filter(block=block)):
        deltas.add(row.room_type_id, row.date, Counter.BLOCKED, row.picked_up - row.quantity)
    inventory_apply(locked=locked, deltas=deltas)
    block.released_at = timezone.now()
    block.save(update_fields=["released_at"])
    _tell(block, "block.released", actor)
    return block


def _tell(block: Block, kind: str, actor: Actor) -> None:
    audit_record(
        action=kind,
        subject_type="block",
        subject_code=block.code,
        property_code=block.property.code,
        actor=actor,
        changes={"name": [None, block.name], "release_on": [None, block.release_on]},
    )
    event_publish(kind=kind, subject_type="block", subject_code=block.code, payload={"property": block.property.code})
