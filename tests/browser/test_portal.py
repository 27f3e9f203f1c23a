"""A guest's booking in a real Chromium, on a desktop's screen and a phone's, without a mouse's or a script's help."""

import os
from pathlib import Path

import pytest
from django_tenants.utils import schema_context

from bookings.reservations.enums import Status
from bookings.reservations.manage_links import manage_token
from bookings.reservations.models import Reservation
from pms.properties.models import Property
from tests.conftest import TODAY
from tests.house import book, make_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCREENS = {"desktop": (1440, 900), "phone": (390, 844)}


@pytest.fixture
def stay(hotel_a):
    """Greta's two nights."""
    with schema_context("hotel_a"):
        house = make_house(code="LIS", name="Casa Lisboa", today=TODAY, horizon_days=60)
        Property.objects.filter(pk=house.property.pk).update(
            street="Rua Augusta 1", city="Lisboa", phone="+351 21 000 000", house_rules="Quiet after ten."
        )
        row = book(house, 10, 12, guest="Lindqvist")
        return row, f"/manage/{manage_token(booking=row.booking)}/"


def seen(page, name):
    """Keep a picture where INNKEEP_PICTURES says."""
    folder = os.environ.get("INNKEEP_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_guest_changes_and_cancels(open_page, barriers, stay, screen, script):
    row, path = stay
    width, height = SCREENS[screen]
    page = open_page(viewport={"width": width, "height": height}, java_script_enabled=script)

    def look(name):
        assert page.evaluate("document.documentElement.scrollWidth") <= width if script else True
        assert not script or barriers(page) == []
        seen(page, f"{screen}-{name}")

    page.goto(path)
    look("overview")
    page.get_by_role("link", name="Names of guests").click()
    look("guests")
    page.goto(path)
    page.get_by_role("link", name="Change dates or guests").click()
    page.get_by_label("Departure").fill("2026-12-03")
    page.get_by_role("button", name="Show what it costs").click()
    assert page.get_by_text("€300.00").count() == 1
    look("change")
    page.get_by_role("button", name="Yes, change my stay").click()
    assert page.get_by_text("Your stay has been changed.").is_visible()
    page.get_by_role("link", name="Cancel this room").click()
    look("cancel")
    page.get_by_role("button", name="Yes, cancel this room").click()
    look("cancelled")
    with schema_context("hotel_a"):
        assert Reservation.objects.get(pk=row.pk).status == Status.CANCELLED


@pytest.mark.parametrize("screen", SCREENS)
def test_finding_a_booking(open_page, barriers, hotel_a, screen):
    width, height = SCREENS[screen]
    page = open_page(viewport={"width": width, "height": height})
    page.goto("/my-booking/")
    assert barriers(page) == []
    seen(page, f"{screen}-find")
    page.get_by_label("E-mail address").fill("greta@example.test")
    page.get_by_role("button", name="Send me the link").click()
    assert page.get_by_role("status").is_visible()
    assert barriers(page) == []
