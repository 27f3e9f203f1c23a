"""The form behind a guest's departure."""

from typing import Any

from django import forms

from pms.frontdesk.forms.operations import OperationForm


class CheckOutForm(OperationForm):
    """Let the guest go; why he pays later is asked only where he still owes."""

    needs_input = True
    unpaid_reason = forms.CharField(
        label="Why it is paid later",
        required=False,
        max_length=200,
        help_text="Only if the guest leaves with an open balance: it moves to the city ledger.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def arguments(self) -> dict[str, Any]:
        """Return the reason, if one was given."""
        return {"unpaid_reason": self.cleaned_data.get("unpaid_reason", "")}
