"""What every answer of Booking.com's has: XML with a RUID in a comment behind the root, faults, OpenTravel errors."""

import secrets
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from lxml import etree

from tests.sandbox.core.http import Answer

NAMESPACE = "http://www.opentravel.org/OTA/2003/05"
TYPE = "application/xml; charset=UTF-8"


class Malformed(Exception):
    """The body is no XML, or breaks the shape that the interface asks for. Answered by a 400."""


def parse(body: bytes) -> Any:
    """Return the root element of a request; Malformed for anything else. No entity is resolved."""
    reader = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(body, reader)
    except etree.XMLSyntaxError as error:
        raise Malformed(f"The request is not XML: {error.msg}.") from error


def plain(tag: Any) -> str:
    """Return an element's name without its namespace."""
    return etree.QName(tag).localname


def each(node: Any, *path: str) -> list[Any]:
    """Return the descendants along a path of local names, whatever namespace the sender used."""
    found = [node]
    for name in path:
        found = [child for parent in found for child in parent if isinstance(child.tag, str) and plain(child) == name]
    return found


def ruid() -> str:
    """Return what support asks for: an opaque string that differs from answer to answer."""
    return b64encode(b"RandomIV" + secrets.token_bytes(56)).decode()


def sealed(root: Any, status: int = 200) -> Answer:
    """Return an answer of XML with the comment that carries the RUID behind its root."""
    text = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return Answer(status, text + f"<!-- RUID: [{ruid()}] -->\n".encode(), {"Content-Type": TYPE})


def fault(root: str, code: int, sentence: str) -> Answer:
    """Return a failure of B.XML as its documents show it: <fault code string/> in the root of the call."""
    body = etree.Element(root)
    etree.SubElement(body, "fault", code=str(code), string=sentence)
    return sealed(body, code)


def opened(name: str, stamp: str) -> Any:
    """Return the root of an OpenTravel message with its usual attributes."""
    root = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # the default namespace, as lxml takes it
    root.attrib.update({"TimeStamp": stamp, "Target": "Production", "Version": "2.001"})
    return root


def put(parent: Any, name: str, text: str | None = None, /, **attributes: str | None) -> Any:
    """Add an element in its parent's namespace; attributes that are None are left out."""
    space = etree.QName(parent).namespace
    tag = f"{{{space}}}{name}" if space else name
    child = etree.SubElement(parent, tag, {key: value for key, value in attributes.items() if value is not None})
    child.text = text
    return child


def succeeded(name: str, stamp: str, warnings: Iterable[str] = ()) -> Answer:
    """Return an OpenTravel answer of success, with warnings where a part was not done."""
    root = opened(name, stamp)
    put(root, "Success")
    noted = list(warnings)
    if noted:
        box = put(root, "Warnings")
        for sentence in noted:
            put(box, "Warning", sentence, Type="3", ShortText=sentence[:60])
    return sealed(root)


def errors(name: str, stamp: str, sentences: Iterable[str], status: int) -> Answer:
    """Return an OpenTravel answer of failure: never together with Success."""
    root = opened(name, stamp)
    box = put(root, "Errors")
    for sentence in sentences:
        put(box, "Error", sentence, Type="3", ShortText=sentence)
    return sealed(root, status)
