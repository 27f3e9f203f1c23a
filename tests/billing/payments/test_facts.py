"""Whatever the provider says, in whatever steps: folio, payment and books agree, and no more goes back than came."""

from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.folios.selectors import folio_findings
from billing.folios.services import folio_close
from billing.ledger.enums import Role
from billing.payments.enums import POSTED, Purpose
from billing.payments.models import PaymentIntent
from billing.payments.providers.base import (
    DisputeOutcome,
    Outcome,
    ProviderCapture,
    ProviderDispute,
    ProviderPayment,
    ProviderRefund,
    RefundOutcome,
)
from billing.payments.services import payment_apply, payment_request, payment_sync, refund_start
from billing.payments.services.submitting import read
from pms.kernel.money import Money
from tests.billing.payments.conftest import account_make
from tests.billing.payments.test_services import RATE, ledger
from tests.billing.payments.test_stripe import balance, begin, give_back, pay
from tests.house import TESTER, refused


@pytest.fixture
def account(property_a):
    """An account at Stripe that nobody asks."""
    return account_make(property_a.property, code="QUIET", provider="stripe", secrets={"secret_key": "sk_test_1"})


def wish(folio, account, currency="EUR"):
    return payment_request(
        folio=folio,
        account=account,
        amount=Money(10_000, currency),
        purpose=Purpose.PAYMENT,
        exchange=RATE if currency == "USD" else None,
        actor=TESTER,
    )


def hear(payment, facts, version=None):
    """Apply facts that were fetched just now, or when the payment had a version."""
    row = read(payment)
    return payment_apply(payment=row, facts=facts, seen_version=version or row.version, actor=TESTER)


def facts(payment, captured=10_000, refunds=(), disputes=(), outcome=Outcome.CAPTURED):
    amount = Money(10_000, payment.currency)
    captures = (ProviderCapture("ch_1", Money(captured, payment.currency)),) if captured else ()
    return ProviderPayment(
        outcome, amount, key=str(payment.code), payment_id="pi_1", captures=captures, refunds=refunds, disputes=disputes
    )


def test_facts_that_are_older_than_what_we_know_are_not_applied(folio, account):
    payment = wish(folio, account)
    old = payment.version
    assert hear(payment, facts(payment)).captured_minor == 10_000
    assert hear(payment, facts(payment, 0, outcome=Outcome.WAITING), version=old) is None


@pytest.mark.parametrize(
    ("change", "code"), [({"key": str(uuid4())}, "not_ours"), ({"amount": Money(10_000, "USD")}, "currency_mismatch")]
)
def test_facts_about_another_payment_are_refused(folio, account, change, code):
    payment = wish(folio, account)
    with refused(code):
        hear(payment, replace(facts(payment), **change))
    assert balance(folio) == 0


def test_money_that_comes_for_a_closed_folio_opens_it(folio, account):
    payment = wish(folio, account)
    folio_close(folio=folio, actor=TESTER)
    hear(payment, facts(payment))
    folio.refresh_from_db()
    assert (folio.status, folio.balance_minor) == ("open", -10_000)


def test_what_we_only_asked_for_makes_room_for_what_was_done_elsewhere(folio, account):
    payment = wish(folio, account)
    hear(payment, facts(payment))
    mine = refund_start(payment=read(payment), amount=Money(8_000, "EUR"), reason="Rain", actor=TESTER)
    elsewhere = ProviderRefund("re_1", Money(10_000, "EUR"), RefundOutcome.SUCCEEDED)
    hear(payment, facts(payment, refunds=(elsewhere,)))
    mine.refresh_from_db()
    assert (mine.status, balance(folio), payment.refunds.count()) == ("failed", 0, 2)


def test_dispute_that_is_won_and_lost_and_won_again(folio, account):
    payment = wish(folio, account)
    for outcome, disputes, owed in (
        (DisputeOutcome.INQUIRY, 0, -10_000),
        (DisputeOutcome.OPEN, 10_000, -10_000),
        (DisputeOutcome.WON, 0, -10_000),
        (DisputeOutcome.LOST, 0, 0),
        (DisputeOutcome.WON, 0, -10_000),
        (DisputeOutcome.WON, 0, -10_000),
    ):
        hear(payment, facts(payment, disputes=(ProviderDispute("du_1", Money(10_000, "EUR"), outcome),)))
        assert (ledger(Role.DISPUTES), balance(folio)) == (disputes, owed), outcome
    assert folio_findings(property=folio.property) == []


def test_accidental_second_payment_is_given_back_and_the_first_stays(folio, stripe_account, stripe_sandbox):
    """A flag instead of a ledger for each payment once cancelled a paid order."""
    first, second = pay(folio, stripe_account, stripe_sandbox), pay(folio, stripe_account, stripe_sandbox)
    give_back(second, 10_000)
    assert (payment_sync(payment=first).status, balance(folio)) == ("captured", -10_000)


def test_payment_that_we_cancelled_and_that_was_paid_all_the_same_is_paid(folio, stripe_account, stripe_sandbox):
    payment = begin(folio, stripe_account)
    PaymentIntent.objects.filter(pk=payment.pk).update(status="cancelled")
    stripe_sandbox.pay(payment.checkout_url)
    assert (payment_sync(payment=payment).status, balance(folio)) == ("captured", -10_000)


STEP = st.tuples(
    st.sampled_from(["capture", "refund", "settle", "fail", "again"]), st.integers(1, 4_000), st.integers(0, 3)
)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(steps=st.lists(STEP, max_size=8), currency=st.sampled_from(["EUR", "USD"]))
def test_any_course_of_events_keeps_the_books_right(folio, account, steps, currency):
    """T37, T38."""
    before = balance(folio)
    payment = wish(folio, account, currency)
    captured = 0
    refunds: list[ProviderRefund] = []
    for what, amount, index in steps:
        taken = sum(each.amount.minor for each in refunds if each.outcome != RefundOutcome.FAILED)
        if what == "capture":
            captured = min(10_000, captured + amount)
        elif what == "refund" and taken + amount <= captured:
            refunds.append(ProviderRefund(f"re_{len(refunds)}", Money(amount, currency), RefundOutcome.PENDING))
        elif what in {"settle", "fail"} and index < len(refunds) and refunds[index].outcome != RefundOutcome.FAILED:
            to = RefundOutcome.FAILED if what == "fail" else RefundOutcome.SUCCEEDED
            refunds[index] = replace(refunds[index], outcome=to)
        outcome = Outcome.CAPTURED if captured == 10_000 else Outcome.AUTHORISED
        unique = {"payment_id": f"pi_{payment.code}"}
        payment = hear(payment, replace(facts(payment, captured, tuple(refunds), outcome=outcome), **unique))
        went = sum(each.amount.minor for each in refunds if each.outcome != RefundOutcome.FAILED)
        assert (payment.captured_minor, payment.refunded_minor) == (captured, went)
        came = sum(payment.captures.filter(status="done").values_list("folio_amount_minor", flat=True))
        back = sum(payment.refunds.filter(status__in=POSTED).values_list("folio_amount_minor", flat=True))
        assert balance(folio) == before - came + back
        if went == captured and currency == "EUR":
            assert came == back
    assert folio_findings(property=folio.property) == []
    for unit in ("EUR", "USD"):
        assert ledger(Role.EXCHANGE, unit) * (1 if unit == "EUR" else -1) >= 0
