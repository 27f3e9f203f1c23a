"""A guest at the premises: what their browser does, and whether anybody answers."""

import re
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx

from bookings.checkout.models import Checkout
from bookings.checkout.services import Details, RoomChoice, checkout_details_set, checkout_hold
from bookings.rates.models import RatePlan
from bookings.rates.wishes import Wish
from pms.kernel.actors import Actor, ActorKind
from tests.crashes.premises import Premises

_numbers = count(1)
_background = ThreadPoolExecutor(max_workers=8)


@dataclass(slots=True)
class Guest:
    """Somebody who keeps a room and is about to pay; the browser keeps its cookies."""

    premises: Premises
    checkout: Checkout
    browser: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        """Open the browser."""
        self.browser = self.premises.browser()

    def page(self, name: str) -> httpx.Response | None:
        """Read a page of the checkout; None when nobody answers."""
        return self._ask("GET", f"/booking/checkout/{self.checkout.token}/{name}/")

    def press(self) -> httpx.Response | None:
        """Read the payment page and press its button; None when nobody answers, the page where it is another."""
        page = self.page("payment")
        secret = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text) if page is not None else None
        if page is None or secret is None:
            return page
        return self._ask("POST", str(page.url), {"csrfmiddlewaretoken": secret[1]})

    def bank(self) -> str:
        """Press the button and return the address of the bank's page; nothing when it did not lead there."""
        answer = self.press()
        onward = answer.headers.get("Location", "") if answer is not None else ""
        return onward if urlsplit(onward).port == urlsplit(self.premises.sandbox.url).port else ""

    def come_back(self) -> httpx.Response | None:
        """Come back from the bank, and follow; None when nobody answers."""
        answer = self._ask("GET", f"/booking/payment/success/{self.checkout.token}/")
        if answer is None or answer.status_code != 303:
            return answer
        return self._ask("GET", answer.headers["Location"])

    def is_booked(self) -> bool:
        """Come back, and return whether the page that comes is the confirmation."""
        answer = self.come_back()
        return answer is not None and answer.status_code == 200 and answer.url.path.endswith("/confirmed/")

    def _ask(self, method: str, path: str, typed: dict[str, str] | None = None) -> httpx.Response | None:
        try:
            return self.browser.request(method, path, data=typed)
        except httpx.HTTPError:
            return None


def guest_make(premises: Premises, nights: tuple[Any, Any] | None = None) -> Guest:
    """Keep a double for two nights, and say who is coming."""
    number = next(_numbers)
    greta = Actor(ActorKind.GUEST, "Greta", ip=f"203.0.113.{number % 250}")
    arrival, departure = nights or premises.nights()
    wish = Wish(arrival, departure)
    plan = RatePlan.objects.get(code="FULL")
    checkout = checkout_hold(
        property=premises.house.property,
        wish=wish,
        choices=[RoomChoice(premises.house.double, plan, party) for party in wish.parties],
        promo_code="",
        access_code="",
        language="en",
        actor=greta,
    )
    details = Details(first_name="Greta", last_name=f"Garbo {number}", email=f"greta{number}@example.com")
    return Guest(
        premises,
        checkout_details_set(checkout=checkout, details=details, consent_text="I agree", actor=greta),
    )


def meanwhile(function: Any, *arguments: Any) -> "Future[Any]":
    """Do something while the test goes on."""
    return _background.submit(function, *arguments)
