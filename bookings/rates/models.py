"""RatePlan, its default price per room type, and the prices of single days."""

from django.db import models
from django.db.models import Q

from bookings.rates.enums import Board, Guarantee
from pms.properties.models import Property, RoomType, code_validator


class RatePlan(models.Model):
    """Terms under which a room is sold: board, guarantee, free cancellation until so many days before arrival."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="rate_plans")
    code = models.CharField(max_length=16, validators=[code_validator])
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    board = models.CharField(max_length=2, choices=Board, default=Board.ROOM_ONLY)
    guarantee = models.CharField(max_length=16, choices=Guarantee, default=Guarantee.CARD)
    free_cancellation_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days before arrival until which cancelling is free; empty: never free."
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
        ]

    def __str__(self) -> str:
        return self.name


class DefaultPrice(models.Model):
    """What a night costs where no day's price says otherwise. Minor units of the property's currency."""

    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE, related_name="default_prices")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, related_name="default_prices")
    price_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rate_plan", "room_type"], name="ux_default_price"),
            models.CheckConstraint(
                condition=Q(price_minor__gte=0),
                name="ck_default_price_positive",
                violation_error_message="A price is never negative.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rate_plan} {self.room_type} {self.price_minor}"


class DailyPrice(models.Model):
    """What the night of `date` costs. Minor units of the property's currency; 0 is a price, no row is none (T24)."""

    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE, related_name="daily_prices")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, related_name="daily_prices")
    date = models.DateField()
    price_minor = models.BigIntegerField()

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
