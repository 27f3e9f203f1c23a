"""Stripe's objects in our words."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from billing.payments.providers.amounts import from_provider
from billing.payments.providers.base import (
    DisputeOutcome,
    Outcome,
    ProviderCapture,
    ProviderDispute,
    ProviderPayment,
    ProviderRefund,
    RefundOutcome,
    SavedCard,
)
from pms.kernel.money import Money

#: Our ids on everything of ours at Stripe.
KEY = "innkeep_payment"
REFUND_KEY = "innkeep_refund"

_INTENT = {
    "requires_payment_method": Outcome.WAITING,
    "requires_confirmation": Outcome.WAITING,
    "requires_action": Outcome.REQUIRES_ACTION,
    "processing": Outcome.PROCESSING,
    "requires_capture": Outcome.AUTHORISED,
    "succeeded": Outcome.CAPTURED,
    "canceled": Outcome.CANCELLED,
}
_REFUND = {
    "pending": RefundOutcome.PENDING,
    "requires_action": RefundOutcome.PENDING,
    "succeeded": RefundOutcome.SUCCEEDED,
    "failed": RefundOutcome.FAILED,
    "canceled": RefundOutcome.CANCELLED,
}
_DISPUTE = {
    "warning_needs_response": DisputeOutcome.INQUIRY,
    "warning_under_review": DisputeOutcome.INQUIRY,
    "warning_closed": DisputeOutcome.INQUIRY,
    "won": DisputeOutcome.WON,
    "lost": DisputeOutcome.LOST,
}


def payment_of(intent: Any, *, refunds: Sequence[Any], disputes: Sequence[Any]) -> ProviderPayment:
    """Return a PaymentIntent, with its charge and payment method expanded as far as they are."""
    currency = intent.currency.upper()
    charge = intent.latest_charge if hasattr(intent.latest_charge, "id") else None
    taken = from_provider(intent.amount_received or 0, currency)
    error = intent.last_payment_error
    outcome = _INTENT[intent.status]
    if outcome == Outcome.WAITING and error is not None:
        refused = getattr(error, "code", "") or ""
        outcome = Outcome.REQUIRES_ACTION if refused == "authentication_required" else Outcome.FAILED
    if outcome == Outcome.CANCELLED and getattr(intent, "cancellation_reason", "") == "automatic":
        outcome = Outcome.EXPIRED
    return ProviderPayment(
        outcome=outcome,
        amount=from_provider(intent.amount, currency),
        key=note(intent, KEY),
        payment_id=intent.id,
        captures=(ProviderCapture(_id(intent.latest_charge), taken),) if taken.minor else (),
        # What a partial capture lets go is listed as a refund without money behind it.
        refunds=tuple(refund_of(each) for each in refunds if note(each, REFUND_KEY) or each.balance_transaction),
        disputes=tuple(dispute_of(dispute) for dispute in disputes),
        authorised_until=_captured_before(charge) if outcome == Outcome.AUTHORISED else None,
        card=_card(intent, charge),
        error_code="" if error is None else _error_code(error),
        error_message="" if error is None else str(getattr(error, "message", "") or ""),
    )


def session_of(session: Any, amount: Money | None, *, payment: ProviderPayment | None = None) -> ProviderPayment:
    """Return a Checkout session; with the payment behind it, that payment as far as the session lets it count."""
    currency = (session.currency or (amount.currency if amount else "")).upper()
    total = from_provider(session.amount_total or 0, currency) if currency else Money(0, "EUR")
    outcome = {"open": Outcome.WAITING, "expired": Outcome.EXPIRED, "complete": Outcome.PROCESSING}[session.status]
    shared = {
        "checkout_id": session.id,
        "checkout_url": session.url or "",
        "expires_at": _instant(session.expires_at),
        "key": session.client_reference_id or "",
    }
    if payment is None:
        return ProviderPayment(outcome=outcome, amount=total, payment_id=_id(session.payment_intent), **shared)
    if session.status == "expired" and payment.outcome in {Outcome.WAITING, Outcome.FAILED, Outcome.REQUIRES_ACTION}:
        outcome = Outcome.EXPIRED
    elif session.status == "open" and payment.outcome == Outcome.FAILED:
        outcome = Outcome.WAITING  # the guest may try another card on the same page
    else:
        outcome = payment.outcome
    return ProviderPayment(
        outcome=outcome,
        amount=payment.amount,
        payment_id=payment.payment_id,
        captures=payment.captures,
        refunds=payment.refunds,
        disputes=payment.disputes,
        authorised_until=payment.authorised_until,
        card=payment.card,
        error_code=payment.error_code,
        error_message=payment.error_message,
        **shared,
    )


def setup_of(session: Any, setup: Any) -> ProviderPayment:
    """Return a session that only keeps a card."""
    outcome = {"succeeded": Outcome.SAVED, "processing": Outcome.PROCESSING, "canceled": Outcome.CANCELLED}.get(
        setup.status, Outcome.EXPIRED if session.status == "expired" else Outcome.WAITING
    )
    card = None
    if outcome == Outcome.SAVED:
        card = _kept(setup.payment_method, _id(setup.customer), mandate=_id(getattr(setup, "mandate", None)))
    return ProviderPayment(
        outcome=outcome,
        amount=Money(0, (session.currency or "eur").upper()),
        key=session.client_reference_id or "",
        payment_id=setup.id,
        checkout_id=session.id,
        checkout_url=session.url or "",
        expires_at=_instant(session.expires_at),
        card=card,
    )


def refund_of(refund: Any) -> ProviderRefund:
    """Return a refund; one made on Stripe's own pages has no key."""
    return ProviderRefund(
        refund_id=refund.id,
        amount=from_provider(refund.amount, refund.currency),
        outcome=_REFUND[refund.status or "pending"],
        key=note(refund, REFUND_KEY),
        reason=getattr(refund, "failure_reason", None) or "",
    )


