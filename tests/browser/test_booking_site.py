"""Home, a house and a room in a real Chromium: no barrier, nothing wider than the screen, nothing from another host."""

import pytest
from django_tenants.utils import schema_context

from pms.branding.models import Brand
from pms.kernel.actors import Actor
from pms.onboarding.demo_pictures import pictures_add
from pms.onboarding.demo_texts import brand_write, texts_write
from pms.properties.photos import photos_shrink_waiting
from tests.conftest import TODAY
from tests.house import make_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCREENS = {"desktop": (1440, 900), "phone": (390, 844)}
PAGES = ("", "booking/property/LIS/", "booking/property/LIS/rooms/DBL/")


@pytest.fixture
def site(hotel_a, own_storage):
    """A house with pictures, words in three languages and a brand."""
    with schema_context("hotel_a"):
        house = make_house(code="LIS", name="Casa Lisboa", today=TODAY, horizon_days=60)
        actor = Actor.system("tests")
        brand_write(slug="lusitania", actor=actor)
        pictures_add(property=house.property, actor=actor)
        texts_write(property=house.property, actor=actor)
        photos_shrink_waiting()


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("accent", ["", "#8a1c4a"], ids=["ours", "theirs"])
def test_pages_have_no_barrier(open_page, host, barriers, site, screen, scheme, accent):
    with schema_context("hotel_a"):
        Brand.objects.update(accent=accent)
    width, height = SCREENS[screen]
    page = open_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        page.goto(f"/{path}")
        assert (path, barriers(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in asked if not url.startswith((host, "data:"))] == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_guest_goes_from_home_to_a_room_in_lithuanian(open_page, site, script):
    page = open_page(viewport={"width": 390, "height": 844}, java_script_enabled=script)
    page.goto("/")
    page.get_by_role("link", name="Lietuvių").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Du namai prie vandens"
    page.locator("a.house").first.click()
    page.locator(".room h3 a").first.click()
    assert page.url.endswith("/lt/booking/property/LIS/rooms/DBL/")


def test_a_room_can_be_opened_with_the_keyboard(open_page, site):
    page = open_page()
    page.goto("/booking/property/LIS/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator(".room h3 a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/rooms/DBL/")
