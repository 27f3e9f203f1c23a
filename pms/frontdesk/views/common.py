"""What the views of the desk share: fetching by code, answering after a change, where to go back to."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from bookings.reservations.models import Booking, Reservation
from pms.frontdesk.desk import DeskRequest
from pms.frontdesk.selectors.reservation import booking_get, reservation_get
from pms.kernel.errors import Missing
from pms.properties.models import Property


def reservation_or_404(request: DeskRequest, code: str) -> Reservation:
    """Return the reservation called code at a property whose desk the user may see. Raises Missing."""
    found = reservation_get(code=code, property_ids=_property_ids(request))
    if found is None:
        raise Missing("no_such_reservation", f"There is no reservation {code} at your properties.")
    return found


def booking_or_404(request: DeskRequest, code: str) -> Booking:
    """Return the booking called code at a property whose desk the user may see. Raises Missing."""
    found = booking_get(code=code, property_ids=_property_ids(request))
    if found is None:
        raise Missing("no_such_booking", f"There is no booking {code} at your properties.")
    return found


def place_of(request: DeskRequest, property_id: int) -> Property:
    """Return the property with this key, if its desk is the user's to see. Raises Missing."""
    return request.desk.require_property(property_id)


def _property_ids(request: DeskRequest) -> list[int]:
    return [place.pk for place in request.desk.properties]


def back_url(request: DeskRequest, otherwise: str) -> str:
    """Return where the form was opened from, if that is a page of ours; else the address given."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    if asked and url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return asked
    return otherwise


def changed(
    request: DeskRequest, *, message: str, to: str, undo: dict[str, Any] | None = None, **events: Any
) -> HttpResponse:
    """Answer a change that was made: htmx gets an empty answer with a toast and the events, a browser goes to `to`.

    `undo` is {"url", "values"}: what the toast's button posts.
    """
    if request.htmx:
        toast = {"message": message, "level": ""} | ({"undo": undo} if undo else {})
        told = {"toast": toast, **events}
        return HttpResponse("", headers={"HX-Trigger": json.dumps(told)})
    messages.success(request, message)
    return see_other(to)


def see_other(to: str) -> HttpResponse:
    """Send the browser to `to` with GET, so that going back repeats nothing."""
    response = redirect(to)
    response.status_code = 303
    return response


def reservation_url(code: str) -> str:
    """Return the address of a reservation's page."""
    return reverse("desk:reservation", args=[code])
