"""The reports as files. Who took which stands in the audit."""

from typing import cast

from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.ledger.datev import CONTENT_TYPE, datev_file, datev_obstacles
from bookings.rates.writing import CSV_TYPE, XLSX_TYPE, csv_pieces, xlsx_pieces
from pms.audit.services import audit_record
from pms.frontdesk.books.files import SHEETS
from pms.frontdesk.books.scope import Books, needed
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.kernel.errors import Missing


@require_safe
@desk_page("books.view")
def send(request: DeskRequest, what: str, kind: str) -> HttpResponse:
    """Send a report as CSV or XLSX, in pieces."""
    books = needed(request)
    if what not in SHEETS or kind not in {"csv", "xlsx"}:
        raise Missing("no_such_file", "There is no such file.")
    sheet = SHEETS[what](request, books)
    _audit(request, books, f"{what}.{kind}")
    if kind == "csv":
        response = StreamingHttpResponse(csv_pieces(columns=sheet.columns, rows=sheet.rows), content_type=CSV_TYPE)
    else:
        pieces = xlsx_pieces(columns=sheet.columns, rows=sheet.rows, sheet_name=what.replace("-", " ").capitalize())
        response = StreamingHttpResponse(pieces, content_type=XLSX_TYPE)
    name = f"{sheet.name}-{books.entity.code}-{books.period.code}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return cast("HttpResponse", response)


@require_safe
@desk_page("books.view")
def datev(request: DeskRequest) -> HttpResponse:
    """Send the period for DATEV, or say what must be put right before."""
    books = needed(request)
    entity, period = books.entity, books.period
    obstacles = datev_obstacles(entity=entity, first=period.first, last=period.last)
    if obstacles:
        context = {"books": books, "obstacles": obstacles}
        return render(request, "frontdesk/books/datev.html", context, status=409)
    _audit(request, books, "datev")
    zone = books.places[0].zone if books.places else timezone.get_default_timezone()
    content = datev_file(entity=entity, first=period.first, last=period.last, made_at=timezone.now().astimezone(zone))
    response = HttpResponse(content, content_type=CONTENT_TYPE)
    name = f"EXTF_Buchungsstapel_{entity.code}_{period.code}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _audit(request: DeskRequest, books: Books, what: str) -> None:
    with transaction.atomic():
        audit_record(
            action="books.exported",
            subject_type="legal_entity",
            subject_code=books.entity.code,
            actor=request.desk.actor,
            changes={"file": [None, what], "period": [None, books.period.code]},
        )
