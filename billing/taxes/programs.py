"""What the rules of a day come to for one kind of item and one party: a list of steps that only want the price.

A program is worked out once and kept in `TaxRules.memo`. Where a price decides on the rate (slabs), one program is kept
for each choice of rates.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from fractions import Fraction
from math import lcm

from billing.taxes.enums import PercentBase, Rounding, TaxBasis
from billing.taxes.party import Party
from billing.taxes.rules import RateRule, TaxItem, TaxRule, TaxRules
from pms.kernel.errors import Invalid
from pms.kernel.money import round_ratio

#: Programs kept by one TaxRules before it forgets them all: rules that live long must not grow without end.
LONGEST_MEMO = 20_000


class Count(IntEnum):
    """How a step comes to its amount."""

    INSIDE = 0
    FIXED = 1
    OF_NET = 2
    OF_GROSS = 3
    OF_TAXES = 4


_COUNT = {PercentBase.NET: Count.OF_NET, PercentBase.GROSS: Count.OF_GROSS, PercentBase.TAXES: Count.OF_TAXES}


@dataclass(frozen=True, slots=True)
class Step:
    """A tax as it applies: `numerator`/`denominator` of its base, or the `fixed` amount.

    `head` and `tail` are the fields of the line before the quantity and after the amount. `pool` names what is rounded
    together with it. `on_top` are the steps whose amounts are part of the base, `place` is that of its line among the
    item's, `share` that among the taxes inside.
    """

    count: Count
    head: tuple[str, str, str, str, str | None, int | None]
    tail: tuple[bool, bool]
    pool: tuple[str, ...]
    numerator: int = 0
    denominator: int = 1
    fixed: int = 0
    quantity: int = 1
    on_top: tuple[int, ...] = ()
    place: int = 0
    share: int = 0


@dataclass(frozen=True, slots=True)
class Program:
    """The steps of an item in the order of counting; `order` is that of the lines, where it differs.

    The price without the taxes inside it is price x `scale` / `whole`; `whole` is the denominator of the taxes inside too.
    `inside` are the places of their lines.
    """

    component: str
    steps: tuple[Step, ...]
    order: tuple[int, ...] | None
    inside: tuple[int, ...]
    scale: int
    whole: int


class Day:
    """The taxes of one kind of item on one day for one party; where slabs decide, by the price of the night."""

    __slots__ = ("_chosen", "_component", "_date", "_fits", "_night", "_party", "_rounding", "alike", "plain")

    def __init__(self, rules: TaxRules, item: TaxItem, *, night: bool, party: Party, arrival: date) -> None:
        """Find the rates of the item's own date (T31); `night` is False where its night was counted already."""
        self._component, self._date, self._night, self._party = str(item.component), item.date, night, party
        self._rounding = rules.rounding
        self._fits = [
            (tax, rates)
            for tax in rules.taxes
            if _fits(tax, self._component, party, night=night)
            for rates in [[rate for rate in tax.rates if _holds(rate, item.date, arrival)]]
            if rates
        ]
        self._chosen: dict[tuple[int, ...], Program] = {}
        slabs = any(
            rate.price_from_minor or rate.price_until_minor is not None for _, rates in self._fits for rate in rates
        )
        #: The first day that was found to have the same program; None as long as nobody looked.
        self.alike: Day | None = None
        #: The program whatever the price, or None where slabs decide.
        self.plain = None if slabs else self._program([rates[0] for _, rates in self._fits])

    def priced(self, price_minor: int) -> Program:
        """Return the program for a night of this price, as entered.

        Slabs of a tax inside the price are of that price, of others by their `percent_base`.
        """
        inside = [_slab(rates, price_minor, self._guests(tax)) for tax, rates in self._fits if tax.included]
        whole, scale = _grossed(rate for rate in inside if rate)
        net_minor = round_ratio(price_minor * scale, whole)
        picked = []
        for tax, rates in self._fits:
            judged = net_minor if not tax.included and tax.percent_base == PercentBase.NET else price_minor
            picked.append(_slab(rates, judged, self._guests(tax)))
        choice = tuple(
            -1 if rate is None else rates.index(rate) for rate, (_, rates) in zip(picked, self._fits, strict=True)
        )
        if choice not in self._chosen:
            self._chosen[choice] = self._program(picked)
        return self._chosen[choice]

    def _program(self, picked: Sequence[RateRule | None]) -> Program:
        taxes = [(tax, rate) for (tax, _), rate in zip(self._fits, picked, strict=True) if rate is not None]
        taxes = [(tax, rate) for tax, rate in taxes if tax.basis == TaxBasis.PERCENT or self._quantity(tax, rate)]
        whole, scale = _grossed(rate for tax, rate in taxes if tax.included)
        turns = _in_turn([tax for tax, _ in taxes])
        turn_of = {taxes[place][0].code: turn for turn, place in enumerate(turns) if not taxes[place][0].included}
        inside = tuple(place for place, (tax, _) in enumerate(taxes) if tax.included)
        steps = []
        for place in turns:
            tax, rate = taxes[place]
            on_top = tuple(turn_of[code] for code in tax.on_top_of if code in turn_of and not tax.included)
            share = inside.index(place) if tax.included else 0
            steps.append(replace(self._step(tax, rate, whole, scale), on_top=on_top, place=place, share=share))
        in_order = turns == sorted(turns)
        order = None if in_order else tuple(turns.index(place) for place in range(len(turns)))
        return Program(self._component, tuple(steps), order, inside, scale, whole)

    def _guests(self, tax: TaxRule) -> int:
        return self._party.adults + self._party.children if tax.slab_per_person else 1

    def _quantity(self, tax: TaxRule, rate: RateRule) -> int:
        return self._party.count_from(rate.age_from, self._date) if tax.basis == TaxBasis.PERSON_NIGHT else 1

    def _step(self, tax: TaxRule, rate: RateRule, whole: int, scale: int) -> Step:
        percent = None if rate.percent is None else f"{rate.percent.normalize():f}"
        head = (tax.code, tax.name, str(tax.kind), str(tax.basis), percent, rate.amount_minor)
        tail = (tax.included, tax.at_property)
        inside = "inside" if tax.included else "added"
        pool = (inside, str(tax.kind)) if self._rounding == Rounding.DOCUMENT else (inside, tax.code, percent or "")
        if rate.percent is None:
            quantity = self._quantity(tax, rate)
            amount = quantity * (rate.amount_minor or 0)
            return Step(Count.FIXED, head, tail, pool, fixed=amount, quantity=quantity)
        part = _fraction(rate)
        if tax.included:
            return Step(Count.INSIDE, head, tail, pool, int(part * scale), whole)
        return Step(_COUNT[PercentBase(tax.percent_base)], head, tail, pool, part.numerator, part.denominator)


