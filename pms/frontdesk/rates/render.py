"""Rows of the rates calendar as HTML, by string formatting as in the tape chart (docs/design.md).

A cell is one element. Its text is the price or the number of rooms, `data-m` the marks that CSS draws below it,
`data-e` every restriction that holds and `data-o` those its own row says ("n2 a1": minimum stay 2, closed to arrival).
Names that a person wrote go through `escape`; everything else in a cell is a number or a letter from here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from html import escape

from bookings.availability.selectors import TypeAvailability
from bookings.rates.enums import Limit
from bookings.rates.quoting import NO_LIMITS, DayLimits
from pms.frontdesk.rates.selectors import Calendar, PlanLine, TypeLine
from pms.kernel.money import exponent

MINUS, EN_DASH = "\u2212", "\u2013"
#: The letter of each field in a cell's attributes, and in what the page sends back.
LETTERS: dict[str, str] = {
    Limit.MIN_STAY_ARRIVAL: "n",
    Limit.MIN_STAY_THROUGH: "t",
    Limit.MAX_STAY: "x",
    Limit.CLOSED_TO_ARRIVAL: "a",
    Limit.CLOSED_TO_DEPARTURE: "d",
    Limit.STOP_SELL: "s",
    Limit.LEAD_HOURS_MIN: "h",
    Limit.LEAD_DAYS_MAX: "w",
    Limit.QUOTA: "q",
}


@lru_cache(maxsize=4096)
def price_text(minor: int, decimals: int) -> str:
    """Return an amount as a cell writes it: without separators, and without decimals where they are naught."""
    if not decimals:
        return str(minor)
    whole, rest = divmod(minor, 10**decimals)
    return f"{whole}.{rest:0{decimals}d}" if rest else str(whole)


def coded(limits: DayLimits) -> str:
    """Return restrictions as letters with their values; a switch that is off says nothing."""
    return " ".join(
        f"{letter}{int(value)}"
        for letter, value in zip(LETTERS.values(), limits, strict=True)
        if value is not None and value is not False
    )


def marks(limits: DayLimits) -> str:
    """Return what stands below a price: the lengths a stay may have, quota and windows. Closed edges are drawn."""
    words = []
    least = max(limits.min_stay_arrival or 1, limits.min_stay_through or 1)
    if limits.max_stay is not None:
        words.append(f"{least}{EN_DASH}{limits.max_stay}")
    elif least > 1:
        words.append(f"{least}+")
    if limits.quota is not None:
        words.append(f"q{limits.quota}")
    if limits.lead_hours_min is not None:
        words.append(f"{limits.lead_hours_min}h")
    if limits.lead_days_max is not None:
        words.append(f"{limits.lead_days_max}d")
    return " ".join(words)


@dataclass(slots=True)
class Painter:
    """Draws the rows of one calendar. `list_href` is the address of a type's list of days, up to its type."""

    calendar: Calendar
    currency: str
    decimals: int = field(init=False)
    past: int = field(init=False)
    dates: list[date] = field(init=False)
    #: By what holds and what is said here, the attributes of a cell: few combinations recur in thousands of cells.
    seen: dict[tuple[DayLimits, DayLimits], tuple[str, str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.decimals = exponent(self.currency)
        window = self.calendar.window
        self.past = max((window.today - window.first).days, 0)
        self.dates = window.dates

    def paint(self) -> str:
        """Return every row as HTML, a row group for each room type."""
        parts: list[str] = []
        calendar = self.calendar
        self._house(parts)
        for line in calendar.types:
            code = escape(line.code)
            parts.append(f'<div class="g" role="rowgroup" data-t="{code}">')
            self._type(parts, line, code, calendar.availability.get(line.key))
            gone = self._sold_out(calendar.availability.get(line.key))
            for plan in calendar.plans:
                self._plan(parts, line, plan, code, gone)
            parts.append("</div>")
        return "".join(parts)

    def _house(self, parts: list[str]) -> None:
        """Draw what holds for the whole house, with every room that is left."""
        known = [
            self.calendar.availability[line.key]
            for line in self.calendar.types
            if line.key in self.calendar.availability
        ]
        frees = [self._sum(known, index) for index in range(self.calendar.window.days)]
        parts.append(
            '<div class="g" role="rowgroup"><div class="r t house" role="row" data-t="" data-p="">'
            '<div class="u" role="rowheader"><b class="clip">All rooms</b></div>'
        )
        self._rooms(parts, frees, frees, self.calendar.own.get((None, None), {}))
        parts.append("</div></div>")

    @staticmethod
    def _sum(known: Sequence[TypeAvailability], index: int) -> int | None:
        counts = [count for line in known if (count := line.free[index]) is not None]
        return sum(counts) if counts else None

    def _type(self, parts: list[str], line: TypeLine, code: str, known: TypeAvailability | None) -> None:
        address = escape(self.calendar.window.address(view="list", room_type=line.code, days=14))
        name = escape(line.name)
        parts.append(
            f'<div class="r t" role="row" data-t="{code}" data-p=""><div class="u" role="rowheader">'
            f'<button type="button" class="fold" aria-expanded="true" aria-label="Plans of {name}"></button>'
            f'<a class="clip" href="{address}">{name}</a></div>'
        )
        nothing: list[int | None] = [None] * self.calendar.window.days
        free: Sequence[int | None] = known.free if known else nothing
        self._rooms(parts, free, known.sellable if known else free, self.calendar.own.get((line.key, None), {}))
        parts.append("</div>")

    def _rooms(
        self,
        parts: list[str],
        frees: Sequence[int | None],
        sellables: Sequence[int | None],
        own: Mapping[date, DayLimits],
    ) -> None:
        for index, (day, count, more) in enumerate(zip(self.dates, frees, sellables, strict=True)):
            limits = own.get(day)
            look, shown = "", "·"
            if count is not None:
                look = "" if count > 2 else "over" if count < 0 else "full" if (more or 0) <= 0 else "low"
                shown = f"{MINUS}{-count}" if count < 0 else str(count)
            if limits:
                more_look, attributes = self._attributes(limits, limits)
                look += more_look
            else:
                attributes = ""
            if index < self.past:
                look += " pt"
            look = f' class="{look}"' if look else ""
            parts.append(f'<i role="gridcell"{look}{attributes}>{shown}</i>')

    @staticmethod
    def _sold_out(known: TypeAvailability | None) -> frozenset[int]:
        """Return the positions of the days on which nothing of a type is left to sell."""
        sellable = known.sellable if known else ()
        return frozenset(index for index, count in enumerate(sellable) if count is not None and count <= 0)

    def _plan(self, parts: list[str], line: TypeLine, plan: PlanLine, code: str, gone: frozenset[int]) -> None:
        follows = f'<small class="clip">{escape(plan.follows)}</small>' if plan.follows else ""
        derived = f' data-f="{escape(plan.parent)}"' if plan.parent else ""
        parts.append(
            f'<div class="r p" role="row" data-t="{code}" data-p="{escape(plan.code)}"{derived}>'
            f'<div class="u" role="rowheader"><span class="clip">{escape(plan.name)}</span>{follows}</div>'
        )
        decimals, past = self.decimals, self.past
        for index, (_, price, is_manual, limits, own) in enumerate(self.calendar.rates[line.key, plan.key]):
            look = "m" if is_manual else ""
            if index < past:
                look += " pt"
            if index in gone:
                look += " so"
            if price is None:
                look += " np"
                text = EN_DASH
            else:
                text = price_text(price, decimals)
            attributes = ""
            if limits is not NO_LIMITS and limits != NO_LIMITS:
                more_look, attributes = self._attributes(limits, own)
                look += more_look
            if look:
                parts.append(f'<i role="gridcell" class="{look}"{attributes}>{text}</i>')
            else:
                parts.append(f'<i role="gridcell"{attributes}>{text}</i>')
        parts.append("</div>")

    def _attributes(self, limits: DayLimits, own: DayLimits) -> tuple[str, str]:
        """Return the classes and attributes that restrictions give a cell."""
        found = self.seen.get((limits, own))
        if found is None:
            look = " ca" if limits.closed_to_arrival else ""
            look += " cd" if limits.closed_to_departure else ""
            look += " ss" if limits.stop_sell else ""
            holds, says, words = coded(limits), coded(own), marks(limits)
            attributes = f' data-m="{words}"' if words else ""
            attributes += f' data-e="{holds}"' if holds else ""
            attributes += f' data-o="{says}"' if says else ""
            found = self.seen[limits, own] = (look, attributes)
        return found
