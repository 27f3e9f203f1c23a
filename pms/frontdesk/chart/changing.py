"""A bar was dragged: what would change, and after the yes the change itself."""

import json
from dataclasses import dataclass
from datetime import date
from functools import partial
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from bookings.lifecycle.services import Preview, preview, reservation_modify, reservation_move
from bookings.rates.quoting import OVERRIDABLE
from bookings.reservations.enums import EXPECTED
from bookings.reservations.models import Reservation
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.kernel.actors import Actor
from pms.kernel.dates import MAX_NIGHTS
from pms.kernel.errors import DomainError, Missing
from pms.properties.models import Property, Unit


class PlanForm(forms.Form):
    """Where a bar was dropped. `unit` is a unit's number, empty for the one it has; dates are property-local.

    `restore` is the undo of a change: what was sold comes back as it was at `restore_version`.
    """

    unit = forms.CharField(max_length=24, required=False)
    arrival = forms.DateField()
    departure = forms.DateField()
    version = forms.IntegerField(required=False, min_value=1)
    restore = forms.BooleanField(required=False)
    restore_version = forms.IntegerField(required=False, min_value=1)

    def __init__(self, *args: object, place: Property, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.place = place

    def clean_unit(self) -> Unit | None:
        """Return the unit with that number at the property."""
        number = self.cleaned_data["unit"]
        if not number:
            return None
        unit = Unit.objects.filter(property=self.place, number=number).select_related("room_type").first()
        if unit is None:
            raise forms.ValidationError(f"{self.place.name} has no room {number}.")
        return unit

    def clean(self) -> dict[str, object]:
        """Refuse a stay without a night (T3), and one that is longer than any can be."""
        arrival, departure = self.cleaned_data.get("arrival"), self.cleaned_data.get("departure")
        if arrival and departure and not 0 < (departure - arrival).days <= MAX_NIGHTS:
            raise forms.ValidationError("The departure must be after the arrival: a stay has at least one night.")
        return self.cleaned_data


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stay is before or after: its dates, and the one unit it has for all nights (None: none, or several)."""

    unit: Unit | None
    arrival: date
    departure: date

    @property
    def nights(self) -> int:
        """Length in nights."""
        return (self.departure - self.arrival).days


@require_POST
@desk_page("reservation.change")
def plan(request: DeskRequest, code: str) -> HttpResponse:
    """Show what dropping the bar there would change, or why it is refused; nothing is changed."""
    reservation = _reservation(request, code)
    form = PlanForm(request.POST, place=reservation.property)
    if not form.is_valid():
        return _refused(request, reservation, _sentence(form), status=422)
    after = _wanted(form, reservation)
    found = preview(
        reservation=reservation,
        operation=partial(_apply, reservation=reservation, to=after, actor=request.desk.actor, version=None),
    )
    return _show(request, reservation, after, found)


@require_POST
@desk_page("reservation.change")
def change(request: DeskRequest, code: str) -> HttpResponse:
    """Do it, unless somebody changed the reservation since it was shown."""
    reservation = _reservation(request, code)
    form = PlanForm(request.POST, place=reservation.property)
    if not form.is_valid():
        return _refused(request, reservation, _sentence(form), status=422)
    before, after = _present(reservation), _wanted(form, reservation)
    version = form.cleaned_data["version"]
    try:
        changed = _apply(
            reservation=reservation,
            to=after,
            actor=request.desk.actor,
            version=version,
            restore=form.cleaned_data["restore"],
            restore_version=form.cleaned_data["restore_version"],
        )
    except DomainError as refusal:
        return _show(request, reservation, after, Preview(refusal=refusal), status=422)
    return _done(request, changed, before, after)


def _apply(
    *,
    reservation: Reservation,
    to: Place,
    actor: Actor,
    version: int | None,
    restore: bool = False,
    restore_version: int | None = None,
) -> Reservation:
    if (to.arrival, to.departure) == (reservation.arrival, reservation.departure) and to.unit is not None:
        return reservation_move(reservation=reservation, unit=to.unit, actor=actor, version=version)
    return reservation_modify(
        reservation=reservation,
        arrival=to.arrival,
        departure=to.departure,
        unit=to.unit,
        actor=actor,
        version=version,
        restore=restore,
        restore_version=restore_version,
    )


def _reservation(request: DeskRequest, code: str) -> Reservation:
    """Return the reservation, if its property's desk is the user's. Raises Missing, NotAllowed."""
    found = (
        Reservation.objects.filter(code=code, property__in=request.desk.properties)
        .select_related("property", "room_type", "rate_plan", "guest", "booking")
        .first()
    )
    if found is None:
        raise Missing("no_such_reservation", f"There is no reservation {code} at your properties.")
    request.desk.require("reservation.change", found.property)
    return found


def _present(reservation: Reservation) -> Place:
    nights = reservation.nights.filter(released_at=None).select_related("unit")
    units = {night.unit_id: night.unit for night in nights}
    unit = next(iter(units.values())) if len(units) == 1 else None
    return Place(unit=unit, arrival=reservation.arrival, departure=reservation.departure)


def _wanted(form: PlanForm, reservation: Reservation) -> Place:
    wanted = form.cleaned_data
    unit = wanted["unit"] or _present(reservation).unit
    return Place(unit=unit, arrival=wanted["arrival"], departure=wanted["departure"])


def _sentence(form: PlanForm) -> str:
    return str(next(iter(form.errors.values()))[0])


def _show(
    request: DeskRequest, reservation: Reservation, after: Place, found: Preview, *, status: int = 200
) -> HttpResponse:
    context = {
        "reservation": reservation,
        "before": _present(reservation),
        "after": after,
        "preview": found,
        "other_type": after.unit is not None and after.unit.room_type_id != reservation.room_type_id,
        "anyway_url": _anyway_url(request, reservation, after, found),
    }
    return render(request, "frontdesk/chart_plan.html", context, status=status)


def _anyway_url(request: DeskRequest, reservation: Reservation, after: Place, found: Preview) -> str:
    """Return the dialog in which whoever may override changes the dates with a reason; nothing for any other refusal."""
    refused = found.refusal is not None and found.refusal.code in OVERRIDABLE
    if not refused or not request.desk.allows("reservation.override", reservation.property):
        return ""
    dates = {"arrival": after.arrival.isoformat(), "departure": after.departure.isoformat()}
    return f"{reverse('desk:reservation-modify', args=[reservation.code])}?{urlencode(dates)}"


def _refused(request: DeskRequest, reservation: Reservation, sentence: str, *, status: int) -> HttpResponse:
    context = {"reservation": reservation, "before": _present(reservation), "error": sentence}
    return render(request, "frontdesk/chart_plan.html", context, status=status)


def _done(request: DeskRequest, changed: Reservation, before: Place, after: Place) -> HttpResponse:
    message = _told(changed, before, after)
    if not request.htmx:
        messages.success(request, message)
        return HttpResponseRedirect(reverse("desk:chart"), status=303)
    toast: dict[str, object] = {"message": message, "level": ""}
    if undo := _undo(changed, before, after):
        toast["undo"] = undo
    told = {"toast": toast, "reservation:changed": {"code": changed.code, "verb": "chart-change"}}
    return HttpResponse("", headers={"HX-Trigger": json.dumps(told)})


def _told(changed: Reservation, before: Place, after: Place) -> str:
    guest = changed.guest.full_name
    said = []
    if after.unit is not None and (before.unit is None or before.unit.pk != after.unit.pk):
        said.append(f"has {after.unit.number}")
    if (before.arrival, before.departure) != (after.arrival, after.departure):
        said.append(
            f"stays {after.arrival:%a} {after.arrival.day} to {after.departure:%a} {after.departure.day} {after.departure:%b}"
        )
    return f"{guest} {' and '.join(said)}." if said else f"Nothing changed for {guest}."


def _undo(changed: Reservation, before: Place, after: Place) -> dict[str, object] | None:
    """Return the request that gives back exactly what was, nights given up at the price they had; None: it cannot."""
    if changed.status not in EXPECTED or before.unit is None or before == after:
        return None
    values = {
        "unit": before.unit.number,
        "arrival": before.arrival.isoformat(),
        "departure": before.departure.isoformat(),
        "version": changed.version,
        "restore": "on",
        "restore_version": changed.version - 1,
    }
    return {"url": reverse("desk:chart_change", args=[changed.code]), "values": values}
