"""What a new organization gets from this app."""

from pms.access.services import first_administrator, system_roles_ensure
from pms.kernel.actors import Actor
from pms.kernel.addresses import address_at
from pms.tenants.provisioning import Provisioning


def roles_and_administrator(made: Provisioning) -> None:
    """Make the system roles and invite the first administrator, if their address is known."""
    system_roles_ensure()
    if made.admin_email:
        host = made.organization.domains.get(is_primary=True).domain
        base_url = address_at(host=host, path="/")
        # Whoever makes organizations holds nothing inside them: it is the platform that invites.
        first_administrator(email=made.admin_email, base_url=base_url, actor=Actor.system(made.actor.label))
