"""The checkout in a real browser, step by step; the whole way is walked in test_journeys.py."""

from datetime import timedelta

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import expect

from bookings.checkout.models import Checkout
from bookings.reservations.enums import Status
from tests.browser.shop import SIZES, house
from tests.sandbox.fixtures import sandbox_judges, sandbox_server, stripe_sandbox

__all__ = ["house", "sandbox_judges", "sandbox_server", "stripe_sandbox"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ASKED = "/booking/property/LIS/book/?arrival=2026-12-01&departure=2026-12-03&adults=2"


def typed(page):
    page.get_by_label("First name").fill("Greta")
    page.get_by_label("Last name").fill("Garbo")
    page.get_by_label("E-mail", exact=False).first.fill("greta@example.com")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Go on to payment").click()


def states(hotel):
    with schema_context(hotel.schema_name):
        return list(Checkout.objects.order_by("pk").values_list("state", "booking__reservations__status"))


@pytest.mark.parametrize("scripted", [True, False], ids=["javascript", "without"])
def test_what_asks_nothing_is_booked_at_once(house, hotel_a, open_page, scripted):
    page = open_page(viewport=SIZES["phone"], java_script_enabled=scripted)
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
