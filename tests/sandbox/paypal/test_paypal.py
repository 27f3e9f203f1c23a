"""PayPal's orders, captures, authorisations, refunds and webhooks; every exchange is judged by its OpenAPI documents."""

import json
import zlib
from base64 import b64decode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from tests.sandbox.paypal.openapi import Judge
from tests.sandbox.paypal.signing import signed_text
from tests.sandbox.samples import need_samples

CONTEXT = {"return_url": "https://hotel.example/paid?b=1", "cancel_url": "https://hotel.example/back"}
WHOLE = {"Prefer": "return=representation"}


@pytest.fixture
def sandbox(paypal_sandbox):
    return paypal_sandbox


def asked(intent="CAPTURE", value="84.50", currency="EUR"):
    unit = {"reference_id": "B-1", "custom_id": "B-1", "amount": {"currency_code": currency, "value": value}}
    return {
        "intent": intent, "purchase_units": [unit],
        "payment_source": {"paypal": {"experience_context": {"brand_name": "Hotel A", **CONTEXT}}},
    }  # fmt: skip


def ordered(sandbox, key="order-1", **changes):
    status, order = sandbox.call("POST", "/v2/checkout/orders", asked(**changes), PayPal_Request_Id=key)
    assert status == 201, order
    return order


def captured(sandbox, **changes):
    order = ordered(sandbox, **changes)
    sandbox.approve(order)
    _, done = sandbox.call("POST", f"/v2/checkout/orders/{order['id']}/capture", {}, **WHOLE)
    return done["purchase_units"][0]["payments"]["captures"][0]


def issue(answer):
    return answer[1]["details"][0]["issue"]


def test_a_payer_agrees_and_the_hotel_captures(sandbox):
    order = ordered(sandbox)
    path = f"/v2/checkout/orders/{order['id']}"
    assert (order["status"], issue(sandbox.call("POST", f"{path}/capture", {}))) == (
        "PAYER_ACTION_REQUIRED", "ORDER_NOT_APPROVED",
    )  # fmt: skip
    assert sandbox.approve(order).startswith(f"https://hotel.example/paid?b=1&token={order['id']}&PayerID=")
    assert sandbox.call("GET", path)[1]["status"] == "APPROVED"
    status, done = sandbox.call("POST", f"{path}/capture", {}, PayPal_Request_Id="capture-1", **WHOLE)
    capture = done["purchase_units"][0]["payments"]["captures"][0]
    assert (status, done["status"], capture["status"], capture["custom_id"]) == (201, "COMPLETED", "COMPLETED", "B-1")
    assert capture["seller_receivable_breakdown"]["net_amount"]["value"] == "82.05"
    assert sandbox.call("GET", f"/v2/payments/captures/{capture['id']}")[1] == capture
    assert sandbox.call("POST", f"{path}/capture", {}, PayPal_Request_Id="capture-1")[0] == 200
    assert issue(sandbox.call("POST", f"{path}/capture", {})) == "ORDER_ALREADY_CAPTURED"


def test_a_payer_turns_back(sandbox):
    order = ordered(sandbox)
    assert sandbox.approve(order, "cancel") == f"https://hotel.example/back?token={order['id']}"
    assert sandbox.call("GET", f"/v2/checkout/orders/{order['id']}")[1]["status"] == "PAYER_ACTION_REQUIRED"


def test_the_same_request_id_is_one_order(sandbox):
    first = ordered(sandbox)
    status, again = sandbox.call("POST", "/v2/checkout/orders", asked(), PayPal_Request_Id="order-1")
    assert (status, again["id"]) == (200, first["id"])
    assert issue(sandbox.call("POST", "/v2/checkout/orders", asked())) == "PAYPAL_REQUEST_ID_REQUIRED"


def test_a_completed_order_is_not_money_yet(sandbox):
    """README §8: read the captures' own status."""
    sandbox.control("POST", "captures", status="PENDING", reason="ECHECK")
    capture = captured(sandbox)
    assert (capture["status"], capture["status_details"]["reason"]) == ("PENDING", "ECHECK")
    sandbox.control("POST", "captures/settle", capture=capture["id"], status="DECLINED")
    order = capture["supplementary_data"]["related_ids"]["order_id"]
    _, seen = sandbox.call("GET", f"/v2/checkout/orders/{order}")
    assert (seen["status"], seen["purchase_units"][0]["payments"]["captures"][0]["status"]) == ("COMPLETED", "DECLINED")


