"""The days of one room type below each other, for a phone and for whoever has no JavaScript."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bookings.rates.changing import SWITCHES
from bookings.rates.enums import Limit
from bookings.rates.quoting import DayLimits
from pms.frontdesk.rates.outward import There
from pms.frontdesk.rates.render import price_text
from pms.frontdesk.rates.selectors import Calendar, PlanLine
from pms.kernel.money import exponent


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a day: the plan (empty: the whole type), its price as text (empty: none), its restrictions in words."""

    plan: str
    name: str
    price: str
    is_manual: bool
    words: tuple[str, ...]
    is_closed: bool
    #: What the chosen channel is told, in words; empty where none is chosen.
    there: str = ""


@dataclass(frozen=True, slots=True)
class ListedDay:
    """A day of a type: rooms left (None past the selling horizon), and a line for the type and each plan."""

    day: date
    rooms: int | None
    is_over: bool
    lines: tuple[Listed, ...]


def limit_words(limits: DayLimits) -> tuple[str, ...]:
    """Return restrictions as people say them: "minimum stay 2", "closed to arrival"."""
    said = zip(Limit, limits, strict=True)
    return tuple(
        WORDS[limit] if limit in SWITCHES else WORDS[limit].format(value)
        for limit, value in said
        if value is not None and value is not False
    )


WORDS: dict[str, str] = {
    Limit.MIN_STAY_ARRIVAL: "minimum stay {}",
    Limit.MIN_STAY_THROUGH: "minimum stay through {}",
    Limit.MAX_STAY: "maximum stay {}",
    Limit.CLOSED_TO_ARRIVAL: "closed to arrival",
    Limit.CLOSED_TO_DEPARTURE: "closed to departure",
    Limit.STOP_SELL: "not sold",
    Limit.LEAD_HOURS_MIN: "booked {} hours ahead",
    Limit.LEAD_DAYS_MAX: "booked {} days ahead at most",
    Limit.QUOTA: "quota {}",
}


def days_listed(calendar: Calendar, *, currency: str) -> Iterator[ListedDay]:
    """Yield the days of the calendar's first room type; nothing where there is none."""
    if not calendar.types:
        return
    line, decimals = calendar.types[0], exponent(currency)
    known = calendar.availability.get(line.key)
    own = calendar.own.get((line.key, None), {})
    for index, day in enumerate(calendar.window.dates):
        limits = own.get(day, DayLimits())
        of_type = limit_words(limits)
        lines = [Listed("", "Every plan", "", False, of_type, bool(limits.stop_sell), _rooms_there(calendar, day))]
        for plan in calendar.plans:
            rate = calendar.rates[line.key, plan.key][index]
            price = "" if rate.price_minor is None else price_text(rate.price_minor, decimals)
            words = limit_words(rate.limits)
            there = _price_there(calendar, plan, day, decimals)
            lines.append(Listed(plan.code, plan.name, price, rate.manual, words, bool(rate.limits.stop_sell), there))
        rooms = known.free[index] if known else None
        yield ListedDay(day, rooms, day < calendar.window.today, tuple(lines))


#: How a day stands at a channel (outward.There).
STANDINGS = {"w": "not told yet", "r": "refused there", "d": "another one is shown there"}


def _price_there(calendar: Calendar, plan: PlanLine, day: date, decimals: int) -> str:
    layer = calendar.layer
    if layer is None or day < calendar.window.today:
        return ""
    days = layer.rates.get((calendar.types[0].key, plan.key))
    if days is None:
        return f"not sold at {layer.connection}"
    there = days.get(day)
    if there is None:
        return f"{layer.connection} is not told of this day"
    if there.closed or there.value is None:
        return _said(f"closed at {layer.connection}", there)
    return _said(f"{layer.connection}: {price_text(there.value, decimals)}", there)


def _rooms_there(calendar: Calendar, day: date) -> str:
    layer = calendar.layer
    there = layer.rooms.get(calendar.types[0].key, {}).get(day) if layer else None
    return _said(f"{layer.connection}: {there.value} left", there) if layer and there else ""


def _said(words: str, there: There) -> str:
    return f"{words}, {STANDINGS[there.standing]}" if there.standing else words
