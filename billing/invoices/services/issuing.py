"""Invoices: drafted, issued. Every figure on them is a posting's; what is wrong is corrected by a credit note (T43)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from billing.folios.models import Folio, Posting
from billing.invoices.composing import ComposedLine, Group, items_of_postings, lines_of
from billing.invoices.content import Buyer
from billing.invoices.enums import BuyerKind, DocumentKind, DocumentStatus, Treatment
from billing.invoices.models import Document, InvoicedPosting
from billing.invoices.selectors import groups_to_invoice, invoiced_elsewhere, money_left, on_top_of
from billing.invoices.services.writing import (
    DocumentDraft,
    PaymentDraft,
    document_number,
    draft_write,
    folio_lock,
    told,
)
from billing.invoices.snapshots import Payer, buyer_of, seller_of, stay_of
from billing.invoices.wording import language_of
from billing.taxes.enums import Component
from guests.profiles.models import Company, Guest
from guests.profiles.vat_ids import is_member_state, vat_country
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import retried
from pms.kernel.text import clean_text

#: Taxed where the house stands, whoever buys it: Article 47 of Directive 2006/112/EC.
TAXED_HERE = frozenset({Component.ACCOMMODATION, Component.PARKING, Component.CLEANING})


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be invoiced, to whom and how."""

    payer: Payer
    postings: Sequence[Posting] | None
    language: str
    treatment: Treatment
    note: str
    request_key: UUID | None


@retried
@transaction.atomic
def invoice_draft(
    *,
    folio: Folio,
    buyer: Payer,
    actor: Actor,
    postings: Sequence[Posting] | None = None,
    language: str = "",
    treatment: Treatment = Treatment.STANDARD,
    note: str = "",
    request_key: UUID | None = None,
) -> Document:
    """Write down what an invoice would say, without a number; see invoice_issue. It holds nothing on the folio."""
    row = folio_lock(folio)
    if (known := known_document(request_key)) is not None:
        return known
    draft, _ = _invoice(row, Wish(buyer, postings, language, treatment, note, request_key))
    document = draft_write(draft=draft, actor=actor)
    told(document, "drafted", actor)
    return document


@retried
@transaction.atomic
def invoice_issue(
    *,
    folio: Folio,
    buyer: Payer,
    actor: Actor,
    postings: Sequence[Posting] | None = None,
    language: str = "",
    treatment: Treatment = Treatment.STANDARD,
    note: str = "",
    request_key: UUID | None = None,
) -> Document:
    """Issue an invoice for everything on a folio that is on none yet, or for the charges named in `postings`.

    A charge is taken with its corrections, allowances and the taxes on top. What was paid on the folio and is on no
    invoice yet is deducted, deposits with their deposit invoice. `buyer` is a guest, a company or a Buyer written by
    hand; `language` theirs unless given. The same `request_key` again returns the same invoice. `issued_on` is the
    property's business date. Locks the folio, the books against closing, the series. Raises Invalid `buyer_missing`,
    `nothing_to_invoice`, `other_folio`, `other_currency`, `vat_id_missing`, `same_country`, `taxed_here`, `vat_posted`;
    Conflict `already_invoiced`, `negative_total`, `period_closed`.
    """
    row = folio_lock(folio)
    if (known := known_document(request_key)) is not None:
        return known
    draft, groups = _invoice(row, Wish(buyer, postings, language, treatment, note, request_key))
    return document_number(document=draft_write(draft=draft, actor=actor), groups=groups, actor=actor)


@retried
@transaction.atomic
def draft_issue(*, document: Document, actor: Actor) -> Document:
    """Issue a draft as it stands; one that was issued before is returned. Locks as invoice_issue does.

    Raises Conflict `draft_outdated` when the folio no longer says what the draft says, `period_closed`.
    """
    folio = folio_lock(document.folio)
    row = Document.objects.select_related("property", "entity", "folio").get(pk=document.pk)
    if row.status == DocumentStatus.ISSUED:
        return row
    heads = set(row.lines.values_list("posting_id", flat=True))
    groups = [group for group in groups_to_invoice(folio=folio) if group.head.pk in heads]
    fresh, _ = _composed(folio, groups, Treatment(row.treatment), row.language)
    now = [(line.content.net_minor, line.content.tax_minor) for line in fresh]
    then = list(row.lines.order_by("position").values_list("net_minor", "tax_minor"))
    paid = sum(payment.amount_minor for payment in _payments(folio, row.gross_minor))
    if now != then or paid != row.paid_minor:
        raise Conflict("draft_outdated", "The folio has changed since this was drafted: draft it again.")
    return document_number(document=row, groups=groups, actor=actor)


@transaction.atomic
def draft_discard(*, document: Document, actor: Actor) -> None:
    """Throw a draft away. Raises Conflict `issued` for what has a number."""
    folio_lock(document.folio)
    row = Document.objects.select_related("property", "folio").get(pk=document.pk)
    if row.status == DocumentStatus.ISSUED:
        raise Conflict("issued", f"{row.reference} was issued: correct it by a credit note.")
    told(row, "discarded", actor)
    row.delete()


def known_document(request_key: UUID | None) -> Document | None:
    """Return what a request made before; asked under the lock of the folio, so that two of a kind meet here."""
    if request_key is None:
        return None
    return Document.objects.select_related("property", "entity", "folio").filter(request_key=request_key).first()


