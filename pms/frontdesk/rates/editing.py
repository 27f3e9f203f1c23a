"""Changing prices and restrictions: typed into a day, in bulk or in the grid; previewed; saved; taken back."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from bookings.rates.changing import Cell
from bookings.rates.enums import PRICE
from bookings.rates.models import RateChange
from bookings.rates.quoting import DayLimits
from bookings.rates.selectors import rate_matrix
from bookings.rates.services import change_preview, change_roll_back
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.forms.fields import show_refusal
from pms.frontdesk.rates.forms import BulkForm, CellsForm, DayForm, cells_written, seen_at
from pms.frontdesk.rates.render import price_text
from pms.frontdesk.rates.saving import calendar_save
from pms.frontdesk.rates.selectors import (
    PlanLine,
    Subject,
    TypeLine,
    changed_since,
    daily_price,
    own_limits,
    plan_lines,
    type_lines,
)
from pms.frontdesk.rates.telling import MOST_LINES, Prices, change_title, days_text, lines_of, to_confirm
from pms.frontdesk.views.common import changed
from pms.kernel.errors import DomainError, Invalid, Missing
from pms.kernel.money import exponent
from pms.properties.models import Property

Lines = tuple[list[TypeLine], list[PlanLine]]
#: Days over which the preview reads the prices of now.
LONGEST_LOOK = 92


@require_POST
@desk_page("rates.manage")
def preview(request: DeskRequest) -> HttpResponse:
    """Say what saving the cells would do; nothing is changed."""
    request.desk.require("rates.manage")
    lines = _lines(request.desk.property)
    form = CellsForm(request.POST, types=lines[0], plans=lines[1])
    if not form.is_valid():
        return _show_preview(request, lines, [], form=form, status=422)
    return _previewed(request, lines, form.cleaned_data["cells"], seen=form.cleaned_data["seen"].isoformat())


@require_POST
@desk_page("rates.manage")
def save(request: DeskRequest) -> HttpResponse:
    """Publish the cells as one change that can be taken back."""
    desk = request.desk
    desk.require("rates.manage")
    lines = _lines(desk.property)
    form = CellsForm(request.POST, types=lines[0], plans=lines[1])
    if not form.is_valid():
        return _show_preview(request, lines, [], form=form, status=422)
    cells, place = form.cleaned_data["cells"], desk.property
    try:
        found = change_preview(property=place, cells=cells)
        wanted = to_confirm(found, place.currency)
        if wanted and form.cleaned_data["confirm"].strip().replace(",", ".") != wanted:
            raise Invalid("not_confirmed", f"Type {wanted} to say that this price is meant.", field="confirm")
        change = calendar_save(
            place=place,
            cells=cells,
            title=form.cleaned_data["title"] or change_title(found),
            seen_at=form.cleaned_data["seen"],
            actor=desk.actor,
        )
    except DomainError as refusal:
        show_refusal(form, refusal)
        seen = form.cleaned_data["seen"].isoformat()
        return _previewed(request, lines, cells, seen=seen, form=form, status=422)
    count = change.cells_count
    return changed(
        request,
        message=f"{count:,} {'cell is' if count == 1 else 'cells are'} saved.",
        to=reverse("desk:rates"),
        undo={"url": reverse("desk:rates-undo"), "values": {"number": change.number}},
        **{"rates:changed": {"number": change.number}},
    )


@require_POST
@desk_page("rates.manage")
def undo(request: DeskRequest) -> HttpResponse:
    """Take a published change back."""
    request.desk.require("rates.manage")
    number = request.POST.get("number", "")
    here = RateChange.objects.filter(property=request.desk.property).select_related("property")
    change = here.filter(number=int(number)).first() if number.isdecimal() and len(number) < 10 else None
    if change is None:
        raise Missing("no_such_change", "There is no such change at this property.")
    change_roll_back(change=change, actor=request.desk.actor)
    return changed(
        request,
        message=f"Taken back: {change.title}.",
        to=reverse("desk:rates"),
        **{"rates:changed": {"number": change.number}},
    )


@require_http_methods(["GET", "POST"])
@desk_page("rates.manage")
def bulk(request: DeskRequest) -> HttpResponse:
    """Ask which days, types and plans get what; then show what that would do."""
    place = request.desk.property
    request.desk.require("rates.manage")
    types, plans = lines = _lines(place)
    posted = request.POST if request.method == "POST" else None
    form = BulkForm(posted, place=place, types=types, plans=plans, initial=_bulk_initial(request, place))
    if form.is_valid() and (cells := form.cells()):
        waiting = _pending(form.cleaned_data["pending"], lines)
        merged = {cell[:4]: cell for cell in (*waiting, *cells)}
        return _previewed(request, lines, list(merged.values()), seen=form.cleaned_data["seen"])
    if form.is_bound and not form.errors:
        form.add_error(None, "None of these days has a price that could be changed by so much.")
    context = {"form": form, "title": "Change many days", "decimals": exponent(place.currency)}
    return _show(request, "frontdesk/rates/_bulk.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@desk_page("rates.manage")
def cell(request: DeskRequest) -> HttpResponse:
    """Ask what one row says about a day; then show what that would do. `?type=DBL&plan=BAR&date=2026-12-04`."""
    place = request.desk.property
    request.desk.require("rates.manage")
    types, plans = lines = _lines(place)
    kind = _chosen(types, request.GET.get("type", ""), "room type")
    plan = _chosen(plans, request.GET.get("plan", ""), "rate plan")
    day = _day(request.GET.get("date", ""), place)
    subject = (kind.key if kind else None, plan.key if plan else None)
    form = DayForm(
        request.POST if request.method == "POST" else None,
        place=place,
        subject=subject,
        day=day,
        price=daily_price(subject=subject, day=day),
        limits=own_limits(place=place, first=day, until=day + timedelta(days=1)).get(subject, {}).get(day, DayLimits()),
    )
    if form.is_valid():
        cells = form.cells()
        if cells:
            return _previewed(request, lines, cells, seen=timezone.now().isoformat())
        form.add_error(None, "Nothing is changed yet.")
    context = {
        "form": form,
        "title": ", ".join([kind.name if kind else "All types", plan.name if plan else "all plans"]),
        "day": day,
        "computed": _computed(place, subject, day),
        "explain_url": _explain_url(kind, plan, day),
    }
    return _show(request, "frontdesk/rates/_cell.html", context, status=422 if form.is_bound else 200)


def _explain_url(kind: TypeLine | PlanLine | None, plan: TypeLine | PlanLine | None, day: date) -> str:
    """Return where the price of the day is explained; a row of all types or plans has no price."""
    if kind is None or plan is None:
        return ""
    asked = {
        "room_type": kind.code,
        "rate_plan": plan.code,
        "arrival": day.isoformat(),
        "departure": (day + timedelta(days=1)).isoformat(),
    }
    return f"{reverse('desk:price-explainer')}?{urlencode(asked)}"


def _computed(place: Property, subject: Subject, day: date) -> str:
    """Return the price of the day as it is now, by hand or by rule; nothing where there is none."""
    kind, plan = subject
    if kind is None or plan is None:
        return ""
    cells = rate_matrix(
        property=place,
        first=day,
        until=day + timedelta(days=1),
        rate_plan_ids=[plan],
        room_type_ids=[kind],
        at=timezone.now(),
    )
    price = cells[kind, plan][0].price_minor
    return "" if price is None else price_text(price, exponent(place.currency))


def _lines(place: Property) -> Lines:
    return type_lines(place=place), plan_lines(place=place)


def _chosen(lines: Sequence[TypeLine] | Sequence[PlanLine], code: str, what: str) -> TypeLine | PlanLine | None:
    if not code:
        return None
    for line in lines:
        if line.code == code:
            return line
    raise Missing("no_such_code", f"This property has no {what} {code}.")


def _day(text: str, place: Property) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Missing("no_such_day", "There is no such day.") from None
    if day < place.business_date:
        raise Missing("day_over", "That night is over: its prices stay as they were.")
    return day


def _bulk_initial(request: DeskRequest, place: Property) -> dict[str, Any]:
    """Return what the dialog starts with: what was selected in the grid, else everything from today on."""
    asked = request.GET
    return {
        "first_1": asked.get("first") or place.business_date,
        "last_1": asked.get("last") or place.business_date + timedelta(days=30),
        "room_types": asked.getlist("type"),
        "plans": asked.getlist("plan"),
        "field": asked.get("field", PRICE),
    }


def _pending(text: str, lines: Lines) -> list[Cell]:
    """Return what waits in the calendar already; what cannot be read is no cell."""
    if not text:
        return []
    form = CellsForm({"cells": text}, types=lines[0], plans=lines[1])
    return form.cleaned_data["cells"] if form.is_valid() else []


def _previewed(
    request: DeskRequest,
    lines: Lines,
    cells: Sequence[Cell],
    *,
    seen: str,
    form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    place = request.desk.property
    try:
        found = change_preview(property=place, cells=cells)
    except DomainError as refusal:
        return _show_preview(request, lines, cells, error=refusal.message, status=422)
    meanwhile = changed_since(place=place, cells=cells, seen_at=seen_at(seen))
    told = lines_of(cells, place=place, types=lines[0], plans=lines[1], known=_prices(place, cells))
    context: dict[str, Any] = {
        "found": found,
        "told": told[:MOST_LINES],
        "more": len(told) - MOST_LINES,
        "meanwhile": meanwhile,
        "wanted": to_confirm(found, place.currency),
        "days": days_text(found.first, found.last) if found.first and found.last else "",
        "suggested": change_title(found),
    }
    return _show_preview(request, lines, cells, form=form, status=status, **context)


def _prices(place: Property, cells: Sequence[Cell]) -> Prices:
    """Return the prices of now where prices are wished; nothing where that would be too many days to read."""
    priced = [cell for cell in cells if cell.field == PRICE and cell.room_type_id and cell.rate_plan_id]
    if not priced:
        return {}
    first, last = min(cell.date for cell in priced), max(cell.date for cell in priced)
    if (last - first).days > LONGEST_LOOK:
        return {}
    known = rate_matrix(
        property=place,
        first=first,
        until=last + timedelta(days=1),
        rate_plan_ids={cell.rate_plan_id for cell in priced if cell.rate_plan_id},
        room_type_ids={cell.room_type_id for cell in priced if cell.room_type_id},
        at=timezone.now(),
    )
    return {(*pair, day.date): day.price_minor for pair, days in known.items() for day in days}


def _show_preview(
    request: DeskRequest,
    lines: Lines,
    cells: Sequence[Cell],
    *,
    form: forms.Form | None = None,
    error: str = "",
    status: int,
    **context: Any,
) -> HttpResponse:
    errors = [error] if error else []
    if form is not None and form.errors:
        errors += [str(sentence) for sentences in form.errors.values() for sentence in sentences]
    context |= {
        "title": "Save these changes?" if context else "This cannot be saved",
        "errors": errors,
        "cells": cells_written(cells, types=lines[0], plans=lines[1]),
        "seen": timezone.now().isoformat(),
        "note": form.cleaned_data.get("title", "") if form is not None and hasattr(form, "cleaned_data") else "",
    }
    return _show(request, "frontdesk/rates/_preview.html", context, status=status)


def _show(request: DeskRequest, template: str, context: dict[str, Any], *, status: int) -> HttpResponse:
    """Answer htmx with the inside of the dialog, and any other browser with a page around it."""
    place = request.desk.property
    context |= {"place": place, "is_dialog": bool(request.htmx), "inner": template}
    page = template if request.htmx else "frontdesk/rates/page.html"
    return render(request, page, context, status=status)
