"""Asking for money, taking it, giving it back. Writes are committed before a provider is asked, and results come after."""

from billing.payments.services.accounts import account_save, accounts_by_hand_ensure
from billing.payments.services.applying import payment_apply
from billing.payments.services.capturing import authorisation_renew, capture_submit, payment_cancel, payment_capture
from billing.payments.services.failing import payment_failed
from billing.payments.services.hearing import event_apply, payment_find, payment_pursue
from billing.payments.services.links import (
    Asked,
    payment_link_begin,
    payment_link_create,
    payment_link_resolve,
    payment_link_returned,
    payment_link_revoke,
    payment_link_token,
)
from billing.payments.services.payouts import payout_apply, payouts_take
from billing.payments.services.reconciling import Difference, reconcile
from billing.payments.services.refunding import refund_start, refund_submit, refundable_minor
from billing.payments.services.requesting import (
    Exchange,
    Way,
    checkout_start,
    payment_charge_saved,
    payment_request,
    payment_take_manual,
)
from billing.payments.services.saving import card_remove, virtual_card_keep
from billing.payments.services.schedules import Schedule, Step, balances_charge, dun, schedule_of
from billing.payments.services.submitting import payment_submit, payment_sync
from billing.payments.services.surplus import overpaid_minor, page_close, pages_close, surplus_return

__all__ = [
    "Asked",
    "Difference",
    "Exchange",
    "Schedule",
    "Step",
    "Way",
    "account_save",
    "accounts_by_hand_ensure",
    "authorisation_renew",
    "balances_charge",
    "capture_submit",
    "card_remove",
    "checkout_start",
    "dun",
    "event_apply",
    "overpaid_minor",
    "page_close",
    "pages_close",
    "payment_apply",
    "payment_cancel",
    "payment_capture",
    "payment_charge_saved",
    "payment_failed",
    "payment_find",
    "payment_link_begin",
    "payment_link_create",
    "payment_link_resolve",
    "payment_link_returned",
    "payment_link_revoke",
    "payment_link_token",
    "payment_pursue",
    "payment_request",
    "payment_submit",
    "payment_sync",
    "payment_take_manual",
    "payout_apply",
    "payouts_take",
    "reconcile",
    "refund_start",
    "refund_submit",
    "refundable_minor",
    "schedule_of",
    "surplus_return",
    "virtual_card_keep",
]
