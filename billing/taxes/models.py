"""Tax, TaxRate, Fee, TaxSettings."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.fields.ranges import RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q

from billing.taxes.enums import ChargeBasis, Component, PercentBase, Purpose, Rounding, TaxBasis, TaxKind
from pms.kernel.wording import validate_texts
from pms.properties.models import Property, code_validator


def _same(field: str) -> Func:
    """Return a range of one number, which overlaps with exactly itself: equality in GiST without an extension."""
    return Func(F(field), F(field), models.Value("[]"), function="int8range")


class TaxSettings(models.Model):
    """How a property's taxes are counted: the rule set they came from, and where they are rounded."""

    property = models.OneToOneField(Property, on_delete=models.CASCADE, related_name="tax_settings")
    regime = models.CharField(max_length=32, blank=True, help_text="Code of the shipped rule set last applied.")
    category = models.CharField(
        max_length=32, blank=True, help_text="Category of the house in that rule set, such as its stars."
    )
    regime_version = models.DateField(null=True, blank=True, help_text="Date of that rule set.")
    rounding = models.CharField(max_length=8, choices=Rounding, default=Rounding.LINE)

    class Meta:
        verbose_name_plural = "tax settings"

    def __str__(self) -> str:
        return f"{self.property} {self.regime}"


class Tax(models.Model):
    """A tax of a property: what it is counted on and whether entered prices contain it. Its rates have dates."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="taxes")
    code = models.CharField(max_length=16, validators=[code_validator])
    name = models.CharField(max_length=80)
    texts = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        validators=[validate_texts],
        help_text='In other languages, such as {"lt": {"name": "..."}}.',
    )
    kind = models.CharField(max_length=16, choices=TaxKind, default=TaxKind.VAT)
    basis = models.CharField(max_length=16, choices=TaxBasis, default=TaxBasis.PERCENT)
    components = ArrayField(
        models.CharField(max_length=16, choices=Component),
        default=list,
        help_text="What it is counted on; a tax per night counts where one of these is sold.",
    )
    is_included = models.BooleanField(default=True, help_text="Prices are entered with this tax inside.")
    percent_base = models.CharField(max_length=8, choices=PercentBase, default=PercentBase.NET)
    on_top_of = ArrayField(
        models.CharField(max_length=16),
        default=list,
        blank=True,
        help_text="Codes of taxes that are part of what this percentage is taken of.",
    )
    slab_per_person = models.BooleanField(
        default=False,
        help_text="Slabs are of the room's price divided by the guests who sleep in it, not of the room's.",
    )
    at_property = models.BooleanField(
        default=False, help_text="Paid on the spot even when a channel collected the room."
    )
    exempt_purposes = ArrayField(models.CharField(max_length=16, choices=Purpose), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    source = models.TextField(blank=True, help_text="The law, and the day it was read.")
    regime = models.CharField(max_length=32, blank=True, help_text="Code of the shipped rule set it came from.")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "code"]
        verbose_name_plural = "taxes"
        constraints = [
            models.UniqueConstraint(
                fields=["property", "code"],
                name="ux_tax_code",
                violation_error_message="The property has a tax with this code already.",
            ),
            models.CheckConstraint(
                condition=Q(basis=TaxBasis.PERCENT) | Q(is_included=False),
                name="ck_tax_amount_on_top",
                violation_error_message="Only a percentage can be inside the price; an amount is added to it.",
            ),
            models.CheckConstraint(
                condition=Q(on_top_of__len=0) | Q(basis=TaxBasis.PERCENT, is_included=False),
                name="ck_tax_on_top_of_added",
                violation_error_message="Only a percentage that is added to the price can be counted on other taxes.",
            ),
            models.CheckConstraint(
                condition=~Q(percent_base=PercentBase.TAXES) | Q(is_included=False, on_top_of__len__gte=1),
                name="ck_tax_only_on_taxes",
                violation_error_message="A percentage of taxes alone needs at least one tax that it is counted on.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TaxRate(models.Model):
    """What a tax is over [first, last] (both included; open without last), for prices in [price_from, price_until)."""

    tax = models.ForeignKey(Tax, on_delete=models.CASCADE, related_name="rates")
    first = models.DateField()
    last = models.DateField(
        null=True, blank=True, help_text="The last night it holds for; empty: until further notice."
    )
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    price_from_minor = models.BigIntegerField(default=0, help_text="Slab: prices of a room and night from here.")
    price_until_minor = models.BigIntegerField(null=True, blank=True, help_text="Slab: up to below this.")
    nights_cap = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Only for so many nights of a stay, counted from its first."
    )
    age_from = models.PositiveSmallIntegerField(default=0, help_text="Persons of this age and older, on the night.")
    is_shipped = models.BooleanField(default=False, help_text="Came from a rule set; a later one may replace it.")

    class Meta:
        ordering = ["first", "price_from_minor"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last=None) | Q(last__gte=F("first")),
                name="ck_tax_rate_days",
                violation_error_message="The last day is before the first.",
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100, amount_minor=None) | Q(amount_minor__gte=0, percent=None),
                name="ck_tax_rate_value",
                violation_error_message="A rate is a percentage from 0 to 100 or an amount from 0 on, not both.",
            ),
            models.CheckConstraint(
                condition=Q(percent=None) | Q(age_from=0),
                name="ck_tax_rate_age",
                violation_error_message="An age goes with an amount per person, not with a percentage.",
            ),
            models.CheckConstraint(
                condition=Q(price_from_minor__gte=0)
                & (Q(price_until_minor=None) | Q(price_until_minor__gt=F("price_from_minor"))),
                name="ck_tax_rate_slab",
                violation_error_message="A slab ends above where it begins.",
            ),
            ExclusionConstraint(
                name="ex_tax_rate_overlap",
                expressions=[
                    (_same("tax_id"), RangeOperators.OVERLAPS),
                    (
                        Func(F("first"), F("last"), models.Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("price_from_minor"), F("price_until_minor"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                deferrable=Deferrable.IMMEDIATE,
                violation_error_message="Two rates of one tax hold on the same day for the same price.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tax} from {self.first}"


class Fee(models.Model):
    """What the house adds to every stay: cleaning, service, booking. Amounts in minor units of the property's currency."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="fees")
    code = models.CharField(max_length=16, validators=[code_validator])
    name = models.CharField(max_length=80)
    texts = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        validators=[validate_texts],
        help_text='In other languages, such as {"lt": {"name": "..."}}.',
    )
    component = models.CharField(max_length=16, choices=Component, default=Component.CLEANING)
    basis = models.CharField(max_length=16, choices=ChargeBasis, default=ChargeBasis.STAY)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    percent = models.DecimalField(
        max_digits=7, decimal_places=4, null=True, blank=True, help_text="Of the price of each night."
    )
    age_from = models.PositiveSmallIntegerField(default=0, help_text="Persons of this age and older.")
    position = models.PositiveSmallIntegerField(default=0)
    regime = models.CharField(max_length=32, blank=True, help_text="Code of the shipped rule set it came from.")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["property", "code"],
                name="ux_fee_code",
                violation_error_message="The property has a fee with this code already.",
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100, amount_minor=None, basis=ChargeBasis.NIGHT)
                | Q(amount_minor__gte=0, percent=None),
                name="ck_fee_value",
                violation_error_message="A fee is an amount from 0 on, or a percentage of each night from 0 to 100.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
