"""Greta books in a real browser: on a phone and a desktop, with and without JavaScript, to a paid confirmation."""

from datetime import date, timedelta

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import expect

from billing.ledger.services import entity_of
from billing.payments.models import PaymentAccount
from billing.payments.services import account_save
from bookings.checkout.models import Checkout
from bookings.rates.enums import Deposit
from bookings.rates.models import Extra, PaymentTerms, RatePlan
from bookings.reservations.enums import Status
from pms.kernel.actors import Actor
from tests.house import make_house
from tests.sandbox.fixtures import sandbox_judges, sandbox_server, stripe_sandbox

__all__ = ["sandbox_judges", "sandbox_server", "stripe_sandbox"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = date(2026, 11, 20)
ASKED = "/booking/property/LIS/book/?arrival=2026-12-01&departure=2026-12-03&adults=2"
SIZES = pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desktop", "phone"])


@pytest.fixture
def house(hotel_a, stripe_sandbox, settings):
    """Casa Lisboa with a flexible rate that asks nothing and one that is paid in advance at the stand-in."""
    settings.STRIPE_API_BASE = stripe_sandbox.url
    with schema_context(hotel_a.schema_name):
        made = make_house(code="LIS", name="Casa Lisboa", today=TODAY, horizon_days=120)
        made.rate_plan.guarantee = "until_6pm"
        made.rate_plan.save()
        terms = PaymentTerms.objects.create(property=made.property, code="ALL", name="All", deposit=Deposit.FULL)
        RatePlan.objects.create(
            property=made.property, code="NRF", name="Paid in advance", parent=made.rate_plan, payment_terms=terms,
            guarantee="prepaid", derive_percent=-10,
        )  # fmt: skip
        Extra.objects.create(property=made.property, code="PARK", name="Parking", basis="night", price_minor=1_500)
        account = PaymentAccount(
            code="STRIPE", name="Card", entity=entity_of(made.property), provider="stripe", public_key="pk_test_1"
        )
        secrets = {"secret_key": stripe_sandbox.secret_key, "webhook_secret": "whsec_sandbox"}
        account_save(account=account, secrets=secrets, actor=Actor.system("tests"))
    return made


def typed(page):
    page.get_by_label("First name").fill("Greta")
    page.get_by_label("Last name").fill("Garbo")
    page.get_by_label("E-mail", exact=False).first.fill("greta@example.com")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Go on to payment").click()


def fits(page):
    """Whether nothing sticks out at the side."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def states(hotel):
    with schema_context(hotel.schema_name):
        return list(Checkout.objects.order_by("pk").values_list("state", "booking__reservations__status"))


@SIZES
@pytest.mark.parametrize("scripted", [True, False], ids=["javascript", "without"])
def test_from_the_offer_to_the_booking(house, hotel_a, open_page, size, scripted):
    page = open_page(viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripted)
    page.goto(ASKED)
    page.get_by_role("button", name="Choose Double, Best available rate").click()
    page.wait_for_load_state("networkidle")
    page.get_by_label("Parking").select_option("1")
    if scripted:
        expect(page.locator("#summary .total dd")).to_have_text("€230.00")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#summary .total dd")).to_have_text("€230.00")
    typed(page)
    page.get_by_role("button", name="Book now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, your booking is confirmed")
    assert states(hotel_a) == [("booked", Status.CONFIRMED)]
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, your booking is confirmed")


def test_paid_at_the_provider(house, hotel_a, open_page, stripe_sandbox):
    page = open_page()
    page.goto(ASKED)
    page.get_by_role("button", name="Choose Double, Paid in advance").click()
    page.get_by_role("button", name="Go on").click()
    typed(page)
    page.get_by_role("button", name="Pay €180.00 and book").click()
    page.wait_for_url("**/c/pay/**")
    back = stripe_sandbox.pay(page.url)
    page.goto(back)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, your booking is confirmed")
    assert states(hotel_a) == [("booked", Status.CONFIRMED)]


@SIZES
def test_no_page_has_a_barrier_or_sticks_out(house, open_page, barriers, size):
    page = open_page(viewport={"width": size[0], "height": size[1]})
    page.goto(ASKED)
    found = {"book": (barriers(page), fits(page))}
    page.get_by_role("button", name="Choose Double, Best available rate").click()
    for name, button in (("extras", "Go on"), ("guest", "Go on to payment")):
        found[name] = (barriers(page), fits(page))
        if name == "extras":
            page.get_by_role("button", name=button).click()
    page.get_by_role("button", name="Go on to payment").click()
    found["guest refused"] = (barriers(page), fits(page))
    typed(page)
    found["payment"] = (barriers(page), fits(page))
    page.get_by_role("button", name="Book now").click()
    found["confirmed"] = (barriers(page), fits(page))
    assert {name: what for name, what in found.items() if what != ([], True)} == {}


def test_by_keyboard_alone(house, hotel_a, open_page):
    page = open_page()
    page.goto(ASKED)

    def to(button):
        for _ in range(60):
            page.keyboard.press("Tab")
            if button in page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText || ''"):
                return page.keyboard.press("Enter")
        raise AssertionError(f"{button} was not reached.")

    to("Choose Double, Best available rate")
    page.wait_for_url("**/extras/")
    to("Go on")
    page.wait_for_url("**/guest/")
    for label, text in (("First name", "Greta"), ("Last name", "Garbo"), ("E-mail", "greta@example.com")):
        page.get_by_label(label).first.focus()
        page.keyboard.type(text)
    page.get_by_label("I agree").focus()
    page.keyboard.press("Space")
    to("Go on to payment")
    page.wait_for_url("**/payment/")
    to("Book now")
    page.wait_for_url("**/confirmed/")
    assert states(hotel_a) == [("booked", Status.CONFIRMED)]


def test_the_countdown_ticks_and_ends(house, open_page, hotel_a, complaints):
    page = open_page()
    page.goto(ASKED)
    page.get_by_role("button", name="Choose Double, Best available rate").click()
    expect(page.locator(".ticking")).to_contain_text("14:5")
    with schema_context(hotel_a.schema_name):
        checkout = Checkout.objects.get()
        checkout.expires_at -= timedelta(minutes=14, seconds=57)
        checkout.save()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("The time is up", timeout=8_000)
    expect(page.get_by_role("link", name="Search again")).to_be_visible()
    assert [line for line in complaints if "410" not in line] == []
    complaints.clear()
