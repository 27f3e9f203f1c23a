"""Cancelling and not coming: why, what it costs by the terms sold, and waiving it."""

from typing import Any

from django import forms
from django.utils import timezone

from billing.payments.enums import Purpose
from bookings.lifecycle import services
from bookings.reservations.enums import Status
from pms.frontdesk.forms.operations import OperationForm
from pms.frontdesk.money.leaving import Outcome, Pay, outcome_of
from pms.frontdesk.money.till import tenders_of_cards
from pms.frontdesk.selectors.sold import loss_of
from pms.kernel.money import Money

#: What a cancellation is called that is only looked at.
TRIED = "To be looked at"


class LossForm(OperationForm):
    """What is lost may cost something by the terms that were sold; who may override waives it with a reason."""

    template = "frontdesk/operations/loss.html"
    #: Whether the guest does not come, rather than cancels.
    is_no_show = False
    refund = forms.BooleanField(label="Give it back now", required=False, initial=True)
    charge_card = forms.ChoiceField(label="Have a kept card charged", required=False)
    waive_reason = forms.CharField(
        label="Why nothing is charged", required=False, max_length=200, help_text="Empty: the fee is owed."
    )

    def prepare(self) -> None:
        """Say what it costs now; waiving is offered where there is something to waive."""
        row = self.reservation
        self.loss = loss_of(reservation=row, at=timezone.now(), no_show=self.is_no_show)
        self._offer_money()
        if not self.loss.fee.minor or not self.desk.allows("reservation.override", self.place):
            del self.fields["waive_reason"]

    def _offer_money(self) -> None:
        """Say what goes back to whom, or what is still owed, by losing the stay and rolling it back."""
        sees = self.desk.allows("folio.view", self.place) and self.reservation.status == Status.CONFIRMED
        self.outcome = outcome_of(reservation=self.reservation, deed=self.deed) if sees else Outcome()
        self.over = Money(self.outcome.over_minor, self.reservation.currency)
        self.owed = Money(self.outcome.owed_minor, self.reservation.currency)
        if not self.outcome.back or not self.desk.allows("payment.refund", self.place):
            del self.fields["refund"]
        cards = tenders_of_cards(reservation=self.reservation) if self.owed.minor else []
        if not cards or not self.desk.allows("payment.take", self.place):
            del self.fields["charge_card"]
        else:
            field = self.fields["charge_card"]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", "Not now"), *((row.value, f"{row.name}, {self.owed}") for row in cards)]

    def deed(self) -> object:
        """Lose the stay as it would be lost; rolled back by the caller."""
        if self.is_no_show:
            return services.reservation_no_show(reservation=self.reservation, actor=self.desk.actor)
        return services.reservation_cancel(reservation=self.reservation, reason=TRIED, actor=self.desk.actor)

    def arguments(self) -> dict[str, Any]:
        """Return why it is waived, if it is, and what happens to the money."""
        reason, card = self.cleaned_data.get("waive_reason", ""), self.cleaned_data.get("charge_card", "")
        money: dict[str, Any] = {"refund": bool(self.cleaned_data.get("refund"))}
        if card:
            purpose = Purpose.NO_SHOW if self.is_no_show else Purpose.CANCELLATION
            money["charge_card"] = Pay(card, self.owed.minor, purpose=purpose)
        return money | ({"waive_reason": reason} if reason else {})


class CancelForm(LossForm):
    """Say why, and see what it costs."""

    needs_input = True
    reason = forms.CharField(
        label="Reason", max_length=200, widget=forms.TextInput(attrs={"list": "reasons", "autocomplete": "off"})
    )
    field_order = ("reason", "waive_reason", "refund", "charge_card")

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
    field_order = ("reason", "release_nights", "waive_reason", "refund", "charge_card")

    def arguments(self) -> dict[str, Any]:
        """Return what to do with the nights."""
        words = {"reason": self.cleaned_data["reason"]} if self.cleaned_data["reason"] else {}
        return super().arguments() | {"release_nights": self.cleaned_data["release_nights"], **words}
