"""Greta buys at a house that takes cards at Stripe's stand-in over real HTTP: three rates, two extras."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from billing.folios.models import Posting
from billing.taxes.enums import ChargeBasis, Component
from bookings.checkout.models import Checkout
from bookings.checkout.services import Details, RoomChoice, checkout_details_set, checkout_hold, checkout_pay
from bookings.rates.enums import Deposit, Guarantee
from bookings.rates.models import Extra, PaymentTerms, RatePlan
from bookings.rates.wishes import Wish
from pms.kernel.actors import Actor, ActorKind
from tests.billing.payments.conftest import stripe_account
from tests.conftest import TODAY
from tests.house import House
from tests.sandbox.fixtures import sandbox_judges, sandbox_server, stripe_sandbox

__all__ = ["sandbox_judges", "sandbox_server", "stripe_account", "stripe_sandbox"]

GRETA = Actor(ActorKind.GUEST, "Greta", ip="203.0.113.9")
PAGES = {"return_url": "https://hotel.example/back/", "cancel_url": "https://hotel.example/no/"}
TYPED = {"first_name": "Greta", "last_name": "Garbo", "email": "greta@example.com"}


@dataclass(frozen=True, slots=True)
class Shop:
    """What is sold: `later` is paid at the property, `full` in advance, `third` a third of it, all by the house's prices."""

    house: House
    later: RatePlan
    full: RatePlan
    third: RatePlan


@pytest.fixture
def shop(property_a):
    """Casa Lisboa's double, 100 euros a night, on three rates; parking by night (two spaces) and a cab."""
    place = property_a.property
    later = property_a.rate_plan
    later.guarantee = Guarantee.UNTIL_6PM
    later.save()
    plans = {}
    for code, deposit, percent in (("FULL", Deposit.FULL, None), ("THIRD", Deposit.PERCENT, 33)):
        terms = PaymentTerms.objects.create(property=place, code=code, name=code, deposit=deposit, percent=percent)
        plans[code] = RatePlan.objects.create(
            property=place, code=code, name=code.title(), parent=later, payment_terms=terms, guarantee="prepaid"
        )
    for code, basis, price, limit in (
        ("PARK", ChargeBasis.NIGHT, 1_000, 2),
        ("CAB", ChargeBasis.STAY, 4_000, None),
    ):
        Extra.objects.create(
            property=place, code=code, name=code.title(), component=Component.PARKING, basis=basis, price_minor=price,
            daily_limit=limit,
        )  # fmt: skip
    return Shop(property_a, later, plans["FULL"], plans["THIRD"])


def wish(arrival=10, nights=2, **more):
    """Return a wish so many days after TODAY."""
    first = TODAY + timedelta(days=arrival)
    return Wish(first, first + timedelta(days=nights), **more)


def hold(shop: Shop, plan: RatePlan, asked: Wish | None = None, *, room_type: Any = None, **more: Any) -> Checkout:
    """Keep rooms of a type on a plan, the double unless said otherwise."""
    asked = asked or wish()
    rooms = [RoomChoice(room_type or shop.house.double, plan, party) for party in asked.parties]
    given = {"promo_code": "", "access_code": "", "language": "en", "actor": GRETA, **more}
    return checkout_hold(property=shop.house.property, wish=asked, choices=rooms, **given)


def named(checkout: Checkout, **typed: Any) -> Checkout:
    """Say that Greta is coming, and agrees."""
    details = Details(**{**TYPED, **typed})
    return checkout_details_set(checkout=checkout, details=details, consent_text="I agree", actor=GRETA)


def begin(checkout: Checkout) -> Any:
    """Ask for what is due now at the provider."""
    return checkout_pay(checkout=checkout, actor=GRETA, **PAGES)


def pages(checkout: Checkout, name: str) -> str:
    """Return the address of a page."""
    return reverse(f"checkout:{name}", args=[checkout.token])


def states(checkout: Checkout) -> list[str]:
    """Return the states of the rooms."""
    return list(checkout.booking.reservations.order_by("pk").values_list("status", flat=True))


def paid(checkout: Checkout) -> int:
    """Return what the guest has paid over all folios, minor units."""
    rows = Posting.objects.filter(reservation__booking=checkout.booking_id, of_kind__in=["payment", "refund"])
    return -sum(rows.values_list("amount_minor", flat=True))
