"""Turns a DomainError that reached the edge into what the caller understands: a toast, problem+json or a page."""

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from pms.kernel.actors import request_id
from pms.kernel.errors import DomainError
from pms.kernel.tenancy import is_public

logger = structlog.get_logger(__name__)

#: The pages that guests see, by the names of their addresses.
GUEST_PAGES = frozenset({"website", "checkout", "portal", "payments", "funnel"})
#: Where staff and machines go on an organization's host; every other address is a guest's.
STAFF_PATHS = frozenset({"start", "desk", "access", "accounts", "hooks", "hotel-admin", "media", "static"})


class DomainErrorMiddleware:
    """Answers a DomainError with its status: htmx gets a toast, API clients RFC 9457, browsers a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a DomainError; leave everything else to Django."""
        if not isinstance(exception, DomainError):
            return None
        logger.info("refused", code=exception.code, status=exception.status)
        if wants_json(request):
            return problem(exception)
        if getattr(request, "htmx", False):
            response = render(
                request,
                "ui/error_toast.html",
                {"error": exception, "request_id": request_id()},
                status=exception.status,
            )
            response["HX-Retarget"] = "#toasts"
            response["HX-Reswap"] = "beforeend"
            return response
        context = {"error": exception, "status": exception.status, "request_id": request_id()}
        template = "guest_error.html" if for_guests(request) else "ui/error_page.html"
        return render(request, template, context, status=exception.status)


def for_guests(request: HttpRequest) -> bool:
    """Return whether a page answers a guest, in the organization's look and the guest's language."""
    match = request.resolver_match
    if match is not None:
        return not GUEST_PAGES.isdisjoint(match.namespaces)
    return not is_public() and request.path.strip("/").split("/")[0] not in STAFF_PATHS


def wants_json(request: HttpRequest) -> bool:
    """Return whether the caller is a program rather than a browser."""
    accept = request.headers.get("Accept", "")
    return accept.startswith(("application/json", "application/problem+json")) and "text/html" not in accept


def problem(error: DomainError, *, status: int | None = None) -> JsonResponse:
    """Return error as application/problem+json (RFC 9457), with its own status unless another is given."""
    status = status or error.status
    body = {
        "type": f"urn:innkeep:error:{error.code}",
        "title": error.message,
        "status": status,
        "code": error.code,
        "request_id": request_id(),
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")
