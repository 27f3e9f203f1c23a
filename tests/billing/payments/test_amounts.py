"""T36: currencies with no and with three decimals, and what card providers make of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payments.providers.amounts import from_decimal, from_provider, to_decimal, to_provider
from billing.payments.providers.base import ProviderError
from billing.payments.providers.paypal.provider import WHOLE
from pms.kernel.money import Money


@pytest.mark.parametrize(
    ("minor", "currency", "units"),
    [(1050, "EUR", 1050), (1050, "JPY", 1050), (10_500, "BHD", 10_500), (105, "ISK", 10_500), (105, "UGX", 10_500)],
)
def test_it_works(minor, currency, units):
    assert to_provider(Money(minor, currency)) == units
    assert from_provider(units, currency.lower()) == Money(minor, currency)


def test_three_decimals_end_in_a_zero():
    with pytest.raises(ProviderError, match="amount_not_payable"):
        to_provider(Money(10_501, "KWD"))


def test_fraction_that_nobody_counts_is_refused():
    with pytest.raises(ProviderError, match="amount_not_payable"):
        from_provider(10_550, "ISK")


@pytest.mark.parametrize(
    ("minor", "currency", "text"), [(1050, "EUR", "10.50"), (1050, "JPY", "1050"), (5, "USD", "0.05")]
)
def test_decimal_texts(minor, currency, text):
    assert to_decimal(Money(minor, currency), whole=WHOLE) == text
    assert from_decimal(text, currency) == Money(minor, currency)


@given(st.integers(1, 10**9), st.sampled_from(["EUR", "JPY", "USD", "ISK", "CLP", "HUF"]))
def test_there_and_back_is_the_same(minor, currency):
    amount = Money(minor, currency)
    assert from_provider(to_provider(amount), currency) == amount
