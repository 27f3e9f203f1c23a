"""A new booking: the stay, what there is for it, the guest, and the yes; all on one page. What was shown is sold."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from bookings.lifecycle.services import booking_create, reservation_check_in
from bookings.rates.models import RatePlan
from bookings.reservations.enums import Status
from bookings.reservations.models import Booking
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.forms.fields import show_refusal
from pms.frontdesk.forms.new_booking import BookingForm, DealForm, StayForm, stay_begin
from pms.frontdesk.selectors.finding import known_guests
from pms.frontdesk.selectors.money import Sheet, offer_sheet
from pms.frontdesk.selectors.offers import Deal, OnOffer, PlanOffer, on_offer
from pms.frontdesk.views.common import changed
from pms.kernel.dates import nights_between
from pms.kernel.errors import Conflict, DomainError
from pms.kernel.locking import retried
from pms.kernel.money import Money
from pms.properties.models import RoomType, Unit

#: Buttons of the form that only show the page again, with something changed.
LOOKS = ("find", "show", "deal", "no_deal", "instead", "without")


@require_http_methods(["GET", "POST"])
@desk_page("reservation.create")
def new(request: DeskRequest) -> HttpResponse:
    """Show the stay asked for in the address and what there is for it; on the yes, book what was shown at its price."""
    place = request.desk.property
    request.desk.require("reservation.create", place)
    is_post = request.method == "POST"
    is_walk_in = bool(request.GET.get("walk_in"))
    given = _given(request)
    stay = StayForm(stay_begin(place, given, walk_in=is_walk_in), place=place)
    begin = {"check_in": True} if is_walk_in and stay.is_valid() else {}
    form = BookingForm(request.POST if is_post else None, place=place, initial=begin)
    deal = _deal(request, stay, given) if stay.is_valid() else None
    first = form.fields["last_name"] if is_walk_in or "arrival" in request.GET else stay.fields["arrival"]
    first.widget.attrs["autofocus"] = True
    books = is_post and not any(name in request.POST for name in LOOKS)
    # Every field is judged before anything is booked, so that all that is wrong is said at once.
    right = [stay.is_valid(), form.is_valid() if books else False, deal is None or deal.is_right(form, books=books)]
    if books and all(right):
        try:
            booking = _book(request, stay, form, deal)
        except DomainError as refusal:
            show_refusal(form, refusal)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _booked(request, booking, check_in=form.cleaned_data["check_in"])
    return _show(request, stay, form, deal, books=books)


def _given(request: DeskRequest) -> dict[str, str]:
    """Return what is asked for, with what a button of the page changes in it."""
    given: dict[str, str] = (request.POST if request.method == "POST" else request.GET).dict()
    if "deal" in given:
        given["anyway"] = given["deal"]
    if "no_deal" in given:
        given["anyway"] = ""
    if given.get("without") in ("promo_code", "access_code"):
        given[given["without"]] = ""
    if given.get("instead"):
        names = ("arrival", "departure", "type")
        given |= dict(zip(names, given["instead"].split("/"), strict=False)) | {"unit": "", "anyway": ""}
    return given


@dataclass(slots=True)
class Dealing:
    """The pair that staff sells against the rules, and the form that asks why and at what price."""

    room_type: RoomType
    rate_plan: RatePlan
    form: DealForm

    @property
    def deal(self) -> Deal:
        """The deal; a price that makes no sense counts as none."""
        prices = self.form.cleaned_data.get("price") if self.form.is_valid() else None
        return Deal(self.room_type, self.rate_plan, prices)

    @property
    def reason(self) -> str:
        """Why, as it was typed."""
        return str(self.form.data.get("override_reason", "")).strip()

    def is_right(self, form: BookingForm, *, books: bool) -> bool:
        """Return whether it can be sold so; a room of it that is booked needs its reason."""
        if books and self.deal.key in form.room_counts() and not self.reason:
            self.form.add_error("override_reason", "Say why: the reason is kept with the booking.")
        return self.form.is_valid()


def _deal(request: DeskRequest, stay: StayForm, given: dict[str, str]) -> Dealing | None:
    """Return the deal asked for, if it names a pair. Raises NotAllowed for whoever may not override rules."""
    type_code, _, plan_code = stay.cleaned_data["anyway"].partition(":")
    place, wish = request.desk.property, stay.wish()
    room_type = RoomType.objects.filter(property=place, code=type_code, retired_at=None).first() if type_code else None
    rate_plan = RatePlan.objects.filter(property=place, code=plan_code, retired_at=None).first() if plan_code else None
    if room_type is None or rate_plan is None:
        return None
    request.desk.require("reservation.override", place)
    nights = nights_between(wish.arrival, wish.departure)
    asked = {name: given.get(name, "") for name in DealForm.base_fields}
    return Dealing(room_type, rate_plan, DealForm(asked, place=place, nights=nights))


@retried
@transaction.atomic
def _book(request: DeskRequest, stay: StayForm, form: BookingForm, deal: Dealing | None) -> Booking:
    """Book, and take it back where the price is another than the one that was shown.

    Raises what booking_create raises, and Conflict `price_changed`.
    """
    given = form.cleaned_data
    kind = Status(given["kind"])
    known = Booking.objects.filter(request_key=given["request_key"]).first()
    booking = known or booking_create(
        property=request.desk.property,
        rooms=form.rooms(stay, deal=deal.deal if deal else None, override_reason=deal.reason if deal else ""),
        booker=form.booker(),
        source=stay.wish().source,
        company=given["company"],
        agency=given["agency"],
        external_id=given["external_id"].strip(),
        request_key=given["request_key"],
        status=kind,
        hold_minutes=given["hold_minutes"] or None if kind == Status.HOLD else None,
        notes=given["notes"],
        actor=request.desk.actor,
    )
    if known is None:
        _check_shown(booking, form)
    return booking


def _check_shown(booking: Booking, form: BookingForm) -> None:
    for row in booking.reservations.select_related("room_type", "rate_plan").order_by("pk"):
        shown = form.shown(f"{row.room_type.code}:{row.rate_plan.code}")
        if shown != row.grand_total_minor:
            now = Money(row.grand_total_minor, row.currency)
            seen = f"not {Money(shown, row.currency)} as shown" if shown is not None else "which was not shown"
            raise Conflict(
                "price_changed",
                f"{row.room_type.name}, {row.rate_plan.name} costs {now} now, {seen}. Nothing is booked yet: look at "
                "the new price, then book again.",
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


@dataclass(frozen=True, slots=True)
class Chosen:
    """So many rooms of one offer, and what one of them costs in full."""

    plan: PlanOffer
    count: int
    sheet: Sheet


def _show(
    request: DeskRequest, stay: StayForm, form: BookingForm, deal: Dealing | None, *, books: bool
) -> HttpResponse:
    place, at = request.desk.property, timezone.now()
    found = (
        on_offer(place=place, wish=stay.wish(), at=at, deal=deal.deal if deal else None) if stay.is_valid() else None
    )
    counts = _counts(request, stay, form, found, deal)
    offers = found.by_key() if found else {}
    chosen = [
        Chosen(offers[key], count, offer_sheet(offers[key].offer, place=place, at=at))
        for key, count in counts.items()
        if key in offers
    ]
    typed = " ".join(str(form[name].value() or "") for name in ("first_name", "last_name")).strip()
    context: dict[str, Any] = {
        "place": place,
        "stay": stay,
        "form": form,
        "found": found,
        "deal": deal,
        "counts": counts,
        "chosen": chosen,
        "sums": _sums(chosen, place.currency),
        "unit": stay.cleaned_data.get("unit") if stay.is_valid() else None,
        "is_walk_in": bool(request.GET.get("walk_in")),
        "nights": stay.wish().nights if stay.is_valid() else 0,
        "may_check_in": _may_check_in(request, stay),
        "explain_url": reverse("desk:price-explainer") if request.desk.allows("rates.view") else "",
        "may_override": request.desk.allows("reservation.override"),
        "known": known_guests(text=_typed(form, typed)) if form.is_bound else [],
    }
    if request.htmx and request.htmx.target in ("offers", "price"):
        context["only_part"] = True
        part = "_offers" if request.htmx.target == "offers" else "_price"
        return render(request, f"frontdesk/{part}.html", context)
    return render(request, "frontdesk/new.html", context, status=422 if books else 200)


def _may_check_in(request: DeskRequest, stay: StayForm) -> bool:
    arrives_now = stay.is_valid() and stay.cleaned_data["arrival"] == request.desk.property.business_date
    return arrives_now and request.desk.allows("reservation.check_in")


def _sums(chosen: list[Chosen], currency: str) -> dict[str, Money]:
    """Return what all chosen rooms cost, and what of it is due at the sale."""
    zero = Money(0, currency)
    return {
        "total": sum((Money(row.sheet.total.minor * row.count, currency) for row in chosen), zero),
        "due_now": sum((Money(row.sheet.due_now.minor * row.count, currency) for row in chosen), zero),
    }


def _typed(form: BookingForm, name: str) -> str:
    return str(form["email"].value() or "") or str(form["phone"].value() or "") or name


def _counts(
    request: DeskRequest, stay: StayForm, form: BookingForm, found: OnOffer | None, deal: Dealing | None
) -> dict[str, int]:
    """Return how many rooms of which pair are chosen: what the form says as far as it is still sold, else a first choice."""
    if found is None:
        return {}
    offers = found.by_key()
    asked = form.room_counts() if form.is_bound else BookingForm(request.GET, place=form.place).room_counts()
    renewed = {"deal", "no_deal", "instead"} & request.POST.keys() or request.GET.get("renew")
    kept = {} if renewed else {key: count for key, count in asked.items() if key in offers}
    return kept or _first_choice(stay, found, deal)


def _first_choice(stay: StayForm, found: OnOffer, deal: Dealing | None) -> dict[str, int]:
    """Return one room: the deal's, or of the type asked for by its unit, else of the first type, on its first plan."""
    if deal is not None and deal.deal.key in found.by_key():
        return {deal.deal.key: 1}
    unit: Unit | None = stay.cleaned_data.get("unit")
    wanted = unit.room_type.code if unit else stay.cleaned_data.get("type")
    for row in found.types:
        if not wanted or row.room_type.code == wanted:
            return {row.plans[0].key: 1}
    return {}


@require_safe
@desk_page("reservation.create")
def guests(request: DeskRequest) -> HttpResponse:
    """Show the profiles that match what is being typed about the guest."""
    given = request.GET
    name = f"{given.get('first_name', '')} {given.get('last_name', '')}"
    text = given.get("email", "").strip() or given.get("phone", "").strip() or name.strip()
    return render(request, "frontdesk/_known_guests.html", {"known": known_guests(text=text), "typed": text})
