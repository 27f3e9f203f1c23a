"""Price files and versions in a real browser: a file with a fault, the file put right, published, rolled back; axe."""

from datetime import timedelta

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import expect

from bookings.rates.enums import ChangeState
from bookings.rates.models import DailyPrice, RateChange
from bookings.rates.services import Cell, rates_change
from pms.kernel.actors import Actor
from tests.conftest import TODAY
from tests.house import make_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEADER = "room_type,rate_plan,from,to,price\n"
FIRST, LAST = TODAY + timedelta(days=10), TODAY + timedelta(days=12)


@pytest.fixture
def house(hotel_a):
    with schema_context(hotel_a.schema_name):
        yield make_house(code="LIS", name="Casa Lisboa", today=TODAY, horizon_days=120)


def choose(page, name, text):
    page.set_input_files("#id_file", {"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("h1")).to_have_text(name)


def prices():
    return list(DailyPrice.objects.order_by("date").values_list("date", "price_minor"))


def test_file_is_checked_put_right_published_and_found_among_the_versions(open_as, house, mia, barriers):
    page = open_as(mia, "/desk/rates/import/")
    assert barriers(page) == []
    choose(page, "may.csv", f"{HEADER}DBL,BAR,{FIRST},{LAST},129\nSPA,BAR,{FIRST},,99\n")
    expect(page.locator(".note.is-alert")).to_contain_text("1 row with errors")
    expect(page.locator(".rate-fault")).to_contain_text("SPA")
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)
    assert barriers(page) == []
    page.get_by_role("link", name="Another file").click()
    choose(page, "right.csv", f"{HEADER}DBL,BAR,{FIRST},{LAST},129\n")
    page.get_by_label("Title").fill("Spring fair")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("h1")).to_contain_text("Spring fair")
    expect(page.locator("#toasts")).to_contain_text("is published.")
    assert prices() == [(FIRST + timedelta(days=offset), 12_900) for offset in range(3)]
    page.goto("/desk/rates/changes/")
    expect(page.locator("tr[data-row] .main")).to_have_text(["Spring fair"])


def test_version_is_rolled_back_by_key_and_leaves_what_was_changed_since(open_as, house, mia, barriers):
    for title, day, price_minor in (("Fair", FIRST, 15_000), ("Fair", LAST, 15_000), ("By hand", LAST, 16_000)):
        wish = Cell(house.double.pk, house.rate_plan.pk, day, "price", price_minor)
        rates_change(property=house.property, cells=[wish], title=title, actor=Actor.system("tests"))
    page = open_as(mia, "/desk/rates/changes/")
    expect(page.locator("tr[data-row] .main")).to_have_text(["By hand", "Fair", "Fair"])
    assert barriers(page) == []
    page.get_by_role("link", name="Fair").last.click()
    expect(page.locator("h1")).to_contain_text("Fair")
    page.keyboard.press("z")
    expect(page.locator("h1")).to_contain_text("Roll back")
    assert barriers(page) == []
    page.get_by_role("button", name="Put 1 value back").click()
    expect(page.locator("#toasts")).to_contain_text("rolled back")
    assert prices() == [(LAST, 16_000)]
    page.goto(f"/desk/rates/changes/{RateChange.objects.filter(title='Fair').latest('number').number}/roll-back/")
    expect(page.locator("h2")).to_have_text("Changed since")
    expect(page.locator("body")).to_contain_text("there is nothing to put back")
    assert RateChange.objects.filter(state=ChangeState.ROLLED_BACK).count() == 1
