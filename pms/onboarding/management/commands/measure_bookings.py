"""manage.py measure_bookings: the tables the demo is drawn from, measured on the hotel booking demand file."""

from pathlib import Path
from pprint import pformat
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pms.kernel.errors import DomainError
from pms.onboarding.bookings_csv import HOTELS, read_bookings
from pms.onboarding.distributions import HotelMeasures, SegmentMeasures, measure
from pms.onboarding.rate_learning import learn
from pms.onboarding.rate_model import LearnedRates

HEAD = '''"""Measured by `manage.py measure_bookings FILE`, which prints this module; docs/demo-data.md explains it.

Source: Antonio, de Almeida and Nunes, "Hotel booking demand datasets", Data in Brief 22 (2019) 41-49, CC BY 4.0.
"""

from typing import Final

from .distributions import HotelMeasures, SegmentMeasures

# fmt: off
MEASURED: Final[dict[str, HotelMeasures]] = {
'''

RATES_HEAD = '''"""Learned by `manage.py measure_bookings FILE --rates`, which prints this module; docs/demo-data.md explains it.

Source: Antonio, de Almeida and Nunes, "Hotel booking demand datasets", Data in Brief 22 (2019) 41-49, CC BY 4.0.
"""

from typing import Final

from .rate_model import LearnedRates

# fmt: off
LEARNED: Final[dict[str, LearnedRates]] = {
'''


class Command(BaseCommand):
    help = (
        "Print the distributions of the hotel booking demand file as the module pms/onboarding/measured.py, or with "
        "--rates what is learned of its prices as pms/onboarding/measured_rates.py."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and which of the two modules."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--rates", action="store_true", help="print the prices learned instead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, measure, print."""
        try:
            file = read_bookings(options["file"])
        except DomainError as error:
            raise CommandError(error.message) from error
        rates: bool = options["rates"]
        lines = [(RATES_HEAD if rates else HEAD).rstrip("\n")]
        for hotel in HOTELS:
            rows = [row for row in file.rows if row.hotel == hotel]
            found = learn(rows) if rates else measure(rows)
            lines += [f'    "{hotel}": {type(found).__name__}(', *_fields(found, 8), "    ),"]
        lines += ["}", "# fmt: on"]
        self.stdout.write("\n".join(lines))


def _fields(measures: HotelMeasures | SegmentMeasures | LearnedRates, indent: int) -> list[str]:
    lines = []
    for name in measures.__slots__:
        value = getattr(measures, name)
        if name == "segments":
            lines.append(f"{' ' * indent}{name}={{")
            for key, inner in value.items():
                lines += [f'{" " * indent}    "{key}": SegmentMeasures(', *_fields(inner, indent + 8)]
                lines.append(f"{' ' * indent}    ),")
            lines.append(f"{' ' * indent}}},")
            continue
        text = pformat(value, width=112 - indent, compact=True).replace("'", '"').splitlines()
        lines.append(f"{' ' * indent}{name}={text[0]}")
        lines += [f"{' ' * (indent + 4)}{line.strip()}" for line in text[1:]]
        lines[-1] += ","
    return lines
