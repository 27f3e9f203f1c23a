"""Money at the desk in a real browser, by keyboard alone: from the deposit at check-in to the settled departure."""

from datetime import date, timedelta

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import expect

from billing.folios.models import Article, Folio
from billing.folios.selectors import folio_findings
from billing.folios.services import main_folio, stay_post
from bookings.lifecycle.services import RoomRequest, booking_create, reservation_check_in
from bookings.rates.enums import Source
from bookings.rates.models import PaymentTerms
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.profiles.models import Company
from guests.profiles.services import GuestDetails
from pms.frontdesk.money.till import take
from pms.kernel.actors import Actor
from tests.house import make_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = date(2026, 11, 20)
SYSTEM = Actor.system("tests")


def book(house, last_name, unit):
    room = RoomRequest(
        room_type=house.double, rate_plan=house.rate_plan, arrival=TODAY, departure=TODAY + timedelta(days=1),
        unit=house.units[unit],
    )  # fmt: skip
    booker = GuestDetails(first_name="Greta", last_name=last_name, email=f"{last_name.lower()}@example.com")
    made = booking_create(property=house.property, rooms=[room], booker=booker, source=Source.PHONE, actor=SYSTEM)
    return made.reservations.get()


@pytest.fixture
def house(hotel_a):
    """Casa Lisboa today: Lindqvist arrives and owes half by now, Moreau is in house with a night and wine to pay."""
    with schema_context(hotel_a.schema_name):
        made = make_house(code="LIS", name="Casa Lisboa", today=TODAY, horizon_days=120)
        for code, name, price in (("WINE", "Bottle of wine", 2_400), ("WATER", "Mineral water", 350)):
            Article.objects.create(
                property=made.property, code=code, name=name, component="beverages", price_minor=price
            )
        acme = Company.objects.create(code="ACME", kind="company", name="Acme GmbH")
        moreau = reservation_check_in(reservation=book(made, "Moreau", "102"), actor=SYSTEM)
        stay_post(reservation=moreau, through=TODAY, actor=SYSTEM)
        take(folio=main_folio(reservation=moreau), tender="hand:CASH", amount_minor=2_000, actor=SYSTEM)
        terms = PaymentTerms.objects.create(
            property=made.property, code="HALF", name="Half now", deposit="percent", percent=50
        )
        made.rate_plan.payment_terms = terms
        made.rate_plan.save()
        lindqvist = book(made, "Lindqvist", "101")
        lindqvist.booking.company = acme
        lindqvist.booking.save()
        yield made


def stay_of(last_name):
    return Reservation.objects.get(guest__last_name=last_name)


def folio_of(last_name):
    return Folio.objects.get(reservation=stay_of(last_name), is_main=True)


@pytest.fixture
def open_desk(open_as, house, mia):
    return lambda path, **options: open_as(mia, path, **options)


def said(page, text):
    expect(page.locator(".toast").last).to_contain_text(text)


def choose_line(page, text):
    """Walk to a line by the arrows and choose it."""
    for _ in range(9):
        page.keyboard.press("ArrowUp")
    for _ in range(9):
        if text in (page.evaluate("document.activeElement.ariaLabel") or ""):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("x")


