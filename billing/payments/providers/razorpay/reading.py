"""Razorpay's objects in our words."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from billing.payments.providers.amounts import from_provider
from billing.payments.providers.base import (
    Notice,
    Outcome,
    ProviderCapture,
    ProviderError,
    ProviderPayment,
    ProviderRefund,
    RefundOutcome,
    SavedCard,
)

KEY = "innkeep_payment"
REFUND_KEY = "innkeep_refund"
KNOWN = frozenset(
    {
        "payment.authorized",
        "payment.captured",
        "payment.failed",
        "order.paid",
        "refund.created",
        "refund.processed",
        "refund.failed",
        "refund.speed_changed",
    }
)
_REFUND = {
    "pending": RefundOutcome.PENDING,
    "processed": RefundOutcome.SUCCEEDED,
    "failed": RefundOutcome.FAILED,
}
#: The attempt that counts, when a guest tried several times.
_BEST = ("captured", "refunded", "authorized", "created", "failed")
_OUTCOME = {
    "captured": Outcome.CAPTURED,
    "refunded": Outcome.CAPTURED,
    "authorized": Outcome.AUTHORISED,
    "created": Outcome.PROCESSING,
    "failed": Outcome.WAITING,  # the order stays open for another try
}


def payment_of(
    order: Mapping[str, Any],
    attempts: Sequence[Mapping[str, Any]],
    refunds: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    page: tuple[str, tuple[tuple[str, str], ...]],
) -> ProviderPayment:
    """Return an order with the attempts to pay it. Two attempts that both took money are both counted."""
    ranked = sorted(attempts, key=lambda attempt: (_BEST.index(attempt["status"]), attempt["created_at"]))
    best = ranked[0] if ranked else None
    paid = [attempt for attempt in ranked if is_taken(attempt)]
    outcome = _OUTCOME[best["status"]] if best is not None else Outcome.WAITING
    if best is not None and best["status"] == "refunded" and not paid:
        outcome = Outcome.EXPIRED  # authorised, never captured, given back by itself
    return ProviderPayment(
        outcome=outcome,
        amount=from_provider(order["amount"], order["currency"]),
        key=notes_of(order).get(KEY, "") or str(order.get("receipt") or ""),
        payment_id=best["id"] if best is not None else "",
        checkout_id=order["id"],
        checkout_url=page[0],
        checkout_fields=page[1],
        captures=tuple(
            ProviderCapture(
                attempt["id"],
                from_provider(attempt["amount"], attempt["currency"]),
                from_provider(attempt.get("amount_refunded") or 0, attempt["currency"]).minor,
            )
            for attempt in paid
        ),
        refunds=tuple(refund_of(refund) for attempt in paid for refund in refunds.get(attempt["id"], ())),
        card=_card(best),
        error_code=str((best or {}).get("error_code") or ""),
        error_message=str((best or {}).get("error_description") or ""),
    )


def is_taken(attempt: Mapping[str, Any]) -> bool:
    """Return whether an attempt brought money, given back or not."""
    return attempt["status"] in {"captured", "refunded"} and bool(attempt.get("captured", True))


def refund_of(refund: Mapping[str, Any]) -> ProviderRefund:
    """Return a refund; one made on Razorpay's own pages has no key."""
    return ProviderRefund(
        refund_id=refund["id"],
        amount=from_provider(refund["amount"], refund["currency"]),
        outcome=_REFUND.get(refund.get("status") or "processed", RefundOutcome.PENDING),
        key=notes_of(refund).get(REFUND_KEY, ""),
    )


def notice_of(body: bytes, event_id: str) -> Notice:
    """Return what an event is about."""
    try:
        event = json.loads(body)
        kind = str(event["event"])
        entities = {name: inner["entity"] for name, inner in event["payload"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProviderError(permanent=True, code="bad_message", message="This is no event of Razorpay's.") from error
    payment, order, refund = (entities.get(name) or {} for name in ("payment", "order", "refund"))
    return Notice(
        event_id=event_id,
        kind=kind,
        is_known=kind in KNOWN,
        key=notes_of(order).get(KEY) or notes_of(payment).get(KEY) or notes_of(refund).get(KEY) or "",
        payment_id=str(payment.get("id") or refund.get("payment_id") or ""),
        checkout_id=str(order.get("id") or payment.get("order_id") or ""),
        external_account=str(event.get("account_id") or ""),
    )


def notes_of(entity: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the notes of an object: Razorpay sends an empty list where there are none."""
    notes = entity.get("notes")
    return notes if isinstance(notes, dict) else {}


def _card(attempt: Mapping[str, Any] | None) -> SavedCard | None:
    card = (attempt or {}).get("card")
    if not isinstance(card, dict):
        return None
    return SavedCard("", "", brand=str(card.get("network") or ""), last4=str(card.get("last4") or ""))
