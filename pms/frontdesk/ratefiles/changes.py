"""Versions of prices: the list, one of them, publishing, rolling back, throwing a draft away."""

from collections.abc import Sequence
from typing import Any, cast

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings.rates.enums import ChangeState
from bookings.rates.models import RateChange
from bookings.rates.services import (
    change_discard,
    change_preview,
    change_publish,
    change_roll_back,
    change_roll_back_preview,
)
from bookings.rates.services.judging import Names
from bookings.rates.versions import CellRange, ChangeRanges, change_cells
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.ratefiles.telling import moved_lines, preview_told, range_lines, stored_preview_told, tabs
from pms.frontdesk.views.common import changed
from pms.kernel.errors import Conflict, DomainError, Missing

PAGE_SIZE = 50
RANGES_PER_PAGE = 100
#: A draft with more cells shows the preview of its file, or none: asking anew would take seconds.
MOST_PREVIEWED = 20_000


@require_safe
@desk_page("rates.manage")
def changes(request: DeskRequest) -> HttpResponse:
    """List the versions of the property's prices, newest first, by state and title."""
    place = request.desk.property
    request.desk.require("rates.manage", place)
    state, text = request.GET.get("state", ""), request.GET.get("q", "").strip()[:120]
    rows = RateChange.objects.filter(property=place)
    if state in ChangeState.values:
        rows = rows.filter(state=state)
    if text and "\x00" not in text:
        rows = rows.filter(title__icontains=text)
    context = {
        "place": place,
        "tabs": tabs(request.desk, "desk:rate-changes"),
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "states": [("", "All"), *ChangeState.choices],
        "state": state,
        "text": text,
        "is_filtered": bool(state or text),
    }
    return render(request, "frontdesk/ratefiles/changes.html", context)


@require_safe
@desk_page("rates.manage")
def change(request: DeskRequest, change: int) -> HttpResponse:
    """Show a version: who made it, and its cells as ranges with both values."""
    return _page(request, _change_or_404(request, change))


@require_POST
@desk_page("rates.manage")
def publish(request: DeskRequest, change: int) -> HttpResponse:
    """Publish a draft; with `over`, even over what changed since it was made."""
    found = _change_or_404(request, change)
    try:
        change_publish(change=found, actor=request.desk.actor, expect_before="over" not in request.POST)
    except DomainError as refusal:
        return _page(request, found, refusal=refusal)
    return changed(request, message=f"Change {found.number} is published.", to=_url(found))


@require_http_methods(["GET", "POST"])
@desk_page("rates.manage")
def roll_back(request: DeskRequest, change: int) -> HttpResponse:
    """Show what rolling back would put back; on the yes, do it."""
    found = _change_or_404(request, change)
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            change_roll_back(change=found, actor=request.desk.actor, leave_moved="leave" in request.POST)
        except DomainError as error:
            refusal = error
        else:
            return changed(request, message=f"Change {found.number} is rolled back.", to=_url(found))
    preview = change_roll_back_preview(change=found)
    context = {
        "place": found.property,
        "tabs": tabs(request.desk, "desk:rate-changes"),
        "change": found,
        "preview": preview,
        "moved": moved_lines(preview.moved, Names(found.property)),
        "more": max(0, len(preview.moved) - len(moved_lines(preview.moved, Names(found.property)))),
        "refusal": refusal,
    }
    return render(request, "frontdesk/ratefiles/roll_back.html", context, status=422 if refusal else 200)


@require_POST
@desk_page("rates.manage")
def discard(request: DeskRequest, change: int) -> HttpResponse:
    """Throw a draft away."""
    found = _change_or_404(request, change)
    try:
        change_discard(change=found, actor=request.desk.actor)
    except DomainError as refusal:
        return _page(request, found, refusal=refusal)
    return changed(request, message=f"Draft {found.number} is gone.", to=reverse("desk:rate-changes"))


def _change_or_404(request: DeskRequest, number: int) -> RateChange:
    """Return the change with this number at the chosen property. Raises NotAllowed, Missing."""
    place = request.desk.property
    request.desk.require("rates.manage", place)
    found = RateChange.objects.select_related("property").filter(property=place, number=number).first()
    if found is None:
        raise Missing("no_such_change", f"There is no change {number} at {place.name}.")
    return found


def _page(request: DeskRequest, found: RateChange, refusal: DomainError | None = None) -> HttpResponse:
    names = Names(found.property)
    page = Paginator(cast("Sequence[CellRange]", ChangeRanges(found)), RANGES_PER_PAGE).get_page(
        request.GET.get("page")
    )
    moved = refusal.context.get("moved", ()) if isinstance(refusal, Conflict) else ()
    shown = moved_lines(moved, names)
    context = {
        "place": found.property,
        "tabs": tabs(request.desk, "desk:rate-changes"),
        "change": found,
        "file": found.files.first(),
        "page": page,
        "lines": range_lines(page.object_list, names),
        "preview": _preview(found),
        "refusal": refusal,
        "moved": shown,
        "more": len(moved) - len(shown),
    }
    return render(request, "frontdesk/ratefiles/change.html", context, status=422 if refusal else 200)


def _preview(found: RateChange) -> dict[str, Any]:
    """Return what publishing a draft would do; nothing for what is published, or cannot be any more."""
    if found.state != ChangeState.DRAFT:
        return {}
    if found.cells_count > MOST_PREVIEWED:
        file = found.files.first()
        return stored_preview_told(file.preview) if file else {}
    try:
        return preview_told(change_preview(property=found.property, cells=change_cells(change=found)))
    except DomainError:
        return {}


def _url(found: RateChange) -> str:
    return reverse("desk:rate-change", args=[found.number])
