"""What an edit of prices and restrictions is made of, and what is said about it before it is made. Values, no rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from bookings.rates.enums import Limit

#: Cells that one change may have.
MAX_CELLS = 1_000_000
#: Highest price, in major units of the property's currency.
MAX_PRICE_MAJOR = 10_000_000
#: How many days past the selling horizon prices may be set.
BEYOND_HORIZON_DAYS = 365

#: Restrictions that are yes (1) or no (0).
SWITCHES = frozenset({Limit.CLOSED_TO_ARRIVAL, Limit.CLOSED_TO_DEPARTURE, Limit.STOP_SELL})
#: Least and greatest value of each restriction that is a number.
BOUNDS = {
    Limit.MIN_STAY_ARRIVAL: (1, 730),
    Limit.MIN_STAY_THROUGH: (1, 730),
    Limit.MAX_STAY: (1, 730),
    Limit.LEAD_HOURS_MIN: (0, 8760),
    Limit.LEAD_DAYS_MAX: (0, 1465),
    Limit.QUOTA: (0, 10_000),
}


class Cell(NamedTuple):
    """One wish for one day: `field` is "price" or a Limit, `value` what it shall be, None to clear that field alone.

    A price needs room type and plan and is in minor units of the property's currency; a restriction without plan holds
    for every plan, without type for every type. Yes is 1, no is 0.
    """

    room_type_id: int | None
    rate_plan_id: int | None
    date: date
    field: str
    value: int | None


class CellFault(NamedTuple):
    """Why a cell cannot be: its place among those given, the rule, and the sentence."""

    place: int
    cell: Cell
    code: str
    message: str


class CellMoved(NamedTuple):
    """A cell whose value is not what it was expected to be."""

    room_type_id: int | None
    rate_plan_id: int | None
    date: date
    field: str
    expected: int | None
    current: int | None


class Doubt(NamedTuple):
    """Something that may be meant but looks wrong. `cells` says how many, `first` shows one."""

    code: str
    message: str
    cells: int
    first: Cell


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What a change would do. `nights` and `reservations` are on the books in touched types, plans and dates.

    They keep the price they were sold at (T28). `derived` are codes of plans whose prices or restrictions follow.
    `sources` are those unattended sources (website, channels) at which a touched plan is sold.
    """

    cells: int
    differing: int
    by_field: Mapping[str, int]
    first: date | None
    last: date | None
    nights: int
    reservations: int
    sources: tuple[str, ...]
    derived: tuple[str, ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class RollBackPreview:
    """What taking a change back would do: cells put back, and those that hold another value since and stay."""

    cells: int
    moved: tuple[CellMoved, ...]
