"""Addresses on the organization's own host, for mails that no request stands behind."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from pms.kernel.addresses import address_at
from pms.kernel.tenancy import current_schema
from pms.tenants.models import Domain, Organization


def host_here() -> str:
    """Return the organization's first host. One query."""
    hosts = Domain.objects.filter(tenant__schema_name=current_schema()).order_by("-is_primary", "domain")
    return str(hosts.values_list("domain", flat=True).first() or settings.BASE_DOMAIN)


def name_here() -> str:
    """Return the organization's name: in a job the connection knows only its schema. One query."""
    return str(Organization.objects.filter(schema_name=current_schema()).values_list("name", flat=True).first() or "")


def page_on(host: str, name: str, *args: str, language: str = "en") -> str:
    """Return the whole address of a named page in a language."""
    with translation.override(language):
        return address_at(host=host, path=reverse(name, args=args))
