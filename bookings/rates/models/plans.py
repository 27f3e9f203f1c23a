"""RatePlan, its prices, its components and where it is sold."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from billing.taxes.enums import ChargeBasis, Component
from bookings.rates.enums import INHERITABLE, Board, Guarantee, PlanKind, Source
from bookings.rates.models.policies import CancellationPolicy, PaymentTerms
from pms.properties.models import Property, RoomType, code_validator


def inherits_everything() -> list[str]:
    """Return every switch of inheritance, on."""
    return [code for code, _ in INHERITABLE]


class RatePlan(models.Model):
    """Terms under which a room is sold: board, guarantee, policies, windows; a derived one follows its parent's price.

    Dates named first and last are both included and property-local. A derived plan's night costs what the parent's
    costs, changed by `derive_percent`, then by `derive_minor`.
    """

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="rate_plans")
    code = models.CharField(max_length=16, validators=[code_validator])
    name = models.CharField(max_length=80)
    description = models.TextField(blank=True)
    texts = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text='In other languages, such as {"lt": {"name": "..."}}.',
    )
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=16, choices=PlanKind, default=PlanKind.STANDARD)
    board = models.CharField(max_length=2, choices=Board, default=Board.ROOM_ONLY)
    guarantee = models.CharField(max_length=16, choices=Guarantee, default=Guarantee.CARD)
    cancellation_policy = models.ForeignKey(
        CancellationPolicy,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rate_plans",
        help_text="Empty: cancelling is free until arrival.",
    )
    payment_terms = models.ForeignKey(
        PaymentTerms,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rate_plans",
        help_text="Empty: everything is paid at the property.",
    )
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="derived")
    derive_percent = models.DecimalField(
        max_digits=6, decimal_places=3, default=0, help_text="Of the parent's price: -10 for ten per cent less."
    )
    derive_minor = models.BigIntegerField(default=0, help_text="Added to it afterwards, in minor units.")
    inherits = ArrayField(
        models.CharField(max_length=24, choices=INHERITABLE),
        default=inherits_everything,
        blank=True,
        help_text="What it takes from its parent; each is a switch of its own.",
    )
    access_code = models.CharField(
        max_length=32, blank=True, help_text="Asked for wherever nobody of the staff sells; empty: open to all."
    )
    sale_first = models.DateField(null=True, blank=True, help_text="The first day it can be booked.")
    sale_last = models.DateField(null=True, blank=True, help_text="The last day it can be booked.")
    stay_first = models.DateField(null=True, blank=True, help_text="The first night it can be stayed.")
    stay_last = models.DateField(null=True, blank=True, help_text="The last night it can be stayed.")
    lead_days_min = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Early bird: booked at least so many days before arrival."
    )
    lead_days_max = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Last minute: booked at most so many days before arrival."
    )
    nights_min = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    nights_max = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    fills_gaps = models.BooleanField(
        default=False,
        help_text="A stay that exactly fills the nights left between others may be shorter than the minimum stay.",
    )
    is_default = models.BooleanField(default=False)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["property", "code"],
                name="ux_rate_plan_code",
                violation_error_message="The property has a rate plan with this code already.",
            ),
            models.UniqueConstraint(
                fields=["property"],
                condition=Q(is_default=True),
                name="ux_rate_plan_default",
                violation_error_message="The property has a default rate plan already.",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")),
                name="ck_rate_plan_own_parent",
                violation_error_message="A rate plan cannot be derived from itself.",
            ),
            models.CheckConstraint(
                condition=Q(derive_percent__gte=-100, derive_percent__lte=1000),
                name="ck_rate_plan_derive",
                violation_error_message="A derived price is between 100 % less and 1,000 % more than its parent's.",
            ),
            models.CheckConstraint(
                condition=(Q(sale_first=None) | Q(sale_last=None) | Q(sale_first__lte=F("sale_last")))
                & (Q(stay_first=None) | Q(stay_last=None) | Q(stay_first__lte=F("stay_last"))),
                name="ck_rate_plan_days",
                violation_error_message="The last day is before the first.",
            ),
            models.CheckConstraint(
                condition=(Q(lead_days_min=None) | Q(lead_days_max=None) | Q(lead_days_min__lte=F("lead_days_max")))
                & (Q(nights_min=None) | Q(nights_max=None) | Q(nights_min__lte=F("nights_max"))),
                name="ck_rate_plan_least_most",
                violation_error_message="The least is more than the most.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PlanChannel(models.Model):
    """How a rate plan is sold at one source: not at all, or marked up or down. Without a row: sold, at its price."""

    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE, related_name="channels")
    source = models.CharField(max_length=20, choices=Source)
    is_open = models.BooleanField(default=True)
    percent = models.DecimalField(max_digits=6, decimal_places=3, default=0, help_text="15 for fifteen per cent more.")
    amount_minor = models.BigIntegerField(default=0, help_text="Added to each night afterwards.")

    class Meta:
        ordering = ["source"]
        constraints = [
            models.UniqueConstraint(
                fields=["rate_plan", "source"],
                name="ux_plan_channel",
                violation_error_message="The rate plan has a row for this source already.",
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=-100, percent__lte=1000),
                name="ck_plan_channel_percent",
                violation_error_message="A mark-up is between 100 % less and 1,000 % more.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate_plan} {self.get_source_display()}"


class PlanComponent(models.Model):
    """What is inside the price of a night besides the room: breakfast, dinner. The room is what remains (T35)."""

    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE, related_name="components")
    component = models.CharField(max_length=16, choices=Component, default=Component.BREAKFAST)
    basis = models.CharField(
        max_length=16,
        choices=[(basis.value, basis.label) for basis in (ChargeBasis.NIGHT, ChargeBasis.PERSON_NIGHT)],
        default=ChargeBasis.PERSON_NIGHT,
    )
    amount_minor = models.BigIntegerField()
    age_from = models.PositiveSmallIntegerField(default=0, help_text="Persons of this age and older have it.")

    class Meta:
        ordering = ["component"]
        constraints = [
            models.UniqueConstraint(
                fields=["rate_plan", "component"],
                name="ux_plan_component",
                violation_error_message="The rate plan has this component already.",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0) & ~Q(component=Component.ACCOMMODATION),
                name="ck_plan_component",
                violation_error_message="A component has an amount from 0 on; the room itself is what remains.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate_plan} {self.get_component_display()}"


class BasePrice(models.Model):
    """What a night costs before any rule. Minor units of the property's currency."""

    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE, related_name="base_prices")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, related_name="base_prices")
    price_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rate_plan", "room_type"],
                name="ux_base_price",
                violation_error_message="The room type has a base price in this plan already.",
            ),
            models.CheckConstraint(
                condition=Q(price_minor__gte=0),
                name="ck_base_price_positive",
                violation_error_message="A price is never negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate_plan} {self.room_type} {self.price_minor}"


class DailyPrice(models.Model):
    """What a person set for the night of `date`: beats every rule of day, season, stay and lead time.

    Minor units of the property's currency; 0 is a price, no row is none (T24). It is the price of the base occupancy:
    guests beyond it pay their supplement, unless the price is `all_in`.
    """

    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE, related_name="daily_prices")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, related_name="daily_prices")
    date = models.DateField()
    price_minor = models.BigIntegerField()
    all_in = models.BooleanField(default=False, help_text="The price whoever stays: no supplements, no reductions.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rate_plan", "room_type", "date"], name="ux_daily_price"),
            models.CheckConstraint(
                condition=Q(price_minor__gte=0),
                name="ck_daily_price_positive",
                violation_error_message="A price is never negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate_plan} {self.room_type} {self.date} {self.price_minor}"
