"""A channel's booking as JSON and back: what is kept of a message is what is applied, however much later."""

from dataclasses import fields
from datetime import date, datetime
from typing import Any

from bookings.rates.enums import Source
from channels.adapters.base import Person, SoldBooking, SoldRoom, VirtualCard
from channels.adapters.enums import Told
from guests.profiles.enums import Collector


def to_json(sold: SoldBooking) -> dict[str, Any]:
    """Return a booking as JSON knows it: dates in ISO form, prices by night."""
    return {
        **{each.name: _plain(getattr(sold, each.name)) for each in fields(sold)},
        "rooms": [{each.name: _plain(getattr(room, each.name)) for each in fields(room)} for room in sold.rooms],
    }


def from_json(content: dict[str, Any]) -> SoldBooking:
    """Return the booking that `to_json` was given."""
    return SoldBooking(
        **{
            **content,
            "told": Told(content["told"]),
            "source": Source(content["source"]) if content["source"] else None,
            "collector": Collector(content["collector"]),
            "made_at": datetime.fromisoformat(content["made_at"]) if content["made_at"] else None,
            "booker": Person(**content["booker"]),
            "virtual_card": _card(content["virtual_card"]),
            "warnings": tuple(content["warnings"]),
            "rooms": tuple(_room(room) for room in content["rooms"]),
        }
    )


def _room(content: dict[str, Any]) -> SoldRoom:
    return SoldRoom(
        **{
            **content,
            "arrival": date.fromisoformat(content["arrival"]),
            "departure": date.fromisoformat(content["departure"]),
            "child_ages": tuple(content["child_ages"]),
            "guest": Person(**content["guest"]) if content["guest"] else None,
            "prices": {date.fromisoformat(day): price for day, price in content["prices"].items()},
        }
    )


def _card(content: dict[str, Any] | None) -> VirtualCard | None:
    if content is None:
        return None
    days = {name: date.fromisoformat(content[name]) if content[name] else None for name in ("from_day", "until_day")}
    return VirtualCard(**{**content, **days})


def _plain(value: Any) -> Any:
    if isinstance(value, Person | VirtualCard):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str):
        # PostgreSQL stores no NUL, and no name has one.
        return value.replace("\x00", "")
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key.isoformat() if isinstance(key, date) else key: _plain(each) for key, each in value.items()}
    return value
