"""Closing a room."""

from datetime import timedelta
from typing import Any

from django import forms

from bookings.availability.enums import ClosureKind
from pms.frontdesk.forms.fields import DateField
from pms.properties.models import Unit


class CloseForm(forms.Form):
    """Which nights a room is closed, as what, and why. `until` is the day it opens again."""

    kind = forms.ChoiceField(choices=ClosureKind.choices, label="As", initial=ClosureKind.OUT_OF_ORDER)
    first = DateField(label="From the night of")
    until = DateField(label="Open again on")
    reason = forms.CharField(
        label="Reason", max_length=200, widget=forms.TextInput(attrs={"list": "close-reasons", "autocomplete": "off"})
    )

    def __init__(self, *args: Any, unit: Unit, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["first"].initial = unit.property.business_date
        self.fields["until"].initial = unit.property.business_date + timedelta(days=1)

    def clean(self) -> dict[str, Any]:
        """It opens after it closes."""
        cleaned = super().clean() or {}
        first, until = cleaned.get("first"), cleaned.get("until")
        if first and until and until <= first:
            self.add_error("until", "The room opens again after the first night.")
        return cleaned
