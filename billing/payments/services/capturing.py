"""Authorised amounts: captured in one or several parts, let go, and renewed before they lapse (T39)."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from billing.payments.enums import ENDED, HELD, UNDER_WAY, CaptureMode, CaptureStatus, PaymentStatus
from billing.payments.errors import provider_away, provider_refused
from billing.payments.keys import credentials_of
from billing.payments.models import Capture, PaymentIntent
from billing.payments.providers import provider_of
from billing.payments.providers.base import ProviderError
from billing.payments.services.applying import payment_apply, payment_lock
from billing.payments.services.failing import payment_failed
from billing.payments.services.posting import folio_share
from billing.payments.services.requesting import Way, payment_request
from billing.payments.services.submitting import LEASE, known_of, payment_submit, payment_sync, read
from billing.payments.services.telling import MACHINE, tell
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import retried
from pms.kernel.money import Money

logger = structlog.get_logger(__name__)

#: A hold is renewed when so little of its time is left.
RENEW_AHEAD = timedelta(hours=36)


def payment_capture(
    *, payment: PaymentIntent, amount: Money | None = None, is_last: bool = True, actor: Actor = MACHINE
) -> PaymentIntent:
    """Capture an authorised payment, all that is open or a part; what is left is let go when `is_last`.

    The wish is written and committed before the provider is asked, so must not run inside a transaction; a wish whose
    answer got lost is made good by reconciliation. Raises Invalid `above_authorised`, `no_amount`, `currency_mismatch`,
    `unsupported`; Conflict `not_authorised`, `provider_refused`, `capture_under_way`; ProviderAway `provider_away`.
    """
    capture = _capture_wish(payment=payment, amount=amount, is_last=is_last, actor=actor)
    return capture_submit(payment=payment, capture=capture, actor=actor)


def capture_submit(*, payment: PaymentIntent, capture: Capture, actor: Actor = MACHINE) -> PaymentIntent:
    """Ask the provider for a capture that is written down. Its code is the key: asking twice captures once."""
    row = read(payment)
    amount = Money(capture.amount_minor, row.currency)
    try:
        facts = provider_of(row.account.provider).capture(
            credentials_of(row.account), known_of(row), key=str(capture.code), amount=amount, is_last=capture.is_last
        )
    except ProviderError as error:
        if not error.permanent:
            raise provider_away(row.account) from error
        _capture_refused(capture, error)
        payment_sync(payment=row, actor=actor)
        raise provider_refused(row.account, error) from error
    done = payment_apply(payment=row, facts=facts, seen_version=row.version, actor=actor)
    return done or payment_sync(payment=row, actor=actor)


def payment_cancel(*, payment: PaymentIntent, reason: str, actor: Actor) -> PaymentIntent:
    """Let go of a payment that nothing was captured of: the page is closed, the hold ends. Idempotent.

    Must not run inside a transaction. Raises Conflict `already_paid`, `provider_refused`; ProviderAway `provider_away`.
    """
    row = read(payment)
    if row.status in ENDED:
        if row.next_attempt_at is not None:
            return payment_failed(
                payment=row, code="cancelled", message=reason, to=PaymentStatus.CANCELLED, actor=actor
            )
        return row
    if row.captured_minor:
        raise Conflict("already_paid", "This payment was captured: refund it instead.")
    if not row.account.is_online or row.status == PaymentStatus.SCHEDULED or not row.attempts:
        return payment_failed(payment=row, code="cancelled", message=reason, to=PaymentStatus.CANCELLED, actor=actor)
    provider, key = provider_of(row.account.provider), f"{row.code}-cancel"
    try:
        facts = provider.cancel(credentials_of(row.account), known_of(row), key=key)
    except ProviderError as error:
        payment_sync(payment=row, actor=actor)
        raise provider_refused(row.account, error) if error.permanent else provider_away(row.account) from error
    if not facts.amount.minor:  # it never arrived there
        return payment_failed(payment=row, code="cancelled", message=reason, to=PaymentStatus.CANCELLED, actor=actor)
    done = payment_apply(payment=row, facts=facts, seen_version=row.version, actor=actor)
    return done or payment_sync(payment=row, actor=actor)


def authorisation_renew(*, payment: PaymentIntent, now: datetime, actor: Actor = MACHINE) -> PaymentIntent | None:
    """Take a fresh hold on the kept card before this one lapses, then let the old one go; return the fresh one (T39).

    None where there is nothing to renew with: the desk is told once (payment.authorisation_ending). Outside any
    transaction. Idempotent: the fresh payment names the one it renews.
    """
    row = read(payment)
    if (
        row.status != PaymentStatus.AUTHORISED
        or row.authorised_until is None
        or row.authorised_until > now + RENEW_AHEAD
    ):
        return None
    card = row.saved_method
    if card is None or not card.mandate:
        _tell_ending(row, actor)
        return None
    fresh = PaymentIntent.objects.filter(renews=row).first()
    if fresh is None:
        fresh = payment_request(
            folio=row.folio,
            account=row.account,
            amount=Money(row.amount_minor, row.currency),
            purpose=row.purpose,  # type: ignore[arg-type]
            way=Way(CaptureMode.MANUAL, saved_method=card, off_session=True, renews=row),
            description=row.description,
            actor=actor,
        )
    if fresh.status in UNDER_WAY:
        fresh = payment_submit(payment=fresh, actor=actor)
    if fresh.status in HELD:
        payment_cancel(payment=row, reason="A fresh authorisation took its place.", actor=actor)
    return fresh


@retried
@transaction.atomic
def _capture_wish(*, payment: PaymentIntent, amount: Money | None, is_last: bool, actor: Actor) -> Capture:
    _, row = payment_lock(payment)
    wanted = amount or Money(row.open_minor, row.currency)
    waiting = row.captures.filter(status=CaptureStatus.REQUESTED).first()
    if waiting is not None:
        if waiting.amount_minor == wanted.minor and waiting.is_last == is_last:
            return waiting
        raise Conflict("capture_under_way", "A capture of this payment is under way. Please wait a moment.")
    if row.status not in HELD:
        raise Conflict("not_authorised", "Nothing is held for this payment that could be captured.")
    if wanted.currency != row.currency:
        raise Invalid("currency_mismatch", f"It is held in {row.currency}.", field="currency")
    if wanted.minor <= 0:
        raise Invalid("no_amount", "What is captured is more than nothing.", field="amount")
    if wanted.minor > row.open_minor:
        left = Money(row.open_minor, row.currency)
        raise Invalid("above_authorised", f"{left} of this payment are held.", field="amount")
    if not is_last and not provider_of(row.account.provider).abilities.captures_in_parts:
        raise Invalid("unsupported", f"{row.account.name} captures only once.", field="amount")
    posted = sum(row.captures.filter(status=CaptureStatus.DONE).values_list("folio_amount_minor", flat=True))
    # Should whoever asks die before the answer, the sweep asks again.
    PaymentIntent.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now() + LEASE)
    return Capture.objects.create(
        payment=row,
        amount_minor=wanted.minor,
        folio_amount_minor=max(1, folio_share(row, row.captured_minor + wanted.minor) - posted),
        is_last=is_last,
        actor_label=actor.label[:160],
        requested_at=timezone.now(),
    )


def _capture_refused(capture: Capture, error: ProviderError) -> None:
    asked = Capture.objects.filter(pk=capture.pk, status=CaptureStatus.REQUESTED)
    asked.update(status=CaptureStatus.FAILED, last_error=str(error)[:500])


@transaction.atomic
def _tell_ending(row: PaymentIntent, actor: Actor) -> None:
    """Tell once that a hold is about to lapse and cannot be renewed."""
    once = PaymentIntent.objects.filter(pk=row.pk, last_error_code="").update(last_error_code="authorisation_ending")
    if once:
        tell(row, "authorisation_ending", actor, payload={"authorised_until": row.authorised_until})
