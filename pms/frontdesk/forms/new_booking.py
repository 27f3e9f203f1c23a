"""A new booking: the stay that is asked for, and the booking itself."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from billing.taxes.enums import Purpose
from billing.taxes.party import Party
from bookings.lifecycle.services import RoomRequest
from bookings.rates.enums import Source
from bookings.rates.models import RatePlan
from bookings.rates.quoting import ExtraWish
from bookings.reservations.enums import Status
from guests.profiles.enums import CompanyKind
from guests.profiles.models import Company, Guest
from guests.profiles.selectors import companies
from guests.profiles.services import GuestDetails
from pms.frontdesk.forms.fields import AgesField, DateField, country_code, party_or_error
from pms.frontdesk.selectors.offers import Deal, Wish, extras_of, purpose_asked
from pms.kernel.dates import MAX_NIGHTS
from pms.kernel.money import Money, exponent
from pms.properties.models import Property, RoomType, Unit

MOST_ROOMS = 20
MOST_EXTRAS = 99
#: What no night costs, in major units.
MOST_A_NIGHT = 1_000_000
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
    """The stay that is asked for, and whatever else its price depends on. Its fields belong to a form of their own: see
    new.html. Extras come as `extra:<code>` = how many; `anyway` names the pair that staff sells against the rules.
    """

    arrival = DateField(label="Arrival")
    departure = DateField(label="Departure")
    adults = forms.IntegerField(label="Adults", min_value=1, max_value=30)
    child_ages = AgesField(label="Ages of children", required=False)
    infants = forms.IntegerField(label="Infants", min_value=0, max_value=3)
    source = forms.ChoiceField(choices=Source.choices, label="Source")
    promo_code = forms.CharField(label="Promo code", max_length=32, required=False)
    access_code = forms.CharField(label="Access code", max_length=32, required=False)
    purpose = forms.ChoiceField(choices=Purpose.choices, label="Purpose of travel")
    unit = forms.CharField(required=False, widget=forms.HiddenInput, max_length=16)
    type = forms.CharField(required=False, widget=forms.HiddenInput, max_length=16)
    anyway = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, place: Property, **options: Any) -> None:
        self.place = place
        self.party: Party | None = None
        super().__init__(*args, **options)
        self.extras = extras_of(place)
        self.asks_purpose = purpose_asked(place)
        self.asks_access_code = (
            RatePlan.objects.filter(property=place, retired_at=None).exclude(access_code="").exists()
        )
        for extra in self.extras:
            label = f"{extra.name}, {extra.get_basis_display().lower()}, {Money(extra.price_minor, place.currency)}"
            self.fields[f"extra:{extra.code}"] = forms.IntegerField(
                label=label, required=False, min_value=0, max_value=MOST_EXTRAS
            )
        for field in self.fields.values():
            field.widget.attrs["form"] = "stay"
        self.fields["arrival"].widget.attrs["min"] = place.business_date.isoformat()
        for name in ("promo_code", "access_code"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "autocapitalize": "characters"}

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
        self.party = party_or_error(self, arrival=arrival, purpose=Purpose(cleaned.get("purpose") or Purpose.LEISURE))
        return cleaned

    @property
    def extra_fields(self) -> list[forms.BoundField]:
        """The fields of the extras, in the property's order."""
        return [self[f"extra:{extra.code}"] for extra in self.extras]

    @property
    def has_more(self) -> bool:
        """Whether anything beyond dates, people and source is asked for."""
        names = ("promo_code", "access_code", *(field.name for field in self.extra_fields))
        told = any(self.data.get(name) not in (None, "", "0") for name in names)
        return told or self.data.get("purpose", Purpose.LEISURE) != Purpose.LEISURE

    def wish(self) -> Wish:
        """Return what is asked of the quote. Only of a valid form."""
        given = self.cleaned_data
        wishes = [(extra.code, given.get(f"extra:{extra.code}") or 0) for extra in self.extras]
        return Wish(
            arrival=given["arrival"],
            departure=given["departure"],
            party=self.party or Party(),
            source=Source(given["source"]),
            promo_code=given["promo_code"].strip(),
            access_code=given["access_code"].strip(),
            extras=tuple(ExtraWish(code, quantity) for code, quantity in wishes if quantity),
        )


def stay_begin(place: Property, asked: dict[str, str], *, walk_in: bool = False) -> dict[str, str]:
    """Return what the stay form shows for an address that names some of it, or nothing: tonight, one night, two adults."""
    shown = {
        "adults": "2",
        "infants": "0",
        "source": (Source.WALK_IN if walk_in else Source.PHONE).value,
        "purpose": Purpose.LEISURE.value,
    }
    shown |= {
        name: value for name, value in asked.items() if value and (name in StayForm.base_fields or name[:6] == "extra:")
    }
    try:
        arrival = date.fromisoformat(shown.get("arrival", ""))
    except ValueError:
        arrival = place.business_date
        shown.setdefault("arrival", arrival.isoformat())
    shown.setdefault("departure", (arrival + timedelta(days=1)).isoformat())
    return shown


