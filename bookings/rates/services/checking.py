"""The dry run of a price file: every row read, judged, compared with the others and with what is set. Writes nothing."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bookings.rates.changing import MAX_CELLS, SWITCHES, Cell, CellFault, ChangePreview
from bookings.rates.enums import PRICE, RowOutcome
from bookings.rates.reading import Table
from bookings.rates.services.cells import cells_differing
from bookings.rates.services.judging import Names, cells_judge, field_label
from bookings.rates.services.previewing import preview_of
from bookings.rates.understanding import CLEAR, EVERY, Book, ReadRow, RowFault, row_understand
from pms.kernel.errors import Invalid
from pms.kernel.money import exponent
from pms.properties.models import Property

#: How many of a row's faults are told.
MOST_FAULTS = 4


@dataclass(frozen=True, slots=True)
class RowReport:
    """What became of a row: how many cells it names, how many of them differ from what is set; what is wrong, or what it says."""

    number: int
    outcome: RowOutcome
    cells: int = 0
    changed: int = 0
    column: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A dry run. `cells` are those to set, all of them judged; empty when any row has a fault."""

    rows: tuple[RowReport, ...]
    cells: tuple[Cell, ...]
    preview: ChangePreview | None

    @property
    def faulty(self) -> int:
        """How many rows have a fault."""
        return sum(row.outcome == RowOutcome.FAULT for row in self.rows)


def table_check(*, property: Property, table: Table) -> Checked:
    """Return what the file would do, row by row; a fixed number of queries. Raises Invalid `too_many_cells`."""
    names = Names(property)
    book = Book(
        currency=property.currency,
        types={row.code: key for key, row in names.room_types.items() if row.retired_at is None},
        plans={row.code: key for key, row in names.rate_plans.items() if row.retired_at is None},
        decimal_comma=table.decimal_comma,
    )
    rows = [row_understand(row=row, book=book) for row in table.rows]
    faults: dict[int, list[RowFault]] = defaultdict(list)
    for row in rows:
        if row.faults:
            faults[row.number].extend(row.faults)
    cells, owners, named = _cells(rows, names, faults)
    for fault in cells_judge(property=property, cells=cells, names=names):
        owner = owners[fault.place]
        if not faults[owner]:
            faults[owner].append(_row_fault(fault))
    differing = cells_differing(property_id=property.pk, cells=cells)
    changed: dict[int, int] = defaultdict(int)
    for place, _ in differing:
        changed[owners[place]] += 1
    faulty = any(faults.values())
    preview = None
    if not faulty:
        wished = [cells[place] for place, _ in differing]
        preview = preview_of(property=property, names=names, cells=len(cells), wished=wished)
    return Checked(
        rows=tuple(
            _report(row, named[row.number], changed[row.number], faults[row.number], told=_told(row, names))
            for row in rows
        ),
        cells=() if faulty else tuple(cells),
        preview=preview,
    )


def _cells(
    rows: Sequence[ReadRow], names: Names, faults: dict[int, list[RowFault]]
) -> tuple[list[Cell], list[int], dict[int, int]]:
    """Return the cells of all rows, each once, the row each is from, and how many cells each row names.

    Two rows that say the same of a cell are one; two that differ are a fault of both (the file says two things).
    """
    said: dict[tuple[int | None, int | None, str], dict[date, int]] = defaultdict(dict)
    cells: list[Cell] = []
    owners: list[int] = []
    named: dict[int, int] = defaultdict(int)
    quarrels: dict[tuple[int, int], Cell] = {}
    total = 0
    for row in rows:
        total += len(row.days) * len(row.wishes)
        if total > MAX_CELLS:
            raise Invalid(
                "too_many_cells",
                f"With row {row.number} the file says more than {MAX_CELLS:,} things; split it.",
                field="file",
                row=row.number,
            )
        for field, value in row.wishes:
            places = said[row.room_type_id, row.rate_plan_id, field]
            for day in row.days:
                before = places.get(day)
                if before is None:
                    places[day] = len(cells)
                    cells.append(Cell(row.room_type_id, row.rate_plan_id, day, field, value))
                    owners.append(row.number)
                elif cells[before].value != value:
                    quarrels.setdefault((owners[before], row.number), cells[before]._replace(value=value))
        named[row.number] += len(row.days) * len(row.wishes)
    for (one, other), cell in quarrels.items():
        where = f"{field_label(cell.field)} of {names.place(cell)}"
        faults[one].append(RowFault(cell.field, f"Row {other} says something else: {where}."))
        faults[other].append(RowFault(cell.field, f"Row {one} says something else: {where}."))
    return cells, owners, named


def _row_fault(fault: CellFault) -> RowFault:
    column = "from" if fault.code in {"day_over", "beyond_horizon"} else fault.cell.field
    return RowFault(column, fault.message)


def _told(row: ReadRow, names: Names) -> str:
    """Return what a row says, briefly: "DBL, BAR, 2027-05-01 to 2027-05-31: price 129.00, stop_sell yes"."""
    if not row.days:
        return ""
    kind = names.room_types[row.room_type_id].code if row.room_type_id is not None else EVERY
    plan = names.rate_plans[row.rate_plan_id].code if row.rate_plan_id is not None else EVERY
    days = f"{row.days[0]} to {row.days[-1]}" if len(row.days) > 1 else f"{row.days[0]}"
    places = exponent(names.property.currency)
    said = []
    for field, value in row.wishes:
        if value is None:
            said.append(f"{field} {CLEAR}")
        elif field == PRICE:
            said.append(f"{field} {Decimal(value).scaleb(-places):f}")
        else:
            said.append(f"{field} {('no', 'yes')[value] if field in SWITCHES and value in {0, 1} else value}")
    return f"{kind}, {plan}, {days}: {', '.join(said) or 'nothing'}"


def _report(row: ReadRow, cells: int, changed: int, faults: Sequence[RowFault], *, told: str) -> RowReport:
    if faults:
        message = " ".join(fault.message for fault in faults[:MOST_FAULTS])
        more = f" And {len(faults) - MOST_FAULTS} more." if len(faults) > MOST_FAULTS else ""
        return RowReport(row.number, RowOutcome.FAULT, cells, 0, faults[0].column, message + more)
    return RowReport(row.number, RowOutcome.OK if changed else RowOutcome.UNCHANGED, cells, changed, message=told)
