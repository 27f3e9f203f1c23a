"""What is on its way, and what is stuck."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from pms.events.models import EventDelivery, OutboxEvent

ON_ITS_WAY = Q(delivered_at=None, parked_at=None)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many events wait to be relayed, how many deliveries are on their way, and how many are parked."""

    waiting: int
    on_their_way: int
    parked: int


def backlog() -> Backlog:
    """Return the state of this organization's outbox. Two queries."""
    counts = EventDelivery.objects.aggregate(
        on_their_way=Count("pk", filter=ON_ITS_WAY), parked=Count("pk", filter=Q(parked_at__isnull=False))
    )
    return Backlog(waiting=OutboxEvent.objects.filter(relayed_at=None).count(), **counts)


def parked_deliveries() -> QuerySet[EventDelivery]:
    """Return what was given up, oldest first, with its events."""
    return EventDelivery.objects.filter(parked_at__isnull=False).select_related("event").order_by("event_id", "pk")


def deliveries_ahead(*, delivery: EventDelivery) -> bool:
    """Return whether an earlier event of the same subject has yet to reach the same subscriber. One or two queries.

    An earlier event that no relay has taken yet counts: its deliveries are about to be written.
    """
    event = delivery.event
    same = Q(subject_type=event.subject_type, subject_code=event.subject_code, pk__lt=event.pk)
    if OutboxEvent.objects.filter(same, relayed_at=None).exists():
        return True
    return EventDelivery.objects.filter(
        ON_ITS_WAY,
        subscriber=delivery.subscriber,
        event__subject_type=event.subject_type,
        event__subject_code=event.subject_code,
        event_id__lt=event.pk,
    ).exists()
