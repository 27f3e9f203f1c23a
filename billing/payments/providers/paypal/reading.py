"""PayPal's objects in our words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from billing.payments.providers.amounts import from_decimal
from billing.payments.providers.base import (
    Outcome,
    ProviderCapture,
    ProviderPayment,
    ProviderRefund,
    RefundOutcome,
)
from pms.kernel.money import Money

#: Captures that are money, now or once.
_TAKEN = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
_REFUND = {
    "COMPLETED": RefundOutcome.SUCCEEDED,
    "PENDING": RefundOutcome.PENDING,
    "FAILED": RefundOutcome.FAILED,
    "CANCELLED": RefundOutcome.CANCELLED,
}
_LINKS = frozenset({"payer-action", "approve"})


def payment_of(order: Mapping[str, Any]) -> ProviderPayment:
    """Return an order. What counts are its captures: a completed order whose capture is pending is no money."""
    unit = order["purchase_units"][0]
    inner = unit.get("payments") or {}
    captures, holds = inner.get("captures") or [], inner.get("authorizations") or []
    refunds = [refund_of(refund) for refund in inner.get("refunds") or []]
    hold = holds[-1] if holds else None
    amount = money_of(unit["amount"]) if "amount" in unit else money_of((captures or holds)[0]["amount"])
    return ProviderPayment(
        outcome=_outcome(order, captures, hold),
        amount=amount,
        key=str(unit.get("custom_id") or ""),
        payment_id=str(hold["id"] if hold else captures[-1]["id"] if captures else ""),
        checkout_id=order["id"],
        checkout_url=next((link["href"] for link in order.get("links") or [] if link["rel"] in _LINKS), ""),
        authorised_until=_instant((hold or {}).get("expiration_time")),
        captures=_taken(captures, refunds, inner.get("refunds") or []),
        refunds=tuple(refunds),
        error_code=_trouble(captures),
        error_message=_trouble(captures),
    )


def refund_of(refund: Mapping[str, Any], asked: Money | None = None) -> ProviderRefund:
    """Return a refund; `asked` stands in where a short answer leaves the amount out."""
    return ProviderRefund(
        refund_id=refund["id"],
        amount=money_of(refund["amount"]) if asked is None or "amount" in refund else asked,
        outcome=_REFUND.get(refund.get("status", "COMPLETED"), RefundOutcome.PENDING),
        key=str(refund.get("custom_id") or ""),
    )


def money_of(amount: Mapping[str, str]) -> Money:
    """Return an amount of PayPal's as Money."""
    return from_decimal(amount["value"], amount["currency_code"])


def _outcome(order: Mapping[str, Any], captures: Sequence[Mapping[str, Any]], hold: Any) -> Outcome:
    states = {capture["status"] for capture in captures}
    if hold is not None and hold["status"] == "PARTIALLY_CAPTURED":
        return Outcome.AUTHORISED
    if states & _TAKEN:
        return Outcome.CAPTURED
    if "PENDING" in states:
        return Outcome.PROCESSING
    if states:
        return Outcome.FAILED
    if hold is not None:
        return {
            "CREATED": Outcome.AUTHORISED,
            "PARTIALLY_CAPTURED": Outcome.AUTHORISED,
            "VOIDED": Outcome.CANCELLED,
        }.get(hold["status"], Outcome.PROCESSING)
    # Approved is not paid: whoever reads this captures now.
    return {"APPROVED": Outcome.AUTHORISED, "VOIDED": Outcome.CANCELLED, "COMPLETED": Outcome.PROCESSING}.get(
        order["status"], Outcome.WAITING
    )


def _taken(
    captures: Sequence[Mapping[str, Any]], refunds: Sequence[ProviderRefund], raw: Sequence[Mapping[str, Any]]
) -> tuple[ProviderCapture, ...]:
    """Return the captures that are money, with what is left of each after its refunds."""
    gone: dict[str, int] = {}
    for refund, links in zip(refunds, (each.get("links") or [] for each in raw), strict=True):
        of_capture = next((link["href"].rsplit("/", 1)[-1] for link in links if link["rel"] == "up"), "")
        if refund.outcome in {RefundOutcome.PENDING, RefundOutcome.SUCCEEDED}:
            gone[of_capture] = gone.get(of_capture, 0) + refund.amount.minor
    return tuple(
        ProviderCapture(capture["id"], money_of(capture["amount"]), gone.get(capture["id"], 0))
        for capture in captures
        if capture["status"] in _TAKEN
    )


def _trouble(captures: Sequence[Mapping[str, Any]]) -> str:
    reasons = [(capture.get("status_details") or {}).get("reason") for capture in captures]
    return str(next((reason for reason in reasons if reason), ""))


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
