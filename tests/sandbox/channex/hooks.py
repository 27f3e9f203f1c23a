"""Webhooks: endpoints that are told of events, in any order. Channex signs nothing; an endpoint's own headers go along."""

import json
import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from tests.sandbox.channex import ari as inventory
from tests.sandbox.channex.errors import BLANK, Refusal, invalid
from tests.sandbox.channex.world import Resource, World, link, owner
from tests.sandbox.core.webhooks import Delivery
from tests.sandbox.extranet.money import shown

FIELDS = {
    "callback_url": None, "event_mask": None, "request_params": None, "headers": None, "is_active": False,
    "send_data": False,
}  # fmt: skip


def make(world: World, asked: dict[str, Any]) -> Resource:
    """Make an endpoint for a property, or for all of them with is_global (which its pages show in examples alone)."""
    _check(world, asked)
    attributes = {name: asked.get(name, value) for name, value in FIELDS.items()}
    relationships = {"property": link("property", asked["property_id"])} if asked.get("property_id") else {}
    return world.add("webhook", attributes, relationships)


def change(world: World, identifier: str, asked: dict[str, Any]) -> Resource:
    found = world.get("webhook", identifier, "resource_not_found")
    merged = {**found["attributes"], "property_id": owner(found, "property"), **asked}
    _check(world, merged | {"is_global": not merged["property_id"]})
    found["attributes"] |= {name: merged[name] for name in FIELDS}
    if merged["property_id"]:
        found["relationships"]["property"] = link("property", merged["property_id"])
    return found


def remove(world: World, identifier: str) -> None:
    world.remove(world.get("webhook", identifier, "resource_not_found")["id"])


def _check(world: World, asked: Mapping[str, Any]) -> None:
    names = ["callback_url", "event_mask", *([] if asked.get("is_global") else ["property_id"])]
    missing = {name: [BLANK] for name in names if not asked.get(name)}
    if missing:
        raise Refusal("validation_error", missing)
    if urlsplit(asked["callback_url"]).scheme not in {"http", "https"}:
        raise invalid(callback_url="is invalid")
    if asked.get("property_id") and not world.has("property", asked["property_id"]):
        raise invalid(property_id="does not exist")


def try_out(asked: Mapping[str, Any]) -> Resource:
    """Call an endpoint now and return what it said. Takes no lock: the endpoint may call back."""
    body = json.dumps({"event": "test", "property_id": asked.get("property_id"), "user_id": None}).encode()
    headers = {"Content-Type": "application/json", **(asked.get("headers") or {})}
    call = Request(_address(asked), body, headers, method="POST")  # noqa: S310 (checked by _check)
    try:
        with build_opener(ProxyHandler({})).open(call, timeout=5) as answer:
            return {"status_code": answer.status, "body": answer.read().decode(errors="replace")}
    except HTTPError as error:
        with error:
            return {"status_code": error.code, "body": error.read().decode(errors="replace")}
    except OSError as error:
        return {"status_code": 0, "body": str(error)}


def _address(hook: Mapping[str, Any]) -> str:
    address, more = hook["callback_url"], urlencode(hook.get("request_params") or {})
    return f"{address}{'&' if '?' in address else '?'}{more}" if more else str(address)


# Sending


def send(world: World, event: str, property_id: str, payload: Any, *, user: str | None = None) -> None:
    """Tell every active endpoint whose mask has the event."""
    for hook in _endpoints(world, property_id):
        if _masks(hook, event) is not None:
            _send(world, hook, event, property_id, payload, user)


def _endpoints(world: World, property_id: str) -> list[Resource]:
    return [
        hook
        for hook in world.find("webhook")
        if hook["attributes"]["is_active"] and owner(hook, "property") in {"", property_id}
    ]


def _masks(hook: Resource, event: str) -> list[list[str]] | None:
    """Return the lists an `ari` mask is limited to (restrictions, room types, rate plans), None when it has no event."""
    for mask in hook["attributes"]["event_mask"].split(";"):
        name, *limits = mask.strip().split(":")
        if name in {"*", event}:
            return [[] if limit == "*" else limit.split(",") for limit in limits]
    return None


def _send(world: World, hook: Resource, event: str, property_id: str, payload: Any, user: str | None) -> None:
    shown_hook = hook["attributes"]
    message = {"event": event, "payload": payload, "property_id": property_id, "user_id": user}
    message["timestamp"] = f"{world.instant():%Y-%m-%dT%H:%M:%S}.0000Z"
    if not shown_hook["send_data"]:
        del message["payload"]
    headers = {name: str(value) for name, value in (shown_hook["headers"] or {}).items()}
    body = json.dumps(message).encode()
    world.deliveries.send(Delivery(str(uuid.uuid4()), event, _address(shown_hook), body, lambda _: headers))


def ari(world: World, resource: Resource, by_day: Mapping[str, set[str]], *, user: str | None) -> None:
    """Tell of changed availability (of a room type) or rates and restrictions (of a rate plan), by date."""
    property_id = owner(resource, "property")
    for hook in _endpoints(world, property_id):
        limits = _masks(hook, "ari")
        if limits is None:
            continue
        plans = [resource]
        if resource["type"] == "room_type":
            plans = world.find("rate_plan", room_type=resource["id"])
        limits += [[]] * (3 - len(limits))
        payload = [
            _changed(world, plan, day, names)
            for plan in plans
            for day, names in sorted(by_day.items())
            if not limits[0] or {name.replace("rates", "rate") for name in names} & set(limits[0])
            if not limits[1] or owner(plan, "room_type") in limits[1]
            if not limits[2] or plan["id"] in limits[2]
        ]
        if payload:
            _send(world, hook, "ari", property_id, payload, user)


def _changed(world: World, plan: Resource, day: str, names: set[str]) -> Resource:
    room, on = owner(plan, "room_type"), date.fromisoformat(day)
    now = inventory.restrictions(world, plan, on)
    rates = now.pop("rates")
    primary = next(option["occupancy"] for option in plan["attributes"]["options"] if option["is_primary"])
    known = {
        **now, "availability": inventory.availability(world, room, on),
        "rate": shown(rates[primary], plan["attributes"]["currency"]),
    }  # fmt: skip
    fields = {name.replace("rates", "rate") for name in names} | {"stop_sell"}
    booked = sum(
        room == held["room_type_id"] and day in held["days"]
        for booking in world.find("booking")
        if booking["attributes"]["status"] != "cancelled"
        for held in booking["attributes"]["rooms"]
    )
    return {
        **{name: known[name] for name in sorted(fields)}, "booked": booked, "date": day, "rate_plan_id": plan["id"],
        "room_type_id": room,
    }  # fmt: skip
