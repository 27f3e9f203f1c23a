"""The rooms: how each looks, who is in, who comes; one press to change its condition; closing and opening."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings.availability.enums import ClosureKind
from bookings.availability.models import Closure
from bookings.availability.services import ClosurePlan, closure_create, closure_plan, closure_release
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.forms.fields import show_refusal
from pms.frontdesk.forms.rooms import CloseForm
from pms.frontdesk.selectors.rooms import RoomRow
from pms.frontdesk.selectors.rooms import rooms as read
from pms.frontdesk.selectors.stays import day_counts
from pms.frontdesk.views.common import changed
from pms.housekeeping.enums import Condition
from pms.housekeeping.services import unit_condition_set
from pms.kernel.errors import DomainError, Missing
from pms.properties.models import Unit

SHOWN: dict[str, Callable[[RoomRow], bool]] = {
    "dirty": lambda row: row.condition == Condition.DIRTY,
    "arrivals": lambda row: row.is_needed_today,
    "departures": lambda row: row.leaves_today,
    "free": lambda row: row.occupant is None and row.closure is None,
    "closed": lambda row: bool(row.closures),
}


@require_safe
@desk_page("desk.view")
def rooms(request: DeskRequest) -> HttpResponse:
    """List the rooms with their condition."""
    place = request.desk.property
    every = read(place=place)
    show, floor = request.GET.get("show", ""), request.GET.get("floor", "")
    rows = [row for row in every if (not floor or row.unit.floor == floor) and (show not in SHOWN or SHOWN[show](row))]
    context = {
        "place": place,
        "rows": rows,
        "show": show,
        "floor": floor,
        "floors": sorted({row.unit.floor for row in every if row.unit.floor}),
        "tallies": {name: sum(1 for row in every if test(row)) for name, test in SHOWN.items()},
        "total": len(every),
        "counts": day_counts(place=place, on=place.business_date),
        "conditions": Condition,
        "may_clean": request.desk.allows("housekeeping.update"),
        "may_close": request.desk.allows("inventory.close"),
    }
    return render(request, "frontdesk/rooms.html", context)


@require_POST
@desk_page("housekeeping.update")
def condition(request: DeskRequest, number: str) -> HttpResponse:
    """Say how a room looks now; htmx gets its row back."""
    unit = _unit(request, number)
    request.desk.require("housekeeping.update", unit.property)
    chosen = request.POST.get("condition", "")
    if chosen not in Condition.values:
        raise Missing("no_such_condition", "A room is clean, dirty or inspected.")
    unit_condition_set(unit=unit, condition=Condition(chosen), actor=request.desk.actor)
    if request.htmx:
        return _row(request, unit)
    message = f"{unit.number} is {Condition(chosen).label.lower()}."
    return changed(request, message=message, to=f"{reverse('desk:rooms')}#room-{unit.number}")


def _row(request: DeskRequest, unit: Unit) -> HttpResponse:
    row: RoomRow = read(place=unit.property, units=Unit.objects.filter(pk=unit.pk))[0]
    context = {
        "row": row,
        "conditions": Condition,
        "may_clean": True,
        "may_close": request.desk.allows("inventory.close", unit.property),
    }
    return render(request, "frontdesk/_room.html", context)


@require_http_methods(["GET", "POST"])
@desk_page("inventory.close")
def close(request: DeskRequest, number: str) -> HttpResponse:
    """Close a room: who is in the way first, then the yes."""
    unit = _unit(request, number)
    request.desk.require("inventory.close", unit.property)
    form = CloseForm(request.POST if request.method == "POST" else None, unit=unit)
    plan = None
    if request.method == "POST" and form.is_valid():
        nights = {name: form.cleaned_data[name] for name in ("first", "until")}
        kind = ClosureKind(form.cleaned_data["kind"])
        plan = closure_plan(unit=unit, kind=kind, **nights)
        if "preview" not in request.POST:
            try:
                closure_create(
                    unit=unit, kind=kind, reason=form.cleaned_data["reason"], actor=request.desk.actor, **nights
                )
            except DomainError as refusal:
                show_refusal(form, refusal)
            else:
                return _told(request, f"{unit.number} is closed until {nights['until']:%-d %b %Y}.")
    return _show(request, unit, form, plan)


def _show(request: DeskRequest, unit: Unit, form: CloseForm, plan: ClosurePlan | None) -> HttpResponse:
    template = "frontdesk/close_dialog.html" if request.htmx else "frontdesk/close.html"
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, {"unit": unit, "form": form, "plan": plan}, status=status)


@require_http_methods(["GET", "POST"])
@desk_page("inventory.close")
def release(request: DeskRequest, closure: str) -> HttpResponse:
    """Open a closed room again from the business date on; the past stays closed."""
    row = (
        Closure.objects.filter(code=closure, unit__property__in=request.desk.properties)
        .select_related("unit__property", "unit__room_type")
        .first()
    )
    if row is None:
        raise Missing("no_such_closure", "There is no such closure at your properties.")
    request.desk.require("inventory.close", row.unit.property)
    if request.method == "POST":
        closure_release(closure=row, actor=request.desk.actor, on=row.unit.property.business_date)
        return _told(request, f"{row.unit.number} is open again.")
    template = "frontdesk/release_dialog.html" if request.htmx else "frontdesk/release.html"
    return render(request, template, {"closure": row, "unit": row.unit})


def _told(request: DeskRequest, message: str) -> HttpResponse:
    return changed(request, message=message, to=reverse("desk:rooms"), **{"rooms:changed": {}})


def _unit(request: DeskRequest, number: str) -> Unit:
    here = request.desk.property
    unit = Unit.objects.filter(property=here, number=number).select_related("property", "room_type").first()
    if unit is None:
        raise Missing("no_such_room", f"There is no room {number} at {here.name}.")
    return unit
