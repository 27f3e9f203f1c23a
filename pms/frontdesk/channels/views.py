"""The pages that only show: all connections, one of them, what it was told cell by cell, the log, a channel's booking."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from channels.connections.services import channels_allowed
from channels.sync.reporting import reportables, words_for_extranet
from channels.sync.selectors import (
    PAGE_LOG,
    channel_booking_of,
    connections_of,
    exchanges_of,
    healths,
    kinds_said,
    told_of,
)
from channels.sync.showing import SHOWN_DAYS, cells_shown
from channels.sync.telling import horizon
from pms.frontdesk.channels import reading
from pms.frontdesk.channels.forms import LogForm
from pms.frontdesk.channels.scope import (
    SEE,
    exchange_or_404,
    house_tabs,
    may_manage,
    next_step,
    not_in_plan,
    shown_or_404,
)
from pms.frontdesk.channels.words import circuit_of, situation_of
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.forms.fields import day_or
from pms.frontdesk.views.common import booking_or_404
from pms.kernel.errors import Missing


@require_safe
@desk_page(SEE)
def overview(request: DeskRequest) -> HttpResponse:
    """Show every connection of the property and how it is doing."""
    request.desk.require(SEE)
    place, now = request.desk.property, timezone.now()
    rows = connections_of([place])
    if not rows and not channels_allowed():
        return not_in_plan(request)
    found = healths(rows, now=now)
    context = {
        "place": place,
        "rows": [(health, situation_of(health, now=now)) for health in found],
        "tabs": house_tabs(request, open_cases=sum(health.open_cases for health in found)),
        "may_manage": may_manage(request.desk),
    }
    return render(request, "frontdesk/channels/overview.html", context)


@require_safe
@desk_page(SEE)
def connection(request: DeskRequest, channel: str) -> HttpResponse:
    """Show how a connection is doing: in words, in figures, what failed last, what waits for somebody."""
    shown = shown_or_404(request, channel)
    now = timezone.now()
    health = healths([shown.connection], now=now)[0]
    recent = exchanges_of([shown.connection], wanted=LogForm({"failures": "on"}).filters(), most=5)
    context = {
        "shown": shown,
        "place": shown.place,
        "health": health,
        "situation": situation_of(health, now=now),
        "circuit": circuit_of(health, now=now),
        "failures": recent,
        "cases": reading.cases_by_kind(health),
        "now": now,
        "next_step": next_step(shown, is_mapped=health.rooms > health.unmapped_rooms),
    }
    return render(request, "frontdesk/channels/connection.html", context)


@require_safe
@desk_page(SEE)
def cells(request: DeskRequest, channel: str) -> HttpResponse:
    """Show what the channel was last told, day by day, beside what is true now."""
    shown = shown_or_404(request, channel)
    today, end = shown.place.business_date, horizon(shown.connection, shown.facts)
    first = min(max(day_or(request.GET.get("from"), today), today), max(today, end - timedelta(days=SHOWN_DAYS)))
    days = min(SHOWN_DAYS, (end - first).days)
    lines = cells_shown(shown.connection, first=first, days=days, now=timezone.now())
    context = {
        "shown": shown,
        "place": shown.place,
        "lines": lines,
        "dates": [first + timedelta(days=number) for number in range(days)],
        "first": first,
        "earlier": max(today, first - timedelta(days=SHOWN_DAYS)) if first > today else None,
        "later": first + timedelta(days=SHOWN_DAYS) if first + timedelta(days=SHOWN_DAYS) < end else None,
        "differing": sum(bool(cell.differs) for line in lines for cell in line.cells),
    }
    return render(request, "frontdesk/channels/cells.html", context)


@require_safe
@desk_page(SEE)
def day(request: DeskRequest, channel: str, day: str) -> HttpResponse:
    """Show every value of one day: what the channel was told, when, whether it refused, and what is true."""
    shown = shown_or_404(request, channel)
    today, end = shown.place.business_date, horizon(shown.connection, shown.facts)
    wanted = day_or(day, today - timedelta(days=1))
    if not today <= wanted < end:
        raise Missing("no_such_day", "The channel is not told of this day.")
    lines = cells_shown(shown.connection, first=wanted, days=1, now=timezone.now())
    one = timedelta(days=1)
    context = {
        "shown": shown,
        "place": shown.place,
        "day": wanted,
        "lines": lines,
        "before": wanted - one if wanted > today else None,
        "after": wanted + one if wanted + one < end else None,
    }
    return render(request, "frontdesk/channels/day.html", context)


@require_safe
@desk_page(SEE)
def log(request: DeskRequest) -> HttpResponse:
    """Show what was said to the channels of a property and what they answered, newest first."""
    request.desk.require(SEE)
    place, now = request.desk.property, timezone.now()
    rows = connections_of([place])
    form = LogForm(request.GET)
    wanted = form.filters()
    found = exchanges_of(rows, wanted=wanted, before=form.cleaned_data.get("before"))
    asked: dict[str, Any] = {
        name: request.GET[name] for name in ("connection", "direction", "what", "failures") if name in request.GET
    }
    older = urlencode(asked | {"before": found[-1].at.isoformat()}) if len(found) == PAGE_LOG else ""
    context = {
        "place": place,
        "rows": found,
        "connections": rows,
        "kinds": kinds_said(rows, now=now),
        "wanted": wanted,
        "directions": LogForm.directions,
        "older": older,
        "is_filtered": bool(asked),
        "tabs": house_tabs(request, open_cases=sum(health.open_cases for health in healths(rows, now=now))),
    }
    return render(request, "frontdesk/channels/log.html", context)


@require_safe
@desk_page(SEE)
def exchange(request: DeskRequest, exchange: UUID) -> HttpResponse:
    """Show one exchange whole, as it is stored: keys and cards masked."""
    row = exchange_or_404(request, exchange)
    context = {
        "row": row,
        "place": row.connection.property,
        "request_text": reading.laid_out(row.request),
        "response_text": reading.laid_out(row.response),
    }
    return render(request, "frontdesk/channels/exchange.html", context)


@require_safe
@desk_page(SEE)
def booking(request: DeskRequest, code: str) -> HttpResponse:
    """Show a booking as its channel told it: money, card, every message, and the letters these came in."""
    found = booking_or_404(request, code)
    place = request.desk.require_property(found.property_id)
    request.desk.require(SEE, place)
    known = channel_booking_of(found)
    if known is None:
        raise Missing("no_channel", f"Booking {code} did not come from a channel.")
    told = told_of(known)
    context = {
        "booking": found,
        "known": known,
        "place": place,
        "told": told,
        "messages_told": reading.messages_told(told),
        "card": reading.card_of(known, today=place.business_date),
        "reportables": reportables(known),
        "extranet": words_for_extranet(known),
        "may_report": request.desk.allows("reservation.cancel", place),
    }
    return render(request, "frontdesk/channels/booking.html", context)
