"""What the provider says becomes what we know: the one function for webhooks, polls, answers and reconciliation.

Facts are applied whole: captures, refunds, disputes and state as they stand at the provider. So neither the order nor the
number of messages matters; and `seen_version` proves that nobody applied newer facts since these were fetched.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from billing.folios.models import Folio
from billing.ledger.models import LegalEntity
from billing.payments.enums import (
    ENDED,
    CaptureStatus,
    PaymentStatus,
    Purpose,
)
from billing.payments.models import Capture, PaymentIntent, PaymentLink, ReceiptCounter, Refund, SavedMethod
from billing.payments.providers.base import Outcome, ProviderPayment
from billing.payments.services.disputing import disputes_apply
from billing.payments.services.posting import capture_post, folio_share
from billing.payments.services.refunded import refunds_apply
from billing.payments.services.telling import tell
from billing.payments.transitions import may_become
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict
from pms.kernel.locking import lock, lock_one, retried

logger = structlog.get_logger(__name__)

#: How long to wait before a payment that is under way is looked at without a message, the first time and at most.
FIRST_LOOK = timedelta(minutes=10)
LONGEST_LOOK = timedelta(hours=6)
#: A guest who has not come back by then will not.
LAST_LOOK = timedelta(days=30)
#: When a kept card that was refused is tried again: a bank that says no on Monday may say yes on pay-day (days).
CHARGE_AGAIN = (1, 3, 7)
#: Refusals that no waiting helps.
FINAL_REFUSALS = frozenset(
    {
        "expired_card", "lost_card", "stolen_card", "pickup_card", "invalid_account", "incorrect_number",
        "authentication_required", "revocation_of_authorization", "revocation_of_all_authorizations", "fraudulent",
    }
)  # fmt: skip
_STATUS = {
    Outcome.WAITING: PaymentStatus.SUBMITTED,
    Outcome.REQUIRES_ACTION: PaymentStatus.REQUIRES_ACTION,
    Outcome.PROCESSING: PaymentStatus.PROCESSING,
    Outcome.AUTHORISED: PaymentStatus.AUTHORISED,
    Outcome.CAPTURED: PaymentStatus.CAPTURED,
    Outcome.SAVED: PaymentStatus.SAVED,
    Outcome.FAILED: PaymentStatus.FAILED,
    Outcome.CANCELLED: PaymentStatus.CANCELLED,
    Outcome.EXPIRED: PaymentStatus.EXPIRED,
}
#: What the world hears when a payment comes into a state.
_TOLD = {
    PaymentStatus.AUTHORISED: "authorised",
    PaymentStatus.SAVED: "card_saved",
    PaymentStatus.FAILED: "failed",
    PaymentStatus.REQUIRES_ACTION: "requires_action",
    PaymentStatus.CANCELLED: "cancelled",
    PaymentStatus.EXPIRED: "expired",
}


@retried
@transaction.atomic
def payment_apply(
    *, payment: PaymentIntent, facts: ProviderPayment, seen_version: int, actor: Actor
) -> PaymentIntent | None:
    """Apply everything the provider says; None when newer facts were applied since seen_version: fetch again then.

    Posts to the folio what came and went, once for each fact. Locks folio, then payment. Raises Conflict
    `currency_mismatch`, `not_ours` when the provider speaks of another payment than this one; nothing is applied then.
    """
    folio, row = payment_lock(payment)
    if row.version != seen_version:
        return None
    _check_identity(row, facts)
    before, captured_before = row.status, row.captured_minor
    _identify(row, facts)
    if facts.card is not None:
        _remember_card(row, facts)
    came = _captures_apply(row, folio, facts, actor)
    went = refunds_apply(row, folio, facts.refunds, actor)
    disputed = disputes_apply(row, folio, facts.disputes, actor)
    _move(row, facts)
    row.next_attempt_at = _look_again(row, facts, timezone.now())
    row.version += 1
    row.save()
    if came:
        received = {"received_minor": came, "receipt_number": row.receipt_number}
        tell(row, "received", actor, {"captured_minor": [captured_before, row.captured_minor]}, payload=received)
        _links_paid(row)
    if row.status != before and row.status in _TOLD:
        payload = {"code": row.last_error_code} if row.status in ENDED else {}
        tell(row, _TOLD[PaymentStatus(row.status)], actor, {"status": [before, row.status]}, payload=payload)
    logger.debug(
        "payment_applied", payment=str(row.code), before=before, now=row.status, came=came, went=went, disputed=disputed
    )
    return row


def payment_lock(payment: PaymentIntent) -> tuple[Folio, PaymentIntent]:
    """Lock folio, then payment, and return both as they are now. Must run inside a transaction.

    Folios that refunds of it are taken from are locked along, in order: they are written on as well.
    """
    others = Refund.objects.filter(payment=payment.pk, folio__isnull=False).values("folio")
    folios = lock(Folio.objects.filter(Q(pk=payment.folio_id) | Q(pk__in=others)).select_related("property", "entity"))
    folio = next(row for row in folios if row.pk == payment.folio_id)
    related = PaymentIntent.objects.select_related("account__entity", "reservation", "saved_method")
    (row,) = lock(related.filter(pk=payment.pk))
    row.folio = folio
    return folio, row


def _check_identity(row: PaymentIntent, facts: ProviderPayment) -> None:
    if facts.key and facts.key != str(row.code):
        raise Conflict("not_ours", f"The provider speaks of payment {facts.key}, not of {row.code}.")
    if facts.amount.minor and facts.amount.currency != row.currency:
        raise Conflict(
            "currency_mismatch",
            f"It was to be paid in {row.currency}, not in {facts.amount.currency}.",
            field="currency",
        )


def _identify(row: PaymentIntent, facts: ProviderPayment) -> None:
    row.provider_payment_id = facts.payment_id or row.provider_payment_id
    row.provider_checkout_id = facts.checkout_id or row.provider_checkout_id
    row.checkout_url = facts.checkout_url or row.checkout_url
    row.checkout_fields = [list(pair) for pair in facts.checkout_fields] or row.checkout_fields
    row.expires_at = facts.expires_at or row.expires_at
    row.authorised_until = facts.authorised_until or row.authorised_until
    row.last_error_code, row.last_error = facts.error_code[:64], facts.error_message[:500]


def _remember_card(row: PaymentIntent, facts: ProviderPayment) -> None:
    """Note brand and last digits; keep the card for later where the guest agreed to that."""
    card = facts.card
    if card is None:
        return
    row.card_brand, row.card_last4 = card.brand[:24] or row.card_brand, card.last4[:4] or row.card_last4
    if not card.method_id or row.saved_method_id is not None or not (row.save_card or facts.outcome == Outcome.SAVED):
        return
    row.saved_method, _ = SavedMethod.objects.get_or_create(
        account=row.account,
        method_id=card.method_id,
        removed_at=None,
        defaults={
            "guest": row.folio.guest,
            "reservation": row.reservation,
            "customer_id": card.customer_id,
            "mandate": card.mandate[:64],
            "brand": card.brand[:24],
            "last4": card.last4[:4],
            "expires_year": card.expires_year,
            "expires_month": card.expires_month,
            "saved_at": timezone.now(),
        },
    )


def _captures_apply(row: PaymentIntent, folio: Folio, facts: ProviderPayment, actor: Actor) -> int:
    """Post what came since the last time; return how much that was, minor units of the payment's currency."""
    came = facts.captured_minor - row.captured_minor
    if came < 0:
        logger.error(
            "provider_captured_less", payment=str(row.code), ours=row.captured_minor, theirs=facts.captured_minor
        )
    if came <= 0:
        return 0
    now = timezone.now()
    posted = sum(row.captures.filter(status=CaptureStatus.DONE).values_list("folio_amount_minor", flat=True))
    capture = row.captures.filter(status=CaptureStatus.REQUESTED).first()
    if capture is not None and capture.amount_minor != came:
        capture.status, capture.last_error = CaptureStatus.FAILED, "The provider captured another amount."
        capture.save(update_fields=["status", "last_error"])
        capture = None
    if capture is None:
        share = max(1, folio_share(row, facts.captured_minor) - posted)
        capture = Capture(
            payment=row, amount_minor=came, folio_amount_minor=share, actor_label=actor.label[:160], requested_at=now
        )
    posting = capture_post(row, capture, folio=folio, actor=actor)
    capture.status, capture.posting_code, capture.done_at = CaptureStatus.DONE, posting.code, now
    capture.save()
    row.captured_minor += came
    row.captured_at = row.captured_at or now
    row.receipt_number = row.receipt_number or _next_receipt(row.account.entity)
    return came


