"""COPY, keys ahead of the rows that have them, and codes that come out the same on every run."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connection

from pms.kernel.codes import ALPHABET

CODE_LENGTH: Final = 7


def confirmation_numbers(keys: Sequence[str]) -> list[str]:
    """A confirmation number for each stay, the same on every run, none of them in use."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM reservations_booking UNION SELECT code FROM reservations_reservation")
        used = {code for (code,) in cursor.fetchall()}
    codes = []
    for key in keys:
        number = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest())
        while (code := _spelt(number)) in used:
            number += 1
        used.add(code)
        codes.append(code)
    return codes


def _spelt(number: int) -> str:
    letters = []
    for _ in range(CODE_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(letters)


def uuid_of(*words: str) -> UUID:
    """The UUID that belongs to some words."""
    return UUID(bytes=hashlib.blake2b(" ".join(words).encode(), digest_size=16).digest(), version=4)


def next_keys(table: str, count: int) -> list[int]:
    """The next so many primary keys of a table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
        return next_values(cursor.fetchone()[0], count)


def next_values(name: str, count: int) -> list[int]:
    """The next so many values of a sequence, ascending."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [name, count])
        return sorted(value for (value,) in cursor.fetchall())


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY rows into a table of the present schema; every constraint that is not deferred judges each row."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
