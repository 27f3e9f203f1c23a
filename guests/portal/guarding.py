"""Who came by a booking's link, and the manners of every page behind it: never kept, never indexed, never told on."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from bookings.checkout.refusals import said
from bookings.reservations.manage_links import booking_behind
from bookings.reservations.models import Booking, Reservation
from pms.access.guards import client_ip
from pms.kernel.actors import Actor, ActorKind
from pms.kernel.errors import DomainError, Missing

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Visit:
    """Whoever holds the link: the booking it leads to, the token in the address, and the guest as an actor."""

    booking: Booking
    token: str
    actor: Actor

    @property
    def home(self) -> str:
        """The address of the booking's page."""
        return self.url("booking")

    def url(self, name: str, *arguments: object) -> str:
        """Return the address of another page behind the same link."""
        return reverse(f"portal:{name}", args=[self.token, *arguments])

    def room(self, code: str) -> Reservation:
        """Return the booking's reservation with this code. Raises Missing `no_such_room`."""
        rows = Reservation.objects.select_related("property", "room_type", "rate_plan", "guest", "booking__booker")
        found = rows.filter(booking=self.booking, code=code).first()
        if found is None:
            raise Missing("no_such_room", "This booking has no such room.")
        return found


def behind_link(
    view: Callable[Concatenate[HttpRequest, Visit, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, str, P], HttpResponse]:
    """Let a page in by the token of the link; a refusal is a page in the guest's language."""

    @wraps(view)
    def page(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            booking = booking_behind(token=token)
            actor = Actor(
                kind=ActorKind.GUEST,
                label=booking.booker.full_name[:160],
                ip=client_ip(request),
                user_agent=request.headers.get("User-Agent", "")[:256],
            )
            answer = view(request, Visit(booking, token, actor), *args, **kwargs)
        except DomainError as refusal:
            template = "portal/no_link.html" if refusal.code == "no_such_link" else "portal/refused.html"
            context = {"sentence": said(refusal), "token": token}
            answer = render(request, template, context, status=refusal.status)
        return discreet(answer)

    return cast("Callable[Concatenate[HttpRequest, str, P], HttpResponse]", page)


def discreet(answer: HttpResponse) -> HttpResponse:
    """Have an answer neither kept nor indexed, and its address told to nobody else.

    Under `no-referrer` browsers send the forms of a page with the origin `null`, which the check against forged requests
    refuses: a page says `same-origin`, which tells other hosts as little.
    """
    is_page = answer.get("Content-Type", "").startswith("text/html") and not 300 <= answer.status_code < 400
    add_never_cache_headers(answer)
    answer["Cache-Control"] = "private, no-store"
    answer["Referrer-Policy"] = "same-origin" if is_page else "no-referrer"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer
