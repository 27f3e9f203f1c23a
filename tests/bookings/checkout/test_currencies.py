"""A second currency beside the price: a guide by the rates the books hold, remembered, never what is charged."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from django.utils import timezone, translation
from redis.exceptions import RedisError

from billing.ledger.exchange import Rate, rate_on, rate_set, rate_table
from bookings.checkout import indicative
from bookings.checkout.indicative import about
from bookings.rates.wishes import wish_query
from tests.bookings.checkout.conftest import hold, pages, wish
from tests.conftest import TODAY
from tests.house import TESTER

BOOK = "/booking/property/LIS/book/"


@pytest.fixture
def browser(client_for, hotel_a):
    return client_for(None, hotel_a)


@pytest.fixture
def rates(shop):
    """What one euro was worth yesterday, in dollars, yen and dinars; the pound's rate is two months old."""
    day = timezone.now().date() - timedelta(days=1)
    for currency, rate in (("USD", "1.10"), ("JPY", "163.5"), ("BHD", "0.41")):
        rate_set(currency=currency, per="EUR", day=day, rate=Decimal(rate), source="ECB", actor=TESTER)
    rate_set(currency="GBP", per="EUR", day=day - timedelta(days=60), rate=Decimal("0.8"), source="ECB", actor=TESTER)


def shown(browser, **more):
    query = "&".join([wish_query(wish()), *(f"{name}={value}" for name, value in more.items())])
    return browser.get(f"{BOOK}?{query}")


def test_price_is_told_in_the_currency_chosen_beside_the_propertys(browser, rates):
    page = shown(browser, currency="USD").content.decode()
    assert '<span class="price">€200.00</span> <small class="about">≈\xa0220\xa0USD</small>' in page
    assert "Amounts after ≈ are a guide" in page


def test_it_is_remembered_and_taken_back(browser, rates):
    shown(browser, currency="USD")
    assert "≈\xa0220\xa0USD" in shown(browser).content.decode()
    assert "≈\xa0" not in shown(browser, currency="").content.decode()
    assert "≈\xa0" not in shown(browser).content.decode()


def test_rates_are_asked_for_once_a_minute(browser, rates):
    """Every page asks; a rate that is corrected meanwhile is told when the minute is over."""
    shown(browser, currency="USD")
    day = timezone.now().date() - timedelta(days=1)
    rate_set(currency="USD", per="EUR", day=day, rate=Decimal("2.00"), source="ECB", actor=TESTER)
    assert "≈\xa0220\xa0USD" in shown(browser).content.decode()
    cache.delete(f"indicative:{timezone.now().date()}")
    assert "≈\xa0400\xa0USD" in shown(browser).content.decode()


def test_without_redis_they_are_read_each_time(browser, rates, monkeypatch):
    def away(key):
        raise RedisError(key)

    monkeypatch.setattr(indicative.cache, "get", away)
    assert indicative.offered(RequestFactory().get("/")) == ["BHD", "JPY", "USD"]


def test_only_currencies_with_a_fresh_rate_are_offered(browser, rates):
    page = shown(browser).content.decode()
    assert [f"<option>{code}</option>" in page for code in ("USD", "JPY", "BHD", "GBP", "EUR")] == [True] * 3 + [
        False
    ] * 2
    for code in ("GBP", "XXX", "usd", "<b>"):
        answer = shown(browser, currency=code)
        assert "currency" not in answer.cookies
        assert "≈\xa0" not in answer.content.decode()


def test_nothing_is_offered_where_there_are_no_rates(browser, shop):
    page = shown(browser, currency="USD")
    assert b'name="currency"' not in page.content
    assert "currency" not in page.cookies


@pytest.mark.parametrize(
    "path", ["/", "/booking/search/", "/booking/property/LIS/", "/booking/property/LIS/calendar/", BOOK]
)
def test_pages_are_cached_by_what_was_chosen(browser, rates, path):
    assert "Cookie" in browser.get(path)["Vary"]


def test_what_is_charged_stays_in_the_propertys_currency(browser, rates, shop):
    shown(browser, currency="JPY")
    checkout = hold(shop, shop.full)
    page = browser.get(pages(checkout, "guest")).content.decode()
    assert page.count("≈\xa0") == page.count("≈\xa032,700\xa0JPY") > 0
    assert (checkout.currency, checkout.due_minor) == ("EUR", 20_000)


@pytest.mark.parametrize(
    ("to", "rate", "minor", "language", "written"),
    [
        ("JPY", "163.5", 20_000, "en", "≈ 32,700 JPY"),
        ("JPY", "163.5", 4, "en", "≈ 7 JPY"),
        ("BHD", "0.41", 20_000, "en", "≈ 82 BHD"),
        ("BHD", "0.41", 200, "en", "≈ 0.820 BHD"),
        ("USD", "1.1", 200, "de", "≈ 2,20 USD"),
        ("USD", "1.1", 123_456, "de", "≈ 1.358 USD"),
    ],
)
def test_each_currency_has_its_decimals(to, rate, minor, language, written):
    """T36: yen have none, dinars three; hundredths of a guide are left out from ten units on."""
    with translation.override(language):
        assert about(Rate("EUR", to, Decimal(rate), TODAY, "ECB"), minor).replace("\xa0", " ") == written


def test_table_goes_the_ways_that_a_single_rate_goes(rates):
    day = timezone.now().date()
    table = rate_table(day=day, within_days=31)
    assert set(table.of("EUR")) == {"USD", "JPY", "BHD"}
    for currency, to in (("EUR", "USD"), ("USD", "EUR"), ("USD", "JPY"), ("BHD", "JPY")):
        assert table.of(currency)[to] == rate_on(currency=currency, to=to, day=day, within_days=31)
