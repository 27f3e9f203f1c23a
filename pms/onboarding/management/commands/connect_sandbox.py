"""manage.py connect_sandbox: the demo's webhooks at the stand-in of Stripe, and its hotel at that of Channex."""

from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import schema_context

from channels.adapters.base import ChannelError
from pms.kernel.actors import Actor
from pms.kernel.jobs import live_schemas
from pms.onboarding.demo_channels import channels_connect
from pms.onboarding.demo_sandbox import is_sandbox, webhooks_connect


class Command(BaseCommand):
    help = "Register the demo's webhooks at the stand-in of Stripe, and sell its hotel at that of Channex; done by bin/run."

    def handle(self, *args: Any, **options: Any) -> None:
        """Connect every organization."""
        if not is_sandbox():
            raise CommandError("STRIPE_API_BASE names Stripe itself; webhooks there are set up by their owner.")
        for schema in live_schemas():
            with schema_context(schema):
                actor = Actor.system("connect_sandbox")
                try:
                    made = webhooks_connect(actor=actor) + channels_connect(actor=actor)
                except (httpx.HTTPError, ChannelError) as error:
                    raise CommandError(f"The stand-in does not answer: {error}") from error
            if made and options["verbosity"]:
                self.stdout.write(f"{schema}: {made} connected")
