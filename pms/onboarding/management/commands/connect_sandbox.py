"""manage.py connect_sandbox: the demo's webhooks at the stand-in of Stripe that bin/run starts."""

from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import schema_context

from pms.kernel.actors import Actor
from pms.kernel.jobs import live_schemas
from pms.onboarding.demo_sandbox import is_sandbox, webhooks_connect


class Command(BaseCommand):
    help = "Register the demo's webhooks at the stand-in of Stripe. bin/run does it at every start."

    def handle(self, *args: Any, **options: Any) -> None:
        """Connect every organization."""
        if not is_sandbox():
            raise CommandError("STRIPE_API_BASE names Stripe itself; webhooks there are set up by their owner.")
        for schema in live_schemas():
            with schema_context(schema):
                try:
                    made = webhooks_connect(actor=Actor.system("connect_sandbox"))
                except httpx.HTTPError as error:
                    raise CommandError(f"The stand-in does not answer: {error}") from error
            if made and options["verbosity"]:
                self.stdout.write(f"{schema}: {made} connected")
