"""What guests type. Rules live in the services."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.lifecycle.sold import party_of
from bookings.reservations.models import Occupant, Reservation
from guests.portal.services import StayWish


class FindForm(forms.Form):
    """Which booking, and whose."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    code = forms.CharField(label=_("Booking number"), required=False, max_length=16)


class QuestionForm(forms.Form):
    """A question to the hotel."""

    text = forms.CharField(label=_("Your question"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class CancelForm(forms.Form):
    """The yes, and what it was said to."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    fee_minor = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    reason = forms.CharField(required=False, max_length=200)


class RequestsForm(forms.Form):
    """When the guest comes and what they wish for."""

    arrival_time = forms.TimeField(
        label=_("When will you arrive?"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    special_requests = forms.CharField(
        label=_("What can we prepare for you?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class StayForm(forms.Form):
    """Dates and party as they shall be; with the yes, the version and the total that were shown."""

    arrival = forms.DateField(label=_("Arrival"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    departure = forms.DateField(label=_("Departure"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    adults = forms.IntegerField(label=_("Adults"), min_value=1, max_value=20)
    children = forms.CharField(
        label=_("Ages of children"),
        required=False,
        max_length=60,
        help_text=_("On arrival, separated by commas, such as 6, 9."),
    )
    infants = forms.IntegerField(
        label=_("Infants"), required=False, min_value=0, max_value=3, help_text=_("They sleep in a cot.")
    )
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    total_minor = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    @classmethod
    def of(cls, row: Reservation) -> dict[str, Any]:
        """Return what the form begins with: the stay as it is."""
        return {
            "arrival": row.arrival,
            "departure": row.departure,
            "adults": row.adults,
            "children": ", ".join(str(age) for age in party_of(row).child_ages),
            "infants": row.infants,
        }

    @property
    def wish(self) -> StayWish:
        """The stay that is asked for."""
        given = self.cleaned_data
        return StayWish(given["arrival"], given["departure"], given["adults"], given["children"], given["infants"])

    def clean_children(self) -> tuple[int, ...]:
        """Return the ages."""
        words = self.cleaned_data["children"].replace(";", ",").split(",")
        try:
            return tuple(int(word) for word in words if word.strip())
        except ValueError as error:
            raise forms.ValidationError(_("Give ages as numbers, such as 6, 9."), code="bad_age") from error

    def clean(self) -> dict[str, Any]:
        """Check that there is a night."""
        given = super().clean() or {}
        if given.get("arrival") and given.get("departure") and given["departure"] <= given["arrival"]:
            self.add_error("departure", _("The departure must be after the arrival."))
        if self.data and "yes" in self.data and (given.get("version") is None or given.get("total_minor") is None):
            raise forms.ValidationError(_("The booking has changed meanwhile. Please look at it once more."))
        return given


class NamesForm(forms.Form):
    """The names of the adults of a room, in order."""

    count = 0

    @property
    def names(self) -> list[tuple[str, str]]:
        """First and last names."""
        given = self.cleaned_data
        return [(given[f"first_{number}"], given[f"last_{number}"]) for number in range(1, self.count + 1)]


def names_form(people: Sequence[Occupant], posted: Any) -> NamesForm:
    """Return the form with two fields for each adult; the first adult always has a name."""
    form = NamesForm(posted)
    form.count = len(people)
    for number, person in enumerate(people, 1):
        guest = person.guest
        for part, label in (("first", _("Guest %(number)s, first name")), ("last", _("Guest %(number)s, last name"))):
            form.fields[f"{part}_{number}"] = forms.CharField(
                label=label % {"number": number},
                required=number == 1 and part == "last",
                max_length=80,
                initial=getattr(guest, f"{part}_name") if guest else "",
            )
    return form
