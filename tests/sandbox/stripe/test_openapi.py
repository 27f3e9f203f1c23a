"""The judge itself, and the facts it rests on."""

import json

import pytest
from stripe._api_version import _ApiVersion

from tests.sandbox.samples import need_samples
from tests.sandbox.stripe import API_VERSION
from tests.sandbox.stripe.openapi import DEVIATIONS, Judge, sdk_parameters
from tests.sandbox.stripe.world import signature_header


@pytest.fixture(scope="module")
def judge():
    return Judge(need_samples())


def test_the_version_is_the_clients():
    assert API_VERSION == _ApiVersion.CURRENT


def test_deviations_are_in_the_client_and_not_in_the_document(judge):
    for row in DEVIATIONS:
        method, template = row.place.split()
        spec = judge.paths[template][method.lower()]
        if method == "POST":
            named = spec["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]
        else:
            named = {entry["name"]: entry["schema"] for entry in spec["parameters"]}
        *outer, last = row.name.split(".")
        for name in outer:
            named = next(each for each in named[name].get("anyOf", [named[name]]) if "properties" in each)["properties"]
        assert last not in named, row
        assert last in sdk_parameters(row.known_by), row


def test_the_judge_finds_what_is_wrong(judge):
    exchange = {
        "method": "POST", "path": "/v1/refunds", "query": "", "status": 200,
        "body": "payment_intent=pi_1&amount=many&reason=mood&room=101",
        "answer": {"id": "re_1", "object": "refund", "amount": "8450", "created": 1, "currency": "eur", "room": "101"},
    }  # fmt: skip
    assert judge.judge(exchange) == [
        "POST /v1/refunds: .amount is no integer: many",
        "POST /v1/refunds: .reason cannot be mood",
        "POST /v1/refunds:  has the unknown parameter room",
        "POST /v1/refunds: amount: '8450' is not of type 'integer'",
        "POST /v1/refunds: refund has the unknown field room",
    ]


def test_the_judge_lets_the_providers_own_objects_pass(judge):
    """The newest objects that the provider published: what they have and the document has not, the client knows."""
    fixtures = json.loads((need_samples() / "stripe" / "fixtures3_2026-08-21.json").read_text())["resources"]
    for name in ("refund", "customer", "payout", "balance_transaction", "webhook_endpoint", "setup_intent"):
        assert judge._fields(fixtures[name]) == []


def test_signatures_are_those_the_client_makes():
    known = json.loads((need_samples() / "signatures.json").read_text())["stripe"]
    body = b'{"id": "evt_1"}'
    from stripe import WebhookSignature

    made = signature_header(body, known["secret"], known["timestamp"])["Stripe-Signature"]
    assert made == WebhookSignature.generate_signature_header(body.decode(), known["secret"], known["timestamp"])
    WebhookSignature.verify_header(body.decode(), made, known["secret"], None)
