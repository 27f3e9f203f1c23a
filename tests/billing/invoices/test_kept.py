"""What was issued stays: the database refuses every change but the rendering, once (T43)."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from billing.invoices.enums import DocumentKind
from billing.invoices.models import Document, DocumentLine, InvoicedPosting
from billing.invoices.services import invoice_draft, invoice_issue, series_for
from tests.billing.invoices.cases import pay
from tests.house import TESTER


@pytest.fixture
def invoice(folio, greta):
    pay(folio, 4_000)
    return invoice_issue(folio=folio, buyer=greta, actor=TESTER)


def refuses(change, words="never changed"):
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        change()


@pytest.mark.parametrize(
    "values",
    [
        {"gross_minor": 1, "net_minor": 1},
        {"buyer": {}},
        {"reference": "INV-2026-00009"},
        {"note": "x"},
        {"status": "draft", "series": None, "year": None, "number": None, "reference": "", "issued_on": None},
    ],
)
def test_a_document(invoice, values):
    refuses(lambda: Document.objects.filter(pk=invoice.pk).update(**values))


def test_nothing_beside_the_rendering(invoice):
    rendering = {"rendered_at": timezone.now(), "pdf_file": "a.pdf", "pdf_sha256": "0" * 64}
    refuses(lambda: Document.objects.filter(pk=invoice.pk).update(**rendering, note="x"))
    assert Document.objects.filter(pk=invoice.pk).update(**rendering) == 1
    refuses(lambda: Document.objects.filter(pk=invoice.pk).update(**rendering))


def test_its_parts(invoice):
    for rows in (invoice.lines, invoice.tax_rows, invoice.payments):
        refuses(lambda rows=rows: rows.update(position=99))
        refuses(lambda rows=rows: rows.all().delete())
    line = invoice.lines.get()
    line.pk, line.position = None, 2
    refuses(line.save)


def test_it_is_not_deleted(invoice):
    def delete():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM invoices_document WHERE id = %s", [invoice.pk])

    refuses(delete, "never deleted")


@pytest.mark.parametrize("table", ["invoices_document", "invoices_documentline", "invoices_invoicedposting"])
def test_nothing_is_emptied(invoice, table):
    def truncate():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"TRUNCATE {table} CASCADE")

    refuses(truncate, "never emptied")


def test_what_it_holds(invoice):
    refuses(lambda: InvoicedPosting.objects.all().delete(), "only given back")
    InvoicedPosting.objects.update(holds=False)
    refuses(lambda: InvoicedPosting.objects.update(holds=True), "only given back")


def test_a_posting_is_held_once(invoice, folio, greta):
    held = InvoicedPosting.objects.get()
    draft = Document.objects.create(
        code="D", entity=folio.entity, property=folio.property, folio=folio, kind="invoice", seller={}, buyer={}
    )
    refuses(
        lambda: InvoicedPosting.objects.create(document=draft, posting=held.posting, head=held.head), "ux_invoiced_once"
    )


def test_what_does_not_add_up_is_not_issued(folio, greta):
    draft = invoice_draft(folio=folio, buyer=greta, actor=TESTER)
    DocumentLine.objects.filter(document=draft).update(net_minor=1, gross_minor=1)
    numbered = {"status": "issued", "year": 2026, "number": 1, "reference": "INV-1", "issued_at": timezone.now()}
    series = {"series": _series(folio), "issued_on": folio.property.business_date}
    refuses(lambda: Document.objects.filter(pk=draft.pk).update(**numbered, **series), "lines sum to it")


def _series(folio):
    return series_for(entity=folio.entity, kind=DocumentKind.INVOICE)
