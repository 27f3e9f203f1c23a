"""Giving money back: asked for and committed first, sent in a job, posted when the provider has it."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F, Sum
from django.utils import timezone

from billing.folios.models import Folio
from billing.payments.enums import COUNTED, DisputeStatus, RefundStatus
from billing.payments.errors import refund_above_captured
from billing.payments.keys import credentials_of
from billing.payments.models import PaymentIntent, Refund
from billing.payments.providers import provider_of
from billing.payments.providers.base import ProviderError, ProviderRefund, RefundOutcome
from billing.payments.services.applying import payment_lock
from billing.payments.services.posting import folio_share
from billing.payments.services.refunded import home_of, refund_advance, refund_share
from billing.payments.services.submitting import LEASE, MAX_ATTEMPTS, known_of, payment_sync, read
from billing.payments.services.telling import MACHINE, tell
from billing.payments.shares import Share
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.jobs import enqueue_in_tenant
from pms.kernel.locking import lock, retried, violated
from pms.kernel.money import Money
from pms.kernel.retrying import retry_at
from pms.kernel.text import clean_text

logger = structlog.get_logger(__name__)

SEND = "billing.payments.jobs.send_refund"
MAX_REASON = 200


@dataclass(frozen=True, slots=True)
class _Asking:
    """Why a refund is asked for, by whom, and the key by which the same one is known again."""

    reason: str
    actor: Actor
    request_key: UUID | None


@retried
def refund_start(
    *,
    payment: PaymentIntent,
    amount: Money,
    reason: str,
    actor: Actor,
    request_key: UUID | None = None,
    share: Share | None = None,
) -> Refund:
    """Refund a part or all of what was captured, to where it came from; the provider is asked after the commit.

    It is taken from the folio and the stay of `share`, when one payment was for several; without one from the payment's
    own folio, or from another that has so much of it when that one has not. What was taken by hand is given back by
    hand, and posted at once. The same request_key is one refund. Locks the folios, then the payment. Raises Invalid
    `refund_above_captured` (T38), `currency_mismatch`, `no_amount`, `reason_missing`; Conflict `disputed`.
    """
    reason = clean_text(reason, field="reason", most=MAX_REASON)
    if not reason:
        raise Invalid("reason_missing", "Say why it is refunded.", field="reason")
    try:
        with transaction.atomic():
            return _start(payment, share, amount, _Asking(reason, actor, request_key))
    except DatabaseError as error:
        if violated(error) != "tr_refund_within_captured":
            raise
        raise refund_above_captured("less") from error


def refund_submit(*, refund: Refund, actor: Actor = MACHINE) -> Refund:
    """Send a refund that was asked for to the provider; return it as it is then. Outside any transaction.

    Claims the row by a conditional update. What an earlier call may have done is looked for first. Without an answer it
    is due again later; refused for good it has failed, and the guest's credit stays.
    """
    now = timezone.now()
    due = Refund.objects.filter(pk=refund.pk, status=RefundStatus.REQUESTED, next_attempt_at__lte=now)
    if not due.update(attempts=F("attempts") + 1, next_attempt_at=now + LEASE):
        return _read(refund)
    row = _read(refund)
    payment = read(row.payment)
    provider, credentials = provider_of(payment.account.provider), credentials_of(payment.account)
    try:
        facts = provider.fetch(credentials, known_of(payment))
        if facts is None:
            raise ProviderError(permanent=False, code="payment_unknown", message="The payment is not to be found.")
        if not any(theirs.key == str(row.code) for theirs in facts.refunds):
            amount = Money(row.amount_minor, payment.currency)
            provider.refund(credentials, facts, key=str(row.code), amount=amount, reason=row.reason)
        payment_sync(payment=payment, actor=actor)
    except ProviderError as error:
        _not_sent(row, payment, error, actor)
    return _read(row)


def refundable_minor(payment: PaymentIntent) -> int:
    """Return what can still be refunded, minor units of the payment's currency: nothing that a bank has or may take."""
    counted = payment.refunds.filter(status__in=COUNTED).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    taken = payment.disputes.filter(status__in=[DisputeStatus.OPEN, DisputeStatus.LOST])
    disputed = taken.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return max(0, payment.captured_minor - int(counted) - int(disputed))


