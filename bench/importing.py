"""Price files and versions: 1,000 and 100,000 rows read, checked and published; the same rolled back and exported."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from time import perf_counter

from django.db import transaction
from django_tenants.utils import schema_context
from openpyxl import Workbook

from bench import raw
from bench.measuring import Figure
from bookings.rates.exporting import Wanted, export_rows
from bookings.rates.models import DailyPrice, RateChange, RatePlan, Restriction
from bookings.rates.reading import table_read
from bookings.rates.services import change_draft, change_publish, change_roll_back
from bookings.rates.services.checking import table_check
from bookings.rates.writing import csv_pieces, xlsx_pieces
from pms.kernel.actors import Actor
from pms.properties.models import Property, RoomType
from pms.tenants.models import Organization

HEAD = ("room_type", "rate_plan", "from", "price", "currency", "min_stay_arrival", "closed_to_arrival")
#: Seconds that the task allows for so many rows.
TARGETS = {1_000: 5, 100_000: 60}
ACTOR = Actor.system("bench")


def measure_importing(*, organization: Organization, today: date) -> list[Figure]:
    """Measure files of 1,000 and 100,000 rows, three values each: from the bytes to the published change."""
    figures = []
    with schema_context(organization.schema_name):
        place = Property.objects.get(code="BENCH")
        copied = {rows: raw.cells_copied(organization.schema_name, _keys(place, today, rows)) for rows in TARGETS}
    with schema_context(organization.schema_name), transaction.atomic():
        # What the hotel has set would be changed, not set; it comes back when all is rolled back.
        DailyPrice.objects.all().delete()
        Restriction.objects.all().delete()
        for rows in TARGETS:
            for kind, write in (("CSV", _csv), ("XLSX", _xlsx)):
                figures += _measure(place, kind, write(_rows(place, today, rows)), rows, copied[rows])
        wanted = Wanted(place=place, first=today, last=today + timedelta(days=499), fields=HEAD[3:], every_day=True)
        for kind, pieces in (("CSV", csv_pieces), ("XLSX", xlsx_pieces)):
            seconds = _seconds(lambda: sum(map(len, pieces(columns=wanted.columns, rows=export_rows(wanted=wanted)))))  # noqa: B023
            figures.append(Figure("importing", f"export 100,000 rows, {kind}", f"{seconds:.1f} s"))
        transaction.set_rollback(True)
    return figures


def _measure(place: Property, kind: str, content: bytes, rows: int, copied: float) -> list[Figure]:
    """Measure one file in a savepoint that is rolled back: the next one finds nothing set."""
    with transaction.atomic():
        begin = perf_counter()
        checked = table_check(property=place, table=table_read(content=content))
        dry = perf_counter() - begin
        assert not checked.faulty, next(row for row in checked.rows if row.message)
        change = change_draft(property=place, cells=checked.cells, title="bench", actor=ACTOR)
        publish = _seconds(lambda: change_publish(change=change, actor=ACTOR))
        whole = perf_counter() - begin
        assert DailyPrice.objects.count() == Restriction.objects.count() == rows
        back = _seconds(lambda: change_roll_back(change=RateChange.objects.get(pk=change.pk), actor=ACTOR))
        assert DailyPrice.objects.count() == Restriction.objects.count() == 0
        transaction.set_rollback(True)
    target = TARGETS[rows]
    question = f"{rows:,} rows, {len(checked.cells):,} values, {kind}"
    return [
        Figure(
            "importing",
            f"import {question}",
            f"{whole:.1f} s (dry run {dry:.1f} s)",
            f"{copied:.2f} s",
            f"{whole / copied:.0f}",
            target=f"{target} s",
            met=whole <= target,
        ),
        Figure("importing", f"publish {question}", f"{publish:.1f} s", target=f"{target} s", met=publish <= target),
        Figure("importing", f"roll back {question}", f"{back:.1f} s"),
    ]


def _keys(place: Property, today: date, count: int) -> list[tuple[int, int, int, date]]:
    """Return property, plan, type and day of each row, as the tables name them."""
    types = dict(RoomType.objects.filter(property=place).values_list("code", "pk"))
    plans = dict(RatePlan.objects.filter(property=place).values_list("code", "pk"))
    return [
        (place.pk, plans[str(row[1])], types[str(row[0])], date.fromisoformat(str(row[2])))
        for row in _rows(place, today, count)
    ]


def _rows(place: Property, today: date, count: int) -> list[tuple[object, ...]]:
    types = list(RoomType.objects.filter(property=place).values_list("code", flat=True))
    plans = list(RatePlan.objects.filter(property=place).values_list("code", flat=True))
    pairs = [(kind, plan) for kind in types for plan in plans]
    return [
        (
            *pairs[index % len(pairs)],
            today + timedelta(days=index // len(pairs)),
            90 + index % 80,
            "EUR",
            1 + index % 3,
            "no",
        )
        for index in range(count)
    ]


def _csv(rows: list[tuple[object, ...]]) -> bytes:
    return "\n".join(",".join(map(str, row)) for row in (HEAD, *rows)).encode()


def _xlsx(rows: list[tuple[object, ...]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (HEAD, *rows):
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _seconds(act: Callable[[], object]) -> float:
    begin = perf_counter()
    act()
    return perf_counter() - begin
