"""Opens the organization something is imported into, and makes it when it is not there, all or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django_tenants.utils import get_public_schema_name, schema_context

from pms.kernel.actors import Actor
from pms.tenants import blueprints
from pms.tenants.models import Organization
from pms.tenants.services import organization_create


@contextmanager
def organization_opened(
    *, slug: str, name: str, actor: Actor, admin_email: str | None = None
) -> Iterator[Organization]:
    """Runs the block inside the organization in one transaction, which also makes the organization when needed.

    If the block raises, nothing of it is left: no rows, no schema, no host. Raises what organization_create does.
    """
    with schema_context(get_public_schema_name()):
        blueprints.blueprint()
        with transaction.atomic():
            organization = Organization.objects.filter(slug=slug).first() or organization_create(
                slug=slug, name=name, actor=actor, admin_email=admin_email
            )
            with schema_context(organization.schema_name):
                yield organization
