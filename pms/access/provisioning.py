"""What a new organization gets from this app."""

from django.conf import settings

from pms.access.services import first_administrator, system_roles_ensure
from pms.kernel.actors import Actor
from pms.tenants.provisioning import Provisioning


def roles_and_administrator(made: Provisioning) -> None:
    """Make the system roles and invite the first administrator, if their address is known."""
    system_roles_ensure()
    if made.admin_email:
        host = made.organization.domains.get(is_primary=True).domain
        base_url = f"{settings.PUBLIC_SCHEME}://{host}{settings.PUBLIC_PORT and f':{settings.PUBLIC_PORT}'}/"
        # Whoever makes organizations holds nothing inside them: it is the platform that invites.
        first_administrator(email=made.admin_email, base_url=base_url, actor=Actor.system(made.actor.label))
