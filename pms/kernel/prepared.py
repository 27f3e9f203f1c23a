"""Queries of a fixed shape, compiled by the ORM once for each process: compiling one costs more than asking it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from psycopg import Pipeline

M = TypeVar("M", bound=Model)

#: What stands for a parameter while the query is compiled: a value that no query has by itself.
_STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda place: -(2**40) - place,
    str: lambda place: f"\N{OBJECT REPLACEMENT CHARACTER}{place}",
    date: lambda place: date(1, 1, 1 + place),
    datetime: lambda place: datetime(1, 1, 1, 1, place, tzinfo=UTC),
    list: lambda place: [-(2**41) - place],
}


#: Waits for the rows that were asked for and returns them, once.
Rows = Callable[[], list[tuple[Any, ...]]]


@contextmanager
def together() -> Iterator[None]:
    """Send what is asked inside at once, instead of each question after the last one's answer: for reading alone.

    The schema is set before: a failure takes back what was said in the same breath, and another organization's tables must
    never answer.
    """
    with connection.cursor():
        pass
    raw = connection.connection
    if not Pipeline.is_supported():
        yield
        return
    with raw.pipeline():
        yield


def columns_of(model: type[Model]) -> list[str]:
    """Return the columns of a model, for a values_list whose rows are `read_as` its instances."""
    return [field.attname for field in model._meta.concrete_fields]


def read_as(model: type[M], rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[M, tuple[Any, ...]]]:
    """Yield an instance of the model from the first columns of each row (`columns_of`), and what comes after them."""
    names = columns_of(model)
    read = [
        (place, field.from_db_value)
        for place, field in enumerate(model._meta.concrete_fields)
        if hasattr(field, "from_db_value")
    ]
    for row in rows:
        values = list(row[: len(names)])
        for place, from_db_value in read:
            values[place] = from_db_value(values[place], None, connection)
        yield model.from_db(connection.alias, names, values), row[len(names) :]


class Prepared:
    """A query whose SQL never changes, only its parameters: numbers, words, dates, instants, and lists of numbers (`__in`).

    `build` is given a stand-in for each parameter and returns a values_list. Rows come as the driver reads them: JSON is
    text. Tables have no schema in their names, so that one text serves every tenant.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **parameters: type) -> None:
        self._build = build
        self._parameters = parameters
        self._compiled: tuple[str, Sequence[tuple[str | None, Any]]] | None = None
        self._lock = Lock()

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows for these values of all parameters. One query."""
        return self.ask(**values)()

    def ask(self, **values: Any) -> Rows:
        """Ask for the rows and return what waits for them: inside `together()` PostgreSQL works meanwhile. One query."""
        sql, places = self._compiled or self._compile()
        cursor = connection.cursor()
        cursor.execute(sql, [fixed if name is None else values[name] for name, fixed in places])

        def rows() -> list[tuple[Any, ...]]:
            with cursor:
                found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

        return rows

    def _compile(self) -> tuple[str, Sequence[tuple[str | None, Any]]]:
        with self._lock:
            stand_ins = {name: _STAND_INS[kind](place) for place, (name, kind) in enumerate(self._parameters.items())}
            sql, given = self._build(**stand_ins).query.sql_with_params()
            # However many there are: one array instead of a place for each.
            sql = sql.replace("IN (%s)", "= ANY(%s)") if list in self._parameters.values() else sql
            names = {value[0] if isinstance(value, list) else value: name for name, value in stand_ins.items()}
            places = [(names.get(value) if isinstance(value, (int, str, date)) else None, value) for value in given]
            unused = set(stand_ins) - {name for name, _ in places}
            if unused:
                raise ValueError(f"The query has no place for {', '.join(sorted(unused))}.")
            self._compiled = sql, places
            return self._compiled
