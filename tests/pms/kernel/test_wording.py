"""What rows are called in the reader's language."""

from dataclasses import dataclass, field

import pytest
from django.utils import translation

from pms.kernel.wording import said


@dataclass
class Room:
    name: str = "River room"
    texts: dict[str, dict[str, str]] | None = field(default_factory=lambda: {"lt": {"name": "Upės kambarys"}})


@pytest.mark.parametrize(("language", "name"), [("en", "River room"), ("lt", "Upės kambarys"), ("de", "River room")])
def test_a_row_says_its_name_in_the_language_of_the_page(language, name):
    with translation.override(language):
        assert said(Room(), "name") == name


def test_a_language_can_be_asked_for():
    with translation.override("en"):
        assert said(Room(), "name", "lt") == "Upės kambarys"


@pytest.mark.parametrize("texts", [{}, None, {"lt": {}}, {"lt": {"name": ""}}])
def test_what_nobody_translated_is_said_as_it_was_written(texts):
    assert said(Room(texts=texts), "name", "lt") == "River room"
