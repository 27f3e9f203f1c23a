"""The booking widget on somebody else's page: another origin, a real browser."""

import json
from datetime import date, timedelta

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import expect

from bookings.website.management.commands.allow_embedding import origin_allow
from pms.kernel.actors import Actor
from tests.house import make_house
from tests.sandbox.elsewhere import page as page_of
from tests.sandbox.elsewhere import serving

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def house(hotel_a):
    with schema_context(hotel_a.schema_name):
        yield make_house(code="LIS", name="Casa Lisboa", today=date.today(), horizon_days=120)  # noqa: DTZ011


@pytest.fixture
def elsewhere(house, host):
    """The origin of a page with the widget, which the hotel does not know yet."""
    with serving(page_of(hotel=host, code="LIS", attributes='data-language="en"')) as origin:
        yield origin


@pytest.fixture
def allowed(elsewhere):
    """The same origin, allowed."""
    origin_allow(origin=elsewhere, actor=Actor.system("tests"))
    return elsewhere


def heard(page, kind):
    """The details of the events of a kind that the page heard."""
    return [detail for name, detail in page.evaluate("heard") if name == f"innkeep:{kind}"]


def shown(page):
    """The widget's inside, once it has spoken."""
    page.wait_for_function("heard.some(([type]) => type === 'innkeep:ready')")
    return page.frame_locator("#widget iframe")


def test_an_allowed_page_shows_it(open_page, allowed, host, barriers):
    """Seen, named, as high as it is, and in place of the link that stood there; nothing for axe to find."""
    page = open_page()
    page.goto(allowed)
    inside = shown(page)
    expect(inside.get_by_role("heading", name="Casa Lisboa")).to_be_visible()
    expect(inside.locator("#answer")).to_have_text("From €100.00 a night for two, all taxes in")
    assert page.locator("#widget iframe").get_attribute("title") == "Book a room"
    expect(page.locator("#widget > a")).to_have_count(0)
    assert barriers(page) == []


def test_height_follows_what_is_inside(open_page, allowed):
    page = open_page()
    page.goto(allowed)
    inside = shown(page)
    wide = page.locator("#widget iframe").bounding_box()["height"]
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_function("wide => document.querySelector('iframe').offsetHeight > wide + 60", arg=wide)
    narrow = page.locator("#widget iframe").bounding_box()["height"]
    assert narrow == pytest.approx(inside.locator(".widget").bounding_box()["height"], abs=1)
    page.set_viewport_size({"width": 1200, "height": 800})
    page.wait_for_function("wide => document.querySelector('iframe').offsetHeight === Math.round(wide)", arg=wide)


def test_dates_are_priced_and_told(open_page, allowed, house):
    page = open_page()
    page.goto(allowed)
    inside = shown(page)
    arrival = house.property.business_date + timedelta(days=3)
    inside.get_by_label("Arrival").fill(arrival.isoformat())
    inside.get_by_label("Departure").fill((arrival + timedelta(days=2)).isoformat())
    inside.get_by_label("Departure").blur()
    expect(inside.locator("#answer")).to_have_text("2 nights from €200.00, all taxes in")
    page.wait_for_function("heard.some(([type, detail]) => type === 'innkeep:search' && detail.totalMinor === 20000)")
    told = heard(page, "search")[-1]
    assert (told["property"], told["arrival"], told["outcome"]) == ("LIS", arrival.isoformat(), "offered")


def test_departure_keeps_behind_the_arrival(open_page, allowed, house):
    page = open_page()
    page.goto(allowed)
    inside = shown(page)
    arrival = house.property.business_date + timedelta(days=30)
    inside.get_by_label("Arrival").fill(arrival.isoformat())
    inside.get_by_label("Arrival").blur()
    expect(inside.get_by_label("Departure")).to_have_value((arrival + timedelta(days=1)).isoformat())


def test_booking_opens_outside_of_the_frame(open_page, allowed, host):
    """The page around hears of it, and stays where it is."""
    page = open_page()
    page.goto(allowed)
    inside = shown(page)
    with page.context.expect_page() as opened:
        inside.get_by_role("button", name="Choose a room").click()
    opened.value.wait_for_load_state()
    assert opened.value.url.startswith(f"{host}/booking/property/LIS/book/?arrival=")
    assert opened.value.evaluate("window.opener === null && window.top === window")
    assert page.url.startswith(allowed)
    assert [set(told) for told in heard(page, "book")] == [{"property", "arrival", "departure", "adults", "children"}]


def test_a_page_that_is_not_allowed_is_refused_by_the_browser(open_page, elsewhere, complaints):
    page = open_page()
    page.goto(elsewhere)
    page.locator("#widget iframe").wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    assert [each for each in complaints if "frame-ancestors" in each]
    assert page.evaluate("heard") == []
    expect(page.locator("#widget > a")).to_be_visible()
    complaints.clear()


def test_what_others_say_is_not_heard(open_page, allowed):
    """Neither the page itself, nor a frame of a foreign origin, nor another window of the hotel's own."""
    page = open_page()
    page.goto(allowed)
    shown(page)
    page.wait_for_timeout(300)
    before = page.evaluate("heard.length"), page.locator("#widget iframe").bounding_box()["height"]
    lie = json.dumps({"type": "innkeep:height", "height": 3333})
    page.evaluate(f"window.postMessage({lie}, '*')")
    page.evaluate(
        """lie => new Promise((done) => {
            const liar = document.createElement("iframe");
            liar.srcdoc = `<script>parent.postMessage(${lie}, "*")</` + `script>`;
            liar.sandbox = "allow-scripts";
            addEventListener("message", (event) => { if (event.source === liar.contentWindow) setTimeout(done, 200); });
            document.body.append(liar);
        })""",
        lie,
    )
    page.evaluate(
        """([lie, home]) => dispatchEvent(new MessageEvent("message", {origin: home, source: window, data: lie}))""",
        [json.loads(lie), page.evaluate("new URL(document.querySelector('script[src]').src).origin")],
    )
    assert (page.evaluate("heard.length"), page.locator("#widget iframe").bounding_box()["height"]) == before


def test_a_frame_that_was_led_elsewhere_is_not_heard(open_page, allowed):
    """It is the right frame, but what speaks in it is of a foreign origin."""
    page = open_page()
    page.goto(allowed)
    shown(page)
    liar = b"<!doctype html><link rel=icon href=data:,><script>parent.postMessage({type: 'innkeep:book'}, '*')</script>"
    with serving(liar) as foreign:
        page.evaluate(
            """foreign => new Promise((done) => {
                addEventListener("message", ({ origin }) => { if (origin === foreign) setTimeout(done, 100); });
                document.querySelector("#widget iframe").src = foreign;
            })""",
            foreign,
        )
    assert heard(page, "book") == []


def test_mounting_later_and_twice(open_page, allowed):
    """A page that builds itself calls Innkeep.mount; a second call for the same place gives the same frame."""
    page = open_page()
    page.goto(allowed)
    shown(page)
    same = page.evaluate(
        """() => {
            const place = document.createElement("div");
            place.dataset.innkeepProperty = "LIS";
            place.dataset.language = "lt-LT";
            place.dataset.theme = "dark";
            document.body.prepend(place);
            return Innkeep.mount(place) === Innkeep.mount(place);
        }"""
    )
    assert same
    later = page.frame_locator("iframe >> nth=0")
    expect(later.locator("html[lang=lt][data-theme=dark]")).to_be_attached()
    assert page.locator("iframe").count() == 2
