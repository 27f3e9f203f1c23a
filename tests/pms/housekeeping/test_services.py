import pytest

from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.housekeeping.enums import Condition
from pms.housekeeping.models import UnitCondition
from pms.housekeeping.services import unit_condition_set
from tests.house import TESTER


def say(house, condition, **facts):
    return unit_condition_set(unit=house.units["101"], condition=condition, actor=TESTER, **facts)


def test_a_unit_without_a_row_is_clean(property_a):
    say(property_a, Condition.DIRTY)
    assert AuditEvent.objects.get(action="unit.condition").changes == {"condition": ["clean", "dirty"]}
    assert OutboxEvent.objects.get(kind="unit.condition_changed").payload == {"condition": "dirty"}


@pytest.mark.parametrize("condition", list(Condition))
def test_saying_the_same_again_writes_nothing(property_a, condition):
    row = say(property_a, condition)
    facts = AuditEvent.objects.count(), OutboxEvent.objects.count()
    assert say(property_a, condition).changed_at == row.changed_at
    assert (AuditEvent.objects.count(), OutboxEvent.objects.count()) == facts


def test_a_note_alone_is_a_change(property_a):
    say(property_a, Condition.DIRTY)
    assert say(property_a, Condition.DIRTY, note="Lost ring under the bed").note == "Lost ring under the bed"
    assert UnitCondition.objects.count() == 1
