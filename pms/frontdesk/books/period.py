"""What is looked at: a month, a quarter or a year, written 2026-11, 2026-Q4 and 2026."""

import re
from calendar import month_name, monthrange
from dataclasses import dataclass
from datetime import date

MONTH, QUARTER, YEAR = re.compile(r"(\d{4})-(\d{2})"), re.compile(r"(\d{4})-Q([1-4])"), re.compile(r"(\d{4})")
FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months from the first day `first` on: one, three or twelve."""

    first: date
    months: int

    @property
    def last(self) -> date:
        """Its last day."""
        end = _month(self.first, self.months - 1)
        return end.replace(day=monthrange(end.year, end.month)[1])

    @property
    def code(self) -> str:
        """As it is written in an address."""
        if self.months == 12:
            return f"{self.first:%Y}"
        if self.months == 3:
            return f"{self.first:%Y}-Q{self.first.month // 3 + 1}"
        return f"{self.first:%Y-%m}"

    @property
    def label(self) -> str:
        """As people say it."""
        if self.months == 12:
            return f"{self.first:%Y}"
        if self.months == 3:
            return f"Quarter {self.first.month // 3 + 1} of {self.first:%Y}"
        return f"{month_name[self.first.month]} {self.first:%Y}"

    @property
    def before(self) -> "Period":
        """The one before."""
        return Period(_month(self.first, -self.months), self.months)

    @property
    def after(self) -> "Period":
        """The one after."""
        return Period(_month(self.first, self.months), self.months)

    @property
    def month(self) -> "Period":
        """Its first month."""
        return Period(self.first, 1)

    @property
    def quarter(self) -> "Period":
        """The quarter of its first month."""
        return Period(self.first.replace(month=(self.first.month - 1) // 3 * 3 + 1), 3)

    @property
    def year(self) -> "Period":
        """The year of its first month."""
        return Period(self.first.replace(month=1), 12)

    @classmethod
    def of(cls, day: date) -> "Period":
        """Return the month of a day."""
        return cls(day.replace(day=1), 1)

    @classmethod
    def read(cls, text: str, *, otherwise: date) -> "Period":
        """Return the period that is written, or the month of a day where it makes no sense."""
        if (found := MONTH.fullmatch(text)) and 1 <= int(found[2]) <= 12 and _sane(found[1]):
            return cls(date(int(found[1]), int(found[2]), 1), 1)
        if (found := QUARTER.fullmatch(text)) and _sane(found[1]):
            return cls(date(int(found[1]), int(found[2]) * 3 - 2, 1), 3)
        if (found := YEAR.fullmatch(text)) and _sane(found[1]):
            return cls(date(int(found[1]), 1, 1), 12)
        return cls.of(otherwise)


def _sane(year: str) -> bool:
    return FIRST_YEAR <= int(year) <= LAST_YEAR


def _month(first: date, by: int) -> date:
    place = first.year * 12 + first.month - 1 + by
    return date(place // 12, place % 12 + 1, 1)