def test_refunds_never_exceed_what_was_taken(sandbox):
    """T38."""
    capture = captured(sandbox)
    path = f"/v2/payments/captures/{capture['id']}/refund"
    part = {"amount": {"currency_code": "EUR", "value": "30.00"}}
    _, first = sandbox.call("POST", path, part, PayPal_Request_Id="refund-1", **WHOLE)
    assert sandbox.call("POST", path, part, PayPal_Request_Id="refund-1")[1]["id"] == first["id"]
    more = {"amount": {"currency_code": "EUR", "value": "54.51"}}
    assert issue(sandbox.call("POST", path, more)) == "REFUND_AMOUNT_EXCEEDED"
    assert sandbox.call("GET", f"/v2/payments/captures/{capture['id']}")[1]["status"] == "PARTIALLY_REFUNDED"
    _, rest = sandbox.call("POST", path, {}, **WHOLE)
    assert (rest["amount"]["value"], rest["seller_payable_breakdown"]["total_refunded_amount"]["value"]) == (
        "54.50", "84.50",
    )  # fmt: skip
    assert issue(sandbox.call("POST", path, {})) == "CAPTURE_FULLY_REFUNDED"
    assert sandbox.call("GET", f"/v2/payments/refunds/{first['id']}")[1]["status"] == "COMPLETED"


def test_a_refund_can_fail_later(sandbox):
    capture = captured(sandbox)
    sandbox.control("POST", "refunds", status="PENDING")
    _, refund = sandbox.call("POST", f"/v2/payments/captures/{capture['id']}/refund", {})
    sandbox.control("POST", "refunds/settle", refund=refund["id"], status="FAILED")
    assert sandbox.call("GET", f"/v2/payments/refunds/{refund['id']}")[1]["status"] == "FAILED"
    assert sandbox.call("GET", f"/v2/payments/captures/{capture['id']}")[1]["status"] == "COMPLETED"


def test_a_hold_is_taken_in_parts_and_another_voided(sandbox):
    """T39."""
    holds = []
    for key in ("order-1", "order-2"):
        order = ordered(sandbox, key, intent="AUTHORIZE")
        sandbox.approve(order)
        _, done = sandbox.call("POST", f"/v2/checkout/orders/{order['id']}/authorize", {}, **WHOLE)
        holds.append(f"/v2/payments/authorizations/{done['purchase_units'][0]['payments']['authorizations'][0]['id']}")
    part = {"amount": {"currency_code": "EUR", "value": "50.00"}, "final_capture": False}
    assert sandbox.call("POST", f"{holds[0]}/capture", part)[0] == 201
    assert sandbox.call("GET", holds[0])[1]["status"] == "PARTIALLY_CAPTURED"
    assert issue(sandbox.call("POST", f"{holds[0]}/capture", part)) == "MAX_CAPTURE_AMOUNT_EXCEEDED"
    assert sandbox.call("POST", f"{holds[0]}/capture", {})[0] == 201
    assert sandbox.call("GET", holds[0])[1]["status"] == "CAPTURED"
    assert sandbox.call("POST", f"{holds[1]}/void") == (204, None)
    assert issue(sandbox.call("POST", f"{holds[1]}/capture", {})) == "AUTHORIZATION_VOIDED"


@pytest.mark.parametrize(
    ("value", "currency", "word"),
    [
        ("84.505", "EUR", "DECIMAL_PRECISION"),
        ("1.5", "JPY", "DECIMAL_PRECISION"),
        ("1", "XXX", "INVALID_CURRENCY_CODE"),
    ],
)
def test_amounts_that_make_no_sense(sandbox, value, currency, word):
    """T36."""
    body = asked(value=value, currency=currency)
    assert issue(sandbox.call("POST", "/v2/checkout/orders", body, PayPal_Request_Id="order-1")) == word


