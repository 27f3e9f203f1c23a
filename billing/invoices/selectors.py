"""Documents read: what of a folio can be invoiced, what a document says, what a company owes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum

from billing.folios.enums import MONEY, UNINVOICED, PostingKind
from billing.folios.models import Folio, Posting
from billing.folios.services.charging import ARRIVED
from billing.invoices.composing import Group
from billing.invoices.content import ContentLine, DocumentContent, LineTax, OpenItem, Payment, TaxRow
from billing.invoices.enums import DocumentKind, DocumentStatus, TaxCategory
from billing.invoices.models import Document, DocumentLine, DocumentPayment, InvoicedPosting
from billing.invoices.snapshots import buyer_from_json, seller_from_json, stay_from_json
from billing.taxes.enums import PercentBase, TaxKind
from billing.taxes.models import Tax
from guests.profiles.models import Company
from pms.properties.models import Property


def groups_to_invoice(*, folio: Folio) -> list[Group]:
    """Return what is on a folio and on no invoice that stands: charges with what belongs to them. Two queries."""
    rows = Posting.objects.filter(folio=folio).exclude(of_kind__in=UNINVOICED)
    rows = rows.select_related("reservation__room_type").order_by("service_date", "pk")
    by_key = {row.pk: row for row in rows}
    taken = set(InvoicedPosting.objects.filter(posting__in=by_key, holds=True).values_list("posting_id", flat=True))
    members: dict[int, list[Posting]] = {}
    for row in by_key.values():
        if row.parent_id in by_key:
            row.parent = by_key[row.parent_id]
        if row.pk not in taken:
            members.setdefault(_head(row, by_key).pk, []).append(row)
    return [Group(by_key[key], tuple(postings)) for key, postings in members.items()]


def _head(row: Posting, by_key: dict[int, Posting]) -> Posting:
    """The charge that a line belongs to: a tax to what it was counted on, a correction to what it corrects."""
    seen = row
    while True:
        above = seen.parent_id if seen.of_kind == PostingKind.TAX and seen.parent_id in by_key else seen.corrects_id
        if above not in by_key:
            return seen
        seen = by_key[above or 0]


def invoiced_elsewhere(*, groups: Sequence[Group]) -> Document | None:
    """Return an invoice of another folio that stands and has a charge of these, which was moved here after it was issued.

    One query where something was moved.
    """
    came = [group.head.source for group in groups if group.head.source.endswith(ARRIVED)]
    if not came:
        return None
    held = InvoicedPosting.objects.filter(holds=True)
    left = Posting.objects.filter(source__in=[source.removesuffix(ARRIVED) for source in came])
    left = left.exclude(pk__in=held.values("posting"))
    row = held.filter(posting__in=left.values("corrects")).select_related("document").first()
    return row.document if row else None


def on_top_of(*, property: Property) -> dict[str, tuple[str, ...]]:
    """Return which taxes of a property are VAT on a city tax, and on which. One query."""
    rows = Tax.objects.filter(property=property, kind=TaxKind.CITY_TAX, percent_base=PercentBase.TAXES)
    return {row.code: tuple(row.on_top_of) for row in rows}


#: What credit notes have given back of the document that a payment stands on.
CREDITED = Subquery(
    Document.objects.filter(corrects=OuterRef("document"), status=DocumentStatus.ISSUED)
    .order_by()
    .values("corrects")
    .annotate(sum=Sum("gross_minor"))
    .values("sum")
)


@dataclass(frozen=True, slots=True)
class MoneyLeft:
    """What of a payment on a folio no document of the kind has named yet. `deposit` was issued for it."""

    posting: Posting
    left_minor: int
    deposit: DocumentPayment | None = None


def money_left(*, folio: Folio, kinds: Sequence[DocumentKind]) -> list[MoneyLeft]:
    """Return the payments of a folio with what documents of these kinds that stand have left of them. Two queries."""
    rows = list(Posting.objects.filter(folio=folio, of_kind__in=MONEY).order_by("date", "pk"))
    named = DocumentPayment.objects.filter(posting__in=rows, document__in=standing()).select_related("document")
    named = named.annotate(credited_minor=CREDITED).order_by("document", "-position")
    taken: dict[int, int] = {}
    deposits: dict[int, DocumentPayment] = {}
    freed: dict[int, int] = {}
    for row in named:
        document = row.document
        # What was credited of a document needs no payment any more: the last it names are free first.
        excess = freed.setdefault(
            document.pk, max(document.paid_minor - document.gross_minor + (row.credited_minor or 0), 0)
        )
        free = min(excess, row.amount_minor)
        freed[document.pk] = excess - free
        if document.kind in kinds:
            taken[row.posting_id] = taken.get(row.posting_id, 0) + row.amount_minor - free
        if document.kind == DocumentKind.DEPOSIT_INVOICE:
            deposits[row.posting_id] = row
    return [MoneyLeft(row, -row.amount_minor - taken.get(row.pk, 0), deposits.get(row.pk)) for row in rows]


def standing() -> QuerySet[Document]:
    """Return the issued documents of which not everything was credited."""
    uncredited = DocumentLine.objects.filter(document=OuterRef("pk")).exclude(
        Exists(DocumentLine.objects.filter(corrects=OuterRef("pk"), document__status=DocumentStatus.ISSUED))
    )
    return Document.objects.filter(Exists(uncredited), status=DocumentStatus.ISSUED)


def lines_to_credit(*, invoice: Document) -> list[DocumentLine]:
    """Return the lines of an invoice that no credit note has given back."""
    credited = DocumentLine.objects.filter(corrects=OuterRef("pk"), document__status=DocumentStatus.ISSUED)
    return list(invoice.lines.exclude(Exists(credited)).order_by("position"))


def document_get(*, code: str, property_ids: Sequence[int]) -> Document | None:
    """Return the document called code at one of the properties, or None."""
    rows = Document.objects.filter(code=code, property_id__in=property_ids)
    return rows.select_related("property", "entity", "folio", "corrects").first()


def documents_of(*, folio: Folio) -> QuerySet[Document]:
    """Return the issued documents of a folio, newest first."""
    return Document.objects.filter(folio=folio, status=DocumentStatus.ISSUED).select_related("corrects")


def content_of(*, document: Document) -> DocumentContent:
    """Return what a document says, from its own rows alone. Three queries."""
    return DocumentContent(
        kind=DocumentKind(document.kind),
        number=document.reference,
        language=document.language,
        currency=document.currency,
        issued_on=document.issued_on or document.folio.property.business_date,
        seller=seller_from_json(document.seller),
        buyer=buyer_from_json(document.buyer),
        lines=tuple(_line(row) for row in document.lines.order_by("position")),
        tax_rows=tuple(
            TaxRow(TaxCategory(row.category), row.name, row.percent, row.base_minor, row.tax_minor)
            for row in document.tax_rows.order_by("position")
        ),
        payments=tuple(_payment(row) for row in document.payments.select_related("deposit").order_by("position")),
        service_from=document.service_from,
        service_until=document.service_until,
        due_on=document.due_on,
        stay=stay_from_json(document.stay),
        folio=document.folio.code,
        corrects_number=document.corrects.reference if document.corrects else "",
        corrects_on=document.corrects.issued_on if document.corrects else None,
        reason=document.reason,
        note=document.note,
    )


def _line(row: DocumentLine) -> ContentLine:
    return ContentLine(
        position=row.position,
        text=row.text,
        net_minor=row.net_minor,
        gross_minor=row.gross_minor,
        taxes=tuple(tax_from_json(tax) for tax in row.taxes),
        service_on=row.service_on,
        quantity=row.quantity,
        is_night=row.is_night,
        component=row.component,
        is_city_tax=row.is_city_tax,
        category=TaxCategory(row.category),
        reason=row.reason,
    )


def tax_from_json(kept: dict[str, Any]) -> LineTax:
    """Return a tax as a line keeps it."""
    percent = kept["percent"]
    return LineTax(
        kept["code"],
        kept["name"],
        None if percent is None else Decimal(percent),
        kept["base_minor"],
        kept["amount_minor"],
    )


def _payment(row: DocumentPayment) -> Payment:
    return Payment(
        paid_on=row.paid_on,
        text=row.text,
        amount_minor=row.amount_minor,
        deposit_number=row.deposit.reference if row.deposit else "",
        deposit_on=row.deposit.issued_on if row.deposit else None,
        deposit_net_minor=row.deposit_net_minor,
        deposit_tax_minor=row.deposit_tax_minor,
    )


def open_items(*, company: Company, property_ids: Sequence[int], currency: str) -> list[OpenItem]:
    """Return a company's invoices on whose folios something is still owed, oldest first.

    What was paid on a folio after its invoices were issued pays them in the order of their numbers: an invoice is open
    with what is left of the folio's balance, the newest first.
    """
    rows = Document.objects.filter(
        company=company,
        property_id__in=property_ids,
        currency=currency,
        kind=DocumentKind.INVOICE,
        folio__balance_minor__gt=0,
        pk__in=standing(),
    )
    found: list[OpenItem] = []
    left: dict[int, int] = {}
    for row in rows.select_related("folio").order_by("-issued_on", "-pk"):
        rest = left.setdefault(row.folio_id, row.folio.balance_minor)
        still_open = min(rest, row.due_minor - _credited(row))
        left[row.folio_id] = rest - max(still_open, 0)
        if still_open > 0:
            guest = stay_from_json(row.stay).guest
            issued_on = row.issued_on or date.min
            found.append(OpenItem(row.reference, issued_on, row.due_on, guest, row.gross_minor, still_open))
    return found[::-1]


def _credited(invoice: Document) -> int:
    credited = invoice.corrections.filter(status=DocumentStatus.ISSUED).aggregate(sum=Sum("gross_minor"))
    return int(credited["sum"] or 0)
