"""Every kind in every language: complete, filled in without leftovers, escaped."""

from itertools import product
from typing import Any

import pytest

from guests.messaging.enums import Kind, Language
from guests.messaging.rendering import mail_of
from guests.messaging.samples import sample_letter
from guests.messaging.templating import template_check
from guests.messaging.wording import LABELS, TEXTS, built_in
from guests.messaging.wording.shape import Words
from guests.messaging.wording.variables import variables
from tests.house import House, refused

EACH = list(product(Kind, Language.values))


@pytest.mark.parametrize(("kind", "language"), EACH)
def test_built_in_text_names_only_its_variables(kind: Kind, language: str) -> None:
    words = built_in(kind, language)
    template_check(subject=words.subject, body=words.body, known=variables(kind))


def test_every_language_has_every_text_and_label() -> None:
    assert all(set(texts) == set(Kind) for texts in TEXTS.values())
    assert set(map(frozenset, LABELS.values())) == {frozenset(LABELS["en"])}
    assert set(TEXTS) == set(Language.values)


@pytest.mark.parametrize("language", Language.values)
def test_every_kind_renders_without_leftovers(house: House, language: str) -> None:
    for kind in Kind:
        mail = mail_of(letter=sample_letter(kind=kind, language=language), words=built_in(kind, language))
        for part in (mail.subject, mail.html, mail.text):
            assert "{{" not in part, kind
            assert "}}" not in part, kind
            assert "](" not in part, kind
        assert f'lang="{language}"' in mail.html
        assert "Casa Lisboa" in mail.text


def test_translations_say_the_same_things() -> None:
    """A variable that one language shows is shown in the others: no translation keeps a fact from its reader."""
    for kind in Kind:
        named = {
            language: {name for name in variables(kind) if f"{{{{{name}}}}}" in texts[kind].subject + texts[kind].body}
            for language, texts in TEXTS.items()
        }
        assert named["lt"] == named["en"] == named["de"], kind


def test_values_cannot_become_markup(house: House) -> None:
    letter = sample_letter(kind=Kind.STAFF_QUESTION, language="en")
    asked = {
        **letter.values,
        "question": "<script>alert(1)</script> {{manage_url}} {% now %}\n\n[x](https://evil.example)",
    }
    words = Words("{{question}}", "{{question}}")
    mail = mail_of(letter=_with(letter, asked), words=words)
    assert "<script>" not in mail.html
    assert "href" not in mail.html
    assert "{{manage_url}}" in mail.text
    assert "\n" not in mail.subject


def test_paragraph_with_nothing_to_say_is_left_out(house: House) -> None:
    letter = sample_letter(kind=Kind.CANCELLATION, language="en")
    mail = mail_of(
        letter=_with(letter, {**letter.values, "fee": ""}), words=Words("x", "Before.\n\nA fee of {{fee}}.\n\nAfter.")
    )
    assert mail.text.startswith("Before.\n\nAfter.")


@pytest.mark.parametrize(
    ("subject", "body", "code"),
    [
        ("", "Text", "empty_template"),
        ("Subject", " ", "empty_template"),
        ("Subject", "{{nobody}}", "unknown_variable"),
        ("{{stay}}", "Text", "unknown_variable"),
        ("Subject", "{{ guest", "bad_braces"),
        ("Subject", "{{guest.password}}", "bad_braces"),
        ("Subject", "{% load static %}", "no_tags"),
        ("Subject", "{# hidden #}", "no_tags"),
        ("Two\nlines", "Text", "many_lines"),
        ("Subject", "[Click](javascript:alert(1))", "bad_button"),
        ("Subject", "[Click](http://plain.example)", "bad_button"),
        ("Subject", "[Click]({{guest}})", "bad_button"),
        ("Subject", "See {{stay}} here", "stay_in_line"),
    ],
)
def test_bad_templates_are_refused_with_one_sentence(subject: str, body: str, code: str) -> None:
    with refused(code):
        template_check(subject=subject, body=body, known=variables(Kind.CONFIRMATION))


def _with(letter: Any, values: dict[str, str]) -> Any:
    from dataclasses import replace

    return replace(letter, values=values)
