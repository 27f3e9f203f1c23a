"""A replayed schema is the migrated one, to the last constraint."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django_tenants.utils import schema_context

from pms.kernel.tenancy import tenant_connection
from pms.tenants import blueprints
from pms.tenants.models import Blueprint

CATALOGUE = """
SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text, a.attidentity::text,
       a.attgenerated::text, coalesce(pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = %(schema)s::regnamespace AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'S')
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable::text,
       condeferred::text, convalidated::text, '' FROM pg_constraint WHERE connamespace = %(schema)s::regnamespace
UNION ALL
SELECT 'index', tablename, indexname, indexdef, '', '', '', '' FROM pg_indexes WHERE schemaname = %(schema)s
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(t.oid), tgenabled::text, '', '', ''
FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
WHERE c.relnamespace = %(schema)s::regnamespace AND NOT tgisinternal
UNION ALL
SELECT 'function', proname, '', pg_get_functiondef(oid), '', '', '', '' FROM pg_proc
WHERE pronamespace = %(schema)s::regnamespace AND prokind = 'f'
"""


def catalogue(schema):
    with schema_context(schema), connection.cursor() as cursor:
        cursor.execute(CATALOGUE, {"schema": schema})
        return sorted(tuple(cell.replace(schema, "SCHEMA") for cell in row) for row in cursor.fetchall())


def migrated(schema):
    blueprints.schema_create(schema=schema)
    with schema_context(schema):
        tenant_connection.set_schema(schema, include_public=False)
        MigrationRecorder(connection).ensure_schema()
        tenant_connection.set_schema(schema)
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())


def applied(schema):
    with schema_context(schema), connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())


def test_a_replayed_schema_is_the_migrated_one(db):
    migrated("grand_migrated")
    blueprints.schema_create(schema="grand_replayed")
    blueprints.schema_build(schema="grand_replayed")
    expected, built = catalogue("grand_migrated"), catalogue("grand_replayed")
    assert len(expected) > 300
    assert built == expected
    assert applied("grand_replayed") == applied("grand_migrated")


def test_rows_that_migrations_write_are_replayed(db, monkeypatch):
    blueprints.schema_create(schema="grand_replayed")
    plan = Blueprint(
        fingerprint="x",
        migrations=["a.0001"],
        statements=f"{blueprints.blueprint().statements};\nCREATE TABLE t (n text)"
        ";\nINSERT INTO t VALUES ('50% off; $1')",
    )
    monkeypatch.setattr(blueprints, "blueprint", lambda: plan)
    blueprints.schema_build(schema="grand_replayed")
    with schema_context("grand_replayed"), connection.cursor() as cursor:
        cursor.execute("SELECT n FROM t")
        assert cursor.fetchall() == [("50% off; $1",)]


def test_new_migrations_are_recorded_anew(db, monkeypatch):
    known = blueprints.blueprint()
    monkeypatch.setattr(blueprints, "_fingerprint", lambda: "another")
    monkeypatch.setattr(blueprints, "_current", {})
    recorded = blueprints.blueprint()
    assert recorded.pk != known.pk
    assert recorded.statements.count("CREATE TABLE") == known.statements.count("CREATE TABLE")
    assert list(Blueprint.objects.values_list("fingerprint", flat=True)) == ["another"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE %s", [f"{blueprints.SCRATCH_PREFIX}%"])
        assert cursor.fetchone() == (0,)


def test_statements_keep_their_parameters(db):
    assert blueprints._literal("SELECT %s, '100%%'", ["it's"]) == "SELECT 'it''s', '100%'"
    assert blueprints._literal("SELECT '100%'", None) == "SELECT '100%'"
    assert blueprints._literal("CREATE INDEX CONCURRENTLY i ON t (n);", None) == "CREATE INDEX  i ON t (n)"


@pytest.mark.parametrize("statement", ["SELECT 1", " select 1", 'INSERT INTO "django_migrations" VALUES (1)'])
def test_questions_are_not_recorded(statement):
    assert blueprints._ignored.match(statement)
