"""The address that providers send to, on every host: proved, stored, answered at once."""

import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pms.inbox.errors import Refused
from pms.inbox.jobs import handle
from pms.inbox.models import Endpoint, InboundMessage
from pms.inbox.registry import Raw, Reply, Source, function_at, source_of
from pms.inbox.services import message_take
from pms.kernel.middleware import problem
from pms.kernel.tenancy import current_schema, inside, is_public

logger = structlog.get_logger(__name__)

#: The address of providers that send the messages of all connected accounts to one place.
SHARED_TOKEN = "connected"  # noqa: S105 - a word in an address, no secret


@csrf_exempt
@require_POST
def hook(request: HttpRequest, provider: str, token: str) -> HttpResponse:
    """Take one message: 200 when it is stored (again or for the first time), 400 unproved, 404 at an unknown address.

    What a message means is found out in a job: a provider that waits too long sends again, or gives up on us. One that
    wants to hear what became of it waits for that, and for nothing else.
    """
    source = source_of(provider)
    endpoint = _endpoint(source, provider, token, request.body) if source is not None else None
    if source is None or endpoint is None:
        logger.warning("message_for_nobody", provider=provider)
        return JsonResponse({"title": "Nobody takes messages here."}, status=404)
    headers = {name.lower(): value for name, value in request.headers.items()}
    with inside(endpoint.organization.schema_name):
        raw = Raw(provider, endpoint.account, request.body, headers)
        try:
            verified = function_at(source.verify)(raw)
        except Refused as refusal:
            logger.warning("message_refused", provider=provider, account=endpoint.account, code=refusal.code)
            return problem(refusal)
        stored, is_new = message_take(
            endpoint=endpoint, verified=verified, body=request.body, headers=headers, wake=not source.answer
        )
        reply = _answered(source, raw, stored)
    if reply is not None:
        return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)
    return JsonResponse({"received": True, "new": is_new})


def _answered(source: Source, raw: Raw, stored: InboundMessage) -> Reply | None:
    """Handle a message while its provider waits, where it wants that. What fails stays stored and comes up again."""
    if not source.answer:
        return None
    handle(str(stored.public_id))
    reply: Reply | None = function_at(source.answer)(raw)
    return reply


def _endpoint(source: Source, provider: str, token: str, body: bytes) -> Endpoint | None:
    found = Endpoint.objects.select_related("organization").filter(provider=provider, closed_at=None)
    if token == SHARED_TOKEN:
        external = function_at(source.route)(body) if source.route else ""
        found = found.filter(external_account=external).exclude(external_account="")
    else:
        found = found.filter(token=token)
    if not is_public():
        found = found.filter(organization__schema_name=current_schema())
    return found.filter(organization__suspended_at=None).first()
