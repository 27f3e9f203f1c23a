"""XML read without trust and written without surprises; names are read without their namespace."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from lxml import etree

from channels.adapters.base import ChannelError
from channels.adapters.enums import Trouble

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml's class has no other name

#: OpenTravel's namespace; B.XML has none.
OPENTRAVEL = "http://www.opentravel.org/OTA/2003/05"
MOST_BYTES = 16 * 1024 * 1024
#: No message of the interface goes half as deep.
MOST_DEPTH = 40


def parsed(body: bytes) -> Element:
    """Return the root. Raises ChannelError refused for what is no XML, is too long or too deep, or declares anything:
    no entity, no document type, nothing fetched."""
    if len(body) > MOST_BYTES:
        raise _refused("too_long", "The message is longer than any we read.")
    # Whatever the encoding: what declares a type has these letters.
    letters = body.replace(b"\0", b"")
    if b"<!DOCTYPE" in letters or b"<!ENTITY" in letters:
        raise _refused("declares", "The message declares a document type, which none does.")
    reader = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(body, reader)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _refused("not_xml", "The message is no XML.") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refused("declares", "The message declares a document type, which none does.")
    if _depth(root) > MOST_DEPTH:
        raise _refused("too_deep", "The message is deeper than any we read.")
    return root


def _refused(code: str, message: str) -> ChannelError:
    return ChannelError(Trouble.REFUSED, code, message)


def _depth(root: Element) -> int:
    deepest = depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def tag(node: Element) -> str:
    """Return an element's name without its namespace; '' for comments and the like."""
    name: object = node.tag
    return etree.QName(name).localname if isinstance(name, str) else ""


def each(node: Element, *path: str) -> list[Element]:
    """Return the elements along a path of names below a node."""
    found = [node]
    for step in path:
        found = [child for parent in found for child in parent if tag(child) == step]
    return found


def first(node: Element, *path: str) -> Element | None:
    return next(iter(each(node, *path)), None)


def said(node: Element | None, *path: str) -> str:
    """Return the text of the first element along a path, '' where there is none."""
    found = node if node is None or not path else first(node, *path)
    return "" if found is None else str(found.text or "").strip()


def attribute(node: Element | None, *names: str) -> str:
    """Return the first of these attributes that says something, whatever its case or namespace; else ''."""
    if node is None:
        return ""
    told = {etree.QName(str(key)).localname.lower(): str(value).strip() for key, value in node.attrib.items()}
    return next((value for wanted in names if (value := told.get(wanted.lower(), ""))), "")


def below(node: Element, *names: str) -> Iterator[Element]:
    """Yield the elements of these names, however deep below a node (itself included)."""
    return (found for found in node.iter() if tag(found) in names)


def comments(root: Element) -> str:
    """Return the comments before, in and behind the root, in one text."""
    around = [*root.itersiblings(preceding=True), *root.iter(), *root.itersiblings()]
    return " ".join(str(node.text or "") for node in around if not tag(node))


def written(root: Element) -> bytes:
    """Return an element as it is sent."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def put(parent: Element, name: str, words: str | None = None, /, **attributes: str) -> Element:
    """Add an element in its parent's namespace. Raises ChannelError refused for text that no XML can hold."""
    space = etree.QName(parent).namespace
    child = etree.SubElement(parent, f"{{{space}}}{name}" if space else name)
    try:
        for key, value in attributes.items():
            child.set(key, value)
        child.text = words
    except ValueError as error:
        raise _refused("unfit", f"There are characters in {name} that no message can hold.") from error
    return child


def request() -> Element:
    """Return the root of a request of B.XML."""
    return etree.Element("request")


def opentravel(name: str) -> Element:
    """Return the root of an OpenTravel message; without a time, so that the same says the same."""
    space: Any = {None: OPENTRAVEL}
    root = etree.Element(f"{{{OPENTRAVEL}}}{name}", nsmap=space)
    root.set("Version", "1.0")
    return root
