"""Credit notes: the only way to correct what was issued (T43)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db import transaction

from billing.invoices.composing import ComposedLine
from billing.invoices.enums import DocumentKind, DocumentStatus, Treatment
from billing.invoices.models import Document, DocumentLine, InvoicedPosting
from billing.invoices.selectors import content_of, lines_to_credit
from billing.invoices.services.issuing import known_document
from billing.invoices.services.writing import DocumentDraft, document_number, draft_write, folio_lock
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import retried
from pms.kernel.text import clean_text

CREDITABLE = frozenset({DocumentKind.INVOICE, DocumentKind.DEPOSIT_INVOICE})


@retried
@transaction.atomic
def credit_note_issue(
    *,
    invoice: Document,
    reason: str,
    actor: Actor,
    lines: Sequence[DocumentLine] | None = None,
    request_key: UUID | None = None,
) -> Document:
    """Give back an invoice or deposit invoice, all that is left of it or the lines named: figure for figure as issued.

    A charge is given back with all its lines (components, taxes, allowances), so naming one names them all, and it can be
    invoiced anew. The note is written to the same buyer in the same language; nothing is posted on the folio. The same
    `request_key` again returns the same credit note. Locks the folio, the books against closing, the series. Raises
    Invalid `reason_missing`, `not_creditable`, `other_invoice`, `nothing_to_credit`; Conflict `line_credited`,
    `period_closed`.
    """
    reason = clean_text(reason, field="reason", most=200)
    if not reason:
        raise Invalid("reason_missing", "Say why it is credited.", field="reason")
    folio = folio_lock(invoice.folio)
    if (known := known_document(request_key)) is not None:
        return known
    row = Document.objects.select_related("property", "entity", "folio", "guest", "company").get(pk=invoice.pk)
    if row.kind not in CREDITABLE or row.status != DocumentStatus.ISSUED:
        raise Invalid("not_creditable", "Only invoices that were issued are credited.", field="invoice")
    chosen = _chosen(row, lines)
    content = content_of(document=row)
    by_position = {line.position: line for line in content.lines}
    draft = DocumentDraft(
        kind=DocumentKind.CREDIT_NOTE,
        folio=folio,
        seller=content.seller,
        buyer=content.buyer,
        stay=content.stay,
        language=content.language,
        lines=[
            ComposedLine(replace(by_position[line.position], position=position), line.posting)
            for position, line in enumerate(chosen, start=1)
        ],
        corrected_lines=chosen,
        profile=row.company or row.guest,
        treatment=Treatment(row.treatment),
        corrects=row,
        reason=reason,
        request_key=request_key,
    )
    note = document_number(document=draft_write(draft=draft, actor=actor), groups=(), actor=actor)
    _give_back(row)
    return note


def _chosen(invoice: Document, lines: Sequence[DocumentLine] | None) -> list[DocumentLine]:
    left = lines_to_credit(invoice=invoice)
    if lines is None:
        chosen = left
    else:
        wanted = {line.pk for line in lines}
        if any(line.document_id != invoice.pk for line in lines):
            raise Invalid("other_invoice", "A line stands on another invoice.", field="lines")
        if wanted - {line.pk for line in left}:
            raise Conflict("line_credited", "A line was credited before.", field="lines")
        heads = {line.posting_id for line in left if line.pk in wanted} - {None}
        chosen = [line for line in left if line.pk in wanted or line.posting_id in heads]
    if not chosen:
        raise Invalid("nothing_to_credit", f"Nothing of {invoice.reference} is left to credit.", field="lines")
    return chosen


def _give_back(invoice: Document) -> None:
    """Let go of the charges of which no line stands any more."""
    standing = {line.posting_id for line in lines_to_credit(invoice=invoice)}
    InvoicedPosting.objects.filter(document=invoice, holds=True).exclude(head__in=standing).update(holds=False)
