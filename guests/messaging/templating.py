"""The small language of message templates: `{{variable}}`, paragraphs, and buttons. Nothing in it can do anything.

A paragraph is what stands between empty lines. One in which a variable is empty is left out whole: that is how a text
says something only where there is something to say. A paragraph `[Label]({{variable}})` is a button; `{{stay}}` alone
is the table of the stay.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pms.kernel.errors import Invalid

STAY = "stay"
_VARIABLE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
_BUTTON = re.compile(r"\[([^\[\]]+)\]\(\s*(\{\{\s*[a-z_]+\s*\}\}|https://[^\s(){}]+)\s*\)")
#: Variables that are addresses of ours: all that a button may lead to, besides https.
ADDRESSES = frozenset({"manage_url", "desk_url", "site_url", "resume_url"})


@dataclass(frozen=True, slots=True)
class Piece:
    """One paragraph of a filled-in text. `kind` is "text", "button" or "stay"; lines are of text, url of a button."""

    kind: str
    lines: tuple[str, ...] = ()
    url: str = ""


def template_check(*, subject: str, body: str, known: Collection[str]) -> None:
    """Raise Invalid with one sentence unless subject and body can be filled in with the known variables.

    Codes: `unknown_variable`, `bad_braces`, `no_tags`, `bad_button`, `empty_template`, `stay_in_line`, `many_lines`.
    """
    if not subject.strip() or not body.strip():
        raise Invalid(
            "empty_template", "A mail needs a subject and a text.", field="body" if subject.strip() else "subject"
        )
    if "\n" in subject.strip():
        raise Invalid("many_lines", "A subject is one line.", field="subject")
    for field, text in (("subject", subject), ("body", body)):
        if any(mark in text for mark in ("{%", "%}", "{#", "#}")):
            raise Invalid("no_tags", "Only variables such as {{guest}} can be used; there are no tags.", field=field)
        for name in _VARIABLE.findall(text):
            if name not in known or (field == "subject" and name == STAY):
                raise Invalid("unknown_variable", f"There is no variable {{{{{name}}}}} in this mail.", field=field)
        if "{{" in (rest := _VARIABLE.sub("", text)) or "}}" in rest:
            raise Invalid("bad_braces", "A variable is two braces, its name and two braces: {{guest}}.", field=field)
    for paragraph in _paragraphs(body):
        _check_paragraph(paragraph)


def _check_paragraph(paragraph: str) -> None:
    names = _VARIABLE.findall(paragraph)
    if STAY in names and _VARIABLE.sub("", paragraph).strip():
        raise Invalid("stay_in_line", "{{stay}} is a table: it stands alone between empty lines.", field="body")
    button = _BUTTON.fullmatch(paragraph)
    if "](" in paragraph and button is None:
        raise Invalid(
            "bad_button",
            "A button stands alone between empty lines: [Label]({{manage_url}}), or with an address that begins with https.",
            field="body",
        )
    if button and (target := _VARIABLE.fullmatch(button[2])) and target[1] not in ADDRESSES:
        raise Invalid("bad_button", f"{{{{{target[1]}}}}} is no address that a button can lead to.", field="body")


def line_fill(text: str, values: Mapping[str, str]) -> str:
    """Return one line, such as a subject, filled in; nothing in it can begin another line."""
    return " ".join(_VARIABLE.sub(lambda match: values.get(match[1], ""), text).split())


def body_fill(body: str, values: Mapping[str, str]) -> list[Piece]:
    """Return the paragraphs of body filled in, without those in which a variable is empty. Values are plain text."""
    pieces = []
    for paragraph in _paragraphs(body):
        names = _VARIABLE.findall(paragraph)
        if names == [STAY]:
            pieces.append(Piece("stay"))
        elif all(values.get(name) for name in names):
            pieces.append(_piece(paragraph, values))
    return pieces


def _piece(paragraph: str, values: Mapping[str, str]) -> Piece:
    def fill(text: str) -> str:
        return _VARIABLE.sub(lambda match: values[match[1]], text)

    button = _BUTTON.fullmatch(paragraph)
    if button:
        return Piece("button", (fill(button[1]),), fill(button[2]))
    return Piece("text", tuple(fill(paragraph).splitlines()))


def _paragraphs(body: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", body.replace("\r\n", "\n")) if part.strip()]
