import builtins
import uuid

from django.db import models
from django.db.models import F, Q, Value

from billing.folios.models import Folio
from billing.payments.enums import (
    CaptureMode,
    CaptureStatus,
    DisputeStatus,
    PaymentStatus,
    Purpose,
    RefundStatus,
)
from billing.payments.models.accounts import PaymentAccount, SavedMethod
from bookings.reservations.models import Reservation


class PaymentIntent(models.Model):
    """One payment, from the wish for it to the money. `code` is the idempotency key at the provider.

    `amount_minor` in `currency` is what the guest pays; `folio_amount_minor` what the folio is credited with. Where the
    currencies differ the rate is frozen here with its source and date, and refunds use it too (T37). `captured_minor`
    and `refunded_minor` are the sums of the rows below, in `currency`.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT, related_name="payments")
    folio = models.ForeignKey(Folio, on_delete=models.PROTECT, related_name="payments")
    reservation = models.ForeignKey(
        Reservation, on_delete=models.PROTECT, null=True, blank=True, related_name="payments"
    )
    purpose = models.CharField(max_length=16, choices=Purpose, default=Purpose.PAYMENT)
    request_key = models.UUIDField(
        null=True, blank=True, unique=True, help_text="Sent by the form: the same payment twice is one payment."
    )
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    folio_amount_minor = models.BigIntegerField()
    folio_currency = models.CharField(max_length=3)
    fx_rate = models.DecimalField(
        max_digits=20, decimal_places=10, null=True, blank=True, help_text="Folio currency for one of the payment's."
    )
    fx_source = models.CharField(max_length=40, blank=True)
    fx_date = models.DateField(null=True, blank=True)
    capture_mode = models.CharField(max_length=16, choices=CaptureMode, default=CaptureMode.AUTOMATIC)
    off_session = models.BooleanField(default=False, help_text="The guest is not there: a kept card is charged.")
    is_moto = models.BooleanField(default=False, help_text="The guest told the card by phone or mail (T41).")
    save_card = models.BooleanField(default=False)
    saved_method = models.ForeignKey(
        SavedMethod, on_delete=models.PROTECT, null=True, blank=True, related_name="payments"
    )
    link = models.ForeignKey(
        "payments.PaymentLink", on_delete=models.PROTECT, null=True, blank=True, related_name="payments",
        help_text="Where somebody began it.",
    )  # fmt: skip
    renews = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="renewed_by",
        help_text="The authorisation that this one takes the place of (T39).",
    )  # fmt: skip
    status = models.CharField(max_length=20, choices=PaymentStatus, default=PaymentStatus.CREATED)
    description = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    return_url = models.CharField(max_length=400, blank=True)
    cancel_url = models.CharField(max_length=400, blank=True)
    provider_payment_id = models.CharField(max_length=80, blank=True)
    provider_checkout_id = models.CharField(max_length=120, blank=True)
    checkout_url = models.TextField(blank=True)
    checkout_fields = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="When the guest's page closes.")
    authorised_until = models.DateTimeField(null=True, blank=True, help_text="When the hold ends by itself (T39).")
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    charges = models.PositiveSmallIntegerField(default=0, help_text="How often the bank was asked for a kept card.")
    last_error_code = models.CharField(max_length=64, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    captured_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    card_brand = models.CharField(max_length=24, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    receipt_number = models.PositiveIntegerField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    actor_label = models.CharField(max_length=160, blank=True)
    created_at = models.DateTimeField()
    captured_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, folio_amount_minor__gt=0)
                | Q(amount_minor=0, folio_amount_minor=0, purpose=Purpose.GUARANTEE),
                name="ck_payment_amount",
                violation_error_message="A payment is more than nothing; only a guarantee keeps a card without money.",
            ),
            models.CheckConstraint(
                condition=Q(currency=F("folio_currency"), fx_rate=None, folio_amount_minor=F("amount_minor"))
                | ~Q(currency=F("folio_currency")) & Q(fx_rate__gt=0, fx_date__isnull=False) & ~Q(fx_source=""),
                name="ck_payment_exchange",
                violation_error_message="Another currency than the folio's needs a rate with its source and date.",
            ),
            models.CheckConstraint(
                condition=Q(captured_minor__gte=0, refunded_minor__gte=0, refunded_minor__lte=F("captured_minor")),
                name="ck_payment_refunded",
                violation_error_message="No more can be refunded than was paid.",
            ),
            models.CheckConstraint(
                condition=Q(off_session=False, is_moto=False) | Q(saved_method__isnull=False),
                name="ck_payment_off_session",
                violation_error_message="Without the guest only a kept card can be charged.",
            ),
            models.UniqueConstraint(
                fields=["account", "provider_payment_id"],
                condition=~Q(provider_payment_id=""),
                name="ux_payment_provider_payment",
            ),
            models.UniqueConstraint(
                fields=["account", "provider_checkout_id"],
                condition=~Q(provider_checkout_id=""),
                name="ux_payment_provider_checkout",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="ix_payment_due"),
            models.Index(fields=["account", "-created_at"], name="ix_payment_account"),
            models.Index(fields=["status", "authorised_until"], name="ix_payment_status"),
        ]

    def __str__(self) -> str:
        return str(self.code)

    @builtins.property
    def refundable_minor(self) -> int:
        """What can still be given back, in the payment's currency."""
        return self.captured_minor - self.refunded_minor

    @builtins.property
    def open_minor(self) -> int:
        """What is authorised or asked for and not captured, in the payment's currency."""
        return max(0, self.amount_minor - self.captured_minor)


