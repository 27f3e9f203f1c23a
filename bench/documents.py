"""An invoice of a week from the rows to the PDF, beside the plainest page that WeasyPrint makes."""

from functools import partial

from django.db import transaction
from django_tenants.utils import schema_context
from weasyprint import HTML

from bench.charging import ACTOR, line_of
from bench.measuring import Figure, compared, timed
from billing.folios.services import folio_open, postings_write
from billing.invoices.models import Document
from billing.invoices.rendering import render
from billing.invoices.selectors import content_of
from billing.invoices.services import invoice_issue
from guests.profiles.models import Guest
from pms.properties.models import Property
from pms.tenants.models import Organization

LINES = 20


def measure_documents(*, organization: Organization, times: int) -> list[Figure]:
    """Measure making the PDF/A-3 of an invoice with twenty lines, its XML embedded and checked."""
    with schema_context(organization.schema_name):
        document = _invoice()
        plain = timed(HTML(string="<p>Invoice</p>").write_pdf, times)
        got = timed(partial(_made, document), times)
    return [compared("documents", f"invoice of {LINES} lines as PDF/A-3", got, plain, target_ms=1500)]


def _made(document: Document) -> bytes:
    return render(content_of(document=document)).pdf


def _invoice() -> Document:
    hotel, guest = Property.objects.get(), Guest.objects.order_by("pk")[0]
    folio = folio_open(property=hotel, guest=guest, actor=ACTOR)
    drafts = [line_of(folio, number) for number in range(LINES)]
    with transaction.atomic():
        postings_write(drafts=drafts, date=hotel.business_date, actor=ACTOR)
    return invoice_issue(folio=folio, buyer=guest, actor=ACTOR)
