"""Selling in a real browser: the price panel, what is not sold, a deal, a price that changed, the explainer, rates mode."""

from datetime import date, timedelta

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import expect

from billing.taxes.models import Tax, TaxRate
from bookings.lifecycle.services import RoomRequest, booking_create
from bookings.rates.enums import Source
from bookings.rates.models import BasePrice, Extra, Restriction
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.profiles.services import GuestDetails
from pms.kernel.actors import Actor
from tests.house import make_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = date(2026, 11, 20)
SYSTEM = Actor.system("tests")


@pytest.fixture
def house(hotel_a):
    """Casa Lisboa with a city tax and parking; suites have a minimum stay of three nights tonight."""
    with schema_context(hotel_a.schema_name):
        made = make_house(code="LIS", name="Casa Lisboa", today=TODAY, horizon_days=120)
        place = made.property
        city = Tax.objects.create(
            property=place, code="CITY", name="City tax", kind="city_tax", basis="person_night", is_included=False,
            components=["accommodation"], at_property=True,
        )  # fmt: skip
        TaxRate.objects.create(tax=city, first=TODAY - timedelta(days=400), amount_minor=200)
        Extra.objects.create(property=place, code="PARK", name="Parking", basis="night", price_minor=1_000)
        Restriction.objects.create(property=place, date=TODAY, room_type=made.suite, min_stay_arrival=3)
        yield made


@pytest.fixture
def desk(open_as, house, felix):
    """Return desk(path, **context): a page of the desk as Felix sees it."""
    return lambda path, **options: open_as(felix, path, **options)


@pytest.fixture
def boss(open_as, house, mia):
    """Return boss(path, **context): a page of the desk as Mia sees it, who may override."""
    return lambda path, **options: open_as(mia, path, **options)


def stay_of(last_name):
    return Reservation.objects.get(guest__last_name=last_name)


def total(page):
    return page.locator("#price .price-room .total span").last


# --- New booking --------------------------------------------------------------------------------------------


def test_walk_in_by_keyboard_is_three_keys_and_a_name(desk):
    """A guest at the counter: W, the name, Ctrl Enter; what was shown is what was sold."""
    page = desk("/desk/today/")
    page.keyboard.press("w")
    page.wait_for_url("**/desk/new/?walk_in=1")
    expect(page.locator("#id_last_name")).to_be_focused()
    expect(total(page)).to_have_text("€104.00")
    page.keyboard.type("Tanaka")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/desk/reservations/*/")
    stay = stay_of("Tanaka")
    assert (stay.status, stay.grand_total_minor, stay.booking.source) == (Status.CHECKED_IN, 10_400, "walk_in")


def test_price_follows_whatever_the_stay_becomes(desk):
    page = desk("/desk/new/")
    expect(total(page)).to_have_text("€104.00")
    page.locator(".stay-asked .more summary").click()
    page.locator("[form=stay][name='extra:PARK']").fill("1")
    page.locator("[form=stay][name='extra:PARK']").press("Tab")
    expect(total(page)).to_have_text("€114.00")
    expect(page.locator("#price")).to_contain_text("Parking")
    page.locator("[name='rooms:DBL:BAR']").fill("2")
    page.locator("[name='rooms:DBL:BAR']").press("Tab")
    expect(page.locator("#price .price-all .total span").last).to_have_text("€228.00")
    page.locator("#id_departure").fill((TODAY + timedelta(days=2)).isoformat())
    page.locator("#id_departure").press("Tab")
    expect(page.locator("#price .price-all .total span").last).to_have_text("€456.00")
    expect(page.locator("#new-total")).to_have_text("2 rooms · €456.00")


def test_a_stay_that_changed_is_shown_before_it_is_booked(desk):
    """Ctrl Enter in a date that was just typed: the new price comes first, the second press books it."""
    page = desk("/desk/new/")
    page.locator("#id_last_name").fill("Tanaka")
    page.locator("#id_departure").fill((TODAY + timedelta(days=3)).isoformat())
    page.keyboard.press("Control+Enter")
    expect(page.locator("#new-note")).to_contain_text("The stay has changed")
    expect(total(page)).to_have_text("€312.00")
    assert not Reservation.objects.filter(guest__last_name="Tanaka").exists()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/desk/reservations/*/")
    assert stay_of("Tanaka").grand_total_minor == 31_200


def test_price_that_changed_meanwhile_is_said_and_then_sold(desk):
    page = desk("/desk/new/")
    page.locator("#id_last_name").fill("Tanaka")
    BasePrice.objects.update(price_minor=12_000)
    page.locator(".new-foot .btn.primary").click()
    expect(page.locator("form#book")).to_contain_text("costs €124.00 now, not €104.00 as shown")
    expect(total(page)).to_have_text("€124.00")
    expect(page.locator("#id_last_name")).to_have_value("Tanaka")
    page.locator(".new-foot .btn.primary").click()
    page.wait_for_url("**/desk/reservations/*/")
    assert stay_of("Tanaka").total_minor == 12_000


