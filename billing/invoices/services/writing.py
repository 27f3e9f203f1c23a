"""Writing a document: first as a draft with all its rows, then issued with a number. What was issued is never touched."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from billing.folios.models import Folio, Posting
from billing.invoices.composing import ComposedLine, Group
from billing.invoices.content import Buyer, ContentLine, Seller, Stay
from billing.invoices.enums import DocumentKind, DocumentStatus, Treatment
from billing.invoices.figures import tax_rows
from billing.invoices.models import Document, DocumentLine, DocumentPayment, DocumentTax, InvoicedPosting
from billing.invoices.services.numbering import day_require_open, number_take, series_for
from billing.invoices.snapshots import as_json
from guests.profiles.models import Company, Guest
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.codes import random_code
from pms.kernel.jobs import enqueue_in_tenant
from pms.kernel.locking import lock
from pms.kernel.money import round_ratio

CODE_LENGTH = 10


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    """What a document will say was paid."""

    posting: Posting
    amount_minor: int
    text: str
    deposit: DocumentPayment | None = None


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A document to be written. `profile` is whom the buyer was made of, if anybody."""

    kind: DocumentKind
    folio: Folio
    seller: Seller
    buyer: Buyer
    stay: Stay
    language: str
    lines: Sequence[ComposedLine]
    payments: Sequence[PaymentDraft] = ()
    profile: Guest | Company | None = None
    treatment: Treatment = Treatment.STANDARD
    corrects: Document | None = None
    corrected_lines: Sequence[DocumentLine] = ()
    due_on: date | None = None
    reason: str = ""
    note: str = ""
    request_key: UUID | None = None

    @property
    def contents(self) -> list[ContentLine]:
        """What the lines say."""
        return [line.content for line in self.lines]


def folio_lock(folio: Folio) -> Folio:
    """Lock a folio, open or closed, and return it with what documents ask of it."""
    rows = Folio.objects.filter(pk=folio.pk)
    (row,) = lock(
        rows.select_related("entity", "property", "guest", "company", "reservation__guest", "reservation__room_type")
    )
    return row


def draft_write(*, draft: DocumentDraft, actor: Actor) -> Document:
    """Write a document as a draft, with its rows, in the caller's transaction."""
    folio = draft.folio
    days = [line.service_on for line in draft.contents if line.service_on]
    nights = [line.service_on + timedelta(days=1) for line in draft.contents if line.service_on and line.is_night]
    document = Document.objects.create(
        code=random_code(CODE_LENGTH),
        entity=folio.entity,
        property=folio.property,
        folio=folio,
        kind=draft.kind,
        language=draft.language,
        currency=folio.currency,
        due_on=draft.due_on,
        service_from=min(days, default=None),
        service_until=max([*days, *nights], default=None),
        seller=as_json(draft.seller),
        buyer=as_json(draft.buyer),
        stay=as_json(draft.stay),
        guest=draft.profile if isinstance(draft.profile, Guest) else None,
        company=draft.profile if isinstance(draft.profile, Company) else None,
        treatment=draft.treatment,
        net_minor=sum(line.net_minor for line in draft.contents),
        tax_minor=sum(line.tax_minor for line in draft.contents),
        gross_minor=sum(line.gross_minor for line in draft.contents),
        paid_minor=sum(payment.amount_minor for payment in draft.payments),
        corrects=draft.corrects,
        reason=draft.reason,
        note=draft.note,
        request_key=draft.request_key,
        actor_label=actor.label[:160],
    )
    _rows_write(document, draft)
    return document


def _rows_write(document: Document, draft: DocumentDraft) -> None:
    corrected: Iterable[DocumentLine | None] = draft.corrected_lines or [None] * len(draft.lines)
    DocumentLine.objects.bulk_create(
        [
            line_row(document, line.content, posting=line.posting, corrects=original)
            for line, original in zip(draft.lines, corrected, strict=True)
        ]
    )
    DocumentTax.objects.bulk_create(
        [
            DocumentTax(
                document=document,
                position=position,
                category=row.category,
                name=row.name[:80],
                percent=row.percent,
                base_minor=row.base_minor,
                tax_minor=row.tax_minor,
            )
            for position, row in enumerate(tax_rows(draft.contents), start=1)
        ]
    )
    DocumentPayment.objects.bulk_create(
        [_payment_row(document, payment, position) for position, payment in enumerate(draft.payments, start=1)]
    )