def _fits(tax: TaxRule, component: str, party: Party, *, night: bool) -> bool:
    if component not in tax.components or party.purpose in tax.exempt_purposes:
        return False
    return night or tax.basis == TaxBasis.PERCENT


def _holds(rate: RateRule, day: date, arrival: date) -> bool:
    if day < rate.first or (rate.last is not None and day > rate.last):
        return False
    return rate.nights_cap is None or (day - arrival).days < rate.nights_cap


def _slab(rates: Sequence[RateRule], price_minor: int, guests: int) -> RateRule | None:
    for rate in rates:
        below = rate.price_until_minor is None or price_minor < rate.price_until_minor * guests
        if rate.price_from_minor * guests <= price_minor and below:
            return rate
    return None


def _fraction(rate: RateRule) -> Fraction:
    return Fraction(rate.percent or 0) / 100


def _grossed(rates: Iterable[RateRule]) -> tuple[int, int]:
    """Return whole and scale: a price with these percentages inside is to the price without them as whole to scale."""
    parts = [_fraction(rate) for rate in rates]
    scale = lcm(*(part.denominator for part in parts))
    return scale + int(sum(parts) * scale), scale


def _in_turn(taxes: Sequence[TaxRule]) -> list[int]:
    """Return the places so that what another is counted on comes before it, else in the order of the rules."""
    waiting = list(range(len(taxes)))
    turns: list[int] = []
    while waiting:
        open_codes = {taxes[place].code for place in waiting if not taxes[place].included}
        ready = (place for place in waiting if taxes[place].included or open_codes.isdisjoint(taxes[place].on_top_of))
        place = next(ready, None)
        if place is None:
            names = ", ".join(taxes[place].name for place in waiting)
            raise Invalid("tax_cycle", f"These taxes are counted on top of each other: {names}.")
        waiting.remove(place)
        turns.append(place)
    return turns


def days_of(rules: TaxRules, party: Party, arrival: date) -> dict[tuple[date, str, bool], Day]:
    """Return what was resolved already for a stay of a party, by date, component and whether a night is counted."""
    if len(rules.memo) > LONGEST_MEMO:
        rules.memo.clear()
    found: dict[tuple[date, str, bool], Day] = rules.memo.setdefault((party, arrival), {})
    return found


def programs_for(
    rules: TaxRules, items: Sequence[TaxItem], party: Party, arrival: date
) -> Iterator[tuple[TaxItem, Program]]:
    """Yield each item with its program. Raises Invalid `negative_price`."""
    days = days_of(rules, party, arrival)
    prices = night_prices(items)
    counted: set[date] = set()
    for item in items:
        day = item.date
        night = item.night and day not in counted
        if night:
            counted.add(day)
        key = (day, item.component, night)
        resolved = days.get(key)
        if resolved is None:
            resolved = days[key] = Day(rules, item, night=night, party=party, arrival=arrival)
        price_minor = item.amount_minor
        if price_minor < 0:
            raise Invalid("negative_price", "A price that is taxed is at least 0.")
        yield item, resolved.plain or resolved.priced(prices.get(day, price_minor))


def night_prices(items: Sequence[TaxItem]) -> dict[date, int]:
    """Return the price of the room on each night: what slabs are of."""
    prices: dict[date, int] = {}
    for item in items:
        if item.night:
            prices[item.date] = prices.get(item.date, 0) + item.amount_minor
    return prices
