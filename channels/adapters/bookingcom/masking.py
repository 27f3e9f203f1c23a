"""What of a letter may be kept: everything but cards. A message that is whole is cleaned by what its fields are called,
a broken one by what they look like."""

import re
from collections.abc import Iterator

from lxml import etree

from channels.adapters.base import ChannelError
from channels.adapters.bookingcom import xml
from channels.adapters.bookingcom.xml import Element
from channels.adapters.masking import cards_masked

_NUMBERS = frozenset({"cc_number", "cardnumber"})
_CODES = frozenset({"cc_cvc", "seriescode", "cvc", "cvv"})
#: By which a booking is found again, whatever its digits sum up to.
_NAMES = frozenset({"id", "roomreservation_id", "hotel_id", "resid_value", "indexnumber", "hotelcode"})
#: The same where no message can be read: cut off, or broken.
_RAW_NUMBER = re.compile(
    rb"""(?i)(<(?:\w+:)?(?:cc_number|CardNumber)\b[^<>]*>(?:\s*<(?:\w+:)?PlainText[^<>]*>)?|\bCardNumber\s*=\s*["'])([^<>"']+)"""
)
_RAW_CODE = re.compile(
    rb"""(?i)(<(?:\w+:)?(?:cc_cvc|SeriesCode)\b[^<>]*>(?:\s*<(?:\w+:)?PlainText[^<>]*>)?|\bSeriesCode\s*=\s*["'])([^<>"']+)"""
)


def masked(body: bytes) -> bytes:
    """Return a letter without card numbers and codes, however broken it is. Never raises."""
    try:
        root = xml.parsed(body)
    except ChannelError:
        return _raw(body)
    for node in [*root.itersiblings(preceding=True), *root.iter(), *root.itersiblings()]:
        _clean(node)
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)


def _raw(body: bytes) -> bytes:
    if b"\0" in body:
        # Another encoding, in which nothing would be found: what is no text of ours is read as one.
        body = body.replace(b"\0", b"")
    body = _RAW_NUMBER.sub(lambda found: found[1] + masked_number(found[2].decode(errors="replace")).encode(), body)
    return cards_masked(
        _RAW_CODE.sub(lambda found: found[1] + _masked_code(found[2].decode(errors="replace")).encode(), body)
    )


def _clean(node: Element) -> None:
    if not xml.tag(node):
        node.text = _words(node.text)
        node.tail = _words(node.tail) if node.getparent() is not None else node.tail
        return
    within = {name.lower() for name in _names(node)}
    kind = _NUMBERS & within or _CODES & within or _NAMES & {xml.tag(node).lower()}
    for key, value in node.attrib.items():
        node.set(key, _field(etree.QName(str(key)).localname.lower(), str(value)))
    if kind:
        node.text = _field(next(iter(kind)), node.text or "") or None
    else:
        node.text = _words(node.text)
    if node.getparent() is not None:
        node.tail = _words(node.tail)


def _names(node: Element) -> Iterator[str]:
    """Yield the name of an element and of what it stands in directly: newer messages put a number into PlainText."""
    yield xml.tag(node)
    parent = node.getparent()
    if parent is not None:
        yield xml.tag(parent)


def _field(name: str, value: str) -> str:
    if name in _NUMBERS:
        return masked_number(value)
    if name in _CODES:
        return _masked_code(value)
    return value if name in _NAMES else _words(value) or ""


def masked_number(number: str) -> str:
    """Return a card's number with its last four digits alone; what is no number (all zeros, nothing) as it is."""
    digits = re.sub(r"[^0-9]", "", number)
    return "*" * 12 + digits[-4:] if digits.strip("0") else number


def _masked_code(code: str) -> str:
    return "***" if code.strip() else code


def _words(said: str | None) -> str | None:
    if not said:
        return said
    return cards_masked(said.encode()).decode(errors="replace")
