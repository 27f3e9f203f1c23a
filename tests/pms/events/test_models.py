"""A fact is never changed or taken back; only that it was relayed is added, once."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from pms.events.models import OutboxEvent
from pms.events.services import event_publish


@pytest.fixture
def event(in_tenant):
    return event_publish(kind="room.painted", subject_type="room", subject_code="101", payload={"colour": "blue"})


@pytest.mark.parametrize("change", [{"payload": {"colour": "red"}}, {"kind": "room.sold"}, {"subject_code": "102"}])
def test_a_change_is_refused(event, change):
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        OutboxEvent.objects.filter(pk=event.pk).update(**change)


def test_a_deletion_is_refused(event):
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM events_outboxevent")


def test_it_is_relayed_once(event):
    OutboxEvent.objects.filter(pk=event.pk).update(relayed_at=timezone.now())
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        OutboxEvent.objects.filter(pk=event.pk).update(relayed_at=None)
