"""Refunds: whole, partial, several; some succeed at once, some later, some fail after they had succeeded."""

from typing import Any

from tests.sandbox.stripe import cards, money, objects
from tests.sandbox.stripe.errors import Refusal
from tests.sandbox.stripe.parameters import LISTING, MARKED, Shape, merged
from tests.sandbox.stripe.world import World, listed

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
CREATE: Shape = {
    **MARKED, "payment_intent": "text", "charge": "text", "amount": "integer", "reason": REASONS,
    "refund_application_fee": "boolean", "instructions_email": "text",
}  # fmt: skip
#: When a refund to a test card that begins one way ends the other way.
SETTLE_SECONDS = 60
LIST: Shape = {**LISTING, "payment_intent": "text", "charge": "text"}


def create(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """Refund a payment in whole or in part; never more than was captured and not refunded yet."""
    charge = _charge_of(world, asked)
    left = charge["amount_captured"] - _refunded(world, charge)
    if charge["disputed"]:
        raise Refusal(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if left <= 0:
        raise Refusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = asked.get("amount", left)
    if amount < 1:
        raise Refusal("Invalid positive integer", code="parameter_invalid_integer", param="amount", unsaved=True)
    if amount > left:
        shown, rest = money.shown(amount, charge["currency"]), money.shown(left, charge["currency"])
        raise Refusal(f"Refund amount ({shown}) is greater than unrefunded amount on charge ({rest})", param="amount")
    card = cards.CARDS[world.hidden(charge["payment_method"])["card"]]
    begins, ends = card.refund
    status = world.state.kept.get("refund_status", begins)
    later = {"ends": ends, "settle_at": world.now() + SETTLE_SECONDS} if begins != ends and status == begins else {}
    refund = world.add(objects.refund(charge, amount, world.now(), status=status, reason=asked.get("reason")), **later)
    refund["metadata"] = merged({}, asked.get("metadata") or {})
    if status == "pending":
        refund["pending_reason"] = "processing"
    _move(world, refund, charge, -amount, "refund", "balance_transaction")
    _count(world, charge)
    world.emit("refund.created", refund)
    world.emit("charge.refunded", charge)
    return refund


def _charge_of(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    if bool(asked.get("payment_intent")) == bool(asked.get("charge")):
        raise Refusal("One of charge or payment_intent is needed, and not both.", param="payment_intent", unsaved=True)
    if asked.get("charge"):
        return world.get("charge", asked["charge"], "charge")
    intent = world.get("payment_intent", asked["payment_intent"], "payment_intent")
    charge = world.get("charge", intent["latest_charge"]) if intent["latest_charge"] else None
    if charge is None or not charge["captured"]:
        raise Refusal(
            f"This PaymentIntent ({intent['id']}) has no charge that could be refunded.", param="payment_intent"
        )
    return charge


def _refunded(world: World, charge: dict[str, Any]) -> int:
    """Return what was refunded of the captured money; what a partial capture gave back is not part of it."""
    return sum(
        refund["amount"]
        for refund in world.find("refund", charge=charge["id"])
        if refund["status"] in {"pending", "succeeded", "requires_action"} and refund["balance_transaction"]
    )


def _count(world: World, charge: dict[str, Any]) -> None:
    released = charge["amount"] - charge["amount_captured"] if charge["captured"] else 0
    charge["amount_refunded"] = released + _refunded(world, charge)
    charge["refunded"] = charge["amount_refunded"] >= charge["amount"]


def _move(world: World, refund: dict[str, Any], charge: dict[str, Any], amount: int, kind: str, name: str) -> None:
    transaction = objects.balance_transaction(
        kind, amount, charge["currency"], world.now(), refund["id"], description=charge["description"],
    )  # fmt: skip
    refund[name] = world.add(transaction, payout=None)["id"]


def give_back(world: World, charge: dict[str, Any], amount: int, reason: str | None = None) -> None:
    """Release held money that is not taken: Stripe lists it as a refund, without a balance transaction."""
    world.add(objects.refund(charge, amount, world.now(), reason=reason))
    charge["amount_refunded"] = amount
    charge["refunded"] = amount >= charge["amount"]


def settle(world: World, refund: dict[str, Any], *, status: str, reason: str = "unknown") -> dict[str, Any]:
    """Let a refund succeed, fail or be canceled later; on failure the money is the account's again."""
    if status not in {"succeeded", "failed", "canceled"} or refund["status"] in {"failed", "canceled"}:
        raise ValueError(f"A refund that is {refund['status']} cannot become {status}.")
    previous = {"status": refund["status"]}
    charge = world.get("charge", refund["charge"])
    refund["status"] = status
    refund.pop("pending_reason", None)
    if status in {"failed", "canceled"}:
        _move(world, refund, charge, refund["amount"], "refund_failure", "failure_balance_transaction")
        if status == "failed":
            refund["failure_reason"] = reason
        _count(world, charge)
        world.emit("refund.failed", refund)
    world.emit("refund.updated", refund, previous)
    world.emit("charge.refund.updated", refund, previous)
    return refund


def pass_time(world: World) -> None:
    """End the refunds to test cards that end otherwise than they began."""
    for refund in world.find("refund"):
        hidden = world.state.hidden[refund["id"]]
        if hidden.get("settle_at", world.now() + 1) <= world.now():
            world.hidden(refund["id"]).pop("settle_at")
            if refund["status"] in {"pending", "succeeded"}:
                settle(world, refund, status=hidden["ends"])


def update(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    refund = world.get("refund", identifier)
    refund["metadata"] = merged(refund["metadata"], asked.get("metadata") or {})
    world.emit("refund.updated", refund)
    return refund


def retrieve(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    return world.get("refund", identifier)


def find(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    found = world.find("refund", charge=asked.get("charge"), payment_intent=asked.get("payment_intent"))
    return listed(found, asked, "/v1/refunds")
