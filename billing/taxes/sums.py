"""Sums of taxes without their lines: what a quote of hundreds of offers sorts by. The lines are made when one is looked at.

Both count with `calculation.amounts_of`, so that the sums are those of the lines.
"""

from datetime import date

from billing.taxes.calculation import amounts_of
from billing.taxes.enums import Component, Rounding
from billing.taxes.party import Party
from billing.taxes.programs import Day, days_of
from billing.taxes.rules import TaxItem, TaxRules, TaxTotals


class SumsByPrice(dict[int, tuple[int, int, int]]):
    """The taxes of one kind of item on one day by its price: (included, added, at the property). Counted once a price."""

    __slots__ = ("_day",)

    def __init__(self, day: Day) -> None:
        super().__init__()
        self._day = day

    def __missing__(self, price_minor: int) -> tuple[int, int, int]:
        program = self._day.plain or self._day.priced(price_minor)
        included = added = at_property = 0
        for step, (_, amount_minor) in zip(program.steps, amounts_of(program, price_minor), strict=True):
            inside, on_the_spot = step.tail
            if inside:
                included += amount_minor
            else:
                added += amount_minor
            if on_the_spot:
                at_property += amount_minor
        self[price_minor] = sums = TaxTotals(included, added, at_property)
        return sums

    @property
    def added_at_least(self) -> int:
        """What is added on top of an item at least, whatever its price; nothing where slabs decide."""
        return 0 if self._day.plain is None else self[0][1]


class TaxSums:
    """The sums of one party's stay. Days on which the same taxes hold share what was counted."""

    def __init__(self, *, rules: TaxRules, party: Party, arrival: date) -> None:
        self._rules = rules
        self._party = party
        self._arrival = arrival
        self._shared: dict[Day, SumsByPrice] = {}
        self._of_parts: dict[tuple[date, str], SumsByPrice | None] = {}

    @property
    def by_line(self) -> bool:
        """Whether each line is rounded by itself; else only lines counted together have sums."""
        return self._rules.rounding == Rounding.LINE

    def of_night(self, day: date) -> SumsByPrice:
        """Return the sums of a night's room by its price."""
        resolved, shared = self._resolved(day, Component.ACCOMMODATION.value, night=True)
        return SumsByPrice(resolved) if shared is None else shared

    def of_part(self, day: date, component: str) -> SumsByPrice | None:
        """Return the sums of anything else by its price; None where the room's price decides on its rate (slabs)."""
        key = (day, component)
        if key not in self._of_parts:
            self._of_parts[key] = self._resolved(day, component, night=False)[1]
        return self._of_parts[key]

    def _resolved(self, day: date, component: str, *, night: bool) -> tuple[Day, SumsByPrice | None]:
        days = days_of(self._rules, self._party, self._arrival)
        resolved = days.get((day, component, night))
        if resolved is None:
            item = TaxItem("", day, component, 0, night=night)
            resolved = Day(self._rules, item, night=night, party=self._party, arrival=self._arrival)
            days[day, component, night] = resolved
        if resolved.plain is None:
            return resolved, None
        # Programs are compared once for all who are taxed by these rules, for that takes longer than counting with one.
        alike = resolved.alike
        if alike is None:
            alike = resolved.alike = self._rules.memo.setdefault(resolved.plain, resolved)
        sums = self._shared.get(alike)
        if sums is None:
            sums = self._shared[alike] = SumsByPrice(alike)
        return resolved, sums
