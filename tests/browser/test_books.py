"""The books in a real browser: keys, the way from a number to its rows, closing, a phone, no JavaScript, axe."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django_tenants.utils import schema_context
from playwright.sync_api import expect

from billing.ledger.models import LegalEntity
from tests.billing.ledger.busy_house import make_busy
from tests.bookings.lifecycle.test_quote_is_sold import NOW
from tests.conftest import TODAY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = (
    "",
    "trial-balance/",
    "accounts/1200/",
    "journal/",
    "revenue/",
    "vat/",
    "city-tax/",
    "open-items/",
    "exchange-rates/",
)
SHOTS = os.environ.get("BOOKS_SHOTS", "")


@pytest.fixture
def busy(hotel_a):
    with schema_context(hotel_a.schema_name), time_machine.travel(NOW, tick=False):
        made = make_busy()
        make_busy("BER")
        yield made


@pytest.fixture
def open_books(open_as, busy, mia):
    """Return open_books(path, **context): the page of November 2026, signed in as the manager."""

    def make(path="", **options):
        return open_as(mia, f"/desk/books/{path}{'&' if '?' in path else '?'}period=2026-11", **options)

    return make


def test_a_number_leads_to_its_rows_by_keyboard(open_books):
    page = open_books("trial-balance/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("1210")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h2").first).to_have_text("In the books")


def test_periods_are_paged_by_key(open_books):
    page = open_books()
    page.keyboard.press("[")
    expect(page.locator("h1")).to_have_text("October 2026")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("]")
    expect(page.locator("h1")).to_have_text("November 2026")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("m")
    expect(page.locator("input[type=month]")).to_be_focused()


def test_the_period_is_closed_in_a_dialog_and_opened_again(open_books, busy, hotel_a):
    page = open_books()
    page.keyboard.press("c")
    expect(page.locator("#dialog-title")).to_have_text("Close the books")
    expect(page.locator("#dialog")).to_contain_text("still trading")
    expect(page.locator("#dialog .btn.primary")).to_have_count(0)
    page.locator("#dialog [name=through]").fill((TODAY + timedelta(days=1)).isoformat())
    page.locator("#dialog [name=preview]").click()
    page.locator("#dialog .btn.primary").click()
    expect(page.locator("#toasts")).to_contain_text("closed through 21 November 2026")
    expect(page.locator(".books-head")).to_contain_text("closed through 21 November 2026")
    with schema_context(hotel_a.schema_name):
        assert LegalEntity.objects.get().closed_through == TODAY + timedelta(days=1)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 1024), ("light", 390)])
def test_nobody_meets_a_barrier(open_books, busy, barriers, hotel_a, scheme, width):
    """WCAG 2.2 AA on every page, and nothing wider than the screen."""
    page = open_books(color_scheme=scheme, viewport={"width": width, "height": 900})
    with schema_context(hotel_a.schema_name):
        entry = busy.entity.entries.filter(kind="charge").order_by("pk").first().code
    for path in (*PAGES, f"entries/{entry}/", "city-tax/?place=LIS&tax=CITY-TAX", "close/", "reopen/"):
        page.goto(f"/desk/books/{path}{'&' if '?' in path else '?'}period=2026-11")
        page.wait_for_load_state("networkidle")
        assert barriers(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        if SHOTS:
            name = path.strip("/").replace("/", "-").partition("?")[0] or "overview"
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}-{scheme}.png"), full_page=True)


def test_everything_works_without_javascript(open_books):
    page = open_books(java_script_enabled=False)
    page.click("text=Close the period")
    expect(page.locator("h2")).to_have_text("Close the books")
    page.fill("[name=through]", TODAY.isoformat())
    page.click("[name=preview]")
    page.click(".books-card .btn.primary")
    expect(page.locator("#toasts")).to_contain_text("closed through 20 November 2026")
