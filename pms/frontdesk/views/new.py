"""A new booking: the stay, what there is for it, the guest, and the yes; all on one page."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from bookings.lifecycle.services import booking_create, reservation_check_in
from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from bookings.reservations.models import Booking
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.forms.fields import show_refusal
from pms.frontdesk.forms.new_booking import BookingForm, StayForm, stay_begin
from pms.frontdesk.selectors.finding import known_guests
from pms.frontdesk.selectors.offers import TypeOffer, offers
from pms.frontdesk.views.common import changed
from pms.kernel.errors import DomainError


@require_http_methods(["GET", "POST"])
@desk_page("reservation.create")
def new(request: DeskRequest) -> HttpResponse:
    """Show the stay asked for in the address and what there is for it; on the yes, book."""
    place = request.desk.property
    request.desk.require("reservation.create", place)
    asked = request.POST if request.method == "POST" else request.GET
    stay = StayForm(stay_begin(place, asked.dict()), place=place)
    is_walk_in = bool(request.GET.get("walk_in")) and stay.is_valid()
    begin = {"source": Source.WALK_IN, "check_in": True} if is_walk_in else {}
    form = BookingForm(request.POST if request.method == "POST" else None, place=place, initial=begin)
    first = form.fields["last_name"] if is_walk_in or "arrival" in request.GET else stay.fields["arrival"]
    first.widget.attrs["autofocus"] = True
    if request.method == "POST" and "find" not in request.POST and stay.is_valid() and form.is_valid():
        try:
            booking = _book(request, stay, form)
        except DomainError as refusal:
            show_refusal(form, refusal)
            form.alternatives = refusal.context.get("alternatives", ())  # type: ignore[attr-defined]
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _booked(request, booking, check_in=form.cleaned_data["check_in"])
    return _show(request, stay, form)


def _book(request: DeskRequest, stay: StayForm, form: BookingForm) -> Booking:
    given = form.cleaned_data
    kind = Status(given["kind"])
    return booking_create(
        property=request.desk.property,
        rooms=form.rooms(stay.cleaned_data),
        booker=form.booker(),
        source=Source(given["source"]),
        company=given["company"],
        agency=given["agency"],
        external_id=given["external_id"].strip(),
        request_key=given["request_key"],
        status=kind,
        hold_minutes=given["hold_minutes"] or None if kind == Status.HOLD else None,
        notes=given["notes"],
        actor=request.desk.actor,
    )


def _booked(request: DeskRequest, booking: Booking, *, check_in: bool) -> HttpResponse:
    """Go to what was booked; a guest at the counter is checked in, or the check-in page says why not."""
    rows = list(booking.reservations.select_related("property", "guest").order_by("pk"))
    if len(rows) > 1:
        to = reverse("desk:booking", args=[booking.code])
        return changed(request, message=f"Booking {booking.code}, {len(rows)} rooms.", to=to)
    row = rows[0]
    to = reverse("desk:reservation", args=[row.code])
    message = f"{row.guest.full_name} is booked, {row.code}."
    if check_in and row.status == Status.CONFIRMED and request.desk.allows("reservation.check_in"):
        try:
            reservation_check_in(reservation=row, actor=request.desk.actor)
            message = f"{row.guest.full_name} is in house."
        except DomainError as refusal:
            message = f"Booked as {row.code}. {refusal.message}"
            to = reverse("desk:reservation-check-in", args=[row.code])
    return changed(request, message=message, to=to)


def _show(request: DeskRequest, stay: StayForm, form: BookingForm) -> HttpResponse:
    found = _offers(request, stay)
    chosen = form.room_counts() if form.is_bound else _first_choice(stay, found)
    can_book_now = stay.is_valid() and stay.cleaned_data["arrival"] == request.desk.property.business_date
    typed = " ".join(str(form[name].value() or "") for name in ("first_name", "last_name")).strip()
    context: dict[str, Any] = {
        "place": request.desk.property,
        "stay": stay,
        "form": form,
        "offers": found,
        "chosen": {f"{type_code}:{plan_code}": count for (type_code, plan_code), count in chosen.items()},
        "unit": stay.cleaned_data.get("unit") if stay.is_valid() else None,
        "is_walk_in": bool(request.GET.get("walk_in")),
        "nights": (stay.cleaned_data["departure"] - stay.cleaned_data["arrival"]).days if stay.is_valid() else 0,
        "may_check_in": can_book_now and request.desk.allows("reservation.check_in"),
        "known": known_guests(text=_typed(form, typed)) if form.is_bound else [],
    }
    if request.htmx and request.htmx.target == "offers":
        return render(request, "frontdesk/_offers.html", context)
    bad = request.method == "POST" and "find" not in request.POST
    return render(request, "frontdesk/new.html", context, status=422 if bad else 200)


def _typed(form: BookingForm, name: str) -> str:
    return str(form["email"].value() or "") or str(form["phone"].value() or "") or name


def _offers(request: DeskRequest, stay: StayForm) -> tuple[TypeOffer, ...]:
    if not stay.is_valid():
        return ()
    given = stay.cleaned_data
    return offers(
        place=request.desk.property,
        arrival=given["arrival"],
        departure=given["departure"],
        adults=given["adults"],
        children=len(given["child_ages"]),
        now=timezone.now(),
    )


def _first_choice(stay: StayForm, found: tuple[TypeOffer, ...]) -> dict[tuple[str, str], int]:
    """Return one room of the type asked for by its unit, else of the first type there is, on its first priced plan."""
    unit = stay.cleaned_data.get("unit") if stay.is_valid() else None
    wanted = unit.room_type.code if unit else (stay.cleaned_data.get("type") if stay.is_valid() else "")
    for offer in found:
        if offer.refusal or (wanted and offer.room_type.code != wanted):
            continue
        plan = next((row for row in offer.plans if row.total is not None), None)
        if plan is not None:
            return {(offer.room_type.code, plan.rate_plan.code): 1}
    return {}


@require_safe
@desk_page("reservation.create")
def guests(request: DeskRequest) -> HttpResponse:
    """Show the profiles that match what is being typed about the guest."""
    given = request.GET
    name = f"{given.get('first_name', '')} {given.get('last_name', '')}"
    text = given.get("email", "").strip() or given.get("phone", "").strip() or name.strip()
    return render(request, "frontdesk/_known_guests.html", {"known": known_guests(text=text), "typed": text})
