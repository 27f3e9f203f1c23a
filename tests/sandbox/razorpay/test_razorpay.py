"""Razorpay's orders, payments, refunds and webhooks, held against the messages it published."""

import hashlib
import hmac
import json
import threading

import pytest

from tests.sandbox.razorpay.sandbox import signature
from tests.sandbox.samples import need_samples

ORDER = {"amount": 845_000, "currency": "INR", "receipt": "B-1", "notes": {"booking": "B-1"}}
WEBHOOK_SECRET = "razorpay_webhook_secret"


@pytest.fixture
def sandbox(razorpay_sandbox):
    return razorpay_sandbox


def ordered(sandbox, **changes):
    status, order = sandbox.call("POST", "/v1/orders", ORDER | changes)
    assert status == 200, order
    return order


def paid(sandbox, **changes):
    order = ordered(sandbox, **changes)
    return sandbox.call("GET", f"/v1/payments/{sandbox.pay(order['id'])['razorpay_payment_id']}")[1]


def sample(name):
    return json.loads((need_samples() / "razorpay" / name).read_text())


def test_a_guest_pays_an_order(sandbox):
    order = ordered(sandbox)
    back = sandbox.pay(order["id"], email="greta@example.com")
    message = f"{order['id']}|{back['razorpay_payment_id']}".encode()
    assert back["razorpay_signature"] == hmac.new(sandbox.secret.encode(), message, hashlib.sha256).hexdigest()
    _, after = sandbox.call("GET", f"/v1/orders/{order['id']}")
    _, payments = sandbox.call("GET", f"/v1/orders/{order['id']}/payments")
    assert (order["status"], after["status"], after["amount_due"]) == ("created", "paid", 0)
    assert [(one["status"], one["email"]) for one in payments["items"]] == [("captured", "greta@example.com")]


def test_a_declined_guest_tries_again(sandbox):
    order = ordered(sandbox)
    with pytest.raises(AssertionError, match="declined by the bank"):
        sandbox.pay(order["id"], "4000000000000002")
    assert sandbox.call("GET", f"/v1/orders/{order['id']}")[1]["status"] == "attempted"
    sandbox.pay(order["id"])
    _, payments = sandbox.call("GET", f"/v1/orders/{order['id']}/payments")
    assert [one["status"] for one in payments["items"]] == ["captured", "failed"]


def test_an_authorised_payment_is_captured_whole_or_goes_back(sandbox):
    """T39."""
    first, second = (paid(sandbox, payment={"capture": "manual"}) for _ in range(2))
    assert first["status"] == "authorized"
    assert sandbox.call("POST", f"/v1/payments/{first['id']}/capture", {"amount": 100, "currency": "INR"})[0] == 400
    asked = {"amount": 845_000, "currency": "INR"}
    assert sandbox.call("POST", f"/v1/payments/{first['id']}/capture", asked)[1]["status"] == "captured"
    assert sandbox.call("POST", f"/v1/payments/{first['id']}/capture", asked)[0] == 400
    sandbox.advance(6 * 24 * 3600)
    assert sandbox.call("GET", f"/v1/payments/{second['id']}")[1]["status"] == "refunded"


def test_refunds_never_exceed_what_was_taken(sandbox):
    """T38."""
    payment = paid(sandbox)
    path = f"/v1/payments/{payment['id']}/refund"
    _, first = sandbox.call("POST", path, {"amount": 300_000})
    status, refused = sandbox.call("POST", path, {"amount": 545_100})
    assert (status, refused["error"]["code"]) == (400, "BAD_REQUEST_ERROR")
    _, rest = sandbox.call("POST", path, {})
    _, listed = sandbox.call("GET", f"/v1/payments/{payment['id']}/refunds")
    assert ([one["id"] for one in listed["items"]], rest["amount"]) == ([rest["id"], first["id"]], 545_000)
    assert sandbox.call("GET", f"/v1/payments/{payment['id']}")[1]["status"] == "refunded"
    assert sandbox.call("POST", path, {})[0] == 400


def test_a_refund_is_made_once_for_each_key(sandbox):
    path = f"/v1/payments/{paid(sandbox)['id']}/refund"
    _, first = sandbox.call("POST", path, {"amount": 1000}, X_Refund_Idempotency="refund-0001")
    _, again = sandbox.call("POST", path, {"amount": 1000}, X_Refund_Idempotency="refund-0001")
    assert again["id"] == first["id"]
    assert sandbox.call("POST", path, {"amount": 2000}, X_Refund_Idempotency="refund-0001")[0] == 400
    assert sandbox.call("POST", path, {"amount": 1000}, X_Refund_Idempotency="short")[0] == 400


