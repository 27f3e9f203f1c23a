"""Statements of a fixed shape, compiled by the ORM once for each process: compiling one costs more than asking it."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.sql import InsertQuery
from psycopg import Pipeline
from psycopg.types.range import Range

M = TypeVar("M", bound=Model)

#: What stands for a parameter while the query is compiled: a value that no query has by itself.
_STAND_INS: dict[Any, Callable[[int], Any]] = {
    int: lambda place: -(2**40) - place,
    str: lambda place: f"\N{OBJECT REPLACEMENT CHARACTER}{place}",
    date: lambda place: date(1, 1, 1 + place),
    datetime: lambda place: datetime(1, 1, 1, 1, place, tzinfo=UTC),
    list: lambda place: [-(2**41) - place],
    list[date]: lambda place: [date(2, 1, 1 + place)],
    Range: lambda place: Range(-(2**42) - place, -(2**42)),
}


#: A list of one, as the ORM writes it.
_ONE_IN_LIST = re.compile(r"IN \(%s(::\w+)?\)")

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
    names, read_differently = _reading(model)
    for row in rows:
        values = list(row[: len(names)])
        for place, read in read_differently:
            values[place] = read(values[place], None, connection)
        yield model.from_db(DEFAULT_DB_ALIAS, names, values), row[len(names) :]


@cache
def _reading(model: type[Model]) -> tuple[list[str], list[tuple[int, Callable[..., Any]]]]:
    """Return the columns, and which of them the driver reads as something else than the field's value: JSON first of all."""
    fields = enumerate(model._meta.concrete_fields)
    return columns_of(model), [
        (place, read) for place, field in fields if (read := getattr(field, "from_db_value", None))
    ]


class Prepared:
    """A query whose SQL never changes, only its parameters: numbers, words, dates, instants, ranges, lists (`__in`).

    `build` is given a stand-in for each parameter and returns a values_list. Rows come as the driver reads them: JSON is
    text. Tables have no schema in their names, so that one text serves every tenant.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **parameters: Any) -> None:
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
            if any(isinstance(value, list) for value in stand_ins.values()):
                sql = _ONE_IN_LIST.sub("= ANY(%s)", sql)
            names = {value[0] if isinstance(value, list) else value: name for name, value in stand_ins.items()}
            places = [
                (names.get(value) if isinstance(value, (int, str, date, Range)) else None, value) for value in given
            ]
            unused = set(stand_ins) - {name for name, _ in places}
            if unused:
                raise ValueError(f"The query has no place for {', '.join(sorted(unused))}.")
            self._compiled = sql, places
            return self._compiled


class PreparedRows(Generic[M]):
    """A query as Prepared, of whole rows of one model, which come as its instances. It may lock them (pms.kernel.locking)."""

    def __init__(self, model: type[M], build: Callable[..., QuerySet[M]], **parameters: Any) -> None:
        self._model = model
        self._query = Prepared(lambda **values: build(**values).values_list(), **parameters)

    def all(self, **values: Any) -> list[M]:
        """Return the rows for these values of all parameters. One query."""
        return [row for row, _ in read_as(self._model, self._query.rows(**values))]

    def first(self, **values: Any) -> M | None:
        """Return the first row, or None when there is none. One query, which should ask for one row."""
        return next((row for row, _ in read_as(self._model, self._query.rows(**values))), None)


class _Insert(NamedTuple):
    """How a row of a model is saved: the statement in three parts, the fields that it wants and those PostgreSQL fills."""

    into: str
    values: str
    returning: str
    given: list[Any]
    returned: list[Any]


_INSERTS: dict[type[Model], _Insert] = {}


def insert(row: M) -> M:
    """Save a new row as `save(force_insert=True)` does, its key from a sequence, and return it. One query.

    The statement is compiled once for each model. No signals: nothing here listens to any.
    """
    return _insert([row], "")[0]


def insert_if_new(row: M) -> bool:
    """Save a row as `insert` does unless a unique constraint keeps it out; return whether it was saved. One query."""
    return bool(_insert([row], " ON CONFLICT DO NOTHING"))


def insert_all(rows: Iterable[M]) -> list[M]:
    """Save new rows of one model as `insert` does and return them. One query; none where there are none."""
    made = list(rows)
    return _insert(made, "") if made else []


def _insert(rows: list[M], conflict: str) -> list[M]:
    statement = _INSERTS.get(type(rows[0])) or _insert_compile(rows[0])
    places = ", ".join([statement.values] * len(rows))
    given = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in rows for field in statement.given
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"{statement.into} VALUES {places}{conflict} RETURNING {statement.returning}", given)
        found = cursor.fetchall()
    if conflict and not found:
        return []
    for row, values in zip(rows, found, strict=True):
        for field, value in zip(statement.returned, values, strict=True):
            setattr(row, field.attname, value)
        state = row._state  # noqa: SLF001 - as save() leaves it
        state.adding, state.db = False, DEFAULT_DB_ALIAS
    return rows


def _insert_compile(row: Model) -> _Insert:
    model, key = type(row), row._meta.pk
    given = [field for field in model._meta.concrete_fields if field is not key and not field.generated]
    query = InsertQuery(model)
    query.insert_values(given, [row], raw=False)
    compiler: Any = query.get_compiler(DEFAULT_DB_ALIAS)
    returned = compiler.returning_fields = list(model._meta.db_returning_fields)
    ((sql, values),) = compiler.as_sql()
    into, _, rest = sql.partition(" VALUES ")
    place, _, returning = rest.partition(" RETURNING ")
    if len(values) != len(given) or place.count("%s") != len(given):
        raise ValueError(f"A row of {model.__name__} is not made of plain values.")
    _INSERTS[model] = _Insert(into, place, returning, given, returned)
    return _INSERTS[model]
