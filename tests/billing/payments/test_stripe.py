"""Payments at Stripe over real HTTP: from the wish to the books, and what guests, banks and desks do on the way."""

import pytest

from billing.folios.selectors import folio_findings
from billing.payments.enums import CaptureMode, PaymentStatus, Purpose, RefundStatus
from billing.payments.services import (
    checkout_start,
    payment_capture,
    payment_charge_saved,
    payment_pursue,
    payment_sync,
    refund_start,
    refund_submit,
)
from pms.kernel.errors import Conflict
from pms.kernel.money import Money
from tests.billing.payments.conftest import PAGES
from tests.house import TESTER, refused


def begin(folio, account, minor=10_000, currency="EUR", **more):
    """Begin a payment on the provider's page."""
    more.setdefault("purpose", Purpose.DEPOSIT)
    return checkout_start(folio=folio, account=account, amount=Money(minor, currency), actor=TESTER, **PAGES, **more)


def pay(folio, account, sandbox, minor=10_000, card="4242424242424242", **more):
    """Pay on the provider's page and come back."""
    payment = begin(folio, account, minor, **more)
    sandbox.pay(payment.checkout_url, card)
    return payment_sync(payment=payment)


def give_back(payment, minor, reason="The guest asked", **more):
    """Refund so much and send it."""
    refund = refund_start(payment=payment, amount=Money(minor, payment.currency), reason=reason, actor=TESTER, **more)
    return refund_submit(refund=refund)


def balance(folio):
    folio.refresh_from_db()
    return folio.balance_minor


def test_guest_pays_on_the_page(folio, stripe_account, stripe_sandbox):
    payment = begin(folio, stripe_account)
    assert (payment.status, payment.captured_minor, balance(folio)) == (PaymentStatus.SUBMITTED, 0, 0)
    stripe_sandbox.pay(payment.checkout_url)
    payment = payment_sync(payment=payment)
    assert (payment.status, payment.captured_minor, balance(folio)) == (PaymentStatus.CAPTURED, 10_000, -10_000)
    assert (payment.card_brand, payment.card_last4, payment.receipt_number) == ("visa", "4242", 1)
    payment_sync(payment=payment)
    assert (balance(folio), folio.postings.count()) == (-10_000, 1)
    assert folio_findings(property=folio.property) == []


def test_refunds_are_entries_of_their_own(folio, stripe_account, stripe_sandbox):
    """T38."""
    payment = pay(folio, stripe_account, stripe_sandbox)
    first, second = give_back(payment, 3_000), give_back(payment, 3_000)
    assert (first.status, second.status) == (RefundStatus.SUCCEEDED, RefundStatus.SUCCEEDED)
    assert first.provider_id != second.provider_id
    payment.refresh_from_db()
    assert (payment.refunded_minor, payment.status, balance(folio)) == (6_000, PaymentStatus.CAPTURED, -4_000)
    with refused("refund_above_captured"):
        give_back(payment, 4_001)
    give_back(payment, 4_000)
    assert balance(folio) == 0
    assert folio_findings(property=folio.property) == []


def test_refund_that_fails_later_gives_the_credit_back(folio, stripe_account, stripe_sandbox):
    payment = pay(folio, stripe_account, stripe_sandbox, card="4000000000005126")
    refund = give_back(payment, 10_000)
    assert (refund.status, balance(folio)) == (RefundStatus.SUCCEEDED, 0)
    stripe_sandbox.control(
        "POST", "refunds/settle", refund=refund.provider_id, status="failed", reason="lost_or_stolen_card"
    )
    payment = payment_sync(payment=payment)
    refund.refresh_from_db()
    assert (refund.status, payment.refunded_minor, balance(folio)) == (RefundStatus.FAILED, 0, -10_000)
    assert give_back(payment, 10_000).status == RefundStatus.SUCCEEDED


def test_hold_is_no_payment_and_is_captured_in_parts(folio, stripe_account, stripe_sandbox):
    """T39."""
    payment = pay(folio, stripe_account, stripe_sandbox, capture_mode=CaptureMode.MANUAL)
    assert (payment.status, payment.captured_minor, balance(folio)) == (PaymentStatus.AUTHORISED, 0, 0)
    payment = payment_capture(payment=payment, amount=Money(6_000, "EUR"), actor=TESTER)
    assert (payment.status, payment.captured_minor, balance(folio)) == (PaymentStatus.CAPTURED, 6_000, -6_000)
    with refused("not_authorised"):
        payment_capture(payment=payment, actor=TESTER)


def test_card_is_kept_and_charged_without_the_guest(folio, stripe_account, stripe_sandbox):
    """T41."""
    payment = pay(folio, stripe_account, stripe_sandbox, save_card=True)
    assert payment.saved_method.mandate
    fee = payment_charge_saved(
        folio=folio,
        saved_method=payment.saved_method,
        amount=Money(5_000, "EUR"),
        purpose=Purpose.NO_SHOW,
        actor=TESTER,
    )
    fee = payment_pursue(payment=fee)
    assert (fee.status, fee.captured_minor, balance(folio)) == (PaymentStatus.CAPTURED, 5_000, -15_000)


def test_declined_card_lets_the_guest_try_another(folio, stripe_account, stripe_sandbox):
    payment = begin(folio, stripe_account)
    with pytest.raises(AssertionError):
        stripe_sandbox.pay(payment.checkout_url, "4000000000000002")
    assert payment_sync(payment=payment).status == PaymentStatus.SUBMITTED
    stripe_sandbox.pay(payment.checkout_url)
    assert payment_sync(payment=payment).status == PaymentStatus.CAPTURED


def test_guarantee_keeps_a_card_and_no_money(folio, stripe_account, stripe_sandbox):
    payment = pay(folio, stripe_account, stripe_sandbox, minor=0, purpose=Purpose.GUARANTEE)
    assert (payment.status, payment.saved_method.last4, balance(folio)) == (PaymentStatus.SAVED, "4242", 0)


def test_disputes_move_the_money_apart_and_back(folio, stripe_account, stripe_sandbox):
    payment = pay(folio, stripe_account, stripe_sandbox)
    charge = stripe_sandbox.client().v1.payment_intents.retrieve(payment.provider_payment_id).latest_charge
    opened = stripe_sandbox.control("POST", "disputes", charge=charge)
    payment = payment_sync(payment=payment)
    assert (payment.disputes.get().status, balance(folio)) == ("open", -10_000)
    with pytest.raises(Conflict, match="deciding"):
        give_back(payment, 100)
    stripe_sandbox.control("POST", "disputes/close", dispute=opened["id"], status="lost")
    payment_sync(payment=payment)
    assert (payment.disputes.get().status, balance(folio)) == ("lost", 0)
    assert folio_findings(property=folio.property) == []
