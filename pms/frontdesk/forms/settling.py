"""Operations on a stay that have money about them: what the terms ask for at check-in, what is owed at check-out."""

from typing import Any, cast
from uuid import uuid4

from django import forms
from django.http import QueryDict

from billing.payments.enums import Purpose
from billing.payments.selectors import accounts_for, saved_methods_of
from bookings.lifecycle import services
from bookings.rates.enums import Guarantee
from pms.frontdesk.forms.fields import AmountField, amount_text
from pms.frontdesk.forms.operations import CheckInForm, OperationForm
from pms.frontdesk.money.account import StayMoney, stay_money
from pms.frontdesk.money.leaving import Outcome, Pay, outcome_of
from pms.frontdesk.money.till import Tender, tenders_by_hand
from pms.kernel.money import Money


class SettlingForm(OperationForm):
    """An operation along with which money can be taken: how much, how, or why not."""

    request_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    pay_amount = AmountField(label="Amount", required=False)
    pay_account = forms.ChoiceField(label="How", required=False, widget=forms.RadioSelect)
    unpaid_reason = forms.CharField(
        label="Or why it is paid later",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    #: The fields that a press of the button in a row does not send.
    asked_fields: tuple[str, ...] = ("pay_amount", "unpaid_reason")
    purpose = Purpose.PAYMENT
    refused_first = ""

    def offer_payment(self, minor: int) -> None:
        """Offer to take an amount, filled in; no fields where there is nothing to take, or for whom it is not to take."""
        self.asked_minor = minor
        self.tenders: list[Tender] = []
        self.fields["request_key"].initial = uuid4()
        if minor <= 0:
            for name in ("pay_amount", "pay_account", "unpaid_reason"):
                del self.fields[name]
            return
        if not self.desk.allows("payment.take", self.place):
            del self.fields["pay_amount"], self.fields["pay_account"]
        else:
            self.tenders = tenders_by_hand(place=self.place, currency=self.reservation.currency)
            field, how = self.fields["pay_amount"], self.fields["pay_account"]
            if isinstance(field, AmountField) and isinstance(how, forms.ChoiceField):
                field.currency = self.reservation.currency
                how.choices = [(row.value, row.name) for row in self.tenders]
            field.initial = amount_text(minor, self.reservation.currency)
            how.initial = self.tenders[0].value

    def ask_first(self, sentence: str) -> None:
        """A button in a row was pressed, which says nothing of money: ask for it, filled in."""
        if not self.is_bound or any(name in self.data for name in self.asked_fields):
            return
        filled = cast("QueryDict", self.data).copy()
        for name in ("pay_amount", "pay_account", "request_key", "refund"):
            if name in self.fields:
                filled[name] = str(self.fields[name].initial)
        self.data = filled
        self.refused_first = sentence

    def clean(self) -> dict[str, Any]:
        """Somebody has to look at the amount before it is taken."""
        cleaned = super().clean() or {}
        seen = cleaned.get("version")
        if self.refused_first and (seen is None or seen == self.reservation.version):
            self.add_error(None, self.refused_first)
        return cleaned

    def pay(self) -> Pay | None:
        """Return what is taken, if something is and no reason says otherwise."""
        amount = self.cleaned_data.get("pay_amount")
        tender = self.cleaned_data.get("pay_account")
        if not amount or not tender or self.cleaned_data.get("unpaid_reason"):
            return None
        return Pay(tender, amount, self.cleaned_data.get("request_key"), self.purpose)


class ArrivalForm(SettlingForm, CheckInForm):
    """Give the key; the deposit or balance that is due by the terms is taken, or a reason says why not."""

    template = "frontdesk/operations/arrival.html"

    def prepare(self) -> None:
        """Ask for what the terms sold demand by today, where the reader may see money at all."""
        super().prepare()
        self.money: StayMoney | None = None
        if self.desk.allows("folio.view", self.place):
            self.money = stay_money(reservation=self.reservation)
        self.lacks_card = self.money is not None and self._lacks_card(self.money)
        demanded = self.money.demanded_minor if self.money else 0
        self.offer_payment(demanded)
        if demanded:
            self.ask_first(f"{self.money and self.money.demanded} is to be paid by now. Take it, or say why not.")
        self.needs_input = self.needs_input or demanded > 0

    def _lacks_card(self, money: StayMoney) -> bool:
        """Whether the terms want a card kept, and none is, though the house could keep one."""
        row = self.reservation
        if row.guarantee != Guarantee.CARD or money.account.paid_minor > 0:
            return False
        if not accounts_for(property=self.place, currency=row.currency, online=True):
            return False
        return not saved_methods_of(reservation=row).exists()

    def clean(self) -> dict[str, Any]:
        """What is demanded is taken, or a reason is given."""
        cleaned = super().clean()
        if self.asked_minor > 0 and not cleaned.get("unpaid_reason") and not self.errors:
            taken = cleaned.get("pay_amount") or 0
            if taken < self.asked_minor:
                asked = Money(self.asked_minor, self.reservation.currency)
                self.add_error("unpaid_reason", f"The terms ask for {asked} now. Take it, or say why not.")
        return cleaned

    @property
    def yes(self) -> str:
        """What the button says."""
        return "Take it and check in" if "pay_amount" in self.fields else ""

    def arguments(self) -> dict[str, Any]:
        """Return the money, and the reasons that were given."""
        reason = self.cleaned_data.get("unpaid_reason", "")
        return super().arguments() | {"pay": self.pay(), "unpaid_reason": reason}


class DepartureForm(SettlingForm):
    """Let the guest go with everything settled: what is owed is taken, what is left over given back, invoices issued."""

    template = "frontdesk/operations/departure.html"
    needs_input = True
    refund = forms.BooleanField(label="Give it back now", required=False, initial=True)
    invoices = forms.MultipleChoiceField(label="Invoices", required=False, widget=forms.CheckboxSelectMultiple)
    asked_fields = ("pay_amount", "unpaid_reason", "refund", "invoices")

    def prepare(self) -> None:
        """Charge what is left and look at the folios, without doing it."""
        self.outcome: Outcome = outcome_of(reservation=self.reservation, deed=self._deed)
        self.may_see = self.desk.allows("folio.view", self.place)
        over, owed = self.outcome.over_minor, self.outcome.owed_minor
        self.may_refund = bool(self.outcome.back) and self.desk.allows("payment.refund", self.place)
        self.over = Money(over, self.reservation.currency)
        self.offer_payment(owed)
        if over > 0 and not owed:
            self.fields["unpaid_reason"] = forms.CharField(label="Or why it stays", required=False, max_length=200)
        if not over or not self.may_refund:
            del self.fields["refund"]
        if owed:
            self.ask_first(
                f"{Money(owed, self.reservation.currency)} is to be paid. Take it, or say why it is paid later."
            )
        elif over:
            self.ask_first(f"{self.over} is left over. Give it back, or say why it stays.")
        self._offer_invoices()

    def _deed(self) -> object:
        return services.reservation_check_out(
            reservation=self.reservation, actor=self.desk.actor, unpaid_reason="To be settled"
        )

    def _offer_invoices(self) -> None:
        if not self.desk.allows("invoice.issue", self.place):
            del self.fields["invoices"]
            return
        company = self.reservation.booking.company
        choices = [(row.name, f"{row.label}, {row.kind}") for row in self.outcome.folios if row.is_charged]
        has_company = any(row.kind == "company" for row in self.outcome.folios)
        if company is not None and not has_company and choices:
            choices.append((f"main@{company.code}", f"{company.name} instead of the guest"))
        field = self.fields["invoices"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = choices
        self.invoice_choices = choices

    @property
    def yes(self) -> str:
        """What the button says."""
        return "Take it and check out" if "pay_amount" in self.fields else "Check out"

    def clean_invoices(self) -> list[str]:
        """Return whom invoices go to; a main folio is invoiced once."""
        chosen: list[str] = self.cleaned_data["invoices"]
        if sum(1 for name in chosen if name.startswith("main")) > 1:
            raise forms.ValidationError("The guest's charges are invoiced once: to the guest or to the company.")
        return chosen

    def arguments(self) -> dict[str, Any]:
        """Return the money, refunds, invoices and the reason."""
        reason = self.cleaned_data.get("unpaid_reason", "")
        return {
            "pay": self.pay(),
            "refund": bool(self.cleaned_data.get("refund")) and not reason,
            "invoices": self.cleaned_data.get("invoices") or [],
            "unpaid_reason": reason,
        }
