"""Contents of prints as JSON and back: frozen dataclasses of dates, texts, numbers and one another."""

from dataclasses import asdict, fields, is_dataclass
from datetime import date
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def as_json(content: Any) -> dict[str, Any]:
    """Return a content as a print keeps it; dates in ISO 8601."""
    kept: dict[str, Any] = _plain(asdict(content))
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def from_json(kind: type[T], kept: dict[str, Any]) -> T:
    """Return the content of a kind that was kept."""
    hints = get_type_hints(kind)
    return kind(**{each.name: _value(hints[each.name], kept[each.name]) for each in fields(kind)})  # type: ignore[arg-type]


def _value(hint: Any, kept: Any) -> Any:
    if kept is None:
        return None
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], each) for each in kept)
    if is_dataclass(hint):
        return from_json(hint, kept)  # type: ignore[arg-type]
    return date.fromisoformat(kept) if date in (hint, *get_args(hint)) else kept
