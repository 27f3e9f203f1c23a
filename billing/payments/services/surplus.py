"""Paid twice: pages that ask for more than is left are closed, and what came beyond it goes back (T38)."""

import structlog
from django.db import transaction
from django.db.models import Q

from billing.folios.selectors import stay_account
from billing.payments.enums import UNDER_WAY, RefundStatus
from billing.payments.models import PaymentIntent, PaymentLink, Refund
from billing.payments.providers.base import ProviderError
from billing.payments.services.capturing import payment_cancel
from billing.payments.services.refunding import refund_start, refundable_minor
from billing.payments.services.telling import MACHINE, tell
from bookings.reservations.models import Reservation
from pms.events.models import OutboxEvent
from pms.kernel.actors import Actor
from pms.kernel.errors import DomainError
from pms.kernel.locking import lock, retried
from pms.kernel.money import Money

logger = structlog.get_logger(__name__)

OVERPAID = "payment.overpaid"
PAID_TWICE = "More was paid than the stay costs"


def overpaid_minor(*, reservation: Reservation) -> int:
    """Return what the guest has paid beyond what the stay costs them, refunds that are asked for taken off.

    Minor units of the stay's currency. Whoever gives it back holds the reservation's lock, or it goes back twice.
    """
    of_it = Q(reservation=reservation) | Q(folio=None, payment__reservation=reservation)
    asked = Refund.objects.filter(of_it, status=RefundStatus.REQUESTED)
    over = -stay_account(reservation=reservation).guest_due_minor
    return max(0, over - sum(asked.values_list("folio_amount_minor", flat=True)))


def page_close(*, payment: PaymentIntent, actor: Actor = MACHINE) -> None:
    """Close the provider's page of a payment that nobody shall pay any more. Outside any transaction.

    One that was paid meanwhile, or whose provider is away, stays: what it brings too much goes back.
    """
    try:
        payment_cancel(payment=payment, reason="Something else is to be paid by now", actor=actor)
    except (DomainError, ProviderError) as error:
        logger.info("page_not_closed", payment=str(payment.code), error=str(error))


def pages_close(*, reservation: Reservation, chosen: PaymentLink | None = None, actor: Actor = MACHINE) -> int:
    """Close the open pages of a stay's links that ask for more than it still costs; return how many.

    With a link that the guest has `chosen` those of every other one: nobody pays twice by going back. Outside any
    transaction.
    """
    pages = PaymentIntent.objects.filter(reservation=reservation, link__at_most_due=True, status__in=UNDER_WAY)
    if chosen is None:
        pages = pages.filter(folio_amount_minor__gt=stay_account(reservation=reservation).guest_due_minor)
    else:
        pages = pages.exclude(link=chosen)
    rows = list(pages.order_by("pk"))
    for row in rows:
        page_close(payment=row, actor=actor)
    return len(rows)


@retried
@transaction.atomic
def surplus_return(*, payment: PaymentIntent, actor: Actor = MACHINE) -> int:
    """Give back what a payment by a link brought beyond what the stay costs, and tell it (`payment.overpaid`), once.

    Returns how much goes back. What a link of the desk asked for (not `at_most_due`), and what no provider can return,
    stays on the folio as credit and is only told. Locks the reservation, then as refund_start.
    """
    if payment.link is None or payment.reservation is None:
        return 0
    (stay,) = lock(Reservation.objects.filter(pk=payment.reservation.pk).select_related("property", "booking"))
    told = OutboxEvent.objects.filter(kind=OVERPAID, subject_code=str(payment.code)).exists()
    over = min(overpaid_minor(reservation=stay), payment.captured_minor)
    if told or not over:
        return 0
    back = 0
    if payment.link.at_most_due and payment.currency == stay.currency:
        back = min(over, refundable_minor(payment))
    if back:
        refund_start(payment=payment, amount=Money(back, payment.currency), reason=PAID_TWICE, actor=actor)
    payload = {"booking": stay.booking.code, "over_minor": over, "returned_minor": back}
    tell(payment, "overpaid", actor, {"returned_minor": [0, back]}, reason=PAID_TWICE, payload=payload)
    return back
