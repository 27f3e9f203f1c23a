"""Paying by a link: what is asked and one button that leads to the provider's page. No card is ever typed here."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from billing.payments.errors import ProviderAway
from billing.payments.providers.base import ProviderError
from billing.payments.services import (
    Asked,
    payment_link_begin,
    payment_link_resolve,
    payment_link_returned,
)
from pms.access.guards import client_ip
from pms.kernel.actors import Actor, ActorKind
from pms.kernel.errors import Busy, Conflict, DomainError


@never_cache
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is asked; the button begins the payment and leads to the provider."""
    asked = payment_link_resolve(token=token)
    if request.method == "POST" and not asked.is_paid:
        try:
            payment = payment_link_begin(
                asked=asked,
                return_url=request.build_absolute_uri(reverse("payments:back", args=[token])),
                cancel_url=request.build_absolute_uri(reverse("payments:cancelled", args=[token])),
                actor=_guest(request, asked),
            )
        except (ProviderAway, Conflict, Busy) as error:
            return _page(request, "payments/pay.html", asked, error=error.message, status=error.status)
        if payment.checkout_fields:
            return leading(HttpResponseRedirect(reverse("payments:go", args=[token]), status=303))
        return leading(HttpResponseRedirect(payment.checkout_url, status=303))
    return leading(_page(request, "payments/pay.html", asked))


@never_cache
@require_GET
def go(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form that leads to a provider whose page wants one: the same button once more."""
    asked = payment_link_resolve(token=token)
    payment = asked.payment
    if payment is None or not payment.checkout_fields or asked.is_paid:
        return HttpResponseRedirect(reverse("payments:pay", args=[token]))
    return leading(_page(request, "payments/go.html", asked))


@never_cache
@csrf_exempt
@require_http_methods(["GET", "POST"])
def back(request: HttpRequest, token: str) -> HttpResponse:
    """Show where the payment stands, as the provider says when asked: that somebody came back proves nothing.

    Some providers send the guest back with a form of their own, which changes nothing here.
    """
    asked = payment_link_resolve(token=token)
    try:
        payment = payment_link_returned(asked=asked)
    except (ProviderError, DomainError):
        payment = payment_link_resolve(token=token).payment
    return _page(request, "payments/back.html", asked, payment=payment)


@never_cache
@require_GET
def cancelled(request: HttpRequest, token: str) -> HttpResponse:
    """Say that nothing was paid, and offer to try again."""
    return _page(request, "payments/cancelled.html", payment_link_resolve(token=token))


def _page(request: HttpRequest, template: str, asked: Asked, *, status: int = 200, **context: object) -> HttpResponse:
    place = asked.link.folio.property
    context = {"asked": asked, "link": asked.link, "property": place, "payment": asked.payment, **context}
    return render(request, template, context, status=status)


def leading(answer: HttpResponse) -> HttpResponse:
    """Let the form of this page lead to the provider: browsers hold a redirect against the policy of the form too."""
    bases = [
        urlsplit(base) for base in (settings.STRIPE_API_BASE, settings.RAZORPAY_API_BASE, settings.PAYPAL_API_BASE)
    ]
    stand_ins = sorted({f"http://{base.netloc}" for base in bases if base.scheme == "http"})
    answer.__dict__["_csp_replace"] = {"form-action": ["'self'", "https:", *stand_ins]}
    return answer


def _guest(request: HttpRequest, asked: Asked) -> Actor:
    label = asked.link.folio.label or "Guest"
    return Actor(
        kind=ActorKind.GUEST,
        label=label,
        ip=client_ip(request),
        user_agent=request.headers.get("User-Agent", "")[:256],
    )
