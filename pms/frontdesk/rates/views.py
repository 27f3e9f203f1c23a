"""The page of the rates calendar: the grid, and the list of days that a phone shows."""

from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from pms.frontdesk.chart.render import day_heads
from pms.frontdesk.chart.views import window_title
from pms.frontdesk.chart.window import Choice
from pms.frontdesk.desk import Desk, DeskRequest, desk_page, url_or_empty
from pms.frontdesk.rates.listing import days_listed
from pms.frontdesk.rates.outward import channel_choices, channels_offered
from pms.frontdesk.rates.render import Painter
from pms.frontdesk.rates.selectors import Calendar, calendar_read, recent_changes
from pms.frontdesk.rates.window import choices, window_of, window_remember
from pms.kernel.money import exponent


@gzip_page
@vary_on_headers("HX-Request", "Sec-CH-UA-Mobile")
@require_safe
@desk_page("rates.view")
def rates(request: DeskRequest) -> HttpResponse:
    """Show prices, restrictions and rooms left of the chosen property."""
    desk = request.desk
    desk.require("rates.view")
    place = desk.property
    told = channels_offered(desk)
    read = calendar_read(place=place, window=window_of(request, today=place.business_date), connections=told)
    window = read.window
    heads = day_heads(window, read.availability, [line.key for line in read.types])
    months, year = window_title(heads)
    context = {
        "place": place,
        "calendar": read,
        "window": window,
        "heads": heads,
        "months": months,
        "year": year,
        "decimals": exponent(place.currency),
        "may_change": desk.allows("rates.manage"),
        "changes": recent_changes(place=place),
        "here": window.address(),
        "seen": timezone.now().isoformat(),
        "bulk_query": _bulk_query(read),
        "elsewhere": elsewhere(desk),
        "explain_url": url_or_empty("desk:price-explainer"),
        **(channel_choices(window, told) if told else {}),
        **choices(
            window,
            [(line.code, line.name) for line in read.every_type],
            [(line.code, line.name) for line in read.every_plan],
        ),
    }
    if window.view == "list":
        context["days_listed"] = days_listed(read, currency=place.currency)
    else:
        context["rows"] = mark_safe(Painter(read, place.currency).paint())  # noqa: S308 - escaped in render.py
    only_part = request.htmx.target == "rates-page"
    response = render(request, f"frontdesk/rates/calendar.html{'#page' if only_part else ''}", context)
    window_remember(response, request, window)
    return response


def elsewhere(desk: Desk) -> list[Choice]:
    """Return the other pages about prices that there are and that the user may open."""
    pages = (
        ("desk:rate-changes", "All versions", "rates.manage", "list"),
        ("desk:rate-import", "Import a file", "rates.manage", "file-text"),
        ("desk:rate-export", "Export a file", "rates.view", "external-link"),
    )
    return [
        Choice(label, url, current=False, look=icon)
        for name, label, permission, icon in pages
        if desk.allows(permission) and (url := url_or_empty(name))
    ]


def _bulk_query(read: Calendar) -> str:
    """Return what the bulk dialog starts with when nothing is selected: the days and the filter that are looked at."""
    window = read.window
    first = max(window.first, window.today)
    pairs = {"first": first.isoformat(), "last": max(window.until - timedelta(days=1), first).isoformat()}
    pairs |= {"type": window.room_type} if window.room_type else {}
    pairs |= {"plan": window.plan} if window.plan else {}
    return "?" + urlencode(pairs)
