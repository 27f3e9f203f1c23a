"""Payments at Stripe over real HTTP: from the wish to the books, and what guests, banks and desks do on the way."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from billing.folios.selectors import folio_findings
from billing.payments.enums import CaptureMode, PaymentStatus, Purpose, RefundStatus
from billing.payments.models import PaymentAccount, PaymentIntent
from billing.payments.services import (
    Exchange,
    authorisation_renew,
    checkout_start,
    payment_cancel,
    payment_capture,
    payment_charge_saved,
    payment_pursue,
    payment_sync,
    refund_start,
    refund_submit,
)
from pms.events.models import OutboxEvent
from pms.kernel.errors import Conflict
from pms.kernel.money import Money
from tests.billing.payments.conftest import PAGES, account_make
from tests.conftest import TODAY
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


def later(card, folio, minor=5_000, **more):
    """Have a kept card charged without the guest."""
    more.setdefault("purpose", Purpose.BALANCE)
    payment = payment_charge_saved(folio=folio, saved_method=card, amount=Money(minor, "EUR"), actor=TESTER, **more)
    return payment_pursue(payment=payment)


def test_refused_balance_is_tried_again_with_the_same_payment(folio, stripe_account, stripe_sandbox):
    card = pay(folio, stripe_account, stripe_sandbox, card="4000000000000341", save_card=True).saved_method
    payment = later(card, folio)
    assert (payment.status, payment.charges) == (PaymentStatus.FAILED, 1)
    assert timezone.now() + timedelta(hours=23) < payment.next_attempt_at < timezone.now() + timedelta(hours=25)
    PaymentIntent.objects.filter(pk=payment.pk).update(next_attempt_at=timezone.now())
    again = payment_pursue(payment=payment)
    assert (again.status, again.charges, again.provider_payment_id) == (
        PaymentStatus.FAILED, 2, payment.provider_payment_id,
    )  # fmt: skip
    assert again.next_attempt_at > timezone.now() + timedelta(days=2)
    assert balance(folio) == -10_000


def test_refused_no_show_fee_is_not_tried_again(folio, stripe_account, stripe_sandbox):
    card = pay(folio, stripe_account, stripe_sandbox, card="4000000000000341", save_card=True).saved_method
    payment = later(card, folio, purpose=Purpose.NO_SHOW)
    assert (payment.status, payment.next_attempt_at) == (PaymentStatus.FAILED, None)


def test_bank_that_wants_the_guest_is_told_and_not_tried_again(folio, stripe_account, stripe_sandbox):
    card = pay(folio, stripe_account, stripe_sandbox, card="4000002760003184", save_card=True).saved_method
    payment = later(card, folio)
    assert payment.status == PaymentStatus.REQUIRES_ACTION
    assert OutboxEvent.objects.filter(kind="payment.requires_action", subject_code=str(payment.code)).exists()
    assert balance(folio) == -10_000


def test_card_told_by_phone_is_flagged(folio, stripe_account, stripe_sandbox):
    """T41."""
    card = pay(folio, stripe_account, stripe_sandbox, save_card=True).saved_method
    assert later(card, folio, is_moto=True).status == PaymentStatus.CAPTURED
    sent = [call["body"] for call in stripe_sandbox.received if call["path"] == "/v1/payment_intents" and call["body"]]
    assert "moto" in sent[-1]
    assert "off_session" not in sent[-1]


def test_hold_is_renewed_on_the_kept_card_before_it_lapses(folio, stripe_account, stripe_sandbox):
    """T39."""
    card = pay(folio, stripe_account, stripe_sandbox, save_card=True).saved_method
    held = later(card, folio, capture_mode=CaptureMode.MANUAL)
    assert (held.status, held.authorised_until is not None) == (PaymentStatus.AUTHORISED, True)
    assert authorisation_renew(payment=held, now=timezone.now()) is None, "it holds for days"
    soon = held.authorised_until - timedelta(hours=1)
    fresh = authorisation_renew(payment=held, now=soon)
    assert (fresh.status, fresh.renews_id) == (PaymentStatus.AUTHORISED, held.pk)
    held.refresh_from_db()
    assert held.status == PaymentStatus.CANCELLED
    assert authorisation_renew(payment=held, now=soon) is None
    assert balance(folio) == -10_000


def test_hold_that_lapsed_is_no_payment(folio, stripe_account, stripe_sandbox):
    """T39."""
    payment = pay(folio, stripe_account, stripe_sandbox, capture_mode=CaptureMode.MANUAL)
    stripe_sandbox.advance(10 * 24 * 3600)
    assert payment_sync(payment=payment).status == PaymentStatus.EXPIRED


def test_cancelled_payment_cannot_be_paid_any_more(folio, stripe_account, stripe_sandbox):
    payment = begin(folio, stripe_account)
    done = payment_cancel(payment=payment, reason="Changed their mind", actor=TESTER)
    assert done.status in {PaymentStatus.CANCELLED, PaymentStatus.EXPIRED}
    with pytest.raises(AssertionError):
        stripe_sandbox.pay(payment.checkout_url)


def test_connected_account_is_paid_into(folio, property_a, stripe_sandbox, settings):
    settings.STRIPE_API_BASE, settings.STRIPE_PLATFORM_KEY = stripe_sandbox.url, stripe_sandbox.secret_key
    house = stripe_sandbox.client().v1.accounts.create({"type": "standard", "country": "PT"})
    stripe_sandbox.control("POST", "accounts/enable", account=house.id)
    account = account_make(
        property_a.property, code="CONNECT", provider="stripe", mode="connected", connected_account=house.id
    )
    payment = pay(folio, account, stripe_sandbox)
    assert (payment.status, balance(folio)) == (PaymentStatus.CAPTURED, -10_000)
    assert stripe_sandbox.client().v1.payment_intents.list().data == []


@pytest.mark.parametrize(("minor", "currency"), [(10_000, "JPY"), (12_340, "KWD")])
def test_currencies_without_and_with_three_decimals(folio, property_a, stripe_account, stripe_sandbox, minor, currency):
    """T36."""
    PaymentAccount.objects.filter(pk=stripe_account.pk).update(currencies=["EUR", currency])
    stripe_account.refresh_from_db()
    rate = Exchange(Decimal("2.5"), "ECB", TODAY)
    payment = begin(folio, stripe_account, minor, currency, exchange=rate)
    stripe_sandbox.pay(payment.checkout_url)
    payment = payment_sync(payment=payment)
    assert (payment.captured_minor, balance(folio)) == (minor, -payment.folio_amount_minor)
    give_back(payment, minor)
    assert balance(folio) == 0