def test_two_refunds_at_once_with_one_key(sandbox):
    path = f"/v1/payments/{paid(sandbox)['id']}/refund"
    sandbox.fault("hang", seconds=1, method="POST")
    first = threading.Thread(
        target=sandbox.call, args=("POST", path, {}), kwargs={"X_Refund_Idempotency": "refund-0001"}
    )
    first.start()
    sandbox.wait_for_fault()
    assert sandbox.call("POST", path, {}, X_Refund_Idempotency="refund-0001")[0] == 409
    first.join()
    assert sandbox.call("POST", path, {}, X_Refund_Idempotency="refund-0001")[0] == 200


def test_a_refund_can_fail_later(sandbox):
    payment = paid(sandbox)
    sandbox.control("POST", "refunds", status="pending")
    _, refund = sandbox.call("POST", f"/v1/payments/{payment['id']}/refund", {})
    sandbox.control("POST", "refunds/settle", refund=refund["id"], status="failed")
    assert sandbox.call("GET", f"/v1/refunds/{refund['id']}")[1]["status"] == "failed"
    _, after = sandbox.call("GET", f"/v1/payments/{payment['id']}")
    assert (after["status"], after["amount_refunded"], after["refund_status"]) == ("captured", 0, None)


def test_notifications_are_signed_with_the_webhooks_secret(sandbox, endpoint):
    sandbox.listen(endpoint.url)
    paid(sandbox)
    sandbox.settle()
    assert [event["event"] for event in endpoint.events()] == ["payment.authorized", "payment.captured", "order.paid"]
    body, headers = endpoint.arrived[0]
    assert headers["x-razorpay-signature"] == hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert len({headers["x-razorpay-event-id"] for _, headers in endpoint.arrived}) == 3


def test_a_retry_keeps_the_old_secret_and_its_identifier(sandbox, endpoint):
    sandbox.webhooks(retry_seconds=[0.4])
    endpoint.statuses = [500]
    sandbox.listen(endpoint.url, "old")
    order = ordered(sandbox)
    with pytest.raises(AssertionError):
        sandbox.pay(order["id"], "4000000000000002")
    sandbox.listen(endpoint.url, "new")
    sandbox.settle()
    (body, first), (_, second) = endpoint.arrived
    assert first["x-razorpay-event-id"] == second["x-razorpay-event-id"]
    assert second["x-razorpay-signature"] == signature("old", body)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"amount": 84.5}, "amount"), ({"amount": 99}, "amount"), ({"currency": "rupee"}, "currency")],
)
def test_an_order_that_makes_no_sense(sandbox, changes, field):
    status, refused = sandbox.call("POST", "/v1/orders", ORDER | changes)
    assert (status, refused["error"]["field"]) == (400, field)


def test_a_wrong_key_is_refused(sandbox):
    assert sandbox.fetch("GET", f"{sandbox.url}/v1/orders/order_1")[0] == 401


def test_faults_strike_here_too(sandbox):
    sandbox.fault("error_after", method="POST")
    assert sandbox.call("POST", "/v1/orders", ORDER)[0] == 500
    sandbox.fault("rate_limit")
    assert sandbox.call("POST", "/v1/orders", ORDER)[0] == 429


def test_entities_have_the_fields_of_the_published_ones(sandbox, endpoint):
    payment = paid(sandbox)
    refund = sandbox.call("POST", f"/v1/payments/{payment['id']}/refund", {"amount": 1000})[1]
    assert set(sample("api__payments__fetch-with-id__01__request.json")) - {"upi"} <= set(payment)
    assert set(sample("api__refunds__entity__01__response.json")) == set(refund)
    event = sample("webhooks__refunds__01__refund.created.json")
    assert set(event["payload"]["payment"]["entity"]) <= set(payment)
    assert sandbox.call("POST", "/v1/orders", {**ORDER, "amount": 1, "notes": {}})[1]["error"].keys() == (
        sample("api__orders__create__01__request.json")["error"].keys()
    )


def test_empty_notes_are_a_list(sandbox):
    assert ordered(sandbox, notes={})["notes"] == []


def test_events_have_the_frame_of_the_published_ones(sandbox, endpoint):
    sandbox.listen(endpoint.url)
    paid(sandbox)
    sandbox.settle()
    published = sample("webhooks__payments__01__payment.authorized.json")
    assert endpoint.events()[0].keys() == published.keys()
    assert endpoint.events()[0]["contains"] == published["contains"]


def test_the_published_signature_comes_out():
    known = json.loads((need_samples() / "signatures.json").read_text())["razorpay_checkout"]
    message = f"{known['order_id']}|{known['payment_id']}".encode()
    assert signature(known["secret"], message) == known["razorpay_signature"]
