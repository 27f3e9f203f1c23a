"""What a row is called in the reader's language: organizations write their texts in as many as they offer."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language


def said(row: Any, field: str, language: str | None = None) -> str:
    """Return the row's field in language (the active one if left out), or as it was written where nobody translated it.

    `row.texts` is {"lt": {"name": "..."}}; validate_texts keeps it so.
    """
    wanted = language or get_language() or "en"
    return str((row.texts or {}).get(wanted, {}).get(field) or getattr(row, field))


def validate_texts(texts: Any) -> None:
    """Refuse what said() could not read: anything but words by field, by a language that is offered here."""
    offered = dict(settings.LANGUAGES)
    if not isinstance(texts, dict):
        raise ValidationError('Write texts as {"lt": {"name": "..."}}.', code="bad_texts")
    for code, words in texts.items():
        if code not in offered:
            sentence = f"There is no “{code}” here: {', '.join(offered)}."
            raise ValidationError(sentence, code="unknown_language")
        if not isinstance(words, dict) or not all(isinstance(word, str) for word in words.values()):
            raise ValidationError(f'Write “{code}” as {{"name": "..."}}.', code="bad_texts")
