"""Changing the condition of units."""

from django.db import transaction

from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.housekeeping.enums import Condition
from pms.housekeeping.models import UnitCondition
from pms.kernel.actors import Actor
from pms.properties.models import Unit


@transaction.atomic
def unit_condition_set(*, unit: Unit, condition: Condition, actor: Actor, note: str = "") -> UnitCondition:
    """Say how a unit looks now. Setting what is already so writes nothing."""
    present = UnitCondition.objects.select_for_update().filter(unit=unit).first()
    before = present.condition if present else Condition.CLEAN
    if present and before == condition and present.note == note:
        return present
    row, _ = UnitCondition.objects.update_or_create(unit=unit, defaults={"condition": condition, "note": note})
    code = f"{unit.property.code}/{unit.number}"
    audit_record(
        action="unit.condition",
        subject_type="unit",
        subject_code=code,
        property_code=unit.property.code,
        actor=actor,
        changes={"condition": [before, condition]},
    )
    event_publish(
        kind="unit.condition_changed", subject_type="unit", subject_code=code, payload={"condition": condition}
    )
    return row
