"""The stand-in for Stripe: keys, accounts, idempotency, the operations, the pages and what the control API may ask of it."""

import json
import threading
import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.sandbox.core.faults import Fault
from tests.sandbox.core.http import Answer, Request
from tests.sandbox.core.provider import Provider
from tests.sandbox.core.state import State, token
from tests.sandbox.stripe import API_VERSION, accounts, balance, checkout, pages, payments, refunds
from tests.sandbox.stripe.api import expanded, find_operation
from tests.sandbox.stripe.errors import Refusal
from tests.sandbox.stripe.parameters import decode, parse
from tests.sandbox.stripe.world import World

REMEMBER_SECONDS = 24 * 3600


class StripeSandbox(Provider):
    """Any key that begins with sk_test_ opens it; all of them belong to one platform. `listener` is told everything."""

    title: ClassVar[str] = "Stripe"
    page_paths: ClassVar[tuple[str, ...]] = ("/c/", "/receipts/")

    def __init__(
        self, *, public_url: str, state: State | None = None, listener: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(public_url=public_url, state=state, listener=listener)
        self._running: set[str] = set()
        self._keys = threading.Lock()

    def world(self, account: str | None = None, request: Mapping[str, Any] | None = None) -> World:
        """Return the view of an account; its user holds `state.lock`."""
        return World(
            self.state, self.webhooks, public_url=self.public_url, listener=self.listener, account=account,
            request=request,
        )  # fmt: skip

    def world_of(self, identifier: str) -> World:
        """Return the view of the account that an object belongs to; KeyError for an unknown one."""
        return self.world(self.state.hidden[identifier]["account"])

    def refusal(self, status: int, message: str) -> Answer:
        kind = "invalid_request_error" if status == 429 else "api_error"
        code = "rate_limit" if status == 429 else None
        answer = Refusal(message, status=status, kind=kind, code=code).answer()
        return Answer(status, answer.body, {**answer.headers, "Request-Id": token("req_", 14)})

    def respond(self, request: Request, fault: Fault | None) -> Answer:
        if request.path.startswith(self.page_paths):
            with self.state.lock:
                return pages.respond(self, request)
        identifier = token("req_", 14)
        try:
            answer = self._keyed(request, fault, identifier)
        except Refusal as refusal:
            answer = refusal.answer()
        headers = {"Request-Id": identifier, "Stripe-Version": request.headers.get("stripe-version", API_VERSION)}
        account = request.headers.get("stripe-account")
        if account:
            headers["Stripe-Account"] = account
        return Answer(answer.status, answer.body, headers | dict(answer.headers))

    def _keyed(self, request: Request, fault: Fault | None, identifier: str) -> Answer:
        """Do a call once for each idempotency key: later calls get the first one's answer."""
        _authenticate(request.headers)
        version = request.headers.get("stripe-version", API_VERSION)
        if version != API_VERSION:
            raise Refusal(f"The sandbox speaks version {API_VERSION} only, not {version}.", unsaved=True)
        key = request.headers.get("idempotency-key")
        if not key or request.method != "POST":
            return self._run(request, fault, identifier, None)
        if len(key) > 255:
            raise Refusal("Idempotency keys have at most 255 characters.", param="idempotency_key", unsaved=True)
        name = f"{request.headers.get('stripe-account', '')}|{key}"
        meant = json.dumps([request.path, sorted(request.form_pairs())])
        with self._keys:
            if name in self._running:
                raise Refusal(
                    "A request with this idempotency key is still under way.", status=409,
                    code="idempotency_key_in_use", kind="idempotency_error", unsaved=True,
                )  # fmt: skip
            with self.state.lock:
                kept = self.state.kept.setdefault("keys", {}).get(name)
                if kept and kept["until"] <= self.state.now():
                    kept = None
            if kept:
                return _replay(kept, meant)
            self._running.add(name)
        try:
            return self._run_and_keep(request, fault, identifier, name=name, key=key, meant=meant)
        finally:
            with self._keys:
                self._running.discard(name)

    def _run_and_keep(
        self, request: Request, fault: Fault | None, identifier: str, *, name: str, key: str, meant: str
    ) -> Answer:
        try:
            answer = self._run(request, fault, identifier, key)
        except Refusal as refusal:
            if refusal.unsaved:
                raise
            answer = refusal.answer()
        kept = {"meant": meant, "status": answer.status, "body": answer.body.decode(), "request": identifier}
        if fault and fault.kind == "error_after" and fault.saved:
            failed = self.refusal(500, "The sandbox was told to fail after doing what was asked.")
            kept |= {"status": 500, "body": failed.body.decode()}
        with self.state.lock:
            now = self.state.now()
            known = {key: one for key, one in self.state.kept.get("keys", {}).items() if one["until"] > now}
            self.state.kept["keys"] = known | {name: kept | {"until": now + REMEMBER_SECONDS}}
            self.state.changed = True
        return answer

    def _run(self, request: Request, fault: Fault | None, identifier: str, key: str | None) -> Answer:
        if fault and fault.kind == "hang":
            time.sleep(fault.seconds)
        operation, identifiers = find_operation(request.method, request.path)
        account = request.headers.get("stripe-account")
        with self.state.lock:
            if account and self.state.objects.get(account, {}).get("object") != "account":
                raise accounts.no_access(account)
            world = self.world(account, {"id": identifier, "idempotency_key": key})
            pairs = request.form_pairs() if request.method == "POST" else request.query_pairs()
            asked = parse(decode(pairs), operation.shape)
            done = operation.function(world, asked, *identifiers)
            return Answer.of_json(expanded(world, done, asked.get("expand") or []))

    def pass_time(self) -> None:
        views = {hidden["account"] for hidden in self.state.hidden.values()}
        for account in views:
            world = self.world(account)
            payments.pass_time(world)
            refunds.pass_time(world)
            checkout.pass_time(world)
            balance.pass_time(world)

    def command(self, name: str, settings: dict[str, Any]) -> Any:  # noqa: PLR0911 (a table)
        """Do what only the provider or a bank could do. ValueError when it is not possible now."""
        match name:
            case "POST listener":
                self.listener = {"url": settings["url"], "secret": settings["secret"]} if settings else None
            case "POST refunds":
                self._set("refund_status", settings.get("status"))
            case "POST refunds/settle":
                world = self.world_of(settings["refund"])
                refund = world.get("refund", settings["refund"])
                reason = settings.get("reason", "unknown")
                return refunds.settle(world, refund, status=settings["status"], reason=reason)
            case "POST payments/slow":
                self._set("slow_payments", int(settings.get("times", 1)))
            case "POST payments/settle":
                world = self.world_of(settings["payment_intent"])
                intent = world.get("payment_intent", settings["payment_intent"])
                payments.settle(world, intent, passed=bool(settings["succeed"]))
                checkout.settled(world, intent)
                return intent
            case "POST disputes":
                if "after_seconds" in settings:
                    return self._set("dispute_after_seconds", int(settings["after_seconds"]))
                world = self.world_of(settings["charge"])
                charge = world.get("charge", settings["charge"])
                return balance.dispute_open(world, charge, reason=settings.get("reason", "fraudulent"))
            case "POST disputes/close":
                world = self.world_of(settings["dispute"])
                return balance.dispute_close(
                    world, world.get("dispute", settings["dispute"]), status=settings["status"]
                )
            case "POST payouts":
                return balance.payout_make(self.world(settings.get("account")))
            case "POST accounts/enable":
                return accounts.enable(self.world(), self.world().get("account", settings["account"]))
            case _:
                raise KeyError(name)
        return None

    def _set(self, name: str, value: Any) -> None:
        if value is None:
            self.state.kept.pop(name, None)
        else:
            self.state.kept[name] = value


def _authenticate(headers: Mapping[str, str]) -> None:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme == "Basic":
        try:
            given = b64decode(given).decode().partition(":")[0]
        except (NotBase64, UnicodeDecodeError):
            given = ""
    if not given:
        raise Refusal("You did not provide an API key.", status=401, unsaved=True)
    if not given.startswith("sk_test_") or "invalid" in given:
        hidden = given[:8] + "*" * max(0, len(given) - 12) + given[-4:]
        raise Refusal(f"Invalid API Key provided: {hidden}", status=401, unsaved=True)


def _replay(kept: dict[str, Any], meant: str) -> Answer:
    if kept["meant"] != meant:
        raise Refusal(
            "This idempotency key was used before, with other parameters.",
            kind="idempotency_error", unsaved=True,
        )  # fmt: skip
    headers = {
        "Content-Type": "application/json", "Idempotent-Replayed": "true", "Original-Request": kept["request"],
    }  # fmt: skip
    return Answer(kept["status"], kept["body"].encode(), headers)
