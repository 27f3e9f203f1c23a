"""manage.py dress_demo: pictures and words in three languages for the demo's houses."""

from typing import Any

from django.core.management.base import BaseCommand
from django_tenants.utils import schema_context

from pms.kernel.actors import Actor
from pms.onboarding.demo_pictures import pictures_add
from pms.onboarding.demo_texts import texts_write
from pms.onboarding.seed import ORGANIZATIONS
from pms.properties.models import Property
from pms.tenants.models import Organization


class Command(BaseCommand):
    help = "Give the demo's houses pictures and words for guests, where they have none. Run after seed_demo."

    def handle(self, *args: Any, **options: Any) -> None:
        """Dress each house of each demo organization that is there."""
        actor = Actor.system("dress_demo")
        there = Organization.objects.filter(slug__in=[demo.slug for demo in ORGANIZATIONS])
        for schema in list(there.values_list("schema_name", flat=True)):
            with schema_context(schema):
                for property in Property.objects.all():
                    texts_write(property=property, actor=actor)
                    painted = pictures_add(property=property, actor=actor)
                    if options["verbosity"]:
                        self.stdout.write(f"{property}: {painted} pictures")
