"""The forms of the back office: an address goes in and is never shown again."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from channels.calendars.models import CalendarExport, CalendarFeed


class FeedForm(forms.ModelForm[CalendarFeed]):
    """A calendar to read. An empty address leaves the one that is there."""

    address = forms.CharField(
        label="Address of the calendar",
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    class Meta:
        model = CalendarFeed
        fields = (
            "property", "name", "channel", "room_type", "unit", "rate_plan", "company", "unclear_as", "longest_stay",
            "closes_nights", "stale_hours",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say where the present address leads, and no more of it."""
        super().__init__(*args, **kwargs)
        known = self.instance.pk is not None
        self.fields["address"].required = not known
        self.fields["address"].help_text = (
            f"Leads to {self.instance.host}. Leave it empty to keep it; another one is looked at before it goes live."
            if known
            else "Begins with https://, http:// or webcal://. The channel calls it “export calendar”."
        )


class ExportForm(forms.ModelForm[CalendarExport]):
    """Which room an address shows, and to whom it is given."""

    class Meta:
        model = CalendarExport
        fields = ("property", "room_type", "unit", "without", "feed")
