"""Disputes, balance transactions and payouts: what happens to the money after it was taken."""

from typing import Any

from tests.sandbox.core.state import token
from tests.sandbox.stripe import objects
from tests.sandbox.stripe.parameters import LISTING, Shape
from tests.sandbox.stripe.world import World, listed

DISPUTE_LIST: Shape = {**LISTING, "charge": "text", "payment_intent": "text"}
TRANSACTION_LIST: Shape = {**LISTING, "payout": "text", "source": "text", "type": "text", "currency": "currency"}
PAYOUT_LIST: Shape = {
    **LISTING, "status": "text", "arrival_date": "filter", "destination": "text",
}  # fmt: skip
DISPUTE_FEE = 1500
EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def dispute_open(world: World, charge: dict[str, Any], *, reason: str = "fraudulent") -> dict[str, Any]:
    """Let the cardholder's bank take the money back until somebody decides. ValueError when it is disputed already."""
    if charge["disputed"] or not charge["captured"]:
        raise ValueError(f"Charge {charge['id']} cannot be disputed now.")
    amount = charge["amount_captured"]
    dispute = world.add({
        "id": token("du_"), "object": "dispute", "amount": amount, "balance_transactions": [], "charge": charge["id"],
        "created": world.now(), "currency": charge["currency"], "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": world.now() + 7 * 24 * 3600, "enhanced_eligibility": {}, "has_evidence": False,
            "past_due": False, "submission_count": 0,
        },
        "is_charge_refundable": False, "livemode": False, "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": charge["payment_method_details"]["card"]["brand"], "case_type": "chargeback",
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason, "status": "needs_response",
    })  # fmt: skip
    charge["disputed"] = True
    world.emit("charge.dispute.created", dispute)
    _move(world, dispute, -amount, DISPUTE_FEE, "dispute")
    world.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def _move(world: World, dispute: dict[str, Any], amount: int, fee: int, category: str) -> None:
    fees = [{"amount": fee, "application": None, "currency": dispute["currency"], "description": "Dispute fee",
             "type": "stripe_fee"}] if fee else []  # fmt: skip
    transaction = objects.balance_transaction(
        "adjustment", amount, dispute["currency"], world.now(), dispute["id"], fee=fee, fees=fees, category=category,
        description="Chargeback withdrawal" if amount < 0 else "Chargeback reversal",
    )  # fmt: skip
    dispute["balance_transactions"].append(dict(world.add(transaction, payout=None)))


def dispute_close(world: World, dispute: dict[str, Any], *, status: str) -> dict[str, Any]:
    """Decide a dispute: "won" gives the money back, "lost" does not."""
    if status not in {"won", "lost"} or dispute["status"] in {"won", "lost"}:
        raise ValueError(f"A dispute that is {dispute['status']} cannot become {status}.")
    dispute["status"] = status
    if status == "won":
        _move(world, dispute, dispute["amount"], 0, "dispute_reversal")
        world.get("charge", dispute["charge"])["disputed"] = False
        world.emit("charge.dispute.funds_reinstated", dispute)
    world.emit("charge.dispute.closed", dispute)
    return dispute


def payout_make(world: World) -> list[dict[str, Any]]:
    """Pay the whole balance out, what is still pending included: one payout for each currency that has something."""
    waiting: dict[str, list[dict[str, Any]]] = {}
    for transaction in world.find("balance_transaction"):
        if transaction["type"] != "payout" and world.hidden(transaction["id"])["payout"] is None:
            waiting.setdefault(transaction["currency"], []).append(transaction)
    return [
        _payout(world, currency, transactions)
        for currency, transactions in waiting.items()
        if sum(transaction["net"] for transaction in transactions) > 0
    ]


def _payout(world: World, currency: str, transactions: list[dict[str, Any]]) -> dict[str, Any]:
    amount = sum(transaction["net"] for transaction in transactions)
    payout = world.add({
        "id": token("po_"), "object": "payout", "amount": amount, "application_fee": None,
        "application_fee_amount": None, "arrival_date": world.now(), "automatic": True, "balance_transaction": None,
        "created": world.now(), "currency": currency, "description": "STRIPE PAYOUT", "destination": token("ba_"),
        "failure_balance_transaction": None, "failure_code": None, "failure_message": None, "livemode": False,
        "metadata": {}, "method": "standard", "original_payout": None, "payout_method": None,
        "reconciliation_status": "completed", "reversed_by": None, "source_type": "card",
        "statement_descriptor": None, "status": "in_transit",
        "trace_id": {"status": "supported", "value": token("", 12)}, "type": "bank_account",
    })  # fmt: skip
    own = objects.balance_transaction("payout", -amount, currency, world.now(), payout["id"],
                                      description="STRIPE PAYOUT")  # fmt: skip
    payout["balance_transaction"] = world.add(own, payout=payout["id"])["id"]
    for transaction in transactions:
        transaction |= {"status": "available"}
        world.hidden(transaction["id"])["payout"] = payout["id"]
    world.emit("payout.created", payout)
    payout["status"] = "paid"
    world.emit("payout.paid", payout)
    return payout


def pass_time(world: World) -> None:
    """Free what waited long enough, and let the banks of certain test cards dispute."""
    for transaction in world.find("balance_transaction", status="pending"):
        if transaction["available_on"] <= world.now():
            transaction["status"] = "available"
    for charge in world.find("charge", captured=True, disputed=False):
        due = world.state.hidden[charge["id"]].get("dispute_at")
        if due and due <= world.now():
            world.hidden(charge["id"])["dispute_at"] = None
            dispute_open(world, charge)


def dispute_retrieve(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    return world.get("dispute", identifier, "dispute")


def dispute_find(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    found = world.find("dispute", charge=asked.get("charge"), payment_intent=asked.get("payment_intent"))
    return listed(found, asked, "/v1/disputes")


def transaction_retrieve(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    return world.get("balance_transaction", identifier)


def transaction_find(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    wanted = {name: asked.get(name) for name in ("source", "type", "currency")}
    found = world.find("balance_transaction", **wanted)
    if asked.get("payout"):
        world.get("payout", asked["payout"], "payout")
        found = [body for body in found if world.hidden(body["id"])["payout"] == asked["payout"]]
    return listed(found, asked, "/v1/balance_transactions")


def payout_retrieve(world: World, asked: dict[str, Any], identifier: str) -> dict[str, Any]:
    return world.get("payout", identifier)


def payout_find(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    return listed(world.find("payout", status=asked.get("status")), asked, "/v1/payouts")
