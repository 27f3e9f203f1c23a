"""The list of bookings, and the same list as a file."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date
from typing import cast

from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pms.audit.services import audit_record
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.forms.listing import FilterForm
from pms.frontdesk.selectors.listing import (
    EXPORT_HEAD,
    PAGE_SIZE,
    CappedPaginator,
    Filters,
    bookings_list,
    export_rows,
    page_rows,
)
from pms.frontdesk.selectors.stays import stays

#: A spreadsheet runs a cell that begins with one of these: a quote before it keeps it a text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_safe
@desk_page("desk.view")
def bookings(request: DeskRequest) -> HttpResponse:
    """List the reservations of the property, filtered, ordered and in pages."""
    place = request.desk.property
    form = FilterForm(request.GET, place=place)
    filters = form.filters()
    keys = bookings_list(place=place, filters=filters).select_related(None).values_list("pk", flat=True)
    page = CappedPaginator(keys, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "place": place,
        "form": form,
        "filters": filters,
        "is_filtered": any(value for name, value in asdict(filters).items() if name not in {"order", "dates", "text"}),
        "page": page,
        "rows": stays(reservations=page_rows(keys=list(page.object_list)), on=place.business_date, place=place),
    }
    return render(request, "frontdesk/bookings.html", context)


class Echo:
    """A file that returns what is written to it."""

    def write(self, text: str) -> str:
        """Return text."""
        return text


@require_safe
@desk_page("desk.view")
def export(request: DeskRequest) -> HttpResponse:
    """Send the filtered list as CSV, row by row; who took it and with which filters stands in the audit."""
    place = request.desk.property
    filters = FilterForm(request.GET, place=place).filters()
    with transaction.atomic():
        audit_record(
            action="reservation.exported",
            subject_type="property",
            subject_code=place.code,
            property_code=place.code,
            actor=request.desk.actor,
            changes={"filters": [None, _told(filters)]},
        )
    rows = export_rows(reservations=bookings_list(place=place, filters=filters), place=place)
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="bookings-{place.code}-{place.business_date}.csv"'
    return cast("HttpResponse", response)


def _told(filters: Filters) -> dict[str, str]:
    return {
        name: value.isoformat() if isinstance(value, date) else str(value)
        for name, value in asdict(filters).items()
        if value
    }


def _lines(rows: Iterable[list[str]]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield "\ufeff"
    yield writer.writerow(EXPORT_HEAD)
    for row in rows:
        yield writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row])
