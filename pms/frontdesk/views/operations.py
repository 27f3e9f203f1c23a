"""One operation on one reservation: a dialog with htmx, a page without; what would change, then the yes."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bookings.lifecycle.services import Preview, preview
from bookings.rates.quoting import OVERRIDABLE
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.forms.operations import OperationForm
from pms.frontdesk.operations import OPERATIONS, Operation
from pms.frontdesk.selectors.reservation import stay_of
from pms.frontdesk.selectors.stays import Stay
from pms.frontdesk.views.common import back_url, changed, reservation_or_404, reservation_url
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, DomainError


@require_http_methods(["GET", "POST"])
@desk_page("desk.view")
def operation(request: DeskRequest, code: str, verb: str) -> HttpResponse:
    """Show the form of an operation, what it would change, and on the yes do it."""
    row = OPERATIONS[verb]
    stay = stay_of(reservation=reservation_or_404(request, code))
    request.desk.require(row.permission, stay.reservation.property)
    form = row.form(
        request.POST if request.method == "POST" else None, stay=stay, desk=request.desk, asked=request.GET.dict()
    )
    if request.method == "POST" and "preview" not in request.POST and form.is_valid():
        try:
            _run(row, form, request.desk.actor)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            return _done(request, row, stay)
    return _show(request, row, stay, form)


def _run(row: Operation, form: OperationForm, actor: Actor) -> None:
    arguments = form.arguments()
    if arguments.get("override_reason"):
        form.desk.require("reservation.override", form.place)
    version = form.cleaned_data.get("version")
    if row.takes_version:
        arguments["version"] = version
    elif version is not None and version != form.reservation.version:
        raise Conflict(
            "changed_meanwhile", f"Reservation {form.reservation.code} was changed by somebody else. Please look again."
        )
    row.run(reservation=form.reservation, actor=actor, **arguments)


def _done(request: DeskRequest, row: Operation, before: Stay) -> HttpResponse:
    code = before.reservation.code
    stay = stay_of(reservation=reservation_or_404(request, code))
    room = stay.unit.number if stay.unit else "no room"
    message = row.done.format(guest=stay.reservation.guest.full_name, room=room)
    to = back_url(request, reservation_url(code))
    events = {"reservation:changed": {"code": code, "verb": row.verb}}
    return changed(request, message=message, to=to, undo=_undo(row, before, stay), **events)


def _undo(row: Operation, before: Stay, after: Stay) -> dict[str, Any] | None:
    """Return how to take it back, where that gives back exactly what was: no night was given up by it."""
    back = OPERATIONS.get(row.undo)
    if back is None or not back.applies(after) or before.reservation.departure != after.reservation.departure:
        return None
    address = reverse(back.url_name, args=[after.reservation.code])
    return {"url": address, "values": {"version": after.reservation.version}}


def _show(request: DeskRequest, row: Operation, stay: Stay, form: OperationForm) -> HttpResponse:
    found = _preview(row, form, request.desk.actor)
    if found is not None and found.refusal is not None:
        form.is_overridable = found.refusal.code in OVERRIDABLE and "override_reason" in form.fields
    context = {
        "operation": row,
        "stay": stay,
        "reservation": stay.reservation,
        "form": form,
        "preview": found,
        "next": back_url(request, ""),
    }
    page = "frontdesk/operation_dialog.html" if request.htmx else "frontdesk/operation.html"
    status = 422 if form.is_bound and form.errors and "preview" not in request.POST else 200
    return render(request, page, context, status=status)


def _preview(row: Operation, form: OperationForm, actor: Actor) -> Preview | None:
    """Return what would change; None while there is not enough to say, or the refusal stands at its field already."""
    if form.is_bound:
        if not form.is_valid():
            return None
    elif form.needs_input or not row.applies(form.stay):
        return None
    else:
        form = row.form({"version": form.reservation.version}, stay=form.stay, desk=form.desk, asked=form.asked)
        if not form.is_valid():
            return None
    return preview(reservation=form.reservation, operation=partial(_run, row, form, actor))
