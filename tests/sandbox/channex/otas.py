"""The OTAs behind Channex: which of their hotels, rooms and rates stand for which resources, and what they are told.

A connection ("channel") lies in the state's kept part: {id, slug, property_id, hotel, rooms: {ota room: room type},
rates: {"ota room/ota rate": rate plan}, held, taxes, payment_known, cancelled_rooms}.
"""

import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from tests.sandbox.channex import ari
from tests.sandbox.channex.world import Resource, World, owner
from tests.sandbox.extranet.book import Manner

#: `prefix` and `name` stand in unique_id and ota_name; `stays` are the kinds of minimum stay that the OTA knows.
BOOKING = Manner("Booking.com", "booking.com", payout="property", mail_domain="guest.booking.example")
AIRBNB = Manner(
    "Airbnb", "airbnb", payout="collect", commission_basis_points=1550, number_digits=0,
    mail_domain="guest.airbnb.example",
)  # fmt: skip
EXPEDIA = Manner("Expedia", "expedia", payout="virtual_card_net", commission_basis_points=1800)
MANNERS = (BOOKING, AIRBNB, EXPEDIA)
PREFIX = {"booking.com": "BDC", "airbnb": "ABB", "expedia": "EXP"}
NAME = {"booking.com": "BookingCom", "airbnb": "Airbnb", "expedia": "A-Expedia"}
STAYS = {"booking.com": ("arrival", "through"), "airbnb": ("arrival",), "expedia": ("arrival",)}
SETTINGS = ("taxes", "payment_known", "cancelled_rooms")
VAT = {"name": "VAT", "type": "Value Added Tax (VAT)", "basis_points": 600, "is_inclusive": True}


def channels(world: World) -> dict[str, dict[str, Any]]:
    return world.kept("channels")


def connected(world: World, property_id: str) -> list[dict[str, Any]]:
    return [one for one in channels(world).values() if one["property_id"] == property_id]


def mapped(world: World, identifier: str) -> bool:
    """Say whether a room type or rate plan is mapped at some OTA."""
    return any(
        identifier in {*one["rooms"].values(), *one["rates"].values()} for one in channels(world).values()
    )  # fmt: skip


def find(world: World, slug: str, property_id: str = "") -> dict[str, Any]:
    """Return a connection; KeyError when the OTA is not connected to the property (or to any, where none is named)."""
    for one in channels(world).values():
        if one["slug"] == slug and property_id in {"", one["property_id"]}:
            return one
    raise KeyError(f"{slug} of {property_id or 'any property'}")


def of_hotel(world: World, slug: str, hotel: str) -> dict[str, Any] | None:
    return next((one for one in channels(world).values() if (one["slug"], one["hotel"]) == (slug, hotel)), None)


def connect(world: World, *, channel: str, property_id: str, **hotel: Any) -> dict[str, Any]:
    """Connect an OTA with every room type and rate plan that the property has now, and send it everything.

    `hotel` may say payout and commission_basis_points, and what `settle` takes.
    """
    if any(one["slug"] == channel for one in connected(world, property_id)):
        raise ValueError(f"{channel} is connected already.")
    book, house = world.extranets[channel], world.get("property", property_id)["attributes"]
    settings = {name: hotel.pop(name) for name in SETTINGS if name in hotel}
    made: dict[str, Any] = {
        "id": str(uuid.uuid4()), "slug": channel, "property_id": property_id, "hotel": _code(world, 7), "rooms": {},
        "rates": {}, "held": False, "taxes": [VAT] if channel == "booking.com" else [],
        "payment_known": True, "cancelled_rooms": "kept",
    }  # fmt: skip
    book.open_hotel(made["hotel"], name=house["title"], currency=house["currency"], timezone=house["timezone"], **hotel)
    settle(made, settings)
    channels(world)[made["id"]] = made
    house["acc_channels_count"] += 1
    map_all(world, made)
    return made


def settle(channel: dict[str, Any], settings: dict[str, Any]) -> None:
    """Set how an OTA's messages come: `taxes` of each room, `payment_known` (payment_collect and payment_type, or null),
    `cancelled_rooms` of a cancelled message: kept, zero (without prices) or none. ValueError for another setting.
    """
    if set(settings) - set(SETTINGS) or settings.get("cancelled_rooms", "kept") not in {"kept", "zero", "none"}:
        raise ValueError(f"A connection has {', '.join(SETTINGS)}; cancelled_rooms are kept, zero or none.")
    channel.update(settings)


