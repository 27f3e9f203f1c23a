"""The calculator and its naive twin say the same, in every shipped rule set and in rules nobody would make."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.taxes.calculation import RateRule, TaxItem, TaxRule, TaxRules, tax_lines
from billing.taxes.enums import Component, PercentBase, Purpose, Rounding, TaxBasis, TaxKind
from billing.taxes.party import Party
from billing.taxes.regimes import REGIMES
from tests.billing.taxes.house_rules import regime_rules
from tests.billing.taxes.naive_taxes import naive_lines

NEW_YEAR = date(2026, 1, 1)
COMPONENTS = (Component.ACCOMMODATION, Component.BREAKFAST, Component.SERVICE)
PRICES = st.one_of(st.integers(0, 40), st.integers(0, 2_000_000))
ROUNDINGS = st.sampled_from(Rounding)


@st.composite
def parties(draw):
    arrival = NEW_YEAR + timedelta(days=draw(st.integers(-800, 400)))
    births = draw(st.lists(st.one_of(st.none(), st.integers(0, 6_400)), max_size=3))
    ages = tuple(draw(st.integers(0, 17)) for _ in births)
    born = tuple(None if days is None else arrival - timedelta(days=days) for days in births)
    party = Party(
        adults=draw(st.integers(1, 4)),
        child_ages=ages,
        infants=draw(st.integers(0, 2)),
        child_births=born,
        purpose=draw(st.sampled_from(Purpose)),
    )
    return party, arrival


@st.composite
def stays(draw, prices=PRICES, components=tuple(Component)):
    """A party, its arrival and what it buys: nights, perhaps not from the first one, and things beside them."""
    party, arrival = draw(parties())
    skipped = draw(st.integers(0, 9))
    nights = [arrival + timedelta(days=skipped + number) for number in range(draw(st.integers(0, 9)))]
    items = [TaxItem(f"night:{day}", day, Component.ACCOMMODATION, draw(prices), night=True) for day in nights]
    for number in range(draw(st.integers(0, 4))):
        day = arrival + timedelta(days=draw(st.integers(0, 18)))
        items.append(TaxItem(f"other:{number}", day, draw(st.sampled_from(components)), draw(prices)))
    return party, arrival, draw(st.permutations(items))


@st.composite
def random_rates(draw, basis, first_day):
    """Rates of a tax that do not overlap: one after the other in time, each perhaps in slabs."""
    rates, day = [], first_day + timedelta(days=draw(st.integers(-60, 20)))
    for _ in range(draw(st.integers(1, 3))):
        last = draw(st.one_of(st.none(), st.integers(0, 20)))
        edges = sorted(draw(st.sets(st.integers(1, 300_000), max_size=2)))
        cap = draw(st.one_of(st.none(), st.integers(1, 12)))
        for low, high in zip([0, *edges], [*edges, None], strict=True):
            percent = basis == TaxBasis.PERCENT
            rates.append(
                RateRule(
                    first=day,
                    last=None if last is None else day + timedelta(days=last),
                    percent=Decimal(draw(st.integers(0, 300_000))).scaleb(-4).normalize() if percent else None,
                    amount_minor=None if percent else draw(st.integers(0, 1_000)),
                    price_from_minor=low,
                    price_until_minor=high,
                    nights_cap=cap,
                    age_from=0 if percent else draw(st.integers(0, 20)),
                )
            )
        if last is None:
            break
        day += timedelta(days=last + 1)
    return tuple(rates)


@st.composite
def random_rules(draw, arrival):
    taxes: list[TaxRule] = []
    for number in range(draw(st.integers(1, 5))):
        basis = draw(st.sampled_from(TaxBasis))
        included = basis == TaxBasis.PERCENT and draw(st.booleans())
        below = tuple(draw(st.sets(st.sampled_from([tax.code for tax in taxes]))) if taxes else ())
        on_top = () if included or basis != TaxBasis.PERCENT else below
        bases = list(PercentBase) if on_top else [PercentBase.NET, PercentBase.GROSS]
        taxes.append(
            TaxRule(
                code=f"T{number}",
                name=f"Tax {number}",
                kind=draw(st.sampled_from(TaxKind)),
                basis=basis,
                components=frozenset(draw(st.sets(st.sampled_from(COMPONENTS), min_size=1))),
                included=included,
                percent_base=draw(st.sampled_from(bases)),
                on_top_of=on_top,
                at_property=draw(st.booleans()),
                exempt_purposes=frozenset(draw(st.sets(st.sampled_from(Purpose), max_size=1))),
                rates=draw(random_rates(basis, arrival)),
                slab_per_person=draw(st.booleans()),
            )
        )
    return TaxRules("EUR", draw(ROUNDINGS), tuple(draw(st.permutations(taxes))), ())


def agree(rules, items, party, arrival):
    """Compare line by line; then what every rounding promises."""
    lines = tax_lines(rules=rules, items=items, party=party, arrival=arrival)
    naive = naive_lines(rules, items, party, arrival)
    assert [
        (line.key, line.tax, line.quantity, line.base_minor, line.amount_minor, line.included) for line in lines
    ] == [(items[twin.item].key, twin.tax.code, twin.quantity, twin.base, twin.amount, twin.inside) for twin in naive]
    for line, twin in zip(lines, naive, strict=True):
        assert abs(line.amount_minor - twin.exact) < 1
    for number, item in enumerate(items):
        inside = [line for line, twin in zip(lines, naive, strict=True) if twin.item == number and twin.inside]
        assert all(
            line.base_minor + sum(other.amount_minor for other in inside) == item.amount_minor for line in inside
        )
    recounted = tax_lines(rules=rules, items=items, party=party, arrival=arrival, recount_only=True)
    assert recounted == [line for line in lines if line.kind == TaxKind.CITY_TAX]


@given(st.data())
@settings(max_examples=250)
def test_random_rules(data):
    """T30 to T36."""
    party, arrival, items = data.draw(stays(components=COMPONENTS))
    agree(data.draw(random_rules(arrival)), items, party, arrival)


@pytest.mark.parametrize("code", REGIMES)
@given(st.data())
@settings(max_examples=20)
def test_every_shipped_rule_set(code, data):
    party, arrival, items = data.draw(stays())
    rounding = data.draw(st.one_of(st.none(), ROUNDINGS))
    categories = [name for name, _ in REGIMES[code].categories] or [""]
    agree(regime_rules(code, data.draw(st.sampled_from(categories)), rounding), items, party, arrival)


@pytest.mark.parametrize("code", REGIMES)
@given(st.data())
@settings(max_examples=8)
def test_city_taxes_do_not_depend_on_how_a_stay_came_about(code, data):
    """T33: nights counted in two goes, by line, are those counted in one."""
    party, arrival, items = data.draw(stays())
    rules = regime_rules(code, rounding=Rounding.LINE)
    cut = data.draw(st.integers(0, len(items)))
    days = {item.date for item in items[:cut] if item.night}
    if any(item.date in days for item in items[cut:]) or not all(item.night for item in items):
        items = [item for item in items if item.night]
        cut = min(cut, len(items))
    parts = [
        line
        for piece in (items[:cut], items[cut:])
        for line in tax_lines(rules=rules, items=piece, party=party, arrival=arrival, recount_only=True)
    ]
    assert parts == tax_lines(rules=rules, items=items, party=party, arrival=arrival, recount_only=True)
