"""The rates calendar in a real browser: keys, ranges, fill, preview, save, undo, bulk, phone, no JavaScript, axe."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import schema_context
from playwright.sync_api import expect

from bookings.rates.models import DailyPrice, RateChange, RatePlan, Restriction
from bookings.rates.services import Cell, rates_change
from channels.connections.models import RateLink
from channels.sync.models import Mark, ToldRate
from pms.kernel.actors import Actor
from tests.channels.house import make_connection
from tests.conftest import TODAY
from tests.house import make_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def house(hotel_a):
    """Casa Lisboa with a plan that follows the other, ten per cent below."""
    with schema_context(hotel_a.schema_name):
        made = make_house(code="LIS", name="Casa Lisboa", today=TODAY, horizon_days=120)
        RatePlan.objects.create(
            property=made.property, code="NRF", name="Saver", position=1, parent=made.rate_plan, derive_percent=-10
        )
        Restriction.objects.create(
            property=made.property, room_type=made.double, date=TODAY + timedelta(days=4), min_stay_arrival=2
        )
        yield made


@pytest.fixture
def open_rates(open_as, house, mia):
    """Return open_rates(query, **context): the calendar, signed in as the manager, ready for keys."""

    def make(query="?days=14", **options):
        page = open_as(mia, f"/desk/rates/{query}", **options)
        if options.get("java_script_enabled", True) and "list" not in query:
            page.wait_for_selector('#grid i[tabindex="0"], .day-list')
        return page

    return make


def cell(page, room_type, plan, offset):
    return page.locator(f'.r[data-t="{room_type}"][data-p="{plan}"] > i').nth(offset)


def stand(page, room_type, plan, offset):
    """Put the focus on a cell without opening its editor."""
    cell(page, room_type, plan, offset).click()
    page.keyboard.press("Escape")
    expect(page.locator(".editor")).to_have_count(0)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def saved(page, title="Save these changes?"):
    """Say yes to the preview, and wait until the calendar is drawn anew."""
    expect(page.locator("#dialog-title")).to_have_text(title)
    page.click("#dialog .btn.primary")
    expect(page.locator("#toasts")).to_contain_text("saved.")
    expect(page.locator("#pending")).to_be_hidden()
    expect(page.locator(".pend")).to_have_count(0)


def prices(room_type="DBL"):
    """Return manual prices of a type by (plan, days from today)."""
    rows = DailyPrice.objects.filter(room_type__code=room_type).values_list("rate_plan__code", "date", "price_minor")
    return {(plan, (day - TODAY).days): price for plan, day, price in rows}


def test_price_is_edited_by_key_previewed_saved_and_undone(open_rates):
    page = open_rates()
    stand(page, "DBL", "BAR", 1)
    press(page, "1", "2", "9", "Enter")
    expect(cell(page, "DBL", "BAR", 1)).to_have_text("129")
    expect(cell(page, "DBL", "BAR", 1)).to_have_class(re.compile(r"\bpend\b"))
    expect(cell(page, "DBL", "NRF", 1)).to_have_class(re.compile(r"\bwill\b"))
    expect(cell(page, "DBL", "NRF", 1)).to_be_focused()
    expect(page.locator("#pending-count")).to_have_text("1 cell to save")
    assert prices() == {}
    page.keyboard.press("Control+s")
    expect(page.locator("#rates-effect")).to_contain_text("cell changed")
    saved(page)
    expect(cell(page, "DBL", "BAR", 1)).to_have_class("m")
    expect(cell(page, "DBL", "NRF", 1)).to_have_text("116.10")
    assert prices() == {("BAR", 1): 12_900}
    page.click("#toasts .btn:has-text('Undo')")
    expect(cell(page, "DBL", "BAR", 1)).to_have_text("100")
    assert prices() == {}


def test_range_takes_a_relative_entry_and_fills_down(open_rates):
    page = open_rates()
    stand(page, "DBL", "BAR", 0)
    press(page, "Shift+ArrowRight", "Shift+ArrowRight")
    expect(page.locator(".sel")).to_have_count(3)
    page.keyboard.type("+10%")
    press(page, "Control+Enter")
    for offset in range(3):
        expect(cell(page, "DBL", "BAR", offset)).to_have_text("110")
    press(page, "Shift+ArrowDown", "Control+d")
    for offset in range(3):
        expect(cell(page, "DBL", "NRF", offset)).to_have_text("110")
    expect(page.locator("#pending-count")).to_have_text("6 cells to save")
    press(page, "Control+z")
    expect(cell(page, "DBL", "NRF", 0)).to_have_text("90")
    page.click("[data-pending-preview]")
    saved(page)
    assert prices() == {("BAR", offset): 11_000 for offset in range(3)}


def test_fill_right_copies_the_first_day(open_rates):
    page = open_rates()
    stand(page, "STE", "BAR", 0)
    press(page, "2", "0", "0", "Enter")
    stand(page, "STE", "BAR", 0)
    press(page, "Shift+ArrowRight", "Shift+ArrowRight", "Control+r")
    for offset in range(3):
        expect(cell(page, "STE", "BAR", offset)).to_have_text("200")


def test_letters_set_restrictions_of_a_plan_and_of_a_type(open_rates):
    page = open_rates()
    stand(page, "DBL", "BAR", 2)
    press(page, "m", "3", "Enter")
    expect(cell(page, "DBL", "BAR", 2)).to_have_attribute("data-m", "3+")
    stand(page, "DBL", "", 3)
    press(page, "x", "7", "Enter")
    stand(page, "DBL", "", 3)
    press(page, "a", "d", "s", "s", "q", "2", "Enter")
    expect(cell(page, "DBL", "", 3)).to_have_class(re.compile(r"\bca cd\b"))
    page.keyboard.press("Control+s")
    saved(page)
    rows = Restriction.objects.exclude(date=TODAY + timedelta(days=4)).order_by("date")
    assert [
        (row.rate_plan_id is None, row.min_stay_arrival, row.max_stay, row.closed_to_arrival, row.stop_sell, row.quota)
        for row in rows
    ] == [(False, 3, None, None, None, None), (True, None, 7, True, None, 2)]


def test_delete_goes_back_to_the_computed_price(open_rates, house):
    wish = Cell(house.double.pk, house.rate_plan.pk, TODAY, "price", 12_900)
    rates_change(property=house.property, cells=[wish], title="Fair", actor=Actor.system("tests"))
    page = open_rates()
    expect(cell(page, "DBL", "BAR", 0)).to_have_text("129")
    stand(page, "DBL", "BAR", 0)
    page.keyboard.press("Delete")
    expect(cell(page, "DBL", "BAR", 0)).to_have_text("auto")
    page.keyboard.press("Control+s")
    saved(page)
    expect(cell(page, "DBL", "BAR", 0)).to_have_text("100")


def test_editor_refuses_what_makes_no_sense_and_stays(open_rates):
    page = open_rates()
    stand(page, "DBL", "BAR", 1)
    for typed, sentence in (("-500", "A price is never negative"), ("1,234", "A price such as 129, or +10%, or -5")):
        page.keyboard.press("Enter")
        page.locator(".editor input").fill(typed)
        page.keyboard.press("Enter")
        expect(page.locator(".editor")).to_have_attribute("data-error", sentence)
        page.keyboard.press("Escape")
    page.keyboard.press("m")
    page.locator(".editor input").fill("0")
    page.keyboard.press("Enter")
    expect(page.locator(".editor")).to_have_attribute("data-error", "A whole number from 1 to 730")
    page.keyboard.press("Escape")
    expect(page.locator("#pending")).to_be_hidden()


def test_drag_selects_days_and_rows(open_rates):
    page = open_rates()
    begin, end = (cell(page, "DBL", plan, offset).bounding_box() for plan, offset in (("BAR", 1), ("NRF", 4)))
    page.mouse.move(begin["x"] + 10, begin["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + 10, end["y"] + 10, steps=6)
    page.mouse.up()
    expect(page.locator(".sel")).to_have_count(8)
    expect(page.locator(".editor")).to_have_count(0)
    page.keyboard.type("99")
    page.keyboard.press("Enter")
    expect(page.locator("#pending-count")).to_have_text("8 cells to save")


def test_bulk_by_weekday_goes_through_the_preview(open_rates):
    """20 November 2026 is a Friday: of 14 days two are Fridays and two Saturdays."""
    page = open_rates()
    stand(page, "STE", "BAR", 0)
    press(page, "2", "6", "0", "Enter")
    page.keyboard.press("b")
    expect(page.locator("#dialog-title")).to_have_text("Change many days")
    form = page.locator(".rates-bulk")
    for name in ("Mon", "Tue", "Wed", "Thu", "Sun"):
        form.get_by_label(name, exact=True).uncheck()
    form.get_by_label("Double", exact=True).check()
    form.get_by_label("Best available rate", exact=True).check()
    form.locator("[name=how]").select_option("percent")
    form.locator("[name=value]").fill("20")
    form.locator(".btn.primary").click()
    expect(page.locator("#rates-effect .stat").first).to_have_text("5cells changed")
    page.keyboard.press("Escape")
    expect(page.locator("#pending-count")).to_have_text("5 cells to save")
    expect(cell(page, "DBL", "BAR", 7)).to_have_text("120")
    page.click("[data-pending-preview]")
    saved(page)
    assert prices() == {("BAR", offset): 12_000 for offset in (0, 1, 7, 8)}
    assert prices("STE") == {("BAR", 0): 26_000}


def test_unusual_price_is_typed_again(open_rates):
    page = open_rates()
    stand(page, "DBL", "BAR", 1)
    press(page, "9", "Enter", "Control+s")
    expect(page.locator("#dialog")).to_contain_text("below 20 % of the base price")
    page.click("#dialog .btn.primary")
    expect(page.locator("#dialog [role=alert]")).to_have_text("Type 9 to say that this price is meant.")
    page.fill("#id_confirm", "9")
    saved(page)
    assert prices() == {("BAR", 1): 900}


def test_what_somebody_changed_meanwhile_is_shown(open_rates, house):
    page = open_rates()
    wish = Cell(house.double.pk, house.rate_plan.pk, TODAY + timedelta(days=1), "price", 11_000)
    rates_change(property=house.property, cells=[wish], title="Concert", actor=Actor.system("Olivia"))
    stand(page, "DBL", "BAR", 1)
    press(page, "1", "2", "0", "Enter", "Control+s")
    expect(page.locator("#dialog")).to_contain_text("Olivia changed 1 of these cells since you looked (“Concert”).")
    saved(page)
    assert prices() == {("BAR", 1): 12_000}


def test_what_waits_outlives_paging_and_leaving(open_rates):
    page = open_rates()
    stand(page, "DBL", "BAR", 10)
    press(page, "1", "2", "0", "Enter")
    page.keyboard.press("PageDown")
    expect(page.locator(".day").first).to_have_attribute("data-d", str(TODAY + timedelta(days=7)))
    expect(cell(page, "DBL", "BAR", 3)).to_have_text("120")
    page.goto(page.url.split("/desk/")[0] + "/desk/rates/?days=14")
    expect(cell(page, "DBL", "BAR", 10)).to_have_text("120")
    page.click("[data-pending-drop]")
    expect(cell(page, "DBL", "BAR", 10)).to_have_text("100")
    expect(page.locator("#pending")).to_be_hidden()


def test_cell_is_named_in_a_sentence_and_the_grid_is_one_stop(open_rates):
    page = open_rates()
    stand(page, "DBL", "NRF", 4)
    assert page.evaluate("document.activeElement.ariaLabel") == (
        "Double, Saver, Tuesday 24 November: 90 euros, follows Best available rate, minimum stay 2 by the room type, 3 rooms left"
    )
    assert page.locator('#grid [tabindex="0"]').count() == 1
    press(page, "Home", "Control+ArrowUp")
    assert page.evaluate("document.activeElement.ariaLabel") == "Double, Friday 20 November: 3 rooms left"
    page.keyboard.press("Space")
    expect(cell(page, "DBL", "BAR", 0)).to_be_hidden()
    page.reload()
    expect(cell(page, "STE", "BAR", 0)).to_be_visible()
    expect(cell(page, "DBL", "BAR", 0)).to_be_hidden()


def test_pages_are_accessible(open_rates, barriers):
    for options in ({}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}, "has_touch": True}):
        page = open_rates("", **options)
        assert barriers(page) == []


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_what_a_channel_is_told_is_accessible_and_fits(open_rates, house, hotel_a, barriers, width):
    with schema_context(hotel_a.schema_name):
        row = make_connection(house, name="Booking.com through Channex")
        rate = RateLink.objects.get(room__connection=row, rate_id="R-DBL-BAR")
        Restriction.objects.create(property=house.property, date=TODAY + timedelta(days=1), stop_sell=True)
        Mark.objects.create(connection=row, first=TODAY, until=TODAY + timedelta(days=1), asked_at=timezone.now())
        ToldRate.objects.create(
            link=rate, date=TODAY + timedelta(days=2), prices=[1, 1], min_stay_arrival=1, min_stay_through=1, max_stay=0,
            closed_to_arrival=False, closed_to_departure=False, closed=False, told_at=timezone.now(), refused="too_low",
        )  # fmt: skip
    for scheme in ("light", "dark"):
        page = open_rates("?channel=CHX1", color_scheme=scheme, viewport={"width": width, "height": 844})
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width > 640:
            assert page.evaluate("document.querySelector('.toolbar').offsetHeight") < 60
            looks = [cell(page, "DBL", "BAR", offset).locator("small").get_attribute("class") for offset in range(3)]
            assert looks == ["w", "x d", "r"]


def test_dialogs_are_accessible(open_rates, barriers):
    page = open_rates()
    stand(page, "DBL", "BAR", 1)
    press(page, "9", "Enter")
    assert barriers(page) == []
    for key, title in (("b", "Change many days"), ("Control+s", "Save these changes?"), ("o", "Double, Saver")):
        page.keyboard.press(key)
        expect(page.locator("#dialog-title")).to_have_text(title)
        page.evaluate("Promise.all(document.getAnimations().map((animation) => animation.finished))")
        assert barriers(page) == []
        page.keyboard.press("Escape")
        expect(page.locator("#dialog")).to_be_hidden()


def test_phone_lists_the_days_of_a_type_and_changes_one(open_rates):
    page = open_rates("", viewport={"width": 390, "height": 844}, has_touch=True)
    page.wait_for_selector(".day-list")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator(".day-card").nth(1).get_by_text("Best available rate").tap()
    expect(page.locator("#dialog-title")).to_have_text("Double, Best available rate")
    page.fill("#id_price", "119")
    page.click("#dialog .btn.primary")
    saved(page)
    expect(page.locator(".day-card").nth(1)).to_contain_text("119")
    assert prices() == {("BAR", 1): 11_900}


def test_without_javascript_the_bulk_page_and_the_list_do_it(open_rates):
    page = open_rates(java_script_enabled=False)
    page.get_by_role("link", name="Many days").click()
    page.locator("#id_last_1").fill(str(TODAY))
    page.get_by_label("Double", exact=True).check()
    page.get_by_label("Best available rate", exact=True).check()
    page.locator("#id_value").fill("125")
    page.get_by_role("button", name="See what changes").click()
    page.get_by_role("button", name="Save 1 cell").click()
    expect(page.locator("#toasts")).to_contain_text("1 cell is saved.")
    page.locator('.r[data-t="DBL"] .u a').first.click()
    page.locator(".day-card").nth(1).get_by_text("Saver").click()
    page.locator("#id_price").fill("80")
    page.get_by_role("button", name="See what changes").click()
    page.get_by_role("button", name="Save 1 cell").click()
    assert prices() == {("BAR", 0): 12_500, ("NRF", 1): 8_000}
    assert RateChange.objects.count() == 2


# --- What a channel is told beside our own prices -------------------------------------------------------------------


def test_the_key_shows_what_a_channel_is_told_and_says_it(open_rates, house, hotel_a):
    with schema_context(hotel_a.schema_name):
        make_connection(house)
    page = open_rates()
    press(page, "c")
    expect(cell(page, "DBL", "BAR", 0).locator("small")).to_have_text("100")
    stand(page, "DBL", "BAR", 0)
    expect(page.locator("#rates-told")).to_contain_text("Channex is told 100 euros, another one is shown there")
    assert "Channex is told 100 euros" in cell(page, "DBL", "BAR", 0).get_attribute("aria-label")
    stand(page, "DBL", "NRF", 0)
    expect(page.locator("#rates-told")).to_contain_text("not sold at Channex")
    page.keyboard.type("120")
    press(page, "Enter")
    expect(cell(page, "DBL", "NRF", 0)).to_have_text("120")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    press(page, "c")
    expect(page.locator("#grid small:not(.clip, [aria-hidden])")).to_have_count(0)
