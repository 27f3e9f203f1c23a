"""What happens to a payment without anybody at a desk: a provider's message, and time passing."""

from uuid import UUID

import structlog
from django.db.models import F, Q
from django.utils import timezone

from billing.payments.enums import CaptureMode, CaptureStatus, PaymentStatus
from billing.payments.models import PaymentAccount, PaymentIntent
from billing.payments.providers.base import Notice
from billing.payments.services.capturing import capture_submit, payment_capture
from billing.payments.services.submitting import LEASE, payment_submit, payment_sync
from billing.payments.services.telling import MACHINE
from pms.kernel.actors import Actor

logger = structlog.get_logger(__name__)


def event_apply(*, account: PaymentAccount, notice: Notice, actor: Actor = MACHINE) -> PaymentIntent | None:
    """Bring the payment that a message is about to where it is at the provider; None when it is none of ours.

    A message is believed for nothing but whom it is about: so it may come twice, late and in any order. Outside any
    transaction. Raises ProviderError when the provider does not answer: the message is tried again.
    """
    payment = payment_find(account=account, notice=notice)
    if payment is None:
        logger.info("message_about_no_payment_of_ours", kind=notice.kind, provider_id=notice.payment_id)
        return None
    if payment.status == PaymentStatus.CREATED:
        # The message was faster than the answer to our own call: who it is about at the provider, we know from it.
        _note_ids(payment, notice)
    synced = payment_sync(payment=payment, actor=actor)
    return payment_carry_on(synced, actor)


def payment_find(*, account: PaymentAccount, notice: Notice) -> PaymentIntent | None:
    """Return the payment of ours that a message is about: by our key, else by the provider's ids."""
    wanted = Q(pk=None)
    if notice.payment_id:
        wanted |= Q(provider_payment_id=notice.payment_id)
    if notice.checkout_id:
        wanted |= Q(provider_checkout_id=notice.checkout_id)
    if notice.key:
        try:
            wanted |= Q(code=UUID(notice.key))
        except ValueError:
            logger.warning("message_with_a_strange_key", key=notice.key[:64])
    return PaymentIntent.objects.filter(wanted, account=account).order_by("pk").first()


def payment_pursue(*, payment: PaymentIntent, actor: Actor = MACHINE) -> PaymentIntent:
    """Do what is due for a payment: start it, ask the provider how it goes, capture it, charge a card again.

    Does nothing when nothing is due. Outside any transaction. Raises ProviderError; what is due stays due, later.
    """
    now = timezone.now()
    due = PaymentIntent.objects.filter(pk=payment.pk, next_attempt_at__lte=now)
    due.filter(status=PaymentStatus.SCHEDULED).update(status=PaymentStatus.CREATED, version=F("version") + 1)
    row = due.first()
    if row is None:
        return payment
    if row.status in {PaymentStatus.CREATED, PaymentStatus.FAILED}:
        done = payment_submit(payment=row, actor=actor)
    elif due.update(attempts=F("attempts") + 1, next_attempt_at=now + LEASE):
        done = payment_sync(payment=row, actor=actor)
    else:
        return payment
    return payment_carry_on(done, actor)


def payment_carry_on(payment: PaymentIntent, actor: Actor) -> PaymentIntent:
    """Capture what was only authorised though it was to be captured at once, and what somebody asked to be captured.

    PayPal's approved orders and Razorpay's late authorisations come here: approved is not paid.
    """
    if payment.status not in {PaymentStatus.AUTHORISED, PaymentStatus.PARTIALLY_CAPTURED}:
        return payment
    waiting = payment.captures.filter(status=CaptureStatus.REQUESTED).first()
    if waiting is not None:
        return capture_submit(payment=payment, capture=waiting, actor=actor)
    if payment.capture_mode == CaptureMode.AUTOMATIC and not payment.captured_minor:
        return payment_capture(payment=payment, actor=actor)
    return payment


def _note_ids(payment: PaymentIntent, notice: Notice) -> None:
    PaymentIntent.objects.filter(pk=payment.pk, status=PaymentStatus.CREATED).update(
        status=PaymentStatus.SUBMITTED,
        provider_payment_id=notice.payment_id,
        provider_checkout_id=notice.checkout_id,
        next_attempt_at=timezone.now(),
        version=F("version") + 1,
    )
