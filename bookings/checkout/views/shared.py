"""What the pages share: who acts, where a checkout stands, and the frame of a step."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from bookings.checkout.enums import OPEN, State
from bookings.checkout.models import Checkout
from bookings.checkout.refusals import said
from bookings.checkout.selectors import checkout_get
from bookings.checkout.summary import Summary, summary_of
from pms.access.guards import client_ip
from pms.kernel.actors import Actor, ActorKind
from pms.kernel.errors import DomainError

#: Where the visitor's unfinished checkout is kept, so that choosing another lets go of it.
UNFINISHED = "checkout"
Step = Callable[[HttpRequest, Checkout], HttpResponse]


def guest_actor(request: HttpRequest, label: str = "Website guest") -> Actor:
    """Return the guest who sits at the other end."""
    agent = request.headers.get("User-Agent", "")[:256]
    return Actor(kind=ActorKind.GUEST, label=label, ip=client_ip(request), user_agent=agent)


def see(name: str, checkout: Checkout) -> HttpResponseRedirect:
    """Lead on to a page of the checkout."""
    return HttpResponseRedirect(reverse(f"checkout:{name}", args=[checkout.token]), status=303)


def step(view: Step) -> Callable[[HttpRequest, str], HttpResponse]:
    """Give the view the checkout of the token while its rooms are kept; else show how it ended.

    A refusal that the view did not show itself is shown on the page of the step it concerns.
    """

    @never_cache
    @wraps(view)
    def page(request: HttpRequest, token: str) -> HttpResponse:
        checkout = checkout_get(token=token)
        if checkout.state == State.BOOKED:
            return see("confirmed", checkout)
        if checkout.state not in OPEN or checkout.expires_at <= timezone.now():
            return ended(request, checkout)
        try:
            return view(request, checkout)
        except DomainError as refusal:
            if refusal.code == "hold_ended":
                return ended(request, checkout)
            if refusal.code == "details_missing":
                return see("guest", checkout)
            raise

    return page


def step_page(
    request: HttpRequest, template: str, checkout: Checkout, *, summary: Summary | None = None, status: int = 200,
    **context: object,
) -> HttpResponse:  # fmt: skip
    """Render a step with the summary and the countdown beside it."""
    left = max(0, int((checkout.expires_at - timezone.now()).total_seconds()))
    context = {
        "checkout": checkout,
        "property": checkout.booking.property,
        "summary": summary or summary_of(checkout),
        "seconds_left": left,
        "minutes_left": (left + 59) // 60,
        **context,
    }
    return render(request, template, context, status=status)


def ended(request: HttpRequest, checkout: Checkout, *, error: DomainError | None = None) -> HttpResponse:
    """Say that the rooms are not kept any more: search again, or take the same ones while they are free."""
    context = {
        "checkout": checkout,
        "property": checkout.booking.property,
        "error": said(error) if error else "",
        "is_refunded": checkout.state == State.REFUNDED,
    }
    return render(request, "checkout/ended.html", context, status=410)
