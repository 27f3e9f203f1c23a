"""Finds the organization by host name and switches to its schema for the length of the request."""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.loader import render_to_string
from django_tenants.utils import get_public_schema_name

from pms.kernel.actors import request_id
from pms.kernel.errors import Missing, NotAllowed
from pms.kernel.middleware import problem, wants_json
from pms.kernel.tenancy import enter_public, tenant_connection
from pms.tenants.hosts import organization_at


class TenantMiddleware:
    """Puts the connection into the schema of the host's organization and chooses its URL configuration.

    A host nobody owns answers 404, that of a suspended organization 403, both without touching a tenant schema. One
    query at most every few seconds per host (hosts.REMEMBERED_SECONDS).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        enter_public()
        try:
            host = request.get_host().rpartition(":")[0] or request.get_host()
        except DisallowedHost:
            return HttpResponseBadRequest("This host is not served here.", content_type="text/plain")
        organization = organization_at(host.lower().removeprefix("www.").rstrip("."))
        if organization is None:
            return _refused(request, "tenants/unknown_host.html", Missing("unknown_host", "No hotel answers here."))
        structlog.contextvars.bind_contextvars(tenant=organization.schema_name)
        if organization.suspended_at is not None:
            return _refused(request, "tenants/suspended.html", NotAllowed("suspended", "This account is suspended."))
        organization.domain_url = host
        request.tenant = organization  # type: ignore[attr-defined]
        if organization.schema_name == get_public_schema_name():
            request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
        tenant_connection.set_tenant(organization)
        return self.get_response(request)


def _refused(request: HttpRequest, template: str, error: Missing | NotAllowed) -> HttpResponse:
    if wants_json(request):
        return problem(error)
    return HttpResponse(render_to_string(template, {"request_id": request_id()}), status=error.status)
