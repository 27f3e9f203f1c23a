"""Prices and restrictions as a file, chosen on a page, sent while it is written."""

from typing import cast

from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bookings.rates.exporting import Wanted, export_rows
from bookings.rates.writing import CSV_TYPE, XLSX_TYPE, csv_pieces, xlsx_pieces
from pms.audit.services import audit_record
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.ratefiles.forms import ExportForm
from pms.frontdesk.ratefiles.telling import tabs

WRITERS = {"csv": (csv_pieces, CSV_TYPE), "xlsx": (xlsx_pieces, XLSX_TYPE)}


@require_safe
@desk_page("rates.view")
def choose(request: DeskRequest) -> HttpResponse:
    """Ask what to export."""
    place = request.desk.property
    request.desk.require("rates.view", place)
    return _page(request, ExportForm(place=place, initial=ExportForm.begin(place)))


@require_safe
@desk_page("rates.view")
def send(request: DeskRequest) -> HttpResponse:
    """Send what was chosen, in pieces; who took it stands in the audit."""
    place = request.desk.property
    request.desk.require("rates.view", place)
    form = ExportForm(request.GET, place=place)
    if not form.is_valid():
        return _page(request, form)
    wanted = form.wanted()
    extension = form.cleaned_data["format"]
    _audit(request, wanted)
    write, content_type = WRITERS[extension]
    pieces = write(columns=wanted.columns, rows=export_rows(wanted=wanted))
    response = StreamingHttpResponse(pieces, content_type=content_type)
    name = f"rates-{place.code}-{wanted.first}-{wanted.last}.{extension}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return cast("HttpResponse", response)


def _audit(request: DeskRequest, wanted: Wanted) -> None:
    with transaction.atomic():
        audit_record(
            action="rates.exported",
            subject_type="property",
            subject_code=wanted.place.code,
            property_code=wanted.place.code,
            actor=request.desk.actor,
            changes={
                "days": [None, [wanted.first, wanted.last]],
                "room_types": [None, [row.code for row in wanted.room_types] or "all"],
                "rate_plans": [None, [row.code for row in wanted.rate_plans] or "all"],
                "fields": [None, list(wanted.fields)],
            },
        )


def _page(request: DeskRequest, form: ExportForm) -> HttpResponse:
    context = {"place": form.place, "tabs": tabs(request.desk, "desk:rate-export"), "form": form}
    return render(request, "frontdesk/ratefiles/export.html", context, status=422 if form.errors else 200)
