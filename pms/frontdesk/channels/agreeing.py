"""The step of the wizard at which the hotel agrees on the channel's own page, where its keys come from there."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from channels.adapters.base import ChannelError
from channels.connections.agreeing import (
    agreed_on,
    agreement_begin,
    agreement_complete,
    agreement_read,
    agreement_use,
    return_address,
)
from channels.sync.enums import Direction
from channels.sync.going import connection_retry
from channels.sync.logging import Recording
from pms.frontdesk.channels.fetching import fetched
from pms.frontdesk.channels.scope import MANAGE, Shown, shown_or_404, steps
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.views.common import see_other
from pms.kernel.encryption import UndecipherableError
from pms.kernel.errors import DomainError, Missing

#: What OAuth's own words for a refusal mean (RFC 6749 4.1.2.1).
_REFUSALS = {
    "access_denied": "{label} says that it was refused there. Nothing was connected.",
    "unauthorized_client": "{label} does not know our client, or does not let it ask. Look at the client id.",
    "temporarily_unavailable": "{label} cannot answer at the moment. Try again in a while.",
    "server_error": "{label} cannot answer at the moment. Try again in a while.",
}
_REFUSED = "{label} did not agree, and gave no reason that we know. Nothing was connected."


@never_cache
@require_http_methods(["GET", "POST"])
@desk_page(MANAGE)
def agree(request: DeskRequest, channel: str) -> HttpResponse:
    """Say what happens at the channel's page; on the press, lead there."""
    shown = shown_or_404(request, channel, permission=MANAGE)
    row = shown.connection
    if not shown.facts.agrees:
        raise Missing("no_such_page", f"{shown.facts.label} takes keys that are typed.")
    if request.method == "POST":
        try:
            return see_other(agreement_begin(connection=row, user_id=request.desk.user.pk, host=request.get_host()))
        except ChannelError as error:
            messages.error(request, f"{shown.facts.label} cannot be asked: {error.message}")
        except UndecipherableError:
            messages.error(request, "The keys that are kept cannot be opened any more: type them anew.")
        return see_other(reverse("desk:channel-keys", args=[row.code]))
    context = {
        "shown": shown,
        "place": shown.place,
        "steps": steps(shown.facts, "desk:channel-agree", connection=row),
        "agreed_on": agreed_on(row),
        "return_address": return_address(),
    }
    return _leading(render(request, "frontdesk/channels/agree.html", context), shown)


@never_cache
@require_GET
@desk_page(MANAGE)
def agreed(request: DeskRequest) -> HttpResponse:
    """Take the answer of the channel's page: exchange its code for keys, then fetch the rooms, which proves them."""
    asked = agreement_read(request.GET.get("state", ""))
    try:
        asked = agreement_use(asked, user_id=request.desk.user.pk)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return see_other(reverse("desk:channels"))
    shown = shown_or_404(request, asked.connection, permission=MANAGE)
    refused = request.GET.get("error", "")
    if refused:
        words = _REFUSALS.get(refused, _REFUSED).format(label=shown.facts.label)
        messages.error(request, words)
        return see_other(reverse("desk:channel-agree", args=[shown.connection.code]))
    return _completed(request, shown, request.GET.get("code", ""))


def _completed(request: DeskRequest, shown: Shown, code: str) -> HttpResponse:
    row, recording = shown.connection, Recording()
    try:
        row = agreement_complete(connection=row, code=code, record=recording, actor=request.desk.actor)
    except (ChannelError, DomainError) as error:
        recording.write(row, direction=Direction.IN, error_code=error.code, error=error.message)
        messages.error(request, f"{shown.facts.label} gave no keys: {error.message}")
        return see_other(reverse("desk:channel-agree", args=[row.code]))
    recording.write(row, direction=Direction.IN)
    if row.live_at is not None:
        connection_retry(connection=row, actor=request.desk.actor, now=timezone.now())
    return fetched(request, row)


def _leading(answer: HttpResponse, shown: Shown) -> HttpResponse:
    """Let the form of this page lead to the channel: browsers hold a redirect against the policy of the form too."""
    base = urlsplit(settings.CHANNEL_BASES[shown.connection.adapter])
    answer.__dict__["_csp_replace"] = {"form-action": ["'self'", f"{base.scheme}://{base.netloc}"]}
    return answer
