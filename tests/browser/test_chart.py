"""The tape chart in a real browser: keys, drag, refusal, no JavaScript, accessibility, content security policy."""

from datetime import date, timedelta

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import expect

from bookings.lifecycle.services import RoomRequest, booking_create, reservation_unassign
from bookings.rates.enums import Source
from bookings.reservations.models import Reservation, StayNight
from guests.profiles.services import GuestDetails
from pms.kernel.actors import Actor
from tests.house import make_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = date(2026, 11, 20)


@pytest.fixture
def house(hotel_a, felix):
    """Casa Lisboa: Greta in 101 from tomorrow for two nights, Moreau in 102 over the same ones."""
    with schema_context(hotel_a.schema_name):
        made = make_house(code="LIS", name="Casa Lisboa", today=TODAY, horizon_days=120)
        for unit, last_name in (("101", "Lindqvist"), ("102", "Moreau")):
            booking_create(
                property=made.property,
                rooms=[
                    RoomRequest(
                        room_type=made.double,
                        rate_plan=made.rate_plan,
                        arrival=TODAY + timedelta(days=1),
                        departure=TODAY + timedelta(days=3),
                        unit=made.units[unit],
                    )
                ],
                booker=GuestDetails(first_name="Greta", last_name=last_name),
                source=Source.PHONE,
                actor=Actor.system("tests"),
            )
        yield made


@pytest.fixture
def open_chart(open_as, house, felix):
    """Return open_chart(path, **context): a signed-in page of the chart."""
    return lambda path="/desk/", **options: open_as(felix, path, **options)


def bar(page, name):
    return page.locator("a.b", has_text=name)


def drag(page, name, to_unit, days=0):
    box = bar(page, name).bounding_box()
    target = page.locator(f'.r[data-unit="{to_unit}"]').bounding_box()
    column = page.locator(".day").first.bounding_box()["width"]
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + 20, steps=3)
    page.mouse.move(box["x"] + 20 + days * column, target["y"] + 15, steps=6)
    page.mouse.up()


def test_page_opens_and_is_accessible(open_chart, barriers):
    page = open_chart()
    expect(bar(page, "Lindqvist")).to_be_visible()
    assert barriers(page) == []


