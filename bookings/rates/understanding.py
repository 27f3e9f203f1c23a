"""What a row of a price file means: for which type, plan and days it says what. No database; nothing is raised."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from bookings.rates.changing import SWITCHES
from bookings.rates.enums import PRICE, Limit
from bookings.rates.reading import FORMULA, Broken, Formula, RawRow, Value
from pms.kernel.money import exponent

#: Written for "every room type" or "every rate plan" and for "clear this field".
EVERY, CLEAR = "*", "-"
YES, NO = frozenset({"yes", "y", "true", "1"}), frozenset({"no", "n", "false", "0"})
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            ("mon", "monday"),
            ("tue", "tuesday"),
            ("wed", "wednesday"),
            ("thu", "thursday"),
            ("fri", "friday"),
            ("sat", "saturday"),
            ("sun", "sunday"),
        ),
        start=1,
    )
    for name in names
}
#: Longest range of one row, in days.
MAX_DAYS = 1_500
LARGEST_NUMBER = 100_000
#: What a row may set, in the order in which it is told.
FIELDS = (PRICE, *(limit.value for limit in Limit))

_ISO = re.compile(r"(\d+)-(\d{1,2})-(\d{1,2})", re.ASCII)
_SIGNED = re.compile(r"[+-]\d[\d.,]*", re.ASCII)
_NUMBERS = {mark: re.compile(rf"[+-]?\d{{1,15}}({re.escape(mark)}\d{{1,9}})?", re.ASCII) for mark in ".,"}
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d+)\.?", re.ASCII)


class RowFault(NamedTuple):
    """What is wrong in a row: the column, and a sentence."""

    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Book:
    """What codes a property knows. `types` and `plans` are keys by code, those that are retired not among them."""

    currency: str
    types: Mapping[str, int]
    plans: Mapping[str, int]
    decimal_comma: bool = False
    #: How many decimals the currency has.
    decimals: int = field(init=False)

    def __post_init__(self) -> None:
        """Look the decimals up once, not once a row."""
        object.__setattr__(self, "decimals", exponent(self.currency))


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row understood: what to set (field, value) on each of `days`; or its faults, and then nothing to set."""

    number: int
    room_type_id: int | None
    rate_plan_id: int | None
    days: tuple[date, ...]
    wishes: tuple[tuple[str, int | None], ...]
    faults: tuple[RowFault, ...] = ()


class _Wrong(Exception):
    """A cell that cannot be; its sentence."""


def row_understand(*, row: RawRow, book: Book) -> ReadRow:
    """Return what the row says, with every fault of it."""
    faults: list[RowFault] = []
    cells = _readable(row, faults)
    kind = _code("room_type", cells, book.types, faults)
    plan = _code("rate_plan", cells, book.plans, faults)
    days = _days(cells, faults)
    wishes = _wishes(cells, book, faults)
    if not faults and any(field == PRICE for field, _ in wishes) and (kind is None or plan is None):
        faults.append(RowFault(PRICE, "A price is for one room type and one rate plan, not for all of them."))
    return ReadRow(
        number=row.number,
        room_type_id=kind,
        rate_plan_id=plan,
        days=days if not faults else (),
        wishes=tuple(wishes) if not faults else (),
        faults=tuple(faults),
    )


def _readable(row: RawRow, faults: list[RowFault]) -> dict[str, Value]:
    """Return the cells without those that a spreadsheet computes or shows as an error."""
    cells: dict[str, Value] = {}
    for column, cell in row.cells.items():
        if isinstance(cell, Formula):
            faults.append(RowFault(column, f"{cell.text} is a formula; paste its value in its place."))
        elif isinstance(cell, Broken):
            faults.append(RowFault(column, f"“{cell.text[:40]}” is no value of this column."))
        elif isinstance(cell, str) and cell.startswith(FORMULA) and cell != CLEAR and not _is_number(cell):
            faults.append(RowFault(column, f"“{cell[:40]}” is a formula; write its value in its place."))
        else:
            cells[column] = cell[1:] if isinstance(cell, str) and _is_quoted(cell) else cell
    return cells


def _is_number(cell: str) -> bool:
    return _SIGNED.fullmatch(cell) is not None


def _is_quoted(cell: str) -> bool:
    """Whether a quote keeps a spreadsheet from running the cell, as our own export writes it."""
    return cell.startswith("'") and cell[1:].startswith(FORMULA)


def _code(column: str, cells: Mapping[str, Value], known: Mapping[str, int], faults: list[RowFault]) -> int | None:
    if any(fault.column == column for fault in faults):
        return None
    what = column.replace("_", " ")
    code = _shown(cells.get(column))
    if not code:
        faults.append(RowFault(column, f"The {what} is missing; write {EVERY} for every {what}."))
    elif code != EVERY and code not in known:
        near = next((name for name in known if name.casefold() == code.casefold()), "")
        hint = f" Did you mean {near}?" if near else ""
        faults.append(RowFault(column, f"There is no {what} “{code[:40]}” at this property.{hint}"))
    else:
        return known.get(code)
    return None


