"""The booking widget: one house's search line with its price, made for a frame on somebody else's page.

Only the origins of the organization's brand may frame it (CSP frame-ancestors), and only to them does it speak. It leads
to the booking page in a window of its own, so that nobody ever types a name or pays inside a frame.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from csp.constants import NONE
from csp.decorators import csp_replace
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from billing.taxes.party import Party
from bookings.availability.selectors import availability
from bookings.checkout.offers import RoomOffers, offers
from bookings.funnel.counting import count
from bookings.funnel.enums import Step
from bookings.funnel.limits import limited
from bookings.rates.enums import Source
from bookings.rates.models import RatePlan
from bookings.rates.selectors import rate_matrix
from bookings.rates.services import quote
from bookings.rates.wishes import Wish, wish_query, wish_read, wish_usual
from bookings.website.selectors import listed
from pms.branding.colours import lightened, validate_accent
from pms.branding.models import Brand
from pms.branding.origins import validate_origin
from pms.kernel.errors import Invalid
from pms.properties.models import Property

THEMES = ("auto", "light", "dark")
#: Where the booking page opens: a tab of its own, or in place of the page around the frame.
TARGETS = {"tab": "_blank", "top": "_top"}
#: How far ahead the cheapest night is looked for, and how many of the cheapest are asked whether they are sold.
FROM_DAYS = 30
MOST_ASKED = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """How the page around wants the widget; what it says and makes no sense is as if it had said nothing.

    `parent` is the exact origin that hears of the widget's events, or empty: then it tells nobody.
    """

    theme: str
    accent: str
    target: str
    parent: str

    @property
    def accent_dark(self) -> str:
        """The accent as it can be read on dark paper."""
        return lightened(self.accent)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a wish costs at least, every tax in, or why it cannot be had. Minor units of the property's currency."""

    total_minor: int | None
    reasons: tuple[str, ...]
    query: str
    nights: int


def allowed_origins() -> list[str]:
    """Return the origins that may frame the widget. What is no plain origin is left out: it would go into a header."""
    brand = Brand.objects.only("allowed_origins").first()
    return [origin for origin in (brand.allowed_origins if brand else []) if _is_origin(origin)]


@require_safe
@vary_on_headers("HX-Request")
@xframe_options_exempt
def widget(request: HttpRequest, code: str) -> HttpResponse:
    """Show the search line and the lowest price, or, for a wish in the address, what it costs."""
    origins = allowed_origins()
    with translation.override(_language(request)):
        page = _page(request, code, origins)
    answered: HttpResponse = csp_replace({"frame-ancestors": origins or [NONE]})(lambda _: page)(request)
    return answered


def from_price(*, property: Property, at: datetime) -> int | None:
    """Return the lowest price of a night for two, every tax in, in minor units; None where nothing is free.

    Looked for in the next FROM_DAYS nights at the UTC instant `at`, and true: a stay that costs it can be booked now.
    """
    first = property.business_date
    until = first + timedelta(days=FROM_DAYS)
    plans = RatePlan.objects.filter(property=property, retired_at=None, access_code="").values_list("pk", flat=True)
    matrix = rate_matrix(property=property, first=first, until=until, rate_plan_ids=list(plans), at=at)
    free = availability(property_id=property.pk, first=first, until=until, now=at)
    found = []
    for (type_id, _), days in matrix.items():
        sellable = free[type_id].sellable if type_id in free else ()
        for day, rooms in zip(days, sellable, strict=False):
            limits = day.limits
            if rooms and day.price_minor is not None and not limits.stop_sell and not limits.closed_to_arrival:
                nights = max(1, limits.min_stay_arrival or 0, limits.min_stay_through or 0)
                found.append((day.price_minor, day.date, nights))
    for _, arrival, nights in sorted(found)[:MOST_ASKED]:
        asked = quote(
            property=property,
            arrival=arrival,
            departure=arrival + timedelta(days=nights),
            party=Party(adults=2),
            at=at,
            source=Source.DIRECT_WEB,
            with_alternatives=False,
        )
        if asked.offers:
            return -(-asked.offers[0].total_minor // nights)
    return None


@limited("embed", per_minute=60)
def _page(request: HttpRequest, code: str, origins: list[str]) -> HttpResponse:
    """Show the widget; who asks too often reads that in the frame."""
    place = listed(code=code)
    at, wish, fault = timezone.now(), None, None
    try:
        wish = wish_read(request.GET, today=place.business_date)
    except Invalid as refusal:
        fault = refusal
    count(request, Step.SEARCH if wish else Step.VISIT, place)
    context: dict[str, Any] = {
        "property": place,
        "frame": _frame(request, origins),
        "first_day": place.business_date,
        "wish": wish or wish_usual(today=place.business_date),
        "fault": fault,
        "answer": _answer(place, wish, at) if wish else None,
        "from_minor": None if wish or fault else from_price(property=place, at=at),
    }
    template = "website/embed.html#answer" if getattr(request, "htmx", False) else "website/embed.html"
    return render(request, template, context, status=422 if fault else 200)


def _answer(place: Property, wish: Wish, at: datetime) -> Answer:
    rooms, _ = offers(property=place, wish=wish, at=at)
    lowest = [_lowest(room) for room in rooms]
    if None in lowest:
        reasons = dict.fromkeys(reason for room in rooms for reason in _reasons(room))
        return Answer(None, tuple(reasons)[:2], wish_query(wish), wish.length)
    return Answer(sum(filter(None, lowest)), (), wish_query(wish), wish.length)


def _lowest(room: RoomOffers) -> int | None:
    return min((rate.offer.total_minor for kind in room.types for rate in kind.rates), default=None)


def _reasons(room: RoomOffers) -> list[str]:
    return [*room.reasons, *(reason for kind in room.refused for reason in kind.reasons)]


def _frame(request: HttpRequest, origins: list[str]) -> Frame:
    asked = request.GET
    theme, target, parent = asked.get("theme", ""), asked.get("target", ""), asked.get("parent", "")
    accent = f"#{asked.get('accent', '').lower().removeprefix('#')}"
    return Frame(
        theme=theme if theme in THEMES else "auto",
        accent=accent if _is_accent(accent) else "",
        target=TARGETS.get(target, TARGETS["tab"]),
        parent=parent if parent in origins else "",
    )


def _language(request: HttpRequest) -> str:
    """Return the language asked for by `?language=lt-LT`, else the address's own."""
    try:
        return translation.get_supported_language_variant(request.GET.get("language", ""))
    except LookupError:
        return get_language() or "en"


def _is_origin(text: str) -> bool:
    try:
        validate_origin(text)
    except (ValidationError, ValueError):
        return False
    return True


def _is_accent(text: str) -> bool:
    try:
        validate_accent(text)
    except ValidationError:
        return False
    return True
