"""XML read without trust and written without surprises; elements are found by their names without the namespace."""

from collections.abc import Iterator
from typing import TypeAlias

from lxml import etree

from channels.adapters.base import ChannelError
from channels.adapters.enums import Trouble

Element: TypeAlias = etree._Element  # noqa: SLF001 (its only name in the library)

MOST_BYTES = 16 * 1024 * 1024
#: No message of a channel goes half as deep.
MOST_DEPTH = 40


def parsed(body: bytes, *, comments: bool = False) -> Element:
    """Return the root, with its comments where they are asked for. Raises ChannelError refused for what is no XML, is too
    long or too deep, or declares anything: no document type, no entity, nothing fetched."""
    if len(body) > MOST_BYTES:
        raise _refused("too_long", "The message is longer than any we read.")
    # Whatever the encoding, these letters are in a declaration; what is refused here is never expanded.
    if any(word in body.replace(b"\0", b"") for word in (b"<!DOCTYPE", b"<!ENTITY")):
        raise _refused("declares", "The message declares a document type, which none does.")
    reader = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=not comments,
    )
    try:
        root = etree.fromstring(body, reader)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _refused("not_xml", "The message is no XML.") from error
    if getattr(root.getroottree().docinfo, "doctype", ""):
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
    """Return an element's name without its namespace; '' for a comment."""
    name: object = node.tag
    return etree.QName(name).localname if isinstance(name, str) else ""


def each(node: Element | None, *path: str) -> list[Element]:
    """Return the elements along a path of names below a node."""
    found = [] if node is None else [node]
    for step in path:
        found = [child for parent in found for child in parent if tag(child) == step]
    return found


def first(node: Element | None, *path: str) -> Element | None:
    """Return the first element along a path, None where there is none."""
    return next(iter(each(node, *path)), None)


def below(node: Element, *names: str) -> Iterator[Element]:
    """Yield the elements of these names, however deep below a node, itself included."""
    return (found for found in node.iter() if tag(found) in names)


def said(node: Element | None, *path: str) -> str:
    """Return the text of the first element along a path, '' where there is none."""
    found = first(node, *path)
    return "" if found is None else str(found.text or "").strip()


def attribute(node: Element | None, name: str) -> str:
    """Return an attribute without the blanks around it, '' where there is none."""
    return "" if node is None else str(node.get(name) or "").strip()


def put(parent: Element, name: str, words: str | None = None, /, **attributes: str) -> Element:
    """Add an element in its parent's namespace, its attributes in the order given. Raises ChannelError refused for text
    that no XML can hold."""
    space = etree.QName(parent).namespace
    child = etree.SubElement(parent, f"{{{space}}}{name}" if space else name)
    try:
        for key, value in attributes.items():
            child.set(key, value)
        child.text = words
    except ValueError as error:
        raise _refused("unfit", f"There are characters in {name} that no message can hold.") from error
    return child


def opened(space: str, name: str, /, **attributes: str) -> Element:
    """Return a root in its own namespace, to stand by itself or inside of an envelope."""
    root = etree.Element(f"{{{space}}}{name}", nsmap={None: space})  # type: ignore[dict-item] # lxml takes no prefix
    for key, value in attributes.items():
        root.set(key, value)
    return root


def written(root: Element) -> bytes:
    """Return an element as it is sent."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
