"""GuestReport: what a channel was told of a guest."""

from django.db import models
from django.db.models import Q, Value

from channels.sync.enums import ReportKind
from channels.sync.models.incoming import ChannelBooking


class GuestReport(models.Model):
    """Something that a channel is told of a booking's guest, once: written down before it is told, and what became of it.

    Between both nobody knows whether it arrived; `trying_until` keeps others off meanwhile.
    """

    channel_booking = models.ForeignKey(ChannelBooking, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=24, choices=ReportKind)
    details = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=160)
    trying_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(null=True, blank=True, help_text="When the channel took it.")
    error = models.TextField(blank=True, help_text="In the channel's words, where it did not.")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["channel_booking", "kind"], name="ux_guest_report"),
            models.CheckConstraint(condition=Q(taken_at=None) | Q(error=""), name="ck_guest_report_taken"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.channel_booking}"
