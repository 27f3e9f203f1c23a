"""Deploying: one query finds the schemas that lack a migration, and only those are migrated."""

from typing import Any

from django.db import connection
from django_tenants.migration_executors import get_executor as stock_executor
from django_tenants.utils import get_public_schema_name, schema_context
from psycopg import sql

from pms.tenants.blueprints import migration_names

#: Options that ask for something else than bringing everything up to date: they get the stock behaviour.
SPECIAL = ("app_label", "migration_name", "fake", "fake_initial", "plan", "prune", "check_unapplied")


def stale_schemas(*, schemas: list[str]) -> list[str]:
    """Return those of schemas that lack a migration, in the order given. Two queries whatever their number.

    Raises RuntimeError for a schema that does not exist: an organization without one must not pass for migrated.
    """
    wanted = migration_names()
    with schema_context(get_public_schema_name()), connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname, c.oid IS NOT NULL FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid"
            " AND c.relname = 'django_migrations' AND c.relkind = 'r' WHERE n.nspname = ANY(%s)",
            [schemas],
        )
        there: dict[str, bool] = dict(cursor.fetchall())
        missing = [schema for schema in schemas if schema not in there]
        if missing:
            raise RuntimeError(f"There is no schema called {missing[0]}, though an organization has it.")
        asked = [schema for schema in schemas if there[schema]]
        current = _applied(cursor, asked, wanted) if asked else set()
    return [schema for schema in schemas if schema not in current]


def _applied(cursor: Any, schemas: list[str], wanted: list[str]) -> set[str]:
    """Return the schemas in which every wanted migration has been applied."""
    one = sql.SQL(
        "SELECT {name}, (SELECT count(DISTINCT (app, name)) FROM {table} WHERE app || '.' || name = ANY(w.names))"
        " FROM w"
    )
    parts = [
        one.format(name=sql.Literal(schema), table=sql.Identifier(schema, "django_migrations")) for schema in schemas
    ]
    query = sql.SQL("WITH w (names) AS (SELECT %s::text[]) ") + sql.SQL(" UNION ALL ").join(parts)
    cursor.execute(query, [wanted])
    return {schema for schema, count in cursor.fetchall() if count == len(set(wanted))}


def get_executor(codename: str | None = None) -> type:
    """Return django-tenants' executor called codename, narrowed to stale schemas (settings.GET_EXECUTOR_FUNCTION)."""
    stock: Any = stock_executor(codename)

    class StaleOnly(stock):
        """Migrates what lacks a migration and says what it left alone."""

        codename = stock.codename

        def run_migrations(self, tenants: Any = None) -> None:
            wanted = list(tenants or [])
            if any(self.options.get(option) for option in SPECIAL):
                super().run_migrations(tenants=wanted)
                return
            stale = stale_schemas(schemas=wanted)
            if stale:
                super().run_migrations(tenants=stale)
            elif self.options.get("verbosity", 1) >= 1:
                print(f"Nothing to migrate in {len(wanted)} schema(s).")  # noqa: T201 - a command's answer

    return StaleOnly