def test_a_token_is_needed_and_runs_out(sandbox):
    ordered(sandbox)
    sandbox.advance(9 * 3600 + 1)
    assert sandbox.call("GET", "/v2/checkout/orders/X")[0] == 401
    wrong = {"Authorization": "Basic d3Jvbmc6d3Jvbmc=", "Content_Type": "application/x-www-form-urlencoded"}
    address = f"{sandbox.url}/v1/oauth2/token"
    assert sandbox.fetch("POST", address, b"grant_type=client_credentials", **wrong)[0] == 401


def verification(body, headers, webhook="WHSANDBOX"):
    """Put the event in as it came, not parsed and written again."""
    facts = {
        "transmission_id": headers["paypal-transmission-id"], "transmission_time": headers["paypal-transmission-time"],
        "transmission_sig": headers["paypal-transmission-sig"], "cert_url": headers["paypal-cert-url"],
        "auth_algo": headers["paypal-auth-algo"], "webhook_id": webhook,
    }  # fmt: skip
    return json.dumps(facts)[:-1].encode() + b', "webhook_event": ' + body + b"}"


def test_notifications_verify_at_the_provider_and_by_certificate(sandbox, endpoint):
    sandbox.listen(endpoint.url)
    captured(sandbox)
    sandbox.settle()
    assert [event["event_type"] for event in endpoint.events()] == [
        "CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED",
    ]  # fmt: skip
    body, headers = endpoint.arrived[1]

    def verdict(request):
        _, answer = sandbox.call("POST", "/v1/notifications/verify-webhook-signature", request)
        return answer["verification_status"]

    assert verdict(verification(body, headers)) == "SUCCESS"
    assert verdict(verification(body, headers, webhook="WHOTHER")) == "FAILURE"
    assert verdict(verification(body.replace(b"84.50", b"84.51"), headers)) == "FAILURE"
    _, _, pem = sandbox.fetch("GET", headers["paypal-cert-url"])
    text = "|".join([headers["paypal-transmission-id"], headers["paypal-transmission-time"], "WHSANDBOX"])
    x509.load_pem_x509_certificate(pem).public_key().verify(
        b64decode(headers["paypal-transmission-sig"]), f"{text}|{zlib.crc32(body)}".encode(),
        padding.PKCS1v15(), hashes.SHA256(),
    )  # fmt: skip


def test_the_published_checksum_comes_out():
    known = json.loads((need_samples() / "signatures.json").read_text())["paypal"]["crc32_example"]
    assert signed_text("a", "b", "c", known["body"].encode()) == f"a|b|c|{known['crc32']}".encode()


def test_a_registered_webhook_hears_only_its_kinds(sandbox, endpoint):
    body = {"url": "https://hotel.example/hooks", "event_types": [{"name": "PAYMENT.CAPTURE.REFUNDED"}]}
    _, made = sandbox.call("POST", "/v1/notifications/webhooks", body | {"url": endpoint.url})
    capture = captured(sandbox)
    sandbox.call("POST", f"/v2/payments/captures/{capture['id']}/refund", {})
    sandbox.settle()
    assert [event["event_type"] for event in endpoint.events()] == ["PAYMENT.CAPTURE.REFUNDED"]
    assert sandbox.call("DELETE", f"/v1/notifications/webhooks/{made['id']}") == (204, None)


def test_faults_strike_here_too(sandbox):
    sandbox.token()
    sandbox.fault("error_after", path_prefix="/v2/checkout/orders")
    assert sandbox.call("POST", "/v2/checkout/orders", asked(), PayPal_Request_Id="order-1")[0] == 500
    status, _ = sandbox.call("POST", "/v2/checkout/orders", asked(), PayPal_Request_Id="order-1")
    assert status == 200


def test_published_requests_are_taken(sandbox):
    folder = need_samples() / "paypal-examples"
    body = json.loads((folder / "checkout_orders_v2__orders.create__req__order_request.json").read_text())
    assert sandbox.call("POST", "/v2/checkout/orders", body, PayPal_Request_Id="published")[0] == 201


def test_the_judge_finds_what_is_wrong():
    exchange = {
        "method": "GET", "path": "/v2/payments/captures/1", "status": 200, "body": "",
        "answer": {"id": "1", "status": "DONE", "amount": {"currency_code": "EUR", "value": "1.00"}},
    }  # fmt: skip
    (complaint,) = Judge(need_samples()).judge(exchange)
    assert complaint.startswith("GET /v2/payments/captures/1: status: 'DONE' is not one of")
