"""A refusal answers each caller in their own language."""

from json import loads

import pytest
import structlog
from django.http import HttpResponse
from django.test import RequestFactory

from pms.kernel.caching import tenant_key
from pms.kernel.codes import ALPHABET, random_code
from pms.kernel.errors import Busy, Conflict, DomainError, Invalid, Missing, NotAllowed
from pms.kernel.middleware import DomainErrorMiddleware, problem, wants_json

CONFLICT = Conflict("room_taken", "Room 101 is taken.", unit="101")


def answer(error, **headers):
    request = RequestFactory().get("/", headers=headers)
    request.htmx = "HX-Request" in request.headers
    return DomainErrorMiddleware(lambda _: HttpResponse()).process_exception(request, error)


def test_a_program_gets_problem_json(db):
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        response = answer(CONFLICT, accept="application/json")
    assert (response.status_code, response["Content-Type"]) == (409, "application/problem+json")
    assert loads(response.content) == {
        "type": "urn:innkeep:error:room_taken",
        "title": "Room 101 is taken.",
        "status": 409,
        "code": "room_taken",
        "request_id": "r-1",
    }


def test_htmx_gets_a_toast(db):
    response = answer(CONFLICT, hx_request="true")
    assert response.status_code == 409
    assert (response["HX-Retarget"], response["HX-Reswap"]) == ("#toasts", "beforeend")
    assert "Room 101 is taken." in response.content.decode()


def test_a_browser_gets_a_page_with_the_number_to_name(db):
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        response = answer(CONFLICT, accept="text/html")
    assert response.status_code == 409
    assert "Room 101 is taken." in response.content.decode()
    assert "<code>r-1</code>" in response.content.decode()


def test_other_errors_are_djangos(db):
    assert answer(ValueError("x")) is None


@pytest.mark.parametrize(
    ("kind", "status"),
    [(DomainError, 400), (Invalid, 422), (Conflict, 409), (NotAllowed, 403), (Missing, 404), (Busy, 503)],
)
def test_each_kind_has_its_status(kind, status):
    error = kind("code", "Sentence.", field="name", night="today")
    assert problem(error).status_code == status
    assert (error.code, error.message, error.field, error.context) == ("code", "Sentence.", "name", {"night": "today"})


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/json", True),
        ("application/problem+json", True),
        ("text/html,application/json", False),
        ("", False),
    ],
)
def test_who_wants_json(accept, expected):
    assert wants_json(RequestFactory().get("/", headers={"accept": accept})) is expected


def test_cache_keys_carry_the_organization(in_tenant):
    assert tenant_key("rates", "", 1) == "hotel_a::1:rates"


def test_codes_have_no_lookalikes():
    codes = {random_code() for _ in range(500)}
    assert len(codes) == 500
    assert {len(code) for code in codes} == {7}
    assert set("".join(codes)) <= set(ALPHABET)
    assert not set(ALPHABET) & set("AEIOU01L")
