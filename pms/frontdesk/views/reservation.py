"""The page of a reservation and of a booking, the sheet beside the chart, and what is written about a stay."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from bookings.lifecycle.services import reservation_details_set
from bookings.reservations.models import Reservation
from guests.messaging.selectors import messages_of, questions_of
from guests.profiles.services import guest_change
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.forms.details import DetailsForm, GuestNotesForm
from pms.frontdesk.selectors.reservation import reservation_page, stay_of
from pms.frontdesk.selectors.sold import conditions_of
from pms.frontdesk.selectors.stays import stays
from pms.frontdesk.views.common import booking_or_404, changed, reservation_or_404, reservation_url

#: How many of the last messages a booking's page shows.
MESSAGES = 50


@require_safe
@desk_page("desk.view")
def reservation(request: DeskRequest, code: str) -> HttpResponse:
    """Show everything about a reservation."""
    row = reservation_or_404(request, code)
    page = reservation_page(reservation=row, places=request.desk.properties)
    context = {
        "page": page,
        "stay": page.stay,
        "reservation": row,
        "may_change": request.desk.allows("reservation.change", row.property),
        "may_explain": request.desk.allows("rates.view", row.property),
        "may_see_guest": request.desk.allows("guest.manage", row.property),
        "details": _details(row),
    }
    return render(request, "frontdesk/reservation.html", context)


@require_safe
@desk_page("desk.view")
def sheet(request: DeskRequest, code: str) -> HttpResponse:
    """Show the sheet of a reservation: what stands beside the chart; without htmx the whole page of it."""
    row = reservation_or_404(request, code)
    template = "frontdesk/_sheet.html" if request.htmx else "frontdesk/sheet.html"
    context = {"stay": stay_of(reservation=row), "reservation": row, "conditions": conditions_of(row)}
    return render(request, template, context)


@require_safe
@desk_page("desk.view")
def booking(request: DeskRequest, code: str) -> HttpResponse:
    """Show a booking with its reservations."""
    found = booking_or_404(request, code)
    rows = found.reservations.select_related("guest", "room_type", "rate_plan", "property", "booking", "hold")
    place = request.desk.require_property(found.property_id)
    listed = stays(reservations=rows.order_by("arrival", "pk"), on=place.business_date, place=place)
    total = sum(stay.reservation.grand_total_minor for stay in listed if stay.reservation.ended_at is None)
    said = {"questions": questions_of(booking=found), "written": messages_of(booking=found)[:MESSAGES]}
    context = {"booking": found, "stays": listed, "total_minor": total, "place": place, **said}
    return render(request, "frontdesk/booking.html", context)


@require_http_methods(["GET", "POST"])
@desk_page("reservation.change")
def details(request: DeskRequest, code: str) -> HttpResponse:
    """Change the notes, special requests, tags or hour of arrival of a reservation, in place."""
    row = reservation_or_404(request, code)
    request.desk.require("reservation.change", row.property)
    form = DetailsForm(request.POST) if request.method == "POST" else _details(row)
    if request.method == "POST" and form.is_valid():
        reservation_details_set(reservation=row, actor=request.desk.actor, **form.changes())
        events = {"reservation:changed": {"code": row.code, "verb": "details"}}
        return changed(request, message="Saved.", to=reservation_url(row.code), **events)
    return _form(request, row, form, "Notes and requests", "desk:reservation-details")


@require_http_methods(["GET", "POST"])
@desk_page("guest.manage")
def guest(request: DeskRequest, code: str) -> HttpResponse:
    """Change the profile of the guest of a reservation."""
    row = reservation_or_404(request, code)
    request.desk.require("guest.manage", row.property)
    form = GuestNotesForm(request.POST if request.method == "POST" else None, instance=row.guest)
    if request.method == "POST" and form.is_valid():
        guest_change(guest=row.guest, actor=request.desk.actor, **form.cleaned_data)
        events = {"reservation:changed": {"code": row.code, "verb": "guest"}}
        return changed(request, message="The profile is saved.", to=reservation_url(row.code), **events)
    return _form(request, row, form, f"Profile of {row.guest.full_name}", "desk:reservation-guest")


def _details(row: Reservation) -> DetailsForm:
    return DetailsForm(
        initial={
            "notes": row.notes,
            "special_requests": row.special_requests,
            "tags": ", ".join(row.tags),
            "arrival_time": row.arrival_time.strftime("%H:%M") if row.arrival_time else "",
        }
    )


def _form(request: DeskRequest, row: Reservation, form: forms.BaseForm, title: str, url_name: str) -> HttpResponse:
    context = {"reservation": row, "form": form, "title": title, "url_name": url_name}
    template = "frontdesk/details_dialog.html" if request.htmx else "frontdesk/details.html"
    return render(request, template, context, status=422 if form.is_bound else 200)
