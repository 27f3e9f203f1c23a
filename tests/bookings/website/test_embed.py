"""The booking widget: who may frame it, what the page around may say, what it costs."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from whitenoise.storage import CompressedManifestStaticFilesStorage

from bookings.funnel.models import FunnelDay
from bookings.rates.models import BasePrice, RatePlan, Restriction
from bookings.website.embed import allowed_origins, from_price
from pms.audit.models import AuditEvent
from pms.branding.models import Brand
from pms.properties.models import Property, RoomType
from tests.bookings.funnel.visiting import DESKTOP
from tests.conftest import TODAY
from tests.house import book

SHOP = "https://www.casalisboa.example"
BLOG = "https://blog.example:8443"
SCRIPT = Path(str(finders.find("sdk.js")))


@pytest.fixture
def brand(in_tenant):
    return Brand.objects.create(allowed_origins=[SHOP, BLOG])


@pytest.fixture
def guest(client_for, hotel_a, property_a):
    return client_for(None, hotel_a)


@pytest.fixture
def ask(guest):
    """Return ask(**parameters): the widget's page."""
    return lambda **parameters: guest.get("/embed/LIS/", parameters)


def ancestors(response):
    return re.findall(r"frame-ancestors ([^;]*)", response["Content-Security-Policy"])[0]


def answer(response):
    """The answer's words, without markup."""
    found = re.findall(r'<div class="answer".*?>(.*?)</div>', response.content.decode(), re.DOTALL)[0]
    return " ".join(re.sub(r"<[^>]+>", "", found).split())


# --- Who may frame it ---------------------------------------------------------------------------------------


def test_only_the_allowed_origins_may_frame_it(ask, brand):
    response = ask()
    assert ancestors(response) == f"{SHOP} {BLOG}"
    assert "X-Frame-Options" not in response


def test_nobody_may_while_the_organization_allows_none(ask):
    assert ancestors(ask()) == "'none'"


@pytest.mark.parametrize("path", ["/", "/booking/property/LIS/", "/booking/property/LIS/book/", "/embed/NOPE/"])
def test_no_other_page_can_be_framed(guest, brand, path):
    response = guest.get(path)
    assert ancestors(response) == "'none'"
    assert response["X-Frame-Options"] == "DENY"


def test_another_organization_allows_its_own(client_for, hotel_b, property_a, brand):
    """hotel_b has neither the house nor the origins of hotel_a."""
    assert client_for(None, hotel_b).get("/embed/LIS/").status_code == 404


@pytest.mark.parametrize(
    "origin", ["*", "https://a.example; script-src *", "https://a.example/path", "'self'", "http://["]
)
def test_what_is_no_origin_never_reaches_the_header(in_tenant, brand, origin):
    Brand.objects.update(allowed_origins=[origin, SHOP])
    assert allowed_origins() == [SHOP]


def test_it_sets_no_cookie(ask):
    assert ask().cookies == {}


def test_a_house_that_is_not_listed_is_not_there(ask):
    Property.objects.update(is_listed=False)
    assert ask().status_code == 404


# --- What the page around may say ---------------------------------------------------------------------------


def test_it_speaks_to_an_allowed_parent_only(ask, brand):
    assert f'data-parent="{SHOP}"' in ask(parent=SHOP).content.decode()
    for parent in ("https://evil.example", "*", "", SHOP + ".evil.example"):
        assert "data-parent" not in ask(parent=parent).content.decode()


@pytest.mark.parametrize(
    ("asked", "shown"), [("dark", "dark"), ("light", "light"), ("auto", "auto"), ('"><script>', "auto"), ("", "auto")]
)
def test_theme_is_one_of_three(ask, asked, shown):
    assert f'data-theme="{shown}"' in ask(theme=asked).content.decode()


def test_accent_is_a_colour_that_can_be_read(ask):
    assert "--accent: light-dark(#00695c," in ask(accent="00695C").content.decode()
    for accent in ("ffee00", "red", "00695c;}body{display:none", "#00695"):
        assert "--accent:" not in ask(accent=accent).content.decode()


def test_accent_is_the_organizations_unless_said(ask, brand):
    Brand.objects.update(accent="#7a1f3d")
    assert "--accent: light-dark(#7a1f3d," in ask().content.decode()
    assert "--accent: light-dark(#00695c," in ask(accent="#00695c").content.decode()


@pytest.mark.parametrize(
    ("asked", "shown", "leads"),
    [("lt", "lt", "/lt/booking/"), ("de-AT", "de", "/de/booking/"), ("fr", "en", "/booking/"), ("", "en", "/booking/")],
)
def test_language_of_the_widget_and_of_where_it_leads(ask, asked, shown, leads):
    body = ask(language=asked).content.decode()
    assert f'<html lang="{shown}"' in body
    assert f'action="{leads}property/LIS/book/"' in body


def test_booking_never_opens_inside_the_frame(ask):
    day = {"arrival": TODAY + timedelta(days=2), "departure": TODAY + timedelta(days=4), "adults": 9}
    for asked, target in (("", "_blank"), ("top", "_top"), ("_self", "_blank")):
        assert set(re.findall(r'target="(\w+)"', ask(target=asked, **day).content.decode())) == {target}


# --- What it costs ------------------------------------------------------------------------------------------


def test_it_begins_with_a_price_that_can_be_had(ask):
    assert answer(ask()) == "From €100.00 a night for two, all taxes in"


