"""The stand-in for PayPal: tokens, request ids, the operations, webhooks with their verification, the approval page."""

import copy
import json
import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from functools import partial
from html import escape
from typing import Any, ClassVar

from tests.sandbox.core.faults import Fault
from tests.sandbox.core.http import Answer, Request
from tests.sandbox.core.look import notice, page
from tests.sandbox.core.provider import Provider
from tests.sandbox.core.state import State, token
from tests.sandbox.core.webhooks import Delivery
from tests.sandbox.paypal import signing
from tests.sandbox.paypal.errors import Refusal
from tests.sandbox.paypal.payments import Till, identifier

CLIENT, SECRET = "sandbox_client", "sandbox_client_secret"
TOKEN_SECONDS = 9 * 3600
REMEMBER_SECONDS = 6 * 3600
PROVIDER = "PayPal"


class PayPalSandbox(Provider):
    """One merchant, opened by CLIENT and SECRET. `listener` is told everything, as webhook `listener["webhook_id"]`."""

    title: ClassVar[str] = "PayPal"
    page_paths: ClassVar[tuple[str, ...]] = ("/checkoutnow", "/v1/notifications/certs/")

    def __init__(
        self, *, public_url: str, state: State | None = None, listener: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(public_url=public_url, state=state, listener=listener)
        self.till = Till(self)

    def refusal(self, status: int, message: str) -> Answer:
        return Refusal(message.upper().replace(" ", "_").strip("."), status=status).answer()

    def respond(self, request: Request, fault: Fault | None) -> Answer:  # noqa: PLR0911 (one for each part)
        with self.state.lock:
            if request.path == "/checkoutnow":
                return self._approval(request)
        if request.path.startswith("/v1/notifications/certs/"):
            return Answer(200, signing.certificate(), {"Content-Type": "application/x-pem-file"})
        try:
            with self.state.lock:
                if request.path == "/v1/oauth2/token":
                    return self._token(request)
                if not self._known(request.headers):
                    denied = {"error": "invalid_token", "error_description": "Token signature verification failed"}
                    return Answer.of_json(denied, 401)
            if fault and fault.kind == "hang":
                time.sleep(fault.seconds)
            with self.state.lock:
                return self._do(request)
        except Refusal as refusal:
            return refusal.answer()
        except json.JSONDecodeError:
            return Refusal("MALFORMED_REQUEST_JSON", status=400).answer()

    # Tokens

    def _token(self, request: Request) -> Answer:
        try:
            given = b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        except (NotBase64, UnicodeDecodeError):
            given = ""
        if given != f"{CLIENT}:{SECRET}":
            return Answer.of_json({"error": "invalid_client", "error_description": "Client Authentication failed"}, 401)
        if ("grant_type", "client_credentials") not in request.form_pairs():
            return Answer.of_json({"error": "unsupported_grant_type", "error_description": "Unsupported"}, 400)
        made = token("A21AA", 60)
        self.state.kept.setdefault("tokens", {})[made] = self.state.now() + TOKEN_SECONDS
        self.state.changed = True
        return Answer.of_json({
            "scope": "https://uri.paypal.com/services/payments/payment", "access_token": made, "token_type": "Bearer",
            "app_id": "APP-80W284485P519543T", "expires_in": TOKEN_SECONDS, "nonce": token("", 20),
        })  # fmt: skip

    def _known(self, headers: Mapping[str, str]) -> bool:
        given = headers.get("authorization", "").removeprefix("Bearer ")
        return bool(self.state.kept.get("tokens", {}).get(given, 0) > self.state.now())

    # Operations

    def _do(self, request: Request) -> Answer:
        parts = request.path.strip("/").split("/")
        if parts[:2] == ["v1", "notifications"]:
            return self._notifications(request, parts[2:])
        whole = request.headers.get("prefer") == "return=representation"
        if request.method == "GET":
            return Answer.of_json(self._read(parts))
        key = request.headers.get("paypal-request-id")
        kept = self.state.kept.setdefault("requests", {})
        known = kept.get(f"{request.path}|{key}") if key else None
        if known and known["until"] > self.state.now():
            return _answered(self.state.objects[known["id"]], known["status"], whole=whole)
        if key is not None and not 1 <= len(key) <= 108:
            raise Refusal("INVALID_PARAMETER_VALUE", field="PayPal-Request-Id", status=400)
        if not key and parts == ["v2", "checkout", "orders"] and request.json().get("payment_source"):
            raise Refusal("PAYPAL_REQUEST_ID_REQUIRED", status=400)
        done, status = self._write(parts, request.json())
        if key:
            # An order asked for again is a 200; the payments interface knows no such answer and repeats itself.
            again = 200 if parts[1] == "checkout" else status
            until = self.state.now() + REMEMBER_SECONDS
            kept[f"{request.path}|{key}"] = {"id": done["id"], "status": again, "until": until}
        return _answered(done, status, whole=whole)

    def _read(self, parts: list[str]) -> dict[str, Any]:
        match parts:
            case ["v2", "checkout", "orders", key]:
                return self.till.get("order", key)
            case ["v2", "payments", ("captures" | "authorizations" | "refunds") as kind, key]:
                return self.till.get(kind.removesuffix("s"), key)
        raise Refusal("INVALID_RESOURCE_ID", status=404)

    def _write(self, parts: list[str], asked: dict[str, Any]) -> tuple[dict[str, Any], int]:
        till = self.till
        match parts:
            case ["v2", "checkout", "orders"]:
                return till.order_create(asked), 201
            case ["v2", "checkout", "orders", key, "capture"]:
                return till.order_capture(till.get("order", key)), 201
            case ["v2", "checkout", "orders", key, "authorize"]:
                return till.order_authorize(till.get("order", key)), 201
            case ["v2", "payments", "authorizations", key, "capture"]:
                return till.authorization_capture(till.get("authorization", key), asked), 201
            case ["v2", "payments", "authorizations", key, "void"]:
                return till.authorization_void(till.get("authorization", key)), 204
            case ["v2", "payments", "captures", key, "refund"]:
                return till.refund(till.get("capture", key), asked), 201
        raise Refusal("INVALID_RESOURCE_ID", status=404)

    # Webhooks

    def _notifications(self, request: Request, parts: list[str]) -> Answer:
        hooks = self.state.kept.setdefault("webhooks", {})
        self.state.changed = True
        match request.method, parts:
            case "POST", ["verify-webhook-signature"]:
                asked = request.json()
                genuine = signing.is_ours(asked, request.body.decode())
                return Answer.of_json({"verification_status": "SUCCESS" if genuine else "FAILURE"})
            case "POST", ["webhooks"]:
                asked = request.json()
                made = {"id": identifier(), "url": asked["url"], "event_types": asked["event_types"]}
                hooks[made["id"]] = made
                return Answer.of_json(made, 201)
            case "GET", ["webhooks"]:
                return Answer.of_json({"webhooks": list(hooks.values())})
            case "DELETE", ["webhooks", key] if key in hooks:
                del hooks[key]
                return Answer(204)
        raise Refusal("INVALID_RESOURCE_ID", status=404)

    def emit(self, kind: str, resource: str, body: dict[str, Any]) -> None:
        """Tell every webhook that listens to this kind; the body is compact, and its bytes are what is signed."""
        event = {
            "id": f"WH-{identifier()}-{identifier()}", "event_version": "1.0", "create_time": self.till.stamp(),
            "resource_type": resource, "resource_version": "2.0", "event_type": kind,
            "summary": f"{kind.replace('.', ' ').capitalize()}.", "resource": copy.deepcopy(body), "links": [],
        }  # fmt: skip
        text = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
        address = f"{self.public_url}/v1/notifications/certs/CERT-sandbox"
        for url, webhook in self._listening(kind):
            sign = partial(signing.headers, webhook=webhook, certificate_url=address)
            self.webhooks.send(Delivery(str(event["id"]), kind, url, text, sign))

    def _listening(self, kind: str) -> Any:
        if self.listener:
            yield self.listener["url"], self.listener["webhook_id"]
        for hook in self.state.kept.get("webhooks", {}).values():
            if {kind, "*"} & {entry["name"] for entry in hook["event_types"]}:
                yield hook["url"], hook["id"]

    # The payer's page

    def _approval(self, request: Request) -> Answer:
        key = dict(request.query_pairs()).get("token", "")
        if key not in self.state.objects or self.state.hidden[key]["kind"] != "order":
            return Answer.page(notice("Nothing here", "This link is not known.", provider=PROVIDER), 404)
        order, context = self.state.objects[key], self.state.hidden[key]["context"]
        if order["status"] not in {"CREATED", "PAYER_ACTION_REQUIRED"}:
            return Answer.page(notice("All done", "You have agreed to this payment.", provider=PROVIDER), 410)
        if request.method != "POST":
            return Answer.page(_approval_page(order, context))
        if dict(request.form_pairs()).get("answer") != "approve":
            return _onward(context.get("cancel_url"), f"token={key}")
        self.till.approve(order)
        return _onward(context.get("return_url"), f"token={key}&PayerID={order['payer']['payer_id']}")

    def command(self, name: str, settings: dict[str, Any]) -> Any:
        match name:
            case "POST listener":
                self.listener = {"url": settings["url"], "webhook_id": settings["webhook_id"]} if settings else None
            case "POST captures":
                self.state.kept["capture"] = settings
            case "POST captures/settle":
                return self.till.capture_settle(self.till.get("capture", settings["capture"]), settings["status"])
            case "POST refunds":
                self.state.kept["refund_status"] = settings["status"]
            case "POST refunds/settle":
                return self.till.refund_settle(self.till.get("refund", settings["refund"]), settings["status"])
            case _:
                raise KeyError(name)
        return None


def _answered(body: dict[str, Any], status: int, *, whole: bool) -> Answer:
    return Answer(204) if status == 204 else Answer.of_json(_shown(body, whole=whole), status)


def _shown(body: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """Return the answer to a write: id, status and links, unless the caller prefers all of it."""
    if whole:
        return body
    short: dict[str, Any] = {name: body[name] for name in ("id", "status", "links") if name in body}
    if body.get("status") == "COMPLETED" and "purchase_units" in body:
        # What was captured stands in the short answer of an order too.
        named = ("reference_id", "payments")
        short["purchase_units"] = [
            {name: unit[name] for name in named if name in unit} for unit in body["purchase_units"]
        ]
    return short


def _onward(address: str | None, query: str) -> Answer:
    if not address:
        return Answer.page(notice("Thank you", "You can close this window.", provider=PROVIDER))
    return Answer.redirect(f"{address}{'&' if '?' in address else '?'}{query}")


def _approval_page(order: dict[str, Any], context: dict[str, Any]) -> str:
    unit = order["purchase_units"][0]
    amount = f"{unit['amount']['currency_code']} {unit['amount']['value']}"
    merchant = escape(context.get("brand_name") or "Sandbox hotel")
    held = '<p class="soft">The amount is held, not yet charged.</p>' if order["intent"] == "AUTHORIZE" else ""
    return page(
        f"Pay {merchant}",
        f"""
<div class="sheet"><section class="summary" aria-label="What you pay for"><h1>{merchant}</h1>
<p class="amount">{escape(amount)}</p><p class="soft">{escape(unit.get("description") or order["id"])}</p>{held}</section>
<section aria-labelledby="heading"><h2 id="heading">Pay as Greta Guest</h2>
<p class="soft">greta@example.com</p><form method="post"><button name="answer" value="approve">Agree and pay</button>
<button class="second" name="answer" value="cancel">Cancel</button></form></section></div>""",
        provider=PROVIDER,
    )
