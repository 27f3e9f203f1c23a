"""Rendering, in the background and outside transactions. The rows say what has no PDF yet; the queue only wakes."""

from collections.abc import Mapping
from datetime import timedelta

import structlog
from django.utils import timezone

from billing.invoices.content import CardContent, FolioContent, StatementContent
from billing.invoices.enums import DocumentStatus, PrintKind
from billing.invoices.kept import from_json
from billing.invoices.models import Document, Print
from billing.invoices.rendering import render
from billing.invoices.selectors import content_of
from billing.invoices.services.storing import document_store, print_store
from pms.kernel.jobs import enqueue_in_tenant

logger = structlog.get_logger(__name__)

CONTENTS: Mapping[str, type[FolioContent] | type[CardContent] | type[StatementContent]] = {
    PrintKind.FOLIO: FolioContent,
    PrintKind.CARD: CardContent,
    PrintKind.STATEMENT: StatementContent,
}
#: How many documents one sweep takes up.
SWEEP = 200
#: What was asked for a moment ago is on its way.
GRACE = timedelta(seconds=30)


def render_document(document_id: int) -> None:
    """Render an issued document, once."""
    rows = Document.objects.filter(pk=document_id, status=DocumentStatus.ISSUED, rendered_at=None)
    document = rows.select_related("corrects", "folio__property").first()
    if document is None:
        logger.info("document_rendered_already", document_id=document_id)
        return
    rendered = render(content_of(document=document))
    document_store(document=document, pdf=rendered.pdf, xml=rendered.xml, obstacle=rendered.obstacle)


def render_print(print_id: int) -> None:
    """Render a print, once."""
    row = Print.objects.filter(pk=print_id, rendered_at=None).first()
    if row is not None:
        print_store(row=row, pdf=render(from_json(CONTENTS[row.kind], row.content)).pdf)


def sweep() -> None:
    """Wake the rendering of what has no PDF yet: the queue may have forgotten it."""
    before = timezone.now() - GRACE
    documents = Document.objects.filter(status=DocumentStatus.ISSUED, rendered_at=None, issued_at__lt=before)
    for document_id in documents.order_by("pk").values_list("pk", flat=True)[:SWEEP]:
        enqueue_in_tenant("billing.invoices.jobs.render_document", document_id=document_id)
    prints = Print.objects.filter(rendered_at=None, asked_at__lt=before).order_by("pk")
    for print_id in prints.values_list("pk", flat=True)[:SWEEP]:
        enqueue_in_tenant("billing.invoices.jobs.render_print", print_id=print_id)
