"""What happens to the money afterwards: fees, disputes, payouts."""

import pytest

ONE_NIGHT = {"amount": 10_000, "currency": "eur", "allowed_payment_method_types": ["card"], "confirm": True}


@pytest.fixture
def client(stripe_sandbox):
    return stripe_sandbox.client()


def paid(client, method="pm_card_visa"):
    return client.v1.payment_intents.create({**ONE_NIGHT, "payment_method": method})


def test_a_payout_lists_what_it_is_made_of(client, stripe_sandbox):
    first, second = paid(client), paid(client)
    client.v1.refunds.create({"payment_intent": second.id, "amount": 4000})
    (made,) = stripe_sandbox.control("POST", "payouts")
    payout = client.v1.payouts.retrieve(made["id"])
    parts = client.v1.balance_transactions.list({"payout": payout.id, "limit": 100}).data
    assert (payout.status, payout.amount) == ("paid", 2 * (10_000 - 175) - 4000)
    assert sorted((part.type, part.net) for part in parts) == [
        ("charge", 9825), ("charge", 9825), ("payout", -15_650), ("refund", -4000),
    ]  # fmt: skip
    assert {part.source for part in parts if part.type == "charge"} == {first.latest_charge, second.latest_charge}
    assert stripe_sandbox.control("POST", "payouts") == []
    assert [event.type for event in client.v1.events.list({"types": ["payout.created", "payout.paid"]})] == [
        "payout.paid", "payout.created",
    ]  # fmt: skip


@pytest.mark.parametrize(("status", "left"), [("won", True), ("lost", False)])
def test_a_dispute_is_opened_and_decided(client, stripe_sandbox, status, left):
    charge = paid(client).latest_charge
    dispute = stripe_sandbox.control("POST", "disputes", charge=charge, reason="product_not_received")
    assert client.v1.charges.retrieve(charge).disputed is True
    stripe_sandbox.control("POST", "disputes/close", dispute=dispute["id"], status=status)
    closed = client.v1.disputes.retrieve(dispute["id"])
    assert (closed.status, closed.reason, closed.amount) == (status, "product_not_received", 10_000)
    assert (sum(part.amount for part in closed.balance_transactions) == 0) is left
    assert [one.id for one in client.v1.disputes.list({"charge": charge})] == [closed.id]


def test_a_card_that_disputes_later(client, stripe_sandbox):
    intent = paid(client, "pm_card_createDispute")
    assert client.v1.disputes.list().data == []
    stripe_sandbox.advance(10)
    assert client.v1.disputes.list().data[0].payment_intent == intent.id


def test_money_becomes_available_after_two_days(client, stripe_sandbox):
    intent = paid(client)
    charge = client.v1.charges.retrieve(intent.latest_charge, {"expand": ["balance_transaction"]})
    assert (charge.balance_transaction.status, charge.balance_transaction.fee) == ("pending", 175)
    stripe_sandbox.advance(2 * 24 * 3600 + 1)
    assert client.v1.balance_transactions.retrieve(charge.balance_transaction.id).status == "available"
