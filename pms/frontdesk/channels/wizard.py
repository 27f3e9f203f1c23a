"""Connecting a channel, step by step: which one, its keys, its rooms and rates, what it would be told, the yes.

Where keys come from the channel's own page, `agreeing` is the step between.
"""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from channels.adapters import adapter_of
from channels.adapters.base import ChannelError, Facts
from channels.adapters.enums import AdapterName
from channels.connections.agreeing import has_agreed
from channels.connections.models import Connection
from channels.connections.selectors import links_of, suggestions
from channels.connections.services import channels_allowed, connection_save, facts_of, links_map
from channels.sync.going import connection_go_live, connection_look_again, connection_retry
from channels.sync.webhooks import registers, secret_for, webhook_address, webhook_register
from pms.frontdesk.channels.fetching import fetched
from pms.frontdesk.channels.forms import KeysForm, LiveForm, MappingForm, TermsForm
from pms.frontdesk.channels.previewing import first_push_told
from pms.frontdesk.channels.scope import MANAGE, Shown, not_in_plan, shown_or_404, steps
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.views.common import see_other
from pms.kernel.errors import DomainError


def choices() -> list[tuple[str, Facts]]:
    """Return the channels that this installation speaks to, with what is honest to say of each."""
    found: list[tuple[str, Facts]] = []
    for name in AdapterName.values:
        try:
            found.append((name, adapter_of(name).facts))
        except ModuleNotFoundError:
            continue
    return found


@require_http_methods(["GET", "POST"])
@desk_page(MANAGE)
def new(request: DeskRequest) -> HttpResponse:
    """Choose a channel, then name its hotel and keys. On saving, its rooms are fetched, which proves the keys."""
    request.desk.require(MANAGE)
    if not channels_allowed():
        return not_in_plan(request)
    offered = choices()
    name = request.GET.get("channel", "")
    facts = dict(offered).get(name)
    if facts is None:
        return render(request, "frontdesk/channels/choose.html", {"choices": offered, "place": request.desk.property})
    form = KeysForm(request.POST if request.method == "POST" else None, facts=facts, connection=None)
    if request.method == "POST" and form.is_valid():
        row = Connection(property=request.desk.property, adapter=name, sold_as=facts.source)
        if _saved(request, row, form):
            return _keyed(request, row)
    context = {"form": form, "facts": facts, "channel": name, "place": request.desk.property}
    context["steps"] = steps(facts, "desk:channel-keys")
    return render(request, "frontdesk/channels/keys.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@desk_page(MANAGE)
def keys(request: DeskRequest, channel: str) -> HttpResponse:
    """Change the keys and settings of a connection; the keys that are there are never shown."""
    shown = shown_or_404(request, channel, permission=MANAGE)
    row = shown.connection
    form = KeysForm(request.POST if request.method == "POST" else None, facts=shown.facts, connection=row)
    if request.method == "POST" and form.is_valid() and _saved(request, row, form):
        if row.live_at is not None:
            connection_retry(connection=row, actor=request.desk.actor, now=timezone.now())
        return _keyed(request, row)
    context = {
        "form": form,
        "facts": shown.facts,
        "shown": shown,
        "place": shown.place,
        "steps": steps(shown.facts, "desk:channel-keys", connection=row),
        "address": webhook_address(row),
        "registers": registers(row),
        "has_agreed": has_agreed(row),
    }
    return render(request, "frontdesk/channels/keys.html", context, status=422 if form.is_bound else 200)


def _saved(request: DeskRequest, row: Connection, form: KeysForm) -> bool:
    """Save what was typed, with a secret for the channel's calls where nobody typed one; put refusals on the form."""
    row.name, row.account = form.cleaned_data["name"], form.cleaned_data["account"]
    try:
        connection_save(
            connection=row, keys=secret_for(row) | form.keys(), answers=form.answers(), actor=request.desk.actor
        )
    except DomainError as refusal:
        form.add_error(form.field_for(refusal.field), refusal.message)
        return False
    except ValidationError as refusal:
        for name, errors in refusal.message_dict.items():
            form.add_error(form.field_for(name), errors)
        return False
    return True


def _keyed(request: DeskRequest, row: Connection) -> HttpResponse:
    """Go on from the keys: to the channel's page where the hotel has not agreed yet, else to its rooms."""
    if facts_of(row).agrees and not has_agreed(row):
        return see_other(reverse("desk:channel-agree", args=[row.code]))
    return fetched(request, row)


@require_POST
@desk_page(MANAGE)
def fetch(request: DeskRequest, channel: str) -> HttpResponse:
    """Read the channel's rooms and rates now."""
    shown = shown_or_404(request, channel, permission=MANAGE)
    return fetched(request, shown.connection)


@require_http_methods(["GET", "POST"])
@desk_page(MANAGE)
def rooms(request: DeskRequest, channel: str) -> HttpResponse:
    """Say which of the channel's rooms and rates are which of ours, and how they are sold; suggestions are filled in."""
    shown = shown_or_404(request, channel, permission=MANAGE)
    row = shown.connection
    bound = request.POST if request.method == "POST" else None
    form = MappingForm(bound, links=links_of(row), found=suggestions(row), connection=row)
    terms = TermsForm(bound, instance=row)
    if bound is not None and form.is_valid() and terms.is_valid() and _mapped(request, shown, form, terms):
        messages.success(request, "The mapping is saved.")
        target = "desk:channel" if row.live_at else "desk:channel-preview"
        return see_other(reverse(target, args=[row.code]))
    context = {"shown": shown, "form": form, "terms": terms, "place": shown.place}
    context["steps"] = steps(shown.facts, "desk:channel-rooms", connection=row)
    context["lacks_agreement"] = shown.facts.agrees and not has_agreed(row)
    return render(request, "frontdesk/channels/rooms.html", context, status=422 if bound is not None else 200)


def _mapped(request: DeskRequest, shown: Shown, form: MappingForm, terms: TermsForm) -> bool:
    actor = request.desk.actor
    try:
        with transaction.atomic():
            connection_save(connection=terms.instance, actor=actor)
            links_map(connection=shown.connection, wanted=form.wanted(), actor=actor)
            connection_look_again(connection=shown.connection)
    except DomainError as refusal:
        terms.add_error(refusal.field if refusal.field in terms.fields else None, refusal.message)
        return False
    return True


@require_http_methods(["GET", "POST"])
@desk_page(MANAGE)
def preview(request: DeskRequest, channel: str) -> HttpResponse:
    """Show what the channel would be told first, in words and as a table; on the yes, go live (T71)."""
    shown = shown_or_404(request, channel, permission=MANAGE)
    form = LiveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _go_live(request, shown.connection)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            return see_other(reverse("desk:channel", args=[channel]))
    told = first_push_told(shown.connection, now=timezone.now())
    context = {"shown": shown, "form": form, "told": told, "place": shown.place}
    context["steps"] = steps(shown.facts, "desk:channel-preview", connection=shown.connection)
    return render(request, "frontdesk/channels/preview.html", context, status=422 if form.is_bound else 200)


def _go_live(request: DeskRequest, row: Connection) -> None:
    """Have the channel call us, then go live; without its calls bookings are read by the clock, and that is said."""
    connection_go_live(connection=row, actor=request.desk.actor, now=timezone.now())
    messages.success(request, f"{row.name} is live: it is told everything now, and its bookings are read.")
    try:
        webhook_register(row)
    except ChannelError as error:
        messages.error(
            request,
            f"{row.name} could not be told to call us: {error.message} Bookings are read by the clock all the same.",
        )
