"""Papers to take along: invoices as they were stored, the confirmation, the stay in a calendar."""

from hashlib import sha256

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from guests.messaging.calendars import calendar_of
from guests.messaging.papers import confirmation_pdf
from guests.portal.guarding import Visit, behind_link
from guests.portal.selectors import documents_for
from pms.kernel.errors import Conflict, Missing


@require_safe
@behind_link
def document(request: HttpRequest, visit: Visit, document: str) -> HttpResponse:
    """Hand out an issued document of this booking's guest, byte for byte; while it is being made a page asks again."""
    rows = [row for stay in visit.booking.reservations.all() for row in documents_for(reservation=stay)]
    found = next((row for row in rows if row.code == document), None)
    if found is None:
        raise Missing("no_such_document", "There is no such document.")
    if found.rendered_at is None:
        page = render(request, "portal/waiting.html", {"token": visit.token, "name": found.reference}, status=202)
        page["Refresh"] = "2"
        return page
    with default_storage.open(found.pdf_file) as file:
        content = bytes(file.read())
    if sha256(content).hexdigest() != found.pdf_sha256:
        raise Conflict("document_damaged", f"The file of {found.reference} is not the one that was issued.")
    return _file(content, "application/pdf", f"{found.reference}.pdf")


@require_safe
@behind_link
def confirmation(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Hand out the booking on paper, as it is now: the paper that came with the mail."""
    content = confirmation_pdf(booking=visit.booking, language=get_language() or "en")
    return _file(content, "application/pdf", f"{visit.booking.code}.pdf")


@require_safe
@behind_link
def calendar(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Hand out the stays for the guest's calendar: what came with the mail, so that a calendar knows them again."""
    content = calendar_of(booking=visit.booking, language=get_language() or "en")
    return _file(content, "text/calendar; charset=utf-8", f"{visit.booking.code}.ics")


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=content_type, headers=headers)
