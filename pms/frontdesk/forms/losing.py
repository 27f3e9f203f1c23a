"""Cancelling and not coming: why, what it costs by the terms sold, and waiving it."""

from typing import Any

from django import forms
from django.utils import timezone

from pms.frontdesk.forms.operations import OperationForm
from pms.frontdesk.selectors.sold import loss_of


class LossForm(OperationForm):
    """What is lost may cost something by the terms that were sold; who may override waives it with a reason."""

    template = "frontdesk/operations/loss.html"
    #: Whether the guest does not come, rather than cancels.
    is_no_show = False
    waive_reason = forms.CharField(
        label="Why nothing is charged", required=False, max_length=200, help_text="Empty: the fee is owed."
    )

    def prepare(self) -> None:
        """Say what it costs now; waiving is offered where there is something to waive."""
        row = self.reservation
        self.loss = loss_of(reservation=row, at=timezone.now(), no_show=self.is_no_show)
        if not self.loss.fee.minor or not self.desk.allows("reservation.override", self.place):
            del self.fields["waive_reason"]

    def arguments(self) -> dict[str, Any]:
        """Return why it is waived, if it is."""
        reason = self.cleaned_data.get("waive_reason", "")
        return {"waive_reason": reason} if reason else {}


class CancelForm(LossForm):
    """Say why, and see what it costs."""

    needs_input = True
    reason = forms.CharField(
        label="Reason", max_length=200, widget=forms.TextInput(attrs={"list": "reasons", "autocomplete": "off"})
    )
    field_order = ("reason", "waive_reason")

    def arguments(self) -> dict[str, Any]:
        """Return the reason."""
        return super().arguments() | {"reason": self.cleaned_data["reason"]}


class NoShowForm(LossForm):
    """The guest did not come. Giving the other nights back is a decision of its own (T49)."""

    is_no_show = True
    reason = forms.CharField(label="Note", max_length=200, required=False)
    release_nights = forms.BooleanField(
        label="Give the nights back to sale",
        required=False,
        help_text="Otherwise the room is kept until somebody gives it back.",
    )
    field_order = ("reason", "release_nights", "waive_reason")

    def arguments(self) -> dict[str, Any]:
        """Return what to do with the nights."""
        words = {"reason": self.cleaned_data["reason"]} if self.cleaned_data["reason"] else {}
        return super().arguments() | {"release_nights": self.cleaned_data["release_nights"], **words}