class Capture(models.Model):
    """Money taken, all of a payment or a part (T39): asked for first, done when the provider says so, posted once."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="captures")
    amount_minor = models.BigIntegerField()
    folio_amount_minor = models.BigIntegerField()
    is_last = models.BooleanField(default=True)
    status = models.CharField(max_length=12, choices=CaptureStatus, default=CaptureStatus.REQUESTED)
    posting_code = models.UUIDField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    actor_label = models.CharField(max_length=160, blank=True)
    requested_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, folio_amount_minor__gt=0),
                name="ck_capture_amount",
                violation_error_message="What is captured is more than nothing.",
            ),
            models.CheckConstraint(
                condition=~Q(status=CaptureStatus.DONE) | Q(posting_code__isnull=False, done_at__isnull=False),
                name="ck_capture_posted",
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(status=CaptureStatus.REQUESTED), name="ux_capture_requested"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}"


class Refund(models.Model):
    """Money given back, each an entry of its own (T38): asked for first, sent in a job, posted once the provider has it.

    One that fails later is posted back: the guest's credit is there again.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="refunds")
    request_key = models.UUIDField(null=True, blank=True, unique=True)
    folio = models.ForeignKey(
        Folio, on_delete=models.PROTECT, null=True, blank=True, related_name="refunds",
        help_text="Where it is taken from, when that is not the payment's own folio: a share for another room.",
    )  # fmt: skip
    reservation = models.ForeignKey(
        Reservation, on_delete=models.PROTECT, null=True, blank=True, related_name="refunds"
    )
    amount_minor = models.BigIntegerField()
    folio_amount_minor = models.BigIntegerField()
    status = models.CharField(max_length=12, choices=RefundStatus, default=RefundStatus.REQUESTED)
    reason = models.CharField(max_length=200, blank=True)
    provider_id = models.CharField(max_length=80, blank=True)
    posting_code = models.UUIDField(null=True, blank=True)
    counter_posting_code = models.UUIDField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error_code = models.CharField(max_length=64, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    actor_label = models.CharField(max_length=160, blank=True)
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, folio_amount_minor__gt=0),
                name="ck_refund_amount",
                violation_error_message="A refund is more than nothing.",
            ),
            models.UniqueConstraint(
                fields=["payment", "provider_id"], condition=~Q(provider_id=""), name="ux_refund_provider"
            ),
            models.CheckConstraint(
                condition=Q(status=RefundStatus.REQUESTED)
                | Q(posting_code__isnull=False)
                | Q(status__in=[RefundStatus.FAILED, RefundStatus.CANCELLED]),
                name="ck_refund_posted",
            ),
            models.CheckConstraint(
                condition=Q(counter_posting_code=None)
                | Q(status__in=[RefundStatus.FAILED, RefundStatus.CANCELLED], posting_code__isnull=False),
                name="ck_refund_posted_back",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status=RefundStatus.REQUESTED), name="ix_refund_due")
        ]

    def __str__(self) -> str:
        return f"{self.code}"


class Dispute(models.Model):
    """A guest's bank wants the money back. While it is open the amount lies in the ledger's disputes."""

    payment = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="disputes")
    provider_id = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField()
    folio_amount_minor = models.BigIntegerField()
    status = models.CharField(max_length=12, choices=DisputeStatus)
    reason = models.CharField(max_length=80, blank=True)
    respond_by = models.DateTimeField(null=True, blank=True)
    turns = models.PositiveSmallIntegerField(
        default=0, help_text="How often it was decided; names the ledger's entries."
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["payment", "provider_id"], name="ux_dispute_provider"),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0),
                name="ck_dispute_amount",
                violation_error_message="A dispute is about more than nothing.",
            ),
        ]

    def __str__(self) -> str:
        return self.provider_id
