"""What of a letter may be kept: everything but cards. Names of things stay whole, whatever their digits sum up to."""

import json
import re
from typing import Any

from channels.adapters.masking import cards_masked

#: A name of something at Channex: one in some hundreds would pass for a card.
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
#: Numbers that a site gives its bookings, by which they are found again.
_NUMBERS = frozenset({"ota_reservation_code", "unique_id", "system_id", "ota_unique_id"})
_CARD_FIELDS = frozenset({"card_number", "cardnumber", "number_of_card", "pan"})
_CODE_FIELDS = frozenset({"cvv", "cvc", "cvv2", "cvc2", "security_code", "securitycode", "series_code"})
#: The same where no JSON can be read: cut off, or broken.
_RAW_CARD = re.compile(rb"""(?i)(["'](?:card_?number|pan)["']\s*:\s*["']?)([\d* \-xX]{5,})""")
_RAW_CODE = re.compile(rb"""(?i)(["'](?:cvv2?|cvc2?|security_?code|series_?code)["']\s*:\s*["']?)[^"',}\s]{1,8}""")


def masked(body: bytes) -> bytes:
    """Return a letter without card numbers and codes, however broken it is. Never raises."""
    try:
        return json.dumps(_clean(json.loads(body), "")).encode()
    except (ValueError, RecursionError, TypeError):
        raw = _RAW_CARD.sub(lambda found: found[1] + _last4(found[2]), body)
        return cards_masked(_RAW_CODE.sub(rb"\1***", raw))


def _last4(number: bytes) -> bytes:
    digits = re.sub(rb"[^\d]", b"", number)
    return b"*" * 12 + digits[-4:]


def _clean(value: Any, field: str) -> Any:
    if isinstance(value, dict):
        return {cards_masked(_bytes(key)).decode(errors="replace"): _clean(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner, field) for inner in value]
    if isinstance(value, bool | float) or value is None:
        return value
    return _leaf(value, field.lower())


def _leaf(value: str | int, field: str) -> str | int:
    if field in _CODE_FIELDS:
        return "***"
    if field in _CARD_FIELDS:
        return _last4(_bytes(value)).decode()
    if field in _NUMBERS or (isinstance(value, str) and _UUID.fullmatch(value)):
        return value
    clean = cards_masked(_bytes(value)).decode(errors="replace")
    return value if clean == str(value) else clean


def _bytes(value: object) -> bytes:
    return str(value).encode(errors="replace")
