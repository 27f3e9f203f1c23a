"""The search page: the whole of it for a plain GET, its results alone for htmx."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from bookings.checkout.indicative import in_two_currencies
from bookings.funnel.counting import count
from bookings.funnel.enums import Step
from bookings.funnel.limits import limited
from bookings.funnel.visitors import remembers
from bookings.rates.quoting import Refusal
from bookings.rates.wishes import Wish, wish_query, wish_read
from bookings.website.asked import filters_query, filters_read, property_address
from bookings.website.searching import Found, OtherDates, Sort, business_date, listed_properties, search
from pms.branding.formats import amount, moment
from pms.kernel.addresses import path_of
from pms.kernel.errors import Invalid
from pms.kernel.wording import said
from pms.properties.models import Photo, Property, RoomType

#: So many amenities of a property stand in its row.
AMENITIES = 6


@limited("search", per_minute=60)
@require_GET
@vary_on_headers("HX-Request")
@remembers
@in_two_currencies
def search_page(request: HttpRequest) -> HttpResponse:
    """Show the properties for a wish; 422 with the listing and what is wrong where the wish makes no sense."""
    now = timezone.now()
    listed = listed_properties()
    today = business_date(listed, at=now)
    wish: Wish | None = None
    error: Invalid | None = None
    try:
        wish = wish_read(request.GET, today=today)
    except Invalid as refusal:
        error = refusal
    filters = filters_read(request.GET)
    answer = search(listed=listed, wish=wish, filters=filters, at=now)
    if wish is not None:
        count(request, Step.SEARCH)
    context = {
        # A page's context lives until cycles are looked for: no offer, no snapshot may live with it.
        "answer": replace(answer, results=()),
        "rows": _rows(answer.results, wish),
        "wish": wish,
        "error": error,
        "filters": filters,
        "sorts": Sort,
        "today": today,
        "typed": _typed(request),
        "query": wish_query(wish) if wish else "",
        "pages": _pages(
            wish, filters_query(filters, page=answer.page - 1), filters_query(filters, page=answer.page + 1)
        ),
        "heading": gettext("Places to stay"),
    }
    template = "website/search.html#results" if request.headers.get("HX-Request") else "website/search.html"
    return render(request, template, context, status=422 if error else 200)


class Price(NamedTuple):
    """What all rooms cost in minor units, and a night of them in words."""

    total_minor: int
    currency: str
    by_night: str


@dataclass(frozen=True, slots=True)
class Row:
    """A property as the page shows it: where it leads to, in words what it has and sells, and what that costs."""

    place: Property
    photo: Photo | None
    amenities: tuple[str, ...]
    address: str
    calendar: str
    rooms: str
    sold: Price | None
    free: str
    refusal: Refusal | None
    other_dates: tuple[OtherDates, ...]


def _rows(results: Sequence[Found], wish: Wish | None) -> list[Row]:
    """Return the rows of a page.

    Offers carry the names of rooms as the house wrote them; another language costs a query for all of them.
    """
    sold = [offer for found in results if found.sold for _, offer in found.sold.room_types]
    names = {offer.room_type_id: offer.room_type_name for offer in sold}
    if get_language() != settings.LANGUAGE_CODE:
        names |= {pk: said(kind, "name") for pk, kind in RoomType.objects.in_bulk(list(names)).items()}
    amenities = {has.code: has for found in results for has in found.amenities}
    amenity_said = {code: said(has, "name") for code, has in amenities.items()}
    free = gettext("Free cancellation until %(moment)s")
    by_night = gettext("%(price)s a night")
    return [
        Row(
            place=found.place,
            photo=found.photo,
            amenities=tuple(amenity_said[has.code] for has in found.amenities[:AMENITIES]),
            address=property_address(found.place, wish),
            calendar=path_of("website:calendar", found.place.code),
            rooms=", ".join(
                names[offer.room_type_id]
                if count == 1
                else f"{count} \N{MULTIPLICATION SIGN} {names[offer.room_type_id]}"
                for count, offer in (found.sold.room_types if found.sold else ())
            ),
            sold=Price(
                found.sold.total_minor,
                found.sold.currency,
                by_night % {"price": amount(found.sold.night_minor, found.sold.currency)},
            )
            if found.sold
            else None,
            free=free % {"moment": moment(found.free_until, found.place.zone)} if found.free_until else "",
            refusal=found.refusal,
            other_dates=found.other_dates,
        )
        for found in results
    ]


def _typed(request: HttpRequest) -> dict[str, str]:
    """Return what the form shows: what was typed, else what is usual."""
    names = ("arrival", "departure", "adults", "children", "rooms", "code")
    typed = {name: request.GET.get(name, "")[:40] for name in names}
    usual = {"adults": "2", "rooms": "1"}
    return {name: value or usual.get(name, "") for name, value in typed.items()}


def _pages(wish: Wish | None, earlier: str, later: str) -> dict[str, str]:
    own = wish_query(wish) if wish else ""
    return {"earlier": "&".join(filter(None, (own, earlier))), "later": "&".join(filter(None, (own, later)))}
