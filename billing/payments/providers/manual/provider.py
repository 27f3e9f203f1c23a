from collections.abc import Mapping, Sequence
from datetime import datetime

from billing.payments.providers.base import (
    Abilities,
    Credentials,
    Known,
    Notice,
    Order,
    Outcome,
    ProviderCapture,
    ProviderError,
    ProviderPayment,
    ProviderPayout,
    ProviderRefund,
    RefundOutcome,
)
from pms.kernel.money import Money


class ManualProvider:
    """Takes what it is told: a payment is captured when somebody says so, and a refund is done when it is said."""

    name = "manual"
    abilities = Abilities(by_hand=True, authorises=False)

    def create(self, credentials: Credentials, order: Order) -> ProviderPayment:
        """Return the payment as captured."""
        taken = ProviderCapture(order.key, order.amount)
        return ProviderPayment(Outcome.CAPTURED, order.amount, key=order.key, payment_id=order.key, captures=(taken,))

    def fetch(self, credentials: Credentials, known: Known) -> ProviderPayment | None:
        """Return None: there is nobody to ask."""
        return None

    def capture(
        self, credentials: Credentials, known: Known, *, key: str, amount: Money, is_last: bool
    ) -> ProviderPayment:
        """Refuse: nothing is ever only authorised."""
        raise _unsupported()

    def cancel(self, credentials: Credentials, known: Known, *, key: str) -> ProviderPayment:
        """Refuse: money that lies in the drawer is refunded."""
        raise _unsupported()

    def refund(
        self, credentials: Credentials, payment: ProviderPayment, *, key: str, amount: Money, reason: str
    ) -> ProviderRefund:
        """Return the refund as done."""
        return ProviderRefund(key, amount, RefundOutcome.SUCCEEDED, key=key, reason=reason)

    def verify_webhook(
        self, credentials: Credentials, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> None:
        """Refuse: nobody sends anything."""
        raise ProviderError(
            permanent=True, code="bad_signature", message="Nobody sends messages about manual payments."
        )

    def parse_event(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Refuse: nobody sends anything."""
        raise ProviderError(permanent=True, code="bad_message", message="Nobody sends messages about manual payments.")

    def fingerprint(self, body: bytes) -> bytes:
        """Return the body."""
        return body

    def list_since(self, credentials: Credentials, since: datetime) -> Sequence[ProviderPayment]:
        """Return nothing: there is nobody to ask."""
        return ()

    def payouts_since(self, credentials: Credentials, since: datetime) -> Sequence[ProviderPayout]:
        """Return nothing: the drawer is emptied by hand."""
        return ()


def _unsupported() -> ProviderError:
    return ProviderError(permanent=True, code="unsupported", message="A payment taken by hand has no such step.")
