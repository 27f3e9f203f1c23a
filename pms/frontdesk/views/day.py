"""The day at the desk: the board, and arrivals, departures, in house and unassigned as full lists."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.folios.selectors import StayAccount, stay_accounts
from bookings.reservations.enums import EXPECTED, Status
from bookings.reservations.models import Reservation
from guests.messaging.selectors import open_questions
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.forms.fields import day_or
from pms.frontdesk.selectors import stays as read
from pms.frontdesk.selectors.finding import matching
from pms.frontdesk.selectors.stays import Readiness, Stay
from pms.kernel.money import Money
from pms.properties.models import Property

#: Rows of one list on the board; a longer list is read on its own page.
BOARD_ROWS = 40
#: Rows of one kind of task.
TASK_ROWS = 7
#: An option that runs out within so many hours is a task of today.
EXPIRING_HOURS = 24

ORDERS = {
    "guest": ("guest__last_name", "guest__first_name", "pk"),
    "type": ("room_type__position", "guest__last_name", "pk"),
    "departure": ("departure", "guest__last_name", "pk"),
    "arrival": ("arrival", "guest__last_name", "pk"),
}


@require_safe
@desk_page("desk.view")
def today(request: DeskRequest) -> HttpResponse:
    """Show the business date: who comes, who leaves, and what is left to do."""
    place = request.desk.property
    on = place.business_date
    coming = read.arrivals(place=place, on=on).filter(status__in=EXPECTED).order_by(*ORDERS["guest"])
    leaving = read.departures(place=place, on=on).filter(status=Status.CHECKED_IN).order_by(*ORDERS["guest"])
    waiting = read.unassigned(place=place, on=on).order_by(*ORDERS["arrival"])[:TASK_ROWS]
    expiring = read.options_expiring(place=place, before=timezone.now() + timedelta(hours=EXPIRING_HOURS))[:TASK_ROWS]
    all_leaving = list(leaving)
    lists = [list(coming[:BOARD_ROWS]), all_leaving[:BOARD_ROWS], list(waiting), list(expiring)]
    rows = read.stays(reservations=[row for found in lists for row in found], on=on, place=place)
    ends = [sum(len(found) for found in lists[: index + 1]) for index in range(4)]
    arrivals, departures, unassigned, options = (
        rows[begin:end] for begin, end in zip([0, *ends[:3]], ends, strict=True)
    )
    dues = _dues(request, [*all_leaving, *(stay.reservation for stay in arrivals)])
    context = {
        "on": on,
        "place": place,
        "counts": read.day_counts(place=place, on=on),
        "unpaid": _unpaid(place, [dues[row.pk] for row in all_leaving if row.pk in dues]),
        "arrivals": sorted(arrivals, key=lambda stay: stay.readiness != Readiness.READY),
        "departures": departures,
        "unassigned": unassigned,
        "options": options,
        "not_ready": [stay for stay in arrivals if stay.readiness in {Readiness.DIRTY, Readiness.OCCUPIED}],
        "board_rows": BOARD_ROWS,
        "dues": dues,
        "questions": list(open_questions(property_ids=[place.pk])[:TASK_ROWS]),
    }
    return render(request, "frontdesk/today.html", context)


@require_safe
@desk_page("desk.view")
def arrivals(request: DeskRequest) -> HttpResponse:
    """List who arrives on a day."""
    return _list(request, "arrivals", read.arrivals, default_order="guest")


@require_safe
@desk_page("desk.view")
def departures(request: DeskRequest) -> HttpResponse:
    """List who leaves on a day."""
    return _list(request, "departures", read.departures, default_order="guest")


@require_safe
@desk_page("desk.view")
def in_house(request: DeskRequest) -> HttpResponse:
    """List who sleeps here on a day."""
    return _list(request, "in_house", read.in_house, default_order="room")


@require_safe
@desk_page("desk.view")
def unassigned(request: DeskRequest) -> HttpResponse:
    """List who takes a room on or after a day and has none, the overbooked among them."""
    return _list(request, "unassigned", read.unassigned, default_order="arrival")


def _list(request: DeskRequest, kind: str, select: Any, *, default_order: str) -> HttpResponse:
    place = request.desk.property
    on = day_or(request.GET.get("on"), place.business_date)
    text, order = request.GET.get("q", "").strip(), request.GET.get("order", default_order)
    found: QuerySet[Reservation] = select(place=place, on=on)
    if text:
        found = matching(reservations=found, text=text)
    found = found.order_by(*ORDERS.get(order, ORDERS["guest"]))
    rows = read.stays(reservations=found, on=on, place=place)
    if order == "room":
        rows.sort(key=_by_room)
    context = {
        "kind": kind,
        "url_name": f"desk:{kind}",
        "on": on,
        "place": place,
        "is_today": on == place.business_date,
        "yesterday": on - timedelta(days=1),
        "tomorrow": on + timedelta(days=1),
        "counts": read.day_counts(place=place, on=place.business_date),
        "rows": rows,
        "dues": _dues(request, [stay.reservation for stay in rows]),
        "may_change": request.desk.allows("reservation.change"),
        "text": text,
        "order": order,
    }
    return render(request, "frontdesk/day_list.html", context)


def _dues(request: DeskRequest, rows: list[Reservation]) -> dict[int, StayAccount]:
    """Return the accounts of stays by key, for whoever may see folios. One query."""
    if not request.desk.allows("folio.view"):
        return {}
    return stay_accounts(reservations=rows)


def _unpaid(place: Property, accounts: list[StayAccount]) -> Money:
    """Return what those who leave today still have to pay, as far as it is in the property's own currency."""
    owed = [max(0, row.guest_due_minor) for row in accounts if row.currency == place.currency]
    return Money(sum(owed), place.currency)


def _by_room(stay: Stay) -> tuple[bool, int, str]:
    return (stay.unit is None, stay.unit.position, stay.unit.number) if stay.unit else (True, 0, "")
