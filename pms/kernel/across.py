"""One question put to many organizations at once, for figures that no organization's page shows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection, models
from django_tenants.utils import get_public_schema_name
from psycopg import sql

from pms.kernel.tenancy import inside

#: So many organizations are asked with one query.
TOGETHER = 50


def rows_across(
    query: sql.SQL, *, schemas: Sequence[str], tables: Mapping[str, type[models.Model]], **values: object
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query in each schema, in their order. `{schema}` is its name as text, each of `tables` that
    model's table in it, `values` are literals. A query for each fifty schemas, on no page that a guest waits for."""
    named = {name: sql.Literal(value) for name, value in values.items()}
    for first in range(0, len(schemas), TOGETHER):
        parts = [
            query.format(
                schema=sql.Literal(schema),
                **named,
                **{name: sql.Identifier(schema, model._meta.db_table) for name, model in tables.items()},
            )
            for schema in schemas[first : first + TOGETHER]
        ]
        with inside(str(get_public_schema_name())), connection.cursor() as cursor:
            cursor.execute(sql.SQL(" UNION ALL ").join(parts))
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        yield from rows
