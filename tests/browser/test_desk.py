"""The desk in a real browser: check-in by keyboard, a new booking with and without JavaScript, dialogs, accessibility."""

from datetime import date, timedelta

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import expect

from bookings.lifecycle.services import RoomRequest, booking_create, reservation_check_in
from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.profiles.services import GuestDetails
from pms.housekeeping.enums import Condition
from pms.housekeeping.services import unit_condition_set
from pms.kernel.actors import Actor
from tests.house import make_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = date(2026, 11, 20)
SYSTEM = Actor.system("tests")


def book(house, last_name, unit, arrival=0, nights=2, **options):
    """Book a double for Greta from `arrival`, days from today."""
    room = RoomRequest(
        room_type=house.double,
        rate_plan=house.rate_plan,
        arrival=TODAY + timedelta(days=arrival),
        departure=TODAY + timedelta(days=arrival + nights),
        unit=house.units[unit],
        **options,
    )
    booker = GuestDetails(first_name="Greta", last_name=last_name, email=f"{last_name.lower()}@example.com")
    made = booking_create(property=house.property, rooms=[room], booker=booker, source=Source.PHONE, actor=SYSTEM)
    return made.reservations.get()


@pytest.fixture
def house(hotel_a, felix):
    """Casa Lisboa today: Lindqvist arrives in 101, Moreau in 102 which is dirty, Kovacs is in 103."""
    with schema_context(hotel_a.schema_name):
        made = make_house(code="LIS", name="Casa Lisboa", today=TODAY, horizon_days=120)
        book(made, "Lindqvist", "101", special_requests="Baby cot in the room, please.", tags=("quiet",))
        book(made, "Moreau", "102")
        unit_condition_set(unit=made.units["102"], condition=Condition.DIRTY, actor=SYSTEM)
        reservation_check_in(reservation=book(made, "Kovacs", "103"), actor=SYSTEM)
        yield made


@pytest.fixture
def open_desk(open_as, house, felix):
    """Return open_desk(path, **context): a signed-in page of the desk."""
    return lambda path, **options: open_as(felix, path, **options)


def stay_of(last_name):
    return Reservation.objects.get(guest__last_name=last_name)


# --- Check-in -----------------------------------------------------------------------------------------------


def test_arrow_and_i_check_the_first_arrival_in(open_desk):
    page = open_desk("/desk/today/")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".stay-row.is-here .stay-link")).to_have_text("Greta Lindqvist")
    page.keyboard.press("i")
    expect(page.locator(".toast")).to_contain_text("Greta Lindqvist is in 101.")
    expect(page.locator("section:has(#arrivals-title) .stay-row")).to_have_count(1)
    assert stay_of("Lindqvist").status == Status.CHECKED_IN


def test_dirty_room_asks_and_escape_gives_the_focus_back(open_desk):
    """T55: a room that is not ready is not given away in passing."""
    page = open_desk("/desk/today/")
    button = page.locator('[data-row]:has-text("Moreau") a[data-row-key="i"]').first
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog[open]")).to_contain_text("102 is not clean yet.")
    page.keyboard.press("Escape")
    expect(page.locator("#dialog[open]")).to_have_count(0)
    expect(button).to_be_focused()
    assert stay_of("Moreau").status == Status.CONFIRMED


def test_check_out_on_the_page_of_a_stay_by_key(open_desk):
    page = open_desk(f"/desk/reservations/{stay_of('Kovacs').code}/")
    page.keyboard.press("o")
    expect(page.locator("#dialog[open] h2")).to_have_text("Check out")
    page.fill("#dialog #id_unpaid_reason", "Company pays")
    page.locator("#dialog .btn.primary").click()
    expect(page.locator(".toast")).to_contain_text("Greta Kovacs has left 103.")
    expect(page.locator(".stay-name .pill").first).to_have_text("Departed")
    assert stay_of("Kovacs").status == Status.CHECKED_OUT


# --- Changing -----------------------------------------------------------------------------------------------


def test_a_change_shows_its_price_before_the_yes(open_desk):
    """T29: the difference is shown first, and nothing is changed by looking."""
    page = open_desk(f"/desk/reservations/{stay_of('Lindqvist').code}/")
    page.keyboard.press("e")
    page.fill("#dialog #id_departure", (TODAY + timedelta(days=3)).isoformat())
    page.locator("#dialog #id_departure").press("Tab")
    expect(page.locator("#dialog .changes .delta")).to_contain_text("+€100.00")
    assert stay_of("Lindqvist").nights_count == 2
    page.locator("#dialog .btn.primary").click()
    expect(page.locator(".toast")).to_contain_text("The stay of Greta Lindqvist is changed.")
    assert stay_of("Lindqvist").nights_count == 3


