"""What the control API may ask of the stand-in besides faults and webhooks: hotels, connections, sales, mishaps of its own."""

from datetime import timedelta
from typing import Any

from tests.sandbox.channex import changes, content, hooks, messages, otas, requests
from tests.sandbox.channex.world import Resource, World, owner
from tests.sandbox.extranet import control as extranets

#: Who changes things in Channex's own pages.
SOMEBODY = "e1b7a6c4-2f3d-4c5b-8a90-7d6e5f4c3b2a"


def listen(world: World, listener: Any) -> Resource:
    """Make an endpoint that is told of everything, of every property; `secret` goes along as X-Channex-Secret."""
    with world.state.lock:
        known = [hook for hook in world.find("webhook") if hook["attributes"]["callback_url"] == listener["url"]]
        headers = {"X-Channex-Secret": listener["secret"]} if listener.get("secret") else {}
        asked = {
            "callback_url": listener["url"], "event_mask": listener.get("events", "*"), "headers": headers,
            "request_params": {}, "is_active": True, "send_data": True, "is_global": True,
        }  # fmt: skip
        return known[0] if known else hooks.make(world, asked)


def option(resource: Resource) -> Resource:
    """Return a resource as GET .../options shows it."""
    told, kind = resource["attributes"], resource["type"]
    shown = {"id": resource["id"], "title": told["title"]}
    if kind == "property":
        return {"attributes": shown | {"currency": told["currency"]}, "id": resource["id"], "type": "properties"}
    shown["property_id"] = owner(resource, "property")
    if kind == "room_type":
        shown["default_occupancy"] = told["default_occupancy"]
    else:
        primary = next(one["occupancy"] for one in told["options"] if one["is_primary"])
        shown |= {
            "occupancy": primary, "parent_rate_plan_id": None, "rate_category_id": None,
            "room_type_id": owner(resource, "room_type"), "sell_mode": told["sell_mode"],
        }  # fmt: skip
    return {"attributes": shown, "id": resource["id"], "type": kind}


def command(world: World, name: str, settings: dict[str, Any]) -> Any:  # noqa: C901, PLR0911, PLR0912 (a table)
    """Do what was told; KeyError for an unknown name or thing, ValueError for what cannot be done."""
    asked = dict(settings)
    match name:
        case "POST listener":
            return listen(world, asked)
        case "POST hotels":
            return hotel(world, asked)
        case "POST channels":
            return otas.connect(world, **asked)
        case "GET channels":
            return list(otas.channels(world).values())
        case "POST channels/map":
            return otas.map_all(world, _channel(world, asked))
        case "POST channels/unmap":
            return otas.unmap(world, _channel(world, asked), asked["id"])
        case "POST channels/hold":
            return otas.hold(world, _channel(world, asked), bool(asked.get("held", True)))
        case "POST channels/set":
            found = _channel(world, asked)
            return otas.settle(found, {key: asked[key] for key in asked if key not in {"channel", "property_id"}})
        case "POST sell":
            return sell(world, asked)
        case "POST modify":
            return modify(world, asked)
        case "POST cancel":
            book = world.extranets[asked.pop("channel")]
            return book.cancel(asked.pop("reservation"), **asked)
        case "POST edit":
            return changes.take(world, asked["kind"], {"values": asked["values"]}, user=SOMEBODY)
        case "POST events":
            return hooks.send(world, asked["event"], asked["property_id"], asked.get("payload"))
        case "POST tasks":
            world.state.kept["task_seconds"] = int(asked["seconds"])
            return None
        case "GET tasks":
            return world.state.kept.get("tasks", [])
        case "GET mails":
            return world.state.kept.get("mails", [])
        case "GET limits":
            return {"refused": world.state.kept.get("refused", 0), "calls": world.kept("calls")}
        case "POST messages":
            return messages.write(
                world, messages.thread_of(world, asked["booking_id"]), {"message": {"message": asked["text"]}},
                sender="guest",
            )  # fmt: skip
        case "POST requests":
            found = otas.find(world, requests.SLUG, asked.pop("property_id", ""))
            rooms = [_room(world, found, room) for room in asked.pop("rooms")]
            return requests.ask(world, found["property_id"], rooms, **asked)
    return extranets.command(world.extranets, name, asked)


