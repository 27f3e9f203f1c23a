"""Counting steps: one statement, no error, nobody recognizable."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test import override_settings
from django_tenants.utils import schema_context

from bookings.funnel import counting
from bookings.funnel.counting import MOST_CAMPAIGNS, count
from bookings.funnel.enums import Device, Origin, Step
from bookings.funnel.facts import device_of
from bookings.funnel.models import FunnelDay
from bookings.funnel.origins import campaign_name
from tests.bookings.funnel.visiting import DESKTOP, PHONE, ask

#: A Redis that nobody runs.
AWAY = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}


def rows():
    fields = ("property__code", "step", "origin", "campaign", "device", "count", "visitors")
    return sorted(FunnelDay.objects.values_list(*fields), key=str)


def test_it_counts_house_and_organization_in_one_statement(property_a, django_assert_num_queries):
    with django_assert_num_queries(1):
        count(ask(agent=PHONE), Step.VISIT, property_a.property)
    expected = ("visit", "direct", "", "phone", 1, 1)
    assert rows() == [("LIS", *expected), (None, *expected)]


def test_the_same_visitor_is_one_a_day_and_one_of_both_houses(property_a, property_other):
    for place in (property_a.property, property_a.property, property_other.property):
        count(ask(), Step.VISIT, place)
    found = {code: (times, people) for code, *_, times, people in rows()}
    assert found == {"LIS": (2, 1), "POR": (1, 1), None: (3, 1)}


def test_another_browser_or_day_is_another_visitor(in_tenant):
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC)):
        count(ask(), Step.SEARCH)
        count(ask(agent=DESKTOP.replace("140", "141")), Step.SEARCH)
    with time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC)):
        count(ask(), Step.SEARCH)
    assert list(FunnelDay.objects.order_by("date").values_list("visitors", flat=True)) == [2, 1]


def test_day_is_the_houses_own(property_a):
    """T5: half past eleven at night in UTC is the next day in Tokyo."""
    property_a.property.time_zone = "Asia/Tokyo"
    with time_machine.travel(datetime(2026, 11, 20, 23, 30, tzinfo=UTC)):
        count(ask(), Step.VISIT, property_a.property)
    assert FunnelDay.objects.get(property=property_a.property).date == date(2026, 11, 21)
    assert FunnelDay.objects.get(property=None).date == date(2026, 11, 20)


@pytest.mark.parametrize(
    "agent", ["", "curl/8.1", "Mozilla/5.0 (compatible; Googlebot/2.1)", "python-requests/2", "HeadlessChrome/140"]
)
def test_programs_are_not_counted(in_tenant, agent):
    count(ask(agent=agent), Step.VISIT)
    assert rows() == []


def test_page_fetched_ahead_is_not_counted(in_tenant):
    count(ask(sec_purpose="prefetch;prerender"), Step.VISIT)
    assert rows() == []


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (PHONE, Device.PHONE),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Mobile Safari", Device.TABLET),
        ("Mozilla/5.0 (Linux; Android 15; SM-X910) Chrome/140 Safari/537.36", Device.TABLET),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140 Mobile Safari/537.36", Device.PHONE),
        (DESKTOP, Device.DESKTOP),
    ],
)
def test_devices(agent, device):
    assert device_of(ask(agent=agent)) == device


@pytest.mark.parametrize(
    ("path", "headers", "origin"),
    [
        ("/", {}, Origin.DIRECT),
        ("/", {"referer": "https://www.google.co.uk/"}, Origin.SEARCH_ENGINE),
        ("/", {"referer": "https://l.facebook.com/x"}, Origin.SOCIAL),
        ("/", {"referer": "https://t.co/x"}, Origin.SOCIAL),
        ("/", {"referer": "https://blog.example/best-hotels"}, Origin.REFERRAL),
        ("/", {"referer": "https://[broken"}, Origin.DIRECT),
        ("/", {"referer": "http://testserver/rooms"}, Origin.DIRECT),
        ("/?utm_source=Spring+News", {"referer": "https://www.google.com/"}, Origin.CAMPAIGN),
        ("/embed/LIS/", {"referer": "https://blog.example/"}, Origin.EMBED),
        ("/booking/search/", {"sec_fetch_dest": "iframe"}, Origin.EMBED),
    ],
)
def test_origins(in_tenant, path, headers, origin):
    count(ask(path, **headers), Step.VISIT)
    assert FunnelDay.objects.get().origin == origin


def test_origin_of_the_landing_stays_with_the_visit(in_tenant):
    count(ask("/?utm_source=news"), Step.VISIT)
    count(ask("/booking/search/", referer="https://checkout.stripe.com/"), Step.BOOKED)
    assert {(row.step, row.origin, row.campaign) for row in FunnelDay.objects.all()} == {
        ("visit", "campaign", "news"),
        ("booked", "campaign", "news"),
    }


def test_way_back_from_the_payment_is_no_origin(in_tenant):
    count(ask(referer="https://checkout.stripe.com/"), Step.BOOKED)
    assert FunnelDay.objects.get().origin == Origin.DIRECT


@pytest.mark.parametrize(
    ("told", "kept"),
    [(" Spring News! ", "spring-news"), ("a" * 99, "a" * 40), ("greta@example.com", "other"), ("!", "other")],
)
def test_campaigns_are_cleaned(told, kept):
    assert campaign_name(told) == kept


def test_names_without_end_are_one_row(in_tenant):
    for number in range(MOST_CAMPAIGNS + 5):
        count(ask(f"/?utm_source=name{number}", ip=f"203.0.113.{number}"), Step.VISIT)
    assert FunnelDay.objects.count() == MOST_CAMPAIGNS + 1
    assert FunnelDay.objects.get(campaign="other").count == 5


def test_without_redis_it_still_counts(in_tenant):
    with override_settings(CACHES=AWAY):
        count(ask("/?utm_source=news"), Step.VISIT)
    assert rows() == [(None, "visit", "direct", "", "desktop", 1, 0)]


def test_it_never_fails_a_page(in_tenant, monkeypatch):
    def broken(**_facts):
        raise DatabaseError

    monkeypatch.setattr(counting, "step_record", broken)
    count(ask(), Step.VISIT)


def test_commits_elsewhere_wait_for_the_disk_as_before(transactional_db, hotel_a):
    with schema_context("hotel_a"), connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        count(ask(), Step.VISIT)
        cursor.execute("SHOW synchronous_commit")
        assert (cursor.fetchone()[0], FunnelDay.objects.get().count) == ("on", 1)
        cursor.execute("RESET synchronous_commit")


def test_inside_a_transaction_its_commit_waits_for_the_disk(in_tenant):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        count(ask(), Step.VISIT)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone()[0] == "on"
