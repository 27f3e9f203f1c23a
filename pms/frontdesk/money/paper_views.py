"""Refunds, credit notes, receipts, registration cards, and links taken back. The PDFs are views.documents'."""

from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from billing.folios.enums import MONEY
from billing.folios.models import Posting
from billing.invoices.models import Document
from billing.invoices.selectors import document_get
from billing.invoices.services import card_print, receipt
from billing.payments.models import PaymentIntent, PaymentLink
from billing.payments.services import payment_link_revoke
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.money.actions import Action
from pms.frontdesk.money.forms.base import Subject
from pms.frontdesk.money.forms.papers import CreditForm
from pms.frontdesk.money.forms.paying import RefundForm
from pms.frontdesk.money.views import act, folio_or_404
from pms.frontdesk.views.common import back_url, changed, reservation_or_404, see_other
from pms.kernel.errors import Missing

REFUND = Action("refund", "Refund", "Give it back", "undo-2", "payment.refund", RefundForm)
CREDIT = Action("credit", "Credit note", "Issue the credit note", "undo-2", "invoice.credit", CreditForm)


def _places(request: DeskRequest) -> list[int]:
    return [place.pk for place in request.desk.properties]


def _home(folio_code: str, reservation_code: str | None) -> str:
    if reservation_code:
        return reverse("desk:stay-payments", args=[reservation_code])
    return reverse("desk:folio", args=[folio_code])


@require_http_methods(["GET", "POST"])
@desk_page("payment.refund")
def refund(request: DeskRequest, payment: UUID) -> HttpResponse:
    """Give back a part or all of a payment."""
    rows = PaymentIntent.objects.filter(code=payment, folio__property__in=_places(request))
    found = rows.select_related("account", "folio__property", "folio__entity", "reservation__guest").first()
    if found is None:
        raise Missing("no_such_payment", "There is no such payment at your properties.")
    subject = Subject(place=found.folio.property, folio=found.folio, reservation=found.reservation)
    home = _home(found.folio.code, found.reservation.code if found.reservation else None)
    return act(request, REFUND, subject, home, payment=found)


@require_http_methods(["GET", "POST"])
@desk_page("invoice.credit")
def credit(request: DeskRequest, code: str) -> HttpResponse:
    """Give an invoice back."""
    found = _document_or_404(request, code)
    subject = Subject(place=found.property, folio=found.folio, reservation=found.folio.reservation)
    home = _home(found.folio.code, found.folio.reservation.code if found.folio.reservation else None)
    return act(request, CREDIT, subject, home, document=found)


def _document_or_404(request: DeskRequest, code: str) -> Document:
    found = document_get(code=code, property_ids=_places(request))
    if found is None or not found.reference:
        raise Missing("no_such_document", f"There is no document {code} at your properties.")
    request.desk.require("folio.view", found.property)
    return found


@require_POST
@desk_page("invoice.issue")
def registration_card(request: DeskRequest, code: str) -> HttpResponse:
    """Print the registration card of a stay."""
    row = reservation_or_404(request, code)
    request.desk.require("invoice.issue", row.property)
    made = card_print(reservation=row, actor=request.desk.actor)
    return see_other(reverse("desk:print-pdf", args=[made.code]))


@require_POST
@desk_page("invoice.issue")
def receipt_of(request: DeskRequest, code: str, number: int) -> HttpResponse:
    """Write the receipt of a line that is a payment, and show it."""
    row = folio_or_404(request, code)
    request.desk.require("invoice.issue", row.property)
    keys = list(Posting.objects.filter(folio=row).order_by("pk").values_list("pk", flat=True))
    line = Posting.objects.select_related("folio").filter(pk__in=keys[number - 1 : number], of_kind__in=MONEY).first()
    if line is None:
        raise Missing("no_such_payment", "That line is no payment.")
    made = receipt(payment=line, actor=request.desk.actor)
    return see_other(reverse("desk:document-pdf", args=[made.code]))


@require_POST
@desk_page("payment.take")
def link_revoke(request: DeskRequest, link: UUID) -> HttpResponse:
    """Have a link lead nowhere any more."""
    rows = PaymentLink.objects.filter(code=link, folio__property__in=_places(request))
    row = rows.select_related("folio__property", "folio__reservation").first()
    if row is None:
        raise Missing("no_such_link", "There is no such link at your properties.")
    request.desk.require("payment.take", row.folio.property)
    payment_link_revoke(link=row, actor=request.desk.actor)
    stay = row.folio.reservation
    home = _home(row.folio.code, stay.code if stay else None)
    events = {"folio:changed": {"code": row.folio.code, "verb": "link"}}
    return changed(request, message="The link leads nowhere any more.", to=back_url(request, home), **events)
