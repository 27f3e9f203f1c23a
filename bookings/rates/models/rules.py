"""Season, SeasonPrice, PriceRule, Restriction: what makes a night's price, and what forbids its sale."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields.ranges import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce

from bookings.rates.enums import PriceRuleKind
from bookings.rates.models.plans import RatePlan
from pms.properties.models import Property, RoomType, code_validator


def _same(field: str) -> Func:
    """Return a range of one number (0 for nothing), overlapping with exactly itself: equality in GiST without extension."""
    number = Coalesce(F(field), Value(0), output_field=models.BigIntegerField())
    return Func(number, number, Value("[]"), function="int8range")


class Season(models.Model):
    """Days of a property, [first, last], in which prices are others: by percent, or as set in SeasonPrice."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="seasons")
    code = models.CharField(max_length=16, validators=[code_validator])
    name = models.CharField(max_length=80)
    first = models.DateField()
    last = models.DateField(help_text="The last night of the season.")
    percent = models.DecimalField(
        max_digits=6, decimal_places=3, default=0, help_text="Of the base price: 25 for a quarter more."
    )

    class Meta:
        ordering = ["first"]
        constraints = [
            models.UniqueConstraint(
                fields=["property", "code"],
                name="ux_season_code",
                violation_error_message="The property has a season with this code already.",
            ),
            models.CheckConstraint(
                condition=Q(last__gte=F("first")),
                name="ck_season_days",
                violation_error_message="The last night is before the first.",
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=-100, percent__lte=1000),
                name="ck_season_percent",
                violation_error_message="A season is between 100 % less and 1,000 % more than the base price.",
            ),
            ExclusionConstraint(
                name="ex_season_overlap",
                expressions=[
                    (_same("property_id"), RangeOperators.OVERLAPS),
                    (Func(F("first"), F("last"), Value("[]"), function="daterange"), RangeOperators.OVERLAPS),
                ],
                violation_error_message="Another season has some of these nights.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SeasonPrice(models.Model):
    """What a night of a season costs instead of the base price; the season's percentage does not apply to it."""

    season = models.ForeignKey(Season, on_delete=models.CASCADE, related_name="prices")
    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE, related_name="season_prices")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, related_name="season_prices")
    price_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["season", "rate_plan", "room_type"],
                name="ux_season_price",
                violation_error_message="The season has a price for this room type and plan already.",
            ),
            models.CheckConstraint(
                condition=Q(price_minor__gte=0),
                name="ck_season_price_positive",
                violation_error_message="A price is never negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.season} {self.room_type} {self.price_minor}"


class PriceRule(models.Model):
    """A change of a night's price by percent or by an amount, for what `kind` counts in [first, last].

    Without rate plan or room type it holds for all of them; of several rules of one kind that fit, the one that names
    plan and type is taken, then plan, then type, then neither. Supplements (extra adult, child) are added per person;
    their percentage is of the night's price before supplements.
    """

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="price_rules")
    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE, null=True, blank=True, related_name="price_rules")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, null=True, blank=True, related_name="price_rules")
    kind = models.CharField(max_length=16, choices=PriceRuleKind)
    first = models.PositiveSmallIntegerField(default=0)
    last = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Included; empty: without end.")
    percent = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "first", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gte=-100, percent__lte=1000, amount_minor=None)
                | Q(amount_minor__isnull=False, percent=None),
                name="ck_price_rule_value",
                violation_error_message="A rule is a percentage from -100 to 1,000 or an amount, not both.",
            ),
            models.CheckConstraint(
                condition=Q(last=None) | Q(last__gte=F("first")),
                name="ck_price_rule_span",
                violation_error_message="The last is before the first.",
            ),
            *(
                ExclusionConstraint(
                    name=f"ex_price_rule_{kind.value}",
                    condition=Q(kind=kind),
                    expressions=[
                        (_same("property_id"), RangeOperators.OVERLAPS),
                        (_same("rate_plan_id"), RangeOperators.OVERLAPS),
                        (_same("room_type_id"), RangeOperators.OVERLAPS),
                        (
                            Func(F("first"), F("last"), Value("[]"), function="int4range"),
                            RangeOperators.OVERLAPS,
                        ),
                    ],
                    violation_error_message="Another rule of this kind holds for some of the same.",
                )
                for kind in PriceRuleKind
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.first}"


class Restriction(models.Model):
    """What forbids or limits the sale on a day, for a room type, a rate plan or both; empty fields say nothing.

    A row without rate plan holds for every plan, one without room type for every type; what several rows say is
    combined to the strictest (T22). Arrival fields are read on the arrival, departure fields on the departure date,
    stop sell, quota and minimum stay through on every night (T18 to T20).
    """

    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="restrictions")
    rate_plan = models.ForeignKey(
        RatePlan, on_delete=models.CASCADE, null=True, blank=True, related_name="restrictions"
    )
    room_type = models.ForeignKey(
        RoomType, on_delete=models.CASCADE, null=True, blank=True, related_name="restrictions"
    )
    date = models.DateField()
    min_stay_arrival = models.PositiveSmallIntegerField(null=True, blank=True)
    min_stay_through = models.PositiveSmallIntegerField(null=True, blank=True)
    max_stay = models.PositiveSmallIntegerField(null=True, blank=True)
    closed_to_arrival = models.BooleanField(null=True, blank=True)
    closed_to_departure = models.BooleanField(null=True, blank=True)
    stop_sell = models.BooleanField(null=True, blank=True)
    lead_hours_min = models.PositiveSmallIntegerField(null=True, blank=True)
    lead_days_max = models.PositiveSmallIntegerField(null=True, blank=True)
    quota = models.PositiveSmallIntegerField(null=True, blank=True, help_text="At most so many are sold that night.")

    class Meta:
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(
                fields=["property", "date", "room_type", "rate_plan"], name="ux_restriction", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=(Q(min_stay_arrival=None) | Q(min_stay_arrival__gte=1))
                & (Q(min_stay_through=None) | Q(min_stay_through__gte=1))
                & (Q(max_stay=None) | Q(max_stay__gte=1)),
                name="ck_restriction_stay",
                violation_error_message="A stay has at least one night.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.property} {self.date}"
