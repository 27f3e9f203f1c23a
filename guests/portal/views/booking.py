"""The page of a booking."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from guests.portal.guarding import Visit, behind_link
from guests.portal.selectors import rooms_of
from guests.portal.views.asking import can_ask


@require_safe
@behind_link
def overview(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show everything about the booking, and what can be done with each room."""
    rooms = rooms_of(booking=visit.booking)
    context = {
        "booking": visit.booking,
        "property": visit.booking.property,
        "rooms": rooms,
        "token": visit.token,
        "channel": visit.booking.get_source_display() if any(room.is_from_channel for room in rooms) else "",
        "done": request.GET.get("done", ""),
        "can_ask": can_ask(),
    }
    return render(request, "portal/booking.html", context)
