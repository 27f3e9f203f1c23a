"""Properties, room types and rate plans: made, read, changed and removed."""

import uuid
from copy import deepcopy
from typing import Any
from zoneinfo import ZoneInfo

from tests.sandbox.channex import otas
from tests.sandbox.channex.errors import BLANK, Refusal, invalid
from tests.sandbox.channex.world import GROUP, Resource, World, link, owner
from tests.sandbox.extranet.money import minor

#: Property size limits of Channex: room types and rate plans of a hotel.
ROOM_TYPES, RATE_PLANS = 20, 200
SETTINGS = {
    "allow_availability_autoupdate_on_confirmation": True, "allow_availability_autoupdate_on_modification": True,
    "allow_availability_autoupdate_on_cancellation": True, "min_stay_type": "both", "max_price": None,
    "min_price": None, "state_length": 500, "cut_off_time": "00:00:00", "cut_off_days": 0, "max_day_advance": None,
}  # fmt: skip
PROPERTY: Resource = {
    "title": None, "is_active": True, "email": None, "phone": None, "currency": None, "country": None, "state": None,
    "city": None, "address": None, "zip_code": None, "latitude": None, "longitude": None, "timezone": "UTC",
    "property_type": "hotel", "content": {"description": None, "photos": [], "important_information": None},
    "logo_url": None, "acc_channels_count": 0, "settings": {},
}  # fmt: skip
ROOM_TYPE: Resource = {
    "title": None, "occ_adults": None, "occ_children": 0, "occ_infants": 0, "default_occupancy": None,
    "count_of_rooms": None, "room_kind": "room", "capacity": None, "content": {"description": None, "photos": []},
}  # fmt: skip
WEEKLY = {
    "max_stay": 0, "min_stay_arrival": 1, "min_stay_through": 1, "closed_to_arrival": False,
    "closed_to_departure": False, "stop_sell": False,
}  # fmt: skip
INHERITED = (
    "rate", "closed_to_arrival", "closed_to_departure", "stop_sell", "min_stay_arrival", "min_stay_through",
    "max_stay", "availability_offset", "max_sell", "max_availability",
)  # fmt: skip
RATE_PLAN: Resource = {
    "title": None, "sell_mode": "per_room", "rate_mode": "manual", "currency": None, "children_fee": "0.00",
    "infant_fee": "0.00", **{name: [value] * 7 for name, value in WEEKLY.items()}, "options": None,
    **{f"inherit_{name}": False for name in INHERITED}, "auto_rate_settings": None, "meal_type": "none",
}  # fmt: skip


def need(asked: dict[str, Any], *names: str) -> None:
    """Refuse with a sentence for each field that is not there."""
    missing = {name: BLANK for name in names if not asked.get(name) and asked.get(name) != 0}
    if missing:
        raise invalid(**missing)


def _merged(defaults: Resource, asked: dict[str, Any]) -> Resource:
    return {name: asked.get(name, value) for name, value in deepcopy(defaults).items()}


def _whole(asked: dict[str, Any], *names: str) -> None:
    for name in names:
        value = asked.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise invalid(**{name: "is invalid"})


# Properties


def property_make(world: World, asked: dict[str, Any]) -> Resource:
    need(asked, "title", "currency")
    attributes = _merged(PROPERTY, asked)
    attributes["settings"] = SETTINGS | (asked.get("settings") or {})
    _check_property(attributes)
    groups = {"data": [{"id": GROUP, "type": "group", "attributes": {"id": GROUP, "title": "User Group"}}]}
    return world.add("property", attributes, {"groups": groups, "facilities": {"data": []}})


def property_change(world: World, identifier: str, asked: dict[str, Any]) -> Resource:
    found = world.get("property", identifier)
    changed = found["attributes"] | {name: value for name, value in asked.items() if name in PROPERTY}
    changed["settings"] = found["attributes"]["settings"] | (asked.get("settings") or {})
    need(changed, "title", "currency")
    _check_property(changed)
    found["attributes"] = changed
    return found


def _check_property(attributes: Resource) -> None:
    try:
        ZoneInfo(attributes["timezone"])
    except (KeyError, OSError, TypeError, ValueError):
        raise invalid(timezone="is invalid") from None
    if attributes["settings"]["min_stay_type"] not in {"both", "arrival", "through"}:
        raise invalid(min_stay_type="is invalid")


def property_remove(world: World, identifier: str) -> None:
    found = world.get("property", identifier)
    if otas.connected(world, identifier):
        raise invalid(property="has channel(s)")
    for kind in ("rate_plan", "room_type", "webhook"):
        for one in world.find(kind, property=found["id"]):
            world.remove(one["id"])
    world.remove(found["id"])


# Room types


