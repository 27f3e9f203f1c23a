"""From a letter and its words to the parts of a mail: subject, HTML with styles in line, and text."""

from dataclasses import dataclass

from django.template.loader import render_to_string

from guests.messaging.content import Letter, Row
from guests.messaging.templating import Piece, body_fill, line_fill
from guests.messaging.wording.shape import Words

#: The green of Innkeep, where the organization chose no colour.
ACCENT = "#0f6a63"
SUBJECT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it is sent."""

    subject: str
    html: str
    text: str


def mail_of(*, letter: Letter, words: Words) -> Mail:
    """Return the letter in these words. Values are escaped in the HTML: what a guest is called cannot become markup."""
    pieces = body_fill(words.body, letter.values)
    subject = line_fill(words.subject, letter.values)[:SUBJECT_LENGTH]
    context = {"letter": letter, "subject": subject, "pieces": pieces, "accent": letter.accent or ACCENT}
    html = render_to_string("messaging/mail.html", context)
    return Mail(subject=subject, html=html, text=_text(letter, pieces))


def _text(letter: Letter, pieces: list[Piece]) -> str:
    parts = []
    for piece in pieces:
        if piece.kind == "stay":
            parts.append("\n".join(_row(row) for row in letter.stay))
        elif piece.kind == "button":
            parts.append(f"{piece.lines[0]}:\n{piece.url}")
        else:
            parts.append("\n".join(piece.lines))
    return "\n\n".join([*parts, "\n".join(["-- ", letter.hotel, *letter.footer])]) + "\n"


def _row(row: Row) -> str:
    return f"\n{row.value}" if row.kind == "title" else f"{row.label}: {row.value}"
