"""The contract of every provider, over real HTTP against its stand-in: the same deeds, the same answers."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from billing.payments.providers import NAMES, provider_of
from billing.payments.providers.base import (
    Credentials,
    Known,
    Order,
    Outcome,
    ProviderError,
    ProviderPayment,
    RefundOutcome,
)
from pms.kernel.money import Money

ONLINE = ("stripe", "razorpay", "paypal")
CURRENCY = {"stripe": "EUR", "razorpay": "INR", "paypal": "EUR"}


@dataclass
class Till:
    """A provider with its stand-in, and a guest who pays there."""

    name: str
    provider: Any
    credentials: Credentials
    sandbox: Any

    def order(self, **more: Any) -> Order:
        currency = CURRENCY[self.name]
        plain = Order(
            key=str(uuid4()),
            amount=Money(10_000, currency),
            description="Casa Lisboa: deposit",
            reference="R1",
            created_at=datetime.now(UTC),
            return_url="https://hotel.example/back",
            cancel_url="https://hotel.example/cancelled",
        )
        return replace(plain, **more)

    def guest_pays(self, payment: ProviderPayment) -> None:
        match self.name:
            case "stripe":
                self.sandbox.pay(payment.checkout_url)
            case "razorpay":
                assert dict(payment.checkout_fields)["order_id"] == payment.checkout_id
                self.sandbox.pay(payment.checkout_id)
            case "paypal":
                self.sandbox.approve({"links": [{"rel": "payer-action", "href": payment.checkout_url}]})

    def known(self, order: Order, payment: ProviderPayment) -> Known:
        return Known(order.key, order.created_at, payment.payment_id, payment.checkout_id)

    def paid(self, order: Order) -> Any:
        """Pay an order and return it as the provider has it then."""
        payment = self.provider.create(self.credentials, order)
        self.guest_pays(payment)
        found = self.provider.fetch(self.credentials, self.known(order, payment))
        if found.outcome == Outcome.AUTHORISED:
            known = self.known(order, found)
            found = self.provider.capture(self.credentials, known, key=str(uuid4()), amount=order.amount, is_last=True)
        return found


@pytest.fixture(params=ONLINE)
def till(request, settings):
    name = request.param
    sandbox = request.getfixturevalue(f"{name}_sandbox")
    setattr(settings, f"{name.upper()}_API_BASE", sandbox.url)
    given = {
        "stripe": lambda: Credentials("pk_test", sandbox.secret_key, ("whsec_sandbox",)),
        "razorpay": lambda: Credentials(sandbox.key, sandbox.secret, ("razorpay_webhook_secret",)),
        "paypal": lambda: Credentials(sandbox.client_id, sandbox.client_secret, webhook_id="WHSANDBOX"),
    }
    return Till(name, provider_of(name), given[name](), sandbox)


def test_guest_pays(till):
    order = till.order()
    payment = till.provider.create(till.credentials, order)
    assert (payment.outcome, payment.captures, payment.amount) == (Outcome.WAITING, (), order.amount)
    assert payment.checkout_url.startswith(till.sandbox.url)
    found = till.paid(till.order(key=str(uuid4())))
    assert (found.outcome, found.captured_minor, len(found.key)) == (Outcome.CAPTURED, 10_000, 36)


def test_same_key_is_the_same_payment(till):
    order = till.order()
    first, second = (till.provider.create(till.credentials, order) for _ in range(2))
    assert first.checkout_id == second.checkout_id != ""


def test_payment_whose_answer_was_lost_is_found_by_our_key(till):
    order = till.order()
    till.sandbox.fault("close_after", method="POST", path_prefix={"paypal": "/v2"}.get(till.name, "/v1"))
    with pytest.raises(ProviderError) as error:
        till.provider.create(till.credentials, order)
    assert error.value.permanent is False
    known = Known(order.key, order.created_at)
    again = till.provider.fetch(till.credentials, known) or till.provider.create(till.credentials, order)
    created = [
        call
        for call in till.sandbox.received
        if call["method"] == "POST" and call["path"].endswith(("orders", "sessions"))
    ]
    assert again.key == order.key
    assert len({call["answer"]["id"] for call in created}) == 1


def test_refunds_are_found_by_key_and_the_same_key_is_one(till):
    """T38."""
    payment = till.paid(till.order())
    keys = [str(uuid4()), str(uuid4())]
    amount = Money(3_000, payment.amount.currency)
    for key in (keys[0], keys[0], keys[1]):
        done = till.provider.refund(till.credentials, payment, key=key, amount=amount, reason="Rain")
        assert (done.key, done.amount, done.outcome) == (key, amount, RefundOutcome.SUCCEEDED)
    found = till.provider.fetch(
        till.credentials, Known(payment.key, datetime.now(UTC), payment.payment_id, payment.checkout_id)
    )
    assert sorted(refund.key for refund in found.refunds) == sorted(keys)
    assert (found.outcome, found.captured_minor) == (Outcome.CAPTURED, 10_000)


def test_refund_above_what_was_paid_is_refused_for_good(till):
    payment = till.paid(till.order())
    amount = Money(10_001, payment.amount.currency)
    with pytest.raises(ProviderError) as error:
        till.provider.refund(till.credentials, payment, key=str(uuid4()), amount=amount, reason="")
    assert error.value.permanent is True


def test_hold_is_captured_in_part(till):
    """T39: Razorpay captures all or nothing."""
    order = till.order(capture_later=True)
    payment = till.provider.create(till.credentials, order)
    till.guest_pays(payment)
    held = till.provider.fetch(till.credentials, till.known(order, payment))
    assert (held.outcome, held.captures) == (Outcome.AUTHORISED, ())
    amount = order.amount if till.name == "razorpay" else Money(6_000, order.amount.currency)
    known = till.known(order, held)
    key = str(uuid4())
    for _ in range(2):
        done = till.provider.capture(till.credentials, known, key=key, amount=amount, is_last=True)
    assert (done.outcome, done.captured_minor, done.refunds) == (Outcome.CAPTURED, amount.minor, ())


def test_cancelled_payment_takes_no_money(till):
    order = till.order()
    payment = till.provider.create(till.credentials, order)
    done = till.provider.cancel(till.credentials, till.known(order, payment), key=str(uuid4()))
    assert done.outcome in {Outcome.CANCELLED, Outcome.EXPIRED}
    assert done.captures == ()


@pytest.mark.parametrize("kind", ["error_before", "close_before", "rate_limit"])
def test_trouble_at_the_provider_is_not_for_good(till, kind):
    till.sandbox.fault(kind, times=4)
    with pytest.raises(ProviderError) as error:
        till.provider.create(till.credentials, till.order())
    assert error.value.permanent is False


def test_provider_that_is_not_there_is_not_for_good(till, settings):
    setattr(settings, f"{till.name.upper()}_API_BASE", "http://127.0.0.1:9")
    with pytest.raises(ProviderError) as error:
        till.provider.create(till.credentials, till.order())
    assert error.value.permanent is False


def test_wrong_key_is_refused_for_good_and_stays_secret(till):
    wrong = Credentials("wrong", "sk_test_invalid_0123456789")
    with pytest.raises(ProviderError) as error:
        till.provider.create(wrong, till.order())
    assert error.value.permanent is True
    assert "invalid_0123456789" not in f"{error.value} {wrong!r}"


@pytest.mark.parametrize("header", [{}, {"stripe-signature": "t=x,v1=y"}, {"x-razorpay-signature": "00"}])
def test_message_without_proof_is_refused_for_good(till, header):
    with pytest.raises(ProviderError) as error:
        till.provider.verify_webhook(till.credentials, b"{}", header, now=datetime.now(UTC))
    assert (error.value.permanent, error.value.code) == (True, "bad_signature")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"id": 1, "type": 2, "event": 3, "event_type": 4}'])
def test_what_is_no_message_is_refused_for_good(till, body):
    with pytest.raises(ProviderError) as error:
        till.provider.parse_event(body, {})
    assert error.value.permanent is True


def test_list_since_has_what_was_paid(till):
    order = till.order()
    till.paid(order)
    since = datetime.now(UTC) - timedelta(hours=1)
    listed = till.provider.list_since(till.credentials, since)
    assert [payment.key for payment in listed] == ([] if till.name == "paypal" else [order.key])


@pytest.mark.parametrize("name", NAMES)
def test_every_provider_says_its_name(name):
    assert provider_of(name).name == name
