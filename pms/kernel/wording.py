"""What a row is called in the reader's language: organizations write their texts in as many as they offer."""

from typing import Any

from django.utils.translation import get_language


def said(row: Any, field: str, language: str | None = None) -> str:
    """Return the row's field in language (the active one if left out), or as it was written where nobody translated it.

    `row.texts` is {"lt": {"name": "..."}}.
    """
    wanted = language or get_language() or "en"
    return str(row.texts.get(wanted, {}).get(field) or getattr(row, field))
