"""The SQL that makes a tenant's schema: recorded once from the migrations themselves, replayed for every new one.

Migrating an empty schema asks Django to build the state of every model after every migration and takes seconds.
What it sends to PostgreSQL in the end is always the same, so it is recorded from a real migration of a scratch
schema (RunSQL, constraints, indexes and all) and sent again in one go. Nothing but a database connection is needed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from inspect import getsource
from re import IGNORECASE
from re import compile as compile_pattern
from sys import modules
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django_tenants.utils import get_public_schema_name, schema_context
from psycopg import ClientCursor, sql

from pms.kernel.tenancy import tenant_connection
from pms.tenants.models import Blueprint

SCRATCH_PREFIX = "blueprint_"
#: Any number, the same in every process: two recordings at once would be one too many.
RECORDING_LOCK = 7_241_906_113
#: Rows written by one migration must have met their foreign keys before the next one alters the table.
BETWEEN_MIGRATIONS = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"

_ignored = compile_pattern(
    r"^\s*(SELECT|SHOW|SET search_path|BEGIN|COMMIT|SAVEPOINT|RELEASE|INSERT INTO \"django_migrations\")", IGNORECASE
)
_concurrently = compile_pattern(r"\bCONCURRENTLY\b", IGNORECASE)
_current: dict[str, Blueprint] = {}


def migration_names() -> list[str]:
    """Return every migration there is, as app.name, in the order of the graph."""
    return [".".join(key) for key in _plan(MigrationLoader(None))]


def blueprint() -> Blueprint:
    """Return the recorded SQL for the migrations as they are now, recording it if nobody has (some seconds).

    Runs in the public schema. Takes an advisory lock while recording.
    """
    fingerprint = _fingerprint()
    with schema_context(get_public_schema_name()):
        known = _current.get(fingerprint) or Blueprint.objects.filter(fingerprint=fingerprint).first()
        if known is None:
            with _recording_lock():
                known = Blueprint.objects.filter(fingerprint=fingerprint).first() or _record(fingerprint)
    _current[fingerprint] = known
    return known


def schema_create(*, schema: str) -> None:
    """Create an empty schema. Fails with 42P06 when there is one of that name."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {connection.ops.quote_name(schema)}")


def schema_build(*, schema: str) -> None:
    """Make everything in an empty schema as migrating would; all or nothing, inside the caller's transaction too."""
    plan = blueprint()
    with transaction.atomic(), schema_context(schema), connection.cursor() as cursor:
        cursor.execute(plan.statements)
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) SELECT split_part(m, '.', 1), split_part(m, '.', 2),"
            " now() FROM unnest(%s::text[]) WITH ORDINALITY AS listed (m, place) ORDER BY place",
            [plan.migrations],
        )


@cache
def _fingerprint() -> str:
    """Return a digest of every migration's source: any change makes a new recording."""
    digest = sha256()
    loader = MigrationLoader(None)
    for key in _plan(loader):
        digest.update(repr(key).encode())
        digest.update(getsource(modules[type(loader.disk_migrations[key]).__module__]).encode())
    digest.update(repr(settings.TENANT_APPS).encode())
    return digest.hexdigest()


def _plan(loader: MigrationLoader) -> list[tuple[str, str]]:
    seen: dict[tuple[str, str], None] = {}
    for leaf in sorted(loader.graph.leaf_nodes()):
        seen |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    return list(seen)


@contextmanager
def _recording_lock() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [RECORDING_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [RECORDING_LOCK])


def _record(fingerprint: str) -> Blueprint:
    """Migrate a scratch schema, keep what was sent, drop the schema."""
    scratch = f"{SCRATCH_PREFIX}{uuid4().hex[:12]}"
    name = connection.ops.quote_name(scratch)
    recorded: list[str] = []

    def keep(execute: Callable[..., Any], statement: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not _ignored.match(str(statement)):
            rows = params if many else [params]
            recorded.extend(_literal(statement, row) for row in rows)
        return execute(statement, params, many, context)

    def between(action: str, *_: object, **__: object) -> None:
        if action == "apply_success":
            recorded.append(BETWEEN_MIGRATIONS)

    schema_create(schema=scratch)
    try:
        with schema_context(scratch), connection.execute_wrapper(keep):
            tenant_connection.set_schema(scratch, include_public=False)
            MigrationRecorder(connection).ensure_schema()
            tenant_connection.set_schema(scratch)
            executor = MigrationExecutor(connection, progress_callback=between)
            executor.migrate(executor.loader.graph.leaf_nodes())
    finally:
        with schema_context(get_public_schema_name()), connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA {name} CASCADE")
    Blueprint.objects.exclude(fingerprint=fingerprint).delete()
    return Blueprint.objects.create(
        fingerprint=fingerprint, statements=";\n".join(recorded), migrations=migration_names()
    )


def _literal(statement: Any, params: Any) -> str:
    """Return the statement as text with its parameters in it."""
    connection.ensure_connection()
    raw: Any = connection.connection
    if isinstance(statement, sql.Composable):
        statement = statement.as_string(raw)
    text = str(statement)
    if params is not None:
        text = ClientCursor(raw).mogrify(text, params)
    return _concurrently.sub("", text).strip().rstrip(";")