def map_all(world: World, channel: dict[str, Any]) -> None:
    """Map what is not mapped yet, and tell the OTA the whole state."""
    book = world.extranets[channel["slug"]]
    known = {identifier: code for code, identifier in channel["rooms"].items()}
    for room in world.find("room_type", property=channel["property_id"]):
        if room["id"] not in known:
            known[room["id"]] = _code(world, 8)
            channel["rooms"][known[room["id"]]] = room["id"]
        told = room["attributes"]
        guests = told["occ_adults"] + told["occ_children"]
        book.open_room(channel["hotel"], known[room["id"]], name=told["title"], guests=guests)
    for plan in world.find("rate_plan", property=channel["property_id"]):
        if plan["id"] not in channel["rates"].values():
            room_code, code = known[owner(plan, "room_type")], _code(world, 6)
            channel["rates"][f"{room_code}/{code}"] = plan["id"]
            told = plan["attributes"]
            book.open_rate(room_code, code, name=told["title"], meal=told["meal_type"])
    tell_everything(world, channel)


def unmap(world: World, channel: dict[str, Any], identifier: str) -> None:
    """Lose the mapping of a room type or rate plan: the OTA goes on selling what it was told last."""
    for kind in ("rooms", "rates"):
        channel[kind] = {code: one for code, one in channel[kind].items() if one != identifier}


def _code(world: World, digits: int) -> str:
    codes = world.state.kept
    codes["codes"] = codes.get("codes", 0) + 1
    return str(10 ** (digits - 1) * 3 + codes["codes"] * 17)


# Telling


def hold(world: World, channel: dict[str, Any], held: bool) -> None:
    """Keep the OTA in the dark, as when its own interface is down, or tell it everything it has missed."""
    channel["held"] = held
    if not held:
        tell_everything(world, channel)


def tell_everything(world: World, channel: dict[str, Any]) -> None:
    house = world.get("property", channel["property_id"])
    today = world.today(house["id"])
    length = house["attributes"]["settings"]["state_length"]
    dates = [today + timedelta(days=number) for number in range(length)]
    for room in world.find("room_type", property=house["id"]):
        tell_counts(world, room, dates, only=channel)
    for plan in world.find("rate_plan", property=house["id"]):
        tell_rates(world, plan, dates, only=channel)


def _listening(world: World, property_id: str, only: dict[str, Any] | None) -> list[dict[str, Any]]:
    found = connected(world, property_id) if only is None else [only]
    return [one for one in found if not one["held"]]


def _runs(told: Iterable[tuple[date, Any]]) -> list[tuple[list[date], Any]]:
    """Gather dates that follow each other with the same value, so that half a year is told at once."""
    return [([day for day, _ in run], value) for value, run in groupby(told, key=itemgetter(1))]


def tell_counts(world: World, room: Resource, dates: Iterable[date], only: dict[str, Any] | None = None) -> None:
    """Tell the OTAs how many of a room type are left on dates."""
    counts = _runs((day, ari.availability(world, room["id"], day)) for day in dates)
    for channel in _listening(world, owner(room, "property"), only):
        for code, identifier in channel["rooms"].items():
            if identifier == room["id"]:
                for run, count in counts:
                    world.extranets[channel["slug"]].tell_room(code, run, count=count)


def tell_rates(world: World, plan: Resource, dates: Iterable[date], only: dict[str, Any] | None = None) -> None:
    """Tell the OTAs the prices and restrictions of a rate plan on dates."""
    per_room = plan["attributes"]["sell_mode"] == "per_room"
    told = _runs((day, ari.restrictions(world, plan, day)) for day in dates)
    for channel in _listening(world, owner(plan, "property"), only):
        book, stays = world.extranets[channel["slug"]], STAYS[channel["slug"]]
        for code, identifier in channel["rates"].items():
            if identifier != plan["id"]:
                continue
            room_code, _, rate_code = code.partition("/")
            for run, of_day in told:
                rates = of_day["rates"]
                prices = {0: next(iter(rates.values()))} if per_room else rates
                book.tell_rate(
                    room_code, rate_code, run, prices=prices, closed=of_day["stop_sell"],
                    closed_to_arrival=of_day["closed_to_arrival"], closed_to_departure=of_day["closed_to_departure"],
                    max_stay_arrival=of_day["max_stay"],
                    **{f"min_stay_{kind}": of_day[f"min_stay_{kind}"] for kind in stays},
                )  # fmt: skip