def test_what_is_not_sold_says_why_and_a_manager_sells_it_anyway(boss, desk):
    """T20: the rule is named; only who may override gets the button, and gives the reason."""
    page = desk("/desk/new/")
    page.locator(".not-sold summary").click()
    expect(page.locator(".not-sold li")).to_contain_text("at least 3 nights")
    expect(page.locator(".not-sold button")).to_have_count(0)
    page = boss("/desk/new/")
    page.locator("#id_last_name").fill("Petrauskas")
    page.locator(".not-sold summary").click()
    page.locator(".not-sold button").click()
    expect(page.locator(".deal")).to_contain_text("Suite, Best available rate")
    expect(page.locator("#id_last_name")).to_have_value("Petrauskas")
    expect(total(page)).to_have_text("€254.00")
    page.locator("#id_override_reason").fill("Regular guest")
    page.locator(".deal #id_price").fill("199")
    page.locator(".deal #id_price").press("Tab")
    expect(total(page)).to_have_text("€203.00")
    expect(page.locator("#id_override_reason")).to_have_value("Regular guest")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/desk/reservations/*/")
    stay = stay_of("Petrauskas")
    assert (stay.room_type.code, stay.total_minor) == ("STE", 19_900)


def test_what_could_be_instead_is_one_press_and_keeps_the_guest(desk, house):
    rooms = [
        ("101", house.double),
        ("102", house.double),
        ("103", house.double),
        ("201", house.suite),
        ("202", house.suite),
    ]
    booking_create(
        property=house.property,
        rooms=[
            RoomRequest(
                room_type=kind,
                rate_plan=house.rate_plan,
                arrival=TODAY + timedelta(days=5),
                departure=TODAY + timedelta(days=6),
                unit=house.units[number],
            )
            for number, kind in rooms
        ],
        booker=GuestDetails(last_name="Lindqvist"),
        source=Source.PHONE,
        actor=SYSTEM,
    )
    arrival, departure = TODAY + timedelta(days=5), TODAY + timedelta(days=6)
    page = desk(f"/desk/new/?arrival={arrival}&departure={departure}")
    page.locator("#id_last_name").fill("Tanaka")
    expect(page.locator(".offers")).to_contain_text("Nothing is for sale for this stay.")
    page.locator(".instead button").first.click()
    expect(page.locator("#new-total")).to_contain_text("1 room")
    expect(page.locator("#id_last_name")).to_have_value("Tanaka")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/desk/reservations/*/")
    assert stay_of("Tanaka").arrival != arrival


def test_instead_and_anyway_without_javascript(boss):
    page = boss("/desk/new/", java_script_enabled=False)
    page.fill("#id_last_name", "Petrauskas")
    page.locator(".not-sold summary").click()
    page.locator(".not-sold button").click()
    expect(page.locator(".deal")).to_contain_text("at least 3 nights")
    expect(page.locator("#id_last_name")).to_have_value("Petrauskas")
    page.fill("#id_override_reason", "Regular guest")
    page.locator(".new-foot .btn.primary").click()
    expect(page.locator("h1")).to_have_text("Petrauskas")
    assert stay_of("Petrauskas").room_type.code == "STE"


# --- A stay -------------------------------------------------------------------------------------------------


def test_extra_on_a_stay_and_off_again(desk, house):
    room = RoomRequest(
        room_type=house.double, rate_plan=house.rate_plan, arrival=TODAY, departure=TODAY + timedelta(days=2)
    )
    booking_create(
        property=house.property,
        rooms=[room],
        booker=GuestDetails(last_name="Lindqvist"),
        source=Source.PHONE,
        actor=SYSTEM,
    )
    page = desk(f"/desk/reservations/{stay_of('Lindqvist').code}/")
    money = page.locator("section:has(> header #money-title)")
    expect(money.locator(".total")).to_contain_text("€208.00")
    money.locator("a:has-text('Add an extra')").click()
    page.locator("#dialog[open] .btn.primary").click()
    expect(money.locator(".total")).to_contain_text("€228.00")
    money.locator("a:has-text('take off')").click()
    expect(page.locator("#dialog[open] .pick input")).to_be_checked()
    page.locator("#dialog .btn.primary").click()
    expect(money.locator(".total")).to_contain_text("€208.00")


# --- The explainer and the rates mode -----------------------------------------------------------------------


def test_offer_leads_to_how_its_price_comes_about(desk):
    page = desk("/desk/new/")
    page.locator(".plan-more summary").first.click()
    page.locator(".plan-more a").first.click()
    page.wait_for_url("**/desk/rates/explain/**")
    expect(page.locator(".path")).to_contain_text("Base price")
    expect(page.locator(".money .total span").last).to_have_text("€104.00")


def test_r_shows_and_hides_rates_on_the_tape_chart(desk):
    """E1: the key, the switch's state, and the choice that this browser keeps."""
    page = desk("/desk/")
    expect(page.locator(".rate")).to_have_count(0)
    page.keyboard.press("r")
    expect(page.locator("#rates-switch")).to_have_attribute("aria-checked", "true")
    expect(page.locator(".t .rate").first).to_be_visible()
    page.goto("/desk/")
    expect(page.locator("#rates-switch")).to_have_attribute("aria-checked", "true")
    page.keyboard.press("r")
    expect(page.locator("#rates-switch")).to_have_attribute("aria-checked", "false")
    expect(page.locator(".rate")).to_have_count(0)


PAGES = ["new/", "rates/explain/", "rates/explain/?room_type=STE", "?days=14&density=detailed&rates=1"]


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}])
def test_selling_is_accessible(boss, options, barriers):
    for address in PAGES:
        page = boss(f"/desk/{address}", **options)
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page = boss("/desk/new/?anyway=STE:BAR&promo_code=NOPE", **options)
    expect(page.locator(".deal")).to_be_visible()
    assert barriers(page) == []
