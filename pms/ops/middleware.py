"""Answers the probes before anything else: they have no host of their own and no tenant."""

from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from pms.ops import views
from pms.ops.metrics import metrics

PROBES = {"/health": views.health, "/ready": views.ready, "/version": views.version, "/metrics": metrics}


class ProbeMiddleware:
    """Answers /health, /ready, /version and /metrics on any host."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path)
        if probe is None:
            return self.get_response(request)
        response = probe(request)
        response["X-Request-ID"] = str(uuid4())
        response["Cache-Control"] = "no-store"
        return response
