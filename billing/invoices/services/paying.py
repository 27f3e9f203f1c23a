"""Documents about money before or beside an invoice: deposit invoices, pro formas, receipts."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from billing.folios.enums import MONEY
from billing.folios.models import Folio, Posting
from billing.invoices.composing import ComposedLine, Item, items_of_postings, lines_of
from billing.invoices.content import Buyer, ContentLine
from billing.invoices.enums import DocumentKind, DocumentStatus, TaxCategory, Treatment
from billing.invoices.models import Document
from billing.invoices.selectors import groups_to_invoice, money_left, on_top_of
from billing.invoices.services.issuing import (
    buyer_require,
    currency_require,
    known_document,
    language_wanted,
    profile_of,
)
from billing.invoices.services.writing import (
    DocumentDraft,
    PaymentDraft,
    document_number,
    draft_write,
    folio_lock,
)
from billing.invoices.snapshots import Payer, seller_of, stay_of
from billing.invoices.sold import deposit_lines, items_sold
from billing.invoices.wording import language_of, words
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import retried
from pms.kernel.text import clean_text

#: How the source of a line begins that follows from what was sold (billing.folios.services.stays).
OF_THE_STAY = "stay:"


@retried
@transaction.atomic
def deposit_invoice_issue(
    *,
    folio: Folio,
    buyer: Payer,
    actor: Actor,
    payments: Sequence[Posting] | None = None,
    language: str = "",
    request_key: UUID | None = None,
) -> Document:
    """Issue a deposit invoice for what was paid ahead on a folio: the payments named, or all that no document names yet.

    The amount is shared out over what the stay was sold as, and bears the VAT of its rates in that proportion; city tax
    and what bears no VAT bear none here. The invoice of the stay deducts it. Locks as invoice_issue does. Raises Invalid
    `buyer_missing`, `nothing_to_invoice`, `other_folio`, `not_a_payment`, `other_currency`; Conflict `period_closed`.
    """
    row = folio_lock(folio)
    if (known := known_document(request_key)) is not None:
        return known
    whom = buyer_require(buyer)
    currency_require(row)
    paid = _ahead(row, payments)
    amount_minor = sum(payment.amount_minor for payment in paid)
    if amount_minor <= 0:
        raise Invalid("nothing_to_invoice", "No payment on this folio waits for a deposit invoice.", field="payments")
    written_in = language_of(language, language_wanted(buyer, row))
    said = words(written_in)
    whole = _composed(row, items_sold(reservation=row.reservation) if row.reservation else [], written_in)
    text = f"{said['kind_deposit']}, {said['reservation']} {row.reservation.code}" if row.reservation else ""
    lines = deposit_lines(whole, amount_minor=amount_minor, text=text or f"{said['kind_deposit']}, {row.label}")
    draft = DocumentDraft(
        kind=DocumentKind.DEPOSIT_INVOICE,
        folio=row,
        seller=seller_of(row.entity, row.property),
        buyer=whom,
        stay=stay_of(row),
        language=written_in,
        lines=[ComposedLine(_without_vat(line, said["exempt_reason"]), None) for line in lines],
        payments=paid,
        profile=profile_of(buyer),
        request_key=request_key,
    )
    return document_number(document=draft_write(draft=draft, actor=actor), groups=(), actor=actor)


def _ahead(folio: Folio, payments: Sequence[Posting] | None) -> list[PaymentDraft]:
    """Return the payments that no invoice and no deposit invoice names: wholly, refunds taken off the newest."""
    _require_payments(folio, payments)
    left = money_left(folio=folio, kinds=[DocumentKind.INVOICE, DocumentKind.DEPOSIT_INVOICE])
    wanted = {posting.pk for posting in payments} if payments is not None else None
    rest = max(sum(each.left_minor for each in left), 0)
    found = []
    for each in left:
        amount = min(max(each.left_minor, 0), rest)
        if amount and (wanted is None or each.posting.pk in wanted):
            found.append(PaymentDraft(each.posting, amount, each.posting.text))
            rest -= amount
    return found


def _require_payments(folio: Folio, payments: Sequence[Posting] | None) -> None:
    for posting in payments or ():
        if posting.folio_id != folio.pk:
            raise Invalid("other_folio", "A payment stands on another folio.", field="payments")
        if posting.of_kind not in MONEY:
            raise Invalid("not_a_payment", "A deposit invoice is for payments.", field="payments")


def _without_vat(line: ContentLine, reason: str) -> ContentLine:
    """A share that nothing says of how VAT looks at it is exempt: the books owe none for it."""
    if line.taxes or line.category != TaxCategory.STANDARD:
        return line
    return ContentLine(
        position=line.position,
        text=line.text,
        net_minor=line.net_minor,
        gross_minor=line.gross_minor,
        category=TaxCategory.EXEMPT,
        reason=reason,
    )


def _composed(folio: Folio, items: list[Item], language: str) -> list[ComposedLine]:
    return lines_of(
        items,
        language=language,
        on_top_of=on_top_of(property=folio.property),
        seller=seller_of(folio.entity, folio.property),
        treatment=Treatment.STANDARD,
    )


@retried
@transaction.atomic
def pro_forma(
    *, folio: Folio, buyer: Payer, actor: Actor, language: str = "", note: str = "", request_key: UUID | None = None
) -> Document:
    """Write a pro forma: what the stay was sold as, with what was charged by hand so far. No invoice, and no VAT is owed.

    It has a number of its own series, holds nothing and names no payment. Locks the folio and the series. Raises Invalid
    `buyer_missing`, `nothing_to_invoice`; Conflict `negative_total`, `period_closed`.
    """
    row = folio_lock(folio)
    if (known := known_document(request_key)) is not None:
        return known
    whom = buyer_require(buyer)
    written_in = language_of(language, language_wanted(buyer, row))
    lines = _composed(row, _whole_stay(row), written_in)
    if not lines:
        raise Invalid("nothing_to_invoice", "Nothing was sold or charged on this folio.", field="folio")
    if sum(line.content.gross_minor for line in lines) < 0:
        raise Conflict("negative_total", "More was given back than charged.", field="folio")
    draft = DocumentDraft(
        kind=DocumentKind.PRO_FORMA,
        folio=row,
        seller=seller_of(row.entity, row.property),
        buyer=whom,
        stay=stay_of(row),
        language=written_in,
        lines=lines,
        profile=profile_of(buyer),
        note=clean_text(note, field="note", most=400),
        request_key=request_key,
    )
    return document_number(document=draft_write(draft=draft, actor=actor), groups=(), actor=actor)


def _whole_stay(folio: Folio) -> list[Item]:
    """Return what was sold on a main folio, with what stands there beside it; on another folio what stands there."""
    groups = groups_to_invoice(folio=folio)
    if folio.reservation is None or not folio.is_main:
        return items_of_postings(groups)
    by_hand = [group for group in groups if not group.head.source.startswith(OF_THE_STAY)]
    return [*items_sold(reservation=folio.reservation), *items_of_postings(by_hand)]


@retried
@transaction.atomic
def receipt(*, payment: Posting, actor: Actor, buyer: Payer | None = None, language: str = "") -> Document:
    """Write the receipt of a payment or refund; one that has a receipt keeps it. No invoice: it says what moved.

    Locks the folio and the series. Raises Invalid `not_a_payment`, `buyer_missing`; Conflict `period_closed`.
    """
    if payment.of_kind not in MONEY:
        raise Invalid("not_a_payment", "A receipt is for a payment.", field="payment")
    row = folio_lock(payment.folio)
    there = Document.objects.filter(
        kind=DocumentKind.RECEIPT, status=DocumentStatus.ISSUED, payments__posting=payment
    ).select_related("property", "entity", "folio")
    if (known := there.first()) is not None:
        return known
    payer: Payer = buyer or row.company or row.guest or Buyer(name=row.label)
    whom = buyer_require(payer)
    written_in = language_of(language, language_wanted(payer, row))
    said = words(written_in)
    about = f"{said['reservation']} {row.reservation.code}" if row.reservation else f"{said['folio']} {row.code}"
    line = ContentLine(
        position=1,
        text=about,
        net_minor=-payment.amount_minor,
        gross_minor=-payment.amount_minor,
        service_on=payment.date,
        category=TaxCategory.OUTSIDE,
    )
    draft = DocumentDraft(
        kind=DocumentKind.RECEIPT,
        folio=row,
        seller=seller_of(row.entity, row.property),
        buyer=whom,
        stay=stay_of(row),
        language=written_in,
        lines=[ComposedLine(line, payment)],
        payments=[PaymentDraft(payment, -payment.amount_minor, payment.text)],
        profile=profile_of(payer),
    )
    return document_number(document=draft_write(draft=draft, actor=actor), groups=(), actor=actor)
