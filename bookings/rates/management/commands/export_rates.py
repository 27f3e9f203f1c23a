"""manage.py export_rates: manual prices and restrictions of a property as a file that import_rates reads."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import schema_context

from bookings.rates.enums import PRICE, Limit
from bookings.rates.exporting import Wanted, export_rows
from bookings.rates.writing import csv_pieces, xlsx_pieces
from pms.properties.models import Property

DAYS = 365


class Command(BaseCommand):
    """Writes .xlsx for a file of that name, CSV for any other."""

    help = "Write the manual prices and restrictions of a property into a CSV or XLSX file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """File, organization's schema, property, days."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--schema", required=True, help="the organization's schema, such as lusitania")
        parser.add_argument("--property", required=True, metavar="CODE")
        parser.add_argument("--from", dest="first", type=_day, metavar="DATE", help="the business date if absent")
        parser.add_argument("--to", dest="last", type=_day, metavar="DATE", help=f"{DAYS} days later if absent")
        parser.add_argument("--every-day", action="store_true", help="a row for each day, set or not, to fill in")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        path: Path = options["file"]
        with schema_context(options["schema"]):
            place = Property.objects.filter(code=options["property"]).first()
            if place is None:
                raise CommandError(f"There is no property {options['property']} in {options['schema']}.")
            first: date = options["first"] or place.business_date
            last: date = options["last"] or first + timedelta(days=DAYS - 1)
            if last < first:
                raise CommandError("The last day is before the first.")
            fields = (PRICE, *(limit.value for limit in Limit))
            wanted = Wanted(place=place, first=first, last=last, fields=fields, every_day=options["every_day"])
            write = xlsx_pieces if path.suffix.lower() == ".xlsx" else csv_pieces
            with path.open("wb") as file:
                for piece in write(columns=wanted.columns, rows=export_rows(wanted=wanted)):
                    file.write(piece)
        self.stdout.write(f"{path.name}: {first} to {last}, {path.stat().st_size:,} bytes.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is not a date such as 2027-05-03") from None
