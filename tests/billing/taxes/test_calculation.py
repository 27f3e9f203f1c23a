"""The calculator, rule by rule. Whole regimes are in test_regimes.py, random rules in test_against_naive.py."""

from datetime import date, timedelta

import pytest

from billing.taxes.calculation import TaxItem, TaxLine, TaxTotals, tax_totals
from billing.taxes.enums import Component, PercentBase, Purpose, Rounding, TaxBasis
from billing.taxes.party import Party
from tests.billing.taxes.house_rules import MONDAY, amounts, city, counted, nights, rate, rules, tax
from tests.house import refused

DAY = timedelta(days=1)


def test_line_says_everything_that_was_counted():
    [vat, levy] = counted(rules(tax("VAT", rate("6")), city("CITY", rate(400), at_property=True)), nights(10_000))
    assert vat == TaxLine(
        key="night:2026-06-01", date=MONDAY, component="accommodation", tax="VAT", name="Vat", kind="vat",
        basis="percent", percent="6", each_minor=None, quantity=1, base_minor=9_434, amount_minor=566,
        included=True, at_property=False,
    )  # fmt: skip
    assert levy == TaxLine(
        key="night:2026-06-01", date=MONDAY, component="accommodation", tax="CITY", name="City", kind="city_tax",
        basis="person_night", percent=None, each_minor=400, quantity=2, base_minor=0, amount_minor=800,
        included=False, at_property=True,
    )  # fmt: skip
    assert tax_totals([vat, levy]) == TaxTotals(included_minor=566, added_minor=800, at_property_minor=800)


def test_line_survives_being_kept():
    for line in counted(rules(tax("VAT", rate("6.25")), city("CITY", rate(400))), nights(10_000)):
        assert TaxLine.from_json(line.as_json()) == line
        assert line.as_json()["date"] == "2026-06-01"


def test_nothing_sold_and_nothing_taxed():
    assert counted(rules(tax("VAT", rate("6"))), []) == []
    assert counted(rules(), nights(10_000)) == []


def test_included_tax_is_what_the_net_price_leaves():
    """T32: 100.00 at 6%: 94.34 net, 5.66 tax; 0.53 at 6% is exactly 0.50 net; the gross price never moves."""
    [line] = counted(rules(tax("VAT", rate("6"))), nights(53))
    assert (line.base_minor, line.amount_minor) == (50, 3)
    for rounding in Rounding:
        [tie] = counted(rules(tax("VAT", rate("100")), rounding=rounding), nights(1))
        assert (tie.base_minor, tie.amount_minor) == (1, 0)


def test_several_taxes_inside_share_one_division():
    """T32: 100.00 with 9% and 9% inside: 84.75 net (118ths), 15.25 tax, 7.63 and 7.62."""
    lines = counted(rules(tax("C", rate("9")), tax("S", rate("9"))), nights(10_000))
    assert [(line.base_minor, line.amount_minor) for line in lines] == [(8_475, 763), (8_475, 762)]


def test_added_tax_is_counted_on_the_price():
    lines = counted(rules(tax("ST", rate("8.875"), included=False)), nights(10_000, 10_001))
    assert [(line.base_minor, line.amount_minor) for line in lines] == [(10_000, 888), (10_001, 888)]


def test_each_night_has_the_rate_of_its_own_date():
    """T31: a stay across the change of a rate."""
    vat = tax("VAT", rate("9", last=MONDAY), rate("12", first=MONDAY + DAY))
    lines = counted(rules(vat), nights(10_900, 11_200))
    assert [(line.percent, line.base_minor, line.amount_minor) for line in lines] == [
        ("9", 10_000, 900),
        ("12", 10_000, 1_200),
    ]


def test_tax_is_counted_only_on_its_components():
    """T35: parts are taxed as what they are."""
    breakfast = TaxItem("breakfast", MONDAY, Component.BREAKFAST, 1_190)
    taken = rules(tax("ROOM", rate("7")), tax("FOOD", rate("19"), components=frozenset({"breakfast", "meals"})))
    lines = counted(taken, [*nights(10_700), breakfast])
    assert [(line.key, line.tax, line.amount_minor) for line in lines] == [
        ("night:2026-06-01", "ROOM", 700),
        ("breakfast", "FOOD", 190),
    ]


@pytest.mark.parametrize(("base", "expected"), [(PercentBase.NET, (10_000, 500)), (PercentBase.GROSS, (10_700, 535))])
def test_percentage_is_of_the_net_or_of_the_entered_price(base, expected):
    """T34: 107.00 with 7% inside; a city tax of 5%."""
    levy = city("CITY", rate("5"), basis=TaxBasis.PERCENT, percent_base=base)
    _, line = counted(rules(tax("VAT", rate("7")), levy), nights(10_700))
    assert (line.base_minor, line.amount_minor) == expected


