"""Folios at the desk: the list, a folio as a page and on paper, the money of a stay, and what is done with them."""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from billing.folios.models import Folio
from billing.folios.selectors import folio_get
from billing.payments.selectors import payments_of_stay
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.money.account import stay_folios, stay_money
from pms.frontdesk.money.actions import (
    FOLIO_ACTIONS,
    STAY_ACTIONS,
    Action,
    offered_for_folio,
    offered_for_stay,
)
from pms.frontdesk.money.filters import FolioFilterForm
from pms.frontdesk.money.forms.base import MoneyForm, Subject
from pms.frontdesk.money.forms.opening import HouseAccountForm
from pms.frontdesk.money.listing import folio_rows, folio_sums, folios_list
from pms.frontdesk.money.payments import documents_of_folios, link_rows, payment_rows
from pms.frontdesk.money.previewing import MoneyPreview, money_preview
from pms.frontdesk.money.reading import statement
from pms.frontdesk.selectors.listing import PAGE_SIZE, CappedPaginator
from pms.frontdesk.selectors.reservation import stay_of
from pms.frontdesk.views.common import back_url, changed, reservation_or_404
from pms.kernel.actors import Actor
from pms.kernel.errors import DomainError, Missing
from pms.kernel.locking import retried

HOUSE_ACCOUNT = Action("house", "House account", "Open it", "plus", "folio.transfer", HouseAccountForm)


def folio_or_404(request: DeskRequest, code: str) -> Folio:
    """Return the folio called code at a property whose folios the user may see. Raises Missing, NotAllowed."""
    places = [place.pk for place in request.desk.properties]
    found = folio_get(code=code.upper(), property_ids=places)
    if found is None:
        raise Missing("no_such_folio", f"There is no folio {code} at your properties.")
    request.desk.require("folio.view", found.property)
    return found


@require_safe
@desk_page("folio.view")
def folios(request: DeskRequest) -> HttpResponse:
    """List the folios of the property: open balances first, by payer, house accounts."""
    place = request.desk.property
    request.desk.require("folio.view", place)
    form = FolioFilterForm(request.GET)
    filters = form.filters()
    keys = folios_list(place=place, filters=filters).values_list("pk", flat=True)
    page = CappedPaginator(keys, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "place": place,
        "form": form,
        "filters": filters,
        "is_filtered": asdict(filters) != asdict(type(filters)(order=filters.order)),
        "page": page,
        "rows": folio_rows(keys=list(page.object_list)),
        "sums": folio_sums(place=place),
        "may_open": request.desk.allows("folio.transfer", place),
    }
    return render(request, "frontdesk/money/folios.html", context)


@require_safe
@desk_page("folio.view")
def folio(request: DeskRequest, code: str) -> HttpResponse:
    """Show a folio line by line."""
    row = folio_or_404(request, code)
    page = statement(folio=row)
    context = {
        "folio": row,
        "page": page,
        "can_issue": request.desk.allows("invoice.issue", row.property),
        "can_choose": any(line.can_move for line in page.rows),
        "actions": offered_for_folio(row, lambda permission: request.desk.allows(permission, row.property)),
    }
    return render(request, "frontdesk/money/folio.html", context)


@require_safe
@desk_page("folio.view")
def folio_print(request: DeskRequest, code: str) -> HttpResponse:
    """Show a folio as it is put on paper for the guest to read; no invoice."""
    row = folio_or_404(request, code)
    return render(request, "frontdesk/money/folio_print.html", {"folio": row, "page": statement(folio=row)})


@require_safe
@desk_page("folio.view")
def stay_payments(request: DeskRequest, code: str) -> HttpResponse:
    """Show the money of a stay: what it costs, what is due when, its folios, payments and papers."""
    row = reservation_or_404(request, code)
    request.desk.require("folio.view", row.property)
    held = stay_folios(reservation=row)
    context = {
        "reservation": row,
        "stay": stay_of(reservation=row),
        "money": stay_money(reservation=row),
        "held": held,
        "payments": payment_rows(payments_of_stay(reservation=row)),
        "links": link_rows(folios=held.folios, host=request.build_absolute_uri("/").rstrip("/")),
        "documents": documents_of_folios(folios=held.folios),
        "may_refund": request.desk.allows("payment.refund", row.property),
        "may_issue": request.desk.allows("invoice.issue", row.property),
        "may_credit": request.desk.allows("invoice.credit", row.property),
        "actions": offered_for_stay(row, lambda permission: request.desk.allows(permission, row.property)),
    }
    return render(request, "frontdesk/money/stay.html", context)


