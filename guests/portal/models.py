"""Cancellation: that a guest cancelled by the link, and how far giving back what was paid too much has come."""

from django.db import models
from django.db.models import Q

from bookings.reservations.models import Reservation


class Cancellation(models.Model):
    """A stay that its guest cancelled by the link. What was paid beyond the fee goes back until `settled_at` says done.

    Amounts are minor units of the reservation's currency. `left_minor` is what no provider could give back: the desk does.
    """

    reservation = models.OneToOneField(Reservation, on_delete=models.PROTECT, related_name="guest_cancellation")
    cancelled_at = models.DateTimeField()
    refund_minor = models.BigIntegerField(default=0, help_text="What the guest was told would come back.")
    left_minor = models.BigIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(refund_minor__gte=0, left_minor__gte=0), name="ck_cancellation_refund_amounts"
            )
        ]
        indexes = [
            models.Index(fields=["cancelled_at"], condition=Q(settled_at=None), name="ix_cancellation_unsettled")
        ]

    def __str__(self) -> str:
        return f"{self.reservation} cancelled by the guest"