def room_type_make(world: World, asked: dict[str, Any]) -> Resource:
    need(asked, "property_id", "title", "count_of_rooms", "occ_adults", "default_occupancy")
    _whole(asked, "count_of_rooms", "occ_adults", "occ_children", "occ_infants", "default_occupancy")
    if not world.has("property", asked["property_id"]):
        raise invalid(property_id="does not exist")
    if len(world.find("room_type", property=asked["property_id"])) >= ROOM_TYPES:
        raise invalid(property_id=f"has {ROOM_TYPES} room types already")
    relationships = {"facilities": {"data": []}, "property": link("property", asked["property_id"])}
    room = world.add("room_type", _merged(ROOM_TYPE, asked), relationships)
    content = room["attributes"]["content"] or {}
    owners = {"property_id": asked["property_id"], "room_type_id": room["id"]}
    photos = [{"id": str(uuid.uuid4()), **photo, **owners} for photo in content.get("photos") or []]
    room["attributes"]["content"] = {"description": content.get("description"), "photos": photos}
    return room


def room_type_change(world: World, identifier: str, asked: dict[str, Any]) -> Resource:
    found = world.get("room_type", identifier)
    changed = found["attributes"] | {name: value for name, value in asked.items() if name in ROOM_TYPE}
    need(changed, "title", "count_of_rooms", "occ_adults", "default_occupancy")
    _whole(changed, "count_of_rooms", "occ_adults", "occ_children", "occ_infants", "default_occupancy")
    found["attributes"] = changed
    return found


def room_type_remove(world: World, identifier: str) -> None:
    found = world.get("room_type", identifier)
    if otas.mapped(world, identifier):
        raise invalid(room_type="has channel(s)")
    for plan in world.find("rate_plan", room_type=found["id"]):
        world.remove(plan["id"])
    world.remove(found["id"])


# Rate plans


def rate_plan_make(world: World, asked: dict[str, Any]) -> Resource:
    need(asked, "property_id", "room_type_id", "title", "options")
    if asked.get("parent_rate_plan_id"):
        raise invalid(parent_rate_plan_id="is more than this sandbox can do")
    if not world.has("room_type", asked["room_type_id"]):
        raise invalid(room_type_id="does not exist")
    room = world.get("room_type", asked["room_type_id"])
    house = world.get("property", owner(room, "property"))
    if asked["property_id"] != house["id"]:
        raise invalid(property_id="is not the room type's")
    if len(world.find("rate_plan", property=house["id"])) >= RATE_PLANS:
        raise invalid(property_id=f"has {RATE_PLANS} rate plans already")
    attributes = _merged(RATE_PLAN, asked)
    attributes["currency"] = attributes["currency"] or house["attributes"]["currency"]
    _check_plan(attributes, room)
    relationships = {
        "room_type": link("room_type", room["id"]), "property": link("property", house["id"]),
        "tax_set": link("tax_set", asked.get("tax_set_id") or str(uuid.uuid5(uuid.NAMESPACE_OID, house["id"]))),
    }  # fmt: skip
    return world.add("rate_plan", attributes, relationships)


def rate_plan_change(world: World, identifier: str, asked: dict[str, Any]) -> Resource:
    found = world.get("rate_plan", identifier)
    changed = found["attributes"] | {name: value for name, value in asked.items() if name in RATE_PLAN}
    need(changed, "title", "options")
    _check_plan(changed, world.get("room_type", owner(found, "room_type")))
    found["attributes"] = changed
    return found


def rate_plan_remove(world: World, identifier: str) -> None:
    found = world.get("rate_plan", identifier)
    if otas.mapped(world, identifier):
        raise invalid(rate_plan="has channel(s)")
    world.remove(found["id"])


def _check_plan(attributes: Resource, room: Resource) -> None:
    for name in WEEKLY:
        if not isinstance(attributes[name], list):
            attributes[name] = [attributes[name]] * 7
    options = attributes["options"]
    if not isinstance(options, list) or not all(isinstance(option, dict) for option in options):
        raise Refusal("validation_error", {"options": ["is invalid"]})
    attributes["options"] = [
        {
            "occupancy": option.get("occupancy"), "is_primary": bool(option.get("is_primary")),
            "derived_option": option.get("derived_option"),
            "rate": _rate(option.get("rate", 0), attributes["currency"]),
        }
        for option in options
    ]  # fmt: skip
    occupancies = [option["occupancy"] for option in attributes["options"]]
    most = room["attributes"]["occ_adults"]
    if any(not isinstance(one, int) or not 1 <= one <= most for one in occupancies):
        raise invalid(options=f"occupancy must be between 1 and {most}")
    if len(set(occupancies)) != len(occupancies) or sum(option["is_primary"] for option in attributes["options"]) != 1:
        raise invalid(options="need one primary option, and each occupancy once")
    if attributes["sell_mode"] == "per_room" and len(occupancies) != 1:
        raise invalid(options="of a rate plan per room are one")
    if attributes["sell_mode"] not in {"per_room", "per_person"}:
        raise invalid(sell_mode="is invalid")
    if attributes["rate_mode"] not in {"manual", "derived"}:
        raise invalid(rate_mode="is more than this sandbox can do")


def _rate(rate: Any, currency: str) -> int:
    try:
        return rate if isinstance(rate, int) else minor(str(rate), currency)
    except ValueError:
        raise invalid(options="rate is invalid") from None
