"""`bench/run [PART...] [--quick] [--markdown FILE]`: measures, prints a table, ends with 1 when a target is missed."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter

from config import embedded
from config.env import BASE_DIR

PARTS = (
    *("chart", "availability", "quote", "matrix", "calendar", "importing", "booking", "race", "neighbours"),
    *("audit", "folio", "documents", "ledger", "search", "checkout", "calendars", "channels", "overhead"),
    "organizations",
)
#: Measured only when asked for by name: it fetches a tool from npm.
ASKED = ("lighthouse",)


def main() -> int:
    """Make the hotel, measure the parts asked for, report."""
    parser = ArgumentParser(prog="bench/run", description="Measures Innkeep beside the raw SQL of the same questions.")
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS + ASKED)}; all but {ASKED[0]} by default"
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer repetitions and 50 neighbours: an idea, not a figure"
    )
    parser.add_argument("--keep", action="store_true", help="measure the hotel of the run before, if it is there")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write the table there as well")
    chosen = parser.parse_args()
    unknown = [part for part in chosen.parts if part not in PARTS + ASKED]
    if unknown:
        parser.error(f"there is no part called {unknown[0]}; choose from {', '.join(PARTS + ASKED)}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["DEBUG"] = "0"
    embedded.ensure(testing=False, var=BASE_DIR / "var" / "bench")
    import django

    django.setup()
    from bench.report import as_markdown, as_text

    figures = _measure(chosen.parts or list(PARTS), quick=chosen.quick, keep=chosen.keep)
    print(as_text(figures))
    if chosen.markdown:
        chosen.markdown.write_text(as_markdown(figures))
    embedded.release()
    return 1 if any(figure.met is False for figure in figures) else 0


def _measure(parts: list[str], *, quick: bool, keep: bool) -> list:  # type: ignore[type-arg]
    from django.core.management import call_command

    from bench import (
        calendars,
        charging,
        checkout,
        documents,
        house,
        housing,
        importing,
        ledger,
        lighthouse,
        rating,
        reading,
        searching,
        selling,
    )
    from pms.tenants.models import Organization

    call_command("migrate_schemas", verbosity=0)
    today = date.today()
    few = 5 if quick else 1
    begin = perf_counter()
    if parts == ["ledger"]:
        return ledger.measure_ledger(today=today, times=20 // few)
    if parts == ["calendars"]:
        return calendars.measure_calendars(today=today, times=20 // few)
    if parts == ["channels"]:
        return _channels(today, quick=quick)
    if parts == ["lighthouse"]:
        return lighthouse.measure_lighthouse(today=today, times=3 if not quick else 1)
    if parts == ["search"]:
        return searching.measure_search(today=today, times=30 // few, keep=keep)
    organization = Organization.objects.filter(slug=house.SLUG).first() if keep else None
    if organization is not None and not house.is_of(organization, today):  # the audit closes days
        organization = None
    if organization is None:
        organization = house.house_make(today=today)
    _say(f"the hotel stands after {perf_counter() - begin:.0f} s")
    measured: dict[str, Callable[[], list]] = {  # type: ignore[type-arg]
        "chart": lambda: reading.measure_chart(organization=organization, today=today, times=15 // few),
        "availability": lambda: reading.measure_availability(organization=organization, today=today, times=60 // few),
        "quote": lambda: rating.measure_quote(organization=organization, today=today, times=40 // few),
        "matrix": lambda: rating.measure_matrix(organization=organization, today=today, times=20 // few),
        "calendar": lambda: rating.measure_calendar(organization=organization, today=today, times=15 // few),
        "booking": lambda: selling.measure_booking(organization=organization, today=today, times=20 // few),
        "race": lambda: selling.measure_race(organization=organization, today=today, rounds=5 if not quick else 2),
        "neighbours": lambda: selling.measure_neighbours(organization=organization, today=today, times=5),
        "importing": lambda: importing.measure_importing(organization=organization, today=today),
        "ledger": lambda: ledger.measure_ledger(today=today, times=20 // few),
        "audit": lambda: charging.measure_night_audit(organization=organization, nights=3 if not quick else 1),
        "folio": lambda: charging.measure_folio(organization=organization, times=20 // few),
        "documents": lambda: documents.measure_documents(organization=organization, times=10 // few),
        "checkout": lambda: checkout.measure_checkout(
            organization=organization, times=10 // few, rounds=3 if not quick else 1
        ),
        "calendars": lambda: calendars.measure_calendars(today=today, times=20 // few),
        "channels": lambda: _channels(today, quick=quick),
        "lighthouse": lambda: lighthouse.measure_lighthouse(today=today, times=3 if not quick else 1),
        "search": lambda: searching.measure_search(today=today, times=30 // few),
        "overhead": lambda: housing.measure_overhead(organization=organization, times=600 // few),
        "organizations": lambda: housing.measure_organizations(neighbours=200 if not quick else 50, times=7),
    }
    figures = []
    for part in PARTS + ASKED:
        if part in parts:
            begin = perf_counter()
            figures += measured[part]()
            _say(f"{part} measured in {perf_counter() - begin:.0f} s")
    return figures


def _channels(today: date, *, quick: bool) -> list:  # type: ignore[type-arg]
    from bench import channels

    return channels.measure_channels(
        today=today,
        seconds=10 if quick else 30,
        reservations=500 if quick else 10_000,
        times=2 if quick else 5,
    )


def _say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
