"""Jobs: thin, idempotent, inside the organization already. The queue only wakes; what is due stands in the database."""

from datetime import timedelta

import structlog
from django.utils import timezone

from billing.payments.enums import PaymentStatus, ProviderName, RefundStatus
from billing.payments.models import PaymentAccount, PaymentIntent, Refund
from billing.payments.providers.base import ProviderError
from billing.payments.services import (
    authorisation_renew,
    balances_charge,
    dun,
    pages_close,
    payment_pursue,
    payouts_take,
    reconcile,
    refund_submit,
    surplus_return,
)
from billing.payments.services.telling import MACHINE
from pms.events.models import OutboxEvent
from pms.kernel.errors import DomainError
from pms.kernel.jobs import enqueue_in_tenant
from pms.properties.models import Property

logger = structlog.get_logger(__name__)

#: What the queue has not brought by then is enqueued again.
GRACE = timedelta(seconds=30)
SWEEP_LIMIT = 1000
#: How far back the nightly comparison and the reading of payouts look.
LOOK_BACK = timedelta(days=10)


def pursue(code: str) -> str:
    """Do what is due for the payment with this code; return the state it is in then."""
    payment = PaymentIntent.objects.filter(code=code).first()
    if payment is None:
        logger.warning("payment_missing", payment=code)
        return ""
    try:
        return str(payment_pursue(payment=payment).status)
    except (ProviderError, DomainError) as error:
        # It stays due: its lease ends, and the sweep brings it again.
        logger.warning("payment_not_pursued", payment=code, error=str(error))
        return str(payment.status)


def send_refund(code: str) -> str:
    """Send the refund with this code to the provider; return the state it is in then."""
    refund = Refund.objects.filter(code=code).first()
    if refund is None:
        logger.warning("refund_missing", refund=code)
        return ""
    return str(refund_submit(refund=refund).status)


def hear(event_id: str) -> int:
    """After money came for a stay: close what asks for more than is left, return what was too much; return how much.

    Twice changes nothing.
    """
    event = OutboxEvent.objects.filter(public_id=event_id).first()
    rows = PaymentIntent.objects.select_related("reservation", "link", "account")
    payment = rows.filter(code=event.subject_code).first() if event else None
    if payment is None or payment.reservation is None:
        return 0
    pages_close(reservation=payment.reservation)
    return surplus_return(payment=payment)


def sweep() -> int:
    """Enqueue every payment and refund that is due and was not brought by the queue; return how many.

    Makes good whatever the queue lost, a worker that was killed in the middle included (after its lease).
    """
    late = timezone.now() - GRACE
    payments = PaymentIntent.objects.filter(next_attempt_at__lte=late).order_by("next_attempt_at")
    codes = list(payments.values_list("code", flat=True)[:SWEEP_LIMIT])
    for code in codes:
        enqueue_in_tenant("billing.payments.jobs.pursue", code=str(code))
    refunds = Refund.objects.filter(status=RefundStatus.REQUESTED, next_attempt_at__lte=late)
    waiting = list(refunds.order_by("next_attempt_at").values_list("code", flat=True)[:SWEEP_LIMIT])
    for code in waiting:
        enqueue_in_tenant("billing.payments.jobs.send_refund", code=str(code))
    return len(codes) + len(waiting)


def charge_balances() -> int:
    """Charge the kept cards of stays that a step is due of; return how many payments were begun."""
    return sum(len(balances_charge(property=place, actor=MACHINE)) for place in Property.objects.order_by("pk"))


def remind() -> int:
    """Tell of steps that are due soon or overdue; return how many were told."""
    return sum(dun(property=place) for place in Property.objects.order_by("pk"))


def renew_authorisations() -> int:
    """Renew the holds that are about to lapse before their guests arrive (T39); return how many were."""
    now = timezone.now()
    ending = PaymentIntent.objects.filter(status=PaymentStatus.AUTHORISED, authorised_until__isnull=False)
    renewed = 0
    for payment in ending.order_by("authorised_until"):
        try:
            renewed += authorisation_renew(payment=payment, now=now) is not None
        except (ProviderError, DomainError) as error:
            logger.warning("authorisation_not_renewed", payment=str(payment.code), error=str(error))
    return renewed


def reconcile_accounts() -> int:
    """Compare every online account with its provider; return how many differences there were."""
    since, found = timezone.now() - LOOK_BACK, 0
    for account in _online():
        found += len(reconcile(account=account, since=since).differences)
    return found


def read_payouts() -> int:
    """Read the payouts of every online account and post those that are paid; return how many were looked at."""
    since, count = timezone.now() - LOOK_BACK, 0
    for account in _online():
        try:
            count += len(payouts_take(account=account, since=since))
        except ProviderError as error:
            logger.warning("payouts_not_read", account=account.code, error=str(error))
    return count


def _online() -> list[PaymentAccount]:
    rows = PaymentAccount.objects.exclude(provider=ProviderName.MANUAL).select_related("entity", "property")
    return list(rows.order_by("pk"))
