"""The pages a guest reads before choosing: home, a house, a room type."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from bookings.checkout.indicative import in_two_currencies
from bookings.checkout.structured import json_ld
from bookings.funnel.counting import count
from bookings.funnel.enums import Step
from bookings.funnel.visitors import remembers
from bookings.website.places import place_of
from bookings.website.selectors import house, houses
from bookings.website.seo import lodging
from pms.access.views import home as staff_home
from pms.kernel.errors import Missing


@require_GET
@remembers
@in_two_currencies
def home(request: HttpRequest) -> HttpResponse:
    """Show the booking site; staff who are signed in go on to their work, unless they ask for it (`?view=site`)."""
    if request.user.is_authenticated and "view" not in request.GET:
        return staff_home(request)
    count(request, Step.VISIT)
    return render(request, "website/home.html", {"houses": houses()})


@require_GET
@remembers
@in_two_currencies
def property_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show one house: pictures, rooms, rules, place."""
    found = house(code=code)
    count(request, Step.VISIT, found.property)
    context = {
        "house": found,
        "property": found.property,
        "place": place_of(found.property),
        "structured": json_ld(lodging(request, found)),
    }
    return render(request, "website/property.html", context)


@require_GET
@remembers
@in_two_currencies
def room_type_page(request: HttpRequest, code: str, type_code: str) -> HttpResponse:
    """Show one room type of a house."""
    found = house(code=code)
    card = next((each for each in found.rooms if each.room_type.code == type_code), None)
    if card is None:
        raise Missing("no_such_room_type", "There is no such room here.")
    count(request, Step.VISIT, found.property)
    return render(request, "website/room_type.html", {"house": found, "property": found.property, "card": card})
