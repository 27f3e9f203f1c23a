"""Money never loses a cent and never mixes currencies."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pms.kernel.errors import Invalid
from pms.kernel.money import Money, allocate, exponent, round_half_up, round_ratio, round_together


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "EUR", 1234),
        ("12.345", "EUR", 1235),
        ("-12.345", "EUR", -1235),
        ("1200", "JPY", 1200),
        ("1.2345", "BHD", 1235),
    ],
)
def test_major_units_become_minor(amount, currency, minor):
    assert Money.of(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(("currency", "decimals"), [("EUR", 2), ("JPY", 0), ("BHD", 3)])
def test_currencies_have_their_own_decimals(currency, decimals):
    assert exponent(currency) == decimals


@pytest.mark.parametrize(("quantity", "rounded"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("-0.5", -1), ("0.49", 0)])
def test_halves_go_away_from_zero(quantity, rounded):
    assert round_half_up(Decimal(quantity)) == rounded


def test_two_currencies_are_not_added():
    with pytest.raises(Invalid) as refusal:
        Money(100, "EUR") + Money(100, "USD")
    assert refusal.value.code == "currency_mismatch"


def test_it_adds_subtracts_negates_and_takes_a_percentage():
    assert Money(100, "EUR") + Money(50, "EUR") == Money(150, "EUR")
    assert Money(100, "EUR") - Money(150, "EUR") == Money(-50, "EUR")
    assert -Money(100, "EUR") == Money(-100, "EUR")
    assert Money(9_999, "EUR").percent(Decimal("12.5")) == Money(1_250, "EUR")


def test_it_is_written_as_the_reader_writes_it():
    assert Money(123456, "EUR").format("en") == "€1,234.56"
    assert Money(123456, "EUR").format("de") == "1.234,56\xa0€"
    assert str(Money(1200, "JPY")) == "¥1,200"


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=50))
def test_parts_sum_to_the_whole(total, weights):
    parts = allocate(total, weights)
    assert sum(parts) == total
    whole = sum(weights) or len(weights)
    for part, weight in zip(parts, weights if sum(weights) else [1] * len(weights), strict=True):
        assert abs(part * whole - total * weight) < whole, "no part is a whole unit off its share"


def test_the_largest_remainder_wins_and_the_first_of_equals():
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(100, [1, 2, 3]) == [17, 33, 50]
    assert allocate(-100, [1, 1, 1]) == [-33, -33, -34]
    assert allocate(5, [0, 0]) == [3, 2]
    assert allocate(5, []) == []


def test_negative_weights_are_refused():
    with pytest.raises(Invalid) as refusal:
        allocate(100, [1, -1])
    assert refusal.value.code == "negative_weight"


def test_a_ratio_is_rounded_half_away_from_zero():
    assert [round_ratio(*ratio) for ratio in ((1, 2), (-1, 2), (3, 2), (249, 100), (250, 100), (0, 7))] == [
        1,
        -1,
        2,
        2,
        3,
        0,
    ]


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=30), st.integers(1, 10**6))
def test_amounts_rounded_together_sum_to_their_rounded_sum(numerators, denominator):
    """T30: and none is a whole unit away from its exact amount."""
    parts = round_together(numerators, denominator)
    assert sum(parts) == round_ratio(sum(numerators), denominator)
    assert all(abs(part * denominator - exact) < denominator for part, exact in zip(parts, numerators, strict=True))


def test_amounts_rounded_together_give_the_largest_remainders_up_first_of_equals_first():
    assert round_together([5, 5, 6, 4], 10) == [1, 0, 1, 0]
    assert round_together([12, 12], 10, total_minor=3) == [2, 1]
    assert round_together([], 10) == []
