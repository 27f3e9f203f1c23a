"""How a folio ends: closed, given up, paid later; and how it is opened again."""

from django import forms

from billing.folios.enums import FolioLedger
from billing.folios.services import city_ledger_move, folio_close, folio_reopen, write_off
from pms.frontdesk.money.forms.base import MoneyForm
from pms.kernel.actors import Actor


class CloseForm(MoneyForm):
    """Close a folio that is even."""

    needs_input = False
    shows_changes = False
    lead = "Nothing more is written on it until it is opened again."

    def prepare(self) -> None:
        """Say what stands against it."""
        folio = self.folio()
        self.is_blocked = bool(folio.balance_minor)
        self.why_blocked = f"{self.said(folio.balance_minor)} is still open: settle it first."

    def perform(self, actor: Actor) -> None:
        """Close it."""
        folio = folio_close(folio=self.folio(), actor=actor)
        self.done = f"Folio {folio.code} is closed."


class ReopenForm(MoneyForm):
    """Open a closed folio again."""

    shows_changes = False
    reason = forms.CharField(label="Reason", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def perform(self, actor: Actor) -> None:
        """Open it again."""
        folio = folio_reopen(folio=self.folio(), reason=self.cleaned_data["reason"], actor=actor)
        self.done = f"Folio {folio.code} is open again."


class WriteOffForm(MoneyForm):
    """Give up what is owed."""

    shows_changes = False
    template = "frontdesk/money/forms/write_off.html"
    reason = forms.CharField(label="Reason", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def prepare(self) -> None:
        """Say how much it is."""
        self.owed = self.said(self.folio().owed_minor)

    def perform(self, actor: Actor) -> None:
        """Write it off."""
        owed = self.owed
        write_off(folio=self.folio(), reason=self.cleaned_data["reason"], actor=actor)
        self.done = f"{owed} is written off."


class CityLedgerForm(MoneyForm):
    """Let the payer pay after departure, or back to the desk."""

    shows_changes = False
    template = "frontdesk/money/forms/city_ledger.html"
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Company pays by invoice"}),
    )

    def prepare(self) -> None:
        """Say which way it goes."""
        self.is_back = self.folio().ledger == FolioLedger.CITY
        self.owed = self.said(self.folio().owed_minor)

    def perform(self, actor: Actor) -> None:
        """Move it."""
        folio = city_ledger_move(folio=self.folio(), reason=self.cleaned_data["reason"], back=self.is_back, actor=actor)
        where = "with the guests in house" if self.is_back else "in the city ledger"
        self.done = f"What {folio.label} owes stands {where}."
