"""Form bodies with nested keys, and which parameters an operation takes. An unknown one is refused, as Stripe does.

A shape maps a name to a kind: "text", "integer", "boolean", "currency", "metadata", "filter" (a number or gt/gte/lt/lte),
a tuple of the words it may be, a shape for a nested map, [kind] for a list. A leading "!" in the name makes it required.
"""

import re
from typing import Any

from tests.sandbox.stripe import money
from tests.sandbox.stripe.errors import Refusal

Shape = dict[str, Any]

EXPAND: Shape = {"expand": ["text"]}
LISTING: Shape = {**EXPAND, "limit": "integer", "starting_after": "text", "ending_before": "text", "created": "filter"}
MARKED: Shape = {**EXPAND, "metadata": "metadata"}
ADDRESS: Shape = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), "text")


def decode(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Turn a[b][0][c]=value pairs into nested maps and lists."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        first, *rest = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name) or [name]
        place, key = root, first
        for part in rest:
            place = place.setdefault(key, {})
            if not isinstance(place, dict):
                raise Refusal(f"Invalid parameter: {name}", param=name, unsaved=True)
            key = part or str(len(place))
        place[key] = value
    return {name: _with_lists(value) for name, value in root.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(item) for name, item in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def parse(given: Any, shape: Shape, path: str = "") -> dict[str, Any]:
    """Return the parameters as Python values, absent ones absent, "" as None; refuse what the shape does not know."""
    if not isinstance(given, dict):
        raise Refusal("Invalid object", param=path, unsaved=True)
    kinds = {name.removeprefix("!"): kind for name, kind in shape.items()}
    for name in given:
        if name not in kinds:
            where = f"{path}[{name}]" if path else name
            raise Refusal(f"Received unknown parameter: {where}", code="parameter_unknown", param=where, unsaved=True)
    for name in shape:
        if name.startswith("!") and not given.get(name[1:]):
            where = f"{path}[{name[1:]}]" if path else name[1:]
            raise Refusal(f"Missing required param: {where}.", code="parameter_missing", param=where, unsaved=True)
    return {
        name: _value(value, kinds[name], f"{path}[{name}]" if path else name) for name, value in given.items()
    }  # fmt: skip


def _value(value: Any, kind: Any, path: str) -> Any:
    if isinstance(kind, dict):
        return parse(value, kind, path) if value != "" else None
    if isinstance(kind, list):
        return _values(value, kind[0], path)
    if kind in {"metadata", "filter"}:
        return {"metadata": _metadata, "filter": _filter}[kind](value, path)
    if not isinstance(value, str):
        raise Refusal(f"Invalid string: {value}", param=path, unsaved=True)
    if value == "":
        return None
    if isinstance(kind, tuple):
        if value not in kind:
            raise Refusal(f"Invalid {path}: must be one of {', '.join(kind)}", param=path, unsaved=True)
        return value
    return {"text": _text, "integer": _integer, "boolean": _boolean, "currency": _currency}[kind](value, path)


def _values(value: Any, kind: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise Refusal("Invalid array", param=path, unsaved=True)
    return [_value(item, kind, f"{path}[{place}]") for place, item in enumerate(value)]


def _text(value: str, path: str) -> str:
    if len(value) > 5000:
        raise Refusal("Invalid string: too long; must be at most 5000 characters", param=path, unsaved=True)
    return value


def _integer(value: str, path: str) -> int:
    if not re.fullmatch(r"-?\d{1,15}", value):
        raise Refusal(f"Invalid integer: {value}", code="parameter_invalid_integer", param=path, unsaved=True)
    return int(value)


def _boolean(value: str, path: str) -> bool:
    if value not in {"true", "false"}:
        raise Refusal(f"Invalid boolean: {value}", param=path, unsaved=True)
    return value == "true"


def _currency(value: str, path: str) -> str:
    if value.lower() not in money.CURRENCIES:
        raise Refusal(f"Invalid currency: {value.lower()}.", param=path, unsaved=True)
    return value.lower()


def _metadata(value: Any, path: str) -> dict[str, str | None]:
    if value == "":
        return {}
    if not isinstance(value, dict) or len(value) > 50:
        raise Refusal("Metadata is a map of at most 50 keys", param=path, unsaved=True)
    for name, text in value.items():
        if not isinstance(text, str) or len(name) > 40 or len(text) > 500:
            raise Refusal("Metadata keys have at most 40 characters, values 500", param=f"{path}[{name}]", unsaved=True)
    return {name: text or None for name, text in value.items()}


def _filter(value: Any, path: str) -> dict[str, int]:
    if isinstance(value, str):
        return {"eq": _integer(value, path)}
    if not isinstance(value, dict) or not set(value) <= {"gt", "gte", "lt", "lte"}:
        raise Refusal("Invalid range", param=path, unsaved=True)
    return {name: _integer(number, f"{path}[{name}]") for name, number in value.items()}


def merged(metadata: dict[str, str], changes: dict[str, str | None]) -> dict[str, str]:
    """Return metadata with the changes: a key set to "" goes."""
    return {name: value for name, value in (metadata | changes).items() if value is not None}
