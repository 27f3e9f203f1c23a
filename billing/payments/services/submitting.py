"""Calls to the provider about payments. Always outside a transaction: the row is there before, the result comes after.

A call whose answer was lost is made good by looking for it at the provider under our own key, then by making it again.
"""

from datetime import timedelta

import structlog
from django.db.models import F
from django.utils import timezone

from billing.payments.enums import CaptureMode, PaymentStatus
from billing.payments.keys import credentials_of
from billing.payments.models import PaymentIntent, SavedMethod
from billing.payments.providers import provider_of
from billing.payments.providers.base import Known, Order, Outcome, ProviderError, ProviderPayment, SavedCard
from billing.payments.services.applying import payment_apply
from billing.payments.services.failing import payment_failed
from billing.payments.services.telling import MACHINE
from pms.kernel.actors import Actor
from pms.kernel.errors import Busy
from pms.kernel.money import Money
from pms.kernel.retrying import retry_at

logger = structlog.get_logger(__name__)

#: While a call is under way nobody else makes it. Longer than a job may take (settings.RQ_QUEUES).
LEASE = timedelta(minutes=6)
#: The same where somebody waits for the answer: nobody waits longer, and should the process have died with the call, they
#: can go on soon. Longer than two calls may take (providers' timeouts).
WAITED_LEASE = timedelta(minutes=1)
#: Providers remember our keys for six hours (PayPal) or a day; after this a call is not made again unseen.
REMEMBERED = timedelta(hours=5)
#: How often facts are fetched again because somebody applied newer ones meanwhile.
LOOKS = 8
MAX_ATTEMPTS = 16
_PURSUED = (PaymentStatus.CREATED, PaymentStatus.FAILED)


def payment_submit(*, payment: PaymentIntent, actor: Actor = MACHINE, raising: bool = False) -> PaymentIntent:
    """Make a created payment known to the provider, or charge a kept card (again); return it as it is then.

    Claims the row by a conditional update; does nothing when it is not due or under way elsewhere. Without an answer it
    stays and is due again later; `raising` says so at once to somebody who waits, with ProviderError.
    """
    now = timezone.now()
    due = PaymentIntent.objects.filter(pk=payment.pk, status__in=_PURSUED, next_attempt_at__lte=now)
    if not due.update(attempts=F("attempts") + 1, next_attempt_at=now + (WAITED_LEASE if raising else LEASE)):
        return read(payment)
    row = read(payment)
    try:
        facts = _create(row)
    except ProviderError as error:
        failed = _not_submitted(row, error)
        if raising:
            raise
        return failed
    if facts is None:
        return _expired(row)
    done = payment_apply(payment=row, facts=facts, seen_version=row.version, actor=actor)
    return done or payment_sync(payment=row, actor=actor)


def payment_sync(*, payment: PaymentIntent, actor: Actor = MACHINE) -> PaymentIntent:
    """Read a payment at the provider and apply what is true there; return it as it is then.

    Outside any transaction. Raises ProviderError; Busy `contended` when others keep applying newer facts.
    """
    for _ in range(LOOKS):
        row = read(payment)
        if not row.account.is_online or row.status in {PaymentStatus.SCHEDULED, PaymentStatus.CREATED}:
            return row
        facts = provider_of(row.account.provider).fetch(credentials_of(row.account), known_of(row))
        if facts is None:
            logger.error("payment_unknown_to_provider", payment=str(row.code), status=row.status)
            return row
        done = payment_apply(payment=row, facts=facts, seen_version=row.version, actor=actor)
        if done is not None:
            return done
    raise Busy("contended", "This payment is changing right now. Please try again.")


def read(payment: PaymentIntent) -> PaymentIntent:
    """Return the payment as it is in the database, with account, folio and card."""
    related = ("account__entity", "folio__property", "reservation", "saved_method")
    return PaymentIntent.objects.select_related(*related).get(pk=payment.pk)


def known_of(row: PaymentIntent) -> Known:
    """Return how a payment can be found at the provider."""
    return Known(
        key=str(row.code),
        created_at=row.created_at,
        payment_id=row.provider_payment_id,
        checkout_id=row.provider_checkout_id,
    )


def order_of(row: PaymentIntent) -> Order:
    """Return what the provider is asked for. It depends on the row alone, so that the same call can be made again."""
    code = str(row.code)
    return Order(
        key=code,
        amount=Money(row.amount_minor, row.currency),
        description=row.description,
        reference=row.reservation.code if row.reservation else row.folio.code,
        created_at=row.created_at,
        return_url=row.return_url.replace("{payment}", code),
        cancel_url=row.cancel_url.replace("{payment}", code),
        email=row.email,
        capture_later=row.capture_mode == CaptureMode.MANUAL,
        save_card=row.save_card,
        card=_card(row.saved_method) if row.saved_method else None,
        moto=row.is_moto,
        attempt=row.charges,
        payment_id=row.provider_payment_id,
    )


def _create(row: PaymentIntent) -> ProviderPayment | None:
    """Ask the provider, after having looked for what an earlier call may have done. None: too late to ask again."""
    provider, credentials = provider_of(row.account.provider), credentials_of(row.account)
    is_again = row.status == PaymentStatus.FAILED
    if row.attempts > 1:
        found = provider.fetch(credentials, known_of(row))
        if found is not None and not (is_again and found.outcome == Outcome.FAILED):
            return found
        if found is None and row.saved_method_id is None and timezone.now() - row.created_at > REMEMBERED:
            return None
    if row.saved_method_id is not None and (is_again or not row.charges):
        PaymentIntent.objects.filter(pk=row.pk).update(charges=F("charges") + 1)
        row.charges += 1
    return provider.create(credentials, order_of(row))


def _not_submitted(row: PaymentIntent, error: ProviderError) -> PaymentIntent:
    """Note that nobody answered, or that the provider refused for good."""
    now = timezone.now()
    logger.warning("payment_not_submitted", payment=str(row.code), code=error.code, permanent=error.permanent)
    if error.permanent:
        return payment_failed(payment=row, code=error.code, message=error.message)
    parked = row.attempts >= MAX_ATTEMPTS
    PaymentIntent.objects.filter(pk=row.pk, version=row.version).update(
        next_attempt_at=None if parked else retry_at(attempts=row.attempts, now=now),
        last_error_code=error.code[:64],
        last_error=error.message[:500],
    )
    if parked:
        logger.error("payment_parked", payment=str(row.code), code=error.code)
    return read(row)


def _expired(row: PaymentIntent) -> PaymentIntent:
    return payment_failed(
        payment=row, code="never_arrived", message="The provider never heard of it.", to=PaymentStatus.EXPIRED
    )


def _card(saved: SavedMethod) -> SavedCard:
    return SavedCard(
        saved.customer_id,
        saved.method_id,
        saved.brand,
        saved.last4,
        saved.expires_year,
        saved.expires_month,
        saved.mandate,
    )
