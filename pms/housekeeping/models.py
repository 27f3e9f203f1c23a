"""UnitCondition: how a unit looks right now."""

from django.db import models

from pms.housekeeping.enums import Condition
from pms.properties.models import Unit


class UnitCondition(models.Model):
    """The condition of one unit; a unit without a row is clean."""

    unit = models.OneToOneField(Unit, on_delete=models.CASCADE, primary_key=True, related_name="condition")
    condition = models.CharField(max_length=16, choices=Condition, default=Condition.CLEAN)
    note = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.unit} {self.condition}"