def test_a_whole_stay_by_keyboard(open_desk, house):
    """From the deposit to the settled departure without a pointer; each step is at most three presses and what is typed."""
    page = open_desk("/desk/today/")

    # The button of the row asks for the deposit, filled in; Enter takes it in cash.
    page.keyboard.press("ArrowDown")
    page.keyboard.press("i")
    expect(page.locator("#dialog #id_pay_amount")).to_have_value("50.00")
    expect(page.locator("#dialog #id_pay_amount")).to_be_focused()
    page.keyboard.press("Enter")
    said(page, "Greta Lindqvist is in 101.")
    assert folio_of("Lindqvist").balance_minor == -5_000

    # The night passes.
    row = Reservation.objects.select_related("property", "guest", "booking").get(guest__last_name="Lindqvist")
    stay_post(reservation=row, through=TODAY, actor=SYSTEM)

    # Wine: C, three letters, Enter.
    page.goto(f"/desk/folios/{folio_of('Lindqvist').code}/")
    page.keyboard.press("c")
    page.keyboard.type("win")
    expect(page.locator("#dialog .preview")).to_contain_text("Bottle of wine")
    page.keyboard.press("Enter")
    said(page, "Bottle of wine charged.")
    expect(page.locator(".folio-sums .total")).to_contain_text("€74.00")

    # A tenth off the night: stand on it, A, 10%, why.
    choose_line(page, "Night")
    expect(page.locator("[data-chosen]")).to_have_text("1 line, €100.00")
    page.keyboard.press("a")
    expect(page.locator("#dialog #id_reduction")).to_be_focused()
    page.keyboard.type("10%")
    page.keyboard.press("Tab")
    page.keyboard.type("Noise at night")
    page.keyboard.press("Enter")
    said(page, "€10.00 taken off.")
    expect(page.locator(".folio-lines .left")).to_have_text("€90.00 left")

    # What is left of it goes to a folio of the company that booked, opened on the way.
    choose_line(page, "Night")
    page.keyboard.press("m")
    expect(page.locator("#dialog .pick:has-text('Acme GmbH') input")).to_be_checked()
    page.keyboard.press("Enter")
    said(page, "Moved to Acme GmbH.")
    assert Folio.objects.get(kind="company").balance_minor == 9_000
    assert folio_of("Lindqvist").balance_minor == -2_600

    # The next evening: a bottle more than was paid ahead, then out with what is owed taken.
    page.goto(f"/desk/reservations/{stay_of('Lindqvist').code}/payments/")
    page.keyboard.press("c")
    page.keyboard.type("wine")
    expect(page.locator("#dialog .preview")).to_contain_text("Bottle of wine")
    page.locator("#dialog #id_quantity").fill("2")
    page.locator("#dialog #id_quantity").press("Enter")
    said(page, "Bottle of wine charged.")
    page.keyboard.press("s")
    page.wait_for_url("**/desk/reservations/*/")
    page.keyboard.press("o")
    expect(page.locator("#dialog #id_pay_amount")).to_have_value("22.00")
    page.keyboard.press("Enter")
    said(page, "Greta Lindqvist has left 101.")
    assert stay_of("Lindqvist").status == Status.CHECKED_OUT
    assert folio_of("Lindqvist").status == "closed"
    assert Folio.objects.get(kind="company").ledger == "city"
    assert folio_findings(property=house.property) == []


def test_a_payment_is_three_presses_from_the_list(open_desk):
    page = open_desk("/desk/in-house/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("p")
    expect(page.locator("#dialog #id_amount")).to_have_value("80.00")
    expect(page.locator("#dialog .preview .balance")).to_contain_text("€0.00")
    page.keyboard.press("Enter")
    said(page, "€80.00 taken, cash.")
    assert folio_of("Moreau").balance_minor == 0


def test_without_javascript_everything_works_as_pages(open_desk):
    page = open_desk(f"/desk/folios/{folio_of('Moreau').code}/", java_script_enabled=False)
    page.check("input[name=line] >> nth=0")
    page.click("button:has-text('Allowance')")
    page.fill("#id_reduction", "5")
    page.fill("#id_reason", "Cold breakfast")
    page.click(".btn.primary")
    expect(page.locator(".folio-lines")).to_contain_text("Cold breakfast")
    assert folio_of("Moreau").balance_minor == 7_500


PAGES = (
    "folios/",
    "folios/{folio}/",
    "folios/{folio}/print/",
    "reservations/{stay}/payments/",
    "departures/",
    "today/",
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_have_no_barriers(open_desk, barriers, path, scheme):
    path = path.format(folio=folio_of("Moreau").code, stay=stay_of("Moreau").code)
    assert barriers(open_desk(f"/desk/{path}", color_scheme=scheme)) == []


@pytest.mark.parametrize("verb", ["pay", "charge", "allowance", "transfer", "invoice", "city-ledger", "write-off"])
def test_dialogs_have_no_barriers(open_desk, barriers, verb):
    assert barriers(open_desk(f"/desk/folios/{folio_of('Moreau').code}/{verb}/")) == []


@pytest.mark.parametrize("verb", ["check-out", "payments/open-folio", "payments/routing", "payments/link"])
def test_dialogs_of_a_stay_have_no_barriers(open_desk, barriers, verb):
    assert barriers(open_desk(f"/desk/reservations/{stay_of('Moreau').code}/{verb}/")) == []
