"""What is done with a connection by one press: pause, resume, try again, send anew, compare."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from channels.adapters.base import ChannelError
from channels.connections.models import Connection
from channels.sync.comparing import compare, last_comparison
from channels.sync.enums import ReportKind
from channels.sync.going import connection_go_live, connection_pause, connection_refresh, connection_retry
from channels.sync.reporting import report_send
from channels.sync.selectors import channel_booking_of
from pms.frontdesk.channels.scope import MANAGE, SEE, shown_or_404
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.views.common import booking_or_404, see_other
from pms.kernel.actors import Actor
from pms.kernel.errors import DomainError, Missing


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done with a connection, and what is said when it is done."""

    run: Callable[[Connection, Actor, datetime, str], object]
    done: str


def _pause(row: Connection, actor: Actor, _now: datetime, reason: str) -> object:
    return connection_pause(connection=row, actor=actor, reason=reason)


def _resume(row: Connection, actor: Actor, now: datetime, _reason: str) -> object:
    return connection_go_live(connection=row, actor=actor, now=now)


def _retry(row: Connection, actor: Actor, now: datetime, _reason: str) -> object:
    return connection_retry(connection=row, actor=actor, now=now)


def _refresh(row: Connection, actor: Actor, _now: datetime, _reason: str) -> object:
    return connection_refresh(connection=row, actor=actor)


DEEDS = {
    "pause": Deed(_pause, "{name} is paused: it is told nothing, and what it sells is still taken in."),
    "resume": Deed(_resume, "{name} is live again: it is told everything anew."),
    "retry": Deed(_retry, "{name} is tried again now, what it refused included."),
    "refresh": Deed(_refresh, "{name} is told everything anew."),
}


@require_POST
@desk_page(MANAGE)
def deed(request: DeskRequest, channel: str, verb: str) -> HttpResponse:
    """Do what the button says, and show the connection. One that was never live goes live by its preview alone (T71)."""
    shown = shown_or_404(request, channel, permission=MANAGE)
    row, wanted = shown.connection, DEEDS.get(verb)
    if wanted is None:
        raise Missing("no_such_deed", "There is no such thing to do with a channel.")
    page = reverse("desk:channel", args=[channel])
    if verb == "resume" and row.live_at is None:
        return see_other(reverse("desk:channel-preview", args=[channel]))
    reason = request.POST.get("reason", "").replace("\x00", "")[:200]
    try:
        wanted.run(row, request.desk.actor, timezone.now(), reason)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, wanted.done.format(name=row.name))
    return see_other(page)


@require_POST
@desk_page(SEE)
def report(request: DeskRequest, code: str) -> HttpResponse:
    """Tell the channel of a booking about its guest, and show the booking there."""
    found = booking_or_404(request, code)
    request.desk.require("reservation.cancel", request.desk.require_property(found.property_id))
    known, kind = channel_booking_of(found), request.POST.get("kind", "")
    if known is None or kind not in ReportKind.values:
        raise Missing("no_such_report", "There is no such thing to report.")
    waived = request.POST.get("waived") == "on"
    try:
        told = report_send(known=known, kind=ReportKind(kind), waived=waived, actor=request.desk.actor)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        if told.error:
            messages.error(request, f"{known.connection.name} did not take it: {told.error}")
        else:
            messages.success(request, f"{known.connection.name} knows it now.")
    return see_other(reverse("desk:channel-booking", args=[code]))


@require_safe
@desk_page(SEE)
def compared(request: DeskRequest, channel: str) -> HttpResponse:
    """Show what the last comparison found."""
    shown = shown_or_404(request, channel)
    standing = getattr(shown.connection, "standing", None)
    context = {"shown": shown, "found": last_comparison(standing), "standing": standing, "place": shown.place}
    return render(request, "frontdesk/channels/compare.html", context)


@require_POST
@desk_page(MANAGE)
def compare_now(request: DeskRequest, channel: str) -> HttpResponse:
    """Read the channel back and have what differs told again, then show it."""
    shown = shown_or_404(request, channel, permission=MANAGE)
    try:
        found = compare(shown.connection)
    except ChannelError as error:
        messages.error(request, f"{shown.connection.name} could not be read back: {error.message}")
        return see_other(reverse("desk:channel", args=[channel]))
    if found is None:
        messages.error(request, f"{shown.facts.label} cannot be read back: it takes what it is told and shows nothing.")
        return see_other(reverse("desk:channel", args=[channel]))
    return see_other(reverse("desk:channel-compare", args=[channel]))
