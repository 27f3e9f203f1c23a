"""OutboxEvent (a fact that must reach somebody) and EventDelivery (whether it has reached one subscriber)."""

import uuid

from django.db import models
from django.db.models import Q


class OutboxEvent(models.Model):
    """A fact, written in the transaction that made it true. The relay turns it into one delivery per subscriber."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=40)
    subject_code = models.CharField(max_length=64)
    payload = models.JSONField(default=dict)
    relayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(relayed_at=None), name="ix_outbox_waiting"),
            models.Index(fields=["subject_type", "subject_code", "id"], name="ix_outbox_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_code}"


class EventDelivery(models.Model):
    """One event on its way to one subscriber; done when `delivered_at` is set, parked when `parked_at` is."""

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    subscriber = models.CharField(max_length=64)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    parked_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "subscriber"], name="ux_delivery_event_subscriber"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(delivered_at=None, parked_at=None),
                name="ix_delivery_due",
            ),
            models.Index(
                fields=["subscriber", "event"],
                condition=Q(delivered_at=None, parked_at=None),
                name="ix_delivery_on_its_way",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.subscriber}"