def _move(row: PaymentIntent, facts: ProviderPayment) -> None:
    """Put the payment into the state that the facts mean, where its present one lets it."""
    to = _STATUS[facts.outcome]
    if row.captured_minor:
        partly = facts.outcome == Outcome.AUTHORISED and row.captured_minor < row.amount_minor
        to = PaymentStatus.PARTIALLY_CAPTURED if partly else PaymentStatus.CAPTURED
    elif to == PaymentStatus.CAPTURED:
        to = PaymentStatus.PROCESSING  # completed, the provider says, but the money is not there yet
    if to == row.status:
        return
    if not may_become(row.status, to):
        logger.warning("payment_stays", payment=str(row.code), status=row.status, provider=facts.outcome.value)
        return
    row.status = to
    row.ended_at = timezone.now() if to in ENDED else None


def _look_again(row: PaymentIntent, facts: ProviderPayment, now: datetime) -> datetime | None:
    """Return when the payment needs attention without anybody's message."""
    if row.status in {PaymentStatus.SUBMITTED, PaymentStatus.REQUIRES_ACTION, PaymentStatus.PROCESSING}:
        wait = min(FIRST_LOOK * 2 ** min(row.attempts, 8), LONGEST_LOOK)
        return now + wait if now - row.created_at < LAST_LOOK else None
    if row.status == PaymentStatus.AUTHORISED and row.capture_mode == "automatic":
        return now
    if row.status == PaymentStatus.FAILED and row.off_session and row.purpose in {Purpose.DEPOSIT, Purpose.BALANCE}:
        tried = row.charges - 1
        if facts.error_code not in FINAL_REFUSALS and 0 <= tried < len(CHARGE_AGAIN):
            return now + timedelta(days=CHARGE_AGAIN[tried])
    return None


def _next_receipt(entity: LegalEntity) -> int:
    """Return the next number of the legal entity's receipts. Locks the counter until the commit."""
    ReceiptCounter.objects.bulk_create([ReceiptCounter(entity=entity)], ignore_conflicts=True)
    counter = lock_one(ReceiptCounter.objects.filter(entity=entity))
    if counter is None:
        raise RuntimeError("A receipt counter that was just made is not there.")
    counter.last_number += 1
    counter.save(update_fields=["last_number"])
    return counter.last_number


def _links_paid(row: PaymentIntent) -> None:
    if row.captured_minor >= row.amount_minor:
        here = PaymentLink.objects.filter(Q(payment=row) | Q(pk=row.link_id), paid_at=None)
        here.update(paid_at=timezone.now())
