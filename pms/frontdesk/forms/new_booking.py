"""A new booking: the stay that is asked for, and the booking itself."""

import uuid
from datetime import date, timedelta
from typing import Any

from django import forms

from bookings.lifecycle.services import RoomRequest
from bookings.rates.enums import Source
from bookings.rates.models import RatePlan
from bookings.reservations.enums import Status
from guests.profiles.enums import CompanyKind
from guests.profiles.models import Company, Guest
from guests.profiles.selectors import companies
from guests.profiles.services import GuestDetails
from pms.frontdesk.forms.fields import AgesField, DateField, country_code
from pms.kernel.dates import MAX_NIGHTS
from pms.properties.models import Property, RoomType, Unit

MOST_ROOMS = 20
#: What an option may last, in minutes.
HOLDS = [
    (60, "1 hour"),
    (4 * 60, "4 hours"),
    (24 * 60, "1 day"),
    (2 * 24 * 60, "2 days"),
    (3 * 24 * 60, "3 days"),
    (7 * 24 * 60, "1 week"),
    (14 * 24 * 60, "2 weeks"),
]


class StayForm(forms.Form):
    """The stay that is asked for. Its fields stand on the page outside any form but its own: see new.html."""

    arrival = DateField(label="Arrival")
    departure = DateField(label="Departure")
    adults = forms.IntegerField(label="Adults", min_value=1, max_value=30)
    child_ages = AgesField(label="Ages of children", required=False)
    infants = forms.IntegerField(label="Infants", min_value=0, max_value=3)
    unit = forms.CharField(required=False, widget=forms.HiddenInput, max_length=16)
    type = forms.CharField(required=False, widget=forms.HiddenInput, max_length=16)

    def __init__(self, *args: Any, place: Property, **options: Any) -> None:
        self.place = place
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.widget.attrs["form"] = "stay"
        self.fields["arrival"].widget.attrs["min"] = place.business_date.isoformat()

    def clean_unit(self) -> Unit | None:
        """Return the unit with this number, if it is one of the property."""
        number = self.cleaned_data["unit"]
        return Unit.objects.filter(property=self.place, number=number).select_related("room_type").first()

    def clean(self) -> dict[str, Any]:
        """The stay has a night, does not begin in the past, and is not endless."""
        cleaned = super().clean() or {}
        arrival, departure = cleaned.get("arrival"), cleaned.get("departure")
        if arrival and arrival < self.place.business_date:
            self.add_error("arrival", f"The business date is {self.place.business_date:%-d %B %Y}.")
        if arrival and departure and departure <= arrival:
            self.add_error("departure", "The departure is after the arrival.")
        if arrival and departure and (departure - arrival).days > MAX_NIGHTS:
            self.add_error("departure", f"A stay has {MAX_NIGHTS} nights at most.")
        return cleaned


def stay_begin(place: Property, asked: dict[str, str]) -> dict[str, str]:
    """Return what the stay form shows for an address that names some of it, or nothing: tonight, one night, two adults."""
    shown = {"adults": "2", "infants": "0"} | {name: asked[name] for name in StayForm.base_fields if asked.get(name)}
    try:
        arrival = date.fromisoformat(shown.get("arrival", ""))
    except ValueError:
        arrival = place.business_date
        shown.setdefault("arrival", arrival.isoformat())
    shown.setdefault("departure", (arrival + timedelta(days=1)).isoformat())
    return shown


