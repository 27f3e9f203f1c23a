"""From bytes to content lines: whatever line ends, byte order mark, folding and broken encoding somebody sends."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_FOLD = re.compile(rb"\r?\n[ \t]|\r[ \t]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LINE_BREAKS = {"n": "\n", "N": "\n"}
#: A byte order mark, and what a NUL would break in the database.
_DROPPED = {0xFEFF: None, 0: None}


@dataclass(frozen=True, slots=True)
class Line:
    """One content line: its name in capitals, parameters by name in capitals, the value as it came."""

    number: int
    name: str
    value: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def content_lines(body: bytes) -> Iterator[Line]:
    """Yield the lines of a calendar. What is no content line is left out; numbers count unfolded lines.

    Folds are undone in bytes: some writers fold in the middle of a character.
    """
    unfolded = _FOLD.sub(b"", body)
    try:
        text = unfolded.decode("utf-8")
    except UnicodeDecodeError:
        text = unfolded.decode("cp1252", errors="replace")
    text = text.translate(_DROPPED).replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), start=1):
        head, colon, value = line.partition(":")
        if not colon:
            continue
        if '"' in head:
            head, value = _split_quoted(line)
        name, semicolon, rest = head.partition(";")
        parameters = _parameters(rest) if semicolon else {}
        yield Line(number, name.strip().upper(), value, parameters)


def plain(value: str) -> str:
    """Return a text value without its escapes and white space around it."""
    if "\\" in value:
        value = _ESCAPED.sub(lambda found: _LINE_BREAKS.get(found[1], found[1]), value)
    return value.strip()


def _split_quoted(line: str) -> tuple[str, str]:
    """Split at the first colon outside quotation marks; a mark that is never closed quotes nothing."""
    head = next(_outside_quotes(line, ":"))
    if head == line:
        head = line.partition(":")[0]
    return head, line[len(head) + 1 :]


def _outside_quotes(text: str, separator: str) -> Iterator[str]:
    """Yield the parts of text between separators that stand outside quotation marks, in one pass."""
    begin, quoted = 0, False
    for found in re.finditer(f'["{separator}]', text):
        if found[0] == '"':
            quoted = not quoted
        elif not quoted:
            yield text[begin : found.start()]
            begin = found.end()
    yield text[begin:]


def _parameters(text: str) -> dict[str, str]:
    found = {}
    for part in _outside_quotes(text, ";"):
        name, equals, value = part.partition("=")
        if equals:
            found[name.strip().upper()] = value.strip().strip('"')
    return found
