"""The envelope of every QuickConnect message: namespaces, credentials in the body, schemas, errors by number."""

import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from tests.sandbox.core.http import Answer

BASE = "http://www.expediaconnect.com/EQC"
TYPE = "text/xml; charset=utf-8"
#: What each call asks in, by its path: the root's name, the namespaces it may have, the answer's root and namespace.
CALLS: Mapping[str, tuple[str, tuple[str, ...], str, str]] = {
    "/eqc/ar": ("AvailRateUpdateRQ", ("AR/2011/06", "AR/2007/02"), "AvailRateUpdateRS", "AR/2007/02"),
    "/eqc/br": ("BookingRetrievalRQ", ("BR/2014/01",), "BookingRetrievalRS", "BR/2014/01"),
    "/eqc/bc": ("BookingConfirmRQ", ("BC/2007/09",), "BookingConfirmRS", "BC/2007/08"),
    "/eqc/parr": ("ProductAvailRateRetrievalRQ", ("PAR/2013/07",), "ProductAvailRateRetrievalRS", "PAR/2013/07"),
}
#: How many warnings of one number an answer lists.
WARNINGS_LISTED = 20


class Failed(Exception):
    """The whole message fails with one error or more: (number, sentence)."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.errors = [(code, sentence)]


def read(path: str, body: bytes) -> Any:
    """Return the root of a request; Failed for broken XML (2002), a foreign namespace (2010), a broken schema (3010)."""
    reader = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(body, reader)
    except etree.XMLSyntaxError as error:
        raise Failed(2002, f"Parsing error: {error.msg}") from error
    name, spaces, _, _ = CALLS[path]
    tag = etree.QName(root)
    if tag.namespace not in {f"{BASE}/{space}" for space in spaces}:
        raise Failed(2010, "The namespace is not valid.")
    if tag.localname != name:
        raise Failed(2002, f"Parsing error: the root element is {name}.")
    check = schema(name)
    # The older namespace of AR has a schema of its own, which is not published.
    if check is not None and tag.namespace == f"{BASE}/{spaces[0]}" and not check.validate(root):
        raise Failed(3010, f"Validation against the schema failed: {check.error_log[0].message}"[:1024])
    return root


@cache
def schema(name: str) -> Any:
    """Return the official schema of a message, None where the samples are not at hand."""
    named = os.environ.get("INNKEEP_SAMPLES")
    folder = Path(named) if named else Path(__file__).resolve().parents[3].parent / "shared" / "protocols"
    file = folder / "expedia" / "xsd" / f"{name}.xsd"
    return etree.XMLSchema(etree.parse(file)) if file.exists() else None


def local(node: Any) -> str:
    return etree.QName(node.tag).localname


def children(node: Any, name: str) -> list[Any]:
    return [child for child in node if local(child) == name]


def child(node: Any, name: str) -> Any:
    """Return the first child of a name, None when there is none."""
    return next(iter(children(node, name)), None)


def boolean(text: str | None) -> bool | None:
    """Return what an xs:boolean says, None when it is not there; Failed (3010) for anything else."""
    if text is None:
        return None
    if text not in {"true", "false", "1", "0"}:
        raise Failed(3010, f"{text!r} is no boolean.")
    return text in {"true", "1"}


def opened(path: str) -> Any:
    """Return the root of the answer to a call."""
    _, _, name, space = CALLS[path]
    return etree.Element(f"{{{BASE}/{space}}}{name}", nsmap={None: f"{BASE}/{space}"})  # type: ignore[dict-item]  # the default namespace, as lxml takes it


def put(parent: Any, name: str, text: str | None = None, /, **attributes: str | None) -> Any:
    """Add an element in its parent's namespace; attributes that are None are left out."""
    given = {key: value for key, value in attributes.items() if value is not None}
    made = etree.SubElement(parent, f"{{{etree.QName(parent).namespace}}}{name}", given)
    made.text = text
    return made


def sealed(root: Any) -> Answer:
    """Return an answer. Business errors come with status 200, too: who asks must read the body."""
    return Answer(200, etree.tostring(root, encoding="UTF-8", xml_declaration=True), {"Content-Type": TYPE})


def failed(path: str, errors: Iterable[tuple[int, str]]) -> Answer:
    """Return an answer of errors alone: nothing of the message was done."""
    root = opened(path)
    for code, sentence in errors:
        put(root, "Error", sentence, code=str(code))
    return sealed(root)


def warned(parent: Any, warnings: Iterable[tuple[int, str]]) -> None:
    """List warnings, twenty of a number at most; the last says how many are left out."""
    by_code: dict[int, list[str]] = {}
    for code, sentence in warnings:
        by_code.setdefault(code, []).append(sentence)
    for code, sentences in by_code.items():
        for number, sentence in enumerate(sentences[:WARNINGS_LISTED], 1):
            count = f"Warning {number} out of {len(sentences)} for this cause. " if len(sentences) > 1 else ""
            left = len(sentences) - WARNINGS_LISTED
            cut = f"{left} more are not listed. " if number == WARNINGS_LISTED and left > 0 else ""
            put(parent, "Warning", f"{count}{cut}{sentence}", code=str(code))
