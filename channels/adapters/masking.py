"""Taking secrets and card numbers out of what is kept. Works on any bytes, however broken."""

import re
from collections.abc import Iterable

#: Thirteen to nineteen digits, with blanks or hyphens between groups: what may be a card number.
_CARD = re.compile(rb"(?<![\d.])(?:\d[ -]?){12,18}\d(?![\d.])")
#: Fields that hold a card's code in XML and JSON, whatever they are called.
_CODE = re.compile(
    rb"""(?i)((?:cvc|cvv|cvc2|cvv2|cc_cvc|seriesCode|series_code|cvvCode|securityCode|cardSecurityCode)["']?\s*[=:>]\s*["']?)\d{3,4}"""
)
#: A token that opens doors for an hour (a JWT, RFC 7519), which some channels give for a secret.
_TOKEN = re.compile(rb"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}")
MASK = b"*"


def cards_masked(body: bytes) -> bytes:
    """Return the bytes with every number that passes the check of card numbers cut to its last four digits, and every
    security code gone."""
    return _CODE.sub(rb"\1***", _CARD.sub(_masked, body))


def secrets_masked(text: bytes, secrets: Iterable[str]) -> bytes:
    """Return the bytes without any of the secrets (those of three characters and more), and without tokens."""
    for secret in secrets:
        if len(secret) > 2:
            text = text.replace(secret.encode(), b"***")
    return _TOKEN.sub(b"***", text)


def _masked(found: re.Match[bytes]) -> bytes:
    number = found.group()
    digits = re.sub(rb"[ -]", b"", number)
    if not _passes(digits):
        return number
    return MASK * (len(digits) - 4) + digits[-4:]


def _passes(digits: bytes) -> bool:
    """Whether the digits sum up as those of a card do (Luhn, ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = digit - 48
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0 and digits.strip(b"0") != b""
