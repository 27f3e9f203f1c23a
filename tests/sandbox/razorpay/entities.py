"""The shapes of Razorpay's entities, and its error envelope."""

from typing import Any

from tests.sandbox.core.http import Answer
from tests.sandbox.core.state import token


class Refusal(Exception):
    """A call that Razorpay answers with an error."""

    def __init__(self, description: str, *, field: str | None = None, status: int = 400,
                 code: str = "BAD_REQUEST_ERROR") -> None:  # fmt: skip
        super().__init__(description)
        self.status = status
        self.body = {
            "code": code, "description": description, "source": "business", "step": "payment_initiation",
            "reason": "input_validation_failed", "metadata": {},
        } | ({"field": field} if field else {})  # fmt: skip

    def answer(self) -> Answer:
        return Answer.of_json({"error": self.body}, self.status)


def noted(notes: Any) -> Any:
    """Return notes as the interface shows them: a map, or an empty list when there are none."""
    if notes and (not isinstance(notes, dict) or len(notes) > 15):
        raise Refusal("Notes are a map of at most 15 entries.", field="notes")
    return notes or []


def order(asked: dict[str, Any], created: int) -> dict[str, Any]:
    return {
        "id": token("order_", 14), "entity": "order", "amount": asked["amount"], "amount_paid": 0,
        "amount_due": asked["amount"], "currency": asked["currency"], "receipt": asked.get("receipt"),
        "offer_id": None, "status": "created", "attempts": 0, "notes": noted(asked.get("notes")),
        "created_at": created,
    }  # fmt: skip


def payment(of: dict[str, Any], last4: str, email: str | None, created: int) -> dict[str, Any]:
    """Return a payment of an order by card, not decided yet."""
    card = token("card_", 14)
    return {
        "id": token("pay_", 14), "entity": "payment", "amount": of["amount_due"], "currency": of["currency"],
        "base_amount": of["amount_due"], "status": "created", "order_id": of["id"], "invoice_id": None,
        "international": False, "method": "card", "amount_refunded": 0, "amount_transferred": 0,
        "refund_status": None, "captured": False, "description": None, "card_id": card,
        "card": {
            "id": card, "entity": "card", "name": "", "last4": last4, "network": "Visa", "type": "credit",
            "issuer": None, "international": False, "emi": False, "sub_type": "consumer",
        },
        "bank": None, "wallet": None, "vpa": None, "email": email, "contact": "+910000000000", "notes": of["notes"],
        "fee": None, "tax": None, "error_code": None, "error_description": None, "error_source": None,
        "error_step": None, "error_reason": None, "acquirer_data": {"auth_code": None}, "created_at": created,
    }  # fmt: skip


def refund(of: dict[str, Any], amount: int, asked: dict[str, Any], created: int, status: str) -> dict[str, Any]:
    return {
        "id": token("rfnd_", 14), "entity": "refund", "amount": amount, "currency": of["currency"],
        "payment_id": of["id"], "notes": noted(asked.get("notes")), "receipt": asked.get("receipt"),
        "acquirer_data": {"arn": None}, "created_at": created, "batch_id": None, "status": status,
        "speed_processed": "normal", "speed_requested": asked.get("speed", "normal"),
    }  # fmt: skip


def collection(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {"entity": "collection", "count": len(found), "items": found}
