"""Wanted cells in words: runs of days with one value, so that a person can read what will be saved."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bookings.rates.changing import SWITCHES, Cell, ChangePreview
from bookings.rates.enums import PRICE, Limit
from pms.frontdesk.rates.render import EN_DASH, price_text
from pms.frontdesk.rates.selectors import PlanLine, TypeLine
from pms.kernel.money import Money, exponent
from pms.properties.models import Property

#: Lines that the preview shows before it counts the rest.
MOST_LINES = 14
LABELS: dict[str, str] = {PRICE: "Price", **{limit.value: limit.label for limit in Limit}}
#: Doubts that must be confirmed by typing the price.
ABSURD = frozenset({"price_low", "price_high"})


@dataclass(frozen=True, slots=True)
class Line:
    """Days in a row of one type, plan and field that get one value."""

    place: str
    field: str
    days: str
    count: int
    value: str
    before: str


#: By room type, rate plan and day, the price of now.
Prices = Mapping[tuple[int | None, int | None, date], int | None]


def lines_of(
    cells: Sequence[Cell], *, place: Property, types: Sequence[TypeLine], plans: Sequence[PlanLine], known: Prices
) -> list[Line]:
    """Return the cells as lines, in the order of the calendar; `known` are the prices that are told as before."""
    type_order: dict[int | None, tuple[int, str]] = {line.key: (index, line.name) for index, line in enumerate(types)}
    plan_order: dict[int | None, tuple[int, str]] = {line.key: (index, line.name) for index, line in enumerate(plans)}
    type_order[None], plan_order[None] = (-1, "All types"), (-1, "all plans")
    ordered = sorted(
        cells, key=lambda cell: (type_order[cell.room_type_id], plan_order[cell.rate_plan_id], cell.field, cell.date)
    )
    return [
        Line(
            place=f"{type_order[run[0].room_type_id][1]}, {plan_order[run[0].rate_plan_id][1]}",
            field=LABELS[run[0].field],
            days=days_text(run[0].date, run[-1].date),
            count=len(run),
            value=value_text(run[0], place.currency),
            before=_before(run, known, place.currency),
        )
        for run in _runs(ordered)
    ]


def _before(run: Sequence[Cell], known: Prices, currency: str) -> str:
    """Return the prices that the days of a run have now: one, or the least and the greatest."""
    found = [price for cell in run if (price := known.get(cell[:3])) is not None] if run[0].field == PRICE else []
    if not found:
        return ""
    least, most = (str(Money(price, currency)) for price in (min(found), max(found)))
    return least if least == most else f"{least} {EN_DASH} {most}"


def _runs(cells: Sequence[Cell]) -> Iterator[list[Cell]]:
    run: list[Cell] = []
    for cell in cells:
        if run and (
            cell[:2] != run[-1][:2] or cell[3:] != run[-1][3:] or cell.date != run[-1].date + timedelta(days=1)
        ):
            yield run
            run = []
        run.append(cell)
    if run:
        yield run


def days_text(first: date, last: date) -> str:
    """Return days as people write them: "4 Dec", or from the first to the last."""
    if first == last:
        return f"{first.day} {first:%b}"
    begins = str(first.day) if (first.year, first.month) == (last.year, last.month) else f"{first.day} {first:%b}"
    return f"{begins} {EN_DASH} {last.day} {last:%b}"


def value_text(cell: Cell, currency: str) -> str:
    """Return what a cell shall be, in words."""
    if cell.value is None:
        return "as computed" if cell.field == PRICE else "none"
    if cell.field == PRICE:
        return str(Money(cell.value, currency))
    return "yes" if cell.field in SWITCHES else str(cell.value)


def change_title(found: ChangePreview) -> str:
    """Return what a change is called when nobody gives it a title: "Price, Quota: 12 cells, 4 Dec"."""
    fields = ", ".join(label for name, label in LABELS.items() if name in found.by_field)
    days = f", {days_text(found.first, found.last)}" if found.first and found.last else ""
    cells = f"{found.differing:,} {'cell' if found.differing == 1 else 'cells'}"
    return f"{fields}: {cells}{days}"[:120]


def to_confirm(found: ChangePreview, currency: str) -> str:
    """Return the price that must be typed again because it is far from what is usual; nothing when none is."""
    for doubt in found.doubts:
        if doubt.code in ABSURD and doubt.first.value is not None:
            return price_text(doubt.first.value, exponent(currency))
    return ""