def test_move_offers_the_rooms_that_are_free(open_desk, house):
    page = open_desk(f"/desk/reservations/{stay_of('Lindqvist').code}/")
    page.keyboard.press("m")
    page.locator("#dialog #id_room_type").select_option("STE")
    expect(page.locator("#dialog .pick")).to_have_count(2)
    page.locator("#dialog .pick:has-text('202')").click()
    page.locator("#dialog .btn.primary").click()
    expect(page.locator(".toast")).to_contain_text("Greta Lindqvist has 202.")
    assert {night.unit.number for night in stay_of("Lindqvist").nights.all()} == {"202"}


# --- New booking --------------------------------------------------------------------------------------------


def test_new_booking_by_keyboard(open_desk):
    page = open_desk("/desk/today/")
    page.keyboard.press("n")
    page.wait_for_url("**/desk/new/")
    expect(page.locator("#id_arrival")).to_be_focused()
    page.locator("#id_arrival").fill((TODAY + timedelta(days=10)).isoformat())
    page.locator("#id_arrival").press("Tab")
    expect(page.locator(".offers-head")).to_contain_text("Mon 30 Nov 2026")
    expect(page.locator("#new-total")).to_have_text("1 room · €100.00")
    page.locator("#id_last_name").fill("Tanaka")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/desk/reservations/*/")
    expect(page.locator("h1")).to_have_text("Tanaka")
    assert stay_of("Tanaka").arrival == TODAY + timedelta(days=10)


def test_a_known_guest_is_found_while_typing(open_desk):
    page = open_desk("/desk/new/")
    page.locator("#id_last_name").press_sequentially("lindq", delay=20)
    page.locator("#known .pick:has-text('Greta Lindqvist')").click()
    page.locator(".new-foot .btn.primary").click()
    page.wait_for_url("**/desk/reservations/*/")
    assert Reservation.objects.filter(guest__last_name="Lindqvist").values("guest").distinct().count() == 1
    assert Reservation.objects.filter(guest__last_name="Lindqvist").count() == 2


def test_new_booking_without_javascript(open_desk):
    page = open_desk("/desk/new/", java_script_enabled=False)
    page.fill("#id_arrival", (TODAY + timedelta(days=20)).isoformat())
    page.fill("#id_departure", (TODAY + timedelta(days=22)).isoformat())
    page.locator("button:has-text('Show rooms')").click()
    page.fill("[name='rooms:STE:BAR']", "1")
    page.fill("[name='rooms:DBL:BAR']", "0")
    page.fill("#id_last_name", "Petrauskas")
    page.locator(".new-foot .btn.primary").click()
    expect(page.locator("h1")).to_have_text("Petrauskas")
    booked = stay_of("Petrauskas")
    assert (booked.room_type.code, booked.nights_count, booked.total_minor) == ("STE", 2, 50_000)


def test_check_in_without_javascript(open_desk):
    page = open_desk("/desk/today/", java_script_enabled=False)
    page.locator('[data-row]:has-text("Lindqvist") button:has-text("Check in")').click()
    expect(page).to_have_url(page.url.split("/desk/")[0] + "/desk/today/")
    assert stay_of("Lindqvist").status == Status.CHECKED_IN


# --- Search and rooms ---------------------------------------------------------------------------------------


def test_search_opens_the_stay_it_stands_on(open_desk):
    page = open_desk("/desk/bookings/")
    page.keyboard.press("/")
    page.keyboard.type("gre mor")
    expect(page.locator("#search-results [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/reservations/{stay_of('Moreau').code}/")


def test_one_press_makes_a_room_clean(open_desk, house):
    page = open_desk("/desk/rooms/")
    page.locator("#condition-102-clean").click()
    expect(page.locator("#condition-102-clean")).to_have_attribute("aria-pressed", "true")
    house.units["102"].refresh_from_db()
    assert house.units["102"].condition.condition == Condition.CLEAN


# --- For everybody ------------------------------------------------------------------------------------------

PAGES = [
    "today/",
    "arrivals/",
    "departures/",
    "in-house/",
    "unassigned/",
    "bookings/",
    "new/",
    "search/?q=greta",
    "rooms/",
    "night-audit/",
]


@pytest.mark.parametrize("address", PAGES)
def test_pages_are_accessible(open_desk, address, barriers):
    assert barriers(open_desk(f"/desk/{address}")) == []


@pytest.mark.parametrize("options", [{"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}])
def test_board_list_and_stay_are_accessible_in_the_dark_and_on_a_phone(open_desk, options, barriers):
    for address in ("today/", "bookings/", "new/", "rooms/", f"reservations/{stay_of('Lindqvist').code}/"):
        page = open_desk(f"/desk/{address}", **options)
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("verb", ["move", "modify", "check-in", "cancel", "swap"])
def test_dialogs_are_accessible(open_desk, verb, barriers):
    page = open_desk(f"/desk/reservations/{stay_of('Lindqvist').code}/")
    address = f"/desk/reservations/{stay_of('Lindqvist').code}/{verb}/"
    page.evaluate("address => htmx.ajax('GET', address, {target: '#dialog'})", address)
    expect(page.locator("#dialog[open]")).to_be_visible()
    page.wait_for_timeout(250)
    assert barriers(page) == []
