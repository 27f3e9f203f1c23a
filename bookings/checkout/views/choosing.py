"""Choosing: offers with what differs, the hold, and the price of anything before it is held."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from billing.taxes.selectors import names_said
from bookings.checkout import structured
from bookings.checkout.extras import wishes_typed, wishes_unnumbered
from bookings.checkout.indicative import in_two_currencies
from bookings.checkout.models import Checkout
from bookings.checkout.offers import RoomOffers, choices, codes_of, offers
from bookings.checkout.refusals import said
from bookings.checkout.services import RoomChoice, checkout_hold, checkout_release
from bookings.checkout.summary import room_of_offer, summary_of_offers
from bookings.checkout.views.shared import UNFINISHED, guest_actor, see
from bookings.funnel.challenge import challenged
from bookings.funnel.counting import count
from bookings.funnel.enums import Step
from bookings.funnel.facts import facts_of
from bookings.funnel.guards import hold_guarded
from bookings.funnel.limits import limited
from bookings.funnel.visitors import remembers
from bookings.rates.enums import Source
from bookings.rates.models import Extra
from bookings.rates.quoting import Alternative
from bookings.rates.services import offer_for
from bookings.rates.wishes import Wish, wish_query, wish_read, wish_usual
from pms.kernel.errors import Busy, DomainError, Invalid, Missing
from pms.kernel.middleware import wants_json
from pms.kernel.wording import said as said_in
from pms.properties.models import Property

#: How much is offered instead at once.
MOST_INSTEAD = 6


@limited("hold", per_minute=20, methods=("POST",))
@require_http_methods(["GET", "POST"])
@remembers
@in_two_currencies
@challenged
def book(request: HttpRequest, code: str) -> HttpResponse:
    """Show what can be had for the wish in the address; POST keeps the chosen rooms."""
    place = _property(code)
    try:
        wish = wish_read(request.GET, today=place.business_date)
    except Invalid as fault:
        return _offers_page(request, place, None, fault=fault.message, status=422)
    if wish is None or request.method == "GET":
        return _offers_page(request, place, wish)
    try:
        return _hold(request, place, wish)
    except Busy as refusal:
        return _offers_page(request, place, wish, fault=said(refusal), status=503)
    except DomainError as refusal:
        return _offers_page(request, place, wish, fault=said(refusal), status=422)


@limited("price", per_minute=120)
@require_GET
def calculate_price(request: HttpRequest) -> HttpResponse:
    """Answer what chosen rooms and extras cost now, every line: JSON for programs, a fragment for pages."""
    place = _property(request.GET.get("property", ""))
    try:
        wish = wish_read(request.GET, today=place.business_date)
        if wish is None:
            raise Invalid("nothing_chosen", "Choose dates first.", field="arrival")
        summary = _summary(request, place, wish, choices(property=place, wish=wish, keys=request.GET.getlist("offer")))
    except DomainError as refusal:
        body = {"code": refusal.code, "title": said(refusal), "status": refusal.status, "field": refusal.field}
        if wants_json(request):
            return JsonResponse(body, status=refusal.status, content_type="application/problem+json")
        return render(request, "checkout/price.html", {"error": body["title"]}, status=422)
    if wants_json(request):
        return JsonResponse(_as_json(summary))
    return render(request, "checkout/price.html", {"summary": summary, "property": place})


def _hold(request: HttpRequest, place: Property, wish: Wish) -> HttpResponse:
    keys = [request.POST.get(f"offer-{number}", "") for number in range(1, wish.rooms + 1)]
    chosen = choices(property=place, wish=wish, keys=keys)
    codes = codes_of(property=place, code=wish.code)
    # A code that is good for nothing was left out of the prices on the page: it is left out of the hold as well.
    promo = codes.promo if request.POST.get("promo") == "on" else ""
    actor = guest_actor(request)
    before = Checkout.objects.filter(token=request.session.get(UNFINISHED, "")).select_related("booking").first()
    key = _key(request.POST.get("request_key", ""))
    checkout = hold_guarded(
        facts=facts_of(request),
        property=place,
        room_types=[choice.room_type for choice in chosen],
        arrival=wish.arrival,
        departure=wish.departure,
        request_key=key,
        take=lambda: checkout_hold(
            property=place,
            wish=wish,
            choices=chosen,
            promo_code=promo,
            access_code=codes.access,
            language=get_language() or "en",
            actor=actor,
            request_key=key,
            seen_minor=_seen(request, keys),
        ),
        booking_of=lambda held: held.booking,
    )
    count(request, Step.HOLD, place)
    if before is not None and before.pk != checkout.pk:
        checkout_release(checkout=before, actor=actor)
    request.session[UNFINISHED] = checkout.token
    has_extras = Extra.objects.filter(property=place, retired_at=None).exists()
    return see("extras" if has_extras else "guest", checkout)


def _offers_page(
    request: HttpRequest, place: Property, wish: Wish | None, *, fault: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "property": place,
        "first_day": place.business_date,
        "wish": wish or wish_usual(today=place.business_date),
        "fault": fault,
        "request_key": uuid4(),
    }
    if wish is not None:
        if request.method == "GET":
            count(request, Step.OFFERS, place)
        rooms, codes = offers(property=place, wish=wish, at=timezone.now())
        context |= {
            "rooms": rooms,
            "codes": codes,
            "query": wish_query(wish),
            "nights": wish.length,
            "can_book": all(room.types for room in rooms),
            "structured": _structured(request, place, rooms[0]),
            "instead": [(each, _address(place, wish, each)) for each in _instead(rooms)],
        }
    return render(request, "checkout/book.html", context, status=status)


def _structured(request: HttpRequest, place: Property, room: RoomOffers) -> SafeString | None:
    """Return the prices of one room of the wish as search engines read them; None where nothing is sold."""
    here = request.build_absolute_uri(reverse("website:property", args=[place.code]))
    made = structured.stay_offers(room.types, url=request.build_absolute_uri())
    return structured.json_ld({**structured.house(place, address=here), "makesOffer": made}) if made else None


def _instead(rooms: Sequence[RoomOffers]) -> list[Alternative]:
    """Return what could be had instead for every room of the wish, each once, those dates first that help most rooms."""
    helped = Counter(
        dates for room in rooms for dates in {(each.arrival, each.departure) for each in room.alternatives}
    )
    found = dict.fromkeys(each for room in rooms for each in room.alternatives)
    best = sorted(found, key=lambda each: -helped[each.arrival, each.departure])
    return best[:MOST_INSTEAD]


def _address(place: Property, wish: Wish, instead: Alternative) -> str:
    moved = Wish(instead.arrival, instead.departure, wish.adults, wish.child_ages, wish.rooms, wish.code)
    return f"{reverse('checkout:book', args=[place.code])}?{wish_query(moved)}"


def _summary(request: HttpRequest, place: Property, wish: Wish, chosen: list[RoomChoice]) -> Any:
    codes = codes_of(property=place, code=wish.code)
    extras = list(Extra.objects.filter(property=place, retired_at=None))
    wishes = [
        wishes_typed(request.GET, number=number, extras=extras, party=choice.party, day=wish.arrival)
        for number, choice in enumerate(chosen, start=1)
    ]
    wishes[0] += tuple(wishes_unnumbered(request.GET, extras=extras, party=chosen[0].party, day=wish.arrival))
    found = [
        offer_for(
            room_type=choice.room_type,
            rate_plan=choice.rate_plan,
            arrival=wish.arrival,
            departure=wish.departure,
            party=choice.party,
            at=timezone.now(),
            source=Source.DIRECT_WEB,
            promo_code=codes.promo,
            access_code=codes.access,
            extras=of_room,
        )
        for choice, of_room in zip(chosen, wishes, strict=True)
    ]
    names = names_said(property_id=place.pk)
    rooms = [
        room_of_offer(
            offer,
            name=said_in(choice.room_type, "name"),
            rate_name=said_in(choice.rate_plan, "name"),
            adults=choice.party.adults,
            child_ages=choice.party.child_ages,
            names=names,
        )
        for offer, choice in zip(found, chosen, strict=True)
    ]
    return summary_of_offers(found, rooms)


def _as_json(summary: Any) -> dict[str, Any]:
    return {
        "currency": summary.currency,
        "nights": summary.nights,
        "total_minor": summary.total_minor,
        "due_now_minor": summary.due_minor,
        "taxes_included_minor": summary.included_minor,
        "rooms": [
            {
                "name": room.name,
                "rate": room.rate_name,
                "total_minor": room.total_minor,
                "lines": [{"label": line.label, "amount_minor": line.amount_minor} for line in room.lines],
            }
            for room in summary.rooms
        ],
    }


def _property(code: str) -> Property:
    place = Property.objects.filter(code=code, is_listed=True).first()
    if place is None:
        raise Missing("no_such_property", "There is no such house here.")
    return place


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _seen(request: HttpRequest, keys: list[str]) -> int | None:
    """Return the price that stood on the page the guest chose from: told back when it has changed, else believed for nothing."""
    texts = [request.POST.get(f"seen-{number}-{key}", "") for number, key in enumerate(keys, start=1)]
    if not all(text.isascii() and text.isdigit() and len(text) < 16 for text in texts):
        return None
    return sum(int(text) for text in texts)
