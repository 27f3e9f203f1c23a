"""Reading what Channex's JSON says: the functions of channels/adapters/objects.py and values.py in one place."""

from channels.adapters.objects import flag, mapping, parsed, sequence
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
