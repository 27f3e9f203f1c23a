from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from billing.payments.providers.amounts import to_decimal
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
from billing.payments.providers.paypal.client import ask
from billing.payments.providers.paypal.events import notice_of, proved
from billing.payments.providers.paypal.reading import payment_of, refund_of
from pms.kernel.money import Money

#: Currencies that PayPal takes without decimals.
WHOLE = frozenset({"HUF", "JPY", "TWD"})
LONGEST_DESCRIPTION = 127


class PayPalProvider:
    """PayPal, with keys of the house's own."""

    name = "paypal"
    abilities = Abilities(captures_in_parts=True)

    def create(self, credentials: Credentials, order: Order) -> ProviderPayment:
        """Make an order that the guest approves on PayPal's page."""
        if order.card is not None or order.amount.minor == 0:
            raise ProviderError(permanent=True, code="unsupported", message="PayPal keeps no cards for us.")
        experience = {
            "return_url": order.return_url,
            "cancel_url": order.cancel_url,
            "user_action": "PAY_NOW",
            "shipping_preference": "NO_SHIPPING",
        }
        body = {
            "intent": "AUTHORIZE" if order.capture_later else "CAPTURE",
            "purchase_units": [
                {
                    "reference_id": order.reference,
                    "custom_id": order.key,
                    "description": order.description[:LONGEST_DESCRIPTION],
                    "amount": _amount(order.amount),
                }
            ],
            "payment_source": {"paypal": {"experience_context": experience}},
        }
        return payment_of(ask(credentials, "POST", "/v2/checkout/orders", key=order.key, body=body))

    def fetch(self, credentials: Credentials, known: Known) -> ProviderPayment | None:
        """Read the order with what was captured and refunded of it. None where its id never reached us.

        PayPal cannot be searched by our id. `create` with the same key finds the order again for as long as PayPal
        remembers the key (six hours); after that nobody can have paid: a page nobody was sent to.
        """
        if not known.checkout_id:
            return None
        return payment_of(ask(credentials, "GET", f"/v2/checkout/orders/{known.checkout_id}"))

    def capture(
        self, credentials: Credentials, known: Known, *, key: str, amount: Money, is_last: bool
    ) -> ProviderPayment:
        """Capture an approved order, or a part of an authorisation."""
        order = ask(credentials, "GET", f"/v2/checkout/orders/{known.checkout_id}")
        if order["intent"] == "CAPTURE":
            if order["status"] == "APPROVED":
                order = ask(credentials, "POST", f"/v2/checkout/orders/{known.checkout_id}/capture", key=key, body={})
            return payment_of(order)
        held = payment_of(order).payment_id
        if order["status"] == "APPROVED":
            order = ask(
                credentials, "POST", f"/v2/checkout/orders/{known.checkout_id}/authorize", key=f"{key}-hold", body={}
            )
            held = payment_of(order).payment_id
        body = {"amount": _amount(amount), "final_capture": is_last}
        ask(credentials, "POST", f"/v2/payments/authorizations/{held}/capture", key=key, body=body)
        return payment_of(ask(credentials, "GET", f"/v2/checkout/orders/{known.checkout_id}"))

    def cancel(self, credentials: Credentials, known: Known, *, key: str) -> ProviderPayment:
        """Let an authorisation go; an order that nobody approved simply ends."""
        if not known.checkout_id:
            return ProviderPayment(Outcome.CANCELLED, Money(0, "EUR"), key=known.key)
        found = payment_of(ask(credentials, "GET", f"/v2/checkout/orders/{known.checkout_id}"))
        if found.captures:
            return found
        if found.outcome == Outcome.AUTHORISED and found.payment_id:
            ask(credentials, "POST", f"/v2/payments/authorizations/{found.payment_id}/void", key=key)
        return ProviderPayment(Outcome.CANCELLED, found.amount, found.key, found.payment_id, found.checkout_id)

    def refund(
        self, credentials: Credentials, payment: ProviderPayment, *, key: str, amount: Money, reason: str
    ) -> ProviderRefund:
        """Refund of the first capture that has so much left."""
        capture = payment.capture_for(amount)
        body = {"amount": _amount(amount), "custom_id": key}
        path = f"/v2/payments/captures/{capture.capture_id}/refund"
        return refund_of(ask(credentials, "POST", path, key=key, body=body), amount)

    def verify_webhook(
        self, credentials: Credentials, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> None:
        """Have PayPal itself check the signature over the untouched message; see events.proved."""
        proved(credentials, body, headers, now=now)

    def parse_event(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Return what an event is about."""
        return notice_of(body)

    def fingerprint(self, body: bytes) -> bytes:
        """Return the body: a message that is sent again is the same."""
        return body

    def list_since(self, credentials: Credentials, since: datetime) -> Sequence[ProviderPayment]:
        """Return nothing: PayPal lists no orders; ours are read one by one."""
        return ()

    def payouts_since(self, credentials: Credentials, since: datetime) -> Sequence[ProviderPayout]:
        """Return nothing: what lies at PayPal is transferred by hand."""
        return ()


def _amount(amount: Money) -> dict[str, Any]:
    return {"currency_code": amount.currency, "value": to_decimal(amount, whole=WHOLE)}
