"""Requests as visitors make them, and holds as the checkout makes them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.test import RequestFactory

from bookings.funnel.facts import RequestFacts, facts_of
from bookings.funnel.guards import hold_guarded
from bookings.lifecycle.services import RoomRequest, booking_create
from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from bookings.reservations.models import Booking
from guests.profiles.services import GuestDetails
from pms.kernel.actors import Actor, ActorKind
from pms.properties.models import RoomType
from tests.house import House

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GRETA = Actor(ActorKind.GUEST, "Greta")


def ask(path: str = "/", *, ip: str = "203.0.113.9", agent: str = DESKTOP, post: Any = None, **headers: str) -> Any:
    """Return a request from an address with a browser; `post` makes it a form."""
    extra: Any = {
        "REMOTE_ADDR": ip,
        "headers": {"user-agent": agent, **{k.replace("_", "-"): v for k, v in headers.items()}},
    }
    factory = RequestFactory()
    return factory.get(path, **extra) if post is None else factory.post(path, post, **extra)


def cookie(number: str) -> str:
    """Return the cookie of a visitor who was given this number at an earlier page."""
    return signing.get_cookie_signer(salt="visitorinnkeep.funnel.visitor").sign(number)


def visitor(ip: str = "203.0.113.9", number: str = "") -> RequestFacts:
    """Return what the checkout knows of a visitor: by the cookie, else by the line."""
    request = ask(ip=ip)
    if number:
        request.COOKIES["visitor"] = cookie(number)
    return facts_of(request)


def keep(
    house: House, facts: RequestFacts, arrival: int = 10, nights: int = 1, *, kinds: list[RoomType] | None = None,
    key: UUID | None = None,
) -> Booking:  # fmt: skip
    """Hold one room of each of `kinds` as the checkout does: the guard in front, a quarter of an hour."""
    kinds = kinds or [house.double]
    first = house.property.business_date + timedelta(days=arrival)
    until = first + timedelta(days=nights)
    return hold_guarded(
        facts=facts,
        property=house.property,
        room_types=kinds,
        arrival=first,
        departure=until,
        request_key=key,
        booking_of=lambda booking: booking,
        take=lambda: booking_create(
            property=house.property,
            rooms=[RoomRequest(kind, house.rate_plan, first, until) for kind in kinds],
            booker=GuestDetails(last_name="Website guest"),
            source=Source.DIRECT_WEB,
            status=Status.HOLD,
            hold_minutes=15,
            request_key=key,
            actor=GRETA,
        ),
    )
