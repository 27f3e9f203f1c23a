"""Probes answer on any host; every answer names its request; errors look like Innkeep."""

from json import loads

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.db import OperationalError, ProgrammingError
from django.test import Client
from django.urls import path
from redis.exceptions import ConnectionError as RedisAway

from config.urls_tenant import *  # noqa: F403 - the real pages, and one that breaks
from config.urls_tenant import urlpatterns as real
from pms.kernel.errors import Conflict


def broken(request):
    """Break."""
    raise ZeroDivisionError


def refused(request):
    """Refuse."""
    raise Conflict("room_taken", "Room 101 is taken.")


def away(request):
    """Meet what the test says."""
    raise MET[0]


#: What the page meets.
MET: list[Exception] = []
urlpatterns = [
    *real,
    *i18n_patterns(path("broken/", broken), prefix_default_language=False),
    path("refused/", refused),
    path("away/", away),
]


@pytest.fixture
def browser(hotel_a):
    return Client(headers={"host": "hotel-a.localhost"}, raise_request_exception=False)


@pytest.fixture
def breakable(settings):
    settings.ROOT_URLCONF = __name__


@pytest.mark.parametrize("host", ["localhost", "hotel-a.localhost", "10.0.0.7:8000", "whatever.example"])
@pytest.mark.parametrize("probe", ["/health", "/ready", "/version"])
def test_probes_answer_on_any_host(hotel_a, host, probe):
    answer = Client(headers={"host": host}).get(probe)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Request-ID"]


def test_ready_names_what_does_not_answer(db, settings, monkeypatch):
    from redis import Redis

    def away(*_args, **_options):
        raise ConnectionError

    monkeypatch.setattr(Redis, "ping", away)
    answer = Client().get("/ready")
    assert answer.status_code == 503
    assert loads(answer.content) == {"status": "failing", "failing": ["redis"]}


def test_health_asks_nobody(monkeypatch):
    """No database fixture: a query would fail the test."""
    assert loads(Client().get("/health").content) == {"status": "ok"}


@pytest.mark.parametrize(
    ("language", "words"), [("lt", "Pas mus kažkas sugedo"), ("de", "Bei uns ist etwas schiefgegangen")]
)
def test_who_reads_another_language_is_told_in_it_that_we_broke(browser, breakable, language, words):
    answer = browser.get(f"/{language}/broken/")
    assert (answer.status_code, words in answer.content.decode()) == (500, True)


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/nowhere/", 404, "Nothing is here"),
        ("/broken/", 500, "Something broke"),
        ("/refused/", 409, "Room 101 is taken."),
    ],
)
def test_errors_are_pages_that_name_the_request(browser, breakable, address, status, words):
    answer = browser.get(address)
    body = answer.content.decode()
    assert answer.status_code == status
    assert words in body
    assert f"<code>{answer['X-Request-ID']}</code>" in body


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [("/nowhere/", 404, "not_found"), ("/broken/", 500, "server_error"), ("/refused/", 409, "room_taken")],
)
def test_errors_are_problems_for_programs(browser, breakable, address, status, code):
    answer = browser.get(address, headers={"accept": "application/json"})
    problem = loads(answer.content)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert (problem["code"], problem["status"]) == (code, status)
    assert problem["request_id"] == answer["X-Request-ID"]


def test_a_form_of_another_site_is_refused_in_words(hotel_a):
    answer = Client(enforce_csrf_checks=True, headers={"host": "hotel-a.localhost"}).post("/accounts/login/", {})
    assert answer.status_code == 403
    assert "open for too long" in answer.content.decode()


def test_a_stranger_cannot_name_their_request(browser):
    answer = browser.get("/nowhere/", headers={"x-request-id": "chosen-by-otto"})
    assert answer["X-Request-ID"] != "chosen-by-otto"


def test_two_requests_have_two_names(browser):
    assert browser.get("/nowhere/")["X-Request-ID"] != browser.get("/nowhere/")["X-Request-ID"]


@pytest.mark.parametrize(
    ("error", "status"),
    [(OperationalError("gone"), 503), (RedisAway("gone"), 503), (ProgrammingError("no such column"), 500)],
)
def test_a_store_that_is_away_is_a_calm_page(browser, breakable, error, status):
    MET[:] = [error]
    answer = browser.get("/away/")
    assert (answer.status_code, answer.get("Retry-After")) == (status, "5" if status == 503 else None)
