"""Price files: giving one, what its dry run says of each row, and saving it."""

from collections.abc import Iterator
from typing import cast
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings.rates.enums import ChangeState, FileState, RowOutcome
from bookings.rates.models import RateFile, RateFileRow
from bookings.rates.reading import COLUMNS, MAX_BYTES, MAX_ROWS
from bookings.rates.services import file_receive, file_save
from bookings.rates.writing import CSV_TYPE, Row, csv_pieces
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.forms.fields import show_refusal
from pms.frontdesk.ratefiles.forms import FileForm, SaveForm, last_day
from pms.frontdesk.ratefiles.telling import stored_preview_told, tabs
from pms.frontdesk.views.common import changed, see_other
from pms.kernel.errors import DomainError, Missing
from pms.properties.models import Property

ROWS_PER_PAGE = 100
RECENT = 8
REPORT_COLUMNS = ("row", "outcome", "cells", "changes", "column", "message")


@require_http_methods(["GET", "POST"])
@desk_page("rates.manage")
def receive(request: DeskRequest) -> HttpResponse:
    """Ask for a file; take it, and go to its dry run."""
    place = request.desk.property
    request.desk.require("rates.manage", place)
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            made = file_receive(property=place, name=upload.name or "", content=upload.read(), actor=request.desk.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return see_other(reverse("desk:rate-file", args=[made.code]))
    context = {
        "place": place,
        "tabs": tabs(request.desk, "desk:rate-import"),
        "form": form,
        "recent": RateFile.objects.filter(property=place).select_related("change")[:RECENT],
        "columns": COLUMNS,
        "most_rows": MAX_ROWS,
        "most_megabytes": MAX_BYTES // 1024 // 1024,
        "last_day": last_day(place),
        "example": _example(place),
    }
    return render(request, "frontdesk/ratefiles/import.html", context, status=422 if form.errors else 200)


@require_safe
@desk_page("rates.manage")
def file(request: DeskRequest, file: UUID) -> HttpResponse:
    """Show the dry run of a file, row by row; while it is under way, the page asks again."""
    return _page(request, _file_or_404(request, file))


@require_POST
@desk_page("rates.manage")
def save(request: DeskRequest, file: UUID) -> HttpResponse:
    """Save a file as a draft, or publish it."""
    found = _file_or_404(request, file)
    form = SaveForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form)
    try:
        found = file_save(
            file=found,
            title=form.cleaned_data["title"],
            publish="publish" in request.POST,
            actor=request.desk.actor,
        )
    except DomainError as refusal:
        show_refusal(form, refusal)
        return _page(request, found, form=form)
    if found.change is None:
        return see_other(reverse("desk:rate-file", args=[found.code]))
    told = "published" if found.change.state == ChangeState.PUBLISHED else "kept as a draft"
    return changed(
        request,
        message=f"Change {found.change.number} is {told}.",
        to=reverse("desk:rate-change", args=[found.change.number]),
    )


@require_safe
@desk_page("rates.manage")
def report(request: DeskRequest, file: UUID) -> HttpResponse:
    """Send the report of a dry run as CSV, row by row."""
    found = _file_or_404(request, file)
    rows = csv_pieces(columns=REPORT_COLUMNS, rows=_report_rows(found))
    response = StreamingHttpResponse(rows, content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="report-{str(found.code)[:8]}.csv"'
    return cast("HttpResponse", response)


def _example(place: Property) -> tuple[str, str]:
    """Return codes that the property really has, to show in an example."""
    kind = place.room_types.filter(retired_at=None).first()
    plan = place.rate_plans.filter(retired_at=None).first()
    return (kind.code if kind else "DBL", plan.code if plan else "BAR")


def _report_rows(found: RateFile) -> Iterator[Row]:
    """Yield the report in parts by number: a cursor of the server would not outlive the request's transaction."""
    last = 0
    while part := list(found.rows.filter(number__gt=last)[:5000]):
        for row in part:
            yield {
                "row": row.number,
                "outcome": row.get_outcome_display(),
                "cells": row.cells,
                "changes": row.changed,
                "column": row.column,
                "message": row.message,
            }
        last = part[-1].number


def _file_or_404(request: DeskRequest, code: UUID) -> RateFile:
    """Return the file with this code. Raises Missing, NotAllowed at the property it belongs to."""
    found = RateFile.objects.select_related("property", "change").filter(code=code).first()
    if found is None:
        raise Missing("no_such_file", "There is no such file.")
    place = request.desk.require_property(found.property_id)
    request.desk.require("rates.manage", place)
    return found


def _page(request: DeskRequest, found: RateFile, form: SaveForm | None = None) -> HttpResponse:
    asked = request.GET.get("rows", "")
    counts = {
        RowOutcome.FAULT: found.fault_count,
        RowOutcome.OK: found.ok_count,
        RowOutcome.UNCHANGED: found.unchanged_count,
    }
    first = next((outcome.value for outcome, count in counts.items() if count), "")
    outcome = asked if asked in {*RowOutcome.values, "all"} else first
    rows = RateFileRow.objects.filter(file=found)
    if outcome in RowOutcome.values:
        rows = rows.filter(outcome=outcome)
    context = {
        "place": found.property,
        "tabs": tabs(request.desk, "desk:rate-import"),
        "file": found,
        "is_working": found.state in {FileState.WAITING, FileState.SAVING},
        "preview": stored_preview_told(found.preview),
        "outcomes": [
            ("fault", "Errors", found.fault_count),
            ("ok", "Changes", found.ok_count),
            ("unchanged", "Nothing new", found.unchanged_count),
            ("all", "All rows", found.rows_count),
        ],
        "outcome": outcome,
        "page": Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "form": form or SaveForm(initial={"title": found.title}),
        "may_save": found.state == FileState.CHECKED and not found.fault_count and found.ok_count,
    }
    return render(request, "frontdesk/ratefiles/file.html", context, status=422 if form and form.errors else 200)
