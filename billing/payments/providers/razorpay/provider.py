import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from billing.payments.providers.amounts import to_provider
from billing.payments.providers.base import (
    Abilities,
    Credentials,
    Known,
    Notice,
    Order,
    Outcome,
    ProviderError,
    ProviderPayment,
    ProviderPayout,
    ProviderRefund,
)
from billing.payments.providers.http import call
from billing.payments.providers.razorpay.reading import KEY, REFUND_KEY, is_taken, notice_of, payment_of, refund_of
from pms.kernel.money import Money

PAGE = 100
#: What Razorpay refuses a receipt longer than.
LONGEST_RECEIPT = 40


class RazorpayProvider:
    """Razorpay, with keys of the house's own."""

    name = "razorpay"
    abilities = Abilities()

    def create(self, credentials: Credentials, order: Order) -> ProviderPayment:
        """Make an order, or find the one that was made when the answer got lost; the guest pays on Razorpay's page."""
        if order.card is not None or order.amount.minor == 0:
            raise ProviderError(permanent=True, code="unsupported", message="Razorpay keeps no cards for us.")
        made = _order(credentials, order.key)
        if made is None:
            made = _ask(
                credentials,
                "POST",
                "orders",
                body={
                    "amount": to_provider(order.amount),
                    "currency": order.amount.currency,
                    "receipt": order.key[:LONGEST_RECEIPT],
                    "payment": {"capture": "manual" if order.capture_later else "automatic"},
                    "notes": {KEY: order.key, "reference": order.reference},
                },
            )
        return payment_of(made, [], {}, page=_page(credentials, order, made))

    def fetch(self, credentials: Credentials, known: Known) -> ProviderPayment | None:
        """Read the order, the attempts to pay it, and the refunds of what was paid. Two calls and one per paid attempt."""
        known_by = known.checkout_id
        order = _ask(credentials, "GET", f"orders/{known_by}") if known_by else _order(credentials, known.key)
        return None if order is None else _whole(credentials, order)

    def capture(
        self, credentials: Credentials, known: Known, *, key: str, amount: Money, is_last: bool
    ) -> ProviderPayment:
        """Capture what was authorised, all of it: Razorpay knows no part."""
        body = {"amount": to_provider(amount), "currency": amount.currency}
        try:
            _ask(credentials, "POST", f"payments/{known.payment_id}/capture", body=body)
        except ProviderError as refusal:
            # There is no idempotency key: what was captured by the call before is refused, and is what we wanted.
            found = self.fetch(credentials, known)
            if not refusal.permanent or found is None or found.outcome != Outcome.CAPTURED:
                raise
            return found
        found = self.fetch(credentials, known)
        if found is None:
            raise ProviderError(permanent=False, code="no_answer", message="The payment is not to be found.")
        return found

    def cancel(self, credentials: Credentials, known: Known, *, key: str) -> ProviderPayment:
        """Return what is there: an order cannot be cancelled, and what is not captured goes back by itself."""
        found = self.fetch(credentials, known)
        if found is None or found.captures:
            return found or ProviderPayment(Outcome.CANCELLED, Money(0, "INR"), key=known.key)
        return ProviderPayment(Outcome.CANCELLED, found.amount, found.key, found.payment_id, found.checkout_id)

    def refund(
        self, credentials: Credentials, payment: ProviderPayment, *, key: str, amount: Money, reason: str
    ) -> ProviderRefund:
        """Refund a part or all of what was captured."""
        body = {"amount": to_provider(amount), "notes": {REFUND_KEY: key, KEY: payment.key}}
        path = f"payments/{payment.capture_for(amount).capture_id}/refund"
        return refund_of(_ask(credentials, "POST", path, body=body, headers={"X-Refund-Idempotency": key}))

    def verify_webhook(
        self, credentials: Credentials, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> None:
        """Check the signature over the raw bytes; retries after a change of secret still carry the old one's."""
        given = headers.get("x-razorpay-signature", "")
        if not any(hmac.compare_digest(_signature(secret, body), given) for secret in credentials.webhook_secrets):
            raise ProviderError(permanent=True, code="bad_signature", message="The signature is not Razorpay's.")

    def parse_event(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Return what an event is about; its id is in the headers, else its content is."""
        given = headers.get("x-razorpay-event-id") or hashlib.sha256(body).hexdigest()
        return notice_of(body, given)

    def fingerprint(self, body: bytes) -> bytes:
        """Return the body: a message that is sent again is the same."""
        return body

    def list_since(self, credentials: Credentials, since: datetime) -> Sequence[ProviderPayment]:
        """Return every order since then that somebody tried to pay."""
        query = {"from": int(since.timestamp()), "count": PAGE}
        orders: list[Any] = []
        while True:
            page = _ask(credentials, "GET", "orders", query={**query, "skip": len(orders)})["items"]
            orders += page
            if len(page) < PAGE:
                break
        return [_whole(credentials, order) for order in orders if order["status"] != "created"]

    def payouts_since(self, credentials: Credentials, since: datetime) -> Sequence[ProviderPayout]:
        """Return nothing: settlements are not read yet."""
        return ()


def checkout_signature(secret_key: str, *, order_id: str, payment_id: str) -> str:
    """Return what Razorpay's page signs its answer with. The order id must be the one we stored, not the one sent back."""
    return _signature(secret_key, f"{order_id}|{payment_id}".encode())


def _signature(secret: str, content: bytes) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def _ask(credentials: Credentials, method: str, path: str, **sent: Any) -> Any:
    url = f"{settings.RAZORPAY_API_BASE}/v1/{path}"
    return call(method, url, auth=(credentials.public_key, credentials.secret_key), **sent)


def _order(credentials: Credentials, key: str) -> Any:
    found = _ask(credentials, "GET", "orders", query={"receipt": key[:LONGEST_RECEIPT], "count": PAGE})["items"]
    # The filter is theirs; which order is ours we see for ourselves.
    mine = [each for each in found if each.get("receipt") == key[:LONGEST_RECEIPT]]
    return mine[0] if mine else None


def _whole(credentials: Credentials, order: Any) -> ProviderPayment:
    attempts = _ask(credentials, "GET", f"orders/{order['id']}/payments")["items"]
    refunds = {
        attempt["id"]: _ask(credentials, "GET", f"payments/{attempt['id']}/refunds", query={"count": PAGE})["items"]
        for attempt in attempts
        if is_taken(attempt)
    }
    return payment_of(order, attempts, refunds, page=("", ()))


def _page(credentials: Credentials, order: Order, made: Any) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the address of Razorpay's hosted page and what the form that leads there carries."""
    fields = {
        "key_id": credentials.public_key,
        "amount": str(made["amount"]),
        "currency": made["currency"],
        "order_id": made["id"],
        "description": order.description,
        "prefill[email]": order.email,
        "callback_url": order.return_url,
        "cancel_url": order.cancel_url,
    }
    return f"{settings.RAZORPAY_API_BASE}/v1/checkout/embedded", tuple(fields.items())
