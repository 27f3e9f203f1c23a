"""Paying what is due, or everything, on the provider's page; the way back leads here."""

from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from billing.payments.models import PaymentLink
from billing.payments.providers.base import ProviderError
from billing.payments.services import (
    pages_close,
    payment_link_begin,
    payment_link_resolve,
    payment_link_returned,
    payment_link_token,
)
from guests.portal.guarding import Visit, behind_link
from guests.portal.selectors import room_of
from guests.portal.services import pay_link
from pms.kernel.errors import DomainError, Missing


@require_http_methods(["GET", "POST"])
@behind_link
def pay(request: HttpRequest, visit: Visit, code: str) -> HttpResponse:
    """Show what can be paid; the button leads to the provider."""
    row = visit.room(code)
    if request.method == "POST":
        link = pay_link(reservation=row, everything=request.POST.get("amount") == "all", actor=visit.actor)
        pages_close(reservation=row, chosen=link, actor=visit.actor)
        token = payment_link_token(link)
        payment = payment_link_begin(
            asked=payment_link_resolve(token=token),
            return_url=request.build_absolute_uri(visit.url("paid", code, link.code)),
            cancel_url=request.build_absolute_uri(visit.url("pay", code)),
            actor=visit.actor,
        )
        to = reverse("payments:go", args=[token]) if payment.checkout_fields else payment.checkout_url
        return _leading(HttpResponseRedirect(to, status=303))
    context = {"room": room_of(reservation=row), "token": visit.token, "booking": visit.booking}
    return _leading(render(request, "portal/pay.html", context))


@csrf_exempt
@require_http_methods(["GET", "POST"])
@behind_link
def paid(request: HttpRequest, visit: Visit, code: str, link: UUID) -> HttpResponse:
    """Bring the guest back: where the payment stands is asked of the provider, for coming back proves nothing.

    Some providers send the guest here with a form of their own, which changes nothing.
    """
    found = PaymentLink.objects.filter(code=link, reservation=visit.room(code)).first()
    if found is None:
        raise Missing("no_such_room", "This booking has no such payment.")
    try:
        payment = payment_link_returned(asked=payment_link_resolve(token=payment_link_token(found)))
    except (ProviderError, DomainError):
        payment = None
    outcome = "paid" if payment is not None and payment.captured_minor else "paying"
    return HttpResponseRedirect(f"{visit.home}?done={outcome}", status=303)


def _leading(answer: HttpResponse) -> HttpResponse:
    """Let the form lead to the provider: browsers hold a redirect against the policy of the form too."""
    bases = [
        urlsplit(base) for base in (settings.STRIPE_API_BASE, settings.RAZORPAY_API_BASE, settings.PAYPAL_API_BASE)
    ]
    stand_ins = sorted({f"http://{base.netloc}" for base in bases if base.scheme == "http"})
    answer.__dict__["_csp_replace"] = {"form-action": ["'self'", "https:", *stand_ins]}
    return answer
