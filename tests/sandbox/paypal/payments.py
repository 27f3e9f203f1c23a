"""Orders and what money they move: captures, authorisations, refunds. `Till` holds the state's lock while it works."""

import secrets
import string
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.sandbox.paypal import money
from tests.sandbox.paypal.errors import Refusal

if TYPE_CHECKING:
    from tests.sandbox.paypal.sandbox import PayPalSandbox

AUTHORIZATION_DAYS = 29


def identifier() -> str:
    return "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(17))


class Till:
    """The operations on orders, captures, authorisations and refunds of one sandbox."""

    def __init__(self, sandbox: "PayPalSandbox") -> None:
        self.sandbox = sandbox
        self.state = sandbox.state

    def stamp(self, seconds: int | None = None) -> str:
        return datetime.fromtimestamp(seconds or self.state.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def link(self, path: str, rel: str, method: str = "GET") -> dict[str, str]:
        return {"href": f"{self.sandbox.public_url}{path}", "rel": rel, "method": method}

    def get(self, kind: str, key: str) -> dict[str, Any]:
        """Return an order, capture, authorization or refund; refuse with 404 when there is none."""
        body = self.state.objects.get(key)
        if body is None or self.state.hidden[key]["kind"] != kind:
            raise Refusal("INVALID_RESOURCE_ID", status=404)
        self.state.changed = True
        if kind == "order":
            # A state read from a file holds copies: the order shows its payments as they are now.
            for payments in body["purchase_units"][0].get("payments", {}).values():
                payments[:] = [self.state.objects[one["id"]] for one in payments]
        return body

    # Orders

    def order_create(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked.get("intent") not in {"CAPTURE", "AUTHORIZE"}:
            raise Refusal("INVALID_PARAMETER_VALUE", field="/intent", status=400)
        units = asked.get("purchase_units")
        if not isinstance(units, list) or len(units) != 1:
            raise Refusal("MISSING_REQUIRED_PARAMETER", field="/purchase_units", status=400)
        money.read(units[0].get("amount"), "/purchase_units/@reference_id=='default'/amount")
        source = asked.get("payment_source")
        if source and set(source) != {"paypal"}:
            raise Refusal("INVALID_PARAMETER_VALUE", field="/payment_source", status=400)
        key = identifier()
        context = (
            ((source or {}).get("paypal") or {}).get("experience_context") or asked.get("application_context") or {}
        )
        unit = {"reference_id": "default"} | {
            name: units[0][name]
            for name in ("reference_id", "amount", "custom_id", "invoice_id", "description", "soft_descriptor")
            if name in units[0]
        }
        unit["payee"] = {"email_address": "hotel@business.example", "merchant_id": "SANDBXHTEL234"}
        order = {
            "id": key, "intent": asked["intent"], "status": "PAYER_ACTION_REQUIRED" if source else "CREATED",
            "purchase_units": [unit], "create_time": self.stamp(),
            "links": [
                self.link(f"/v2/checkout/orders/{key}", "self"),
                self.link(f"/checkoutnow?token={key}", "payer-action" if source else "approve"),
            ],
        }  # fmt: skip
        if source:
            order["payment_source"] = {"paypal": {}}
        return self.state.add(order, kind="order", context=context)

    def approve(self, order: dict[str, Any]) -> None:
        """Let the payer agree; the hotel captures or authorises afterwards."""
        payer = {
            "name": {"given_name": "Greta", "surname": "Guest"}, "email_address": "greta@example.com",
            "payer_id": "GRETA2PAYER23",
        }  # fmt: skip
        order |= {"status": "APPROVED", "payer": payer}
        order["payment_source"] = {
            "paypal": {"email_address": payer["email_address"], "account_id": payer["payer_id"], "name": payer["name"]}
        }
        verb = "capture" if order["intent"] == "CAPTURE" else "authorize"
        order["links"][1:] = [self.link(f"/v2/checkout/orders/{order['id']}/{verb}", verb, "POST")]
        self.sandbox.emit("CHECKOUT.ORDER.APPROVED", "checkout-order", order)

    def _ready(self, order: dict[str, Any], intent: str) -> dict[str, Any]:
        if order["status"] == "COMPLETED":
            raise Refusal("ORDER_ALREADY_CAPTURED" if intent == "CAPTURE" else "ORDER_ALREADY_AUTHORIZED")
        if order["intent"] != intent:
            raise Refusal("ACTION_DOES_NOT_MATCH_INTENT")
        if order["status"] != "APPROVED":
            raise Refusal("ORDER_NOT_APPROVED")
        unit: dict[str, Any] = order["purchase_units"][0]
        return unit

    def order_capture(self, order: dict[str, Any]) -> dict[str, Any]:
        """Take the money of an approved order. A COMPLETED order can hold a capture that is PENDING or DECLINED."""
        unit = self._ready(order, "CAPTURE")
        value, currency = money.read(unit["amount"], "amount")
        if self.state.kept.get("capture", {}).get("status") == "INSTRUMENT_DECLINED":
            del self.state.kept["capture"]
            raise Refusal("INSTRUMENT_DECLINED")
        capture = self._capture(value, currency, unit, order["id"])
        order["status"] = "COMPLETED"
        unit["payments"] = {"captures": [capture]}
        return order

    def order_authorize(self, order: dict[str, Any]) -> dict[str, Any]:
        unit = self._ready(order, "AUTHORIZE")
        key = identifier()
        held = {
            "id": key, "status": "CREATED", "amount": unit["amount"], "seller_protection": {"status": "ELIGIBLE"},
            "create_time": self.stamp(), "update_time": self.stamp(),
            "expiration_time": self.stamp(self.state.now() + AUTHORIZATION_DAYS * 24 * 3600),
            "links": [
                self.link(f"/v2/payments/authorizations/{key}", "self"),
                self.link(f"/v2/payments/authorizations/{key}/capture", "capture", "POST"),
                self.link(f"/v2/payments/authorizations/{key}/void", "void", "POST"),
                self.link(f"/v2/checkout/orders/{order['id']}", "up"),
            ],
        } | {name: unit[name] for name in ("custom_id", "invoice_id") if name in unit}  # fmt: skip
        self.state.add(held, kind="authorization", order=order["id"], taken="0")
        order["status"] = "COMPLETED"
        unit["payments"] = {"authorizations": [held]}
        self.sandbox.emit("PAYMENT.AUTHORIZATION.CREATED", "authorization", held)
        return order

    # Captures and authorisations

    def _capture(self, value: Decimal, currency: str, unit: dict[str, Any], order: str, up: str = "") -> dict[str, Any]:
        told = self.state.kept.pop("capture", {"status": "COMPLETED"})
        key = identifier()
        fee = (value * Decimal("0.0249") + Decimal("0.35")).quantize(
            Decimal(1) if currency in money.WHOLE else Decimal("0.01")
        )
        capture = {
            "id": key, "status": told["status"], "amount": money.written(value, currency), "final_capture": True,
            "seller_protection": {
                "status": "ELIGIBLE", "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"],
            },
            "create_time": self.stamp(), "update_time": self.stamp(),
            "supplementary_data": {"related_ids": {"order_id": order}},
            "links": [
                self.link(f"/v2/payments/captures/{key}", "self"),
                self.link(f"/v2/payments/captures/{key}/refund", "refund", "POST"),
                self.link(up or f"/v2/checkout/orders/{order}", "up"),
            ],
        } | {name: unit[name] for name in ("custom_id", "invoice_id") if name in unit}  # fmt: skip
        breakdown = {
            "gross_amount": money.written(value, currency), "paypal_fee": money.written(fee, currency),
            "net_amount": money.written(value - fee, currency),
        }  # fmt: skip
        if told["status"] == "PENDING":
            capture["status_details"] = {"reason": told.get("reason", "PENDING_REVIEW")}
        elif told["status"] == "COMPLETED":
            capture["seller_receivable_breakdown"] = breakdown
        self.state.add(capture, kind="capture", order=order, refunded="0", breakdown=breakdown)
        self._tell_capture(capture)
        return capture

    def _tell_capture(self, capture: dict[str, Any]) -> None:
        word = {"COMPLETED": "COMPLETED", "PENDING": "PENDING", "DECLINED": "DENIED"}[capture["status"]]
        self.sandbox.emit(f"PAYMENT.CAPTURE.{word}", "capture", capture)

    def capture_settle(self, capture: dict[str, Any], status: str) -> dict[str, Any]:
        """Decide a pending capture; ValueError for one that is decided."""
        if capture["status"] != "PENDING" or status not in {"COMPLETED", "DECLINED"}:
            raise ValueError(f"A capture that is {capture['status']} cannot become {status}.")
        capture |= {"status": status, "update_time": self.stamp()}
        capture.pop("status_details")
        if status == "COMPLETED":
            capture["seller_receivable_breakdown"] = self.state.hidden[capture["id"]]["breakdown"]
        self._tell_capture(capture)
        return capture

    def authorization_capture(self, held: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        if held["status"] in {"CAPTURED", "VOIDED", "DENIED"}:
            raise Refusal({"VOIDED": "AUTHORIZATION_VOIDED"}.get(held["status"], "AUTHORIZATION_ALREADY_CAPTURED"))
        whole, currency = money.read(held["amount"], "/amount")
        hidden = self.state.hidden[held["id"]]
        left = whole - Decimal(hidden["taken"])
        value, given = money.read(asked["amount"], "/amount") if asked.get("amount") else (left, currency)
        if given != currency:
            raise Refusal("CURRENCY_MISMATCH", field="/amount/currency_code")
        if value > left:
            raise Refusal("MAX_CAPTURE_AMOUNT_EXCEEDED", field="/amount/value")
        unit = held | {name: asked[name] for name in ("invoice_id",) if name in asked}
        up = f"/v2/payments/authorizations/{held['id']}"
        capture = self._capture(value, currency, unit, hidden["order"], up)
        capture["final_capture"] = bool(asked.get("final_capture", False)) or value == left
        hidden["taken"] = str(Decimal(hidden["taken"]) + value)
        held["status"] = "CAPTURED" if capture["final_capture"] else "PARTIALLY_CAPTURED"
        order = self.get("order", hidden["order"])
        order["purchase_units"][0]["payments"].setdefault("captures", []).append(capture)
        return capture

    def authorization_void(self, held: dict[str, Any]) -> dict[str, Any]:
        if held["status"] == "VOIDED":
            raise Refusal("PREVIOUSLY_VOIDED")
        if held["status"] != "CREATED":
            raise Refusal("PREVIOUSLY_CAPTURED")
        held |= {"status": "VOIDED", "update_time": self.stamp()}
        self.sandbox.emit("PAYMENT.AUTHORIZATION.VOIDED", "authorization", held)
        return held

    # Refunds

    def refund(self, capture: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        """Give a capture back, whole or in part; never more than was taken and not given back yet."""
        hidden = self.state.hidden[capture["id"]]
        whole, currency = money.read(capture["amount"], "/amount")
        if capture["status"] == "REFUNDED":
            raise Refusal("CAPTURE_FULLY_REFUNDED")
        if capture["status"] not in {"COMPLETED", "PARTIALLY_REFUNDED"}:
            raise Refusal("REFUND_NOT_ALLOWED")
        left = whole - Decimal(hidden["refunded"])
        value, given = money.read(asked["amount"], "/amount") if asked.get("amount") else (left, currency)
        if given != currency:
            raise Refusal("REFUND_CAPTURE_CURRENCY_MISMATCH", field="/amount/currency_code")
        if value > left:
            raise Refusal("REFUND_AMOUNT_EXCEEDED", field="/amount/value")
        key, status = identifier(), self.state.kept.get("refund_status", "COMPLETED")
        amount = money.written(value, currency)
        refund = {
            "id": key, "status": status, "amount": amount, "create_time": self.stamp(), "update_time": self.stamp(),
            "seller_payable_breakdown": {
                "gross_amount": amount, "paypal_fee": money.written(Decimal(0), currency), "net_amount": amount,
                "total_refunded_amount": money.written(Decimal(hidden["refunded"]) + value, currency),
            },
            "links": [
                self.link(f"/v2/payments/refunds/{key}", "self"),
                self.link(f"/v2/payments/captures/{capture['id']}", "up"),
            ],
        } | {name: asked[name] for name in ("invoice_id", "custom_id", "note_to_payer") if name in asked}  # fmt: skip
        if status == "PENDING":
            refund["status_details"] = {"reason": "ECHECK"}
        self.state.add(refund, kind="refund", capture=capture["id"])
        self._count(capture, value)
        order = self.get("order", hidden["order"])
        order["purchase_units"][0]["payments"].setdefault("refunds", []).append(refund)
        if status == "COMPLETED":
            self.sandbox.emit("PAYMENT.CAPTURE.REFUNDED", "refund", refund)
        return refund

    def _count(self, capture: dict[str, Any], value: Decimal) -> None:
        hidden = self.state.hidden[capture["id"]]
        refunded = Decimal(hidden["refunded"]) + value
        hidden["refunded"] = str(refunded)
        whole = refunded >= Decimal(capture["amount"]["value"])
        capture["status"] = "REFUNDED" if whole else "PARTIALLY_REFUNDED" if refunded else "COMPLETED"
        capture["update_time"] = self.stamp()

    def refund_settle(self, refund: dict[str, Any], status: str) -> dict[str, Any]:
        """Decide a pending refund; ValueError for one that is decided."""
        if refund["status"] != "PENDING" or status not in {"COMPLETED", "FAILED", "CANCELLED"}:
            raise ValueError(f"A refund that is {refund['status']} cannot become {status}.")
        refund |= {"status": status, "update_time": self.stamp()}
        refund.pop("status_details")
        if status == "COMPLETED":
            self.sandbox.emit("PAYMENT.CAPTURE.REFUNDED", "refund", refund)
        else:
            capture = self.get("capture", self.state.hidden[refund["id"]]["capture"])
            self._count(capture, -Decimal(refund["amount"]["value"]))
            self.sandbox.emit("PAYMENT.REFUND.FAILED", "refund", refund)
        return refund
