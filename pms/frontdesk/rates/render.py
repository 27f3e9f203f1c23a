"""Rows of the rates calendar as HTML, by string formatting as in the tape chart (docs/design.md).

A cell is one element. Its text is the price or the number of rooms, `data-m` the marks that CSS draws below it,
`data-e` every restriction that holds and `data-o` those its own row says ("n2 a1": minimum stay 2, closed to arrival).
Where a channel is chosen, what it is told follows in a <small>, and a row that is sold there has `data-c`.
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
from pms.frontdesk.rates.outward import There
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


def there_text(there: There, decimals: int) -> str:
    """Return what a channel is told of a day as a cell writes it: a price or a number of rooms."""
    return EN_DASH if there.value is None else price_text(there.value, decimals)


@lru_cache(maxsize=4096)
def there_cell(there: There, decimals: int) -> str:
    """Return the second line of a cell: closed there is `x`, its standing `w`, `r` or `d` (outward.There)."""
    look = " ".join(word for word in ("x" if there.closed else "", there.standing) if word)
    return f'<small class="{look}">{there_text(there, decimals)}</small>' if look else (
        f"<small>{there_text(there, decimals)}</small>"
    )  # fmt: skip


@dataclass(slots=True)
class Painter:
    """Draws the rows of one calendar. `list_href` is the address of a type's list of days, up to its type."""

    calendar: Calendar
    currency: str
    decimals: int = field(init=False)
    past: int = field(init=False)
    dates: list[date] = field(init=False)
    #: What follows in the cells of a row that no channel is told of.
    nothing: list[str] = field(init=False)
    #: By what holds and what is said here, the attributes of a cell: few combinations recur in thousands of cells.
    seen: dict[tuple[DayLimits, DayLimits], tuple[str, str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.decimals = exponent(self.currency)
        window = self.calendar.window
        self.past = max((window.today - window.first).days, 0)
        self.dates = window.dates
        self.nothing = [""] * window.days

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
        self._rooms(parts, frees, frees, self.calendar.own.get((None, None), {}), self.nothing)
        parts.append("</div></div>")

    @staticmethod
    def _sum(known: Sequence[TypeAvailability], index: int) -> int | None:
        counts = [count for line in known if (count := line.free[index]) is not None]
        return sum(counts) if counts else None

    def _there(self, days: Mapping[date, There] | None, decimals: int) -> tuple[str, list[str]]:
        """Return the attribute of a row that the chosen channel is told of, and by position what follows in its cells."""
        if days is None:
            return "", self.nothing
        return " data-c", [there_cell(days[day], decimals) if day in days else "" for day in self.dates]

    def _type(self, parts: list[str], line: TypeLine, code: str, known: TypeAvailability | None) -> None:
        layer = self.calendar.layer
        sold, beside = self._there(layer.rooms.get(line.key) if layer else None, 0)
        address = escape(self.calendar.window.address(view="list", room_type=line.code, days=14))
        name = escape(line.name)
        parts.append(
            f'<div class="r t" role="row" data-t="{code}" data-p=""{sold}><div class="u" role="rowheader">'
            f'<button type="button" class="fold" aria-expanded="true" aria-label="Plans of {name}"></button>'
            f'<a class="clip" href="{address}">{name}</a></div>'
        )
        nothing: list[int | None] = [None] * self.calendar.window.days
        free: Sequence[int | None] = known.free if known else nothing
        own = self.calendar.own.get((line.key, None), {})
        self._rooms(parts, free, known.sellable if known else free, own, beside)
        parts.append("</div>")

    def _rooms(
        self,
        parts: list[str],
        frees: Sequence[int | None],
        sellables: Sequence[int | None],
        own: Mapping[date, DayLimits],
        beside: Sequence[str],
    ) -> None:
        rows = zip(self.dates, frees, sellables, beside, strict=True)
        for index, (day, count, more, there) in enumerate(rows):
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
            parts.append(f'<i role="gridcell"{look}{attributes}>{shown}{there}</i>')

    @staticmethod
    def _sold_out(known: TypeAvailability | None) -> frozenset[int]:
        """Return the positions of the days on which nothing of a type is left to sell."""
        sellable = known.sellable if known else ()
        return frozenset(index for index, count in enumerate(sellable) if count is not None and count <= 0)

    def _plan(self, parts: list[str], line: TypeLine, plan: PlanLine, code: str, gone: frozenset[int]) -> None:
        follows = f'<small class="clip">{escape(plan.follows)}</small>' if plan.follows else ""
        derived = f' data-f="{escape(plan.parent)}"' if plan.parent else ""
        layer = self.calendar.layer
        sold, beside = self._there(layer.rates.get((line.key, plan.key)) if layer else None, self.decimals)
        parts.append(
            f'<div class="r p" role="row" data-t="{code}" data-p="{escape(plan.code)}"{derived}{sold}>'
            f'<div class="u" role="rowheader"><span class="clip">{escape(plan.name)}</span>{follows}</div>'
        )
        decimals, past = self.decimals, self.past
        days = zip(self.calendar.rates[line.key, plan.key], beside, strict=True)
        for index, ((_, price, is_manual, limits, own), there) in enumerate(days):
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
                parts.append(f'<i role="gridcell" class="{look}"{attributes}>{text}{there}</i>')
            else:
                parts.append(f'<i role="gridcell"{attributes}>{text}{there}</i>')
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
