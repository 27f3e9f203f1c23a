"""Extras and fees of a stay that is sold: adding, and taking off."""

from typing import Any

from django import forms

from bookings.rates.models import Extra
from bookings.reservations.enums import ChargeKind
from pms.frontdesk.forms.operations import OperationForm
from pms.frontdesk.selectors.offers import extras_of
from pms.frontdesk.selectors.sold import charges_of
from pms.kernel.dates import each_day
from pms.kernel.money import Money

MOST = 99


class AddExtraForm(OperationForm):
    """Sell an extra with the stay, at today's price."""

    template = "frontdesk/operations/extra.html"
    needs_input = True
    shows_changes = True
    extra = forms.ChoiceField(label="Extra")
    quantity = forms.IntegerField(label="How many", min_value=1, max_value=MOST, initial=1)
    day = forms.ChoiceField(label="On", required=False)

    def prepare(self) -> None:
        """Offer what the property sells, and the days of the stay."""
        extras: list[Extra] = extras_of(self.place)
        self.is_blocked = not extras
        self._choose(
            "extra",
            [
                (
                    row.code,
                    f"{row.name}, {Money(row.price_minor, self.place.currency)} {row.get_basis_display().lower()}",
                )
                for row in extras
            ],
        )
        days = each_day(self.earliest_night, self.reservation.departure)
        self._choose("day", [("", "Every day it is for"), *((day.isoformat(), f"{day:%a %-d %b}") for day in days)])
        self.days = {day.isoformat(): day for day in each_day(self.earliest_night, self.reservation.departure)}

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def arguments(self) -> dict[str, Any]:
        """Return which, how many, and when."""
        day = self.days.get(self.cleaned_data["day"])
        return {
            "extra": self.cleaned_data["extra"],
            "quantity": self.cleaned_data["quantity"],
            "dates": None if day is None else [day],
        }


class RemoveChargeForm(OperationForm):
    """Take an extra off the stay; a fee of the house only by who may override."""

    template = "frontdesk/operations/uncharge.html"
    needs_input = True
    shows_changes = True
    charge = forms.ChoiceField(label="What", widget=forms.RadioSelect)
    reason = forms.CharField(label="Reason", max_length=200, required=False)

    def prepare(self) -> None:
        """Offer what is on the stay."""
        may_waive = self.desk.allows("reservation.override", self.place)
        self.charges = [row for row in charges_of(self.reservation) if may_waive or row.kind == ChargeKind.EXTRA.value]
        self.is_blocked = not self.charges
        field = self.fields["charge"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(f"{row.kind}:{row.code}", row.name) for row in self.charges]
        self.fields["charge"].initial = self.asked.get("charge")

    def arguments(self) -> dict[str, Any]:
        """Return what goes, and why."""
        kind, _, code = self.cleaned_data["charge"].partition(":")
        return {"kind": ChargeKind(kind), "code": code, "reason": self.cleaned_data["reason"]}
