"""What every payment provider can do, in words that are no provider's own. Amounts are Money, instants UTC.

A provider's code knows no model and no database: it gets frozen values, returns frozen values, and raises nothing but
ProviderError. Every call that changes something carries `key`, our own id of what is done: the same key is the same deed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from pms.kernel.money import Money


class ProviderError(Exception):
    """The provider refused (`permanent`: trying again is useless) or did not answer (nobody knows whether it was done)."""

    def __init__(self, *, permanent: bool, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.permanent = permanent
        self.code = code
        self.message = message


class Outcome(StrEnum):
    """Where a payment stands at the provider."""

    WAITING = "waiting"  # for the guest, on the provider's page
    REQUIRES_ACTION = "requires_action"  # the bank asks the guest
    PROCESSING = "processing"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    SAVED = "saved"  # a card for later, no money
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class RefundOutcome(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class DisputeOutcome(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    #: The bank only asked; no money moved.
    INQUIRY = "inquiry"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an account of ours has at a provider. Secrets never show in a repr.

    `webhook_secrets` are the newest first: what was signed with the one before still counts for a while.
    """

    public_key: str = ""
    secret_key: str = field(default="", repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    connected_account: str = ""
    webhook_id: str = ""


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A card that the provider keeps for us; all that we ever know of it."""

    customer_id: str
    method_id: str
    brand: str = ""
    last4: str = ""
    expires_year: int | None = None
    expires_month: int | None = None
    mandate: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be paid. `attempt` counts how often a saved card was tried; `payment_id` names the attempt before.

    `amount` of zero with `save_card` only keeps a card. `moto`: the guest told the card by phone or mail (T41).
    """

    key: str
    amount: Money
    description: str
    reference: str
    created_at: datetime
    return_url: str = ""
    cancel_url: str = ""
    email: str = ""
    capture_later: bool = False
    save_card: bool = False
    card: SavedCard | None = None
    moto: bool = False
    attempt: int = 1
    payment_id: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """How a payment of ours can be found: by our key, and by the provider's ids as far as they have come."""

    key: str
    created_at: datetime
    payment_id: str = ""
    checkout_id: str = ""


@dataclass(frozen=True, slots=True)
class ProviderCapture:
    """Money taken. Several belong to one payment where it was taken in parts. `refunded_minor` as far as it is known."""

    capture_id: str
    amount: Money
    refunded_minor: int = 0

    @property
    def left_minor(self) -> int:
        """What can still be given back of it."""
        return self.amount.minor - self.refunded_minor


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """Money given back; `key` is ours, or empty when somebody did it on the provider's own pages."""

    refund_id: str
    amount: Money
    outcome: RefundOutcome
    key: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProviderDispute:
    """A guest's bank that wants the money back."""

    dispute_id: str
    amount: Money
    outcome: DisputeOutcome
    reason: str = ""
    respond_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """All that the provider says of one payment at one moment."""

    outcome: Outcome
    amount: Money
    key: str = ""
    payment_id: str = ""
    checkout_id: str = ""
    checkout_url: str = ""
    #: Hidden fields to send along to checkout_url, where the provider's page wants a form rather than a link.
    checkout_fields: tuple[tuple[str, str], ...] = ()
    expires_at: datetime | None = None
    authorised_until: datetime | None = None
    captures: tuple[ProviderCapture, ...] = ()
    refunds: tuple[ProviderRefund, ...] = ()
    disputes: tuple[ProviderDispute, ...] = ()
    card: SavedCard | None = None
    error_code: str = ""
    error_message: str = ""

    @property
    def captured_minor(self) -> int:
        """What was taken in all, minor units of the payment's currency."""
        return sum(capture.amount.minor for capture in self.captures)

    def capture_for(self, amount: Money) -> ProviderCapture:
        """Return the first capture that so much can be given back of. Raises ProviderError `refund_above_capture`."""
        for capture in self.captures:
            if capture.left_minor >= amount.minor:
                return capture
        raise ProviderError(
            permanent=True, code="refund_above_capture", message="No single capture at the provider has so much left."
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """What a webhook message is about. Never more: what is true is fetched.

    `is_known` says whether it concerns payments at all.
    """

    event_id: str
    kind: str
    is_known: bool
    key: str = ""
    payment_id: str = ""
    checkout_id: str = ""
    external_account: str = ""
    payout_id: str = ""


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """What a payout consists of. `gross` is in the currency that was paid in, the rest in the payout's."""

    line_id: str
    kind: str  # charge, refund, dispute, fee, other
    gross: Money
    settled: Money
    fee_minor: int
    net_minor: int
    payment_id: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ProviderPayout:
    """A transfer of what was collected to the bank account."""

    payout_id: str
    amount: Money
    status: str  # pending, in_transit, paid, failed, canceled
    arrives_on: date
    lines: tuple[PayoutLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a provider cannot be asked for everywhere."""

    #: Nothing is asked over the network: whoever takes the money says so.
    by_hand: bool = False
    authorises: bool = True
    captures_in_parts: bool = False
    saves_cards: bool = False
    moto: bool = False
    connected_accounts: bool = False
    payouts: bool = False


class Provider(Protocol):
    """One payment provider. Whoever adds one copies the nearest folder and lets the contract tests run against it."""

    name: str
    abilities: Abilities

    def create(self, credentials: Credentials, order: Order) -> ProviderPayment:
        """Begin a payment: a page for the guest, or a saved card that is charged at once. A refusal by the bank is a
        result (FAILED, REQUIRES_ACTION), no error."""
        ...

    def fetch(self, credentials: Credentials, known: Known) -> ProviderPayment | None:
        """Return what is true of a payment, with its captures, refunds and disputes; None when it never arrived there."""
        ...

    def capture(
        self, credentials: Credentials, known: Known, *, key: str, amount: Money, is_last: bool
    ) -> ProviderPayment:
        """Take an authorised amount, all or a part of it; what is left is let go when `is_last`."""
        ...

    def cancel(self, credentials: Credentials, known: Known, *, key: str) -> ProviderPayment:
        """Let go of what was not captured; the guest's page is closed."""
        ...

    def refund(
        self, credentials: Credentials, payment: ProviderPayment, *, key: str, amount: Money, reason: str
    ) -> ProviderRefund:
        """Give back a part or all of what was captured."""
        ...

    def verify_webhook(
        self, credentials: Credentials, body: bytes, headers: Mapping[str, str], *, now: datetime
    ) -> None:
        """Return if the message (header names in lower case) is proved. ProviderError `bad_signature`, `too_old`."""
        ...

    def parse_event(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Return what a message is about. ProviderError `bad_message` for what is none."""
        ...

    def fingerprint(self, body: bytes) -> bytes:
        """Return what two deliveries of the same message share."""
        ...

    def list_since(self, credentials: Credentials, since: datetime) -> Sequence[ProviderPayment]:
        """Return every payment begun since then, ours or not, with captures and refunds."""
        ...

    def payouts_since(self, credentials: Credentials, since: datetime) -> Sequence[ProviderPayout]:
        """Return every payout begun since then, with its lines."""
        ...
