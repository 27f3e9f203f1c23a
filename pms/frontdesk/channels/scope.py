"""Whose connections are shown, the tabs above the pages, and what every view of channels begins with."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from channels.adapters.base import Facts
from channels.connections.agreeing import has_agreed
from channels.connections.enums import State
from channels.connections.models import Connection
from channels.connections.services import facts_of
from channels.sync.models import Case, ExchangeLog
from pms.frontdesk.desk import Desk, DeskRequest
from pms.kernel.errors import Missing
from pms.properties.models import Property

SEE, MANAGE = "channels.view", "channels.manage"


@dataclass(frozen=True, slots=True)
class Tab:
    """A page beside this one."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A step of connecting a channel; `url` is empty where one is, and before there is a connection."""

    label: str
    url: str
    current: bool
    done: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One connection on its pages: what its channel is like, and what the reader may do with it."""

    connection: Connection
    facts: Facts
    may_manage: bool
    here: str

    @property
    def place(self) -> Property:
        """The property whose hotel it is."""
        return self.connection.property

    @property
    def tabs(self) -> list[Tab]:
        """The pages of one connection."""
        rows = [("desk:channel", "How it is doing"), ("desk:channel-cells", "What it was told")]
        if self.may_manage:
            rows += [("desk:channel-rooms", "Rooms and rates"), ("desk:channel-keys", "Keys and settings")]
            if self.connection.state != State.LIVE:
                rows.append(("desk:channel-preview", "Before it goes live"))
        part = {"desk:channel-day": "desk:channel-cells", "desk:channel-compare": "desk:channel",
                "desk:channel-agree": "desk:channel-keys"}.get(self.here, self.here)  # fmt: skip
        return [Tab(label, reverse(name, args=[self.connection.code]), name == part) for name, label in rows]


def next_step(shown: Shown, *, is_mapped: bool) -> Step:
    """Return what a draft lacks first: the hotel's yes at the channel's page, rooms, or a look before it goes live."""
    code = shown.connection.code
    if shown.facts.agrees and not has_agreed(shown.connection):
        return Step(f"Connect with {shown.facts.label}", reverse("desk:channel-agree", args=[code]), False, False)
    if not is_mapped:
        return Step("Map its rooms", reverse("desk:channel-rooms", args=[code]), False, False)
    return Step("Look, then go live", reverse("desk:channel-preview", args=[code]), False, False)


def steps(facts: Facts, current: str, *, connection: Connection | None = None) -> list[Step]:
    """Return the way to a live connection; `current` is the name of one of its pages."""
    rows = [("desk:channel-keys", "Keys"), ("desk:channel-rooms", "Rooms and rates")]
    rows.append(("desk:channel-preview", "Look, then go live"))
    if facts.agrees:
        rows.insert(1, ("desk:channel-agree", f"Agree at {facts.label}"))
    at = [name for name, _ in rows].index(current)
    open_yet = set() if connection is None or not facts.agrees or has_agreed(connection) else {"desk:channel-agree"}
    return [
        Step(
            label=label,
            url=reverse(name, args=[connection.code]) if connection is not None and index != at else "",
            current=index == at,
            done=index < at and name not in open_yet,
        )
        for index, (name, label) in enumerate(rows)
    ]


def shown_or_404(request: DeskRequest, code: str, *, permission: str = SEE) -> Shown:
    """Return a connection at a property whose desk the user may see. Raises Missing; NotAllowed without the permission."""
    row = (
        Connection.objects.filter(code=code, property__in=[place.pk for place in request.desk.properties])
        .select_related("property", "standing", "fallback_type", "fallback_plan", "company")
        .first()
    )
    if row is None:
        raise Missing("no_such_connection", "There is no such connection at your properties.")
    request.desk.require(SEE, row.property)
    request.desk.require(permission, row.property)
    here = request.resolver_match.view_name if request.resolver_match else ""
    return Shown(row, facts_of(row), request.desk.allows(MANAGE, row.property), here)


def case_or_404(request: DeskRequest, code: UUID) -> Case:
    """Return a case at a property whose channels the user may see. Raises Missing, NotAllowed."""
    row = (
        Case.objects.filter(code=code, connection__property__in=[place.pk for place in request.desk.properties])
        .select_related(
            "connection__property", "message", "reservation__guest", "reservation__room_type", "reservation__booking",
            "reservation__property",
        )
        .first()
    )  # fmt: skip
    if row is None:
        raise Missing("no_such_case", "There is no such case at your properties.")
    request.desk.require(SEE, row.connection.property)
    return row


def exchange_or_404(request: DeskRequest, code: UUID) -> ExchangeLog:
    """Return what was said once, at a property whose channels the user may see. Raises Missing, NotAllowed."""
    row = (
        ExchangeLog.objects.filter(code=code, connection__property__in=[place.pk for place in request.desk.properties])
        .select_related("connection__property")
        .first()
    )
    if row is None:
        raise Missing("no_such_exchange", "Nothing of this number was said at your properties.")
    request.desk.require(SEE, row.connection.property)
    return row


def house_tabs(request: DeskRequest, *, open_cases: int) -> list[tuple[Tab, int]]:
    """Return the pages of all connections of a property, each with what to count at it."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    part = {"desk:channel-case": "desk:channel-cases", "desk:channel-exchange": "desk:channel-log"}.get(here, here)
    rows = (
        ("desk:channels", "Connections", 0),
        ("desk:channel-cases", "To decide", open_cases),
        ("desk:channel-log", "Log", 0),
    )
    return [(Tab(label, reverse(name), name == part), count) for name, label, count in rows]


def may_manage(desk: Desk) -> bool:
    """Return whether the user may connect channels at the chosen property."""
    return desk.allows(MANAGE)


def not_in_plan(request: DeskRequest) -> HttpResponse:
    """Answer that the organization has no channels."""
    return render(request, "frontdesk/channels/not_in_plan.html", {"place": request.desk.property})