def test_tax_on_top_of_others_counts_their_amounts():
    first = tax("A", rate("10"), included=False)
    second = tax("B", rate("10"), included=False, on_top_of=("A", "CITY", "GONE"))
    lines = counted(rules(second, first, city("CITY", rate(100))), nights(10_000))
    assert [(line.tax, line.base_minor, line.amount_minor) for line in lines] == [
        ("B", 11_200, 1_120),
        ("A", 10_000, 1_000),
        ("CITY", 0, 200),
    ]


def test_tax_on_other_taxes_alone():
    levy = city("CITY", rate("7.5"), basis=TaxBasis.PERCENT)
    on_it = city("CITY-VAT", rate("7"), basis=TaxBasis.PERCENT, percent_base=PercentBase.TAXES, on_top_of=("CITY",))
    lines = counted(rules(tax("VAT", rate("7")), levy, on_it), nights(10_700))
    assert [(line.base_minor, line.amount_minor) for line in lines] == [(10_000, 700), (10_000, 750), (750, 53)]


def test_taxes_on_top_of_each_other_are_refused():
    first = tax("A", rate("1"), included=False, on_top_of=("B",))
    with refused("tax_cycle"):
        counted(rules(first, tax("B", rate("1"), included=False, on_top_of=("A",))), nights(1))


def test_negative_price_is_refused():
    with refused("negative_price"):
        counted(rules(), nights(-1))


def test_city_tax_stops_after_its_nights_counted_from_the_first_of_the_stay():
    """T33: the cap is over the whole stay, whichever of its nights are asked for."""
    taken = rules(city("CITY", rate(400, nights_cap=7)))
    items = nights(*[10_000] * 9)
    assert amounts(counted(taken, items)) == [800] * 7
    assert amounts(counted(taken, items[5:])) == [800] * 2
    assert amounts(counted(taken, items[5:], arrival=MONDAY + 5 * DAY)) == [800] * 4


def test_percent_city_tax_stops_after_its_nights_too():
    taken = rules(city("CITY", rate("5", nights_cap=2), basis=TaxBasis.PERCENT))
    assert amounts(counted(taken, nights(1_000, 2_000, 3_000))) == [50, 100]


def test_age_is_that_of_the_night():
    """T33: a child who turns thirteen during the stay pays from that night on."""
    family = Party(adults=2, child_ages=(12,), child_births=(date(2013, 6, 3),), infants=1)
    taken = rules(city("CITY", rate(400, age_from=13)))
    assert amounts(counted(taken, nights(1, 1, 1, 1), party=family)) == [800, 800, 1_200, 1_200]


def test_child_born_on_a_leap_day_is_older_on_the_first_of_march():
    child = Party(adults=1, child_ages=(12,), child_births=(date(2012, 2, 29),))
    taken = rules(city("CITY", rate(100, age_from=13)))
    lines = counted(taken, nights(1, 1, arrival=date(2025, 2, 28)), party=child, arrival=date(2025, 2, 28))
    assert amounts(lines) == [100, 200]


def test_tax_without_an_age_is_for_everybody_and_nobody_of_age_is_no_line():
    family = Party(adults=2, child_ages=(3,), infants=1)
    assert amounts(counted(rules(city("ALL", rate(100))), nights(1), party=family)) == [400]
    assert counted(rules(city("OLD", rate(100, age_from=21))), nights(1), party=family) == []


def test_tax_per_night_counts_the_room_once():
    breakfast = TaxItem("breakfast", MONDAY, Component.ACCOMMODATION, 500)
    taken = rules(city("UNIT", rate(350), basis=TaxBasis.NIGHT))
    assert amounts(counted(taken, [*nights(10_000, 10_000), breakfast])) == [350, 350]
    assert amounts(counted(taken, [*nights(10_000), *nights(5_000)])) == [350]


def test_purpose_exempts():
    """T33: business guests where the law lets them off."""
    taken = rules(city("CITY", rate(100), exempt_purposes=frozenset({"business"})))
    assert amounts(counted(taken, nights(1), party=Party(adults=1, purpose=Purpose.LEISURE))) == [100]
    assert counted(taken, nights(1), party=Party(adults=1, purpose=Purpose.BUSINESS)) == []


def test_slab_is_of_the_price_of_the_night():
    slabs = (
        rate("0", price_until_minor=100_001),
        rate("5", price_from_minor=100_001, price_until_minor=750_001),
        rate("18", price_from_minor=750_001),
    )
    lines = counted(rules(tax("GST", *slabs, included=False)), nights(100_000, 100_001, 750_000, 750_001))
    assert [(line.percent, line.amount_minor) for line in lines] == [
        ("0", 0),
        ("5", 5_000),
        ("5", 37_500),
        ("18", 135_000),
    ]


