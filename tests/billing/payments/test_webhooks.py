"""Real messages of every provider over real HTTP: proved, stored once, and never believed further than whom they are about."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import httpx
import pytest
import stripe
from django.db import connection

from billing.folios.selectors import folio_findings
from billing.payments.enums import PaymentStatus, RefundStatus
from billing.payments.models import PaymentIntent
from pms.inbox.enums import MessageStatus
from pms.inbox.models import InboundMessage
from pms.inbox.selectors import messages_here
from pms.kernel.jobs import run_in_tenant
from tests.billing.payments.conftest import hear
from tests.billing.payments.test_stripe import balance, begin, give_back

pytestmark = pytest.mark.django_db(transaction=True)


def test_stripe(folio, stripe_account, stripe_sandbox, hooked):
    stripe_sandbox.listen(hooked(stripe_account))
    payment = begin(folio, stripe_account)
    stripe_sandbox.pay(payment.checkout_url)
    stripe_sandbox.settle()
    assert {"checkout.session.completed", "payment_intent.succeeded"} <= set(hear())
    payment.refresh_from_db()
    assert (payment.status, balance(folio)) == (PaymentStatus.CAPTURED, -10_000)
    assert messages_here().exclude(status__in=["handled", "ignored"]).count() == 0


def test_razorpay(folio, razorpay_account, razorpay_sandbox, hooked):
    """Its order.paid and payment.captured are two messages about one payment."""
    razorpay_sandbox.listen(hooked(razorpay_account))
    payment = begin(folio, razorpay_account, 10_000)
    razorpay_sandbox.pay(payment.provider_checkout_id)
    razorpay_sandbox.settle()
    assert set(hear()) == {"payment.authorized", "payment.captured", "order.paid"}
    payment.refresh_from_db()
    assert (payment.status, payment.captured_minor, balance(folio)) == (PaymentStatus.CAPTURED, 10_000, -10_000)
    refund = give_back(payment, 4_000)
    razorpay_sandbox.settle()
    hear()
    refund.refresh_from_db()
    assert (refund.status, balance(folio)) == (RefundStatus.SUCCEEDED, -6_000)


def test_paypal_approved_is_captured_by_the_message(folio, paypal_account, paypal_sandbox, hooked):
    paypal_sandbox.listen(hooked(paypal_account))
    payment = begin(folio, paypal_account)
    paypal_sandbox.approve({"links": [{"rel": "payer-action", "href": payment.checkout_url}]})
    paypal_sandbox.settle()
    assert hear() == ["CHECKOUT.ORDER.APPROVED"]
    paypal_sandbox.settle()
    assert "PAYMENT.CAPTURE.COMPLETED" in hear()
    payment.refresh_from_db()
    assert (payment.status, balance(folio)) == (PaymentStatus.CAPTURED, -10_000)


def test_paypal_completed_order_whose_capture_is_pending_is_no_money(folio, paypal_account, paypal_sandbox, hooked):
    paypal_sandbox.control("POST", "captures", status="PENDING")
    paypal_sandbox.listen(hooked(paypal_account))
    payment = begin(folio, paypal_account)
    paypal_sandbox.approve({"links": [{"rel": "payer-action", "href": payment.checkout_url}]})
    paypal_sandbox.settle()
    hear()
    payment.refresh_from_db()
    assert (payment.status, balance(folio)) == (PaymentStatus.PROCESSING, 0)


@pytest.mark.parametrize("name", ["stripe", "razorpay", "paypal"])
def test_forged_message_is_refused_and_nothing_is_stored(request, folio, hooked, name):
    account = request.getfixturevalue(f"{name}_account")
    answer = httpx.post(hooked(account), content=b'{"id": "evt_1", "type": "payment_intent.succeeded"}')
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_signature")
    assert InboundMessage.objects.count() == 0


@pytest.mark.parametrize(("age", "code"), [(301, "too_old"), (-360, "too_old"), (0, None)])
def test_old_message_is_refused_and_so_is_one_from_the_future(folio, stripe_account, hooked, age, code):
    body = json.dumps({"id": "evt_1", "type": "x", "data": {"object": {"object": "x", "id": "x"}}})
    header = stripe.WebhookSignature.generate_signature_header(body, "whsec_sandbox", int(time.time()) - age)
    answer = httpx.post(hooked(stripe_account), content=body, headers={"Stripe-Signature": header})
    assert answer.json().get("code") == code
    assert messages_here().count() == (0 if code else 1)


def test_unknown_event_is_stored_and_ignored(folio, stripe_account, hooked):
    body = json.dumps({"id": "evt_1", "type": "balloon.popped", "data": {"object": {"object": "balloon", "id": "b1"}}})
    header = stripe.WebhookSignature.generate_signature_header(body, "whsec_sandbox")
    assert httpx.post(hooked(stripe_account), content=body, headers={"Stripe-Signature": header}).status_code == 200
    assert (messages_here().get().status, hear()) == (MessageStatus.IGNORED, [])


def test_secret_before_this_one_still_counts(folio, stripe_account, hooked):
    from billing.payments.services import account_save
    from tests.house import TESTER

    account_save(account=stripe_account, secrets={"webhook_secret": "whsec_another_one"}, actor=TESTER)
    body = json.dumps({"id": "evt_1", "type": "x", "data": {"object": {"object": "x", "id": "x"}}})
    for secret, status in (("whsec_sandbox", 200), ("whsec_another_one", 200), ("whsec_third", 400)):
        header = stripe.WebhookSignature.generate_signature_header(body, secret)
        answer = httpx.post(hooked(stripe_account), content=body, headers={"Stripe-Signature": header})
        assert answer.status_code == status


def test_same_message_a_hundred_times_by_sixteen_clients_posts_once(folio, stripe_account, stripe_sandbox, hooked):
    address = hooked(stripe_account)
    stripe_sandbox.listen(address)
    stripe_sandbox.webhooks(hold=True)
    payment = begin(folio, stripe_account)
    stripe_sandbox.pay(payment.checkout_url)
    bodies = [
        delivery["body"] for delivery in stripe_sandbox.deliveries if delivery["type"] == "payment_intent.succeeded"
    ]
    body = bodies[0] if isinstance(bodies[0], str) else json.dumps(bodies[0])

    def deliver(_):
        header = stripe.WebhookSignature.generate_signature_header(body, "whsec_sandbox")
        return httpx.post(address, content=body, headers={"Stripe-Signature": header}, timeout=60).status_code

    with ThreadPoolExecutor(16) as clients:
        assert list(clients.map(deliver, range(100))) == [200] * 100
    message = messages_here().get(kind="payment_intent.succeeded")
    assert (message.deliveries, message.conflicts) == (100, 0)

    def work(_):
        try:
            return run_in_tenant("pms.inbox.jobs.handle", "hotel_a", {"message_id": str(message.public_id)})
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        assert max(workers.map(work, range(16))) is True
    assert (balance(folio), folio.postings.count()) == (-10_000, 1)


def test_messages_about_one_payment_at_once_post_once(folio, stripe_account, stripe_sandbox, hooked):
    stripe_sandbox.listen(hooked(stripe_account))
    payment = begin(folio, stripe_account)
    stripe_sandbox.pay(payment.checkout_url)
    stripe_sandbox.settle()
    ids = [str(row.public_id) for row in messages_here().filter(status="waiting")]

    def work(message_id):
        try:
            return run_in_tenant("pms.inbox.jobs.handle", "hotel_a", {"message_id": message_id})
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        assert all(workers.map(work, ids))
    assert len(ids) >= 3
    assert (balance(folio), folio.postings.count()) == (-10_000, 1)


ORDERS = list(
    permutations(["payment_intent.succeeded", "checkout.session.completed", "charge.refunded", "refund.created"])
)


@pytest.mark.parametrize("order", ORDERS, ids=["-".join(kind[0] + kind[-1] for kind in order) for order in ORDERS])
def test_every_order_of_messages_ends_the_same(folio, stripe_account, stripe_sandbox, hooked, order):
    stripe_sandbox.listen(hooked(stripe_account))
    stripe_sandbox.webhooks(hold=True)
    payment = begin(folio, stripe_account)
    stripe_sandbox.pay(payment.checkout_url)
    charge = stripe_sandbox.client().v1.checkout.sessions.retrieve(payment.provider_checkout_id).payment_intent
    stripe_sandbox.client().v1.refunds.create({"payment_intent": charge, "amount": 4_000})
    by_kind = {delivery["type"]: delivery["id"] for delivery in stripe_sandbox.deliveries}
    for kind in order:
        stripe_sandbox.release([by_kind[kind]])
        stripe_sandbox.settle()
        hear()
    payment.refresh_from_db()
    refund = payment.refunds.get()
    assert (payment.status, payment.captured_minor, payment.refunded_minor) == (PaymentStatus.CAPTURED, 10_000, 4_000)
    assert (refund.status, balance(folio), folio.postings.count()) == (RefundStatus.SUCCEEDED, -6_000, 2)
    assert folio_findings(property=folio.property) == []


def test_message_that_is_faster_than_our_own_commit_makes_no_second_refund(
    folio, stripe_account, stripe_sandbox, hooked, monkeypatch
):
    """A shop that wrote its refund only after the call had it twice: ours is written before."""
    from billing.payments.providers.stripe.provider import StripeProvider

    stripe_sandbox.listen(hooked(stripe_account))
    payment = begin(folio, stripe_account)
    stripe_sandbox.pay(payment.checkout_url)
    stripe_sandbox.settle()
    hear()
    real = StripeProvider.refund

    def refund_and_message(self, *args, **kwargs):
        done = real(self, *args, **kwargs)
        stripe_sandbox.settle()
        hear()
        return done

    monkeypatch.setattr(StripeProvider, "refund", refund_and_message)
    payment = PaymentIntent.objects.get(pk=payment.pk)
    refund = give_back(payment, 4_000)
    assert (refund.status, payment.refunds.count(), balance(folio)) == (RefundStatus.SUCCEEDED, 1, -6_000)


def test_second_partial_refund_and_one_made_on_the_providers_pages_all_count(
    folio, stripe_account, stripe_sandbox, hooked
):
    """One refund's id is not all refunds: shops that kept the latest lost the others."""
    stripe_sandbox.listen(hooked(stripe_account))
    payment = begin(folio, stripe_account)
    stripe_sandbox.pay(payment.checkout_url)
    stripe_sandbox.settle()
    hear()
    payment = PaymentIntent.objects.get(pk=payment.pk)
    give_back(payment, 1_000)
    client = stripe_sandbox.client()
    client.v1.refunds.create({"payment_intent": payment.provider_payment_id, "amount": 2_000})
    give_back(payment, 3_000)
    stripe_sandbox.settle()
    hear()
    payment.refresh_from_db()
    assert sorted(payment.refunds.values_list("amount_minor", flat=True)) == [1_000, 2_000, 3_000]
    assert (payment.refunded_minor, balance(folio)) == (6_000, -4_000)


def test_message_about_a_stranger_is_handled_and_changes_nothing(folio, stripe_account, stripe_sandbox, hooked):
    stripe_sandbox.listen(hooked(stripe_account))
    stripe_sandbox.client().v1.payment_intents.create(
        {"amount": 500, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True,
         "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
    )  # fmt: skip
    stripe_sandbox.settle()
    assert "payment_intent.succeeded" in hear()
    assert PaymentIntent.objects.count() == 0