def _invoice(folio: Folio, wish: Wish) -> tuple[DocumentDraft, list[Group]]:
    """Return the invoice of a locked folio and the charges that it takes."""
    buyer = buyer_require(wish.payer)
    currency_require(folio)
    written_in = language_of(wish.language, language_wanted(wish.payer, folio))
    lines, groups = _composed(folio, _chosen(folio, wish.postings), wish.treatment, written_in)
    if not lines:
        raise Invalid("nothing_to_invoice", "Nothing on this folio waits for an invoice.", field="postings")
    elsewhere = invoiced_elsewhere(groups=groups)
    if elsewhere is not None:
        raise Conflict(
            "already_invoiced",
            f"A charge that was moved here is on invoice {elsewhere.reference} already: credit that one first.",
            field="postings",
        )
    gross_minor = sum(line.content.gross_minor for line in lines)
    if gross_minor < 0:
        raise Conflict(
            "negative_total",
            "More was given back than charged: credit the invoice of these charges, then invoice what is left.",
            field="postings",
        )
    seller = seller_of(folio.entity, folio.property)
    _require_treatment(lines, wish.treatment, buyer, seller.address.country)
    payments = _payments(folio, gross_minor)
    due_minor = gross_minor - sum(payment.amount_minor for payment in payments)
    draft = DocumentDraft(
        kind=DocumentKind.INVOICE,
        folio=folio,
        seller=seller,
        buyer=buyer,
        stay=stay_of(folio),
        language=written_in,
        lines=lines,
        payments=payments,
        profile=profile_of(wish.payer),
        treatment=wish.treatment,
        due_on=_due_on(wish.payer, folio.property.business_date, due_minor),
        note=clean_text(wish.note, field="note", most=400),
        request_key=wish.request_key,
    )
    return draft, groups


def profile_of(payer: Payer) -> Guest | Company | None:
    """Return the profile that a buyer was made of, if any."""
    return payer if isinstance(payer, Guest | Company) else None


def _composed(
    folio: Folio, groups: Sequence[Group], treatment: Treatment, language: str
) -> tuple[list[ComposedLine], list[Group]]:
    """Return the lines of groups, and the groups that have one: what cancelled itself out is left where it is."""
    lines = lines_of(
        items_of_postings(groups),
        language=language,
        on_top_of=on_top_of(property=folio.property),
        seller=seller_of(folio.entity, folio.property),
        treatment=treatment,
    )
    heads = {line.posting.pk for line in lines if line.posting}
    return lines, [group for group in groups if group.head.pk in heads]


def _chosen(folio: Folio, postings: Sequence[Posting] | None) -> list[Group]:
    groups = groups_to_invoice(folio=folio)
    if postings is None:
        return groups
    if any(posting.folio_id != folio.pk for posting in postings):
        raise Invalid("other_folio", "A charge stands on another folio.", field="postings")
    wanted = {posting.pk for posting in postings}
    held = InvoicedPosting.objects.filter(posting__in=wanted, holds=True).select_related("document").first()
    if held is not None:
        raise Conflict(
            "already_invoiced", f"A charge is on invoice {held.document.reference} already.", field="postings"
        )
    return [group for group in groups if wanted & {posting.pk for posting in group.postings}]


def _payments(folio: Folio, gross_minor: int) -> list[PaymentDraft]:
    """Return what was paid on the folio and is on no invoice, up to the total. Refunds are taken off the newest first."""
    left = money_left(folio=folio, kinds=[DocumentKind.INVOICE])
    rest = max(min(sum(each.left_minor for each in left), gross_minor), 0)
    found = []
    for each in left:
        amount = min(max(each.left_minor, 0), rest)
        if amount:
            found.append(PaymentDraft(each.posting, amount, each.posting.text, each.deposit))
            rest -= amount
    return found


def buyer_require(payer: Payer) -> Buyer:
    """Return the buyer. Raises Invalid `buyer_missing` for one without a name."""
    buyer = buyer_of(payer)
    if not buyer.name.strip():
        raise Invalid("buyer_missing", "Say whom the document is for.", field="buyer")
    return buyer


def currency_require(folio: Folio) -> None:
    """Refuse a folio that is not kept in the currency of the books: its VAT would have to be said in both (BT-6).

    Raises Invalid `other_currency`.
    """
    if folio.currency != folio.entity.currency:
        raise Invalid(
            "other_currency",
            f"The folio is kept in {folio.currency}, the books of {folio.entity.name} in {folio.entity.currency}.",
            field="folio",
        )


def language_wanted(payer: Payer, folio: Folio) -> str:
    """Return the language of the payer's profile, else that of the guest who stays."""
    own = payer.language if isinstance(payer, Guest | Company) else ""
    return own or (folio.reservation.guest.language if folio.reservation else "")


def _due_on(payer: Payer, today: date, due_minor: int) -> date | None:
    if due_minor <= 0:
        return None
    return today + timedelta(days=payer.payment_days if isinstance(payer, Company) else 0)


def _require_treatment(lines: Sequence[ComposedLine], treatment: Treatment, buyer: Buyer, home: str) -> None:
    """Reverse charge is for businesses of another member state, and for what is not taxed where the house stands."""
    if treatment != Treatment.REVERSE_CHARGE:
        return
    country = vat_country(buyer.vat_id)
    if buyer.kind != BuyerKind.COMPANY or not country:
        raise Invalid(
            "vat_id_missing", "Reverse charge is for a company with a VAT id of a member state.", field="buyer"
        )
    if country == home or not is_member_state(home):
        raise Invalid("same_country", "Reverse charge is between two member states.", field="buyer")
    charged = [line.content for line in lines if not line.content.is_city_tax]
    if any(line.taxes for line in charged):
        raise Invalid("vat_posted", "VAT was charged: take it off the charges first.", field="postings")
    if any(line.component in TAXED_HERE for line in charged):
        raise Invalid("taxed_here", "Accommodation is taxed where the house stands, whoever buys it.", field="postings")
