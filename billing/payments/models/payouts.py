from django.db import models
from django.db.models import F, Q, Value

from billing.payments.enums import LineKind, PayoutStatus
from billing.payments.models.accounts import PaymentAccount
from billing.payments.models.payments import PaymentIntent


class ProviderPayout(models.Model):
    """What a provider transferred to the bank. Posted to the ledger once it is paid, taken back should it fail."""

    account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT, related_name="payouts")
    provider_id = models.CharField(max_length=80)
    status = models.CharField(max_length=12, choices=PayoutStatus)
    arrives_on = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    is_posted = models.BooleanField(default=False)
    is_posted_back = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["-arrives_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "provider_id"], name="ux_payout_provider"),
            models.CheckConstraint(condition=Q(is_posted_back=False) | Q(is_posted=True), name="ck_payout_posted"),
        ]

    def __str__(self) -> str:
        return self.provider_id


class PayoutLine(models.Model):
    """One line of a payout: `gross_minor` in the currency that was paid in, the rest in the payout's."""

    payout = models.ForeignKey(ProviderPayout, on_delete=models.PROTECT, related_name="lines")
    provider_id = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=LineKind)
    payment = models.ForeignKey(
        PaymentIntent, on_delete=models.PROTECT, null=True, blank=True, related_name="payout_lines"
    )
    gross_minor = models.BigIntegerField()
    gross_currency = models.CharField(max_length=3)
    settled_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    net_minor = models.BigIntegerField()
    description = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["payout", "provider_id"], name="ux_payout_line_provider"),
            models.CheckConstraint(
                condition=Q(net_minor=F("settled_minor") - F("fee_minor")), name="ck_payout_line_net"
            ),
        ]

    def __str__(self) -> str:
        return self.provider_id


class Reconciliation(models.Model):
    """One comparison of an account with its provider: how many payments, and what differed."""

    account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT, related_name="reconciliations")
    since = models.DateTimeField()
    at = models.DateTimeField()
    compared = models.PositiveIntegerField()
    differences = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.account} {self.at:%Y-%m-%d %H:%M}"
