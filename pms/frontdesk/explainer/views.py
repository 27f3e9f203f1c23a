"""The page of the price explainer."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from bookings.reservations.models import Reservation
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.explainer.forms import ExplainForm, explain_begin, explain_stay
from pms.frontdesk.explainer.selectors import Explained, explained
from pms.frontdesk.forms.fields import show_refusal
from pms.frontdesk.views.common import reservation_or_404
from pms.kernel.errors import DomainError
from pms.kernel.money import Money
from pms.properties.models import Property


@dataclass(frozen=True, slots=True)
class Sold:
    """A stay that was sold, beside what the rules of today would make of it."""

    reservation: Reservation
    nights: Money
    total: Money


@require_safe
@desk_page("rates.view")
def price_explainer(request: DeskRequest) -> HttpResponse:
    """Show the whole path of a price for what the address names, a stay that was sold among them (`?stay=CODE`)."""
    code = request.GET.get("stay", "")
    row = reservation_or_404(request, code) if code else None
    place = request.desk.require_property(row.property_id) if row else request.desk.property
    request.desk.require("rates.view", place)
    asked = request.GET.dict()
    if row is not None:
        asked = explain_stay(row) | {name: value for name, value in asked.items() if value}
    form = ExplainForm(explain_begin(place, asked), place=place)
    found = _explained(request, form, place) if form.is_valid() else None
    context = {
        "place": place,
        "form": form,
        "found": found,
        "sold": _sold(row) if row else None,
        "now": timezone.now(),
        "sell": form.wish().address(type=form.cleaned_data["room_type"].code) if found else "",
        "may_sell": request.desk.allows("reservation.create", place) and place == request.desk.property,
        "may_override": request.desk.allows("reservation.override", place),
    }
    return render(request, "frontdesk/explainer.html", context, status=200 if found else 422)


def _explained(request: DeskRequest, form: ExplainForm, place: Property) -> Explained | None:
    given = form.cleaned_data
    try:
        return explained(
            place=place,
            room_type=given["room_type"],
            rate_plan=given["rate_plan"],
            wish=form.wish(),
            at=given["at"],
            may_open=request.desk.allows("rates.manage", place),
        )
    except DomainError as refusal:
        show_refusal(form, refusal)
        return None


def _sold(row: Reservation) -> Sold:
    return Sold(row, Money(row.total_minor, row.currency), Money(row.grand_total_minor, row.currency))
