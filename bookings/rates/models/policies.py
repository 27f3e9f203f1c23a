"""CancellationPolicy with its tiers, PaymentTerms."""

from datetime import time

from django.db import models
from django.db.models import F, Q

from bookings.rates.enums import Deposit, Penalty
from pms.properties.models import Property, code_validator

#: A penalty's numbers: nights for NIGHTS, percent for PERCENT, amount_minor for AMOUNT, nothing else.
_PENALTY = (
    Q(penalty__in=(Penalty.NONE, Penalty.FULL), nights=None, percent=None, amount_minor=None)
    | Q(penalty=Penalty.NIGHTS, nights__gte=1, percent=None, amount_minor=None)
    | Q(penalty=Penalty.PERCENT, nights=None, percent__gt=0, percent__lte=100, amount_minor=None)
    | Q(penalty=Penalty.AMOUNT, nights=None, percent=None, amount_minor__gt=0)
)


class CancellationPolicy(models.Model):
    """What cancelling costs from when on, as rules; the sentence and the fee are made from its tiers."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="cancellation_policies")
    code = models.CharField(max_length=16, validators=[code_validator])
    name = models.CharField(max_length=80)
    deadline_time = models.TimeField(default=time(18, 0), help_text="Wall time at the property at which a tier begins.")
    deadline_moves = models.BooleanField(
        default=False,
        help_text="A change of the arrival moves the deadlines with it; otherwise those of the sale stay (T48).",
    )

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "cancellation policies"
        constraints = [
            models.UniqueConstraint(
                fields=["property", "code"],
                name="ux_cancellation_policy_code",
                violation_error_message="The property has a cancellation policy with this code already.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class CancellationTier(models.Model):
    """One step of a policy: from `days_before` arrival at the policy's hour on, this is what cancelling costs.

    Without `days_before` from the sale on: every group of tiers has exactly one such, so that no moment is without a
    rule. `booked_days_below` makes a group that holds for sales less than so many days before arrival. `is_no_show`
    rows say what not coming costs; without one it is what cancelling at the last moment costs.
    """

    policy = models.ForeignKey(CancellationPolicy, on_delete=models.CASCADE, related_name="tiers")
    booked_days_below = models.PositiveSmallIntegerField(null=True, blank=True)
    is_no_show = models.BooleanField(default=False)
    days_before = models.PositiveSmallIntegerField(null=True, blank=True)
    penalty = models.CharField(max_length=8, choices=Penalty, default=Penalty.NONE)
    nights = models.PositiveSmallIntegerField(null=True, blank=True)
    percent = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = [
            F("booked_days_below").desc(nulls_first=True),
            F("days_before").desc(nulls_first=True),
            "is_no_show",
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "booked_days_below", "is_no_show", "days_before"],
                name="ux_cancellation_tier",
                nulls_distinct=False,
                violation_error_message="Two steps begin at the same moment.",
            ),
            models.CheckConstraint(
                condition=_PENALTY,
                name="ck_cancellation_tier_penalty",
                violation_error_message="A penalty has the number that belongs to it, and no other.",
            ),
            models.CheckConstraint(
                condition=Q(is_no_show=False) | Q(days_before=None),
                name="ck_cancellation_tier_no_show",
                violation_error_message="Not coming has no number of days before arrival.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.days_before}"


class PaymentTerms(models.Model):
    """What is paid when: a deposit at the sale or later, the balance before arrival or at the property."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="payment_terms")
    code = models.CharField(max_length=16, validators=[code_validator])
    name = models.CharField(max_length=80)
    deposit = models.CharField(max_length=16, choices=Deposit, default=Deposit.NONE)
    percent = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    deposit_days_before = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days before arrival at which the deposit is due; empty: at the sale."
    )
    balance_days_before = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days before arrival at which the rest is due; empty: at the property."
    )

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "payment terms"
        constraints = [
            models.UniqueConstraint(
                fields=["property", "code"],
                name="ux_payment_terms_code",
                violation_error_message="The property has payment terms with this code already.",
            ),
            models.CheckConstraint(
                condition=Q(deposit=Deposit.PERCENT, percent__gt=0, percent__lte=100, amount_minor=None)
                | Q(deposit=Deposit.AMOUNT, amount_minor__gt=0, percent=None)
                | (~Q(deposit__in=(Deposit.PERCENT, Deposit.AMOUNT)) & Q(percent=None, amount_minor=None)),
                name="ck_payment_terms_deposit",
                violation_error_message="A deposit has the number that belongs to it, and no other.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
