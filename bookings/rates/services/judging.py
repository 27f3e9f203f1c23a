"""Which cells of a change cannot be, and why: judged all at once, before anything is written."""

from collections.abc import Sequence
from datetime import date, timedelta

from bookings.rates.changing import (
    BEYOND_HORIZON_DAYS,
    BOUNDS,
    MAX_CELLS,
    MAX_PRICE_MAJOR,
    SWITCHES,
    Cell,
    CellFault,
)
from bookings.rates.enums import PRICE, Limit
from bookings.rates.models import RatePlan
from pms.kernel.errors import Invalid
from pms.kernel.money import Money, exponent
from pms.properties.models import Property, RoomType

LIMITS = {limit.value: limit for limit in Limit}


class Names:
    """The types and plans of a property by key, and how a cell, a value and a field are told to people."""

    def __init__(self, property: Property) -> None:
        """Two queries."""
        self.property = property
        self.room_types = {row.pk: row for row in RoomType.objects.filter(property=property)}
        self.rate_plans = {row.pk: row for row in RatePlan.objects.filter(property=property)}

    def place(self, cell: Cell) -> str:
        """Return where a cell is: "DBL, BAR, 3 May 2027"."""
        return self.where(cell.room_type_id, cell.rate_plan_id, cell.date)

    def where(self, room_type_id: int | None, rate_plan_id: int | None, day: date) -> str:
        """Return type, plan and day in words; no type or plan is every one."""
        kind = self.room_types.get(room_type_id or 0)
        plan = self.rate_plans.get(rate_plan_id or 0)
        return f"{kind.code if kind else 'every room type'}, {plan.code if plan else 'every plan'}, {day:%-d %B %Y}"

    def value(self, field: str, value: int | None) -> str:
        """Return a value as people read it: "€120.00", "yes", "3", "nothing"."""
        if value is None:
            return "nothing"
        if field == PRICE:
            return str(Money(value, self.property.currency))
        return ("no", "yes")[bool(value)] if field in SWITCHES else str(value)


def field_label(field: str) -> str:
    """Return the name of a field for people."""
    return "Price" if field == PRICE else str(LIMITS[field].label)


def cells_judge(*, property: Property, cells: Sequence[Cell], names: Names) -> list[CellFault]:
    """Return what is wrong with the cells, in their order; a cell has one fault at most. No query."""
    first = property.business_date
    last = first + timedelta(days=property.selling_horizon_days + BEYOND_HORIZON_DAYS)
    most_minor = MAX_PRICE_MAJOR * 10 ** exponent(property.currency)
    faults: list[CellFault] = []
    seen: set[tuple[int | None, int | None, date, str]] = set()
    for index, cell in enumerate(cells):
        fault = _fault(cell, names, most_minor) or _day_fault(cell.date, first, last)
        key = cell[:4]
        if fault is None and key in seen:
            fault = ("duplicate_cell", "is given twice")
        seen.add(key)
        if fault is not None:
            code, sentence = fault
            label = field_label(cell.field) if cell.field == PRICE or cell.field in LIMITS else "The cell"
            faults.append(CellFault(index, cell, code, f"{label} of {names.place(cell)} {sentence}."))
    return faults


def cells_require(*, property: Property, cells: Sequence[Cell], names: Names) -> None:
    """Raise Invalid `no_cells`, `too_many_cells`, or the first fault, with all of them as `faults` in its context."""
    if not cells:
        raise Invalid("no_cells", "The change has no cells.")
    if len(cells) > MAX_CELLS:
        raise Invalid("too_many_cells", f"The change has {len(cells):,} cells; at most {MAX_CELLS:,} fit into one.")
    faults = cells_judge(property=property, cells=cells, names=names)
    if faults:
        more = f" {len(faults) - 1:,} more cells cannot be." if len(faults) > 1 else ""
        raise Invalid(faults[0].code, faults[0].message + more, field=faults[0].cell.field, faults=tuple(faults))


def _fault(cell: Cell, names: Names, most_minor: int) -> tuple[str, str] | None:
    if cell.room_type_id is not None and cell.room_type_id not in names.room_types:
        return "unknown_room_type", "names a room type that this property does not have"
    if cell.rate_plan_id is not None and cell.rate_plan_id not in names.rate_plans:
        return "unknown_rate_plan", "names a rate plan that this property does not have"
    return _price_fault(cell, most_minor) if cell.field == PRICE else _limit_fault(cell)


def _limit_fault(cell: Cell) -> tuple[str, str] | None:
    limit = LIMITS.get(cell.field)
    if limit is None:
        return "unknown_field", f"has no field “{cell.field}”"
    if cell.value is None:
        return None
    if limit in SWITCHES:
        return None if cell.value in {0, 1} else ("bad_value", "is yes (1) or no (0)")
    least, most = BOUNDS[limit]
    return (
        None if least <= cell.value <= most else ("bad_value", f"is {cell.value:,}; {least:,} to {most:,} can be set")
    )


def _price_fault(cell: Cell, most_minor: int) -> tuple[str, str] | None:
    if cell.room_type_id is None or cell.rate_plan_id is None:
        return "price_of_what", "needs a room type and a rate plan"
    if cell.value is None:
        return None
    if cell.value < 0:
        return "negative_price", "is negative; a price is 0 or more"
    if cell.value > most_minor:
        return "absurd_price", f"is above {MAX_PRICE_MAJOR:,}, which no night costs"
    return None


def _day_fault(day: date, first: date, last: date) -> tuple[str, str] | None:
    if day < first:
        return "day_over", f"cannot be set: today is {first:%-d %B %Y}, and what is over stays as it was"
    if day > last:
        return "beyond_horizon", f"is too far ahead: prices can be set until {last:%-d %B %Y}"
    return None
