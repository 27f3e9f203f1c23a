"""RateChange with its cells: every edit of prices and restrictions as a version that can be published and taken back."""

from django.db import models
from django.db.models import Q

from bookings.rates.enums import PRICE, ChangeState, Limit
from bookings.rates.models.plans import RatePlan
from pms.properties.models import Property, RoomType


class RateChange(models.Model):
    """One edit or import: a draft, then published, then perhaps rolled back. What it says is in its cells."""

    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="rate_changes")
    number = models.PositiveIntegerField(help_text="Counted per property.")
    title = models.CharField(max_length=120)
    state = models.CharField(max_length=16, choices=ChangeState, default=ChangeState.DRAFT)
    cells_count = models.PositiveIntegerField(default=0)
    first = models.DateField(null=True, help_text="The first day it touches.")
    last = models.DateField(null=True, help_text="The last day it touches.")
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    rolled_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["property", "number"], name="ux_rate_change_number"),
            models.CheckConstraint(
                condition=(Q(state=ChangeState.DRAFT) & Q(published_at=None, rolled_back_at=None))
                | Q(state=ChangeState.PUBLISHED, published_at__isnull=False, rolled_back_at=None)
                | Q(state=ChangeState.ROLLED_BACK, published_at__isnull=False, rolled_back_at__isnull=False),
                name="ck_rate_change_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.title}"


class RateChangeCell(models.Model):
    """One field of one day of a change, before and after; None is "nothing set". Yes is 1, no is 0, prices are minor."""

    change = models.ForeignKey(RateChange, on_delete=models.CASCADE, related_name="cells")
    room_type = models.ForeignKey(RoomType, on_delete=models.CASCADE, null=True, related_name="+")
    rate_plan = models.ForeignKey(RatePlan, on_delete=models.CASCADE, null=True, related_name="+")
    date = models.DateField()
    field = models.CharField(max_length=24, choices=[(PRICE, "Price"), *Limit.choices])
    before = models.BigIntegerField(null=True)
    after = models.BigIntegerField(null=True)
    all_in = models.BooleanField(
        default=False, db_default=False, help_text="The price before was for whoever stays; it comes back as such."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["change", "room_type", "rate_plan", "date", "field"],
                name="ux_rate_change_cell",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.change} {self.date} {self.field}"