def line_row(
    document: Document, line: ContentLine, *, posting: Posting | None, corrects: DocumentLine | None = None
) -> DocumentLine:
    """Return the row of a line."""
    single = line.taxes[0] if len(line.taxes) == 1 else None
    return DocumentLine(
        document=document,
        position=line.position,
        posting=posting,
        corrects=corrects,
        text=line.text[:200],
        service_on=line.service_on,
        quantity=line.quantity,
        is_night=line.is_night,
        net_minor=line.net_minor,
        tax_code=single.code if single else "",
        tax_percent=single.percent if single else None,
        tax_minor=line.tax_minor,
        gross_minor=line.gross_minor,
        taxes=[
            {
                "code": tax.code,
                "name": tax.name,
                "percent": None if tax.percent is None else f"{tax.percent.normalize():f}",
                "base_minor": tax.base_minor,
                "amount_minor": tax.amount_minor,
            }
            for tax in line.taxes
        ],
        component=line.component,
        is_city_tax=line.is_city_tax,
        category=line.category,
        reason=line.reason[:200],
    )


def _payment_row(document: Document, payment: PaymentDraft, position: int) -> DocumentPayment:
    """The row of a payment; of a deposit invoice that was for more, its share of net and VAT."""
    deposit = payment.deposit.document if payment.deposit else None
    tax_minor = 0
    if deposit is not None and deposit.gross_minor:
        tax_minor = round_ratio(deposit.tax_minor * payment.amount_minor, deposit.gross_minor)
    return DocumentPayment(
        document=document,
        position=position,
        posting=payment.posting,
        paid_on=payment.posting.date,
        text=payment.text[:160],
        amount_minor=payment.amount_minor,
        deposit=deposit,
        deposit_net_minor=payment.amount_minor - tax_minor if deposit else 0,
        deposit_tax_minor=tax_minor,
    )


def document_number(*, document: Document, groups: Sequence[Group], actor: Actor) -> Document:
    """Issue a draft: hold its charges, give it the next number of its series on the property's business date.

    Call with the folio locked; locks the books against closing, then the series. Raises Conflict `period_closed`; the
    database refuses a charge that another invoice holds.
    """
    on = document.property.business_date
    day_require_open(entity=document.entity, on=on)
    InvoicedPosting.objects.bulk_create(
        [
            InvoicedPosting(document=document, posting=posting, head=group.head)
            for group in groups
            for posting in group.postings
        ]
    )
    document.series = series_for(entity=document.entity, kind=DocumentKind(document.kind))
    document.year, document.number, document.reference = number_take(series=document.series, on=on)
    document.status = DocumentStatus.ISSUED
    document.issued_on, document.issued_at = on, timezone.now()
    document.save(
        update_fields=["series", "year", "number", "reference", "status", "issued_on", "issued_at"],
    )
    told(document, "issued", actor)
    enqueue_in_tenant("billing.invoices.jobs.render_document", document_id=document.pk)
    return document


def told(document: Document, verb: str, actor: Actor) -> None:
    """Write audit and event of a document."""
    number = document.reference or document.code
    audit_record(
        action=f"{document.kind}.{verb}",
        subject_type="document",
        subject_code=document.code,
        property_code=document.property.code,
        actor=actor,
        reason=document.reason,
        changes={"number": [None, number], "gross_minor": [None, document.gross_minor]},
    )
    event_publish(
        kind=f"{document.kind}.{verb}",
        subject_type="document",
        subject_code=document.code,
        payload={
            "number": number,
            "property": document.property.code,
            "folio": document.folio.code,
            "gross_minor": document.gross_minor,
            "currency": document.currency,
        },
    )