def _start(payment: PaymentIntent, share: Share | None, amount: Money, asking: _Asking) -> Refund:
    reason, actor, request_key = asking.reason, asking.actor, asking.request_key
    lock(Folio.objects.filter(pk__in={payment.folio_id, share.folio.pk if share else payment.folio_id}))
    folio, row = payment_lock(payment)
    known = Refund.objects.filter(request_key=request_key).first() if request_key else None
    if known is not None:
        return known
    if amount.currency != row.currency:
        raise Invalid(
            "currency_mismatch", f"It was paid in {row.currency} and is refunded in {row.currency}.", field="currency"
        )
    if amount.minor <= 0:
        raise Invalid("no_amount", "A refund is more than nothing.", field="amount")
    left = refundable_minor(row)
    if amount.minor > left:
        if row.disputes.filter(status=DisputeStatus.OPEN).exists():
            raise Conflict(
                "disputed", "The guest's bank is deciding about this payment: nothing is refunded meanwhile."
            )
        raise refund_above_captured(str(Money(left, row.currency)))
    now = timezone.now()
    home = share or home_of(row, folio_share(row, amount.minor))
    elsewhere = home is not None and (home.folio.pk, home.reservation_id) != (row.folio_id, row.reservation_id)
    refund = Refund(
        payment=row,
        request_key=request_key,
        folio=home.folio if home and elsewhere else None,
        reservation_id=home.reservation_id if home and elsewhere else None,
        amount_minor=amount.minor,
        folio_amount_minor=refund_share(row, amount.minor),
        reason=reason,
        next_attempt_at=now,
        actor_label=actor.label[:160],
        requested_at=now,
    )
    refund.save(force_insert=True)
    payload = {"refund": str(refund.code), "refund_minor": refund.amount_minor}
    tell(row, "refund_requested", actor, {"refund_minor": [None, amount.minor]}, reason=reason, payload=payload)
    if row.account.is_online:
        enqueue_in_tenant(SEND, code=str(refund.code))
        return refund
    by_hand = ProviderRefund(str(refund.code), amount, RefundOutcome.SUCCEEDED, key=str(refund.code))
    refund_advance(row, refund, by_hand, folio=folio, actor=actor)
    row.refunded_minor += amount.minor
    row.version += 1
    row.save(update_fields=["refunded_minor", "version"])
    return refund


@retried
@transaction.atomic
def _not_sent(refund: Refund, payment: PaymentIntent, error: ProviderError, actor: Actor) -> None:
    """Note that nobody answered, or that the provider refused for good."""
    _, row = payment_lock(payment)
    mine = row.refunds.get(pk=refund.pk)
    if mine.status != RefundStatus.REQUESTED:
        return
    logger.warning("refund_not_sent", refund=str(mine.code), code=error.code, permanent=error.permanent)
    now = timezone.now()
    mine.last_error_code, mine.last_error = error.code[:64], error.message[:500]
    if error.permanent:
        mine.status, mine.ended_at, mine.next_attempt_at = RefundStatus.FAILED, now, None
        payload = {"refund": str(mine.code), "refund_minor": mine.amount_minor, "code": error.code}
        tell(row, "refund_failed", actor, {"refund": ["requested", "failed"]}, reason=error.message, payload=payload)
    else:
        parked = mine.attempts >= MAX_ATTEMPTS
        mine.next_attempt_at = None if parked else retry_at(attempts=mine.attempts, now=now)
        if parked:
            payload = {"refund": str(mine.code), "refund_minor": mine.amount_minor, "code": error.code}
            tell(
                row, "refund_parked", actor, {"attempts": [None, mine.attempts]}, reason=error.message, payload=payload
            )
    mine.save(update_fields=["status", "ended_at", "next_attempt_at", "last_error_code", "last_error"])


def _read(refund: Refund) -> Refund:
    return Refund.objects.select_related("payment").get(pk=refund.pk)
