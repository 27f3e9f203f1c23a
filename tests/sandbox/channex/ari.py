"""Availability, rates and restrictions: what is stored by date, what a change object may say, and the limits on calls.

Stored in the state's kept part as {"availability": {room type: {date: n}}, "restrictions": {rate plan: {date: {...}}}}.
A date that was never sent has no rooms, the rate plan's own rate and its weekly restrictions.
"""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.sandbox.channex.errors import Refusal
from tests.sandbox.channex.listing import Query
from tests.sandbox.channex.world import Resource, World, owner
from tests.sandbox.extranet.control import days as dates_between
from tests.sandbox.extranet.money import digits, shown

#: 10 calls of each of the two kinds in a minute for a property; then nothing until the minute is over.
CALLS, WINDOW_SECONDS = 10, 60
LENGTHS = {"min_stay_arrival": 1, "min_stay_through": 1, "max_stay": 0}
SWITCHES = ("closed_to_arrival", "closed_to_departure", "stop_sell")
READABLE = (
    "availability", "rate", "min_stay_arrival", "min_stay_through", "min_stay", "closed_to_arrival",
    "closed_to_departure", "stop_sell", "max_stay", "availability_offset", "max_availability", "max_sell",
)  # fmt: skip
MODIFIERS = ("availability_offset", "max_availability", "max_sell")


# Reading


def availability(world: World, room_type: str, day: date) -> int:
    return int(world.kept("availability").get(room_type, {}).get(day.isoformat(), 0))


def restrictions(world: World, plan: Resource, day: date) -> dict[str, Any]:
    """Return what holds for a rate plan on a date: `rates` by occupancy in minor units, and the restrictions."""
    told = plan["attributes"]
    stored = world.kept("restrictions").get(plan["id"], {}).get(day.isoformat(), {})
    primary = next(option for option in told["options"] if option["is_primary"])
    sent = {int(occupancy): rate for occupancy, rate in stored.get("rates", {}).items()}
    base = sent.get(primary["occupancy"], primary["rate"])
    rates = {
        option["occupancy"]: _derived(base, option["derived_option"], told["currency"])
        if option["derived_option"] and told["rate_mode"] == "derived"
        else sent.get(option["occupancy"], option["rate"])
        for option in told["options"]
    }
    weekly = {name: told[name][day.weekday()] for name in (*LENGTHS, *SWITCHES)}
    return {**weekly, **{name: stored[name] for name in weekly if name in stored}, "rates": rates}


def _derived(base: int, rule: Mapping[str, Any], currency: str) -> int:
    amount = Decimal(base)
    for how, by in rule.get("rate", []):
        change = amount * Decimal(by) / 100 if how.endswith("percent") else Decimal(by).scaleb(digits(currency))
        amount += change if how.startswith("increase") else -change
    return int(amount.to_integral_value(ROUND_HALF_UP))


def _asked_dates(world: World, query: Query) -> tuple[Resource, list[date]]:
    first, last = query.bounds("date")
    if not query.value("property_id"):
        raise Refusal("bad_request", ["property_id is required"])
    if not first or not last:
        raise Refusal("bad_request", ["date is required"])
    house = world.get("property", query.value("property_id"))
    try:
        return house, dates_between(first, last)
    except ValueError:
        raise Refusal("bad_request", ["date is invalid"]) from None


def read_availability(world: World, query: Query) -> Resource:
    house, dates = _asked_dates(world, query)
    rooms = world.find("room_type", property=house["id"])
    return {
        "data": {room["id"]: {day.isoformat(): availability(world, room["id"], day) for day in dates} for room in rooms}
    }


def read_restrictions(world: World, query: Query) -> Resource:
    names = [name for name in query.value("restrictions").split(",") if name]
    if not names:
        raise Refusal("bad_request", ["restrictions is required"])
    if unknown := [name for name in names if name not in READABLE]:
        raise Refusal("bad_request", [f"restrictions {', '.join(unknown)} is invalid"])
    house, dates = _asked_dates(world, query)
    return {
        "data": {
            plan["id"]: {day.isoformat(): _shown(world, house, plan, day, names) for day in dates}
            for plan in world.find("rate_plan", property=house["id"])
        }
    }


def _shown(world: World, house: Resource, plan: Resource, day: date, names: list[str]) -> dict[str, Any]:
    of_day = restrictions(world, plan, day)
    primary = next(option["occupancy"] for option in plan["attributes"]["options"] if option["is_primary"])
    kind = house["attributes"]["settings"]["min_stay_type"]
    known = {
        **of_day, "availability": availability(world, owner(plan, "room_type"), day),
        "rate": shown(of_day["rates"][primary], plan["attributes"]["currency"]),
        "min_stay": of_day["min_stay_through" if kind == "through" else "min_stay_arrival"],
        **dict.fromkeys(MODIFIERS),
    }  # fmt: skip
    return {name: known[name] for name in names}


# Limits


def count_call(world: World, kind: str, properties: set[str]) -> None:
    """Count one call for each property; refuse, without counting it, when one of them had its ten in this minute."""
    now, calls = world.state.now(), world.kept("calls")
    recent = {
        one: [at for at in calls.get(f"{kind} {one}", []) if at > now - WINDOW_SECONDS] for one in properties
    }  # fmt: skip
    if any(len(made) >= CALLS for made in recent.values()):
        world.state.kept["refused"] = world.state.kept.get("refused", 0) + 1
        raise Refusal("http_too_many_requests")
    for one, made in recent.items():
        calls[f"{kind} {one}"] = [*made, now]


# Writing


def store_availability(world: World, room_type: str, dates: list[date], count: int) -> None:
    stored = world.kept("availability").setdefault(room_type, {})
    for day in dates:
        stored[day.isoformat()] = count


def store_restrictions(world: World, plan: str, dates: list[date], told: Mapping[str, Any]) -> None:
    """Store what a change said; occupancies that it did not name stay as they were."""
    stored = world.kept("restrictions").setdefault(plan, {})
    for day in dates:
        of_day = stored.setdefault(day.isoformat(), {"rates": {}})
        of_day["rates"] |= told.get("rates", {})
        of_day |= {name: value for name, value in told.items() if name != "rates"}
