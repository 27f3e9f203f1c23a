"""The tax calculator: from items of a sale to tax lines, by the rules of the night, rounded as the property rounds.

Pure computation on integers: `rules_load` in selectors reads the rules once, everything here works on values. What is
counted, in which order and where it is rounded is written down in docs/money.md. Rules are resolved once for each day,
component and party, and kept in `TaxRules.memo`; after that an item costs a division for each tax.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from math import lcm

from billing.taxes.enums import Rounding, TaxKind
from billing.taxes.party import Party
from billing.taxes.programs import Count, Program, programs_for
from billing.taxes.rules import FeeRule, RateRule, TaxItem, TaxLine, TaxRule, TaxRules, TaxTotals
from pms.kernel.money import round_together

__all__ = ["FeeRule", "RateRule", "TaxItem", "TaxLine", "TaxRule", "TaxRules", "TaxTotals", "tax_lines", "tax_totals"]

#: Lines that are rounded together, by pool: the place of each, and its exact amount as a ratio.
Pools = dict[tuple[str, ...], list[tuple[int, int, int]]]
_CITY = TaxKind.CITY_TAX.value
INSIDE, FIXED, OF_NET, OF_GROSS = Count.INSIDE, Count.FIXED, Count.OF_NET, Count.OF_GROSS
_make = tuple.__new__


def tax_lines(
    *,
    rules: TaxRules,
    items: Sequence[TaxItem],
    party: Party,
    arrival: date,
    recount_only: bool = False,
) -> list[TaxLine]:
    """Return the tax lines of items, in the order of items and then of taxes.

    `arrival` is the first night of the whole stay: caps count from it, whatever nights the items have (T33).
    `recount_only` returns only city taxes, which a change of the stay counts anew; all others stay as they were sold.
    Raises Invalid `negative_price`, and `tax_cycle` for taxes on top of each other.
    """
    lines: list[TaxLine] = []
    if rules.rounding == Rounding.LINE:
        for item, program in programs_for(rules, items, party, arrival):
            _count(item, program, lines, None)
    else:
        pools: Pools = {}
        opened = []
        for item, program in programs_for(rules, items, party, arrival):
            opened.append((len(lines), item.amount_minor, program.inside))
            _count(item, program, lines, pools)
        _settle(lines, pools, opened)
    return [line for line in lines if line.kind == _CITY] if recount_only else lines


def tax_totals(lines: Iterable[TaxLine]) -> TaxTotals:
    """Return the sums of tax lines."""
    included = added = at_property = 0
    for line in lines:
        if line.included:
            included += line.amount_minor
        else:
            added += line.amount_minor
        if line.at_property:
            at_property += line.amount_minor
    return TaxTotals(included, added, at_property)


def amounts_of(program: Program, price_minor: int) -> list[tuple[int, int]]:
    """Return base and amount of every step of a program for a price, each amount rounded by itself."""
    net_minor = price_minor
    shares: Sequence[int] = ()
    if program.inside:
        whole = program.whole
        net_minor = (2 * price_minor * program.scale + whole) // (2 * whole)
        shares = _shared(program, price_minor, net_minor)
    amounts: list[tuple[int, int]] = []
    for step in program.steps:
        count = step.count
        if count is INSIDE:
            amounts.append((net_minor, shares[step.share]))
        elif count is FIXED:
            amounts.append((0, step.fixed))
        else:
            base_minor = net_minor if count is OF_NET else price_minor if count is OF_GROSS else 0
            for place in step.on_top:
                base_minor += amounts[place][1]
            amounts.append((base_minor, (2 * base_minor * step.numerator + step.denominator) // (2 * step.denominator)))
    return amounts


def _count(item: TaxItem, program: Program, lines: list[TaxLine], pools: Pools | None) -> None:
    """Append the lines of an item, each rounded by itself; what is rounded with others is noted in pools."""
    price_minor, first = item.amount_minor, len(lines)
    key, day, component = item.key, item.date, program.component
    for step, (base_minor, amount_minor) in zip(program.steps, amounts_of(program, price_minor), strict=True):
        if pools is not None and step.count is not FIXED:
            exact = (price_minor if step.count is INSIDE else base_minor) * step.numerator
            pools.setdefault(step.pool, []).append((first + step.place, exact, step.denominator))
        code, name, kind, basis, percent, each_minor = step.head
        included, at_property = step.tail
        lines.append(
            _make(
                TaxLine,
                (key, day, component, code, name, kind, basis, percent, each_minor, step.quantity, base_minor,
                 amount_minor, included, at_property),
            )
        )  # fmt: skip
    if program.order is not None:
        lines[first:] = [lines[first + place] for place in program.order]


def _shared(program: Program, price_minor: int, net_minor: int) -> Sequence[int]:
    """Return the taxes inside a price, which sum to what the net price leaves of it (T32)."""
    if len(program.inside) == 1:
        return (price_minor - net_minor,)
    numerators = [price_minor * step.numerator for step in program.steps if step.count is INSIDE]
    return round_together(numerators, program.whole, total_minor=price_minor - net_minor)


def _settle(lines: list[TaxLine], pools: Pools, opened: Iterable[tuple[int, int, tuple[int, ...]]]) -> None:
    """Round what is rounded together, and let what is inside a price and the price without it sum to it again."""
    for (where, *_), waiting in pools.items():
        scale = lcm(*(denominator for _, _, denominator in waiting))
        numerators = [exact * (scale // denominator) for _, exact, denominator in waiting]
        total = sum(numerators)
        # A half goes to the net price, as it does on one line.
        total_minor = (2 * total + scale - (where == "inside")) // (2 * scale)
        parts = round_together(numerators, scale, total_minor=total_minor)
        for (place, _, _), amount_minor in zip(waiting, parts, strict=True):
            if lines[place].amount_minor != amount_minor:
                lines[place] = lines[place]._replace(amount_minor=amount_minor)
    for first, price_minor, inside in opened:
        net_minor = price_minor - sum(lines[first + place].amount_minor for place in inside)
        for place in inside:
            if lines[first + place].base_minor != net_minor:
                lines[first + place] = lines[first + place]._replace(base_minor=net_minor)