class BookingForm(forms.Form):
    """Who books and how. The rooms come as `rooms-<type>-<plan>` = how many."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    guest = forms.UUIDField(required=False)
    first_name = forms.CharField(label="First name", max_length=80, required=False)
    last_name = forms.CharField(
        label="Last name", max_length=80, error_messages={"required": "A guest has at least a last name."}
    )
    email = forms.EmailField(label="E-mail", required=False)
    phone = forms.CharField(label="Phone", max_length=32, required=False)
    country = forms.CharField(label="Country", max_length=2, required=False)
    source = forms.ChoiceField(choices=Source.choices, label="Source", initial=Source.PHONE)
    company = forms.ModelChoiceField(queryset=Company.objects.none(), required=False, to_field_name="code")
    agency = forms.ModelChoiceField(queryset=Company.objects.none(), required=False, to_field_name="code")
    external_id = forms.CharField(label="Their number", max_length=64, required=False)
    kind = forms.ChoiceField(
        choices=[(Status.CONFIRMED, "Confirmed"), (Status.HOLD, "Option"), (Status.INQUIRY, "Inquiry")],
        initial=Status.CONFIRMED,
        label="Book as",
    )
    hold_minutes = forms.TypedChoiceField(choices=HOLDS, coerce=int, initial=24 * 60, label="For", required=False)
    special_requests = forms.CharField(
        label="The guest asks for", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    notes = forms.CharField(
        label="Notes for the desk", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )
    check_in = forms.BooleanField(label="Check in right away", required=False)
    pin = forms.BooleanField(label="Promise this room", required=False)

    def __init__(self, *args: Any, place: Property, **options: Any) -> None:
        self.place = place
        super().__init__(*args, **options)
        self.fields["request_key"].initial = uuid.uuid4()
        self.fields["last_name"].required = not self.data.get("guest")
        for name, kind in (("company", CompanyKind.COMPANY), ("agency", CompanyKind.AGENCY)):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = companies(kind=kind)

    def clean_guest(self) -> Guest | None:
        """Return the profile that was chosen."""
        code = self.cleaned_data["guest"]
        if code is None:
            return None
        guest = Guest.objects.filter(code=code).first()
        if guest is None:
            raise forms.ValidationError("This profile is not there any more.")
        return guest

    def clean_country(self) -> str:
        """Return the code in capitals."""
        return country_code(self.cleaned_data["country"])

    def clean(self) -> dict[str, Any]:
        """Somebody books at least one room, and not a houseful by mistake."""
        cleaned = super().clean() or {}
        counts = self.room_counts()
        if not counts:
            self.add_error(None, "Choose at least one room.")
        elif sum(counts.values()) > MOST_ROOMS:
            self.add_error(None, f"At most {MOST_ROOMS} rooms in one booking.")
        return cleaned

    def booker(self) -> Guest | GuestDetails:
        """Return who books: the profile chosen, or what was typed."""
        chosen: Guest | None = self.cleaned_data["guest"]
        if chosen is not None:
            return chosen
        names = ("last_name", "first_name", "email", "phone", "country")
        return GuestDetails(**{name: self.cleaned_data[name].strip() for name in names})

    def room_counts(self) -> dict[tuple[str, str], int]:
        """Return how many rooms of which (type, plan), by their codes."""
        counts = {}
        for name in self.data:
            _, marker, rest = str(name).partition("rooms:")
            type_code, _, plan_code = rest.partition(":")
            number = str(self.data[name])
            if marker and plan_code and number.isdecimal() and 0 < int(number) <= 99:
                counts[type_code, plan_code] = int(number)
        return counts

    def rooms(self, stay: dict[str, Any]) -> list[RoomRequest]:
        """Return the rooms that are booked for the stay; the unit asked for goes to the first room of its type."""
        counts = self.room_counts()
        types = {row.code: row for row in RoomType.objects.filter(property=self.place, retired_at=None)}
        plans = {row.code: row for row in RatePlan.objects.filter(property=self.place, retired_at=None)}
        unit: Unit | None = stay.get("unit")
        rooms = []
        for (type_code, plan_code), count in counts.items():
            room_type, rate_plan = types.get(type_code), plans.get(plan_code)
            if room_type is None or rate_plan is None:
                continue
            for _ in range(count):
                given = unit if unit and unit.room_type_id == room_type.pk else None
                unit = None if given else unit
                rooms.append(self._room(stay, room_type, rate_plan, given))
        return rooms

    def _room(self, stay: dict[str, Any], room_type: RoomType, rate_plan: RatePlan, unit: Unit | None) -> RoomRequest:
        return RoomRequest(
            room_type=room_type,
            rate_plan=rate_plan,
            arrival=stay["arrival"],
            departure=stay["departure"],
            adults=stay["adults"],
            child_ages=tuple(stay["child_ages"]),
            infants=stay["infants"] or 0,
            unit=unit,
            pinned=bool(unit and self.cleaned_data["pin"]),
            special_requests=self.cleaned_data["special_requests"],
        )
