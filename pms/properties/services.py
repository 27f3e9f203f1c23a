"""Making and changing properties, room types and amenities. Units take inventory: bookings.availability makes them."""

from typing import Any, TypeVar

from django.db import transaction

from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid
from pms.properties.models import Property, RoomType

Row = TypeVar("Row", Property, RoomType)


@transaction.atomic
def property_save(*, property: Property, actor: Actor) -> Property:
    """Create or change a property; time zone changes leave past business dates alone (T7).

    The business date moves by night audit alone, and what was sold in a currency stays in it. Raises ValidationError,
    Invalid `business_date_fixed`, `currency_fixed`.
    """
    if property.pk:
        _keep(property, "business_date", "Only the night audit moves the business date.")
        if property.room_types.exists():
            _keep(property, "currency", "The currency is fixed once there are room types: their prices are in it.")
    return _save(property, "property", property.code, property.code, actor)


@transaction.atomic
def room_type_save(*, room_type: RoomType, actor: Actor) -> RoomType:
    """Create or change a room type. Raises ValidationError, Invalid `overbooking_limit_fixed`.

    The overbooking limit of a room type that is there counts for every night: overbooking_limit_set changes it.
    """
    if room_type.pk:
        _keep(
            room_type, "overbooking_limit", "The overbooking limit is changed for every night, not on the type alone."
        )
    code = f"{room_type.property.code}/{room_type.code}"
    return _save(room_type, "room_type", code, room_type.property.code, actor)


def _keep(row: Row, field: str, why: str) -> None:
    if _columns(row)[field] != getattr(row, field):
        raise Invalid(f"{field}_fixed", why, field=field)


def _save(row: Row, subject: str, code: str, property_code: str, actor: Actor) -> Row:
    row.full_clean()
    before: dict[str, Any] | None = _columns(row) if row.pk else None
    row.save()
    after = _columns(row)
    changes: dict[str, Any] = {
        name: [str(before[name]) if before else None, str(value)]
        for name, value in after.items()
        if before is None or before[name] != value
    }
    if not changes:
        return row
    kind = f"{subject}.{'changed' if before else 'created'}"
    audit_record(
        action=kind, subject_type=subject, subject_code=code, property_code=property_code, actor=actor, changes=changes
    )
    event_publish(kind=kind, subject_type=subject, subject_code=code, payload={"fields": sorted(changes)})
    return row


def _columns(row: Property | RoomType) -> dict[str, Any]:
    return {**type(row)._base_manager.filter(pk=row.pk).values().get()}  # noqa: SLF001 - Django documents _base_manager
