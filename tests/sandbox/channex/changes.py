"""Change objects of POST /availability and POST /restrictions: read, refused one by one, and applied in their order."""

import uuid
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from tests.sandbox.channex import ari, hooks, otas
from tests.sandbox.channex.errors import BLANK, Refusal
from tests.sandbox.channex.world import USER, Resource, World, owner
from tests.sandbox.extranet.control import days as dates_between
from tests.sandbox.extranet.money import minor

NULL = "Should be a non null value or not existed field"
WRONG = "is invalid"
WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
RESTRICTIONS = ("rate", "rates", "min_stay", *ari.LENGTHS, *ari.SWITCHES)
Wrongs = dict[str, list[str]]


def take(world: World, kind: str, content: Any, *, user: str | None) -> Resource:
    """Take a call's change objects and answer it: tasks for what is taken, warnings for what is not.

    `kind` is availability or restrictions.
    """
    values = content.get("values") if isinstance(content, dict) else None
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise Refusal("bad_request", ["values is required"])
    properties = {value["property_id"] for value in values if isinstance(value.get("property_id"), str)}
    if user == USER:
        ari.count_call(world, kind, properties)
    warnings: list[Resource] = []
    taken: dict[str, list[Resource]] = {}
    for value in values:
        wrong, change = _read(world, kind, value)
        if wrong:
            warnings.append({**value, "warning": wrong})
        else:
            taken.setdefault(value["property_id"], []).append(change)
    tasks = [_task(world, kind, property_id, changes, user) for property_id, changes in taken.items()]
    return {"data": tasks, "meta": {"message": "Success", "warnings": warnings}}


def _read(world: World, kind: str, value: Resource) -> tuple[Wrongs, Resource]:
    wrong: Wrongs = {}
    target = "room_type" if kind == "availability" else "rate_plan"
    for name, wanted in (("property_id", "property"), (f"{target}_id", target)):
        if not value.get(name):
            wrong[name] = [BLANK]
        elif not world.has(wanted, value[name]):
            wrong[name] = ["does not exist"]
    wrong |= {name: [NULL] for name, given in value.items() if given is None and not name.startswith("date")}
    if wrong:
        return wrong, {}
    found = world.get(target, value[f"{target}_id"])
    if owner(found, "property") != value["property_id"]:
        return {f"{target}_id": ["does not exist"]}, {}
    dates = _dates(world, value, wrong)
    told = _count(value, wrong) if kind == "availability" else _rules(world, found, value, wrong)
    return wrong, {"target": found["id"], "dates": [day.isoformat() for day in dates], "told": told}


def _dates(world: World, value: Resource, wrong: Wrongs) -> list[date]:
    """Return the dates meant; a range that began in the past begins today, a past date is refused."""
    single, pair = value.get("date"), (value.get("date_from"), value.get("date_to"))
    if bool(single) == any(pair) or (any(pair) and not all(pair)):
        wrong["date"] = [WRONG if single else BLANK]
        return []
    try:
        found = dates_between(str(single or pair[0]), str(single or pair[1]))
    except (TypeError, ValueError):
        wrong["date" if single else "date_from"] = [WRONG]
        return []
    today = world.today(value["property_id"])
    coming = [day for day in found if day >= today]
    if not coming:
        wrong["date" if single else "date_to"] = [f"must be greater than or equal to {today}" if found else WRONG]
    asked = value.get("days")
    if asked is None:
        return coming
    if not isinstance(asked, list) or set(asked) - set(WEEKDAYS):
        wrong["days"] = [WRONG]
        return []
    return [day for day in coming if WEEKDAYS[day.weekday()] in asked]


def _count(value: Resource, wrong: Wrongs) -> Resource:
    count = value.get("availability")
    if count is None:
        wrong["availability"] = [BLANK]
    elif isinstance(count, bool) or not isinstance(count, int):
        wrong["availability"] = [WRONG]
    elif count < 0:
        wrong["availability"] = ["must be greater than or equal to 0"]
    return {"availability": count}


