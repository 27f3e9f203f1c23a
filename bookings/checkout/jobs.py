"""Jobs: thin, idempotent, inside the organization already."""

import structlog
from django.utils import timezone

from billing.payments.models import PaymentIntent
from bookings.checkout.enums import OPEN
from bookings.checkout.models import Attempt, Checkout
from bookings.checkout.selectors import unsettled
from bookings.checkout.services import checkout_expire, checkout_settle
from pms.events.models import OutboxEvent
from pms.kernel.actors import Actor
from pms.kernel.errors import DomainError

logger = structlog.get_logger(__name__)

ACTOR = Actor.system("checkout")


def hear(event_id: str) -> str:
    """Settle the checkout that the payment of this event belongs to; return its state. Twice changes nothing."""
    event = OutboxEvent.objects.filter(public_id=event_id).first()
    payment = PaymentIntent.objects.filter(code=event.subject_code).first() if event else None
    if payment is None or payment.request_key is None:
        return ""
    attempt = Attempt.objects.filter(request_key=payment.request_key).select_related("checkout").first()
    return str(checkout_settle(checkout=attempt.checkout, actor=ACTOR).state) if attempt else ""


def settle() -> int:
    """Settle every checkout whose money came and has no place yet; return how many.

    Makes good whatever got lost between the commit of a payment and that of its booking.
    """
    checkouts = {attempt.checkout_id: attempt.checkout for attempt in unsettled()}
    for checkout in checkouts.values():
        try:
            checkout_settle(checkout=checkout, actor=ACTOR)
        except DomainError as error:
            # It stays unsettled, and comes again in a minute.
            logger.warning("checkout_not_settled", booking=checkout.booking.code, error=str(error))
    return len(checkouts)


def expire() -> int:
    """Free the rooms of every checkout whose time ran out, and remind who agreed to that; return how many."""
    now = timezone.now()
    due = list(Checkout.objects.filter(state__in=OPEN, expires_at__lte=now).order_by("pk"))
    for checkout in due:
        checkout_expire(checkout=checkout, now=now, actor=ACTOR)
    return len(due)
