"""Taxes once more, written from docs/money.md as plainly as it goes: fractions, loops, no cleverness, no shared code."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import floor

from billing.taxes.calculation import RateRule, TaxItem, TaxRule, TaxRules
from billing.taxes.party import Party


@dataclass
class NaiveLine:
    """A line, its exact amount before rounding, and what it ended at."""

    item: int
    tax: TaxRule
    rate: RateRule
    quantity: int
    base: int
    exact: Fraction
    amount: int = 0
    inside: bool = field(default=False)


def half_up(value: Fraction) -> int:
    """Round to the nearest whole, halves up; prices are never negative."""
    return floor(value + Fraction(1, 2))


def half_down(value: Fraction) -> int:
    """Round to the nearest whole; halves stay with the net price."""
    return -floor(-value + Fraction(1, 2))


def percent_of(rate: RateRule) -> Fraction:
    """Return 12 for 12%."""
    return Fraction(str(rate.percent))


def share_out(total: int, exact: list[Fraction]) -> list[int]:
    """Give everybody the whole part, then one each by the largest remainder, the first first."""
    parts = [floor(value) for value in exact]
    while sum(parts) < total:
        gaps = [value - part for value, part in zip(exact, parts, strict=True)]
        parts[gaps.index(max(gaps))] += 1
    return parts


def persons_of(age: int, party: Party, night: date) -> int:
    """Count heads of age and older on the night."""
    ages = [30] * party.adults + [0] * party.infants
    for place, on_arrival in enumerate(party.child_ages):
        born = party.child_births[place] if place < len(party.child_births) else None
        if born is None:
            ages.append(on_arrival)
        else:
            had_birthday = (night.month, night.day) >= (born.month, born.day)
            ages.append(max(0, night.year - born.year - (0 if had_birthday else 1)))
    # An adult is eighteen as far as anybody knows.
    return sum(1 for place, own in enumerate(ages) if own >= age and not (place < party.adults and age > 18))


def naive_lines(
    rules: TaxRules, items: list[TaxItem], party: Party, arrival: date, recount_only: bool = False
) -> list[NaiveLine]:
    """Return the lines in the order of items and then of taxes."""
    lines: list[NaiveLine] = []
    nights_seen: set[date] = set()
    for number, item in enumerate(items):
        is_night = item.night and item.date not in nights_seen
        if item.night:
            nights_seen.add(item.date)
        rooms = [other.amount_minor for other in items if other.night and other.date == item.date]
        slab_price = sum(rooms) if rooms else item.amount_minor
        lines += one_item(number, item, is_night, slab_price, rules, party, arrival)
    round_lines(lines, rules.rounding.value)
    for number, item in enumerate(items):
        inside = [line for line in lines if line.item == number and line.inside]
        for line in inside:
            line.base = item.amount_minor - sum(other.amount for other in inside)
    return [line for line in lines if line.tax.kind == "city_tax"] if recount_only else lines


def one_item(
    number: int, item: TaxItem, is_night: bool, slab_price: int, rules: TaxRules, party: Party, arrival: date
) -> list[NaiveLine]:
    """Return the lines of one item with what each is exactly."""
    taxes = [
        tax
        for tax in rules.taxes
        if item.component in tax.components
        and party.purpose not in tax.exempt_purposes
        and (is_night or tax.basis == "percent")
    ]
    lines: list[NaiveLine] = []
    whole = Fraction(1)
    for tax in taxes:
        rate = rate_of(tax, slab_price, item.date, party, arrival) if tax.included else None
        if rate is not None:
            whole += percent_of(rate) / 100
            lines.append(NaiveLine(number, tax, rate, 1, 0, Fraction(0), inside=True))
    net = half_up(item.amount_minor / whole)
    for line in lines:
        line.base, line.exact = net, item.amount_minor * percent_of(line.rate) / 100 / whole
    if lines:
        for line, part in zip(lines, share_out(item.amount_minor - net, [line.exact for line in lines]), strict=True):
            line.amount = part
    added = []
    for tax in taxes:
        price = half_up(slab_price / whole) if tax.percent_base == "net" else slab_price
        rate = None if tax.included else rate_of(tax, price, item.date, party, arrival)
        if rate is not None:
            added.append(added_line(number, tax, rate, party, item.date))
    added = [line for line in added if line.quantity]
    count_added(added, {"net": net, "gross": item.amount_minor, "taxes": 0})
    return sorted(lines + added, key=lambda line: rules.taxes.index(line.tax))


def rate_of(tax: TaxRule, price: int, day: date, party: Party, arrival: date) -> RateRule | None:
    """Return the rate of the day, the price and the night of the stay."""
    shared = Fraction(price, party.adults + len(party.child_ages)) if tax.slab_per_person else Fraction(price)
    for rate in tax.rates:
        on_the_day = rate.first <= day and (rate.last is None or day <= rate.last)
        early_enough = rate.nights_cap is None or (day - arrival).days < rate.nights_cap
        in_slab = rate.price_from_minor <= shared and (
            rate.price_until_minor is None or shared < rate.price_until_minor
        )
        if on_the_day and early_enough and in_slab:
            return rate
    return None


def added_line(number: int, tax: TaxRule, rate: RateRule, party: Party, night: date) -> NaiveLine:
    """Return a line of an amount; that of a percentage is still to be counted."""
    quantity = persons_of(rate.age_from, party, night) if tax.basis == "person_night" else 1
    amount = 0 if tax.basis == "percent" else quantity * rate.amount_minor
    return NaiveLine(number, tax, rate, quantity, 0, Fraction(amount), amount)


def count_added(lines: list[NaiveLine], start: dict[str, int]) -> None:
    """Count each percentage once all that it is counted on are."""
    waiting = [line for line in lines if line.tax.basis == "percent"]
    while waiting:
        names = {line.tax.code for line in waiting}
        line = next(line for line in waiting if not names & set(line.tax.on_top_of))
        below = [other.amount for other in lines if other.tax.code in line.tax.on_top_of]
        line.base = start[line.tax.percent_base] + sum(below)
        line.exact = line.base * percent_of(line.rate) / 100
        line.amount = half_up(line.exact)
        waiting.remove(line)


def round_lines(lines: list[NaiveLine], rounding: str) -> None:
    """Round what is rounded together; by line it has been."""
    if rounding == "line":
        return
    pools: dict[tuple[object, ...], list[NaiveLine]] = defaultdict(list)
    for line in lines:
        if line.tax.basis != "percent":
            continue
        if rounding == "tax":
            pools[line.inside, line.tax.code, percent_of(line.rate)].append(line)
        else:
            pools[line.inside, line.tax.kind].append(line)
    for pool in pools.values():
        exact = [line.exact for line in pool]
        total = half_down(sum(exact, Fraction(0))) if pool[0].inside else half_up(sum(exact, Fraction(0)))
        for line, part in zip(pool, share_out(total, exact), strict=True):
            line.amount = part
