"""RateFile with its rows: a file of prices, what its dry run said of each row, and the change it became."""

import uuid

from django.db import models
from django.db.models import Q

from bookings.rates.enums import FileState, RowOutcome
from bookings.rates.models.changes import RateChange
from pms.properties.models import Property


class RateFile(models.Model):
    """A CSV or XLSX file of prices and restrictions that somebody gave us, in the organization's own storage.

    `preview` is the ChangePreview of its dry run. `publish` says what saving it shall end with. Whoever works on it in
    the background has `claimed_at`, a lease.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="rate_files")
    name = models.CharField(max_length=200)
    content = models.FileField(upload_to="rates", max_length=200)
    size_bytes = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=FileState, default=FileState.WAITING)
    title = models.CharField(max_length=120, blank=True)
    publish = models.BooleanField(default=False)
    message = models.TextField(blank=True, help_text="Why it could not be read, or not be saved.")
    preview = models.JSONField(default=dict, blank=True)
    rows_count = models.PositiveIntegerField(default=0)
    ok_count = models.PositiveIntegerField(default=0)
    unchanged_count = models.PositiveIntegerField(default=0)
    fault_count = models.PositiveIntegerField(default=0)
    change = models.ForeignKey(RateChange, on_delete=models.SET_NULL, null=True, blank=True, related_name="files")
    made_by = models.CharField(max_length=120)
    made_by_user_id = models.IntegerField(null=True, blank=True)
    made_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]
        indexes = [
            models.Index(
                fields=["made_at"],
                condition=Q(state__in=[FileState.WAITING, FileState.SAVING]),
                name="ix_rate_file_waiting",
            )
        ]

    def __str__(self) -> str:
        return self.name


class RateFileRow(models.Model):
    """What the dry run said of one row; `number` as a spreadsheet shows it."""

    file = models.ForeignKey(RateFile, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=16, choices=RowOutcome)
    cells = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    column = models.CharField(max_length=24, blank=True)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="ux_rate_file_row")]
        indexes = [models.Index(fields=["file", "outcome", "number"], name="ix_rate_file_row_outcome")]

    def __str__(self) -> str:
        return f"{self.file} {self.number}"