def _shown(value: Value) -> str:
    """Return a cell as it stands there: a code may be a number to a spreadsheet."""
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _days(cells: Mapping[str, Value], faults: list[RowFault]) -> tuple[date, ...]:
    read: dict[str, date | None] = {}
    for column in ("from", "to"):
        try:
            read[column] = _day(cells.get(column))
        except _Wrong as wrong:
            faults.append(RowFault(column, str(wrong)))
    try:
        chosen = _weekdays(cells.get("weekdays"))
    except _Wrong as wrong:
        faults.append(RowFault("weekdays", str(wrong)))
        return ()
    if any(fault.column in {"from", "to"} for fault in faults):
        return ()
    first = read["from"]
    if first is None:
        faults.append(RowFault("from", "The first day is missing."))
        return ()
    last = read["to"] or first
    if last < first:
        faults.append(RowFault("to", f"The last day, {last:%-d %B %Y}, is before the first, {first:%-d %B %Y}."))
        return ()
    if (last - first).days >= MAX_DAYS:
        faults.append(RowFault("to", f"The range has {(last - first).days + 1:,} days; {MAX_DAYS:,} is the most."))
        return ()
    every = (first + timedelta(days=index) for index in range((last - first).days + 1))
    days = tuple(day for day in every if day.isoweekday() in chosen)
    if not days:
        faults.append(RowFault("weekdays", "None of these weekdays is in the range."))
    return days


def _day(value: Value) -> date | None:
    """Return a date as 2027-05-03 or 3.5.2027, or a real one of a spreadsheet."""
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value
    shown = _shown(value)
    iso, dotted = _ISO.fullmatch(shown), _DOTTED.fullmatch(shown)
    if iso:
        year, month, day = iso.groups()
    elif dotted:
        day, month, year = dotted.groups()
    else:
        raise _Wrong(f"“{shown[:40]}” is not a date; write it like 2027-05-03.")
    if len(year) != 4:
        raise _Wrong(f"The year of “{shown[:40]}” has {len(year)} digits; write the date like 2027-05-03.")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise _Wrong(f"There is no {shown[:40]} in the calendar.") from None


def _weekdays(value: Value) -> frozenset[int]:
    """Return ISO weekdays out of "Mon-Fri", "Sat Sun", "1-5" or "67"; every day for nothing."""
    words = _shown(value).lower().replace("\N{EN DASH}", "-").replace(" - ", "-")
    if not words:
        return frozenset(range(1, 8))
    chosen: set[int] = set()
    for word in re.split(r"[\s,;/+]+", words):
        if word.isdecimal() and len(word) > 1:
            chosen.update(_weekday(digit) for digit in word)
            continue
        first, hyphen, last = word.partition("-")
        begin = _weekday(first)
        end = _weekday(last) if hyphen else begin
        chosen.update((begin + index - 1) % 7 + 1 for index in range((end - begin) % 7 + 1))
    return frozenset(chosen)


def _weekday(word: str) -> int:
    number = WEEKDAYS.get(word) or (int(word) if word in {"1", "2", "3", "4", "5", "6", "7"} else None)
    if number is None:
        raise _Wrong(f"“{word[:40]}” is not a weekday; write Mon-Fri, Sat Sun or 1-5 (1 is Monday).")
    return number


def _wishes(cells: Mapping[str, Value], book: Book, faults: list[RowFault]) -> list[tuple[str, int | None]]:
    wishes: list[tuple[str, int | None]] = []
    for name in FIELDS:
        value = cells.get(name)
        if value is None or value == "":
            continue
        try:
            wishes.append((name, None if value == CLEAR else _wish(name, value, book)))
        except _Wrong as wrong:
            faults.append(RowFault(name, str(wrong)))
    currency = _shown(cells.get("currency")).upper()
    if currency not in {"", book.currency}:
        faults.append(RowFault("currency", f"Prices here are in {book.currency}, not in {currency[:20]}."))
    return wishes


def _wish(field: str, value: Value, book: Book) -> int:
    if field == PRICE:
        return _price(value, book)
    if field in SWITCHES:
        word = "yes" if value is True else "no" if value is False else _shown(value).lower()
        if word not in YES | NO:
            raise _Wrong(f"“{word[:40]}” is neither yes nor no.")
        return int(word in YES)
    number = _number(value, book)
    if number != number.to_integral_value() or abs(number) > LARGEST_NUMBER:
        raise _Wrong(f"“{_shown(value)[:40]}” is not a whole number of a sensible size.")
    return int(number)


def _price(value: Value, book: Book) -> int:
    """Return minor units. A text with more decimals than the currency has is refused: it may mean thousands."""
    number, places = _number(value, book), book.decimals
    minor = number.scaleb(places)
    digits = -int(number.as_tuple().exponent)
    if minor != minor.to_integral_value() or (isinstance(value, str) and digits > places):
        raise _Wrong(
            f"“{_shown(value)[:40]}” has more than {places} decimals; {book.currency} has {places or 'none'}."
            if places
            else f"“{_shown(value)[:40]}” has decimals; {book.currency} has none."
        )
    return int(minor)


def _number(value: Value, book: Book) -> Decimal:
    if isinstance(value, Decimal):
        return value
    shown = _shown(value)
    mark = "," if book.decimal_comma and isinstance(value, str) else "."
    if not _NUMBERS[mark].fullmatch(shown):
        example = "129,50" if mark == "," else "129.50"
        raise _Wrong(f"“{shown[:40]}” is not a number; write it like {example}, without thousands separators.")
    try:
        return Decimal(shown.replace(",", "."))
    except InvalidOperation:
        raise _Wrong(f"“{shown[:40]}” is not a number.") from None
