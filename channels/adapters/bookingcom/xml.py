"""What Booking.com's two dialects want of XML beyond what every channel does: comments that speak, names in any case."""

from lxml import etree

from channels.adapters import xml
from channels.adapters.xml import Element, below, each, first, opened, put, said, tag, written

__all__ = [
    "Element",
    "attribute",
    "below",
    "comments",
    "each",
    "first",
    "opentravel",
    "parsed",
    "put",
    "request",
    "said",
    "tag",
    "written",
]

#: OpenTravel's namespace; B.XML has none.
OPENTRAVEL = "http://www.opentravel.org/OTA/2003/05"


def parsed(body: bytes) -> Element:
    """Return the root and its comments, which name the answer. Raises as xml.parsed."""
    return xml.parsed(body, comments=True)


def attribute(node: Element | None, *names: str) -> str:
    """Return the first of these attributes that says something, whatever its case or namespace; else ''."""
    if node is None:
        return ""
    told = {etree.QName(str(key)).localname.lower(): str(value).strip() for key, value in node.attrib.items()}
    return next((value for wanted in names if (value := told.get(wanted.lower(), ""))), "")


def comments(root: Element) -> str:
    """Return the comments before, in and behind the root, in one text."""
    around = [*root.itersiblings(preceding=True), *root.iter(), *root.itersiblings()]
    return " ".join(str(node.text or "") for node in around if not tag(node))


def request() -> Element:
    """Return the root of a request of B.XML."""
    return etree.Element("request")


def opentravel(name: str) -> Element:
    """Return the root of an OpenTravel message; without a time, so that the same says the same."""
    return opened(OPENTRAVEL, name, Version="1.0")
