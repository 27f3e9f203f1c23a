"""What a guest types; the rules are the services'."""

from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bookings.checkout.services import Details
from guests.profiles.vat_ids import validate_vat_id


def countries() -> list[tuple[str, str]]:
    """Return the countries of the world by their names in the active language, after an empty choice."""
    names = Locale.parse(get_language() or "en").territories
    rows = [(code, str(name)) for code, name in names.items() if len(code) == 2 and code.isalpha() and code < "XA"]
    return [("", ""), *sorted(rows, key=lambda row: row[1])]


class GuestForm(forms.Form):
    """Who is coming, how to reach them, and that they agree."""

    first_name = forms.CharField(
        label=_("First name"), max_length=80, widget=forms.TextInput({"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=80, widget=forms.TextInput({"autocomplete": "family-name"})
    )
    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput({"autocomplete": "email"}))
    phone = forms.CharField(
        label=_("Phone"),
        max_length=32,
        required=False,
        widget=forms.TextInput({"autocomplete": "tel", "type": "tel"}),
    )
    country = forms.ChoiceField(
        label=_("Country"), required=False, choices=countries, widget=forms.Select({"autocomplete": "country"})
    )
    arrival_time = forms.TimeField(
        label=_("When will you arrive?"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    special_requests = forms.CharField(
        label=_("Requests"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("We do what we can, and cannot promise it."),
    )
    company_name = forms.CharField(
        label=_("Company"), max_length=120, required=False, widget=forms.TextInput({"autocomplete": "organization"})
    )
    company_street = forms.CharField(
        label=_("Street and number"), max_length=160, required=False,
        widget=forms.TextInput({"autocomplete": "billing street-address"}),
    )  # fmt: skip
    company_postal_code = forms.CharField(
        label=_("Postal code"), max_length=16, required=False,
        widget=forms.TextInput({"autocomplete": "billing postal-code"}),
    )  # fmt: skip
    company_city = forms.CharField(
        label=_("City"), max_length=80, required=False,
        widget=forms.TextInput({"autocomplete": "billing address-level2"}),
    )  # fmt: skip
    company_country = forms.ChoiceField(
        label=_("Country of the company"), required=False, choices=countries,
        widget=forms.Select({"autocomplete": "billing country"}),
    )  # fmt: skip
    company_vat_id = forms.CharField(label=_("VAT id"), max_length=20, required=False)
    wants_reminder = forms.BooleanField(
        label=_("Remind me once by e-mail if I do not finish this booking."), required=False
    )
    consent = forms.BooleanField(
        label=_("I agree"),
        error_messages={"required": _("Please agree to the terms: without that we cannot book for you.")},
    )

    def clean_company_vat_id(self) -> str:
        """Refuse what looks like a VAT id of a member state and is none."""
        vat_id = str(self.cleaned_data["company_vat_id"]).strip()
        if vat_id:
            try:
                validate_vat_id(vat_id)
            except forms.ValidationError:
                raise forms.ValidationError(
                    _("This is not a VAT id: please check its digits."), code="bad_vat_id"
                ) from None
        return vat_id

    def clean(self) -> dict[str, Any]:
        """Ask for the company's name where other things of it were typed."""
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        others = ("company_street", "company_postal_code", "company_city", "company_country", "company_vat_id")
        if any(typed.get(name) for name in others) and not typed.get("company_name"):
            self.add_error("company_name", forms.ValidationError(_("Say the name of the company as well.")))
        return typed

    @property
    def details(self) -> Details:
        """What was typed, without the consent."""
        return Details(**{name: value for name, value in self.cleaned_data.items() if name != "consent"})
