"""Every shipped rule set against stays counted by hand: the tables of docs/money.md, and what they cannot show."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.conf import settings

from billing.taxes.calculation import TaxItem, tax_lines, tax_totals
from billing.taxes.enums import Component, Purpose, Rounding, TaxBasis, TaxKind
from billing.taxes.party import Party
from billing.taxes.regimes import REGIMES
from pms.kernel.money import Money
from tests.billing.taxes.house_rules import amounts, counted, nights, regime_rules

PAGE = (settings.BASE_DIR / "docs" / "money.md").read_text()
DAY = timedelta(days=1)


def table(heading):
    """Return the rows of the table whose first column is called heading."""
    rows: list[list[str]] = []
    inside = False
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith(f"| {heading} |"):
            inside = True
        elif inside and not line.startswith("|"):
            return rows
        elif inside and not line.startswith("|---"):
            rows.append(cells)
    return rows


STAYS = table("rule set")


@pytest.mark.parametrize("row", STAYS, ids=[f"{row[0]} {row[2]}" for row in STAYS])
def test_stay_of_the_documentation(row):
    """T30 to T36, a hand-computed stay in each rule set."""
    code, arrival, stay, beside, guests, *expected = (cell.strip("`") for cell in row[:8])
    currency = REGIMES[code].currency
    count, price = stay.split(" x ")
    items = nights(*[Money.of(price, currency).minor] * int(count), arrival=date.fromisoformat(arrival))
    if beside:
        component, amount = beside.split()
        minor = Money.of(amount, currency).minor
        items += [TaxItem(f"{item.key}/{component}", item.date, Component(component), minor) for item in items]
    adults, *ages = (int(number) for number in guests.split("+"))
    party = Party(adults=adults, child_ages=tuple(ages))
    lines = counted(regime_rules(code), items, party, date.fromisoformat(arrival))
    totals = tax_totals(lines)
    total = sum(item.amount_minor for item in items) + totals.added_minor
    assert [totals.included_minor, totals.added_minor, total] == [Money.of(each, currency).minor for each in expected]


def test_documentation_has_a_stay_in_each_rule_set():
    assert sorted({row[0].strip("`") for row in STAYS}) == sorted(REGIMES)


@pytest.mark.parametrize("row", table("rounding"), ids=lambda row: row[0])
def test_three_roundings_of_the_documentation(row):
    """T30: the same stay, a cent apart each time."""
    items = [
        item
        for night in nights(9_000, 9_000, 9_000, arrival=date(2026, 6, 1))
        for item in (night, TaxItem(f"{night.key}/meals", night.date, Component.MEALS, 2_000))
    ]
    lines = [
        line
        for line in counted(regime_rules("pt-lisbon", rounding=Rounding(row[0].strip("`"))), items)
        if line.included
    ]
    assert [Money(amount, "EUR").amount for amount in amounts(lines)] == [Decimal(cell) for cell in row[1:7]]
    assert sum(amounts(lines)) == Money.of(row[7], "EUR").minor
    assert [line.base_minor + line.amount_minor for line in lines] == [9_000, 2_000] * 3


@pytest.mark.parametrize("regime", REGIMES.values(), ids=REGIMES)
def test_rule_set_is_whole(regime):
    """Sources and a day, amounts the currency can hold, rates without a gap up to today, and something for each category."""
    assert regime.read_on == date(2026, 11, 21)
    assert regime.sources
    assert regime.covers
    assert regime.leaves_out
    assert regime.notes
    categories = [code for code, _ in regime.categories]
    for tax in regime.taxes:
        assert (tax.basis == TaxBasis.PERCENT) or not tax.included
        assert set(tax.on_top_of) <= {other.code for other in regime.taxes if not other.included}
        for rate in tax.rates:
            assert (rate.percent is None) == (tax.basis != TaxBasis.PERCENT)
            for value in (rate.percent, rate.amount):
                assert value is None or isinstance(value, str) or sorted(value) == sorted(categories)
            amounts = [rate.amount] if isinstance(rate.amount, str) else list((rate.amount or {}).values())
            for amount in (*amounts, rate.price_from, *filter(None, [rate.price_until])):
                assert Money.of(amount, regime.currency).amount == Decimal(amount)


@pytest.mark.parametrize("regime", REGIMES.values(), ids=REGIMES)
def test_vat_has_no_gap_from_its_first_day_on(regime):
    for tax in regime.taxes:
        if tax.kind != TaxKind.VAT:
            continue
        spans = sorted({(rate.first, rate.last) for rate in tax.rates})
        for (_, last), (first, _) in pairwise(spans):
            assert last is not None
            assert first == last + DAY
        assert spans[-1][1] is None


@pytest.mark.parametrize("regime", REGIMES.values(), ids=REGIMES)
def test_nothing_is_taxed_twice_by_vat_inside(regime):
    inside = [
        component for tax in regime.taxes if tax.kind == TaxKind.VAT and tax.included for component in tax.components
    ]
    assert len(inside) == len(set(inside))
    if inside:
        assert sorted(inside) == sorted(Component)


def test_berlin_has_no_cap_since_2025():
    """T33: 21 nights to the end of 2024; a stay across the change starts paying again."""
    arrival = date(2024, 12, 1)
    lines = counted(regime_rules("de-berlin"), nights(*[10_700] * 40, arrival=arrival), arrival=arrival)
    days = [line.date for line in lines if line.tax == "CITY-TAX"]
    assert days == [arrival + number * DAY for number in [*range(21), *range(31, 40)]]


def test_basel_stops_after_thirty_nights_and_starts_at_twelve_on_the_night():
    """T33: a birthday during the stay, and a stay that is split keeps its count."""
    arrival = date(2026, 1, 1)
    child = Party(adults=1, child_ages=(11,), child_births=(date(2014, 1, 10),))
    items = nights(*[20_000] * 35, arrival=arrival)
    lines = counted(regime_rules("ch-basel"), items, child, arrival)
    assert amounts(lines, "CITY-TAX") == [420] * 9 + [840] * 21
    rest = counted(regime_rules("ch-basel"), items[25:], child, arrival, recount_only=True)
    assert amounts(rest) == [840] * 5


def test_purposes_that_are_exempt():
    for code, purpose in (
        ("pt-lisbon", Purpose.MEDICAL),
        ("ch-basel", Purpose.RESIDENT),
        ("nl-amsterdam", Purpose.RESIDENT),
    ):
        arrival = date(2026, 6, 1)
        for party, expected in ((Party(adults=1, purpose=purpose), False), (Party(adults=1), True)):
            lines = tax_lines(rules=regime_rules(code), items=nights(10_000), party=party, arrival=arrival)
            assert any(line.kind == "city_tax" for line in lines) == expected


def test_categories_change_the_amount_alone():
    arrival = date(2026, 6, 1)
    found = {
        category: sum(
            line.amount_minor for line in counted(regime_rules("es-barcelona", category), nights(11_000), arrival=arrival)
            if line.tax == "IEET"
        )
        for category, _ in REGIMES["es-barcelona"].categories
    }  # fmt: skip
    assert found == {"4-star": 680, "5-star": 1_400, "other": 400, "apartment": 900}


def test_specified_premises_in_india_pay_more_for_food():
    arrival = date(2026, 1, 1)
    dinner = [TaxItem("dinner", arrival, Component.MEALS, 100_000)]
    found = [
        amounts(counted(regime_rules("in-gst", category), dinner, arrival=arrival))
        for category in ("food-5", "food-18")
    ]
    assert found == [[2_500, 2_500], [9_000, 9_000]]


def test_infant_in_a_cot_neither_pays_nor_shares_the_room_in_tokyo():
    """T36: zero decimals."""
    family = Party(adults=2, infants=1)
    lines = counted(regime_rules("jp-tokyo"), nights(33_000, arrival=date(2026, 4, 1)), family, date(2026, 4, 1))
    assert amounts(lines) == [3_000, 400]
