"""Text that people and partners send, before it reaches a column."""

from pms.kernel.errors import Invalid

#: Longest note, request or other free text, in characters.
MAX_FREE_TEXT = 20_000


def clean_text(value: str, *, field: str, most: int = MAX_FREE_TEXT) -> str:
    """Return value without white space around it.

    Raises Invalid `bad_character` for a NUL, which PostgreSQL cannot store, `text_too_long` beyond `most` characters.
    """
    value = value.strip()
    if "\x00" in value:
        raise Invalid("bad_character", "The text contains a character that cannot be stored.", field=field)
    if len(value) > most:
        raise Invalid("text_too_long", f"The text has {len(value):,} characters; at most {most:,} fit.", field=field)
    return value
