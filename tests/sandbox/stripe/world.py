"""One call's view of the sandbox: one account's objects, the clock, and events about what changes."""

import copy
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any

from tests.sandbox.core.state import State, token
from tests.sandbox.core.webhooks import Delivery, Webhooks
from tests.sandbox.stripe import API_VERSION
from tests.sandbox.stripe.errors import Refusal, missing


def signature_header(body: bytes, secret: str, instant: int | None = None) -> dict[str, str]:
    """Return the Stripe-Signature header of a body, now or at an instant in seconds since 1970 UTC."""
    instant = instant or int(time.time())
    digest = hmac.new(secret.encode(), f"{instant}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={instant},v1={digest}"}


class World:
    """The objects of one account (None is the platform itself). Whoever holds a World holds the state's lock."""

    def __init__(
        self, state: State, webhooks: Webhooks, *, public_url: str, listener: Mapping[str, str] | None,
        account: str | None = None, request: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.state = state
        self.webhooks = webhooks
        self.public_url = public_url
        self.listener = listener
        self.account = account
        self.request = dict(request or {"id": None, "idempotency_key": None})

    def at(self, account: str | None) -> "World":
        """Return the same sandbox seen from another account."""
        return World(
            self.state, self.webhooks, public_url=self.public_url, listener=self.listener, account=account,
            request=self.request,
        )  # fmt: skip

    def now(self) -> int:
        return self.state.now()

    def add(self, body: dict[str, Any], **hidden: Any) -> dict[str, Any]:
        return self.state.add(body, account=self.account, **hidden)

    def hidden(self, identifier: str) -> dict[str, Any]:
        self.state.changed = True
        return self.state.hidden[identifier]

    def get(self, kind: str, identifier: Any, param: str = "id") -> dict[str, Any]:
        """Return an object of this account and kind; refuse with 404 when there is none."""
        body = self.state.objects.get(identifier) if isinstance(identifier, str) else None
        if body is None or body["object"] != kind or self.state.hidden[identifier]["account"] != self.account:
            raise missing(kind, str(identifier), param)
        self.state.changed = True
        return body

    def find(self, kind: str, **having: Any) -> list[dict[str, Any]]:
        """Return this account's objects of a kind, newest first, with these values where a value is given."""
        wanted = {name: value for name, value in having.items() if value is not None}
        return [
            body
            for identifier, body in reversed(self.state.objects.items())
            if body["object"] == kind
            and self.state.hidden[identifier]["account"] == self.account
            and all(body.get(name) == value for name, value in wanted.items())
        ]

    def emit(self, kind: str, body: dict[str, Any], previous: dict[str, Any] | None = None) -> dict[str, Any]:
        """Record an event about a copy of the object and send it to every endpoint that listens to its kind."""
        endpoints = list(self._listening(kind))
        content = {"object": copy.deepcopy(body)} | ({"previous_attributes": previous} if previous else {})
        event = {
            "id": token("evt_"), "object": "event", "api_version": API_VERSION, "created": self.now(), "data": content,
            "livemode": False, "pending_webhooks": len(endpoints), "request": dict(self.request), "type": kind,
        }  # fmt: skip
        self.add(event)
        for address, secret, connect in endpoints:
            sent = event | ({"account": self.account} if self.account and connect else {})
            self.webhooks.send(_delivery(sent, address, secret))
        return event

    def _listening(self, kind: str) -> Any:
        if self.listener:
            yield self.listener["url"], self.listener["secret"], True
        for identifier, endpoint in self.state.objects.items():
            if endpoint["object"] != "webhook_endpoint" or endpoint["status"] != "enabled":
                continue
            hidden = self.state.hidden[identifier]
            own = hidden["account"] == self.account and not hidden["connect"]
            connected = hidden["connect"] and hidden["account"] is None and self.account is not None
            if (own or connected) and {kind, "*"} & set(endpoint["enabled_events"]):
                yield endpoint["url"], hidden["secret"], connected


def _delivery(event: dict[str, Any], address: str, secret: str) -> Delivery:
    import json

    body = json.dumps(event, indent=2).encode()
    return Delivery(event["id"], event["type"], address, body, lambda sent: signature_header(sent, secret))


def listed(found: list[dict[str, Any]], asked: dict[str, Any], path: str) -> dict[str, Any]:
    """Return one page of objects, newest first; refuse a limit outside 1 to 100 and an unknown cursor."""
    limit = asked.get("limit") or 10
    if not 1 <= limit <= 100:
        raise Refusal("Invalid integer: limit must be between 1 and 100", param="limit")
    for name, bound in (asked.get("created") or {}).items():
        found = [body for body in found if _within(body["created"], name, bound)]
    identifiers = [body["id"] for body in found]
    after, before = asked.get("starting_after"), asked.get("ending_before")
    for param, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor and cursor not in identifiers:
            raise missing("object", cursor, param)
    if before:
        end = identifiers.index(before)
        page, more = found[max(0, end - limit) : end], end > limit
    else:
        start = identifiers.index(after) + 1 if after else 0
        page, more = found[start : start + limit], len(found) > start + limit
    return {"object": "list", "data": page, "has_more": more, "url": path}


def _within(value: int, name: str, bound: int) -> bool:
    return {
        "eq": value == bound, "gt": value > bound, "gte": value >= bound, "lt": value < bound, "lte": value <= bound,
    }[name]  # fmt: skip
