"""Papers: invoices, pro formas, deposit invoices, credit notes; and links to pay by."""

from typing import Any

from django import forms

from billing.folios.models import Folio
from billing.invoices.enums import DocumentKind
from billing.invoices.models import Document
from billing.invoices.selectors import groups_to_invoice, lines_to_credit, money_left
from billing.invoices.services import credit_note_issue, deposit_invoice_issue, invoice_issue, pro_forma
from billing.payments.enums import Purpose
from billing.payments.selectors import accounts_for
from billing.payments.services import payment_link_create
from guests.profiles.models import Company, Guest
from pms.frontdesk.forms.fields import AmountField, amount_text
from pms.frontdesk.money.account import stay_money
from pms.frontdesk.money.forms.base import MoneyForm
from pms.kernel.actors import Actor

LANGUAGES = [("", "As on the profile"), ("en", "English"), ("de", "German"), ("lt", "Lithuanian")]
KINDS = [
    (DocumentKind.INVOICE, "Invoice"),
    (DocumentKind.DEPOSIT_INVOICE, "Deposit invoice"),
    (DocumentKind.PRO_FORMA, "Pro forma"),
]
COMPANIES_OFFERED = 500


class InvoiceForm(MoneyForm):
    """Issue an invoice for what is on a folio and on none yet, to its payer or to a company."""

    template = "frontdesk/money/forms/invoice.html"
    shows_changes = False
    kind = forms.ChoiceField(label="What", choices=KINDS, initial=DocumentKind.INVOICE, widget=forms.RadioSelect)
    company = forms.CharField(
        label="To a company",
        required=False,
        max_length=160,
        widget=forms.TextInput(attrs={"list": "companies", "autocomplete": "off"}),
    )
    language = forms.ChoiceField(label="Language", choices=LANGUAGES, required=False)
    note = forms.CharField(label="Note on the paper", required=False, max_length=400)
    names = {"buyer": "company", "folio": "kind", "payments": "kind"}

    def prepare(self) -> None:
        """Say what each would be about."""
        folio = self.main_or_none()
        self.companies = list(Company.objects.order_by("name")[:COMPANIES_OFFERED])
        if folio is None:
            self.is_blocked, self.why_blocked = True, "Nothing is charged or paid yet."
            return
        groups = groups_to_invoice(folio=folio)
        total = sum(row.amount_minor for group in groups for row in group.postings)
        ahead = sum(
            row.left_minor
            for row in money_left(folio=folio, kinds=[DocumentKind.INVOICE, DocumentKind.DEPOSIT_INVOICE])
        )
        self.abouts = {
            DocumentKind.INVOICE: f"{len(groups)} charges, {self.said(total)}" if groups else "nothing to invoice",
            DocumentKind.DEPOSIT_INVOICE: f"{self.said(ahead)} paid ahead" if ahead > 0 else "nothing was paid ahead",
            DocumentKind.PRO_FORMA: "the whole stay as it was sold",
        }
        self.kinds = [(kind, name, self.abouts[kind]) for kind, name in KINDS]
        self.payer = folio.company or folio.guest
        self.fields["company"].widget.attrs["placeholder"] = f"Empty: {self.payer or folio.label}"

    def clean_company(self) -> Company | None:
        """Return the company with this name."""
        name = self.cleaned_data["company"].strip()
        found = Company.objects.filter(name__iexact=name).first() if name else None
        if name and found is None:
            raise forms.ValidationError("No company is called that. Companies are made in the back office.")
        return found

    def perform(self, actor: Actor) -> None:
        """Issue it."""
        folio: Folio = self.folio()
        buyer: Guest | Company | None = self.cleaned_data["company"] or folio.company or folio.guest
        if buyer is None:
            self.add_error("company", "A house account has no payer: name a company.")
            return
        common: dict[str, Any] = {
            "folio": folio, "buyer": buyer, "language": self.cleaned_data["language"], "request_key": self.key,
            "actor": actor,
        }  # fmt: skip
        if self.cleaned_data["kind"] == DocumentKind.DEPOSIT_INVOICE:
            document = deposit_invoice_issue(**common)
        elif self.cleaned_data["kind"] == DocumentKind.PRO_FORMA:
            document = pro_forma(note=self.cleaned_data["note"], **common)
        else:
            document = invoice_issue(note=self.cleaned_data["note"], **common)
        self.done = f"{document.get_kind_display()} {document.reference} is issued."


class CreditForm(MoneyForm):
    """Give an invoice back, as far as it is not given back yet."""

    template = "frontdesk/money/forms/credit.html"
    shows_changes = False
    reason = forms.CharField(label="Reason", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, document: Document, **options: Any) -> None:
        self.document = document
        super().__init__(*args, **options)

    def prepare(self) -> None:
        """Say how much it is."""
        lines = lines_to_credit(invoice=self.document)
        self.is_blocked, self.why_blocked = not lines, "Everything on it is credited already."
        self.total = self.said(sum(row.gross_minor for row in lines))

    def perform(self, actor: Actor) -> None:
        """Issue the credit note."""
        note = credit_note_issue(
            invoice=self.document, reason=self.cleaned_data["reason"], request_key=self.key, actor=actor
        )
        self.done = f"Credit note {note.reference} is issued."


class LinkForm(MoneyForm):
    """Make a link where the guest pays by card, without anybody at the desk seeing the card."""

    template = "frontdesk/money/forms/link.html"
    shows_changes = False
    amount = AmountField(label="Amount", required=False, help_text="Empty: whatever is owed when the guest opens it.")
    account = forms.ChoiceField(label="Paid into")
    days = forms.IntegerField(label="Good for days", min_value=1, max_value=90, initial=14)
    save_card = forms.BooleanField(label="Keep the card as a guarantee", required=False)

    def prepare(self) -> None:
        """Fill in what is due."""
        rows = accounts_for(property=self.place, currency=self.currency, online=True)
        self.accounts = {row.code: row for row in rows}
        self.choose("account", [(row.code, row.name) for row in rows])
        self.is_blocked = not rows
        self.why_blocked = "No account at a payment provider is set up for this house."
        folio = self.subject.folio
        asked = folio.balance_minor if folio is not None else 0
        if asked <= 0 and self.reservation is not None:
            asked = stay_money(reservation=self.reservation).asked_minor
        if asked > 0:
            self.fields["amount"].initial = amount_text(asked, self.currency)

    def perform(self, actor: Actor) -> None:
        """Make it; it is shown among the payments, to be copied or sent."""
        payment_link_create(
            folio=self.folio(),
            account=self.accounts[self.cleaned_data["account"]],
            purpose=Purpose.PAYMENT,
            amount_minor=self.cleaned_data["amount"],
            save_card=self.cleaned_data["save_card"],
            days=self.cleaned_data["days"],
            actor=actor,
        )
        self.done = "The link is made: copy it or send it."
