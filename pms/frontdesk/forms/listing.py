"""The filters of the booking list, read from the address."""

from typing import Any

from django import forms

from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from pms.frontdesk.forms.fields import DateField
from pms.frontdesk.selectors.listing import Filters, tags_in_use
from pms.properties.models import Property, RoomType

STATES = [
    ("", "Every status"),
    ("expected", "Still to come"),
    ("active", "Taking a room"),
    ("lost", "Cancelled, no-show, rejected"),
    *Status.choices,
]
DATES = [("arrival", "Arrival"), ("departure", "Departure"), ("stay", "In the house"), ("booked", "Booked")]


class FilterForm(forms.Form):
    """Every field is optional; what makes no sense narrows nothing."""

    q = forms.CharField(required=False, max_length=120)
    state = forms.ChoiceField(choices=STATES, required=False, label="Status")
    source = forms.ChoiceField(choices=[("", "Every source"), *Source.choices], required=False, label="Source")
    room_type = forms.ChoiceField(required=False, label="Room type")
    tag = forms.ChoiceField(required=False, label="Tag")
    dates = forms.ChoiceField(choices=DATES, required=False, label="Dates of")
    first = DateField(required=False, label="From")
    last = DateField(required=False, label="To")
    overbooked = forms.BooleanField(required=False, label="Overbooked")
    unassigned = forms.BooleanField(required=False, label="Without a room")
    order = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, place: Property, **options: Any) -> None:
        options["auto_id"] = False
        super().__init__(*args, **options)
        types = RoomType.objects.filter(property=place).values_list("code", "name")
        asked = self.data.get("tag", "")
        tags = sorted({*tags_in_use(place=place), *([asked] if asked else [])})
        for name, choices in (
            ("room_type", [("", "Every type"), *types]),
            ("tag", [("", "Every tag"), *((tag, tag) for tag in tags)]),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices

    def filters(self) -> Filters:
        """Return what the list is narrowed to."""
        self.is_valid()
        given = {name: self.cleaned_data.get(name) for name in self.fields}
        return Filters(
            text=given["q"] or "",
            state=given["state"] or "",
            source=given["source"] or "",
            room_type=given["room_type"] or "",
            tag=given["tag"] or "",
            dates=given["dates"] or "arrival",
            first=given["first"],
            last=given["last"],
            is_overbooked=bool(given["overbooked"]),
            is_unassigned=bool(given["unassigned"]),
            order=given["order"] or "-booked",
        )