def test_slab_of_the_night_decides_for_what_else_is_sold_that_day():
    meals = frozenset({"accommodation", "meals"})
    slabs = (rate("5", price_until_minor=750_001), rate("18", price_from_minor=750_001))
    items = [
        *nights(800_000),
        TaxItem("dinner", MONDAY, Component.MEALS, 1_000),
        TaxItem("lunch", MONDAY + DAY, Component.MEALS, 1_000),
    ]
    assert amounts(counted(rules(tax("GST", *slabs, included=False, components=meals)), items)) == [144_000, 180, 50]


def test_slab_per_person_is_of_the_net_price_shared_by_the_guests():
    """Tokyo: 10,000 yen a person without the tax inside: 22,000 for two is at the edge, 21,989 is below it."""
    levy = city(
        "LODGING",
        rate(100, price_from_minor=10_000, price_until_minor=15_000),
        rate(200, price_from_minor=15_000),
        slab_per_person=True,
    )
    taken = rules(tax("CT", rate("10")), levy, currency="JPY")
    assert amounts(counted(taken, nights(21_989, 22_000, 33_000)), "LODGING") == [200, 400]
    cot = Party(adults=2, infants=1)
    assert amounts(counted(taken, nights(22_000), party=cot), "LODGING") == [300]


def test_three_roundings_of_taxes_that_are_added():
    """T30: three nights of 33.34: 2.5005 each at 7.5%, 0.003334 each at 0.01%."""
    prices = nights(3_334, 3_334, 3_334)
    taxes = (tax("A", rate("7.5"), included=False), tax("B", rate("0.01"), included=False))
    found = {rounding: counted(rules(*taxes, rounding=rounding), prices) for rounding in Rounding}
    assert amounts(found[Rounding.LINE]) == [250, 0, 250, 0, 250, 0]
    assert amounts(found[Rounding.TAX]) == [250, 1, 250, 0, 250, 0]
    assert amounts(found[Rounding.DOCUMENT]) == [250, 1, 250, 0, 250, 0]


def test_net_and_tax_sum_to_the_price_under_every_rounding():
    """T30, T32."""
    prices = nights(3_333, 3_333, 3_333)
    for rounding in Rounding:
        lines = counted(rules(tax("A", rate("6")), tax("B", rate("13")), rounding=rounding), prices)
        for item, first, second in zip(prices, lines[::2], lines[1::2], strict=True):
            assert first.base_minor == second.base_minor
            assert first.base_minor + first.amount_minor + second.amount_minor == item.amount_minor


def test_city_tax_is_the_same_cent_whether_or_not_vat_is_counted_beside_it():
    """T33: a change of the stay counts city taxes alone."""
    taxes = (
        tax("VAT", rate("7")),
        tax("ADDED", rate("3.3"), included=False),
        city("CITY", rate("7.5"), basis=TaxBasis.PERCENT),
        city("UNIT", rate(33), basis=TaxBasis.NIGHT),
    )
    for rounding in Rounding:
        taken = rules(*taxes, rounding=rounding)
        items = nights(3_331, 4_447, 5_559, 6_661)
        alone = counted(taken, items, recount_only=True)
        assert {line.tax for line in alone} == {"CITY", "UNIT"}
        assert alone == [line for line in counted(taken, items) if line.kind == "city_tax"]
        without_vat = rules(taxes[0], *taxes[2:], rounding=rounding)
        assert alone == counted(without_vat, items, recount_only=True)


def test_amount_is_never_touched_by_a_rounding():
    taken = rules(
        tax("A", rate("0.01"), included=False), city("UNIT", rate(33), basis=TaxBasis.NIGHT),
        city("CITY", rate("0.01"), basis=TaxBasis.PERCENT), rounding=Rounding.DOCUMENT,
    )  # fmt: skip
    assert amounts(counted(taken, nights(*[3_000] * 5)), "UNIT") == [33] * 5


def test_the_same_rules_serve_another_party_and_another_arrival():
    taken = rules(city("CITY", rate(100, nights_cap=1)))
    assert amounts(counted(taken, nights(1, 1))) == [200]
    assert amounts(counted(taken, nights(1, 1), party=Party(adults=1))) == [100]
    assert amounts(counted(taken, nights(1, 1)[1:], arrival=MONDAY + DAY)) == [200]
    assert amounts(counted(taken, nights(1, 1))) == [200]


def test_currencies_without_and_with_three_decimals_need_nothing_special():
    """T36: 15,000 yen with 10% inside; 45.500 dinars with 10% on top."""
    [yen] = counted(rules(tax("CT", rate("10")), currency="JPY"), nights(15_000))
    assert (yen.base_minor, yen.amount_minor) == (13_636, 1_364)
    [dinars] = counted(rules(tax("VAT", rate("10"), included=False), currency="BHD"), nights(45_505))
    assert dinars.amount_minor == 4_551
