"""Endpoint (an address that a provider was given) and InboundMessage (what came there). Shared: one host takes it all."""

import uuid

from django.db import models
from django.db.models import F, Q

from pms.inbox.enums import MessageStatus
from pms.tenants.models import Organization


class Endpoint(models.Model):
    """A secret address that leads to one account of one organization.

    `account` is whatever the provider's own code knows it by; `external_account` is how a provider that sends the
    messages of many accounts to one address says whose they are.
    """

    token = models.CharField(max_length=64, unique=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="endpoints")
    provider = models.CharField(max_length=32)
    account = models.CharField(max_length=64)
    external_account = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "provider", "account"],
                condition=Q(closed_at=None),
                name="ux_endpoint_account",
            ),
            models.UniqueConstraint(
                fields=["provider", "external_account"],
                condition=~Q(external_account="") & Q(closed_at=None),
                name="ux_endpoint_external_account",
                violation_error_message="This account of the provider belongs to somebody already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.account}"


class InboundMessage(models.Model):
    """One verified message; the same id at the same endpoint is one message however often it comes (T59).

    `body_hash` is over what may not differ between two deliveries; `conflicts` counts those in which it did.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="messages")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    message_id = models.CharField(max_length=160)
    kind = models.CharField(max_length=96)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    body_hash = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    deliveries = models.PositiveIntegerField(default=1)
    conflicts = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=8, choices=MessageStatus, default=MessageStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "message_id"], name="ux_inbound_message"),
            models.CheckConstraint(
                condition=Q(handled_at=None) | Q(handled_at__gte=F("received_at")),
                name="ck_inbound_message_handled_after",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "next_attempt_at"],
                condition=Q(status=MessageStatus.WAITING),
                name="ix_inbound_message_due",
            ),
            models.Index(fields=["organization", "-id"], name="ix_inbound_message_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"
