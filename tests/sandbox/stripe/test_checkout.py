"""Checkout sessions, paid over plain HTTP as a browser would."""

import time

import pytest
import stripe

NIGHTS = {
    "mode": "payment",
    "line_items": [
        {"quantity": 2, "price_data": {"currency": "eur", "unit_amount": 8450, "product_data": {"name": "Double room"}}}
    ],
    "success_url": "https://hotel.example/paid?session={CHECKOUT_SESSION_ID}",
    "cancel_url": "https://hotel.example/back",
    "client_reference_id": "B-1",
}


@pytest.fixture
def client(stripe_sandbox):
    return stripe_sandbox.client()


def opened(client, **given):
    return client.v1.checkout.sessions.create({**NIGHTS, **given})


def test_a_guest_pays(client, stripe_sandbox):
    session = opened(client, payment_intent_data={"metadata": {"booking": "B-1"}})
    assert (session.payment_status, session.payment_intent, session.amount_total) == ("unpaid", None, 16900)
    onward = stripe_sandbox.pay(session.url)
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge", "line_items"]})
    assert onward == f"https://hotel.example/paid?session={session.id}"
    assert (done.status, done.payment_status, done.client_reference_id) == ("complete", "paid", "B-1")
    assert (done.payment_intent.metadata["booking"], done.payment_intent.latest_charge.captured) == ("B-1", True)
    assert (done.customer_details.email, done.line_items.data[0].quantity) == ("greta@example.com", 2)


def test_a_declined_guest_tries_another_card(client, stripe_sandbox):
    session = opened(client)
    with pytest.raises(AssertionError, match="insufficient funds"):
        stripe_sandbox.pay(session.url, "4000000000009995")
    stripe_sandbox.pay(session.url)
    intents = client.v1.payment_intents.list().data
    assert [intent.status for intent in intents] == ["succeeded"]
    assert [charge.status for charge in client.v1.charges.list({"payment_intent": intents[0].id})] == [
        "succeeded", "failed",
    ]  # fmt: skip


@pytest.mark.parametrize("number", ["4000002500003155", "4000000000003220"])
def test_the_bank_asks_and_vouches(client, stripe_sandbox, number):
    session = opened(client)
    stripe_sandbox.pay(session.url, number)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_the_bank_asks_and_refuses(client, stripe_sandbox):
    session = opened(client)
    assert stripe_sandbox.pay(session.url, "4000000000003220", vouch=False) == session.url
    _, _, page = stripe_sandbox.fetch("GET", session.url)
    assert "Your bank could not confirm" in page.decode()
    stripe_sandbox.pay(session.url)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_session_is_paid_once(client, stripe_sandbox):
    session = opened(client)
    stripe_sandbox.pay(session.url)
    status, _, _ = stripe_sandbox.post_form(session.url, number="4242424242424242", expiry="12/34", code="123")
    assert (status, len(client.v1.payment_intents.list().data)) == (200, 1)


def test_a_card_saved_at_checkout_is_charged_later(client, stripe_sandbox):
    """3155 asks its bank once; what was vouched for then is good later."""
    session = opened(client, payment_intent_data={"setup_future_usage": "off_session"})
    stripe_sandbox.pay(session.url, "4000002500003155")
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    later = client.v1.payment_intents.create(
        {
            "amount": 3000, "currency": "eur", "customer": done.customer, "off_session": True, "confirm": True,
            "payment_method": done.payment_intent.payment_method, "allowed_payment_method_types": ["card"],
        }
    )  # fmt: skip
    assert later.status == "succeeded"


def test_a_card_is_saved_without_paying(client, stripe_sandbox):
    guest = client.v1.customers.create({"email": "greta@example.com"})
    setup = {"mode": "setup", "currency": "eur", "customer": guest.id, "success_url": "https://hotel.example/saved"}
    session = client.v1.checkout.sessions.create(setup)
    assert stripe_sandbox.pay(session.url, "4000002500003155") == "https://hotel.example/saved"
    done = client.v1.checkout.sessions.retrieve(session.id)
    saved = client.v1.setup_intents.retrieve(done.setup_intent)
    assert (done.status, done.payment_status, saved.status) == ("complete", "no_payment_required", "succeeded")
    assert client.v1.payment_methods.retrieve(saved.payment_method).customer == guest.id


def test_a_hold_at_checkout_is_unpaid_until_it_is_taken(client, stripe_sandbox):
    """T39."""
    session = opened(client, payment_intent_data={"capture_method": "manual"})
    stripe_sandbox.pay(session.url)
    done = client.v1.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status) == ("complete", "unpaid")
    client.v1.payment_intents.capture(done.payment_intent)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_slow_payment_completes_the_session_unpaid(client, stripe_sandbox):
    session = opened(client)
    stripe_sandbox.control("POST", "payments/slow", times=1)
    stripe_sandbox.pay(session.url)
    done = client.v1.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status) == ("complete", "unpaid")
    stripe_sandbox.control("POST", "payments/settle", payment_intent=done.payment_intent, succeed=False)
    assert client.v1.events.list({"type": "checkout.session.async_payment_failed"}).data[0].data.object.id == session.id


def test_a_session_expires_by_hand_and_by_the_clock(client, stripe_sandbox):
    first, second = opened(client), opened(client, expires_at=int(time.time()) + 1900)
    assert client.v1.checkout.sessions.expire(first.id).status == "expired"
    stripe_sandbox.advance(2000)
    assert client.v1.checkout.sessions.retrieve(second.id).status == "expired"
    status, _, page = stripe_sandbox.fetch("GET", second.url)
    assert (status, "no longer good" in page.decode()) == (410, True)
    assert len(client.v1.events.list({"type": "checkout.session.expired"}).data) == 2


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"line_items": []}, "line_items"),
        ({"success_url": ""}, "success_url"),
        ({"cancel_url": "javascript:alert(1)"}, "cancel_url"),
        ({"expires_at": 1}, "expires_at"),
        ({"payment_method_types": ["card"]}, "payment_method_types"),
        ({"customer": "cus_nobody"}, "customer"),
    ],
)
def test_a_session_that_makes_no_sense_is_refused(client, changes, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        opened(client, **changes)
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"number": "4111111111111112"}, "Your card number is invalid."),
        ({"number": "4111111111111111"}, "This is no test card. Never use a real card here."),
        ({"expiry": "01/20"}, "Your card's expiry date is in the past."),
        ({"code": "12"}, "Your card's security code is incomplete."),
    ],
)
def test_what_the_guest_must_correct(client, stripe_sandbox, typed, sentence):
    session = opened(client)
    form = {"number": "4242424242424242", "expiry": "12/34", "code": "123", **typed}
    status, _, page = stripe_sandbox.post_form(session.url, **form)
    assert (status, sentence in page.decode().replace("&#x27;", "'")) == (422, True)