def _rules(world: World, plan: Resource, value: Resource, wrong: Wrongs) -> Resource:
    told: Resource = {}
    if not set(value) & set(RESTRICTIONS):
        wrong["restrictions"] = [BLANK]
    rates = _rates(plan, value, wrong)
    if rates:
        told["rates"] = rates
    for name, least in ari.LENGTHS.items():
        if name in value:
            told[name] = _length(name, value[name], least, wrong)
    if "min_stay" in value:
        kind = world.get("property", value["property_id"])["attributes"]["settings"]["min_stay_type"]
        if kind == "both":
            wrong["min_stay"] = ["is not available while min_stay_type is both"]
        else:
            told[f"min_stay_{kind}"] = _length("min_stay", value["min_stay"], 1, wrong)
    for name in ari.SWITCHES:
        if name in value:
            if not isinstance(value[name], int) or value[name] not in {0, 1}:
                wrong[name] = [WRONG]
            told[name] = bool(value[name])
    return told


def _length(name: str, given: Any, least: int, wrong: Wrongs) -> Any:
    if isinstance(given, bool) or not isinstance(given, int):
        wrong[name] = [WRONG]
    elif given < least:
        wrong[name] = [f"must be greater than or equal to {least}"]
    return given


def _rates(plan: Resource, value: Resource, wrong: Wrongs) -> dict[str, int]:
    options, currency = plan["attributes"]["options"], plan["attributes"]["currency"]
    primary = next(option["occupancy"] for option in options if option["is_primary"])
    given = value.get("rates", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        wrong["rates"] = [WRONG]
        return {}
    asked = [(primary, "rate", value["rate"])] if "rate" in value else []
    asked += [(one.get("occupancy"), "rates", one.get("rate")) for one in given]
    found: dict[str, int] = {}
    for occupancy, field, rate in asked:
        if occupancy not in {option["occupancy"] for option in options}:
            wrong[field] = [f"has no occupancy {occupancy}"]
            continue
        amount = _amount(rate, currency)
        if amount is None:
            wrong[field] = [WRONG]
        elif amount <= 0:
            wrong[field] = ["must be greater than 0"]
        else:
            found[str(occupancy)] = amount
    return found


def _amount(rate: Any, currency: str) -> int | None:
    """Return minor units for an integer of them or a decimal in a string; None for a float and all else."""
    if isinstance(rate, int) and not isinstance(rate, bool):
        return rate
    try:
        return minor(rate, currency) if isinstance(rate, str) else None
    except ValueError:
        return None


# Tasks


def _task(world: World, kind: str, property_id: str, changes: list[Resource], user: str | None) -> Resource:
    """Apply a property's changes, or line them up when tasks were told to take their time."""
    task = {
        "id": str(uuid.uuid4()), "kind": kind, "property_id": property_id, "changes": changes, "user": user,
        "due": world.state.now() + world.state.kept.get("task_seconds", 0), "done": False,
    }  # fmt: skip
    world.state.kept.setdefault("tasks", []).append(task)
    del world.state.kept["tasks"][:-500]
    run_due(world)
    return {"id": task["id"], "type": "task"}


def run_due(world: World) -> None:
    """Apply what is due, first in first out: a task that waits keeps all later ones waiting."""
    for task in world.state.kept.get("tasks", []):
        if task["done"]:
            continue
        if task["due"] > world.state.now():
            return
        task["done"] = True
        apply(world, task["kind"], task["changes"], user=task["user"])
        # What was applied need not be kept: a full sync has tens of thousands of them.
        task["changes"] = len(task["changes"])


def apply(world: World, kind: str, changes: Iterable[Resource], *, user: str | None) -> None:
    """Store changes in their order, and tell the OTAs and the webhooks the outcome once."""
    touched: dict[str, dict[str, set[str]]] = {}
    for change in changes:
        if change["target"] not in world.state.objects:
            continue
        dates = [date.fromisoformat(day) for day in change["dates"]]
        if kind == "availability":
            ari.store_availability(world, change["target"], dates, change["told"]["availability"])
        else:
            ari.store_restrictions(world, change["target"], dates, change["told"])
        names = touched.setdefault(change["target"], {})
        for day in change["dates"]:
            names.setdefault(day, set()).update(change["told"])
    tell: Callable[..., None] = otas.tell_counts if kind == "availability" else otas.tell_rates
    for target, by_day in touched.items():
        resource = world.get("room_type" if kind == "availability" else "rate_plan", target)
        tell(world, resource, [date.fromisoformat(day) for day in by_day])
        hooks.ari(world, resource, by_day, user=user)