def test_price_from_is_of_a_stay_that_is_sold(property_a):
    """Doubles need three nights; the price is a night's share of a stay that is sold (T20)."""
    days = [TODAY + timedelta(days=number) for number in range(40)]
    Restriction.objects.bulk_create(
        Restriction(property=property_a.property, date=day, room_type=property_a.double, min_stay_arrival=3)
        for day in days
    )
    assert from_price(property=property_a.property, at=timezone.now()) == 10_000
    Restriction.objects.update(min_stay_arrival=None, stop_sell=True)
    assert from_price(property=property_a.property, at=timezone.now()) == 25_000


def test_no_price_from_where_only_a_code_opens_the_rate(property_a, ask):
    RatePlan.objects.update(access_code="FRIENDS")
    assert from_price(property=property_a.property, at=timezone.now()) is None
    assert answer(ask()) == ""


def test_it_says_what_the_dates_cost(ask):
    response = ask(arrival=TODAY + timedelta(days=2), departure=TODAY + timedelta(days=5))
    assert answer(response) == "3 nights from €300.00, all taxes in"
    assert 'data-total-minor="30000" data-currency="EUR"' in response.content.decode()


def test_it_says_why_there_is_nothing_and_leads_on(ask, property_a):
    """Every room is taken: the rule is said, the booking page shows what there is instead."""
    for room_type, number in ((property_a.double, 3), (property_a.suite, 2)):
        for _ in range(number):
            book(property_a, 2, 5, room_type=room_type)
    response = ask(arrival=TODAY + timedelta(days=2), departure=TODAY + timedelta(days=5))
    assert answer(response).startswith("Nothing is free as you asked for it.")
    query = escape(f"arrival={TODAY + timedelta(days=2)}&departure={TODAY + timedelta(days=5)}&adults=2")
    assert f'href="{reverse("checkout:book", args=["LIS"])}?{query}"' in response.content.decode()


def test_dates_that_make_no_sense_are_said(ask):
    response = ask(arrival=TODAY - timedelta(days=2), departure=TODAY)
    assert (response.status_code, answer(response)) == (422, "The arrival is in the past.")


def test_the_answer_comes_alone_when_asked_for(guest):
    days = {"arrival": TODAY + timedelta(days=2), "departure": TODAY + timedelta(days=3)}
    body = guest.get("/embed/LIS/", days, headers={"HX-Request": "true"}).content.decode()
    assert "1 night from <b>€100.00</b>" in body
    assert "<form" not in body


def test_it_costs_a_fixed_number_of_queries(guest, property_a):
    """One more room type and three more rates ask nothing more."""
    guest.get("/embed/LIS/")
    with CaptureQueriesContext(connection) as few:
        guest.get("/embed/LIS/")
    place = property_a.property
    attic = RoomType.objects.create(property=place, code="ATT", name="Attic", position=3)
    BasePrice.objects.create(rate_plan=property_a.rate_plan, room_type=attic, price_minor=30_000)
    for code in ("A", "B", "C"):
        RatePlan.objects.create(property=place, code=code, name=code, parent=property_a.rate_plan)
    with CaptureQueriesContext(connection) as many:
        guest.get("/embed/LIS/")
    assert len(many) == len(few) <= 45


# --- The script ---------------------------------------------------------------------------------------------


def test_the_script_is_small():
    assert SCRIPT.stat().st_size < 4_000


def test_the_script_is_served_to_every_origin(guest):
    response = guest.get("/static/sdk.js")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Content-Type"].startswith("text/javascript")
    assert b"".join(response.streaming_content) == SCRIPT.read_bytes()  # to its end, which closes the file


def test_its_address_stays_beside_the_hashed_one(tmp_path, settings):
    """Production's storage keeps /static/sdk.js, which other people's pages name, beside sdk.<hash>.js."""
    settings.STATIC_ROOT = tmp_path
    storage = CompressedManifestStaticFilesStorage(location=tmp_path)
    with SCRIPT.open("rb") as script:
        storage.save("sdk.js", script)
    list(storage.post_process({"sdk.js": (storage, "sdk.js")}))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert "sdk.js" in names
    assert any(re.fullmatch(r"sdk\.[0-9a-f]{12}\.js", name) for name in names)


# --- Allowing a site ----------------------------------------------------------------------------------------


def test_a_command_allows_a_site_once(hotel_a, in_tenant, capsys):
    for said in ("may show", "could already show"):
        call_command("allow_embedding", "hotel-a", SHOP)
        assert said in capsys.readouterr().out
    assert allowed_origins() == [SHOP]
    assert AuditEvent.objects.filter(action="brand.changed").count() == 1


@pytest.mark.parametrize(("slug", "origin"), [("hotel-z", SHOP), ("hotel-a", f"{SHOP}/book/"), ("hotel-a", "*")])
def test_a_command_refuses_what_it_cannot_allow(in_tenant, slug, origin):
    with pytest.raises(CommandError):
        call_command("allow_embedding", slug, origin)
    assert allowed_origins() == []


# --- How often, and who looked ------------------------------------------------------------------------------


def test_who_asks_too_often_reads_it_in_the_frame(ask, brand):
    answers = [ask() for _ in range(61)]
    assert [each.status_code for each in answers[-2:]] == [200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert "X-Frame-Options" not in answers[-1]
    assert ancestors(answers[-1]) == f"{SHOP} {BLOG}"


def test_visits_and_searches_are_counted_as_the_widgets(guest, property_a):
    browser = {"headers": {"user-agent": DESKTOP}}
    guest.get("/embed/LIS/", **browser)
    guest.get(
        "/embed/LIS/", {"arrival": TODAY + timedelta(days=10), "departure": TODAY + timedelta(days=11)}, **browser
    )
    rows = FunnelDay.objects.filter(property=property_a.property).values_list("step", "origin", "count")
    assert sorted(rows) == [("search", "embed", 1), ("visit", "embed", 1)]


def test_frame_stores_nothing_in_the_browser(ask):
    assert not ask().cookies
