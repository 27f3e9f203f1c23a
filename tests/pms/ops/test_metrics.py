"""Figures for Prometheus: who may read them, and that each says what is so in every organization."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import schema_context
from prometheus_client.parser import text_string_to_metric_families

from bookings.rates.models import RatePlan
from channels.calendars.enums import FeedState
from channels.calendars.models import CalendarFeed
from channels.connections.enums import State
from channels.sync.cases import case_open
from channels.sync.enums import CaseKind, Direction
from channels.sync.models import ExchangeLog, Mark, Standing
from tests.channels.house import make_connection
from tests.conftest import TODAY
from tests.house import make_house

TOKEN = "watching-is-not-for-everybody"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HERE = {"tenant": "hotel_a", "connection": "CHX1", "channel": "channex"}


@pytest.fixture(autouse=True)
def token(settings):
    settings.METRICS_TOKEN = TOKEN


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOW, tick=False):
        yield


def asked(host="localhost", **headers):
    return Client(headers={"host": host, **headers}).get("/metrics")


def figures(name):
    """Return a figure's values by their labels."""
    answer = asked(authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200, answer.content
    found: dict[Any, float] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        found |= {(each.name, frozenset(each.labels.items())): each.value for each in family.samples}
    return {labels: value for (called, labels), value in found.items() if called == f"innkeep_{name}"}


def here(**more):
    return frozenset({**HERE, **more}.items())


@pytest.fixture
def live(in_tenant, property_a):
    return make_connection(property_a)


@pytest.fixture
def standing(live):
    return Standing.objects.create(
        connection=live, send_at=NOW, pull_at=NOW, sent_at=NOW - timedelta(minutes=2), pulled_at=NOW, failures=3,
        pull_failures=1,
    )  # fmt: skip


def log(row, **fields):
    usual = {"connection": row, "direction": Direction.OUT, "what": "availability", "at": NOW, "status": 200}
    return ExchangeLog.objects.create(**usual | fields)


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer nonsense", f"Basic {TOKEN}", TOKEN])
def test_nobody_reads_them_without_the_token(db, given):
    answer = asked(authorization=given)
    assert (answer.status_code, b"innkeep_" in answer.content) == (401, False)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_an_installation_without_a_token_has_none(db, settings):
    settings.METRICS_TOKEN = ""
    assert asked(authorization="Bearer ").status_code == 404


@pytest.mark.parametrize("host", ["localhost", "hotel-a.localhost", "10.0.0.7:8000"])
def test_they_are_on_any_host_as_prometheus_wants_them(db, host):
    answer = asked(host, authorization=f"Bearer {TOKEN}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"


def test_the_queue_and_the_age_of_its_oldest_change(live):
    for minutes in (3, 10):
        Mark.objects.create(connection=live, asked_at=NOW - timedelta(minutes=minutes))
    assert figures("channel_marks") == {here(): 2}
    assert figures("channel_oldest_mark_age_seconds") == {here(): 600}


def test_nothing_that_waits_has_no_age(live):
    assert figures("channel_oldest_mark_age_seconds") == {here(): 0}


def test_failures_in_a_row_last_success_and_refused_keys(live, standing):
    assert figures("channel_failures") == {here(direction="told"): 3, here(direction="read"): 1}
    assert figures("channel_last_told_timestamp_seconds") == {here(): NOW.timestamp() - 120}
    assert figures("channel_last_read_timestamp_seconds") == {here(): NOW.timestamp()}
    assert figures("channel_locked_out") == {here(): 0}
    Standing.objects.update(locked_out_at=NOW, sent_at=None)
    assert figures("channel_locked_out") == {here(): 1}
    assert figures("channel_last_told_timestamp_seconds") == {}


def test_calls_and_latency_of_the_last_hour(live):
    for milliseconds in (1_000, 2_000, 3_000):
        log(live, waited_milliseconds=milliseconds)
    log(live, status=500, error="Out of order")
    log(live, status=0)
    log(live, waited_milliseconds=90_000, at=NOW - timedelta(hours=2))
    assert figures("channel_calls") == {here(outcome="answered"): 3, here(outcome="failed"): 2}
    assert figures("channel_latency_seconds") == {here(quantile="0.5"): 2.0, here(quantile="0.95"): 2.9}


def test_open_cases_and_no_notes(live):
    for number in range(2):
        case_open(connection=live, kind=CaseKind.NOTICE, subject=str(number), words="Said.", now=NOW)
    case_open(connection=live, kind=CaseKind.PRICE_DIFFERS, subject="1", words="Said.", now=NOW)
    assert figures("channel_open_cases") == {here(): 2}


def test_every_organization_is_in_it_drafts_and_suspended_ones_are_not(live, hotel_b):
    with schema_context("hotel_b"):
        house = make_house(code="POR", name="Casa Porto", today=TODAY, horizon_days=30)
        other = make_connection(house, code="EXP1", adapter="expedia", account="1", state=State.PAUSED)
        make_connection(house, code="DRA1", account="2", state=State.DRAFT)
    theirs = frozenset({"tenant": "hotel_b", "connection": other.code, "channel": "expedia"}.items())
    assert figures("channel_live") == {here(): 1, theirs: 0}
    type(hotel_b).objects.filter(pk=hotel_b.pk).update(suspended_at=timezone.now())
    assert figures("channel_live") == {here(): 1}


def test_calendars(in_tenant, property_a):
    feed = CalendarFeed.objects.create(
        property=property_a.property, name="Loft", channel="airbnb", room_type=property_a.double, sealed="x", host="h",
        rate_plan=RatePlan.objects.get(), state=FeedState.LIVE, next_fetch_at=NOW, failures=4, last_good_at=NOW,
    )  # fmt: skip
    whose = frozenset({"tenant": "hotel_a", "feed": str(feed.code), "channel": "airbnb"}.items())
    assert figures("calendar_failures") == {whose: 4}
    assert figures("calendar_last_read_timestamp_seconds") == {whose: NOW.timestamp()}
    CalendarFeed.objects.update(state=FeedState.PAUSED)
    assert figures("calendar_failures") == {}


def test_all_organizations_are_asked_together(live):
    with CaptureQueriesContext(connection) as queries:
        figures("channel_marks")
    asked_for = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    assert len(asked_for) == 3  # which there are, their connections, their calendars
    assert sum("UNION ALL" in sql for sql in asked_for) == 2


def test_the_database_away_is_said(db, monkeypatch):
    def away(**_):
        raise OperationalError

    monkeypatch.setattr("pms.ops.metrics.connections_measured", away)
    assert asked(authorization=f"Bearer {TOKEN}").status_code == 503


def test_the_version_is_in_it(db, settings):
    assert figures("build_info") == {frozenset({("version", settings.VERSION)}): 1}
