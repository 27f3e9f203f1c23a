"""PaymentAccount, SavedMethod; PaymentIntent with Capture, Refund, Dispute; PaymentLink; payouts and reconciliations.

No row is ever deleted, and no amount ever changed: the database refuses it (the second migration).
"""

from billing.payments.models.accounts import PaymentAccount, SavedMethod
from billing.payments.models.payments import Capture, Dispute, PaymentIntent, Refund
from billing.payments.models.payouts import PayoutLine, ProviderPayout, Reconciliation
from billing.payments.models.requests import PaymentLink, PaymentReminder, ReceiptCounter

__all__ = [
    "Capture",
    "Dispute",
    "PaymentAccount",
    "PaymentIntent",
    "PaymentLink",
    "PaymentReminder",
    "PayoutLine",
    "ProviderPayout",
    "ReceiptCounter",
    "Reconciliation",
    "Refund",
    "SavedMethod",
]
