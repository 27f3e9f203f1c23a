"""manage.py allow_embedding SLUG ORIGIN: let a site show an organization's booking widget."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_tenants.utils import schema_context

from pms.branding.models import Brand
from pms.branding.services import brand_save
from pms.kernel.actors import Actor
from pms.tenants.models import Organization


def origin_allow(*, origin: str, actor: Actor) -> bool:
    """Add an origin to those that may show the widget; False where it was among them. Raises ValidationError."""
    brand = Brand.objects.first() or Brand()
    if origin in brand.allowed_origins:
        return False
    brand.allowed_origins = [*brand.allowed_origins, origin]
    brand_save(brand=brand, actor=actor)
    return True


class Command(BaseCommand):
    help = "Let a site, such as https://www.example.com, show an organization's booking widget."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the organization and the origin."""
        parser.add_argument("slug")
        parser.add_argument("origin")

    def handle(self, *args: Any, **options: Any) -> None:
        """Allow it."""
        organization = Organization.objects.filter(slug=options["slug"]).first()
        if organization is None:
            raise CommandError(f"There is no organization {options['slug']}.")
        with schema_context(organization.schema_name):
            try:
                made = origin_allow(origin=options["origin"], actor=Actor.system("allow_embedding"))
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
        if options["verbosity"]:
            self.stdout.write(f"{options['origin']} {'may' if made else 'could already'} show the widget")
