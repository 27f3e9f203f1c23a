"""A worker may die between any two steps of a payment or refund, and an answer may be lost: provider and books agree again."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from billing.folios.selectors import folio_findings
from billing.payments import jobs
from billing.payments.enums import PaymentStatus, Purpose, RefundStatus
from billing.payments.models import PaymentIntent, Refund
from billing.payments.providers.stripe.provider import StripeProvider
from billing.payments.services import (
    capturing,
    payment_capture,
    payment_charge_saved,
    payment_sync,
    reconcile,
    refund_start,
    refunding,
    submitting,
)
from billing.payments.services.submitting import LEASE
from pms.kernel.jobs import run_in_tenant
from pms.kernel.money import Money
from tests.billing.payments.test_stripe import balance, begin, pay
from tests.house import TESTER, refused

#: Where the worker dies: before the call, after it, and before its result is written.
STEPS = ("before_call", "after_call", "before_result")


class Killed(SystemExit):
    """The worker is gone."""


@pytest.fixture
def kill(monkeypatch):
    """Return kill(step, method, *modules): have the worker die there, once."""

    def arrange(step, method, module, result):
        left = [1]

        def dying(function, *, late):
            def run(*args, **kwargs):
                if not left:
                    return function(*args, **kwargs)
                if late:
                    function(*args, **kwargs)
                left.pop()
                raise Killed

            return run

        if step == "before_result":
            monkeypatch.setattr(module, result, dying(getattr(module, result), late=False))
        else:
            monkeypatch.setattr(
                StripeProvider, method, dying(getattr(StripeProvider, method), late=step == "after_call")
            )

    return arrange


def time_passes():
    """Let the leases of killed workers end, and do what the sweep finds."""
    for model in (PaymentIntent, Refund):
        model.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=F("next_attempt_at") - LEASE)
    for code in PaymentIntent.objects.filter(next_attempt_at__lte=timezone.now()).values_list("code", flat=True):
        jobs.pursue(str(code))
    for code in Refund.objects.filter(status="requested").values_list("code", flat=True):
        jobs.send_refund(str(code))


def taken_at(sandbox):
    """Return what Stripe has taken and given back in all."""
    intents = sandbox.client().v1.payment_intents.list({"limit": 100}).data
    refunds = sandbox.client().v1.refunds.list({"limit": 100}).data
    return sum(each.amount_received for each in intents), sum(
        each.amount for each in refunds if each.balance_transaction
    )


def agree(folio, sandbox):
    """Return whether provider, payments, folio and books say the same."""
    came, went = taken_at(sandbox)
    rows = PaymentIntent.objects.all()
    ours = (sum(row.captured_minor for row in rows), sum(row.refunded_minor for row in rows))
    return ours == (came, went) and balance(folio) == went - came and not folio_findings(property=folio.property)


@pytest.mark.parametrize("step", STEPS)
def test_charge_of_a_kept_card(folio, stripe_account, stripe_sandbox, kill, step):
    card = pay(folio, stripe_account, stripe_sandbox, save_card=True).saved_method
    fee = payment_charge_saved(
        folio=folio, saved_method=card, amount=Money(5_000, "EUR"), purpose=Purpose.NO_SHOW, actor=TESTER
    )
    kill(step, "create", submitting, "payment_apply")
    with pytest.raises(Killed):
        jobs.pursue(str(fee.code))
    assert jobs.pursue(str(fee.code)) == PaymentStatus.CREATED, "the lease is not over"
    time_passes()
    fee.refresh_from_db()
    assert (fee.status, fee.captured_minor) == (PaymentStatus.CAPTURED, 5_000)
    assert taken_at(stripe_sandbox) == (15_000, 0)
    assert agree(folio, stripe_sandbox)


@pytest.mark.parametrize("step", STEPS)
def test_refund(folio, stripe_account, stripe_sandbox, kill, step):
    payment = pay(folio, stripe_account, stripe_sandbox)
    refund = refund_start(payment=payment, amount=Money(4_000, "EUR"), reason="Rain", actor=TESTER)
    kill(step, "refund", refunding, "payment_sync")
    with pytest.raises(Killed):
        jobs.send_refund(str(refund.code))
    time_passes()
    refund.refresh_from_db()
    assert (refund.status, Refund.objects.count()) == (RefundStatus.SUCCEEDED, 1)
    assert taken_at(stripe_sandbox) == (10_000, 4_000)
    assert agree(folio, stripe_sandbox)


@pytest.mark.parametrize("by", ["sweep", "reconciliation"])
@pytest.mark.parametrize("step", STEPS)
def test_capture(folio, stripe_account, stripe_sandbox, kill, step, by):
    payment = pay(folio, stripe_account, stripe_sandbox, capture_mode="manual")
    kill(step, "capture", capturing, "payment_apply")
    with pytest.raises(Killed):
        payment_capture(payment=payment, amount=Money(6_000, "EUR"), actor=TESTER)
    if by == "sweep":
        time_passes()
    else:
        reconcile(account=stripe_account, since=timezone.now() - timedelta(days=1))
    payment = PaymentIntent.objects.get(pk=payment.pk)
    assert (payment.status, payment.captured_minor, payment.captures.count()) == (PaymentStatus.CAPTURED, 6_000, 1)
    assert agree(folio, stripe_sandbox)


@pytest.mark.parametrize("kind", ["error_before", "error_after", "close_before", "close_after"])
def test_charge_whose_answer_is_lost_or_an_error(folio, stripe_account, stripe_sandbox, kind):
    card = pay(folio, stripe_account, stripe_sandbox, save_card=True).saved_method
    fee = payment_charge_saved(
        folio=folio, saved_method=card, amount=Money(5_000, "EUR"), purpose=Purpose.NO_SHOW, actor=TESTER
    )
    stripe_sandbox.fault(kind, method="POST", path_prefix="/v1/payment_intents")
    assert jobs.pursue(str(fee.code)) == PaymentStatus.CREATED
    time_passes()
    fee.refresh_from_db()
    assert fee.status == PaymentStatus.CAPTURED
    assert taken_at(stripe_sandbox) == (15_000, 0)
    assert agree(folio, stripe_sandbox)


@pytest.mark.parametrize("kind", ["error_before", "error_after", "close_before", "close_after", "rate_limit"])
def test_refund_whose_answer_is_lost_or_an_error(folio, stripe_account, stripe_sandbox, kind):
    payment = pay(folio, stripe_account, stripe_sandbox)
    refund = refund_start(payment=payment, amount=Money(4_000, "EUR"), reason="Rain", actor=TESTER)
    stripe_sandbox.fault(kind, method="POST", path_prefix="/v1/refunds")
    assert jobs.send_refund(str(refund.code)) == RefundStatus.REQUESTED
    assert balance(folio) == -10_000
    time_passes()
    refund.refresh_from_db()
    assert refund.status == RefundStatus.SUCCEEDED
    assert taken_at(stripe_sandbox) == (10_000, 4_000)
    assert agree(folio, stripe_sandbox)


def test_guest_who_waits_reads_that_the_provider_is_away(folio, stripe_account, stripe_sandbox):
    stripe_sandbox.fault("error_before", times=2)
    with refused("provider_away"):
        begin(folio, stripe_account)
    payment = PaymentIntent.objects.get()
    assert (payment.status, payment.attempts) == (PaymentStatus.CREATED, 1)
    assert payment.next_attempt_at > timezone.now()


def test_every_message_is_lost_and_the_poll_makes_it_good(folio, stripe_account, stripe_sandbox):
    payment = begin(folio, stripe_account)
    stripe_sandbox.pay(payment.checkout_url)
    PaymentIntent.objects.update(next_attempt_at=timezone.now() - timedelta(minutes=1))
    assert jobs.sweep() == 1
    assert jobs.pursue(str(payment.code)) == PaymentStatus.CAPTURED
    assert (jobs.sweep(), balance(folio)) == (0, -10_000)


def test_session_that_nobody_paid_expires(folio, stripe_account, stripe_sandbox):
    payment = begin(folio, stripe_account)
    stripe_sandbox.advance(25 * 3600)
    assert payment_sync(payment=payment).status == PaymentStatus.EXPIRED


def test_reconciliation_names_what_differed_and_repairs_it(folio, stripe_account, stripe_sandbox):
    payment = begin(folio, stripe_account)
    stripe_sandbox.pay(payment.checkout_url)
    stripe_sandbox.client().v1.payment_intents.create(
        {"amount": 500, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True,
         "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
    )  # fmt: skip
    since = timezone.now() - timedelta(days=1)
    found = {each["what"]: each for each in reconcile(account=stripe_account, since=since).differences}
    assert set(found) == {"behind", "unknown_here"}
    assert found["behind"] | {"repaired": True} == found["behind"]
    assert found["unknown_here"]["theirs"] == "captured, 500 EUR"
    again = reconcile(account=stripe_account, since=since)
    assert [each["what"] for each in again.differences] == ["unknown_here"]
    assert balance(folio) == -10_000


def test_jobs_about_payments_that_are_not_there_do_nothing(in_tenant):
    code = "00000000-0000-0000-0000-000000000000"
    assert run_in_tenant("billing.payments.jobs.pursue", "hotel_a", {"code": code}) == ""
    assert run_in_tenant("billing.payments.jobs.send_refund", "hotel_a", {"code": code}) == ""
