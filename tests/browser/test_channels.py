"""Channels in a real browser: from the wizard to a booking on the tape chart, without JavaScript as well, axe on each page."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from django_tenants.utils import schema_context
from playwright.sync_api import expect

from bookings.reservations.models import Reservation
from channels.connections.models import Connection
from channels.connections.wire import _client
from channels.sync.cases import case_open
from channels.sync.enums import CaseKind
from channels.sync.models import Case, ExchangeLog, Standing, ToldRooms
from channels.sync.pulling import pull
from channels.sync.pushing import push
from tests.channels.channex import make_pair
from tests.house import book, make_house
from tests.sandbox.airbnb.fixtures import HOST, airbnb_sandbox  # noqa: F401
from tests.sandbox.fixtures import channex_sandbox, sandbox_judges, sandbox_server  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("CHANNEL_SHOTS", "")


@pytest.fixture(autouse=True, scope="module")
def _hung_up():
    """Close the connections that the wire keeps open for this process, before their stand-ins go."""
    yield
    _client().close()
    _client.cache_clear()


@pytest.fixture
def house(hotel_a, channex_sandbox, settings):  # noqa: F811
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "channex": f"{channex_sandbox.url}/api/v1"}
    with schema_context(hotel_a.schema_name):
        yield make_house(code="LIS", name="Casa Lisboa", today=timezone.now().date(), horizon_days=60)


@pytest.fixture
def hotel(channex_sandbox):  # noqa: F811
    rates = [{"title": "Best available rate", "rate": 10_000}]
    rooms = [
        {"title": "Double Room", "count": 3, "guests": 2, "rates": rates},
        {"title": "Suite with a view", "count": 2, "guests": 4, "rates": rates},
    ]
    return channex_sandbox.hotel(rooms, channels=["booking.com"], title="Casa Lisboa")


@pytest.fixture
def pair(house, channex_sandbox):  # noqa: F811
    """A live connection with a booking, an overbooking, a refusal and a room that nobody mapped."""
    made = make_pair(house, channex_sandbox)
    made.push()
    made.sell(2, 5)
    made.pull()
    for _ in range(2):
        book(house, 2, 5)
    made.sell(3, 4, forced=True)
    made.pull()
    row, now = made.connection, timezone.now()
    link = row.room_links.get(name="Suite")
    ToldRooms.objects.filter(link=link, date=house.property.business_date + timedelta(days=3)).update(rooms=5)
    ToldRooms.objects.filter(link=link, date=house.property.business_date + timedelta(days=4)).update(refused="odd")
    case_open(
        connection=row, kind=CaseKind.SYNC_REFUSED, subject="x", words="The channel takes no price below 20.", now=now,
        details={"code": "too_cheap"}, days=[house.property.business_date],
    )  # fmt: skip
    stay = Reservation.objects.filter(booking__channel_booking__isnull=False).first()
    case_open(
        connection=row, kind=CaseKind.UNMAPPED_ROOM, subject="y", words="A room that is not mapped.", now=now,
        reservation=stay, details={"room_id": link.room_id},
    )  # fmt: skip
    ExchangeLog.objects.create(
        connection=row, what="availability", method="POST", url="/availability", at=now, status=429,
        error="Too many requests.", error_code="too_many_requests", request='{"values": []}',
    )  # fmt: skip
    return made


def test_from_the_keys_to_a_booking_on_the_tape_chart(open_as, mia, house, hotel, channex_sandbox, hotel_a):  # noqa: F811
    page = open_as(mia, "/desk/channels/")
    page.click("text=Connect a channel")
    expect(page.locator("h1")).to_have_text("Connect a channel")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Connect Channex")
    page.fill("[name=account]", hotel["property"])
    page.fill("[name=key_api_key]", channex_sandbox.key)
    page.click("text=Connect and fetch the rooms")
    expect(page.locator("#toasts")).to_contain_text("2 rooms, 2 rates")
    expect(page.locator(".mapping select").first).to_have_value("DBL")
    page.select_option("[name=fallback_type]", label="Double")
    page.select_option("[name=fallback_plan]", label="Best available rate")
    page.fill("[name=days_ahead]", "30")
    page.click("text=Save, and see what would be told")
    expect(page.locator("#told-head")).to_have_text("What Channex would be told")
    expect(page.locator(".wizard-preview")).to_contain_text("On 30 days something would be open")
    page.click(".yes button[type=submit]")
    expect(page.locator(".errors")).to_contain_text("Tick that the channel may be told this")
    page.check("[name=agreed]")
    page.click(".yes button[type=submit]")
    expect(page.locator("#situation-head")).to_have_text("Starting")
    connection = Connection.objects.get()
    assert push(connection.pk) == 120
    page.reload()
    expect(page.locator("#situation-head")).to_have_text("Works")
    arrival = house.property.business_date + timedelta(days=2)
    plan = hotel["rates"]["Double Room/Best available rate"]
    room = {
        "rate_plan_id": plan,
        "arrival": arrival.isoformat(),
        "departure": (arrival + timedelta(days=3)).isoformat(),
    }
    stay = channex_sandbox.sell("booking.com", [room | {"adults": 2}], booker={"name": "Greta", "surname": "Jansen"})
    Standing.objects.update(pull_at=timezone.now())
    assert pull(connection.pk) == 1
    page.goto("/desk/")
    bar = page.locator(".b", has_text="Greta Jansen")
    expect(bar).to_be_visible()
    assert f"Booking.com {stay['reservation']}" in (bar.get_attribute("aria-label") or "")
    bar.click()
    expect(page.locator(".channel-note")).to_contain_text("Dates, guests and price are changed at Booking.com")


@pytest.mark.parametrize("answer", ["Allow as Olivia", "Refuse"])
def test_a_host_agrees_at_airbnb_and_comes_back(
    open_as, mia, house, airbnb_sandbox, settings, live_server, barriers, answer,  # noqa: F811
):  # fmt: skip
    """Through the real policy of forms: the browser leaves for Airbnb, and comes back by way of the public host."""
    settings.CHANNEL_BASES = {**settings.CHANNEL_BASES, "airbnb": airbnb_sandbox.url}
    settings.PUBLIC_PORT = str(urlsplit(live_server.url).port)
    airbnb_sandbox.open()
    page = open_as(mia, "/desk/channels/new/?channel=airbnb")
    page.fill("[name=account]", HOST)
    page.fill("[name=key_client_id]", airbnb_sandbox.client)
    page.fill("[name=key_client_secret]", airbnb_sandbox.secret)
    page.click("text=Save, then connect with Airbnb")
    expect(page.locator("#agree-head")).to_have_text("Agree at Airbnb")
    assert barriers(page) == []
    page.wait_for_load_state("networkidle")
    page.keyboard.press("c")
    page.get_by_role("button", name=answer).click()
    if answer == "Refuse":
        expect(page.locator("#toasts")).to_contain_text("it was refused there. Nothing was connected.")
        expect(page.locator("#agree-head")).to_have_text("Agree at Airbnb")
    else:
        expect(page.locator("#toasts")).to_contain_text("Airbnb answered: 1 room, 1 rate.")
        expect(page.locator(".mapping")).to_contain_text("Loft")
    assert "code=" not in page.url


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1440), ("light", 1024), ("dark", 390)])
def test_nobody_meets_a_barrier(open_as, mia, pair, barriers, scheme, width):
    """WCAG 2.2 AA on every page, and nothing wider than the screen."""
    code = pair.connection.code
    stay = Reservation.objects.filter(booking__channel_booking__isnull=False).first()
    paths = {
        "overview": "channels/", "cases": "channels/cases/", "decided": "channels/cases/?closed=1",
        "log": "channels/log/", "choose": "channels/new/", "new": "channels/new/?channel=channex",
        "connection": f"channels/{code}/", "keys": f"channels/{code}/keys/", "rooms": f"channels/{code}/rooms/",
        "preview": f"channels/{code}/preview/", "cells": f"channels/{code}/calendar/",
        "day": f"channels/{code}/calendar/{pair.day(3)}/", "exchange": f"channels/log/{ExchangeLog.objects.first().code}/",
        "booking": f"channels/bookings/{stay.booking.code}/", "reservation": f"reservations/{stay.code}/",
        "house-booking": f"bookings/{stay.booking.code}/",
        **{f"case-{case.kind}": f"channels/cases/{case.code}/" for case in Case.objects.all()},
    }  # fmt: skip
    page = open_as(mia, "/desk/channels/", color_scheme=scheme, viewport={"width": width, "height": 900})
    for name, path in paths.items():
        page.goto(f"/desk/{path}")
        page.wait_for_load_state("networkidle")
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{width}-{scheme}.png"), full_page=True)
        assert barriers(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_preview_fits_a_telephone(open_as, mia, pair):
    """Neither the page nor one of its tables is moved sideways to be read."""
    page = open_as(mia, f"/desk/channels/{pair.connection.code}/preview/", viewport={"width": 390, "height": 844})
    frames = page.locator(".channels .table-frame")
    assert frames.count() == 2
    assert frames.evaluate_all("all => all.map(one => one.scrollWidth - one.clientWidth)") == [0, 0]
    cells = page.locator(".channels .table-frame td").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth + 1)"
    )
    assert len(cells) == 0


def test_a_case_is_decided_without_javascript(open_as, mia, pair):
    page = open_as(mia, "/desk/channels/cases/", java_script_enabled=False)
    page.click("text=The guest has bought it")
    page.click("text=Give a Suite instead")
    expect(page.locator("h2").first).to_have_text("Assign a room")
    page.click(".operation button.primary")
    expect(page.locator("h1")).to_have_text("No room left")
    page.select_option("[name=resolution]", "moved")
    page.fill("[name=note]", "An upgrade")
    page.click("text=Close it")
    expect(page.locator("#toasts")).to_contain_text("Decided")
