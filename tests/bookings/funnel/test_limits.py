"""A minute that slides, per line and per organization; open when Redis is away."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.http import HttpResponse
from django.test import override_settings
from django_tenants.utils import schema_context

from bookings.funnel.limits import limited
from pms.kernel.caching import redis_at
from tests.bookings.funnel.test_counting import AWAY
from tests.bookings.funnel.visiting import ask

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


@limited("searching", per_minute=3, organization_per_minute=5)
def view(request):
    return HttpResponse("found")


def statuses(times, **asked):
    return [view(ask(**asked)).status_code for _ in range(times)]


@pytest.fixture(autouse=True)
def _clock(in_tenant):
    with time_machine.travel(AT, tick=False):
        yield


def test_fourth_in_a_minute_is_told_when_to_come_back():
    assert statuses(3) == [200, 200, 200]
    refused = view(ask())
    assert refused.status_code == 429
    assert "Please try again in" in refused.content.decode()
    with time_machine.travel(AT.timestamp() + int(refused["Retry-After"]), tick=False):
        assert view(ask()).status_code == 200


def test_minute_slides():
    statuses(3)
    with time_machine.travel(AT.timestamp() + 61, tick=False):
        assert view(ask()).status_code == 429
    with time_machine.travel(AT.timestamp() + 119, tick=False):
        assert view(ask()).status_code == 200


@pytest.mark.parametrize("ip", ["203.0.113.8", "2001:db8::1"])
def test_another_line_is_another_count(ip):
    statuses(4)
    assert view(ask(ip=ip)).status_code == 200


def test_addresses_of_one_line_are_one():
    found = [view(ask(ip=f"2001:db8::{number}")).status_code for number in range(1, 5)]
    assert found == [200, 200, 200, 429]


def test_organization_has_a_limit_and_another_one_its_own():
    found = [view(ask(ip=f"203.0.113.{number}")).status_code for number in range(6)]
    assert found == [200] * 5 + [429]
    with schema_context("hotel_b"):
        assert view(ask(ip="203.0.113.9")).status_code == 200


def test_program_reads_a_problem():
    answer = [view(ask(accept="application/json")) for _ in range(4)][-1]
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert int(answer["Retry-After"]) > 0


def test_without_redis_everything_passes():
    with override_settings(CACHES=AWAY):
        assert statuses(9) == [200] * 9


def test_methods_that_are_not_named_pass():
    @limited("sending", per_minute=1, methods=("POST",))
    def form(request):
        return HttpResponse()

    sent: list[Any] = [None, None, {}, {}]
    assert [form(ask(post=post)).status_code for post in sent] == [200, 200, 200, 429]


@override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1)
def test_header_a_caller_wrote_is_not_believed():
    found = [view(ask(x_forwarded_for=f"10.9.8.{number}, 203.0.113.9")).status_code for number in range(4)]
    assert found == [200, 200, 200, 429]


def test_what_was_counted_is_forgotten_when_its_minute_and_the_next_are_over():
    statuses(1)
    redis = redis_at(settings.CACHES["default"]["LOCATION"])
    counted = list(redis.scan_iter(match="*limit:searching*"))
    assert len(counted) == 2
    assert all(0 < redis.ttl(key) <= 120 for key in counted)
