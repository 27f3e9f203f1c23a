"""Payments, links and papers of a stay or a folio as rows of a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from billing.folios.models import Folio
from billing.invoices.enums import DocumentKind, DocumentStatus
from billing.invoices.models import Document
from billing.payments.enums import ENDED, HELD, TAKEN, PaymentStatus
from billing.payments.models import PaymentIntent, PaymentLink
from billing.payments.services import payment_link_token
from pms.frontdesk.money.till import left_to_refund, paid_by, refunded_minor
from pms.frontdesk.money.words import writer

LOOKS = {PaymentStatus.CAPTURED: "in-house", PaymentStatus.SAVED: "in-house", PaymentStatus.AUTHORISED: "confirmed"}
CREDITABLE = frozenset({DocumentKind.INVOICE, DocumentKind.DEPOSIT_INVOICE})


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment as the desk reads it. `note` says what went back, what failed, or how long a hold lasts."""

    code: str
    at: datetime
    how: str
    purpose: str
    amount: str
    status: str
    look: str
    note: str
    can_refund: bool


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link that is still good."""

    code: str
    address: str
    amount: str
    until: datetime
    email: str


def payment_rows(payments: Iterable[PaymentIntent]) -> list[PaymentRow]:
    """Return payments as rows; they come with accounts, refunds and disputes. No query."""
    return [_row(payment) for payment in payments]


def _row(payment: PaymentIntent) -> PaymentRow:
    write = writer(payment.currency)
    status = PaymentStatus(payment.status)
    done, under_way = refunded_minor(payment)
    notes = []
    if done:
        notes.append(f"{write(done)} refunded")
    if under_way:
        notes.append(f"{write(under_way)} on its way back")
    if payment.disputes.all():
        notes.append("disputed")
    if status in ENDED and payment.last_error:
        notes.append(payment.last_error)
    if status in HELD and payment.authorised_until:
        notes.append(f"held until {payment.authorised_until:%-d %b}")
    minor = payment.captured_minor if status in TAKEN else payment.amount_minor
    return PaymentRow(
        code=str(payment.code),
        at=payment.captured_at or payment.created_at,
        how=paid_by(payment),
        purpose=payment.get_purpose_display(),
        amount=write(minor) if minor else "",
        status=str(status.label),
        look=LOOKS.get(status, "cancelled" if status in ENDED else "option"),
        note=", ".join(notes),
        can_refund=status in TAKEN and left_to_refund(payment) > 0,
    )


def link_rows(*, folios: Sequence[Folio], host: str) -> list[LinkRow]:
    """Return the links of folios that somebody could pay by now; `host` is the address of this organization. One query."""
    rows = PaymentLink.objects.filter(
        folio__in=folios, revoked_at=None, paid_at=None, expires_at__gt=timezone.now()
    ).select_related("folio__guest")
    return [
        LinkRow(
            code=str(row.code),
            address=f"{host}{_address(row)}",
            amount=writer(row.folio.currency)(row.amount_minor) if row.amount_minor else "what is owed",
            until=row.expires_at,
            email=row.folio.guest.email if row.folio.guest else "",
        )
        for row in rows
    ]


def _address(link: PaymentLink) -> str:
    try:
        return reverse("payments:pay", args=[payment_link_token(link)])
    except NoReverseMatch:
        return ""


def documents_of_folios(*, folios: Sequence[Folio]) -> list[Document]:
    """Return the issued documents of folios, the newest first. One query."""
    rows = Document.objects.filter(folio__in=folios, status=DocumentStatus.ISSUED).select_related("corrects", "folio")
    return list(rows.order_by("-issued_at", "-pk"))
