"""AuditEvent: append-only; the database refuses updates and deletes (a trigger in the second migration)."""

from django.db import models


class AuditEvent(models.Model):
    """One thing somebody did. `changes` holds {field: [before, after]}."""

    at = models.DateTimeField(auto_now_add=True)
    actor_kind = models.CharField(max_length=16)
    actor_label = models.CharField(max_length=160)
    actor_user_id = models.BigIntegerField(null=True, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=256, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=40)
    subject_code = models.CharField(max_length=64)
    property_code = models.CharField(max_length=32, blank=True)
    reason = models.TextField(blank=True)
    changes = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject_type", "subject_code", "-id"], name="ix_audit_subject"),
            models.Index(fields=["-at"], name="ix_audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_code}"