def test_dark_and_phone_are_accessible_too(open_chart, barriers):
    for options in ({"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}, "has_touch": True}):
        page = open_chart(**options)
        assert barriers(page) == []


def test_phone_shows_seven_days_without_sideways_scrolling(open_chart):
    page = open_chart(viewport={"width": 390, "height": 844})
    page.wait_for_selector(".scroller.d7")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("scroller.scrollWidth <= scroller.clientWidth")


def test_arrows_walk_and_one_stop_takes_the_tab_key(open_chart):
    page = open_chart()
    bar(page, "Moreau").focus()
    page.locator('#grid [tabindex="0"]').focus()
    assert page.locator('#grid [tabindex="0"]').count() == 1
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert "Lindqvist" in page.evaluate("document.activeElement.ariaLabel")
    page.keyboard.press("ArrowDown")
    assert "Moreau" in page.evaluate("document.activeElement.ariaLabel")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.ariaLabel") == "Sat 21 Nov, free, room 103"


def test_keys_move_a_booking_after_a_yes(open_chart, house):
    page = open_chart()
    bar(page, "Lindqvist").focus()
    for key in ("m", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#dialog-title")).to_have_text("Move to 103?")
    assert unit_of("Lindqvist") == "101"
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Greta Lindqvist has 103.")
    expect(page.locator('.r[data-unit="103"] a.b')).to_have_text("Greta Lindqvist")
    assert unit_of("Lindqvist") == "103"


def test_escape_leaves_it_where_it_is(open_chart):
    page = open_chart()
    bar(page, "Lindqvist").focus()
    for key in ("m", "ArrowRight", "Escape"):
        page.keyboard.press(key)
    expect(page.locator(".ghost")).to_have_count(0)
    expect(page.locator("#dialog")).to_be_hidden()


def test_drag_asks_then_moves_then_undoes(open_chart, house):
    page = open_chart()
    drag(page, "Lindqvist", "103")
    expect(page.locator("#dialog-title")).to_have_text("Move to 103?")
    page.click("#dialog .btn.primary")
    expect(page.locator('.r[data-unit="103"] a.b')).to_have_text("Greta Lindqvist")
    page.click("#toasts .btn:has-text('Undo')")
    expect(page.locator('.r[data-unit="101"] a.b')).to_have_text("Greta Lindqvist")
    assert unit_of("Lindqvist") == "101"


def test_refused_drag_says_why(open_chart, house):
    page = open_chart()
    drag(page, "Lindqvist", "102")
    expect(page.locator("#dialog-title")).to_have_text("This cannot be done")
    expect(page.locator("#dialog")).to_contain_text("Room 102 is taken")
    expect(page.locator("#dialog .btn.primary")).to_have_count(0)
    assert unit_of("Lindqvist") == "101"


def test_edge_lengthens_the_stay(open_chart, house):
    page = open_chart()
    box = bar(page, "Lindqvist").bounding_box()
    edge = box["x"] + box["width"] - 3
    column = page.locator(".day").first.bounding_box()["width"]
    page.mouse.move(edge, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(edge + column, box["y"] + 10, steps=6)
    page.mouse.up()
    expect(page.locator("#dialog-title")).to_have_text("Stay 3 nights?")
    expect(page.locator("#dialog")).to_contain_text("+\N{EURO SIGN}100.00")


def test_sheet_opens_beside_the_chart_and_its_key_works(open_chart, house):
    page = open_chart()
    bar(page, "Lindqvist").click()
    expect(page.locator("#sheet h2")).to_have_text("Greta Lindqvist")
    page.keyboard.press("e")
    expect(page.locator("#dialog-title")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).to_be_hidden()
    expect(bar(page, "Lindqvist")).to_be_focused()


def test_sheet_is_accessible(open_chart, house, barriers):
    page = open_chart()
    bar(page, "Lindqvist").click()
    expect(page.locator("#sheet h2")).to_be_visible()
    assert barriers(page) == []


def test_drag_over_empty_cells_begins_a_booking(open_chart, house):
    page = open_chart()
    row = page.locator('.r[data-unit="201"]').bounding_box()
    column = page.locator(".day").nth(4).bounding_box()
    middle = column["x"] + column["width"] / 2
    page.mouse.move(middle, row["y"] + 15)
    page.mouse.down()
    page.mouse.move(middle + 2 * column["width"], row["y"] + 15, steps=6)
    page.mouse.up()
    page.wait_for_url("**/desk/new/**")
    assert page.url.endswith("/desk/new/?arrival=2026-11-22&departure=2026-11-24&unit=201")


def test_rest_of_the_rows_arrives_without_a_jump(open_chart, monkeypatch):
    monkeypatch.setattr("pms.frontdesk.chart.views.FIRST_ROWS", 3)
    page = open_chart()
    expect(page.locator('.r[data-unit="202"]')).to_be_visible()
    assert page.locator(".rest").count() == 0


def test_rest_of_the_rows_that_fails_says_so_and_comes_when_asked_again(open_chart, complaints, monkeypatch):
    monkeypatch.setattr("pms.frontdesk.chart.views.FIRST_ROWS", 3)
    page = open_chart("/desk/today/")
    page.route("**/desk/rows/**", lambda route: route.abort())
    page.goto(page.url.replace("today/", ""))
    expect(page.locator(".rest-failed")).to_contain_text("The other rooms could not be loaded.")
    page.unroute("**/desk/rows/**")
    page.click("[data-rest-again]")
    expect(page.locator('.r[data-unit="202"]')).to_be_visible()
    complaints.clear()


def test_stay_without_a_room_is_dragged_into_one(open_chart, house):
    with schema_context("hotel_a"):
        stay = Reservation.objects.get(guest__last_name="Moreau")
        reservation_unassign(reservation=stay, actor=Actor.system("tests"))
    page = open_chart()
    page.click("#chart-counts >> text=1 unassigned")
    page.wait_for_url("**/desk/unassigned/")
    page.go_back()
    page.wait_for_load_state("networkidle")
    drag(page, "Moreau", "103")
    expect(page.locator("#dialog-title")).to_have_text("Give room 103?")
    page.click("#dialog .btn.primary")
    expect(page.locator('.r[data-unit="103"] a.b')).to_have_text("Greta Moreau")
    expect(page.locator("#chart-counts")).not_to_contain_text("unassigned")


def test_without_javascript_bars_are_links(open_chart):
    page = open_chart(java_script_enabled=False)
    href = bar(page, "Lindqvist").get_attribute("href")
    assert href == f"/desk/reservations/{code_of('Lindqvist')}/"
    page.click(".lengths >> text=31")
    expect(page.locator(".scroller.d31")).to_be_visible()
    page.locator(".day b a").nth(4).click()
    assert page.url.endswith("/desk/new/?arrival=2026-11-22&departure=2026-11-23")


def test_toolbar_swaps_only_the_chart_and_keeps_the_filter_open(open_chart):
    page = open_chart()
    page.evaluate("document.body.dataset.same = 'yes'")
    page.click(".lengths >> text=31")
    expect(page.locator(".scroller.d31")).to_be_visible()
    assert "days=31" in page.url
    page.click("summary:has-text('Any status')")
    page.click(".menu-item:has-text('In house')")
    expect(bar(page, "Lindqvist")).to_have_class("b confirmed dim")
    expect(page.locator("details[data-keep]")).to_have_attribute("open", "")
    assert page.evaluate("document.body.dataset.same") == "yes"


def unit_of(last_name: str) -> str:
    nights = StayNight.objects.filter(reservation__guest__last_name=last_name, released_at=None)
    return nights.values_list("unit__number", flat=True).distinct().get()


def code_of(last_name: str) -> str:
    return Reservation.objects.get(guest__last_name=last_name).code
