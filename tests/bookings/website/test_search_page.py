"""The pages of search and calendar: plain and with htmx, what is wrong at its field, other organizations, languages."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pms.properties.models import Amenity
from tests.bookings.rates.asking import AT, day, limit
from tests.conftest import TODAY
from tests.house import book, make_house

SEARCH = "/booking/search/"


@pytest.fixture(autouse=True)
def _frozen():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def browser(client_for, hotel_a):
    return client_for(None, hotel_a)


def address(arrival=10, departure=12, **more):
    query = {"arrival": day(arrival).isoformat(), "departure": day(departure).isoformat(), **more}
    return f"{SEARCH}?{'&'.join(f'{name}={value}' for name, value in query.items())}"


def test_a_stranger_sees_prices_with_everything_in(browser, property_a):
    page = browser.get(address()).content.decode()
    assert "Casa Lisboa" in page
    assert "€200" in page
    assert "2 nights, all taxes in" in page


def test_htmx_gets_the_results_alone(browser, property_a):
    answer = browser.get(address(), headers={"hx-request": "true"})
    assert answer.content.decode().strip().startswith('<section id="results"')
    assert "HX-Request" in answer["Vary"]


def test_without_dates_it_asks_for_them(browser, property_a):
    answer = browser.get(SEARCH)
    assert (answer.status_code, "Choose your dates" in answer.content.decode()) == (200, True)


@pytest.mark.parametrize("headers", [{}, {"hx-request": "true"}])
def test_what_is_wrong_is_said_at_its_field(browser, property_a, headers):
    answer = browser.get(address(12, 10), headers=headers)
    assert answer.status_code == 422
    assert "The departure must be after the arrival" in answer.content.decode()
    assert ('aria-describedby="wrong"' in answer.content.decode()) == (not headers)


def test_what_is_not_sold_links_to_other_dates(browser, property_a):
    limit(property_a, 10, closed_to_arrival=True)
    page = browser.get(address()).content.decode()
    assert "No arrival on 30 November 2026." in page
    assert f'href="{SEARCH}?arrival={day(11)}&amp;departure={day(13)}&amp;adults=2"' in page


@pytest.mark.parametrize(
    ("prefix", "price", "free"), [("/lt", "200\xa0€", "18:00"), ("/de", "200\xa0€", "18:00"), ("", "€200", "18:00")]
)
def test_each_language_has_its_formats(browser, property_a, prefix, price, free):
    page = browser.get(prefix + address()).content.decode()
    assert price in page
    assert free in page


def test_nonsense_in_filters_is_left_out(browser, property_a):
    answer = browser.get(address(page="-1", sort="up", price_from="x", place="%00", amenities="%00"))
    assert answer.status_code == 200


def test_a_page_costs_no_more_queries_with_more_properties(browser, property_a, property_other):
    browser.get(address())
    counts = []
    for number in range(2):
        with CaptureQueriesContext(connection) as made:
            browser.get(address())
        counts.append(len([query for query in made if not query["sql"].startswith("SET search_path")]))
        make_house(code=f"M{number}", name="More", today=TODAY, horizon_days=30)
    assert counts[0] == counts[1] <= 12


def calendar(browser, code="LIS", headers=None, prefix="", **query):
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return browser.get(f"{prefix}/booking/property/{code}/calendar/?{asked}", headers=headers or {})


def test_each_day_is_a_link_that_picks_it(browser, property_a):
    page = calendar(browser).content.decode()
    assert f"month=2026-11&amp;arrival={day(10)}&amp;adults=2" in page
    assert '<span class="visually-hidden">Monday, 30 November 2026, possible as arrival, €100 a night<' in page


def test_then_each_possible_departure_is_one(browser, property_a):
    """T2: the full day is a link that ends the stay."""
    for _ in range(3):
        book(property_a, 12, 13, room_type=property_a.double)
    for _ in range(2):
        book(property_a, 12, 13, room_type=property_a.suite)
    page = calendar(browser, arrival=day(10)).content.decode()
    assert f"arrival={day(10)}&amp;departure={day(12)}" in page
    assert f"departure={day(13)}" not in page


def test_then_the_way_to_the_rooms(browser, property_a):
    page = calendar(browser, arrival=day(10), departure=day(12), adults=3).content.decode()
    assert "See rooms" in page
    assert 'aria-selected="true"' in page


def test_days_that_cannot_be_picked_say_why(browser, property_a):
    limit(property_a, 10, closed_to_arrival=True)
    page = calendar(browser).content.decode()
    assert '<span class="visually-hidden">Monday, 30 November 2026, No arrival on 30 November 2026<' in page


def test_htmx_gets_the_region_alone(browser, property_a):
    page = calendar(browser, headers={"hx-request": "true"}).content.decode()
    assert page.strip().startswith('<section id="calendar"')


def test_a_program_gets_json(browser, property_a):
    found = calendar(browser, headers={"accept": "application/json"}, arrival=day(10)).json()
    days = {row["date"]: row for row in found["days"]}
    own = days[day(10).isoformat()]
    assert (found["property"], found["currency"], found["today"]) == ("LIS", "EUR", TODAY.isoformat())
    assert (own["arrives"], own["nights_min"], own["night_minor"]) == (True, 1, 10_000)
    assert days[day(11).isoformat()]["departs"]
    assert days[day(-1).isoformat()]["refusal"]["code"] == "arrival_past"


@pytest.mark.parametrize("query", [{"month": "9999-99"}, {"arrival": "x", "departure": "y"}, {"adults": "no"}])
def test_nonsense_shows_the_months_from_today(browser, property_a, query):
    assert "November 2026" in calendar(browser, **query).content.decode()


def test_a_property_of_nobody_and_of_others_is_missing(browser, property_a, hotel_b):
    from django_tenants.utils import schema_context

    with schema_context(hotel_b.schema_name):
        make_house(code="OTTO", name="Otto", today=TODAY, horizon_days=20)
    assert [calendar(browser, code).status_code for code in ("LIS", "NONE", "OTTO")] == [200, 404, 404]


def test_nothing_is_changed_by_asking(browser, property_a):
    assert browser.post(SEARCH).status_code == 405


@pytest.mark.parametrize(("prefix", "word"), [("", "Rooftop bar"), ("/lt", "Baras ant stogo")])
def test_a_row_says_what_the_house_has_in_the_guests_language(browser, property_a, prefix, word):
    bar = Amenity.objects.create(code="zzbar", name="Rooftop bar", texts={"lt": {"name": "Baras ant stogo"}})
    property_a.property.amenities.add(bar)
    assert f"<span>{word}</span>" in browser.get(prefix + address()).content.decode()
