"""Changing a stay that is sold: dates, party, type, rate. What a rule refuses may give way to a reason."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet

from billing.taxes.enums import Purpose
from bookings.rates.models import RatePlan
from bookings.reservations.enums import OccupantKind, Status
from pms.frontdesk.forms.fields import AgesField, DateField, ages_and_births
from pms.frontdesk.forms.operations import OperationForm
from pms.frontdesk.selectors.offers import purpose_asked
from pms.properties.models import RoomType


class SaleForm(OperationForm):
    """A change that sells something: a rule that refuses it may give way to a reason of whoever may override."""

    shows_changes = True
    override_reason = forms.CharField(
        label="Why it is sold against the rule",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"list": "sale-reasons", "autocomplete": "off"}),
    )

    def prepare(self) -> None:
        """Take the reason only from who may override."""
        if not self.desk.allows("reservation.override", self.place):
            del self.fields["override_reason"]

    def arguments(self) -> dict[str, Any]:
        """Return the reason, if one was given."""
        reason = self.cleaned_data.get("override_reason", "")
        return {"override_reason": reason} if reason else {}


class ModifyForm(SaleForm):
    """Dates, party, room type and rate. Nights already sold keep their price unless they are priced anew (T29)."""

    template = "frontdesk/operations/modify.html"
    needs_input = True
    arrival = DateField(label="Arrival")
    departure = DateField(label="Departure")
    adults = forms.IntegerField(label="Adults", min_value=1, max_value=30)
    child_ages = AgesField(label="Ages of children", required=False)
    infants = forms.IntegerField(label="Infants", min_value=0, max_value=3, required=False)
    room_type = forms.ModelChoiceField(label="Room type sold", queryset=RoomType.objects.none(), to_field_name="code")
    rate_plan = forms.ModelChoiceField(label="Rate plan", queryset=RatePlan.objects.none(), to_field_name="code")
    purpose = forms.ChoiceField(choices=Purpose.choices, label="Purpose of travel", required=False)
    reprice = forms.BooleanField(label="Price every night anew", required=False)
    promo_code = forms.CharField(
        label="Promo code", max_length=32, required=False, help_text="Counts when every night is priced anew."
    )
    reason = forms.CharField(label="Reason", required=False, max_length=200)

    def prepare(self) -> None:
        """Begin with the reservation as it is."""
        super().prepare()
        row = self.reservation
        self.sold_code = row.promotion.code if row.promotion else ""
        if not purpose_asked(self.place):
            del self.fields["purpose"]
        types = RoomType.objects.filter(property=self.place, retired_at=None)
        plans = RatePlan.objects.filter(property=self.place, retired_at=None)
        # What is sold no more can still be kept by whoever has it.
        choices: dict[str, QuerySet[Any]] = {
            "room_type": types | RoomType.objects.filter(pk=row.room_type_id),
            "rate_plan": plans | RatePlan.objects.filter(pk=row.rate_plan_id),
        }
        for name, queryset in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset, field.empty_label = queryset, None
        children = [child for child in row.occupants.all() if child.kind == OccupantKind.CHILD]
        self.known_children = [child.born_on or child.age for child in children if child.age is not None]
        self.initial = {
            "arrival": row.arrival,
            "departure": row.departure,
            "adults": row.adults,
            "child_ages": ", ".join(str(child) for child in self.known_children),
            "infants": row.infants,
            "room_type": row.room_type.code,
            "rate_plan": row.rate_plan.code,
            "purpose": row.purpose,
            "promo_code": self.sold_code,
            **self.asked,
        }
        if row.status == Status.CHECKED_IN:
            self.fields["arrival"].disabled = True
            self.initial["arrival"] = row.arrival

    def arguments(self) -> dict[str, Any]:
        """Return what differs from the reservation."""
        row, cleaned = self.reservation, self.cleaned_data
        wanted = {
            "arrival": (cleaned["arrival"], row.arrival),
            "departure": (cleaned["departure"], row.departure),
            "adults": (cleaned["adults"], row.adults),
            "infants": (cleaned["infants"] or 0, row.infants),
            "room_type": (cleaned["room_type"], row.room_type),
            "rate_plan": (cleaned["rate_plan"], row.rate_plan),
        }
        changed = {name: new for name, (new, old) in wanted.items() if new != old}
        purpose, promo_code = cleaned.get("purpose") or row.purpose, cleaned["promo_code"].strip()
        if purpose != row.purpose:
            changed["purpose"] = Purpose(purpose)
        if cleaned["reprice"] and promo_code != self.sold_code:
            changed["promo_code"] = promo_code
        children = cleaned["child_ages"]
        if children != self.known_children and (children or self.known_children or not row.children):
            changed["child_ages"], changed["child_births"] = ages_and_births(children)
        return super().arguments() | changed | {"reprice": cleaned["reprice"], "reason": cleaned["reason"]}


class DepartureForm(OperationForm):
    """Another day of departure."""

    shows_changes = True
    departure = DateField(label="New departure")

    #: Nights added to the departure, as the form begins.
    step = 1

    def prepare(self) -> None:
        """Begin one night later or earlier than booked."""
        super().prepare()
        departure = self.reservation.departure + timedelta(days=self.step)
        self.fields["departure"].initial = self.asked.get("departure") or departure

    def arguments(self) -> dict[str, Any]:
        """Return the new departure."""
        return super().arguments() | {"departure": self.cleaned_data["departure"]}


class ExtendForm(DepartureForm, SaleForm):
    """Leave later: the nights added are sold at today's price."""


class ShortenForm(DepartureForm):
    """Leave sooner."""

    step = -1
