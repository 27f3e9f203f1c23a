"""The availability calendar of a property: a page, its region for htmx, and JSON, all of the same days."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from bookings.checkout import structured
from bookings.checkout.indicative import in_two_currencies
from bookings.checkout.refusals import rule_said
from bookings.funnel.limits import limited
from bookings.funnel.visitors import remembers
from bookings.rates.wishes import Wish, wish_query, wish_read, wish_usual
from bookings.website.asked import day_read, month_read, property_address
from bookings.website.calendar import Calendar, CalendarDay, calendar
from bookings.website.saying import day_said
from bookings.website.selectors import listed
from pms.kernel.errors import Invalid
from pms.properties.models import Property


@limited("calendar", per_minute=60)
@require_GET
@vary_on_headers("HX-Request", "Accept")
@remembers
@in_two_currencies
def calendar_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show two months; each day that can be picked is a link that picks it."""
    place = listed(code=code)
    found, wish = calendar_asked(request.GET, place)
    if request.accepts("application/json") and not request.accepts("text/html"):
        return JsonResponse(_as_json(found))
    context = calendar_context(found, wish) | {"property": place, "structured": _structured(request, found)}
    template = "website/calendar.html#region" if request.headers.get("HX-Request") else "website/calendar.html"
    return render(request, template, context)


def _structured(request: HttpRequest, found: Calendar) -> SafeString | None:
    """Return the lowest night that is shown as search engines read it; None where no day can be picked."""
    priced = [(day.night_minor, day.date, day.nights_min) for day in found.days if day.night_minor and day.nights_min]
    if not priced:
        return None
    night_minor, first, nights = min(priced)
    offer = structured.night_offer(
        night_minor=night_minor,
        currency=found.place.currency,
        first=first,
        until=first + timedelta(days=nights),
        url=request.build_absolute_uri(request.path),
    )
    here = request.build_absolute_uri(reverse("website:property", args=[found.place.code]))
    return structured.json_ld({**structured.house(found.place, address=here), "makesOffer": [offer]})


def calendar_asked(params: QueryDict, place: Property) -> tuple[Calendar, Wish]:
    """Return the calendar that an address asks for, and whom it is for; guests that make no sense are two adults."""
    usual = wish_usual(today=place.business_date)
    dates = {"arrival": usual.arrival.isoformat(), "departure": usual.departure.isoformat()}
    guests = {name: params.get(name, "") for name in ("adults", "children", "rooms", "code")}
    try:
        wish = wish_read(guests | dates, today=place.business_date) or usual
    except Invalid:
        wish = usual
    arrival = day_read(params, "arrival")
    found = calendar(
        place=place,
        month=month_read(params) or arrival or place.business_date,
        wish=wish,
        arrival=arrival,
        departure=day_read(params, "departure"),
        at=timezone.now(),
    )
    return found, wish


def calendar_context(found: Calendar, wish: Wish) -> dict[str, Any]:
    """Return what `website/calendar.html#region` shows."""
    guests = _guests(wish)
    months = [
        (month.first, [[day and _cell(day, found, guests) for day in week] for week in month.weeks])
        for month in found.months
    ]
    chosen = None
    if found.arrival and found.departure:
        chosen = replace(wish, arrival=found.arrival, departure=found.departure)
    return {
        "calendar": found,
        "months": months,
        "earlier": found.earlier and _address(found, guests, found.earlier, found.arrival, found.departure),
        "later": found.later and _address(found, guests, found.later, found.arrival, found.departure),
        "anew": _address(found, guests, found.months[0].first, None, None),
        "chosen": chosen,
        "go_on": chosen and property_address(found.place, chosen),
    }


def _cell(day: CalendarDay, found: Calendar, guests: str) -> dict[str, Any]:
    """Return a day and where picking it leads: the arrival first, then the departure, then another arrival."""
    month = found.months[0].first
    address = ""
    if found.arrival is not None and found.departure is None and day.departs:
        address = _address(found, guests, month, found.arrival, day.date)
    elif day.arrives:
        address = _address(found, guests, month, day.date, None)
    ends = found.departure is None and day.departs
    inside = bool(found.arrival and found.departure and found.arrival < day.date < found.departure)
    return {
        "day": day,
        "address": address,
        "ends": ends,
        "words": day_said(day, currency=found.place.currency, ends=ends),
        "is_arrival": day.date == found.arrival,
        "is_departure": day.date == found.departure,
        "is_inside": inside,
        "is_today": day.date == found.today,
    }


def _address(found: Calendar, guests: str, month: date, arrival: date | None, departure: date | None) -> str:
    dates = [("arrival", arrival), ("departure", departure)]
    query = "&".join(
        [f"month={month:%Y-%m}", *(f"{name}={value.isoformat()}" for name, value in dates if value), guests]
    )
    return f"{reverse('website:calendar', args=[found.place.code])}?{query}"


def _guests(wish: Wish) -> str:
    """Return the wish's query string without its dates."""
    return "&".join(pair for pair in wish_query(wish).split("&") if not pair.startswith(("arrival=", "departure=")))


def _as_json(found: Calendar) -> dict[str, Any]:
    """Return the calendar as the embedded widget takes it; amounts are minor units of the currency."""
    return {
        "property": found.place.code,
        "currency": found.place.currency,
        "today": found.today.isoformat(),
        "arrival": found.arrival and found.arrival.isoformat(),
        "departure": found.departure and found.departure.isoformat(),
        "days": [
            {
                "date": day.date.isoformat(),
                "arrives": day.arrives,
                "nights_min": day.nights_min,
                "earliest_departure": day.nights_min and (day.date + timedelta(days=day.nights_min)).isoformat(),
                "night_minor": day.night_minor,
                "closed_to_departure": day.closed_to_departure,
                "departs": day.departs,
                "refusal": day.refusal and {"code": day.refusal.code, "message": rule_said(day.refusal, nights=1)},
            }
            for day in found.days
        ],
    }
