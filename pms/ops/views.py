"""The probes, /health (the process lives), /ready (its stores answer), /version; and the pages for what went wrong."""

import sys

import django_rq
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from pms.kernel.actors import request_id
from pms.kernel.errors import Busy, DomainError, Invalid, Missing, NotAllowed
from pms.kernel.middleware import for_guests, problem, wants_json
from pms.kernel.stores import is_store_away
from pms.kernel.tenancy import enter_public

#: When to ask again while a store is away.
AWAY_SECONDS = 5
#: What does not mean that a store is away: the hotel's look can be read.
_SAID_TO_GUESTS = frozenset({403, 404})


def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process can answer at all."""
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when PostgreSQL and Redis answer, 503 naming what does not."""
    failing = []
    try:
        enter_public()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM tenants_organization LIMIT 1")
    except Exception:  # noqa: BLE001 - whatever it is, we are not ready
        failing.append("database")
    try:
        django_rq.get_connection("default").ping()
    except Exception:  # noqa: BLE001 - the same
        failing.append("redis")
    return JsonResponse({"status": "failing" if failing else "ok", "failing": failing}, status=503 if failing else 200)


def version(request: HttpRequest) -> HttpResponse:
    """Answer the running version."""
    return JsonResponse({"version": settings.VERSION})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that cannot be understood."""
    return _answer(request, "400.html", Invalid("bad_request", "This request cannot be understood."), status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer somebody who may not do this."""
    return _answer(request, "403.html", NotAllowed("forbidden", "This is not for your role."))


def forbidden_csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose page was open for too long, or that another site sent."""
    return _answer(request, "403_csrf.html", NotAllowed("csrf", "This page was open for too long: reload it."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address where nothing is."""
    return _answer(request, "404.html", Missing("not_found", "Nothing is here."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer when we broke, or when PostgreSQL or Redis is away for a moment: then 503, and programs know when to ask."""
    if is_store_away(sys.exception()):
        answer = _answer(request, "503.html", Busy("away", "We are back in a few seconds. Please try again."))
        answer["Retry-After"] = str(AWAY_SECONDS)
        return answer
    return _answer(request, "500.html", DomainError("server_error", "Something broke on our side."), status=500)


def _answer(request: HttpRequest, template: str, error: DomainError, *, status: int | None = None) -> HttpResponse:
    """Answer without database or session, so that the page comes up when they do not; guests get the hotel's own page."""
    status = status or error.status
    if wants_json(request):
        return problem(error, status=status)
    if status in _SAID_TO_GUESTS and for_guests(request):
        return render(request, "guest_error.html", {"status": status, "request_id": request_id()}, status=status)
    return HttpResponse(render_to_string(template, {"request_id": request_id()}), status=status)
