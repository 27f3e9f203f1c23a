"""Paying: what is due now, the provider's page, and coming back from it. No card is ever typed here."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from billing.payments.errors import ProviderAway
from billing.payments.views import leading
from bookings.checkout.enums import State
from bookings.checkout.models import Checkout
from bookings.checkout.refusals import said
from bookings.checkout.selectors import checkout_get, payments_of
from bookings.checkout.services import checkout_book, checkout_pay, checkout_return, payment_way
from bookings.checkout.services.paying import PaymentWay
from bookings.checkout.services.recording import rooms_of
from bookings.checkout.views.shared import ended, guest_actor, see, step, step_page
from bookings.funnel.counting import count
from bookings.funnel.enums import Step
from bookings.rates.policies import sentences
from bookings.reservations.terms import terms_from_json
from pms.kernel.errors import Busy, Conflict, Invalid


@require_http_methods(["GET", "POST"])
@step
def payment(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """Show the whole of it once more; the button pays what is due now, leaves a card, or books."""
    if not checkout.is_named:
        return see("guest", checkout)
    try:
        way = payment_way(checkout=checkout)
    except Conflict as refusal:
        return _page(request, checkout, None, error=said(refusal), status=409)
    if request.method == "GET":
        return _page(request, checkout, way)
    try:
        return _onward(request, checkout, way)
    except (ProviderAway, Busy, Conflict, Invalid) as refusal:
        if refusal.code in {"hold_ended", "details_missing"}:
            raise
        if refusal.code in {"paid_already", "payment_under_way"}:
            return see("success", checkout)
        return _page(request, checkout, way, error=said(refusal), status=refusal.status)


@require_GET
@step
def go(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """Show the form that leads to a provider whose page wants one: the same button once more."""
    asked = next((row for row in reversed(payments_of(checkout)) if row.checkout_fields), None)
    if asked is None:
        return see("payment", checkout)
    return leading(step_page(request, "checkout/go.html", checkout, payment=asked, here="payment"))


@never_cache
@csrf_exempt
@require_http_methods(["GET", "POST"])
def success(request: HttpRequest, token: str) -> HttpResponse:
    """Ask the provider whether it is paid, and confirm; some providers send the guest back with a form of their own."""
    checkout = checkout_get(token=token)
    try:
        checkout = checkout_return(checkout=checkout, actor=guest_actor(request, checkout.booking.booker.full_name))
    except Busy:
        return _waiting(request, checkout)
    if checkout.state == State.BOOKED:
        return see("confirmed", checkout)
    if checkout.state == State.REFUNDED:
        return ended(request, checkout)
    return _waiting(request, checkout)


@never_cache
@csrf_exempt
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Say that nothing was paid, while the rooms are still kept: the payment page again."""
    checkout = checkout_get(token=token)
    return HttpResponseRedirect(f"{reverse('checkout:payment', args=[checkout.token])}?back=1", status=303)


def _onward(request: HttpRequest, checkout: Checkout, way: PaymentWay) -> HttpResponse:
    """Book, or lead to the provider's page."""
    actor = guest_actor(request, checkout.booking.booker.full_name[:160])
    if way.is_none:
        return see("confirmed", checkout_book(checkout=checkout, actor=actor))
    asked = checkout_pay(
        checkout=checkout,
        return_url=request.build_absolute_uri(reverse("checkout:success", args=[checkout.token])),
        cancel_url=request.build_absolute_uri(reverse("checkout:cancel", args=[checkout.token])),
        actor=actor,
    )
    count(request, Step.PAYMENT, checkout.booking.property)
    if asked.checkout_fields:
        return leading(see("go", checkout))
    return leading(HttpResponseRedirect(asked.checkout_url, status=303))


def _waiting(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """Say that the bank has not decided, or that nothing was paid and it can be tried again."""
    payments = payments_of(checkout)
    failed = bool(payments) and payments[-1].status in {"failed", "expired", "cancelled"}
    context = {"checkout": checkout, "property": checkout.booking.property, "failed": failed}
    return render(request, "checkout/waiting.html", context)


def _page(
    request: HttpRequest, checkout: Checkout, way: PaymentWay | None, *, error: str = "", status: int = 200
) -> HttpResponse:
    page = step_page(
        request,
        "checkout/payment.html",
        checkout,
        way=way,
        here="payment",
        error=error,
        came_back="back" in request.GET,
        policies=_policies(checkout),
        status=status,
    )
    return leading(page)


def _policies(checkout: Checkout) -> list[str]:
    """Return what cancelling costs, in whole sentences, once for all rooms that are sold alike."""
    said_once: dict[str, None] = {}
    for room in rooms_of(checkout):
        terms = terms_from_json(room.terms)
        arrival = terms.deadline_arrival or room.arrival
        for text in sentences(
            terms.cancellation,
            arrival=arrival,
            zone=room.property.zone,
            currency=room.currency,
            language=get_language() or checkout.language,
        ):
            said_once[text] = None
    return list(said_once)
