"""Taking secrets and card numbers out of what is kept. Works on any bytes, however broken."""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

#: Thirteen to nineteen digits, with blanks or hyphens between groups: what may be a card number.
_CARD = re.compile(rb"(?<![\d.])(?:\d[ -]?){12,18}\d(?![\d.])")
#: Fields that hold a card's code in XML and JSON, whatever they are called.
_CODE = re.compile(
    rb"""(?i)((?:cvc|cvv|cvc2|cvv2|cc_cvc|seriesCode|series_code|cvvCode|securityCode|cardSecurityCode)["']?\s*[=:>]\s*["']?)\d{3,4}"""
)
#: Keys that a call brings or takes and no connection has yet: tokens of OAuth in JSON and forms, its code in forms.
_TOKEN = re.compile(
    rb"""(?i)(["']?\b(?:access_token|refresh_token|id_token|client_secret|jwt)["']?\s*[=:]\s*["']?)[^"'&\s,}]+"""
)
#: A token that says itself that it is one (a JWT, RFC 7519), wherever it stands.
_JWT = re.compile(rb"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}")
_GRANT = re.compile(rb"(?i)((?:^|&)code=)[^&\s]+")
MASK = b"*"


def cards_masked(body: bytes) -> bytes:
    """Return the bytes with every number that passes the check of card numbers cut to its last four digits, and every
    security code gone."""
    return _CODE.sub(rb"\1***", _CARD.sub(_masked, body))


def secrets_masked(text: bytes, secrets: Iterable[str]) -> bytes:
    """Return the bytes without any of the secrets (those of three characters and more), as they are or as XML, JSON and
    forms write them, and without tokens that nobody knew before."""
    # The longest first: one may begin with another.
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) > 2:
            for written in _written(secret):
                text = text.replace(written.encode(errors="replace"), b"***")
    return _GRANT.sub(rb"\1***", _TOKEN.sub(rb"\1***", _JWT.sub(b"***", text)))


def _written(secret: str) -> list[str]:
    """Return a secret as it may stand in a message, the longest first."""
    forms = {secret, escape(secret), escape(secret, {'"': "&quot;"}), json.dumps(secret)[1:-1]}
    forms |= {quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace")}
    return sorted(forms, key=len, reverse=True)


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