def dispute_of(dispute: Any) -> ProviderDispute:
    """Return a dispute; one that is a mere inquiry moves no money."""
    due = getattr(dispute.evidence_details, "due_by", None) if dispute.evidence_details else None
    return ProviderDispute(
        dispute_id=dispute.id,
        amount=from_provider(dispute.amount, dispute.currency),
        outcome=_DISPUTE.get(dispute.status, DisputeOutcome.OPEN),
        reason=dispute.reason or "",
        respond_by=_instant(due),
    )


def note(thing: Any, name: str) -> str:
    """Return what we noted on an object of Stripe's under a name, or nothing."""
    return str(getattr(thing.metadata, name, None) or "") if thing.metadata else ""


def _card(intent: Any, charge: Any) -> SavedCard | None:
    """Return the card that was used, with what lets it be used again where the guest agreed to that."""
    method = intent.payment_method
    if method is None:
        return None
    details = getattr(method, "card", None)
    if details is None and charge is not None:
        details = getattr(charge.payment_method_details, "card", None)
    again = bool(intent.customer) and (intent.setup_future_usage == "off_session")
    mandate = (getattr(details, "mandate", None) or "") if details is not None else ""
    return SavedCard(
        customer_id=_id(intent.customer) if again else "",
        method_id=_id(method) if again else "",
        **_shown(details),
        mandate=mandate or (intent.id if again else ""),
    )


def _kept(method: Any, customer_id: str, *, mandate: str) -> SavedCard:
    return SavedCard(customer_id, _id(method), **_shown(getattr(method, "card", None)), mandate=mandate)


def _shown(details: Any) -> dict[str, Any]:
    if details is None:
        return {}
    return {
        "brand": details.brand or "",
        "last4": details.last4 or "",
        "expires_year": details.exp_year,
        "expires_month": details.exp_month,
    }


def _captured_before(charge: Any) -> datetime | None:
    details = getattr(getattr(charge, "payment_method_details", None), "card", None) if charge is not None else None
    return _instant(getattr(details, "capture_before", None))


def _error_code(error: Any) -> str:
    return str(getattr(error, "decline_code", None) or getattr(error, "code", None) or "card_declined")


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, tz=UTC)


def _id(value: Any) -> str:
    return "" if value is None else str(getattr(value, "id", value))
