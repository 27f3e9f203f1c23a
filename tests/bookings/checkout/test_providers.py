"""From the search to the confirmation at every provider's stand-in over real HTTP, as a browser without JavaScript goes it."""

import re

import pytest
from django.utils import timezone

from billing.payments.jobs import pursue
from billing.payments.models import PaymentIntent, Refund
from billing.payments.services import refund_submit
from bookings.checkout.enums import State
from bookings.checkout.jobs import settle
from bookings.checkout.models import Checkout
from bookings.reservations.enums import Status
from guests.portal.jobs import give_back
from guests.portal.services import stay_cancel
from tests.billing.payments.conftest import _no_token_of_before, paypal_account, razorpay_account
from tests.bookings.checkout.conftest import GRETA, TYPED, pages, paid, states, wish
from tests.bookings.checkout.test_pages import browser, choose, offers, text
from tests.bookings.checkout.test_several_rooms import fresh
from tests.sandbox.fixtures import paypal_sandbox, razorpay_sandbox

__all__ = ["_no_token_of_before", "browser", "paypal_account", "paypal_sandbox", "razorpay_account", "razorpay_sandbox"]


@pytest.fixture(params=["stripe", "razorpay", "paypal"])
def till(request, shop):
    """A house that takes money at one provider."""
    request.getfixturevalue(f"{request.param}_account")
    return request.param, request.getfixturevalue(f"{request.param}_sandbox")


def led_to_payment(browser, asked=None):
    """Search, choose, take no extras, say who comes; return the checkout and where the payment leads."""
    asked = asked or wish()
    assert "Paid in full now" in text(offers(browser, asked))
    extras = choose(browser, asked, "DBL:FULL")
    checkout = Checkout.objects.get()
    assert extras["Location"] == pages(checkout, "extras")
    assert browser.post(pages(checkout, "extras"))["Location"] == pages(checkout, "guest")
    assert browser.post(pages(checkout, "guest"), {**TYPED, "consent": "on"})["Location"] == pages(checkout, "payment")
    answer = browser.post(pages(checkout, "payment"))
    assert answer.status_code == 303, text(answer)
    return checkout, answer["Location"]


def paid_at(till, browser, leads):
    """Pay on the provider's page, and return what the browser is sent back with: an address, and fields of a form."""
    name, sandbox = till
    if name == "stripe":
        return sandbox.pay(leads), None
    if name == "paypal":
        return sandbox.approve({"links": [{"rel": "approve", "href": leads}]}), None
    page = browser.get(leads).content.decode()
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    return fields["callback_url"], sandbox.pay(fields["order_id"], callback_url=fields["callback_url"])


def test_from_search_to_confirmation(till, browser):
    checkout, leads = led_to_payment(browser)
    address, fields = paid_at(till, browser, leads)
    back = browser.post(address, fields) if fields else browser.get(address)
    assert back["Location"] == pages(checkout, "confirmed")
    assert checkout.booking.code in text(browser.get(back["Location"]))
    checkout.refresh_from_db()
    assert (checkout.state, states(checkout), paid(checkout)) == (State.BOOKED, [Status.CONFIRMED], 20_000)


def test_the_browser_never_comes_back(till, browser):
    """The poll finds what was paid, captures what was only approved, and the sweep books it."""
    checkout, leads = led_to_payment(browser)
    paid_at(till, browser, leads)
    payment = PaymentIntent.objects.get()
    PaymentIntent.objects.update(next_attempt_at=timezone.now())
    assert pursue(str(payment.code)) == "captured"
    assert settle() == 1
    checkout.refresh_from_db()
    assert (checkout.state, states(checkout), paid(checkout)) == (State.BOOKED, [Status.CONFIRMED], 20_000)


def test_the_guest_turns_back_and_pays_after_all(till, browser):
    """Going back proves nothing and loses nothing: the same payment is offered again."""
    checkout, leads = led_to_payment(browser)
    assert "You came back without paying." in text(browser.get(pages(checkout, "cancel"), follow=True))
    again = browser.post(pages(checkout, "payment"))["Location"]
    assert again == leads
    address, fields = paid_at(till, browser, again)
    assert (browser.post(address, fields) if fields else browser.get(address))["Location"] == pages(
        checkout, "confirmed"
    )
    assert PaymentIntent.objects.count() == 1


def test_one_of_two_rooms_is_given_back(till, browser):
    """T38: a part of the one payment, for the room that was cancelled."""
    checkout, leads = led_to_payment(browser, wish(adults=3, rooms=2))
    address, fields = paid_at(till, browser, leads)
    browser.post(address, fields) if fields else browser.get(address)
    row = fresh(checkout.booking.reservations.order_by("pk").last())
    stay_cancel(reservation=row, version=row.version, fee_seen_minor=0, reason="", actor=GRETA)
    assert give_back(row.code)
    assert refund_submit(refund=Refund.objects.get()).status == "succeeded"
    assert (states(checkout), paid(checkout)) == ([Status.CONFIRMED, Status.CANCELLED], 20_000)
