"""Secrets at rest: encrypted with the newest of the keys in ENCRYPTION_KEYS, readable with any of them.

To rotate: put a new key first, restart, run `manage.py reencrypt`, take the old key away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class UndecipherableError(Exception):
    """None of the keys opens it: the key that closed it was taken away, or the text is not ours."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A text column that holds what `encrypt` returned, or nothing."""

    model: str
    column: str


_columns: list[SealedColumn] = []


def register(model: str, column: str) -> None:
    """Have `manage.py reencrypt` take care of a column of the model ("app_label.Model"); from AppConfig.ready()."""
    column_named = SealedColumn(model, column)
    if column_named not in _columns:
        _columns.append(column_named)


def sealed_columns() -> list[SealedColumn]:
    """Return every column that holds encrypted text."""
    return list(_columns)


def encrypt(text: str) -> str:
    """Return text encrypted with the newest key."""
    return _keys().encrypt(text.encode()).decode()


def decrypt(sealed: str) -> str:
    """Return the text that `encrypt` was given. Raises UndecipherableError."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise UndecipherableError("No key in ENCRYPTION_KEYS opens this.") from error


def reencrypt(sealed: str) -> str:
    """Return the same secret encrypted with the newest key, its time of making kept. Raises UndecipherableError."""
    try:
        return _keys().rotate(sealed.encode()).decode()
    except InvalidToken as error:
        raise UndecipherableError("No key in ENCRYPTION_KEYS opens this.") from error


def is_current(sealed: str) -> bool:
    """Return whether the newest key alone opens it."""
    try:
        Fernet(settings.ENCRYPTION_KEYS[0]).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def unusable_keys(keys: Sequence[str]) -> int:
    """Return how many of the keys are none: a key is 32 random bytes in URL-safe base 64."""
    count = 0
    for key in keys:
        try:
            Fernet(key)
        except ValueError:
            count += 1
    return count


def _keys() -> MultiFernet:
    return _fernets(tuple(settings.ENCRYPTION_KEYS))


@cache
def _fernets(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
