"""What of the funnel is shown."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from bookings.funnel.enums import Device, Origin
from pms.properties.models import Property

#: Days shown when none are chosen, and the most at a time.
USUAL_DAYS, MOST_DAYS = 30, 3 * 366


class FunnelForm(forms.Form):
    """Property, days from first to last (both included), origin and device; empty means all."""

    property = forms.ModelChoiceField(Property.objects.none(), required=False, to_field_name="code")
    first = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date"}))
    origin = forms.ChoiceField(choices=[("", "Every origin"), *Origin.choices], required=False)
    device = forms.ChoiceField(choices=[("", "Every device"), *Device.choices], required=False)

    def __init__(self, given: Any, *, places: QuerySet[Property], with_all: bool, today: date) -> None:
        """Offer the properties of `places`, and all of them together when `with_all`; fill in what is not chosen."""
        usual = {"first": str(today - timedelta(days=USUAL_DAYS - 1)), "last": str(today)}
        super().__init__({**usual, **{name: value for name, value in given.items() if value}})
        field = self.fields["property"]
        field.required = not with_all
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = places
            field.empty_label = "The whole organization" if with_all else None
        if not with_all and "property" not in self.data and (own := places.first()) is not None:
            self.data = {**self.data, "property": own.code}

    def clean(self) -> dict[str, Any]:
        """Check the order and the length of the days."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and not 0 <= (last - first).days < MOST_DAYS:
            raise ValidationError("The last day must not be before the first, nor more than three years after it.")
        return cleaned
