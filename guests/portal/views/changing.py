"""Changing and cancelling one room: what it costs is shown before the yes, and the yes holds only for what was shown."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings.checkout.refusals import said
from bookings.lifecycle.services import reservation_details_set
from bookings.reservations.enums import OccupantKind
from bookings.reservations.models import Reservation
from guests.portal.forms import CancelForm, RequestsForm, StayForm, names_form
from guests.portal.guarding import Visit, behind_link
from guests.portal.selectors import room_of
from guests.portal.services import (
    ChangePreview,
    guests_name,
    stay_cancel,
    stay_cancel_preview,
    stay_change,
    stay_change_preview,
)
from pms.kernel.errors import Conflict, DomainError


@require_http_methods(["GET", "POST"])
@behind_link
def change(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Ask for other dates or guests (GET), show what it costs, and do it on the yes (POST)."""
    row = visit.room(code)
    if request.method == "POST":
        form = StayForm(request.POST)
        if form.is_valid():
            try:
                stay_change(
                    reservation=row,
                    wish=form.wish,
                    version=form.cleaned_data["version"],
                    total_seen_minor=form.cleaned_data["total_minor"],
                    actor=visit.actor,
                )
            except DomainError as refusal:
                return _change_page(request, visit, visit.room(code), form, refusal=refusal)
            return _home(visit, "changed")
        return _change_page(request, visit, row, form, status=422)
    asked = "arrival" in request.GET
    form = StayForm(request.GET if asked else None, initial=StayForm.of(row))
    preview = None
    if asked and form.is_valid():
        preview = stay_change_preview(reservation=row, wish=form.wish, version=row.version, actor=visit.actor)
    return _change_page(request, visit, row, form, preview=preview, status=422 if asked and preview is None else 200)


def _change_page(
    request: HttpRequest,
    visit: Visit,
    row: Reservation,
    form: StayForm,
    *,
    preview: ChangePreview | None = None,
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    refusal = refusal or (preview.refusal if preview else None)
    context = {
        "form": form,
        "room": room_of(reservation=row),
        "preview": preview if preview and not preview.refusal else None,
        "refused": said(refusal) if refusal else "",
        "alternatives": preview.alternatives if preview else refusal.context.get("alternatives", ()) if refusal else (),
        "token": visit.token,
        "booking": visit.booking,
    }
    return render(request, "portal/change.html", context, status=refusal.status if refusal else status)


@require_http_methods(["GET", "POST"])
@behind_link
def cancel(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Show the fee and what comes back (GET); cancel on the yes (POST), if both still hold."""
    row, refused, status = visit.room(code), "", 200
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            stay_cancel(
                reservation=row,
                version=form.cleaned_data["version"],
                fee_seen_minor=form.cleaned_data["fee_minor"],
                reason=form.cleaned_data["reason"],
                actor=visit.actor,
            )
        except Conflict as refusal:
            row, refused, status = visit.room(code), said(refusal), refusal.status
        else:
            return _home(visit, "cancelled")
    preview = stay_cancel_preview(reservation=row, version=row.version, actor=visit.actor)
    if preview.refusal is not None:
        refused, status = said(preview.refusal), preview.refusal.status
    context = {
        "preview": preview if preview.refusal is None else None,
        "refused": refused,
        "room": room_of(reservation=row),
        "token": visit.token,
        "booking": visit.booking,
    }
    return render(request, "portal/cancel.html", context, status=status)


@require_http_methods(["GET", "POST"])
@behind_link
def guests(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Name those who sleep here."""
    row = visit.room(code)
    people = list(row.occupants.filter(kind=OccupantKind.ADULT).select_related("guest").order_by("pk"))
    form = names_form(people, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            guests_name(reservation=row, names=form.names, actor=visit.actor)
        except DomainError as refusal:
            form.add_error(None, said(refusal))
        else:
            return _home(visit, "guests")
    return _form_page(request, visit, row, form, _("Who is coming?"))


@require_http_methods(["GET", "POST"])
@behind_link
def requests(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Say when the guest comes, and what they wish for."""
    row = visit.room(code)
    initial = {"special_requests": row.special_requests, "arrival_time": row.arrival_time}
    form = RequestsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            if not room_of(reservation=row).may_ask:
                raise Conflict("not_changeable", "This stay cannot be changed any more.")
            reservation_details_set(reservation=row, actor=visit.actor, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, said(refusal))
        else:
            return _home(visit, "requests")
    return _form_page(request, visit, row, form, _("Arrival and wishes"))


def _form_page(request: HttpRequest, visit: Visit, row: Reservation, form: Any, title: str) -> HttpResponse:
    context = {"form": form, "reservation": row, "title": title, "token": visit.token, "booking": visit.booking}
    return render(request, "portal/form.html", context, status=422 if form.errors else 200)


def _home(visit: Visit, done: str) -> HttpResponse:
    return HttpResponseRedirect(f"{visit.home}?done={done}", status=303)
