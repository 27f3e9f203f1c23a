from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe

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
    SavedCard,
)
from billing.payments.providers.stripe.client import PAGE, client, every, told
from billing.payments.providers.stripe.events import fingerprint, notice, signature_check
from billing.payments.providers.stripe.payouts import payouts_since
from billing.payments.providers.stripe.reading import KEY, REFUND_KEY, note, payment_of, refund_of, session_of, setup_of
from pms.kernel.money import Money

#: Stripe's clock and ours may differ.
CLOCK_SKEW = timedelta(minutes=5)
#: What may be expanded into the answer of a payment.
_EXPAND = ["latest_charge", "payment_method"]


class StripeProvider:
    """Stripe, with keys of the house's own or as a connected account of the platform's."""

    name = "stripe"
    abilities = Abilities(saves_cards=True, moto=True, connected_accounts=True, payouts=True)

    def create(self, credentials: Credentials, order: Order) -> ProviderPayment:
        """Open a Checkout session, or charge a saved card off-session; see the Protocol.

        The idempotency key is our payment's id, and the parameters depend on the payment alone, so that a call whose
        answer was lost can simply be made again (for 24 hours).
        """
        if order.card is not None:
            return self._charge(credentials, order, order.card)
        with told():
            options: Any = {"idempotency_key": order.key}
            session = client(credentials).v1.checkout.sessions.create(_session_params(order), options)
        return session_of(session, order.amount)

    def _charge(self, credentials: Credentials, order: Order, card: SavedCard) -> ProviderPayment:
        intents = client(credentials).v1.payment_intents
        try:
            with told():
                options: Any = {"idempotency_key": order.key}
                if order.payment_id and order.attempt > 1:
                    options = {"idempotency_key": f"{order.key}-{order.attempt}"}
                    again: Any = {"payment_method": card.method_id, **_presence(order), "expand": _EXPAND}
                    made = intents.confirm(order.payment_id, again, options)
                else:
                    made = intents.create(_intent_params(order, card), options)
        except ProviderError as error:
            refused = error.__cause__
            if isinstance(refused, stripe.CardError) and refused.error is not None and refused.error.payment_intent:
                return payment_of(refused.error.payment_intent, refunds=(), disputes=())
            raise
        return payment_of(made, refunds=(), disputes=())

    def fetch(self, credentials: Credentials, known: Known) -> ProviderPayment | None:
        """Read the session, the payment, its refunds and disputes. Two to four calls.

        Without an id of Stripe's, the objects begun since are looked through for our own id.
        """
        api = client(credentials).v1
        with told():
            session = self._session(api, known) if known.checkout_id or not known.payment_id else None
            if session is None:
                intent = self._intent(api, known)
                return None if intent is None else self._whole(api, intent)
            if session.payment_intent:
                intent = api.payment_intents.retrieve(_id(session.payment_intent), {"expand": _EXPAND})
                return session_of(session, None, payment=self._whole(api, intent))
            if session.setup_intent:
                setup = api.setup_intents.retrieve(_id(session.setup_intent), {"expand": ["payment_method"]})
                return setup_of(session, setup)
            return session_of(session, None)

    def capture(
        self, credentials: Credentials, known: Known, *, key: str, amount: Money, is_last: bool
    ) -> ProviderPayment:
        """Capture all or a part, once: Stripe releases the rest (further parts are for few of its customers)."""
        params: Any = {"amount_to_capture": to_provider(amount), "expand": _EXPAND}
        api = client(credentials).v1
        with told():
            captured = api.payment_intents.capture(known.payment_id, params, {"idempotency_key": key})
            return self._whole(api, captured)

    def cancel(self, credentials: Credentials, known: Known, *, key: str) -> ProviderPayment:
        """Cancel the payment, or close the session when the guest has not begun."""
        api = client(credentials).v1
        with told():
            if not known.payment_id:
                session = self._session(api, known)
                if session is not None and session.status == "open":
                    options: Any = {"idempotency_key": key}
                    return session_of(api.checkout.sessions.expire(session.id, {}, options), None)
                found = self.fetch(credentials, known)
                if found is None:
                    return ProviderPayment(Outcome.CANCELLED, Money(0, "EUR"), key=known.key)
                return found
            cancelled = api.payment_intents.cancel(known.payment_id, {"expand": _EXPAND}, {"idempotency_key": key})
            return self._whole(api, cancelled)

    def refund(
        self, credentials: Credentials, payment: ProviderPayment, *, key: str, amount: Money, reason: str
    ) -> ProviderRefund:
        """Refund a part or all of what was captured."""
        params: Any = {
            "payment_intent": payment.payment_id,
            "amount": to_provider(amount),
            "metadata": {REFUND_KEY: key, KEY: payment.key},
        }
        with told():
            return refund_of(client(credentials).v1.refunds.create(params, {"idempotency_key": key}))

    def verify_webhook(
        self, credentials: Credentials, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> None:
        """Check the signature over the raw bytes with any of the secrets, and the age, in both directions."""
        signature_check(credentials, body, headers.get("stripe-signature", ""), now=now)

    def parse_event(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Return what an event is about."""
        return notice(body)

    def fingerprint(self, body: bytes) -> bytes:
        """Return the event without the count of endpoints it waits for, which differs between deliveries."""
        return fingerprint(body)

    def list_since(self, credentials: Credentials, since: datetime) -> Sequence[ProviderPayment]:
        """Return every PaymentIntent since then. Two calls for each that was paid."""
        api = client(credentials).v1
        with told():
            params: Any = {"created": {"gte": int(since.timestamp())}, "limit": PAGE, "expand": ["data.latest_charge"]}
            return [self._whole(api, intent) for intent in every(api.payment_intents.list(params))]

    def payouts_since(self, credentials: Credentials, since: datetime) -> Sequence[ProviderPayout]:
        """Return every payout since then, with the balance transactions in it."""
        with told():
            return payouts_since(client(credentials).v1, since)

    def _session(self, api: Any, known: Known) -> Any:
        if known.checkout_id:
            return api.checkout.sessions.retrieve(known.checkout_id)
        after = int((known.created_at.astimezone(UTC) - CLOCK_SKEW).timestamp())
        params = {"created": {"gte": after}, "limit": PAGE}
        mine = every(api.checkout.sessions.list(params), lambda each: each.client_reference_id == known.key)
        return mine[0] if mine else None

    def _intent(self, api: Any, known: Known) -> Any:
        if known.payment_id:
            return api.payment_intents.retrieve(known.payment_id, {"expand": _EXPAND})
        after = int((known.created_at.astimezone(UTC) - CLOCK_SKEW).timestamp())
        params = {"created": {"gte": after}, "limit": PAGE, "expand": ["data.latest_charge"]}
        mine = every(api.payment_intents.list(params), lambda each: note(each, KEY) == known.key)
        return mine[0] if mine else None

    def _whole(self, api: Any, intent: Any) -> ProviderPayment:
        """Return the payment with refunds and disputes, which are asked for only where there can be some."""
        if not intent.latest_charge:
            return payment_of(intent, refunds=(), disputes=())
        of_it = {"payment_intent": intent.id, "limit": PAGE}
        refunds = every(api.refunds.list(of_it)) if intent.amount_received else []
        disputes = every(api.disputes.list(of_it)) if intent.amount_received else []
        return payment_of(intent, refunds=refunds, disputes=disputes)


def _session_params(order: Order) -> Any:
    ours = {KEY: order.key, "reference": order.reference}
    params: dict[str, Any] = {
        "client_reference_id": order.key,
        "success_url": order.return_url,
        "cancel_url": order.cancel_url,
        "metadata": ours,
    }
    if order.email:
        params["customer_email"] = order.email
    if order.amount.minor == 0:
        return params | {
            "mode": "setup",
            "currency": order.amount.currency.lower(),
            "customer_creation": "always",
            "setup_intent_data": {"metadata": ours, "description": order.description},
        }
    payment: dict[str, Any] = {"metadata": ours, "description": order.description}
    if order.capture_later:
        payment["capture_method"] = "manual"
    if order.save_card:
        payment["setup_future_usage"] = "off_session"
        params["customer_creation"] = "always"
    price = {
        "currency": order.amount.currency.lower(),
        "unit_amount": to_provider(order.amount),
        "product_data": {"name": order.description},
    }
    return params | {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_intent_data": payment,
    }


def _intent_params(order: Order, card: SavedCard) -> Any:
    params = {
        "amount": to_provider(order.amount),
        "currency": order.amount.currency.lower(),
        "payment_method": card.method_id,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "confirm": True,
        "description": order.description,
        "metadata": {KEY: order.key, "reference": order.reference},
        "expand": _EXPAND,
        **_presence(order),
    }
    if card.customer_id:
        params["customer"] = card.customer_id
    if order.capture_later:
        params["capture_method"] = "manual"
    return params


def _presence(order: Order) -> dict[str, Any]:
    """Say that the guest is not there: by their mandate, or because they told the card by phone or mail (T41)."""
    return {"payment_method_options": {"card": {"moto": True}}} if order.moto else {"off_session": True}


def _id(value: Any) -> str:
    return "" if value is None else str(getattr(value, "id", value))
