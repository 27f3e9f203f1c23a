"""Makes an organization and tells how its first administrator gets in."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_tenants.utils import schema_context

from pms.accounts.selectors import invitation_url, invitations_here
from pms.kernel.actors import Actor
from pms.kernel.errors import DomainError
from pms.tenants.services import organization_create


class Command(BaseCommand):
    help = "Creates an organization with its schema, its host and its first administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--slug", required=True, help="Short name: its subdomain, such as lusitania.")
        parser.add_argument("--name", required=True, help='Full name, such as "Hotel Lusitania".')
        parser.add_argument("--admin-email", required=True, help="Who becomes its first administrator.")

    def handle(self, *args: Any, slug: str, name: str, admin_email: str, **options: Any) -> None:
        """Create it and print its address and the invitation's link; a refusal ends with one sentence."""
        try:
            organization = organization_create(
                slug=slug, name=name, actor=Actor.system("create_organization"), admin_email=admin_email
            )
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        domain = organization.domains.get(is_primary=True).domain
        self.stdout.write(f"{organization.name} answers on {domain}.")
        with schema_context(organization.schema_name):
            invitation = invitations_here().filter(accepted_at=None, revoked_at=None).first()
            if invitation is not None:
                self.stdout.write(
                    f"{invitation.email} is invited as its administrator, until"
                    f" {invitation.expires_at:%-d %B %Y}: {invitation_url(invitation)}"
                )
