"""Which organization's schema the connection is in. Beside pms.tenants the only place that switches it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.conf import settings
from django.db import connection
from django_tenants.utils import get_public_schema_name, schema_context

#: The connection as django-tenants makes it.
tenant_connection = cast("Any", connection)


def current_schema() -> str:
    """Return the name of the schema that queries go to first."""
    return str(tenant_connection.schema_name)


def enter_public() -> None:
    """Leave every organization."""
    tenant_connection.set_schema_to_public()


def is_public() -> bool:
    """Return whether no organization has been entered."""
    return current_schema() == str(get_public_schema_name())


def is_shared(application: str) -> bool:
    """Return whether the tables of the application at the dotted path lie in the public schema."""
    return any(entry == application or entry.startswith(f"{application}.apps.") for entry in settings.SHARED_APPS)


@contextmanager
def inside(schema: str) -> Iterator[None]:
    """Run the block inside the organization with this schema, then go back to where the connection was."""
    with schema_context(schema):
        yield
