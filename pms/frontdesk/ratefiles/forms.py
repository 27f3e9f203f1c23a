"""Which file to read, what to call the change, and what to export."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from bookings.rates.changing import BEYOND_HORIZON_DAYS
from bookings.rates.enums import PRICE, Limit
from bookings.rates.exporting import Wanted
from bookings.rates.models import RatePlan
from bookings.rates.reading import MAX_BYTES
from pms.frontdesk.forms.fields import DateField
from pms.properties.models import Property, RoomType

LONGEST_EXPORT_DAYS = 1_500
DAYS_AT_FIRST = 92
FORMATS = [("csv", "CSV"), ("xlsx", "Excel (XLSX)")]
ROWS = [("set", "Days on which something is set"), ("every", "Every day, to fill in")]
FIELDS = [(PRICE, "Price"), *((limit.value, limit.label) for limit in Limit)]


class FileForm(forms.Form):
    """A file of prices."""

    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
        error_messages={"required": "Choose a file."},
    )

    def clean_file(self) -> "UploadedFile[Any]":
        """Refuse what is too large before it is read."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
        return file


class SaveForm(forms.Form):
    """What the change is called in the list of versions."""

    title = forms.CharField(max_length=120, label="Title of the change")


class ExportForm(forms.Form):
    """Days, room types, plans, fields, and the kind of file."""

    first = DateField(label="From")
    last = DateField(label="To")
    room_type = forms.MultipleChoiceField(required=False, label="Room types", widget=forms.CheckboxSelectMultiple)
    rate_plan = forms.MultipleChoiceField(required=False, label="Rate plans", widget=forms.CheckboxSelectMultiple)
    field = forms.MultipleChoiceField(
        choices=FIELDS,
        label="What",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    rows = forms.ChoiceField(choices=ROWS, label="Rows", widget=forms.RadioSelect)
    format = forms.ChoiceField(choices=FORMATS, label="File", widget=forms.RadioSelect)

    def __init__(self, *args: Any, place: Property, **options: Any) -> None:
        self.place = place
        live = {"property": place, "retired_at": None}
        self.types = {row.code: row for row in RoomType.objects.filter(**live)}
        self.plans = {row.code: row for row in RatePlan.objects.filter(**live)}
        super().__init__(*args, **options)
        for name, rows in (("room_type", self.types), ("rate_plan", self.plans)):
            field = self.fields[name]
            if isinstance(field, forms.MultipleChoiceField):
                field.choices = [(code, row.name) for code, row in rows.items()]

    @staticmethod
    def begin(place: Property) -> dict[str, Any]:
        """Return what the page begins with."""
        return {
            "first": place.business_date,
            "last": place.business_date + timedelta(days=DAYS_AT_FIRST - 1),
            "field": [name for name, _ in FIELDS],
            "rows": "set",
            "format": "xlsx",
        }

    def clean(self) -> dict[str, Any]:
        """Refuse days backwards and years of them."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "The last day is before the first.")
        elif first and last and (last - first).days >= LONGEST_EXPORT_DAYS:
            self.add_error("last", f"At most {LONGEST_EXPORT_DAYS:,} days at once.")
        return cleaned

    def wanted(self) -> Wanted:
        """Return what to export. No type and no plan chosen, or all of them, is everything."""
        given = self.cleaned_data
        return Wanted(
            place=self.place,
            first=given["first"],
            last=given["last"],
            fields=given["field"],
            room_types=_some(given["room_type"], self.types),
            rate_plans=_some(given["rate_plan"], self.plans),
            every_day=given["rows"] == "every",
        )


def _some(chosen: Sequence[str], known: dict[str, Any]) -> list[Any]:
    return [known[code] for code in chosen] if len(chosen) < len(known) else []


def last_day(place: Property) -> date:
    """Return the last day for which prices can be set."""
    return place.business_date + timedelta(days=place.selling_horizon_days + BEYOND_HORIZON_DAYS)
