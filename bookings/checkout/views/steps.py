"""The steps while the rooms are kept: extras, who is coming; a little more time; the same rooms again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.taxes.party import Party
from bookings.checkout.enums import State
from bookings.checkout.extras import chosen_of, field_of, most_of, wishes_typed
from bookings.checkout.forms import GuestForm
from bookings.checkout.models import Checkout
from bookings.checkout.refusals import said
from bookings.checkout.selectors import checkout_get
from bookings.checkout.services import (
    checkout_details_set,
    checkout_extras_set,
    checkout_payments_let_go,
    checkout_renew,
    checkout_retake,
)
from bookings.checkout.summary import Room, Summary, summary_of
from bookings.checkout.views.shared import UNFINISHED, ended, guest_actor, see, step, step_page
from bookings.funnel.counting import count
from bookings.funnel.enums import Step as FunnelStep
from bookings.funnel.facts import facts_of
from bookings.funnel.guards import hold_guarded
from bookings.rates.charges import BY_PERSON
from bookings.rates.models import Extra
from bookings.reservations.manage_links import manage_token
from pms.kernel.errors import DomainError
from pms.kernel.wording import said as said_in

INITIAL = (
    "first_name", "last_name", "email", "phone", "country", "arrival_time", "special_requests", "company_name",
    "company_street", "company_postal_code", "company_city", "company_country", "company_vat_id", "wants_reminder",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExtraRow:
    """An extra on the page: what it is, how it is counted, and how many were chosen."""

    field: str
    name: str
    description: str
    price_minor: int
    basis: str
    chosen: int
    most: int
    per_person: bool

    @property
    def choices(self) -> range:
        """How many can be chosen: of what counts persons as many as there are."""
        return range(self.most + 1)


@never_cache
@require_GET
def resume(request: HttpRequest, token: str) -> HttpResponse:
    """Lead to where the guest left off."""
    checkout = checkout_get(token=token)
    if checkout.state == State.BOOKED:
        return see("confirmed", checkout)
    return see("payment" if checkout.is_named else "guest", checkout)


@require_http_methods(["GET", "POST"])
@step
def extras(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """Choose extras. With JavaScript the price follows each choice, without it the button does."""
    summary = summary_of(checkout)
    rows = list(Extra.objects.filter(property=checkout.booking.property_id, retired_at=None))
    error = ""
    if request.method == "POST":
        try:
            if checkout.state == State.PAYING:
                checkout = checkout_payments_let_go(checkout=checkout, actor=guest_actor(request))
            day = _day(summary)
            wanted = {
                room.key: wishes_typed(request.POST, number=n, extras=rows, party=_party(room), day=day)
                for n, room in _numbered(summary)
            }
            checkout = checkout_extras_set(checkout=checkout, extras=wanted, actor=guest_actor(request))
        except DomainError as refusal:
            if refusal.code == "hold_ended":
                raise
            error = said(refusal)
        else:
            if not getattr(request, "htmx", False):
                return see("extras" if "stay" in request.POST else "guest", checkout)
        summary = summary_of(checkout)
    blocks = [(room, _rows(room, n, rows, _day(summary))) for n, room in _numbered(summary)]
    template = "checkout/extras_region.html" if getattr(request, "htmx", False) else "checkout/extras.html"
    shown = {"blocks": blocks, "error": error, "here": "extras"}
    return step_page(request, template, checkout, summary=summary, status=422 if error else 200, **shown)


@require_http_methods(["GET", "POST"])
@step
def guest(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """Say who is coming, and agree."""
    consent = _consent(checkout)
    initial = {name: getattr(checkout, name) for name in INITIAL} | {"consent": checkout.consent_at is not None}
    form = GuestForm(request.POST or None, initial=initial)
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            checkout_details_set(
                checkout=checkout,
                details=form.details,
                consent_text=consent,
                actor=guest_actor(request, f"{form.details.first_name} {form.details.last_name}".strip()[:160]),
            )
            return see("payment", checkout)
        except DomainError as refusal:
            if refusal.code == "hold_ended":
                raise
            error = said(refusal)
    bad = bool(error) or (request.method == "POST" and not form.is_valid())
    status = 422 if bad else 200
    return step_page(
        request, "checkout/guest.html", checkout, form=form, consent=consent, here="guest", error=error, status=status
    )


@require_POST
@step
def renew(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """Keep the rooms a little longer, once."""
    try:
        checkout_renew(checkout=checkout, actor=guest_actor(request))
    except DomainError as refusal:
        if refusal.code != "renewed_before":
            raise
    back = request.POST.get("back", "")
    return see(back if back in {"extras", "guest", "payment"} else "guest", checkout)


@never_cache
@require_POST
def retake(request: HttpRequest, token: str) -> HttpResponse:
    """Take the same rooms again, if they are free, at the price of now."""
    checkout = checkout_get(token=token)
    try:
        return see("guest", _retaken(request, checkout))
    except DomainError as refusal:
        if refusal.code == "still_kept":
            return see("resume", checkout)
        return ended(request, checkout, error=refusal)


@never_cache
@require_GET
def confirmed(request: HttpRequest, token: str) -> HttpResponse:
    """Show the booking, once there is one."""
    checkout = checkout_get(token=token)
    if checkout.state != State.BOOKED:
        return see("resume", checkout) if checkout.state in {State.HELD, State.PAYING} else ended(request, checkout)
    if request.session.get(UNFINISHED) == checkout.token:
        del request.session[UNFINISHED]
        count(request, FunnelStep.BOOKED, checkout.booking.property)
    context = {
        "checkout": checkout,
        "property": checkout.booking.property,
        "summary": summary_of(checkout),
        "manage": _manage(checkout),
    }
    return render(request, "checkout/confirmed.html", context)


def _retaken(request: HttpRequest, checkout: Checkout) -> Checkout:
    """Take the rooms again under the same guards as the first time."""
    rooms = list(checkout.booking.reservations.select_related("room_type"))
    return hold_guarded(
        facts=facts_of(request),
        property=checkout.booking.property,
        room_types=[row.room_type for row in rooms],
        arrival=min(row.arrival for row in rooms),
        departure=max(row.departure for row in rooms),
        take=lambda: checkout_retake(checkout=checkout, actor=guest_actor(request)),
        booking_of=lambda held: held.booking,
    )


def _manage(checkout: Checkout) -> str:
    try:
        return reverse("portal:booking", args=[manage_token(booking=checkout.booking)])
    except NoReverseMatch:
        return ""


def _numbered(summary: Summary) -> list[tuple[int, Room]]:
    return list(enumerate(summary.rooms, start=1))


def _party(room: Room) -> Party:
    return Party(room.adults, room.child_ages)


def _day(summary: Summary) -> date:
    return summary.arrival or date.min


def _rows(room: Room, number: int, rows: Sequence[Extra], day: date) -> list[ExtraRow]:
    wishes, party = room.terms.extras if room.terms else (), _party(room)
    bases = {
        "stay": gettext("per stay"),
        "night": gettext("per night"),
        "person": gettext("per person"),
        "person_night": gettext("per person and night"),
        "arrival": gettext("on the day of arrival"),
    }
    return [
        ExtraRow(
            field_of(number=number, code=row.code),
            said_in(row, "name"),
            said_in(row, "description"),
            row.price_minor,
            bases.get(row.basis, ""),
            chosen_of(row, wishes=wishes, party=party, day=day),
            most_of(row, party=party, day=day),
            row.basis in BY_PERSON,
        )
        for row in rows
        if most_of(row, party=party, day=day)
    ]


def _consent(checkout: Checkout) -> str:
    """Return what the guest agrees to, in words that are kept as they were read."""
    return gettext(
        "I agree to the cancellation and payment terms of this booking and to the house rules of %(house)s, and that "
        "my details are kept and used for this booking."
    ) % {"house": said_in(checkout.booking.property, "name")}
