"""The one search of the desk: a page, and its results as they are typed."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.selectors.finding import search as find
from pms.frontdesk.views.common import see_other


@require_safe
@desk_page("desk.view")
def search(request: DeskRequest) -> HttpResponse:
    """Show what was found; a code named in full opens at once."""
    text = request.GET.get("q", "").strip()
    found = find(text=text, places=request.desk.properties, here=request.desk.property, limit=8 if request.htmx else 40)
    if found.exact and not request.htmx:
        named = next(hit.reservation for hit in found.hits)
        is_reservation = any(hit.reservation.code == found.exact for hit in found.hits)
        page = "desk:reservation" if is_reservation else "desk:booking"
        return see_other(reverse(page, args=[found.exact if is_reservation else named.booking.code]))
    context = {"text": text, "found": found, "many_places": len(request.desk.properties) > 1}
    template = "frontdesk/_search_results.html" if request.htmx else "frontdesk/search.html"
    return render(request, template, context)
