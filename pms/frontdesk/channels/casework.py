"""Cases: what a person has to decide between the house and a channel, with what can be done about each."""

import json
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from channels.connections.models import RateLink, RoomLink
from channels.connections.services import Wanted, links_map
from channels.sync.cases import case_resolve
from channels.sync.enums import NOTES, CaseKind, Resolution
from channels.sync.going import connection_look_again, connection_retry
from channels.sync.models import Case, StoredLetter
from channels.sync.selectors import cases_of, connections_of, open_cases_of
from pms.frontdesk.channels.forms import CASE_KINDS, MapHereForm, ResolveForm
from pms.frontdesk.channels.proposals import proposals_for
from pms.frontdesk.channels.reading import laid_out, letter_text
from pms.frontdesk.channels.scope import MANAGE, SEE, case_or_404, house_tabs
from pms.frontdesk.channels.words import CASE_LEADS, days_words
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.views.common import see_other
from pms.kernel.errors import DomainError

#: What deciding a case needs, at its property: a case is mostly a booking to be seen to.
DECIDE = "reservation.change"
MAPPABLE = (CaseKind.UNMAPPED_ROOM, CaseKind.UNMAPPED_RATE)


@require_safe
@desk_page(SEE)
def cases(request: DeskRequest) -> HttpResponse:
    """Show what has to be decided at the property, or what was (`?closed=1`)."""
    request.desk.require(SEE)
    place = request.desk.property
    rows = connections_of([place])
    is_open, kind = request.GET.get("closed") != "1", request.GET.get("kind", "")
    asked = request.GET.get("connection", "")
    chosen = [row for row in rows if row.code == asked] or rows
    opened = open_cases_of(rows)
    context = {
        "place": place,
        "cases": cases_of(chosen, kind=kind, is_open=is_open),
        "is_open": is_open,
        "kind": kind,
        "kinds": CASE_KINDS,
        "connections": rows,
        "asked": asked,
        "tabs": house_tabs(request, open_cases=opened),
    }
    return render(request, "frontdesk/channels/cases.html", context)


@require_safe
@desk_page(SEE)
def case(request: DeskRequest, case: UUID) -> HttpResponse:
    """Show a case: what happened, what can be done about it here and now, and what became of it."""
    row = case_or_404(request, case)
    return _page(request, row, ResolveForm(initial={"resolution": Resolution.MOVED} if _has_room_now(row) else None))


def _has_room_now(row: Case) -> bool:
    """Whether an overbooked stay was given a room since."""
    stay = row.reservation
    return row.kind == CaseKind.OVERBOOKED and stay is not None and not stay.is_overbooked


def _page(request: DeskRequest, row: Case, form: ResolveForm, mapping: MapHereForm | None = None) -> HttpResponse:
    place = row.connection.property
    is_open = row.resolved_at is None
    letter = StoredLetter.objects.filter(pk=row.details.get("letter"), connection=row.connection_id).first() if (
        row.details.get("letter")
    ) else None  # fmt: skip
    may_map = is_open and row.kind in MAPPABLE and request.desk.allows(MANAGE, place)
    context = {
        "case": row,
        "place": place,
        "is_note": row.kind in NOTES,
        "lead": CASE_LEADS.get(row.kind, ""),
        "days": days_words(row.days),
        "proposals": proposals_for(row, desk=request.desk, now=timezone.now()) if is_open else [],
        "mapping": mapping or (_mapping(row, None) if may_map else None),
        "may_decide": request.desk.allows(DECIDE, place),
        "form": form,
        "has_room_now": is_open and _has_room_now(row),
        "letter": letter,
        "letter_text": letter_text(letter),
        "first": laid_out(_json(row.details.get("first"))),
        "now_said": laid_out(_json(row.details.get("now"))),
    }
    refused = form.is_bound or (mapping is not None and mapping.is_bound)
    return render(request, "frontdesk/channels/case.html", context, status=422 if refused else 200)


def _json(value: object) -> str:
    return json.dumps(value) if value else ""


@require_POST
@desk_page(SEE)
def resolve(request: DeskRequest, case: UUID) -> HttpResponse:
    """Say what became of a case."""
    row = case_or_404(request, case)
    request.desk.require(DECIDE, row.connection.property)
    form = ResolveForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form)
    case_resolve(
        case=row,
        resolution=Resolution(form.cleaned_data["resolution"]),
        note=form.cleaned_data["note"],
        actor=request.desk.actor,
        now=timezone.now(),
    )
    messages.success(request, "Decided. It stands in the history.")
    return see_other(reverse("desk:channel-cases"))


@require_POST
@desk_page(MANAGE)
def map_here(request: DeskRequest, case: UUID) -> HttpResponse:
    """Map the room or the rate of a case, and close it: what comes from now on is taken as what was chosen."""
    row = case_or_404(request, case)
    request.desk.require(MANAGE, row.connection.property)
    form = _mapping(row, request)
    if form is None:
        messages.error(request, "The channel does not list it: fetch its rooms and rates anew, then map it.")
        return see_other(reverse("desk:channel-case", args=[case]))
    if not form.is_valid():
        return _page(request, row, ResolveForm(), form)
    try:
        links_map(connection=row.connection, wanted=_wanted(row, form), actor=request.desk.actor)
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return _page(request, row, ResolveForm(), form)
    connection_look_again(connection=row.connection)
    note = f"Mapped to {next(iter(form.cleaned_data.values())).name}"
    case_resolve(case=row, resolution=Resolution.DONE, note=note, actor=request.desk.actor, now=timezone.now())
    messages.success(request, f"{note}. The booking stays as it was taken until you change it.")
    target = (
        reverse("desk:reservation", args=[row.reservation.code]) if row.reservation else reverse("desk:channel-cases")
    )
    return see_other(target)


def _mapping(row: Case, request: DeskRequest | None) -> MapHereForm | None:
    """Return the form that maps the room or rate of a case; None where the channel lists none of this name."""
    if row.kind not in MAPPABLE or not _links(row):
        return None
    bound = request.POST if request is not None else None
    return MapHereForm(bound, connection=row.connection, is_room=row.kind == CaseKind.UNMAPPED_ROOM)


def _links(row: Case) -> list[RoomLink] | list[RateLink]:
    if row.kind == CaseKind.UNMAPPED_ROOM:
        rooms = RoomLink.objects.filter(
            connection=row.connection, room_id=str(row.details.get("room_id", "")), gone_at=None
        )
        return list(rooms)
    stay = getattr(row.reservation, "channel_stay", None) if row.reservation else None
    rates = RateLink.objects.filter(
        room__connection=row.connection, rate_id=str(row.details.get("rate_id", "")), gone_at=None, read_only=False
    )
    if stay is not None and stay.room_id:
        rates = rates.filter(room__room_id=stay.room_id)
    return list(rates)


def _wanted(row: Case, form: MapHereForm) -> Wanted:
    given = form.cleaned_data
    links = _links(row)
    if row.kind == CaseKind.UNMAPPED_ROOM:
        return Wanted({link.pk: given["room_type"] for link in links}, {})
    return Wanted({}, {link.pk: given["rate_plan"] for link in links})


@require_POST
@desk_page(MANAGE)
def retry(request: DeskRequest, case: UUID) -> HttpResponse:
    """Try again what the case is about, with everything else of its connection that failed."""
    row = case_or_404(request, case)
    request.desk.require(MANAGE, row.connection.property)
    connection_retry(connection=row.connection, actor=request.desk.actor, now=timezone.now())
    messages.success(request, f"{row.connection.name} is tried again now. The case closes by itself if it works.")
    return see_other(reverse("desk:channel-case", args=[case]))
