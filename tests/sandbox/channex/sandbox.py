"""The stand-in for Channex: the key, the paths below /api/v1, the extranet pages and what the control API may ask of it."""

import json
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from tests.sandbox.channex import ari, bookings, changes, content, control, hooks, messages, otas, requests
from tests.sandbox.channex.errors import BLANK, Refusal, invalid
from tests.sandbox.channex.listing import Query, listed
from tests.sandbox.channex.world import USER, Resource, World
from tests.sandbox.core.faults import Fault
from tests.sandbox.core.http import Answer, Request
from tests.sandbox.core.provider import Provider
from tests.sandbox.core.state import State
from tests.sandbox.extranet import pages
from tests.sandbox.extranet.book import Extranet

KEY = "sandbox_channex_key"
PREFIX = "/api/v1/"
#: The largest call that Channex takes.
BODY_LIMIT = 10_000_000
DONE = {"meta": {"message": "Success"}}
#: Collections that are made, read, changed and removed alike: (kind, make, change, remove, code of a missing one).
COLLECTIONS: Mapping[str, tuple[str, Any, Any, Any, str]] = {
    "properties": ("property", content.property_make, content.property_change, content.property_remove, "not_found"),
    "room_types": (
        "room_type", content.room_type_make, content.room_type_change, content.room_type_remove, "not_found",
    ),
    "rate_plans": (
        "rate_plan", content.rate_plan_make, content.rate_plan_change, content.rate_plan_remove, "not_found",
    ),
    "webhooks": ("webhook", hooks.make, hooks.change, hooks.remove, "resource_not_found"),
}  # fmt: skip


