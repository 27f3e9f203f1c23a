"""Recurrence rules of ordinary calendars, in days, within a window, at a bounded price.

DAILY, WEEKLY, MONTHLY and YEARLY with INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS and WKST (RFC 5545,
3.3.10). A general evaluator walks to the year 9999 for a rule that never matches; this one never leaves the window.
"""

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

DAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_UNDERSTOOD = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"})
#: How many days all rules of one calendar may be asked about together.
MOST_STEPS = 300_000


class UnreadableRuleError(ValueError):
    """A rule nobody can follow; the message is a sentence."""


class Budget:
    """What the rules of one calendar may cost together."""

    def __init__(self, steps: int = MOST_STEPS) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Take steps. Raises UnreadableRuleError when too few are left."""
        self.left -= steps
        if self.left < 0:
            raise UnreadableRuleError("The calendar's events repeat more often than anybody can follow.")


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence rule in days. `days` are (ordinal or 0, weekday); `count` 0: without end."""

    frequency: str
    interval: int
    count: int
    until: date | None
    days: tuple[tuple[int, int], ...]
    month_days: tuple[int, ...]
    months: tuple[int, ...]
    positions: tuple[int, ...]
    week_start: int


def rule_of(text: str) -> Rule:
    """Return the rule. Raises UnreadableRuleError for one that is broken or finer than a day."""
    parts: dict[str, str] = {}
    for part in text.strip().upper().split(";"):
        name, _, value = part.partition("=")
        if name:
            parts[name.strip()] = value.strip()
    frequency = parts.get("FREQ", "")
    if frequency not in {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"} or parts.keys() - _UNDERSTOOD:
        raise UnreadableRuleError(f"Nobody can follow the repetition “{text.strip()[:80]}”.")
    try:
        return Rule(
            frequency=frequency,
            interval=_between(parts.get("INTERVAL", "1"), 1, 10_000),
            count=_between(parts["COUNT"], 1, 10**9) if "COUNT" in parts else 0,
            until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
            days=tuple(_weekday(day) for day in _listed(parts, "BYDAY")),
            month_days=tuple(_signed(day, 31) for day in _listed(parts, "BYMONTHDAY")),
            months=tuple(sorted({_between(month, 1, 12) for month in _listed(parts, "BYMONTH")})),
            positions=tuple(_signed(position, 366) for position in _listed(parts, "BYSETPOS")),
            week_start=DAYS[parts.get("WKST", "MO")],
        )
    except (ValueError, KeyError) as error:
        raise UnreadableRuleError(f"Nobody can follow the repetition “{text.strip()[:80]}”.") from error


def occurrences(rule: Rule, start: date, *, first: date, until: date, budget: Budget) -> list[date]:
    """Return the days in [first, until) on which the rule begins something, from `start` on, which always counts.

    Raises UnreadableRuleError when the budget is spent.
    """
    found: list[date] = []
    left = rule.count or None
    window = until - timedelta(days=1)
    last = min(window, rule.until or date.max)
    for day in _with_start(start, _days(rule, start, first=first, last=last, budget=budget)):
        # A rule that ended before its own first day still has that day.
        if left == 0 or day > (window if day == start else last):
            break
        if day >= first:
            found.append(day)
        if left is not None:
            left -= 1
    return found


def _with_start(start: date, days: Iterator[date]) -> Iterator[date]:
    """Yield the first day itself, which is an occurrence even where its own rule does not name it, then the others."""
    yield start
    for day in days:
        if day > start:
            yield day


def _days(rule: Rule, start: date, *, first: date, last: date, budget: Budget) -> Iterator[date]:
    # Without a count the periods before the window are skipped, not walked.
    begin = start if rule.count else max(start, first)
    number = _period_of(rule, start, begin)
    number -= number % rule.interval
    while True:
        try:
            candidates = _candidates(rule, start, number)
        except (OverflowError, ValueError):  # past the year 9999
            return
        if candidates is None:
            return
        opens, days = candidates
        if opens > last:
            return
        budget.spend(1 + len(days))
        yield from _chosen(days, rule.positions)
        number += rule.interval


def _period_of(rule: Rule, start: date, day: date) -> int:
    """Return how many days, weeks, months or years after the start's own the day lies."""
    if rule.frequency == "DAILY":
        return (day - start).days
    if rule.frequency == "WEEKLY":
        return ((day - start).days + (start.weekday() - rule.week_start) % 7) // 7
    years = day.year - start.year
    return years if rule.frequency == "YEARLY" else years * 12 + day.month - start.month


def _candidates(rule: Rule, start: date, number: int) -> tuple[date, list[date]] | None:
    """Return the first day of a period and its matching days in order; None past the calendar."""
    if rule.frequency == "DAILY":
        day = start + timedelta(days=number)
        return day, [day] if _fits(rule, day) else []
    if rule.frequency == "WEEKLY":
        opens = start - timedelta(days=(start.weekday() - rule.week_start) % 7) + timedelta(weeks=number)
        wanted = {weekday for _, weekday in rule.days} or {start.weekday()}
        week = (opens + timedelta(days=offset) for offset in range(7))
        return opens, [day for day in week if day.weekday() in wanted and (not rule.months or day.month in rule.months)]
    if rule.frequency == "MONTHLY":
        months = start.year * 12 + start.month - 1 + number
        year, month = divmod(months, 12)
        if year > date.max.year:
            return None
        inside = not rule.months or month + 1 in rule.months
        return date(year, month + 1, 1), _in_month(rule, start, year, month + 1) if inside else []
    year = start.year + number
    if year > date.max.year:
        return None
    return date(year, 1, 1), _in_year(rule, start, year)


def _fits(rule: Rule, day: date) -> bool:
    length = calendar.monthrange(day.year, day.month)[1]
    return (
        (not rule.months or day.month in rule.months)
        and (not rule.month_days or day.day in rule.month_days or day.day - length - 1 in rule.month_days)
        and (not rule.days or day.weekday() in {weekday for _, weekday in rule.days})
    )


def _in_year(rule: Rule, start: date, year: int) -> list[date]:
    if rule.days and not rule.months and not rule.month_days:
        return _weekdays(rule, date(year, 1, 1), 366 if calendar.isleap(year) else 365)
    anywhere = rule.days or rule.month_days
    months = rule.months or (tuple(range(1, 13)) if anywhere else (start.month,))
    return [day for month in months for day in _in_month(rule, start, year, month)]


def _in_month(rule: Rule, start: date, year: int, month: int) -> list[date]:
    length = calendar.monthrange(year, month)[1]
    opens = date(year, month, 1)
    if not rule.days and not rule.month_days:
        return [date(year, month, start.day)] if start.day <= length else []
    days = _weekdays(rule, opens, length) if rule.days else [opens + timedelta(days=index) for index in range(length)]
    if rule.month_days:
        days = [day for day in days if day.day in rule.month_days or day.day - length - 1 in rule.month_days]
    return days


def _weekdays(rule: Rule, opens: date, length: int) -> list[date]:
    """Return the days of a month or a year that BYDAY names: every such weekday, or the second, or the last."""
    found: set[date] = set()
    for ordinal, weekday in rule.days:
        offset = (weekday - opens.weekday()) % 7
        every = [opens + timedelta(days=index) for index in range(offset, length, 7)]
        if ordinal == 0:
            found.update(every)
        elif -len(every) <= ordinal <= len(every):
            found.add(every[ordinal - 1 if ordinal > 0 else ordinal])
    return sorted(found)


def _chosen(days: list[date], positions: tuple[int, ...]) -> list[date]:
    if not positions:
        return days
    size = len(days)
    wanted = {position - 1 if position > 0 else size + position for position in positions}
    return [day for index, day in enumerate(days) if index in wanted]


def _listed(parts: Mapping[str, str], name: str) -> list[str]:
    return [value.strip() for value in parts[name].split(",")] if name in parts else []


def _between(text: str, least: int, most: int) -> int:
    if len(text) > len(str(most)) or not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise ValueError(text)
    return int(text)


def _signed(text: str, most: int) -> int:
    number = _between(text.lstrip("+-"), 1, most)
    return -number if text.startswith("-") else number


def _weekday(text: str) -> tuple[int, int]:
    ordinal = text[:-2]
    return (_signed(ordinal, 53) if ordinal else 0), DAYS[text[-2:]]


def _until(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
