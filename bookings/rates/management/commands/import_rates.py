"""manage.py import_rates: the dry run of a file of prices, and on request the change it becomes."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django_tenants.utils import schema_context

from bookings.rates.enums import RowOutcome
from bookings.rates.reading import MAX_BYTES, table_read
from bookings.rates.services.changing import change_draft, change_publish
from bookings.rates.services.checking import Checked, table_check
from pms.kernel.actors import Actor
from pms.kernel.errors import DomainError
from pms.properties.models import Property

MOST_SHOWN = 50


class Command(BaseCommand):
    """Prints every row with an error and ends with 1 when there is one; saves nothing unless told to."""

    help = "Check a CSV or XLSX file of prices and restrictions, and with --draft or --publish make it a change."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """File, organization's schema, property, and what to do with it."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--schema", required=True, help="the organization's schema, such as lusitania")
        parser.add_argument("--property", required=True, metavar="CODE")
        parser.add_argument("--title", help="of the change; the file's name if absent")
        done = parser.add_mutually_exclusive_group()
        done.add_argument("--draft", action="store_true", help="keep it as a draft")
        done.add_argument("--publish", action="store_true", help="publish it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, check, report, save."""
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        if path.stat().st_size > MAX_BYTES:
            raise CommandError(f"{path.name} is larger than {MAX_BYTES // 1024 // 1024} MB.")
        with schema_context(options["schema"]):
            place = Property.objects.filter(code=options["property"]).first()
            if place is None:
                raise CommandError(f"There is no property {options['property']} in {options['schema']}.")
            try:
                checked = table_check(property=place, table=table_read(content=path.read_bytes()))
                self._report(checked)
                if options["draft"] or options["publish"]:
                    self._save(place, checked, options["title"] or path.name[:120], publish=options["publish"])
            except DomainError as error:
                raise CommandError(error.message) from error

    def _report(self, checked: Checked) -> None:
        faulty = [row for row in checked.rows if row.outcome == RowOutcome.FAULT]
        for row in faulty[:MOST_SHOWN]:
            self.stdout.write(f"row {row.number}, {row.column}: {row.message}")
        if len(faulty) > MOST_SHOWN:
            self.stdout.write(f"... and {len(faulty) - MOST_SHOWN:,} more rows with errors")
        if faulty:
            raise CommandError(f"{len(faulty):,} of {len(checked.rows):,} rows have errors; nothing was saved.")
        differing = checked.preview.differing if checked.preview else 0
        self.stdout.write(f"{len(checked.rows):,} rows, {len(checked.cells):,} values, {differing:,} of them change.")
        for doubt in checked.preview.doubts if checked.preview else ():
            self.stdout.write(f"! {doubt.message}")

    def _save(self, place: Property, checked: Checked, title: str, *, publish: bool) -> None:
        actor = Actor.system("import_rates")
        with transaction.atomic():
            change = change_draft(property=place, cells=checked.cells, title=title, actor=actor)
            if publish:
                change = change_publish(change=change, actor=actor)
        self.stdout.write(f"Change {change.number} of {place.code} is {'published' if publish else 'kept as a draft'}.")
