"""Taking a payment, and giving one back."""

from typing import Any, cast

from django import forms
from django.http import QueryDict

from billing.payments.models import PaymentIntent
from billing.payments.services import refund_start, refundable_minor
from pms.frontdesk.forms.fields import AmountField, amount_minor, amount_text
from pms.frontdesk.money.account import stay_money
from pms.frontdesk.money.forms.base import MoneyForm
from pms.frontdesk.money.till import (
    back_said,
    paid_by,
    take,
    tenders_abroad,
    tenders_by_hand,
    tenders_of_cards,
)
from pms.kernel.actors import Actor
from pms.kernel.money import Money


class PayForm(MoneyForm):
    """Take money: the amount that is due is filled in, the way to pay chosen with the arrows."""

    template = "frontdesk/money/forms/pay.html"
    needs_input = False
    amount = AmountField(label="Amount", error_messages={"required": "How much?"})
    account = forms.ChoiceField(label="How", widget=forms.RadioSelect, error_messages={"required": "Choose how."})
    note = forms.CharField(
        label="Note", required=False, max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    shown_amount = forms.CharField(required=False, widget=forms.HiddenInput)
    names = {"saved_method": "account"}

    def prepare(self) -> None:
        """Fill in what is due, and offer the ways to pay."""
        folio = self.subject.folio
        self.money = stay_money(reservation=self.reservation) if self.reservation is not None else None
        whole = self.money.asked_minor if self.money is not None and (folio is None or folio.is_main) else 0
        self.asked_minor = folio.balance_minor if folio is not None and folio.balance_minor > 0 else whole
        self.tenders = tenders_by_hand(place=self.place, currency=self.currency)
        self.tenders += tenders_abroad(place=self.place, currency=self.currency, amount_minor=self._typed_minor())
        if self.reservation is not None:
            self.tenders += tenders_of_cards(reservation=self.reservation)
        self.choose("account", [(row.value, row.name) for row in self.tenders])
        self.fields["account"].initial = self.tenders[0].value
        if self.asked_minor > 0:
            asked = amount_text(self.asked_minor, self.currency)
            self.fields["amount"].initial = self.fields["shown_amount"].initial = asked
        else:
            self.needs_input = True

    def _typed_minor(self) -> int:
        """Return the amount in the form, or the one that is asked for while it makes no sense."""
        try:
            return amount_minor(self.data["amount"], self.currency) if self.is_bound else self.asked_minor
        except (forms.ValidationError, KeyError):
            return self.asked_minor

    def clean(self) -> dict[str, Any]:
        """Nobody takes foreign money without having seen how much."""
        cleaned = super().clean() or {}
        amount, tender = cleaned.get("amount"), cleaned.get("account", "")
        if amount and "@" in tender and cleaned.get("shown_amount") != amount_text(amount, self.currency):
            row = next(row for row in self.tenders if row.value == tender)
            self.add_error(
                "account", f"For {Money(amount, self.currency)} it is {row.name} ({row.said}). Say yes once more."
            )
            filled = cast("QueryDict", self.data).copy()
            filled["shown_amount"] = amount_text(amount, self.currency)
            self.data = filled
        return cleaned

    def perform(self, actor: Actor) -> None:
        """Take it."""
        amount: int = self.cleaned_data["amount"]
        tender: str = self.cleaned_data["account"]
        paid = take(
            folio=self.folio(),
            tender=tender,
            amount_minor=amount,
            note=self.cleaned_data["note"],
            request_key=self.key,
            actor=actor,
        )
        name = next(row.name for row in self.tenders if row.value == tender)
        money = Money(amount, self.currency)
        if "@" in tender:
            account, given = paid.account.name, Money(paid.amount_minor, paid.currency)
            self.done = (
                f"{given} taken, {account.lower()}: {Money(paid.folio_amount_minor, self.currency)} on the folio."
            )
            return
        self.done = (
            f"{money} is being charged to {name}." if tender.startswith("card:") else f"{money} taken, {name.lower()}."
        )


class RefundForm(MoneyForm):
    """Give back a part or all of a payment, to where it came from."""

    template = "frontdesk/money/forms/refund.html"
    amount = AmountField(label="Amount", error_messages={"required": "How much?"})
    reason = forms.CharField(
        label="Reason",
        max_length=200,
        widget=forms.TextInput(attrs={"list": "refund-reasons", "autocomplete": "off", "autofocus": True}),
    )

    def __init__(self, *args: Any, payment: PaymentIntent, **options: Any) -> None:
        self.payment = payment
        super().__init__(*args, **options)

    def prepare(self) -> None:
        """Fill in what can be refunded at most, in the currency that was paid."""
        left = refundable_minor(self.payment)
        self.is_blocked = left <= 0
        self.why_blocked = "Nothing of this payment is left to refund."
        self.most = str(Money(left, self.payment.currency))
        self.paid_by, self.how = paid_by(self.payment), back_said(self.payment)
        self.fields["amount"].initial = amount_text(left, self.payment.currency)
        field = self.fields["amount"]
        if isinstance(field, AmountField):
            field.currency = self.payment.currency

    def perform(self, actor: Actor) -> None:
        """Start it; a provider is asked after the commit."""
        amount = Money(self.cleaned_data["amount"], self.payment.currency)
        refund_start(
            payment=self.payment, amount=amount, reason=self.cleaned_data["reason"], request_key=self.key, actor=actor
        )
        self.done = f"{amount} goes back {self.how}." if self.payment.account.is_online else f"{amount} is given back."
