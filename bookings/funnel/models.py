"""FunnelDay, counters without anybody in them; VisitorNetwork and VisitorHold, who holds how much, for two days."""

from django.db import models
from django.db.models import F, Q

from bookings.funnel.enums import Device, Origin, Step
from bookings.reservations.models import Booking
from pms.properties.models import Property


class FunnelDay(models.Model):
    """How often a step was taken on one day, by origin and device; nothing in it leads to a person.

    A row without a property counts the whole organization, its houses' pages among the rest: the same visitor of two
    houses is one there. `date` is the calendar day in the property's zone, in UTC for the organization's rows.
    `visitors` counts those who took the step for the first time that day.
    """

    property = models.ForeignKey(Property, on_delete=models.CASCADE, null=True, blank=True, related_name="funnel_days")
    date = models.DateField()
    step = models.CharField(max_length=16, choices=Step)
    origin = models.CharField(max_length=16, choices=Origin)
    campaign = models.CharField(max_length=40, blank=True, help_text="The utm_source of a campaign, cleaned.")
    device = models.CharField(max_length=16, choices=Device)
    count = models.PositiveBigIntegerField(default=0)
    visitors = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "conversion"
        constraints = [
            models.UniqueConstraint(
                fields=["property", "date", "step", "origin", "campaign", "device"],
                nulls_distinct=False,
                name="ux_funnel_day",
            ),
            models.CheckConstraint(condition=Q(visitors__lte=F("count")), name="ck_funnel_day_visitors"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.step} {self.origin} {self.device}: {self.count}"


class VisitorNetwork(models.Model):
    """A network that holds were made from, as a keyed hash: the row whose lock makes counting and holding one."""

    network = models.CharField(max_length=32, unique=True)
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.network[:8]


class VisitorHold(models.Model):
    """A booking that an unknown visitor's hold became: from which network, by which visitor, both as keyed hashes.

    What the hold takes stands on the reservations and is never copied. Forgotten after FORGET_AFTER (jobs.py).
    """

    network = models.ForeignKey(VisitorNetwork, on_delete=models.CASCADE, related_name="holds")
    visitor = models.CharField(max_length=32)
    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="visitor_hold")
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["network", "made_at"], name="ix_visitor_hold_network"),
            models.Index(fields=["made_at"], name="ix_visitor_hold_made"),
        ]

    def __str__(self) -> str:
        return f"{self.booking} from {self.network}"
