"""What is written about a stay and about a guest."""

from typing import Any

from django import forms

from guests.profiles.models import Guest
from pms.frontdesk.forms.fields import country_code

LONGEST_TAG = 32


class DetailsForm(forms.Form):
    """Notes for the desk, what the guest asked for, when they come, tags."""

    special_requests = forms.CharField(
        label="The guest asked for", required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    notes = forms.CharField(
        label="Notes for the desk",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        help_text="The guest never sees them.",
    )
    arrival_time = forms.TimeField(
        label="Comes at about", required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    tags = forms.CharField(label="Tags", required=False, max_length=300, help_text="Words with commas between them.")

    def clean_tags(self) -> list[str]:
        """Return the tags."""
        tags = [word.strip().lower() for word in self.cleaned_data["tags"].split(",") if word.strip()]
        for tag in tags:
            if len(tag) > LONGEST_TAG:
                raise forms.ValidationError(f"“{tag[:20]}…” is longer than {LONGEST_TAG} characters.")
        return tags

    def changes(self) -> dict[str, Any]:
        """Return what the service is called with."""
        return dict(self.cleaned_data)


class GuestNotesForm(forms.ModelForm[Guest]):
    """What the desk may change of a profile."""

    class Meta:
        model = Guest
        fields = [
            "first_name",
            "last_name",
            "email",
            "phone",
            "street",
            "postal_code",
            "city",
            "country",
            "vat_id",
            "language",
            "is_vip",
            "notes",
        ]
        labels = {"is_vip": "VIP", "country": "Country, two letters", "language": "Language, two letters"}
        widgets = {"notes": forms.Textarea(attrs={"rows": 3})}

    def clean_country(self) -> str:
        """Return the code in capitals."""
        return country_code(self.cleaned_data["country"])
