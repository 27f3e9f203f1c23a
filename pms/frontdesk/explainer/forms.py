"""What is to be explained: a stay, a party, a type on a plan, a source, a moment of sale."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from billing.taxes.enums import Purpose
from billing.taxes.party import Party
from bookings.rates.enums import Source
from bookings.rates.models import RatePlan
from bookings.reservations.enums import OccupantKind
from bookings.reservations.models import Reservation
from pms.frontdesk.forms.fields import AgesField, DateField, day_or, party_or_error
from pms.frontdesk.selectors.offers import Wish
from pms.kernel.dates import local_instant
from pms.properties.models import Property, RoomType

LOCAL_FORMAT = "%Y-%m-%dT%H:%M"


class ExplainForm(forms.Form):
    """Every field is part of the address, so that an explanation can be sent to somebody. `at` is property-local."""

    arrival = DateField(label="Arrival")
    departure = DateField(label="Departure")
    room_type = forms.ModelChoiceField(label="Room type", queryset=RoomType.objects.none(), to_field_name="code")
    rate_plan = forms.ModelChoiceField(label="Rate plan", queryset=RatePlan.objects.none(), to_field_name="code")
    adults = forms.IntegerField(label="Adults", min_value=1, max_value=30)
    child_ages = AgesField(label="Ages of children", required=False)
    infants = forms.IntegerField(label="Infants", min_value=0, max_value=3, required=False)
    source = forms.ChoiceField(choices=Source.choices, label="Sold at")
    at = forms.DateTimeField(
        label="Moment of sale",
        input_formats=[LOCAL_FORMAT, "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(format=LOCAL_FORMAT, attrs={"type": "datetime-local"}),
        required=False,
        help_text="Empty: now.",
    )
    promo_code = forms.CharField(label="Promo code", max_length=32, required=False)
    access_code = forms.CharField(label="Access code", max_length=32, required=False)
    purpose = forms.ChoiceField(choices=Purpose.choices, label="Purpose of travel", required=False)

    def __init__(self, *args: Any, place: Property, **options: Any) -> None:
        self.place = place
        self.party: Party | None = None
        super().__init__(*args, **options)
        for name, rows in (
            ("room_type", RoomType.objects.filter(property=place)),
            ("rate_plan", RatePlan.objects.filter(property=place)),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset, field.empty_label = rows, None

    def clean_at(self) -> datetime:
        """Return the UTC instant of the wall time at the property, now where none was given."""
        given: datetime | None = self.cleaned_data["at"]
        if given is None:
            return timezone.now()
        wall = given.replace(tzinfo=None)
        return local_instant(wall.date(), wall.time(), self.place.zone)

    def clean(self) -> dict[str, Any]:
        """A stay has a night."""
        cleaned = super().clean() or {}
        arrival, departure = cleaned.get("arrival"), cleaned.get("departure")
        if arrival and departure and departure <= arrival:
            self.add_error("departure", "The departure is after the arrival.")
        self.party = party_or_error(self, arrival=arrival, purpose=Purpose(cleaned.get("purpose") or Purpose.LEISURE))
        return cleaned

    def wish(self) -> Wish:
        """Return what is asked of the quote. Only of a valid form."""
        given = self.cleaned_data
        return Wish(
            arrival=given["arrival"],
            departure=given["departure"],
            party=self.party or Party(),
            source=Source(given["source"]),
            promo_code=given["promo_code"].strip(),
            access_code=given["access_code"].strip(),
        )


def explain_begin(place: Property, asked: dict[str, str]) -> dict[str, str]:
    """Return what the form shows for an address that names some of it: else tonight, two adults, the default plan.

    Types and plans are named by code, or by key.
    """
    shown = {"adults": "2", "infants": "0", "source": Source.PHONE.value} | {
        name: value for name, value in asked.items() if value and name in ExplainForm.base_fields
    }
    arrival = day_or(shown.get("arrival"), place.business_date)
    shown.setdefault("arrival", arrival.isoformat())
    shown.setdefault("departure", (arrival + timedelta(days=1)).isoformat())
    types = list(RoomType.objects.filter(property=place, retired_at=None).values_list("pk", "code"))
    plans = list(
        RatePlan.objects.filter(property=place, retired_at=None)
        .order_by("-is_default", "position", "code")
        .values_list("pk", "code")
    )
    for name, rows in (("room_type", types), ("rate_plan", plans)):
        codes = {code for _, code in rows}
        given = shown.get(name, "")
        if not given and rows:
            shown[name] = rows[0][1]
        elif given not in codes:
            shown[name] = {str(key): code for key, code in rows}.get(given, given)
    return shown


def explain_stay(row: Reservation) -> dict[str, str]:
    """Return what the form shows for a stay that was sold: as it is now, at the moment it was booked."""
    children = [
        str(person.born_on or person.age)
        for person in row.occupants.all()
        if person.kind == OccupantKind.CHILD and person.age is not None
    ]
    return {
        "arrival": row.arrival.isoformat(),
        "departure": row.departure.isoformat(),
        "room_type": row.room_type.code,
        "rate_plan": row.rate_plan.code,
        "adults": str(row.adults),
        "child_ages": ", ".join(children),
        "infants": str(row.infants),
        "source": row.booking.source,
        "at": row.made_at.astimezone(row.property.zone).strftime(LOCAL_FORMAT),
        "promo_code": row.promotion.code if row.promotion else "",
        "access_code": row.rate_plan.access_code,
        "purpose": row.purpose,
    }
