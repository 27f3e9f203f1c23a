"""Provisioning organizations, and changing whether and where they answer."""

from re import fullmatch

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone
from django_tenants.utils import get_public_schema_name, schema_context

from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import lock_one, sqlstate
from pms.tenants import blueprints, hosts, provisioning
from pms.tenants.models import Domain, Organization

logger = structlog.get_logger(__name__)

DUPLICATE_SCHEMA = "42P06"
#: Hosts and schemas that are, or will be, something else than a customer.
RESERVED = frozenset(
    {"admin", "api", "app", "assets", "cdn", "docs", "health", "information-schema", "innkeep", "mail", "media"}
    | {"platform", "public", "ready", "static", "status", "support", "template", "version", "webhooks", "www"}
)


def organization_create(*, slug: str, name: str, actor: Actor, admin_email: str | None = None) -> Organization:
    """Create an organization with its schema, its host `<slug>.<BASE_DOMAIN>` and whatever apps registered for it.

    All or nothing in one transaction; the connection stays in the schema it was in. The steps that apps registered
    (provisioning) see admin_email. Raises Invalid `bad_slug`, `reserved_slug`; Conflict `slug_taken`.
    """
    _refuse_slug(slug)
    schema = slug.replace("-", "_")
    with schema_context(get_public_schema_name()):
        blueprints.blueprint()  # recorded before the transaction, should the migrations be new
        with transaction.atomic():
            try:
                with transaction.atomic():
                    organization = Organization(slug=slug, name=name.strip() or slug, schema_name=schema)
                    organization.save()
                    Domain.objects.create(domain=f"{slug}.{settings.BASE_DOMAIN}", tenant=organization)
                    blueprints.schema_create(schema=schema)
            except (IntegrityError, ValidationError) as error:
                raise _taken(slug) from error
            except ProgrammingError as error:
                if sqlstate(error) != DUPLICATE_SCHEMA:
                    raise
                raise _taken(slug) from error
            blueprints.schema_build(schema=schema)
            with schema_context(schema):
                provisioning.run(provisioning.Provisioning(organization, actor, admin_email))
    hosts.forget()
    logger.info("organization_created", organization=slug, actor=actor.label)
    return organization


def organization_suspend(*, organization: Organization, actor: Actor) -> Organization:
    """Have the organization's hosts answer nothing but a plain page, within a few seconds; idempotent."""
    return _set_suspended(organization, suspended=True, actor=actor)


def organization_resume(*, organization: Organization, actor: Actor) -> Organization:
    """Have the organization's hosts answer again; idempotent."""
    return _set_suspended(organization, suspended=False, actor=actor)


def domain_add(*, organization: Organization, host: str, actor: Actor) -> Domain:
    """Have the organization answer on one more host (lower case, no port).

    Raises Invalid `bad_host`, Conflict `host_taken`.
    """
    host = host.strip().lower().rstrip(".")
    if not fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+", host) or len(host) > 253:
        raise Invalid("bad_host", "A host name has letters, digits, hyphens and at least one dot.", field="host")
    with schema_context(get_public_schema_name()):
        try:
            with transaction.atomic():
                domain: Domain = Domain.objects.create(domain=host, tenant=organization, is_primary=False)
        except IntegrityError as error:
            raise Conflict("host_taken", f"{host} belongs to an organization already.", field="host") from error
    hosts.forget()
    logger.info("domain_added", organization=organization.slug, host=host, actor=actor.label)
    return domain


def _set_suspended(organization: Organization, *, suspended: bool, actor: Actor) -> Organization:
    with schema_context(get_public_schema_name()), transaction.atomic():
        locked = lock_one(Organization.objects.filter(pk=organization.pk)) or organization
        if (locked.suspended_at is not None) != suspended:
            locked.suspended_at = timezone.now() if suspended else None
            locked.save(update_fields=["suspended_at"])
            logger.info("organization_suspended" if suspended else "organization_resumed", actor=actor.label)
    hosts.forget()
    return locked


def _refuse_slug(slug: str) -> None:
    if not fullmatch(r"[a-z][a-z0-9-]{1,38}[a-z0-9]", slug) or slug.startswith("pg-"):
        raise Invalid("bad_slug", "A short name has 3 to 40 lower-case letters, digits and hyphens.", field="slug")
    if slug in RESERVED or slug.startswith(blueprints.SCRATCH_PREFIX.replace("_", "-")):
        raise Invalid("reserved_slug", f"“{slug}” is kept for Innkeep itself.", field="slug")


def _taken(slug: str) -> Conflict:
    return Conflict("slug_taken", f"There is an organization called {slug} already.", field="slug")