class DealForm(forms.Form):
    """A sale against the rules, or at a price of the desk's own: the reason, and the price if there is one."""

    override_reason = forms.CharField(
        label="Why it is sold so",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"list": "deal-reasons", "autocomplete": "off"}),
    )
    price = forms.CharField(
        label="Price a night",
        required=False,
        max_length=400,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="One amount for every night, or one for each. Empty: the price of the plan.",
    )

    def __init__(self, *args: Any, place: Property, nights: Sequence[date], **options: Any) -> None:
        self.place, self.nights = place, nights
        super().__init__(*args, **options)

    def clean_price(self) -> dict[date, int] | None:
        """Return the price of each night in minor units, or None where the plan's apply."""
        words = self.cleaned_data["price"].replace(";", " ").split()
        if not words:
            return None
        amounts = [self._minor(word) for word in words]
        if len(amounts) not in (1, len(self.nights)):
            raise forms.ValidationError(f"One amount, or {len(self.nights)}: one for each night.")
        return dict(zip(self.nights, amounts * len(self.nights) if len(amounts) == 1 else amounts, strict=False))

    def _minor(self, word: str) -> int:
        decimals = exponent(self.place.currency)
        try:
            amount = Decimal(word.replace(",", "."))
        except InvalidOperation:
            raise forms.ValidationError(f"“{word}” is no amount. Write 95 or 95.50.") from None
        if not amount.is_finite() or not 0 <= amount <= MOST_A_NIGHT:
            raise forms.ValidationError(f"A night costs between 0 and {MOST_A_NIGHT:,} {self.place.currency}.")
        if -int(amount.as_tuple().exponent) > decimals:
            raise forms.ValidationError(f"{self.place.currency} has {decimals} decimals.")
        return Money.of(amount, self.place.currency).minor


class BookingForm(forms.Form):
    """Who books and how. The rooms come as `rooms:<type>:<plan>` = how many, and `shown:<type>:<plan>` is the total of one
    of them, minor units, that the person saw.
    """

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    guest = forms.UUIDField(required=False)
    first_name = forms.CharField(label="First name", max_length=80, required=False)
    last_name = forms.CharField(
        label="Last name", max_length=80, error_messages={"required": "A guest has at least a last name."}
    )
    email = forms.EmailField(label="E-mail", required=False)
    phone = forms.CharField(label="Phone", max_length=32, required=False)
    country = forms.CharField(label="Country", max_length=2, required=False)
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

    def room_counts(self) -> dict[str, int]:
        """Return how many rooms of which pair, by its key "<type>:<plan>"."""
        counts = {}
        for name in self.data:
            _, marker, key = str(name).partition("rooms:")
            number = str(self.data[name])
            if marker and ":" in key and number.isdecimal() and 0 < int(number) <= 99:
                counts[key] = int(number)
        return counts

    def shown(self, key: str) -> int | None:
        """Return the total that the person saw for one room of a pair, minor units; None where none was shown."""
        text = str(self.data.get(f"shown:{key}", ""))
        return int(text) if text.isascii() and text.isdecimal() else None

    def rooms(self, stay: StayForm, *, deal: Deal | None, override_reason: str) -> list[RoomRequest]:
        """Return the rooms that are booked; the unit asked for goes to the first room of its type.

        `deal` is the pair that is sold against the rules or at other prices, with the reason.
        """
        types = {row.code: row for row in RoomType.objects.filter(property=self.place, retired_at=None)}
        plans = {row.code: row for row in RatePlan.objects.filter(property=self.place, retired_at=None)}
        unit: Unit | None = stay.cleaned_data.get("unit")
        rooms = []
        for key, count in self.room_counts().items():
            type_code, _, plan_code = key.partition(":")
            room_type, rate_plan = types.get(type_code), plans.get(plan_code)
            if room_type is None or rate_plan is None:
                continue
            is_deal = deal is not None and deal.key == key
            for _ in range(count):
                given = unit if unit and unit.room_type_id == room_type.pk else None
                unit = None if given else unit
                room = self._room(stay.wish(), room_type, rate_plan, given)
                if deal is not None and is_deal:
                    room = replace(room, prices=deal.prices, override_reason=override_reason)
                rooms.append(room)
        return rooms

    def _room(self, wish: Wish, room_type: RoomType, rate_plan: RatePlan, unit: Unit | None) -> RoomRequest:
        return RoomRequest(
            room_type=room_type,
            rate_plan=rate_plan,
            arrival=wish.arrival,
            departure=wish.departure,
            adults=wish.party.adults,
            child_ages=wish.party.child_ages,
            child_births=wish.party.child_births,
            infants=wish.party.infants,
            purpose=wish.party.purpose,
            promo_code=wish.promo_code,
            access_code=wish.access_code,
            extras=wish.extras,
            unit=unit,
            pinned=bool(unit and self.cleaned_data["pin"]),
            special_requests=self.cleaned_data["special_requests"],
        )
