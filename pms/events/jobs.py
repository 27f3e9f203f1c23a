"""From the outbox to the subscribers. The queue only wakes; what is due stands in the database (docs/events.md)."""

from datetime import timedelta
from importlib import import_module

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from pms.events.models import EventDelivery, OutboxEvent
from pms.events.selectors import deliveries_ahead
from pms.events.subscriptions import subscribers_of, subscription
from pms.kernel.jobs import crowded, enqueue_in_tenant, woken
from pms.kernel.retrying import retry_at

logger = structlog.get_logger(__name__)

BATCH = 200
#: While a delivery is under way nobody else tries it. Longer than a job may take (settings.RQ_QUEUES).
LEASE = timedelta(minutes=6)
#: What the queue has not brought by then is enqueued again.
GRACE = timedelta(seconds=30)
SWEEP_LIMIT = 1000
MAX_ATTEMPTS = 16


def relay() -> int:
    """Turn waiting events into deliveries, oldest first, and enqueue these; return how many events there were.

    Takes events FOR UPDATE SKIP LOCKED, so that any number of relays may run at once.
    """
    woken("pms.events.jobs.relay")
    count = 0
    while batch := _relay_batch():
        count += batch
    return count


def _relay_batch() -> int:
    now = timezone.now()
    with transaction.atomic():
        events = list(
            OutboxEvent.objects.select_for_update(skip_locked=True).filter(relayed_at=None).order_by("pk")[:BATCH]
        )
        EventDelivery.objects.bulk_create(
            [
                EventDelivery(event=event, subscriber=each.name, next_attempt_at=now)
                for event in events
                for each in subscribers_of(event.kind)
            ],
            ignore_conflicts=True,
        )
        OutboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(relayed_at=now)
        fresh = EventDelivery.objects.filter(event__in=events, delivered_at=None).order_by("event_id", "pk")
        for delivery_id in fresh.values_list("pk", flat=True):
            enqueue_in_tenant("pms.events.jobs.deliver", delivery_id=delivery_id)
    return len(events)


def deliver(delivery_id: int) -> bool:
    """Hand one event to one subscriber; return whether it has heard of it now.

    Does nothing when the delivery is done, parked, not due, under way elsewhere, or an earlier event of the same
    subject is still on its way to the same subscriber. A handler that fails is tried again later, at last parked.
    """
    now = timezone.now()
    delivery = EventDelivery.objects.select_related("event").filter(pk=delivery_id).first()
    if delivery is None or deliveries_ahead(delivery=delivery):
        return False
    claimed = EventDelivery.objects.filter(
        pk=delivery_id, delivered_at=None, parked_at=None, next_attempt_at__lte=now
    ).update(attempts=F("attempts") + 1, next_attempt_at=now + LEASE)
    if not claimed:
        return False
    attempts = delivery.attempts + 1
    try:
        _hand_over(delivery)
    except Exception as error:  # noqa: BLE001 - whatever a subscriber does wrong is its delivery's error
        _failed(delivery, attempts, error)
        return False
    EventDelivery.objects.filter(pk=delivery_id).update(delivered_at=timezone.now(), last_error="")
    _wake_next(delivery)
    return True


def sweep() -> int:
    """Relay what waits and enqueue again what is due and did not come; return how many deliveries were enqueued.

    Makes good whatever the queue lost, a worker that was killed included (after LEASE).
    """
    relay()
    if crowded():
        return 0
    overdue = EventDelivery.objects.filter(
        delivered_at=None, parked_at=None, next_attempt_at__lte=timezone.now() - GRACE
    ).order_by("event_id", "pk")
    due = list(overdue.values_list("pk", flat=True)[:SWEEP_LIMIT])
    for delivery_id in due:
        enqueue_in_tenant("pms.events.jobs.deliver", delivery_id=delivery_id)
    return len(due)


def _hand_over(delivery: EventDelivery) -> None:
    known = subscription(delivery.subscriber)
    if known is None:
        raise LookupError(f"Nobody called {delivery.subscriber} subscribes to events any more.")
    module, name = known.path.rsplit(".", 1)
    with structlog.contextvars.bound_contextvars(event_kind=delivery.event.kind, subscriber=delivery.subscriber):
        getattr(import_module(module), name)(event_id=str(delivery.event.public_id))


def _failed(delivery: EventDelivery, attempts: int, error: Exception) -> None:
    now = timezone.now()
    parked = attempts >= MAX_ATTEMPTS or (isinstance(error, LookupError) and subscription(delivery.subscriber) is None)
    EventDelivery.objects.filter(pk=delivery.pk).update(
        last_error=f"{type(error).__name__}: {error}"[:2000],
        next_attempt_at=retry_at(attempts=attempts, now=now),
        parked_at=now if parked else None,
    )
    logger.warning(
        "delivery_parked" if parked else "delivery_failed",
        subscriber=delivery.subscriber,
        event_id=str(delivery.event.public_id),
        attempts=attempts,
        exc_info=error,
    )
    if parked:
        _wake_next(delivery)


def _wake_next(delivery: EventDelivery) -> None:
    """Enqueue the next event of the same subject for the same subscriber, which had to wait for this one."""
    following = EventDelivery.objects.filter(
        subscriber=delivery.subscriber,
        delivered_at=None,
        parked_at=None,
        event_id__gt=delivery.event_id,
        event__subject_type=delivery.event.subject_type,
        event__subject_code=delivery.event.subject_code,
    ).order_by("event_id")
    next_id = following.values_list("pk", flat=True).first()
    if next_id is not None:
        enqueue_in_tenant("pms.events.jobs.deliver", delivery_id=next_id)
