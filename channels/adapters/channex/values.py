"""Reading what Channex's JSON says; what is not of JSON is every adapter's (channels/adapters/values.py)."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from channels.adapters.base import ChannelError
from channels.adapters.enums import Trouble
from channels.adapters.values import (
    amount,
    currency,
    day,
    end_of_month,
    identifier,
    instant,
    major,
    minor,
    name,
    text,
    whole,
)

__all__ = [
    "amount",
    "currency",
    "day",
    "end_of_month",
    "flag",
    "identifier",
    "instant",
    "major",
    "mapping",
    "minor",
    "name",
    "parsed",
    "sequence",
    "text",
    "whole",
]


def parsed(body: bytes) -> Any:
    """Return JSON with its numbers exact. Raises ChannelError refused for anything else."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise ChannelError(Trouble.REFUSED, "not_json", "The message is no JSON.") from error


def _no_number(name: str) -> None:
    raise ValueError(name)


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else []


def flag(value: object) -> bool | None:
    """Return true or false, which may be told as 1 or 0."""
    if isinstance(value, bool):
        return value
    number = whole(value, most=1)
    return None if number is None else bool(number)
