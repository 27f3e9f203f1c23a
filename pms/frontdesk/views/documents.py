"""Documents on paper: the PDF that was stored, byte for byte, for whoever may issue documents at its property."""

from hashlib import sha256
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.invoices.enums import DocumentStatus
from billing.invoices.models import Document, Print
from billing.invoices.selectors import document_get
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.kernel.errors import Conflict, Missing

#: Seconds after which a page that waits for a PDF asks again.
ASK_AGAIN = "2"


@require_safe
@desk_page("invoice.issue")
def pdf(request: DeskRequest, code: str) -> HttpResponse:
    """Show the PDF of a document; while it is being made a page that asks again."""
    document = _document(request, code)
    if document.rendered_at is None:
        return _waiting(request, document.reference)
    content = _stored(document.pdf_file)
    if sha256(content).hexdigest() != document.pdf_sha256:
        raise Conflict("document_damaged", f"The file of {document.reference} is not the one that was issued.")
    return _file(content, "application/pdf", f"{document.reference}.pdf")


@require_safe
@desk_page("invoice.issue")
def xml(request: DeskRequest, code: str) -> HttpResponse:
    """Hand out the EN 16931 XML of a document by itself. Raises Missing where there is none, saying why."""
    document = _document(request, code)
    if not document.xml:
        raise Missing("no_xml", document.xml_obstacle or "The XML is being made. Please try again in a moment.")
    return _file(document.xml.encode(), "application/xml", f"{document.reference}.xml", inline=False)


@require_safe
@desk_page("invoice.issue")
def printed(request: DeskRequest, code: UUID) -> HttpResponse:
    """Show the PDF of a folio, registration card or statement that was printed."""
    rows = Print.objects.select_related("property").filter(property__in=request.desk.properties)
    row = rows.filter(code=code).first()
    if row is None:
        raise Missing("no_such_print", "There is no such print at your properties.")
    request.desk.require("invoice.issue", row.property)
    if row.rendered_at is None:
        return _waiting(request, row.get_kind_display())
    return _file(_stored(row.pdf_file), "application/pdf", f"{row.kind}-{row.asked_at:%Y-%m-%d}.pdf")


def _document(request: DeskRequest, code: str) -> Document:
    found = document_get(code=code, property_ids=[place.pk for place in request.desk.properties])
    if found is None or found.status != DocumentStatus.ISSUED:
        raise Missing("no_such_document", f"There is no document {code} at your properties.")
    request.desk.require("invoice.issue", found.property)
    return found


def _stored(name: str) -> bytes:
    if not default_storage.exists(name):
        raise Missing("file_missing", "The file is not where it was stored. Please tell whoever runs the storage.")
    with default_storage.open(name) as file:
        return bytes(file.read())


def _file(content: bytes, content_type: str, name: str, *, inline: bool = True) -> HttpResponse:
    disposition = "inline" if inline else "attachment"
    headers = {
        "Content-Disposition": f'{disposition}; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)


def _waiting(request: DeskRequest, name: str) -> HttpResponse:
    page = render(request, "frontdesk/document_waiting.html", {"name": name}, status=202)
    page["Refresh"] = ASK_AGAIN
    page["Cache-Control"] = "private, no-store"
    return page
