"""Addresses that open something by themselves never stand in a log: their tokens are struck out."""

import re
from collections.abc import MutableMapping
from typing import Any

#: Whoever reads one of these in a log could pay, see, change or cancel in the guest's place.
_SECRET = re.compile(r"(/(?:manage|pay|calendar|booking/checkout|booking/payment/(?:success|cancel))/)[^/\s?#\"'<>]+")
STRUCK_OUT = r"\1***"


def links_masked(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Strike the tokens of guests' links out of everything a record says; a processor of structlog."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = masked(value)
        elif isinstance(value, list | tuple):
            event[name] = [masked(part) if isinstance(part, str) else part for part in value]
    return event


def masked(text: str) -> str:
    """Return text with the token of every guest's link struck out."""
    return _SECRET.sub(STRUCK_OUT, text)