def _channel(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    return otas.find(world, asked["channel"], asked.get("property_id", ""))


def hotel(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """Make a whole hotel at once: {title, currency, timezone, rooms: [{title, count, guests, rates: [{title, rate,
    occupancies}]}], channels: [slug or {channel, payout, ...}], open_days}. Rates in minor units; `occupancies` makes
    a plan per person. `open_days` sends that many days of rooms and rates; 0 leaves everything as it is at the start.
    Returns {property, rooms: {title: id}, rates: {"room/rate": id}, channels: {slug: connection}}.
    """
    currency = asked.get("currency", "EUR")
    made = content.property_make(
        world,
        {
            "title": asked.get("title", "Hotel Lusitania"), "currency": currency,
            "timezone": asked.get("timezone", "UTC"), "settings": asked.get("settings", {}),
        },
    )  # fmt: skip
    found: dict[str, Any] = {"property": made["id"], "rooms": {}, "rates": {}, "channels": {}}
    for room in asked["rooms"]:
        guests = room.get("guests", 2)
        kind = {
            "property_id": made["id"], "title": room["title"], "count_of_rooms": room["count"], "occ_adults": guests,
            "default_occupancy": min(2, guests), "occ_children": room.get("children", 0),
        }  # fmt: skip
        room_type = content.room_type_make(world, kind)
        found["rooms"][room["title"]] = room_type["id"]
        for rate in room.get("rates", [{"title": "Best Available Rate", "rate": 10000}]):
            plan = content.rate_plan_make(world, _plan(made["id"], room_type["id"], rate, guests))
            found["rates"][f"{room['title']}/{rate['title']}"] = plan["id"]
    if asked.get("open_days"):
        _open(world, made["id"], int(asked["open_days"]))
    for channel in asked.get("channels", []):
        named = {"channel": channel} if isinstance(channel, str) else dict(channel)
        found["channels"][named["channel"]] = otas.connect(world, property_id=made["id"], **named)
    return found


def _plan(property_id: str, room_type_id: str, rate: dict[str, Any], guests: int) -> dict[str, Any]:
    occupancies = rate.get("occupancies") or []
    options = [
        {"occupancy": occupancy, "is_primary": occupancy == max(occupancies), "rate": rate.get("rate", 0)}
        for occupancy in occupancies
    ]
    return {
        "property_id": property_id, "room_type_id": room_type_id, "title": rate["title"],
        "sell_mode": "per_person" if occupancies else "per_room",
        "options": options or [{"occupancy": guests, "is_primary": True, "rate": rate.get("rate", 0)}],
    }  # fmt: skip


def _open(world: World, property_id: str, days: int) -> None:
    today = world.today(property_id)
    dates = [(today + timedelta(days=number)).isoformat() for number in range(days)]
    rooms = world.find("room_type", property=property_id)
    sent = [
        {"target": room["id"], "dates": dates, "told": {"availability": room["attributes"]["count_of_rooms"]}}
        for room in rooms
    ]  # fmt: skip
    changes.apply(world, "availability", sent, user=None)


# Sales, in Channex's own identifiers


def _room(world: World, channel: dict[str, Any], room: dict[str, Any]) -> dict[str, Any]:
    """Turn {rate_plan_id, arrival, departure, adults, ...} into the OTA's identifiers; `room` and `rate` stay as given."""
    asked = dict(room)
    plan = asked.pop("rate_plan_id", None)
    if plan is not None:
        codes = next((code for code, identifier in channel["rates"].items() if identifier == plan), None)
        if codes is None:
            raise KeyError(f"{plan} at {channel['slug']}")
        asked["room"], _, asked["rate"] = codes.partition("/")
    return asked


def sell(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """Book as a guest of an OTA: {channel, rooms: [...], booker, payout, notes, arrival_hour, forced}. Returns the stay
    with booking_id and revision_id. Refused when the OTA was not told that it is open.
    """
    channel = _channel(world, asked)
    asked.pop("property_id", None)
    book = world.extranets[asked.pop("channel")]
    rooms = [_room(world, channel, room) for room in asked.pop("rooms")]
    stay = extranets.command(
        {book.manner.slug: book}, "POST extranet/sell", {"hotel": channel["hotel"], "rooms": rooms, **asked}
    )
    return _with_booking(world, book.manner.slug, stay)


def modify(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """Change a guest's stay: {channel, reservation, rooms?, notes?, arrival_hour?, booker?, forced?}; rooms are all of
    them, and keep their identity where `identifier` is the one of stay["rooms"][...]["id"].
    """
    book = world.extranets[asked.pop("channel")]
    stay = book.stay(asked["reservation"])
    channel = otas.of_hotel(world, book.manner.slug, stay["hotel"])
    if channel is None:
        raise KeyError(book.manner.slug)
    if "rooms" in asked:
        asked["rooms"] = [_room(world, channel, room) for room in asked["rooms"]]
    stay = extranets.command({book.manner.slug: book}, "POST extranet/modify", asked)
    return _with_booking(world, book.manner.slug, stay)


def _with_booking(world: World, slug: str, stay: dict[str, Any]) -> dict[str, Any]:
    booking_id = world.kept("reservations")[f"{otas.PREFIX[slug]}-{stay['reservation']}"]
    booking = world.get("booking", booking_id)["attributes"]
    return {**stay, "booking_id": booking_id, "channex_revision_id": booking["revision_id"]}
