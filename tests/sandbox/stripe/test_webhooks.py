"""Notifications: signed as the official client checks it, retried, late, doubled, out of order, lost."""

import json

import pytest
import stripe

SECRET = "whsec_sandbox"
ONE_NIGHT = {
    "amount": 8450,
    "currency": "eur",
    "allowed_payment_method_types": ["card"],
    "payment_method": "pm_card_visa",
    "confirm": True,
}


def types(endpoint):
    return [event["type"] for event in endpoint.events()]


@pytest.fixture
def client(stripe_sandbox, endpoint):
    stripe_sandbox.listen(endpoint.url, SECRET)
    stripe_sandbox.webhooks(retry_seconds=[0.05, 0.05])
    return stripe_sandbox.client()


def test_the_official_client_accepts_our_signature(client, stripe_sandbox, endpoint):
    intent = client.v1.payment_intents.create(ONE_NIGHT)
    stripe_sandbox.settle()
    assert types(endpoint) == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    body, headers = endpoint.arrived[-1]
    signature = headers["stripe-signature"]
    event = client.construct_event(body, signature, SECRET)
    assert (event.data.object.id, event.data.object.status) == (intent.id, "succeeded")
    for wrong_body, wrong_secret in ((body + b" ", SECRET), (body, "whsec_other")):
        with pytest.raises(stripe.SignatureVerificationError):
            client.construct_event(wrong_body, signature, wrong_secret)


def test_an_endpoint_that_fails_is_told_again(client, stripe_sandbox, endpoint):
    endpoint.statuses = [500, 302]
    client.v1.customers.create({"name": "Greta"})
    stripe_sandbox.settle()
    assert types(endpoint) == ["customer.created"] * 3
    assert [one["status"] for one in stripe_sandbox.deliveries[0]["tries"]] == [500, 302, 200]


def test_an_endpoint_that_never_answers_is_given_up(client, stripe_sandbox, endpoint):
    endpoint.statuses = [500] * 9
    client.v1.customers.create({"name": "Greta"})
    stripe_sandbox.settle()
    assert (stripe_sandbox.deliveries[0]["state"], len(endpoint.arrived)) == ("failed", 3)


def test_held_notifications_are_released_in_any_order(client, stripe_sandbox, endpoint):
    stripe_sandbox.webhooks(hold=True)
    client.v1.payment_intents.create(ONE_NIGHT)
    stripe_sandbox.settle()
    assert types(endpoint) == []
    assert stripe_sandbox.release("reverse") == 3
    stripe_sandbox.settle()
    assert types(endpoint) == ["payment_intent.succeeded", "charge.succeeded", "payment_intent.created"]


def test_notifications_come_doubled(client, stripe_sandbox, endpoint):
    stripe_sandbox.webhooks(repeat=1)
    client.v1.customers.create({"name": "Greta"})
    stripe_sandbox.settle()
    assert len({json.loads(body)["id"] for body, _ in endpoint.arrived}) == 1
    assert len(endpoint.arrived) == 2


def test_notifications_come_in_groups_turned_round(client, stripe_sandbox, endpoint):
    stripe_sandbox.webhooks(reorder=3)
    client.v1.payment_intents.create(ONE_NIGHT)
    stripe_sandbox.settle()
    assert types(endpoint)[0] == "payment_intent.succeeded"


def test_notifications_get_lost(client, stripe_sandbox, endpoint):
    stripe_sandbox.webhooks(drop=1)
    client.v1.payment_intents.create(ONE_NIGHT)
    stripe_sandbox.settle()
    assert types(endpoint) == ["charge.succeeded", "payment_intent.succeeded"]
    assert [event.type for event in client.v1.events.list()][-1] == "payment_intent.created"


def test_notifications_come_late(client, stripe_sandbox, endpoint):
    stripe_sandbox.webhooks(delay=0.3)
    client.v1.customers.create({"name": "Greta"})
    assert types(endpoint) == []
    stripe_sandbox.settle()
    assert types(endpoint) == ["customer.created"]


def test_one_notification_is_sent_again_on_demand(client, stripe_sandbox, endpoint):
    client.v1.customers.create({"name": "Greta"})
    stripe_sandbox.settle()
    event = client.v1.events.list().data[0]
    stripe_sandbox.control("POST", "webhooks/redeliver", id=event.id)
    stripe_sandbox.settle()
    assert len(endpoint.arrived) == 2


def test_a_registered_endpoint_hears_only_its_kinds(stripe_sandbox, endpoint):
    client = stripe_sandbox.client()
    made = client.v1.webhook_endpoints.create({"url": endpoint.url, "enabled_events": ["refund.created"]})
    intent = client.v1.payment_intents.create(ONE_NIGHT)
    client.v1.refunds.create({"payment_intent": intent.id})
    stripe_sandbox.settle()
    body, headers = endpoint.arrived[0]
    assert types(endpoint) == ["refund.created"]
    assert (
        client.construct_event(body, headers["stripe-signature"], made.secret).data.object.payment_intent == intent.id
    )
    assert client.v1.webhook_endpoints.retrieve(made.id).url == endpoint.url
    assert client.v1.webhook_endpoints.delete(made.id).deleted is True
    assert client.v1.webhook_endpoints.list().data == []


def test_connected_accounts_are_named_to_the_platforms_endpoint(stripe_sandbox, endpoint):
    client = stripe_sandbox.client()
    made = client.v1.webhook_endpoints.create({"url": endpoint.url, "enabled_events": ["*"], "connect": True})
    account = client.v1.accounts.create({"country": "DE", "email": "olivia@hotel-a.test"})
    client.v1.payment_intents.create(ONE_NIGHT)
    client.v1.payment_intents.create(ONE_NIGHT, {"stripe_account": account.id})
    stripe_sandbox.settle()
    events = [
        client.construct_event(body, headers["stripe-signature"], made.secret) for body, headers in endpoint.arrived
    ]
    assert {event.account for event in events} == {account.id}
    assert [event.type for event in events][-1] == "payment_intent.succeeded"


def test_a_failed_refund_tells_of_itself(client, stripe_sandbox, endpoint):
    intent = client.v1.payment_intents.create(ONE_NIGHT)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    stripe_sandbox.control("POST", "refunds/settle", refund=refund.id, status="failed")
    stripe_sandbox.settle()
    assert types(endpoint)[3:] == [
        "refund.created", "charge.refunded", "refund.failed", "refund.updated", "charge.refund.updated",
    ]  # fmt: skip
