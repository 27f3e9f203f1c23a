"""manage.py seed_demo: the demo organizations, their guests and their people."""

import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from pms.kernel.actors import Actor
from pms.kernel.errors import DomainError
from pms.onboarding.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from pms.onboarding.progress import ProgressLine
from pms.onboarding.seed import SEED, demo_seed


class Command(BaseCommand):
    help = (
        "Make the demo organizations lusitania and baltic, full of invented guests around today, and a user for every "
        "role. What is there already is left as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The day and the seed; the same two give the same demo."""
        parser.add_argument("--business-date", type=date.fromisoformat, metavar="DATE", help="today if absent")
        parser.add_argument("--seed", type=int, default=SEED, help=f"{SEED} if absent")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, and say what is there."""
        progress = ProgressLine(sys.stderr, silent=options["verbosity"] == 0)
        try:
            written = demo_seed(
                now=timezone.now(),
                actor=Actor.system("seed_demo"),
                business_date=options["business_date"],
                seed=options["seed"],
                progress=progress,
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        finally:
            progress.end()
        if options["verbosity"] == 0:
            return
        for slug, bookings in written.items():
            self.stdout.write(f"{slug}: {f'{bookings:,} bookings' if bookings else 'was there already'}")
        self.stdout.write(f"Everybody's password is {DEMO_PASSWORD}:")
        for account in DEMO_ACCOUNTS:
            self.stdout.write(f"  {account.email:<20} {account.role:<15} {account.what}")
