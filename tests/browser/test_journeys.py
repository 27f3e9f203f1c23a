"""Greta's whole way in a real browser, from the search to the page of her booking; and every page of it looked at."""

import re
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

import pytest
from babel.messages.pofile import read_po
from django_tenants.utils import schema_context
from playwright.sync_api import expect

from billing.folios.services import main_folio
from billing.payments.enums import Purpose
from billing.payments.models import PaymentAccount
from billing.payments.services import payment_link_create, payment_link_token
from bookings.checkout.models import Checkout
from bookings.reservations.enums import Status
from config.catalogs import folder_of
from tests.browser.shop import LITHUANIAN, SIZES, fits, house
from tests.house import TESTER, book
from tests.sandbox.fixtures import sandbox_judges, sandbox_server, stripe_sandbox

__all__ = ["house", "sandbox_judges", "sandbox_server", "stripe_sandbox"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARRIVAL, DEPARTURE = "2026-12-01", "2026-12-03"
ASKED = f"arrival={ARRIVAL}&departure={DEPARTURE}&adults=2"


@dataclass(frozen=True, slots=True)
class Words:
    """What Greta presses and reads, in her language."""

    start: str
    search: str
    see: str
    choose: str
    parking: str
    go_on: str
    first: str
    last: str
    agree: str
    to_payment: str
    pay: str
    thanks: str
    manage: str
    state: str
    parked: str
    total: str


IN = {
    "en": Words(
        "/", "Search", "See rooms", "Choose Double, Paid in advance", "Parking", "Go on", "First name", "Last name",
        "I agree", "Go on to payment", "Pay €210.00 and book", "Thank you, your booking is confirmed",
        "See or change your booking", "Confirmed", "€15.00 per night", "€210.00",
    ),
    "lt": Words(
        "/lt/", "Ieškoti", "Žiūrėti kambarius", "Rinktis: Dvivietis, Mokama iš anksto", "Stovėjimo vieta", "Toliau",
        "Vardas", "Pavardė", "Sutinku", "Toliau: mokėjimas", "Sumokėti 210,00 € ir užsakyti",
        "Ačiū, Jūsų užsakymas patvirtintas", "Peržiūrėti ar keisti užsakymą", "Patvirtinta", "15,00 € už naktį", "210,00 €",
    ),
}  # fmt: skip
#: Each language, screen and way at least twice in every run; the others with --long.
WAYS = [
    pytest.param(*way, id="-".join((way[0], way[1], "script" if way[2] else "plain")), marks=marks)
    for way, marks in (
        (("en", "desktop", True), ()),
        (("en", "phone", False), ()),
        (("lt", "phone", True), ()),
        (("lt", "desktop", False), ()),
        (("en", "desktop", False), pytest.mark.long),
        (("en", "phone", True), pytest.mark.long),
        (("lt", "phone", False), pytest.mark.long),
        (("lt", "desktop", True), pytest.mark.long),
    )
]


def english():
    """Return every sentence that reads differently in Lithuanian, as a guest would see it in English."""
    known = read_po(BytesIO((folder_of("lt") / "django.po").read_bytes()), locale="lt")
    same = {str(row.string) for row in known}
    said = {
        str(row.id) for row in known if row.id and not row.pluralizable and "%" not in row.id and row.string != row.id
    }
    return (said | set(LITHUANIAN)) - same


def left_in_english(page):
    """Return the lines, names and hints of a page that are English sentences of ours."""
    shown = set(page.locator("body").inner_text().splitlines())
    for name in ("aria-label", "placeholder", "title", "alt"):
        shown |= set(page.locator(f"[{name}]").evaluate_all(f"all => all.map(each => each.getAttribute('{name}'))"))
    return {line.strip() for line in shown} & english()


def paid_by_card(page):
    """Fill in the page of the stand-in as a guest does."""
    for name, text in (("number", "4242424242424242"), ("expiry", "12/34"), ("code", "123"), ("name", "Greta Garbo")):
        page.locator(f"#{name}").fill(text)
    page.get_by_role("button", name=re.compile("^Pay")).click()


@pytest.mark.parametrize(("language", "size", "scripted"), WAYS)
def test_from_search_to_the_booking(house, hotel_a, open_page, stripe_sandbox, language, size, scripted):
    """T15, T28: kept while she types, paid at the price she saw, confirmed when she is back."""
    words = IN[language]
    page = open_page(viewport=SIZES[size], java_script_enabled=scripted)

    def look():
        assert page.locator("html").get_attribute("lang") == language
        assert language == "en" or left_in_english(page) == set()
        assert fits(page)

    page.goto(words.start)
    look()
    for name, value in (("arrival", ARRIVAL), ("departure", DEPARTURE)):
        page.locator(f"form[role=search] [name={name}]").fill(value)
    page.get_by_role("button", name=words.search, exact=True).click()
    look()
    page.locator(".result h3 a").click()
    page.locator(".crumb a").click()
    look()
    for name, value in (("arrival", ARRIVAL), ("departure", DEPARTURE)):
        page.locator(f"form[role=search] [name={name}]").fill(value)
    page.get_by_role("button", name=words.search, exact=True).click()
    look()
    page.get_by_role("button", name=words.choose).click()
    page.wait_for_load_state("networkidle")
    look()
    page.get_by_label(words.parking).select_option("1")
    page.get_by_role("button", name=words.go_on, exact=True).click()
    expect(page.locator("#summary .total dd")).to_have_text(words.total)
    look()
    page.get_by_label(words.first).fill("Greta")
    page.get_by_label(words.last).fill("Garbo")
    page.locator("#id_email").fill("greta@example.com")
    page.get_by_label(words.agree).check()
    page.get_by_role("button", name=words.to_payment).click()
    look()
    page.get_by_role("button", name=words.pay).click()
    page.wait_for_url(f"{stripe_sandbox.url}/**")
    paid_by_card(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(words.thanks)
    look()
    page.get_by_role("link", name=words.manage).click()
    expect(page.locator(".state")).to_have_text(words.state)
    expect(page.locator(".portal-price tfoot td")).to_have_text(words.total)
    look()
    with schema_context(hotel_a.schema_name):
        sold = Checkout.objects.values_list("state", "booking__reservations__status", "language")
        assert list(sold) == [("booked", Status.CONFIRMED, language)]


def test_by_keyboard_alone(house, hotel_a, open_page, stripe_sandbox):
    """Nothing but Tab, Space, Enter and what is typed, from the search to the page of the booking."""
    page = open_page()
    page.goto("/booking/search/")
    named = """() => { const at = document.activeElement;
        return [at.ariaLabel, at.labels?.[0]?.innerText, at.innerText, at.id].filter(Boolean).join(" | "); }"""

    def to(what):
        for _ in range(80):
            page.keyboard.press("Tab")
            if what in page.evaluate(named):
                return
        raise AssertionError(f"{what} was not reached.")

    def fill(what, text):
        to(what)
        page.keyboard.type(text)

    fill("Arrival", "12012026")
    fill("Departure", "12032026")
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    to("See rooms")
    page.keyboard.press("Enter")
    page.wait_for_url("**/book/?**")
    to("Choose Double, Paid in advance")
    page.keyboard.press("Enter")
    page.wait_for_url("**/extras/")
    fill("Parking", "1")
    to("Go on")
    page.keyboard.press("Enter")
    page.wait_for_url("**/guest/")
    for what, text in (("First name", "Greta"), ("Last name", "Garbo"), ("E-mail", "greta@example.com")):
        fill(what, text)
    to("I agree")
    page.keyboard.press("Space")
    to("Go on to payment")
    page.keyboard.press("Enter")
    page.wait_for_url("**/payment/")
    to("Pay €210.00 and book")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{stripe_sandbox.url}/**")
    for what, text in (("number", "4242424242424242"), ("expiry", "12/34"), ("code", "123"), ("name", "Greta Garbo")):
        fill(f"| {what}", text)
    page.keyboard.press("Enter")
    page.wait_for_url("**/confirmed/")
    to("See or change your booking")
    page.keyboard.press("Enter")
    page.wait_for_url("**/manage/**")
    with schema_context(hotel_a.schema_name):
        assert list(Checkout.objects.values_list("booking__reservations__status", flat=True)) == [Status.CONFIRMED]


@pytest.fixture
def pay_path(house, hotel_a):
    """Where a guest pays by a link."""
    with schema_context(hotel_a.schema_name):
        row = book(house, 20, 22, guest="Lindqvist")
        link = payment_link_create(
            folio=main_folio(reservation=row),
            account=PaymentAccount.objects.get(code="STRIPE"),
            purpose=Purpose.DEPOSIT,
            amount_minor=10_000,
            actor=TESTER,
        )
        return f"/lt/pay/{payment_link_token(link)}/"


LOOKS = [
    pytest.param("light", "desktop", id="light-desktop"),
    pytest.param("dark", "phone", id="dark-phone"),
    pytest.param("dark", "desktop", id="dark-desktop", marks=pytest.mark.long),
    pytest.param("light", "phone", id="light-phone", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("scheme", "size"), LOOKS)
def test_no_page_has_a_barrier_or_sticks_out(house, hotel_a, open_page, barriers, complaints, pay_path, scheme, size):
    page = open_page(viewport=SIZES[size], color_scheme=scheme)
    found = {}

    def look(name, path=None):
        if path:
            page.goto(path)
        found[name] = (barriers(page), fits(page))

    def press(button):
        page.get_by_role("button", name=button, exact=True).click()
        page.wait_for_load_state("networkidle")

    lis = "/booking/property/LIS"
    look("search", "/booking/search/")
    look("search with dates", f"/booking/search/?{ASKED}")
    look("search refused", f"/booking/search/?arrival={DEPARTURE}&departure={ARRIVAL}")
    look("nothing free", f"/booking/search/?{ASKED}&rooms=9")
    look("calendar", f"{lis}/calendar/?month=2026-12")
    look("calendar with arrival", f"{lis}/calendar/?month=2026-12&arrival={ARRIVAL}")
    look("no dates", f"{lis}/book/")
    look("no room", f"{lis}/book/?{ASKED.replace('adults=2', 'adults=9')}")
    look("two rooms", f"{lis}/book/?{ASKED}&rooms=2")
    look("book", f"{lis}/book/?{ASKED}")
    press("Choose Double, Best available rate")
    look("extras")
    press("Go on")
    look("guest")
    press("Go on to payment")
    look("guest refused")
    page.get_by_label("First name").fill("Greta")
    page.get_by_label("Last name").fill("Garbo")
    page.locator("#id_email").fill("greta@example.com")
    page.get_by_label("I agree").check()
    press("Go on to payment")
    look("payment")
    press("Book now")
    look("confirmed")
    page.get_by_role("link", name="See or change your booking").click()
    look("manage")
    manage = page.url
    for name in ("Names of guests", "Arrival and wishes", "Cancel this room", "Change dates or guests"):
        page.goto(manage)
        page.get_by_role("link", name=name).click()
        look(name)
    page.get_by_label("Departure").fill("2026-12-04")
    press("Show what it costs")
    look("what a change costs")
    look("find", "/my-booking/")
    look("not found", "/nowhere/")
    look("no such house", "/booking/property/NONE/")
    look("no such link", "/manage/nobody/")
    look("pay", pay_path)
    look("widget", "/embed/LIS/")
    page.goto(f"{lis}/book/?{ASKED}")
    press("Choose Double, Best available rate")
    with schema_context(hotel_a.schema_name):
        checkout = Checkout.objects.order_by("-pk")[0]
        checkout.expires_at -= timedelta(minutes=16)
        checkout.save()
    page.reload()
    look("expired")
    assert {name: what for name, what in found.items() if what != ([], True)} == {}
    assert [line for line in complaints if not re.search("404|410|422", line)] == []
    complaints.clear()
