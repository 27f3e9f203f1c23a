"""What of a letter may be kept: everything but cards. Airbnb sends none, but a guest may write one; its own numbers of
listings are as long as a card's and stay whole."""

import json
from typing import Any

from channels.adapters.masking import cards_masked

_NUMBERS = frozenset({"id", "listing_id", "host_id", "thread_id", "confirmation_code"})


def masked(body: bytes) -> bytes:
    """Return a letter without card numbers and codes, however broken it is. Never raises."""
    try:
        return json.dumps(_clean(json.loads(body), "")).encode()
    except (ValueError, RecursionError, TypeError):
        return cards_masked(body)


def _clean(value: Any, field: str) -> Any:
    if isinstance(value, dict):
        return {cards_masked(_bytes(key)).decode(errors="replace"): _clean(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner, field) for inner in value]
    if isinstance(value, bool | float) or value is None or field in _NUMBERS:
        return value
    clean = cards_masked(_bytes(value)).decode(errors="replace")
    return value if clean == str(value) else clean


def _bytes(value: object) -> bytes:
    return str(value).encode(errors="replace")