@require_http_methods(["GET", "POST"])
@desk_page("folio.view")
def folio_action(request: DeskRequest, code: str, verb: str) -> HttpResponse:
    """Do something with a folio: show its form, what would change, and on the yes do it."""
    row = folio_or_404(request, code)
    subject = Subject(place=row.property, folio=row, reservation=row.reservation)
    return act(request, FOLIO_ACTIONS[verb], subject, reverse("desk:folio", args=[row.code]))


@require_http_methods(["GET", "POST"])
@desk_page("folio.view")
def stay_action(request: DeskRequest, code: str, verb: str) -> HttpResponse:
    """Do something with the money of a stay."""
    row = reservation_or_404(request, code)
    request.desk.require("folio.view", row.property)
    subject = Subject(place=row.property, reservation=row)
    return act(request, STAY_ACTIONS[verb], subject, reverse("desk:stay-payments", args=[row.code]))


@require_http_methods(["GET", "POST"])
@desk_page("folio.transfer")
def house_account(request: DeskRequest) -> HttpResponse:
    """Open a house account."""
    return act(request, HOUSE_ACCOUNT, Subject(place=request.desk.property), reverse("desk:folios"))


def act(request: DeskRequest, action: Action, subject: Subject, home: str, **about: object) -> HttpResponse:
    """Show a form about money and what it would change, and on the yes do it; `about` is what the form is about besides."""
    request.desk.require(action.permission, subject.place)
    bound = request.POST if request.method == "POST" else None
    form = action.form(bound, subject=subject, desk=request.desk, asked=request.GET, **about)
    if bound is not None and "preview" not in bound and form.is_valid():
        try:
            _perform(form, request.desk.actor)
        except DomainError as refusal:
            form.refuse(refusal)
        if not form.errors:
            return _done(request, action, subject, form, home)
    return _show(request, action, subject, form, home)


@retried
@transaction.atomic
def _perform(form: MoneyForm, actor: Actor) -> None:
    """Do all of it or nothing: what is refused leaves no folio that was opened on the way, and no half of an allowance."""
    form.require_seen()
    form.perform(actor)


def _done(request: DeskRequest, action: Action, subject: Subject, form: MoneyForm, home: str) -> HttpResponse:
    events: dict[str, Any] = {"folio:changed": {"code": subject.code, "verb": action.verb}}
    if subject.reservation is not None:
        events["reservation:changed"] = {"code": subject.reservation.code, "verb": action.verb}
    return changed(request, message=form.done, to=back_url(request, home), **events)


def _show(request: DeskRequest, action: Action, subject: Subject, form: MoneyForm, home: str) -> HttpResponse:
    context = {
        "action": action,
        "subject": subject,
        "form": form,
        "preview": _preview(request, form),
        "url": request.get_full_path(),
        "home": home,
        "next": back_url(request, ""),
    }
    page = "frontdesk/money/action_dialog.html" if request.htmx else "frontdesk/money/action.html"
    refused = form.is_bound and bool(form.errors) and "preview" not in request.POST
    return render(request, page, context, status=422 if refused else 200)


def _preview(request: DeskRequest, form: MoneyForm) -> MoneyPreview | None:
    """Return what would happen; None while there is not enough to say, or the refusal stands at its field already."""
    if form.is_blocked or not form.shows_changes:
        return None
    if not form.is_bound:
        bound = form.filled()
        if bound is None:
            return None
        form = bound
    if not form.is_valid():
        return None
    return money_preview(place=form.place, actor=request.desk.actor, perform=form.perform)
