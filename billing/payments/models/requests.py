import uuid

from django.db import models
from django.db.models import Q

from billing.folios.models import Folio
from billing.ledger.models import LegalEntity
from billing.payments.enums import Purpose
from billing.payments.models.accounts import PaymentAccount
from bookings.reservations.models import Reservation


class PaymentLink(models.Model):
    """A signed link to a page where somebody pays. Without an amount it asks for whatever the folio owes at that moment."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    folio = models.ForeignKey(Folio, on_delete=models.PROTECT, related_name="payment_links")
    reservation = models.ForeignKey(
        Reservation, on_delete=models.PROTECT, null=True, blank=True, related_name="payment_links"
    )
    account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT, related_name="payment_links")
    purpose = models.CharField(max_length=16, choices=Purpose, default=Purpose.PAYMENT)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    at_most_due = models.BooleanField(
        default=False, db_default=False, help_text="Never asks for more than the stay still costs its guest."
    )
    save_card = models.BooleanField(default=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    payment = models.ForeignKey(
        "payments.PaymentIntent", on_delete=models.PROTECT, null=True, blank=True, related_name="links",
        help_text="The latest payment that somebody began here.",
    )  # fmt: skip
    actor_label = models.CharField(max_length=160, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor=None) | Q(amount_minor__gt=0),
                name="ck_payment_link_amount",
                violation_error_message="A link asks for more than nothing.",
            )
        ]

    def __str__(self) -> str:
        return str(self.code)


class PaymentReminder(models.Model):
    """A step of a payment schedule that somebody was told of, so that they are told once."""

    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, related_name="payment_reminders")
    kind = models.CharField(max_length=16)
    due_on = models.DateField()
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reservation", "kind", "due_on"], name="ux_payment_reminder"),
        ]

    def __str__(self) -> str:
        return f"{self.reservation} {self.kind} {self.due_on}"


class ReceiptCounter(models.Model):
    """The number of the last receipt that a legal entity gave."""

    entity = models.OneToOneField(LegalEntity, on_delete=models.PROTECT, related_name="receipt_counter")
    last_number = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.entity} {self.last_number}"
