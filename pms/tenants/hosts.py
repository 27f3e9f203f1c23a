"""Which organization a host belongs to, remembered for a few seconds by each process."""

from copy import copy
from time import monotonic

from django.conf import settings
from django_tenants.utils import get_public_schema_name

from pms.tenants.models import Domain, Organization

#: How long another process may go on with what it remembers after a host or an organization has changed.
REMEMBERED_SECONDS = 5.0
REMEMBERED_HOSTS = 4096

_remembered: dict[str, tuple[float, Organization]] = {}


def organization_at(host: str) -> Organization | None:
    """Return the organization that answers on host (lower case, without port), or None; the caller may change its copy.

    The public site's own hosts (settings.PUBLIC_HOSTS) answer for an organization that is in no table. Only hosts
    that exist are remembered, so that strangers cannot fill the memory. Expects the public schema.
    """
    if host in settings.PUBLIC_HOSTS:
        return Organization(name="Innkeep", slug="public", schema_name=get_public_schema_name())
    entry = _remembered.get(host)
    if entry is not None and entry[0] > monotonic():
        return copy(entry[1])
    domain = Domain.objects.select_related("tenant").filter(domain=host).first()
    if domain is None:
        _remembered.pop(host, None)
        return None
    if len(_remembered) >= REMEMBERED_HOSTS:
        _remembered.clear()
    _remembered[host] = (monotonic() + REMEMBERED_SECONDS, domain.tenant)
    organization: Organization = copy(domain.tenant)
    return organization


def forget() -> None:
    """Forget everything remembered by this process: a host or an organization has changed."""
    _remembered.clear()
