"""Writing facts to the outbox, and taking up again what was parked."""

from json import dumps, loads
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from pms.events.models import EventDelivery, OutboxEvent
from pms.events.subscriptions import witnesses_of
from pms.kernel.jobs import enqueue_in_tenant, wake_in_tenant
from pms.kernel.locking import lock_one
from pms.kernel.prepared import insert


def event_publish(
    *, kind: str, subject_type: str, subject_code: str, payload: dict[str, Any] | None = None
) -> OutboxEvent:
    """Write one outbox event inside the caller's transaction, call its witnesses, and wake the relay after the commit.

    Waking is a convenience: the relay's sweep finds the event even if the queue forgets.
    """
    event = insert(
        OutboxEvent(
            kind=kind,
            subject_type=subject_type,
            subject_code=subject_code,
            payload=loads(dumps(payload or {}, cls=DjangoJSONEncoder)),
        )
    )
    for witness in witnesses_of(kind):
        witness(kind, subject_code, event.payload)
    wake_in_tenant("pms.events.jobs.relay")
    return event


def events_pass_over() -> int:
    """Mark every event that waits as relayed, to nobody; return how many. For invented history, which wakes no subscriber.

    What is relayed meanwhile is delivered as ever.
    """
    return OutboxEvent.objects.filter(relayed_at=None).update(relayed_at=timezone.now())


def delivery_retry(*, delivery: EventDelivery) -> EventDelivery:
    """Take a parked delivery up again, with all its attempts before it; idempotent. Locks the delivery."""
    with transaction.atomic():
        locked = lock_one(EventDelivery.objects.filter(pk=delivery.pk))
        if locked is None or locked.parked_at is None:
            return delivery
        locked.parked_at, locked.attempts, locked.next_attempt_at = None, 0, timezone.now()
        locked.save(update_fields=["parked_at", "attempts", "next_attempt_at"])
        enqueue_in_tenant("pms.events.jobs.deliver", delivery_id=locked.pk)
    return locked
