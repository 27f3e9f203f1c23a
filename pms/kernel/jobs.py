"""The one way to enqueue: jobs name a dotted path, carry primitive arguments and enter their tenant first."""

from importlib import import_module
from typing import Any

import django_rq
import structlog
from django.conf import settings
from django.db import connection, transaction
from django_tenants.utils import get_public_schema_name, get_tenant_model, schema_context
from redis.exceptions import RedisError
from rq.serializers import JSONSerializer

from pms.kernel.caching import redis_at
from pms.kernel.tenancy import current_schema

logger = structlog.get_logger(__name__)

Primitive = str | int | bool | None

#: What somebody waits for, and what the clock wakes, which may take minutes: neither stands behind the other.
QUEUE, CLOCK_QUEUE = "default", "clock"
#: With more than this in the queue, what is due waits in it: sweeping would only lengthen it.
CROWDED = 1_000
#: How long a wake-up that nobody has answered stands for those that come after it.
WAKE_SECONDS = 10


def enqueue_in_tenant(path: str, **arguments: Primitive) -> None:
    """Enqueue the job at the dotted path for the current tenant, once the transaction has committed.

    The queue may forget it at any time, or not be there at all, which is logged and hurts nobody: whoever enqueues
    keeps the truth in PostgreSQL and sweeps for what is left.
    """
    schema = current_schema()
    transaction.on_commit(lambda: _enqueue(path, schema, arguments), robust=True)


def wake_in_tenant(path: str) -> None:
    """Enqueue the job at the dotted path for the current tenant, unless it waits in the queue already.

    For jobs that look for work themselves and begin with `woken(path)`.
    """
    schema = current_schema()
    key = _wake_key(path, schema)
    waiting = connection.run_on_commit
    if waiting and getattr(waiting[-1][1], "wakes", None) == key:
        return

    def wake() -> None:
        if redis_at(settings.REDIS_URL).set(key, 1, nx=True, ex=WAKE_SECONDS):
            _enqueue(path, schema, {})

    wake.wakes = key  # type: ignore[attr-defined]
    transaction.on_commit(wake, robust=True)


def woken(path: str) -> None:
    """Say that the job at the dotted path has begun: what happens from now on needs another wake-up."""
    try:
        redis_at(settings.REDIS_URL).delete(_wake_key(path, current_schema()))
    except RedisError:
        logger.warning("queue_unreachable", job=path)


def crowded() -> bool:
    """Return whether so much waits in the queue that sweeping would make it longer and nothing quicker."""
    try:
        return int(redis_at(settings.REDIS_URL).llen(f"rq:queue:{QUEUE}")) > CROWDED
    except RedisError:
        return False


def live_schemas() -> list[str]:
    """Return the schemas of all organizations that are not suspended, by name."""
    with schema_context(get_public_schema_name()):
        organizations = get_tenant_model().objects.exclude(schema_name=get_public_schema_name())
        return list(
            organizations.filter(suspended_at=None).order_by("schema_name").values_list("schema_name", flat=True)
        )


def every_schema() -> list[str]:
    """Return the public schema and those of all organizations, suspended ones too, by name."""
    with schema_context(get_public_schema_name()):
        organizations = get_tenant_model().objects.exclude(schema_name=get_public_schema_name())
        named = organizations.order_by("schema_name").values_list("schema_name", flat=True)
        return [str(get_public_schema_name()), *named]


def enqueue_for_every_tenant(path: str) -> None:
    """Enqueue the clock's job at the dotted path once for each organization that is not suspended."""
    for schema in live_schemas():
        _enqueue(path, schema, {}, CLOCK_QUEUE)


def _wake_key(path: str, schema: str) -> str:
    return f"innkeep:wake:{schema}:{path}"


def _enqueue(path: str, schema: str, arguments: dict[str, Primitive], name: str = QUEUE) -> None:
    queue = django_rq.get_queue(name, connection=redis_at(settings.REDIS_URL), serializer=JSONSerializer)
    queue.enqueue("pms.kernel.jobs.run_in_tenant", path, schema, arguments, result_ttl=0, failure_ttl=86400)


def run_in_tenant(path: str, schema: str, arguments: dict[str, Primitive]) -> Any:
    """Run the job at the dotted path inside schema; one whose organization is gone is logged and left alone."""
    with schema_context(get_public_schema_name()):
        public = schema == get_public_schema_name()
        if not public and not get_tenant_model().objects.filter(schema_name=schema).exists():
            logger.warning("job_for_missing_tenant", job=path, schema=schema)
            return None
    module, name = path.rsplit(".", 1)
    with schema_context(schema), structlog.contextvars.bound_contextvars(tenant=schema, job=path):
        return getattr(import_module(module), name)(**arguments)
