"""Lists: filter[field][operator], order[field], pagination[page] and pagination[limit], with meta as Channex shows it."""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from tests.sandbox.channex.world import Resource, owner

LIMIT, MOST = 10, 100
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda value, asked: value in asked.split(","),
    "not": lambda value, asked: value not in asked.split(","),
    "gt": lambda value, asked: value > asked,
    "gte": lambda value, asked: value >= asked,
    "lt": lambda value, asked: value < asked,
    "lte": lambda value, asked: value <= asked,
}


class Query:
    """What stands in a query string. Unknown fields of a filter match nothing, unknown arguments are ignored."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.filters: list[tuple[str, str, str]] = []
        self.order: list[tuple[str, bool]] = []
        self.page, self.limit = 1, LIMIT
        for name, value in pairs:
            parts = re.findall(r"\w+", name)
            match parts:
                case ["filter", field]:
                    self.filters.append((field, "eq", value))
                case ["filter", field, operator] if operator in OPERATORS:
                    self.filters.append((field, operator, value))
                case ["order", field]:
                    self.order.append((field, value == "desc"))
                case ["pagination", "page"] if value.isdecimal():
                    self.page = max(1, int(value))
                case ["pagination", "limit"] if value.isdecimal():
                    self.limit = min(MOST, max(1, int(value)))

    def value(self, field: str) -> str:
        """Return what a field shall be equal to, "" when nothing is asked of it."""
        return next((value for name, operator, value in self.filters if (name, operator) == (field, "eq")), "")

    def bounds(self, field: str) -> tuple[str, str]:
        """Return the first and last value of a field that are asked for, "" for none."""
        asked = {operator: value for name, operator, value in self.filters if name == field}
        return asked.get("eq") or asked.get("gte", ""), asked.get("eq") or asked.get("lte", "")

    def fits(self, resource: Resource) -> bool:
        return all(OPERATORS[operator](_of(field, resource), asked) for field, operator, asked in self.filters)


def _of(field: str, resource: Resource) -> str:
    found = resource["attributes"].get(field)
    if found is None and field.endswith("_id"):
        return owner(resource, field.removesuffix("_id"))
    return "" if found is None else str(found)


def listed(query: Query, resources: Iterable[Resource], *, by: str = "title", falling: bool = False) -> dict[str, Any]:
    """Return a page, ordered as asked for or by a field of the endpoint's own."""
    found = [resource for resource in resources if query.fits(resource)]
    for field, down in [(by, falling), *reversed(query.order)]:
        found.sort(key=partial(_of, field), reverse=down)
    start = (query.page - 1) * query.limit
    meta = {"page": query.page, "limit": query.limit, "total": len(found)}
    return {"data": found[start : start + query.limit], "meta": meta}
