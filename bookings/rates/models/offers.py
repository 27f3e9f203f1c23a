"""Extra with its days, Promotion."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from billing.taxes.enums import ChargeBasis, Component
from bookings.rates.models.plans import RatePlan
from pms.properties.models import Property, code_validator


class Extra(models.Model):
    """Something sold with a stay: breakfast, parking, a transfer. Its component decides its taxes."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="extras")
    code = models.CharField(max_length=16, validators=[code_validator])
    name = models.CharField(max_length=80)
    description = models.TextField(blank=True)
    texts = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text='In other languages, such as {"lt": {"name": "..."}}.',
    )
    component = models.CharField(max_length=16, choices=Component, default=Component.OTHER)
    basis = models.CharField(max_length=16, choices=ChargeBasis, default=ChargeBasis.STAY)
    price_minor = models.BigIntegerField()
    age_from = models.PositiveSmallIntegerField(default=0, help_text="Persons of this age and older are counted.")
    daily_limit = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many there are on any day; empty: as many as wanted."
    )
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["property", "code"],
                name="ux_extra_code",
                violation_error_message="The property has an extra with this code already.",
            ),
            models.CheckConstraint(
                condition=Q(price_minor__gte=0),
                name="ck_extra_price",
                violation_error_message="A price is never negative.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ExtraDay(models.Model):
    """How many of an extra are sold on a day; the database refuses more than there are."""

    extra = models.ForeignKey(Extra, on_delete=models.CASCADE, related_name="days")
    date = models.DateField()
    limit = models.PositiveSmallIntegerField()
    sold = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["extra", "date"], name="ux_extra_day"),
            models.CheckConstraint(condition=Q(sold__lte=F("limit")), name="ck_extra_day_limit"),
        ]

    def __str__(self) -> str:
        return f"{self.extra} {self.date}"


class Promotion(models.Model):
    """A code that makes nights cheaper, within windows, plans, a least stay and a number of uses.

    Dates named first and last are both included and property-local. `uses` counts live reservations that have it.
    """

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="promotions")
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=80)
    percent = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True, help_text="Off the whole stay.")
    sale_first = models.DateField(null=True, blank=True)
    sale_last = models.DateField(null=True, blank=True)
    stay_first = models.DateField(null=True, blank=True)
    stay_last = models.DateField(null=True, blank=True)
    nights_min = models.PositiveSmallIntegerField(null=True, blank=True)
    rate_plans = models.ManyToManyField(RatePlan, blank=True, related_name="promotions", help_text="Empty: every plan.")
    sources = ArrayField(models.CharField(max_length=20), default=list, blank=True, help_text="Empty: everywhere.")
    max_uses = models.PositiveIntegerField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["property", "code"],
                name="ux_promotion_code",
                violation_error_message="The property has this promo code already.",
            ),
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100, amount_minor=None) | Q(amount_minor__gt=0, percent=None),
                name="ck_promotion_value",
                violation_error_message="A promotion takes off a percentage up to 100 or an amount, not both.",
            ),
            models.CheckConstraint(
                condition=Q(max_uses=None) | Q(uses__lte=F("max_uses")),
                name="ck_promotion_uses",
                violation_error_message="The code has been used as often as it may be.",
            ),
            models.CheckConstraint(
                condition=(Q(sale_first=None) | Q(sale_last=None) | Q(sale_first__lte=F("sale_last")))
                & (Q(stay_first=None) | Q(stay_last=None) | Q(stay_first__lte=F("stay_last"))),
                name="ck_promotion_days",
                violation_error_message="The last day is before the first.",
            ),
        ]

    def __str__(self) -> str:
        return self.code