class ChannexSandbox(Provider):
    """One account, opened by KEY, whose user is USER. `listener` gets every event as a global webhook does."""

    title: ClassVar[str] = "Channex"
    page_paths: ClassVar[tuple[str, ...]] = ("/extranet",)

    def __init__(
        self, *, public_url: str, state: State | None = None, listener: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(public_url=public_url, state=state, listener=listener)
        self.world = World(self.state, self.webhooks)
        for manner in otas.MANNERS:
            heard = partial(bookings.heard, self.world, manner.slug)
            self.world.extranets[manner.slug] = Extranet(self.state, manner, heard)
        if listener:
            control.listen(self.world, listener)

    def refusal(self, status: int, message: str) -> Answer:
        code = "http_too_many_requests" if status == 429 else "internal_server_error"
        return Refusal(code, None if status == 429 else [message]).answer()

    def respond(self, request: Request, fault: Fault | None) -> Answer:
        if request.path.startswith(self.page_paths):
            return pages.respond(self.world.extranets, request, f"{self.public_url}/extranet")
        try:
            if request.headers.get("user-api-key") != KEY:
                raise Refusal("unauthorized")
            if len(request.body) > BODY_LIMIT:
                raise Refusal("payload_too_large")
            if fault and fault.kind == "hang":
                time.sleep(fault.seconds)
            asked = request.json()
            if not isinstance(asked, dict):
                raise Refusal("bad_request", ["the body is no JSON object"])
            if request.method == "POST" and request.path == f"{PREFIX}webhooks/test":
                return Answer.of_json(hooks.try_out(self._checked_hook(asked)))
            with self.state.lock:
                self.state.changed = True
                return self._do(request, asked)
        except Refusal as refused:
            return refused.answer()
        except json.JSONDecodeError:
            return Refusal("bad_request", ["the body is no JSON"]).answer()

    def _checked_hook(self, asked: dict[str, Any]) -> dict[str, Any]:
        hook = asked.get("webhook")
        if not isinstance(hook, dict) or not hook.get("callback_url"):
            raise invalid(callback_url=BLANK)
        return hook

    def _do(self, request: Request, asked: dict[str, Any]) -> Answer:
        if not request.path.startswith(PREFIX):
            raise Refusal("not_found")
        steps = request.path.removeprefix(PREFIX).strip("/").split("/")
        query = Query(request.query_pairs())
        if steps[0] in COLLECTIONS:
            return self._collection(request.method, steps, query, asked)
        return Answer.of_json(self._other(request.method, steps, query, asked))

    def _collection(self, method: str, steps: list[str], query: Query, asked: dict[str, Any]) -> Answer:
        """Answer the calls that properties, room types, rate plans and webhooks have in common."""
        kind, make, change, remove, missing = COLLECTIONS[steps[0]]
        match method, steps[1:]:
            case "GET", []:
                return Answer.of_json(listed(query, self.world.find(kind)))
            case "GET", ["options"] if kind != "webhook":
                found = [one for one in self.world.find(kind) if query.fits(one)]
                return Answer.of_json({"data": [control.option(one) for one in found]})
            case "GET", [identifier]:
                return Answer.of_json({"data": self.world.get(kind, identifier, missing)})
            case "POST", []:
                return Answer.of_json({"data": make(self.world, _named(asked, kind))}, 201)
            case "PUT", [identifier]:
                self.world.get(kind, identifier, missing)
                return Answer.of_json({"data": change(self.world, identifier, _named(asked, kind))})
            case "DELETE", [identifier]:
                remove(self.world, identifier)
                return Answer.of_json(DONE)
        raise Refusal("not_found")

    def _other(self, method: str, steps: list[str], query: Query, asked: dict[str, Any]) -> Resource:  # noqa: C901, PLR0911, PLR0912 (a table)
        world = self.world
        match method, steps:
            case "GET", ["availability"]:
                return ari.read_availability(world, query)
            case "GET", ["restrictions"]:
                return ari.read_restrictions(world, query)
            case "POST", ["availability" | "restrictions" as kind]:
                return changes.take(world, kind, asked, user=USER)
            case "GET", ["booking_revisions", "feed"]:
                return bookings.feed(world, query)
            case "GET", ["booking_revisions"]:
                return bookings.revisions(world, query)
            case "GET", ["booking_revisions", identifier]:
                return {"data": bookings.get(world, "booking_revision", identifier)}
            case "POST", ["booking_revisions", identifier, "ack"]:
                return bookings.acknowledge(world, identifier)
            case "GET", ["bookings"]:
                return bookings.bookings(world, query)
            case "GET", ["bookings", identifier]:
                return {"data": bookings.get(world, "booking", identifier)}
            case "POST", ["bookings", identifier, "no_show" | "invalid_card" | "cancel_due_invalid_card" as kind]:
                return bookings.report(world, identifier, kind, asked)
            case "GET", ["bookings", identifier, "messages"]:
                return messages.of_thread(world, query, messages.thread_of(world, identifier))
            case "POST", ["bookings", identifier, "messages"]:
                return {"data": messages.write(world, messages.thread_of(world, identifier), asked)}
            case "GET", ["message_threads"]:
                return messages.threads(world, query)
            case "GET", ["message_threads", identifier]:
                return {"data": world.get("message_thread", identifier)}
            case "GET", ["message_threads", identifier, "messages"]:
                return messages.of_thread(world, query, world.get("message_thread", identifier))
            case "POST", ["message_threads", identifier, "messages"]:
                return {"data": messages.write(world, world.get("message_thread", identifier), asked)}
            case "POST", ["message_threads", identifier, "close"]:
                return {"data": messages.close(world, world.get("message_thread", identifier))}
            case "GET", ["live_feed"]:
                return listed(query, world.find("live_feed_event"), by="inserted_at", falling=True)
            case "GET", ["live_feed", identifier]:
                return {"data": world.get("live_feed_event", identifier)}
            case "POST", ["live_feed", identifier, "resolve"]:
                return requests.resolve(world, identifier, asked)
        raise Refusal("not_found")

    def pass_time(self) -> None:
        changes.run_due(self.world)
        bookings.pass_time(self.world)
        requests.pass_time(self.world)

    def command(self, name: str, settings: dict[str, Any]) -> Any:
        # A copy: what is returned is written down after the lock is given back.
        return json.loads(json.dumps(control.command(self.world, name, settings)))

    def reset(self) -> None:
        super().reset()
        if self.listener:
            control.listen(self.world, self.listener)


def _named(asked: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return what stands under the resource's name, as every body of a collection has it."""
    body = asked.get(kind)
    if not isinstance(body, dict):
        raise Refusal("bad_request", [f"{kind} is required"])
    return body
