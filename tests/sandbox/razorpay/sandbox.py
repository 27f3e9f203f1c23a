"""The stand-in for Razorpay. Amounts are integer minor units; times are seconds since 1970 UTC."""

import hashlib
import hmac
import json
import re
import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from tests.sandbox.core.faults import Fault
from tests.sandbox.core.http import Answer, Request
from tests.sandbox.core.provider import Provider
from tests.sandbox.core.state import State, token
from tests.sandbox.core.webhooks import Delivery
from tests.sandbox.razorpay import entities, pages
from tests.sandbox.razorpay.entities import Refusal, collection

KEY, SECRET = "rzp_test_sandbox", "sandbox_key_secret"
#: An authorised payment that nobody captures goes back after this time; with the real one it is a setting.
CAPTURE_SECONDS = 5 * 24 * 3600


def signature(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


class RazorpaySandbox(Provider):
    """One merchant, opened by KEY and SECRET. `listener` is told everything; its secret is not the key's."""

    title: ClassVar[str] = "Razorpay"
    page_paths: ClassVar[tuple[str, ...]] = ("/v1/checkout/embedded", "/c/")

    def __init__(
        self, *, public_url: str, state: State | None = None, listener: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(public_url=public_url, state=state, listener=listener)
        self._running: set[str] = set()

    def refusal(self, status: int, message: str) -> Answer:
        code = "BAD_REQUEST_ERROR" if status == 429 else "SERVER_ERROR"
        return Answer.of_json({"error": {"code": code, "description": message}}, status)

    def respond(self, request: Request, fault: Fault | None) -> Answer:
        if request.path.startswith(self.page_paths):
            with self.state.lock:
                return pages.respond(self, request)
        try:
            _authenticate(request.headers)
            with self._one_at_a_time(request.headers.get("x-refund-idempotency")):
                if fault and fault.kind == "hang":
                    time.sleep(fault.seconds)
                with self.state.lock:
                    return Answer.of_json(self._do(request))
        except Refusal as refusal:
            return refusal.answer()
        except json.JSONDecodeError:
            return Refusal("The request body is no JSON.").answer()

    @contextmanager
    def _one_at_a_time(self, key: str | None) -> Iterator[None]:
        """Refuse with 409 while another call with the same idempotency key is under way."""
        with self.state.lock:
            if key in self._running:
                raise Refusal("A request with this idempotency key is still under way.", status=409)
            if key:
                self._running.add(key)
        try:
            yield
        finally:
            self._running.discard(key or "")

    def _do(self, request: Request) -> dict[str, Any]:  # noqa: PLR0911 (a table)
        asked = request.json()
        match request.method, request.path.strip("/").split("/")[1:]:
            case "POST", ["orders"]:
                return self.order_create(asked)
            case "GET", ["orders", identifier]:
                return self.get("order", identifier)
            case "GET", ["orders", identifier, "payments"]:
                return collection(self.find("payment", order_id=self.get("order", identifier)["id"]))
            case "GET", ["payments", identifier]:
                return self.get("payment", identifier)
            case "POST", ["payments", identifier, "capture"]:
                return self.capture(self.get("payment", identifier), asked)
            case "POST", ["payments", identifier, "refund"]:
                return self.refund_once(self.get("payment", identifier), asked, request.headers)
            case "GET", ["payments", identifier, "refunds"]:
                return collection(self.find("refund", payment_id=self.get("payment", identifier)["id"]))
            case "GET", ["refunds", identifier] | ["payments", _, "refunds", identifier]:
                return self.get("refund", identifier)
        raise Refusal("The requested URL was not found on the server.", status=404)

    # Reading

    def get(self, kind: str, identifier: str) -> dict[str, Any]:
        """Return an entity; refuse when there is none."""
        body = self.state.objects.get(identifier)
        if body is None or body["entity"] != kind:
            raise Refusal("The id provided does not exist")
        self.state.changed = True
        return body

    def find(self, kind: str, **having: Any) -> list[dict[str, Any]]:
        return [
            body
            for body in reversed(self.state.objects.values())
            if body["entity"] == kind and all(body[name] == value for name, value in having.items())
        ]

    # Orders and payments

    def order_create(self, asked: dict[str, Any]) -> dict[str, Any]:
        amount = asked.get("amount")
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise Refusal("The amount must be an integer.", field="amount")
        if amount < 100:
            raise Refusal("Order amount less than minimum amount allowed", field="amount")
        if not re.fullmatch(r"[A-Z]{3}", str(asked.get("currency"))):
            raise Refusal("The currency field is required.", field="currency")
        if len(str(asked.get("receipt") or "")) > 40:
            raise Refusal("The receipt may not be greater than 40 characters.", field="receipt")
        automatic = (asked.get("payment") or {}).get("capture", "automatic") == "automatic"
        return self.state.add(entities.order(asked, self.state.now()), automatic=automatic)

    def pay(self, order: dict[str, Any], last4: str, email: str | None, decline: str = "") -> dict[str, Any]:
        """Try a card for an order: authorised, captured at once where the order says so, or failed."""
        order["attempts"] += 1
        payment = self.state.add(entities.payment(order, last4, email, self.state.now()))
        if order["status"] != "paid":
            order["status"] = "attempted"
        if decline:
            payment |= {
                "status": "failed", "error_code": "BAD_REQUEST_ERROR", "error_description": decline,
                "error_source": "issuer_bank", "error_step": "payment_authorization", "error_reason": "payment_failed",
            }  # fmt: skip
            self.emit("payment.failed", payment=payment)
            return payment
        payment |= {"status": "authorized", "acquirer_data": {"auth_code": token("", 6)}}
        self.emit("payment.authorized", payment=payment)
        if self.state.hidden[order["id"]]["automatic"]:
            self.capture(payment, {"amount": payment["amount"], "currency": payment["currency"]})
        return payment

    def capture(self, payment: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        """Take an authorised payment, whole: a part cannot be captured."""
        if payment["captured"]:
            raise Refusal("This payment has already been captured")
        if payment["status"] != "authorized":
            raise Refusal("Only payments which have been authorized and not yet captured can be captured")
        if asked.get("amount") != payment["amount"]:
            raise Refusal("Capture amount must be equal to the amount authorized", field="amount")
        if asked.get("currency", payment["currency"]) != payment["currency"]:
            raise Refusal("The currency should match the currency of the payment", field="currency")
        fee = (payment["amount"] * 236 + 5000) // 10_000
        payment |= {"status": "captured", "captured": True, "fee": fee, "tax": (fee * 18 + 59) // 118}
        order = self.get("order", payment["order_id"])
        order |= {"status": "paid", "amount_paid": payment["amount"], "amount_due": 0}
        self.emit("payment.captured", payment=payment)
        self.emit("order.paid", payment=payment, order=order)
        return payment

    # Refunds

    def refund_once(self, payment: dict[str, Any], asked: dict[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        """Refund once for each idempotency key: the key's first refund comes again, another body is refused."""
        key = headers.get("x-refund-idempotency")
        if key is None:
            return self.refund(payment, asked)
        if not re.fullmatch(r"[A-Za-z0-9_-]{10,}", key):
            raise Refusal("The idempotency key must have at least 10 characters: letters, digits, hyphen, underscore.")
        kept = self.state.kept.setdefault("keys", {})
        meant = json.dumps([payment["id"], asked], sort_keys=True)
        if key not in kept:
            kept[key] = {"meant": meant, "refund": self.refund(payment, asked)["id"]}
        elif kept[key]["meant"] != meant:
            raise Refusal("Different request body sent for the same Idempotency Header")
        return self.get("refund", kept[key]["refund"])

    def refund(self, payment: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
        if payment["status"] == "refunded":
            raise Refusal("The payment has been fully refunded already")
        if not payment["captured"]:
            raise Refusal("The payment status should be captured for action to be taken")
        left = payment["amount"] - payment["amount_refunded"]
        amount = asked.get("amount", left)
        if isinstance(amount, bool) or not isinstance(amount, int) or amount < 100:
            raise Refusal("The amount must be at least INR 1.00", field="amount")
        if amount > left:
            raise Refusal("The total refund amount is greater than the refund payment amount", field="amount")
        status = self.state.kept.get("refund_status", "processed")
        refund = self.state.add(entities.refund(payment, amount, asked, self.state.now(), status))
        self._count(payment, amount)
        self.emit("refund.created", refund=refund, payment=payment)
        if status == "processed":
            refund["acquirer_data"]["arn"] = token("", 14)
            self.emit("refund.processed", refund=refund, payment=payment)
        return refund

    def _count(self, payment: dict[str, Any], amount: int) -> None:
        payment["amount_refunded"] += amount
        whole = payment["amount_refunded"] >= payment["amount"]
        payment["refund_status"] = "full" if whole else "partial" if payment["amount_refunded"] else None
        payment["status"] = "refunded" if whole else "captured"

    def refund_settle(self, refund: dict[str, Any], status: str) -> dict[str, Any]:
        """Let a pending refund be processed or fail; ValueError for one that is decided."""
        if refund["status"] != "pending" or status not in {"processed", "failed"}:
            raise ValueError(f"A refund that is {refund['status']} cannot become {status}.")
        refund["status"] = status
        payment = self.get("payment", refund["payment_id"])
        if status == "failed":
            self._count(payment, -refund["amount"])
            refund["speed_processed"] = None
        self.emit(f"refund.{status}", refund=refund, payment=payment)
        return refund

    # Time, webhooks, control

    def pass_time(self) -> None:
        """Give back what was authorised and never captured."""
        for payment in self.find("payment", status="authorized"):
            if payment["created_at"] + CAPTURE_SECONDS <= self.state.now():
                payment |= {"status": "refunded", "amount_refunded": payment["amount"], "refund_status": "full"}
                refund = entities.refund(payment, payment["amount"], {}, self.state.now(), "processed")
                self.emit("refund.created", refund=self.state.add(refund), payment=payment)

    def emit(self, kind: str, **carried: dict[str, Any]) -> None:
        """Tell the listener, signed with the secret of this moment: a retry keeps it though the secret changes."""
        if not self.listener:
            return
        secret, identifier = self.listener["secret"], token("", 14)
        event = {
            "entity": "event", "account_id": "acc_sandbox0000000", "event": kind, "contains": list(carried),
            "payload": {name: {"entity": body} for name, body in carried.items()}, "created_at": self.state.now(),
        }  # fmt: skip
        body = json.dumps(event, separators=(",", ":")).encode()
        headers = {"X-Razorpay-Signature": signature(secret, body), "X-Razorpay-Event-Id": identifier}
        self.webhooks.send(Delivery(identifier, kind, self.listener["url"], body, lambda _: headers))

    def command(self, name: str, settings: dict[str, Any]) -> Any:
        match name:
            case "POST listener":
                self.listener = {"url": settings["url"], "secret": settings["secret"]} if settings else None
            case "POST refunds":
                self.state.kept["refund_status"] = settings["status"]
            case "POST refunds/settle":
                return self.refund_settle(self.get("refund", settings["refund"]), settings["status"])
            case _:
                raise KeyError(name)
        return None


def _authenticate(headers: Mapping[str, str]) -> None:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    try:
        right = scheme == "Basic" and b64decode(given).decode() == f"{KEY}:{SECRET}"
    except (NotBase64, UnicodeDecodeError):
        right = False
    if not right:
        raise Refusal("Authentication failed", status=401)
