"""Which organization's schema the connection is in. Beside pms.tenants the only place that switches it."""

from typing import Any, cast

from django.db import connection
from django_tenants.utils import get_public_schema_name

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
