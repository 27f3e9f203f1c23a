"""Short ways to write rules, items and stays in the tests of taxes."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from billing.taxes.calculation import RateRule, TaxItem, TaxLine, TaxRule, TaxRules, tax_lines
from billing.taxes.enums import Component, PercentBase, Rounding, TaxBasis, TaxKind
from billing.taxes.models import Tax
from billing.taxes.party import Party
from billing.taxes.regimes import REGIMES
from billing.taxes.selectors import tax_rule
from billing.taxes.services.applying import first_category, rate_of, tax_values

MONDAY = date(2026, 6, 1)
EVER = date(2020, 1, 1)
ROOM = frozenset({Component.ACCOMMODATION.value})
COUPLE = Party(adults=2)


def rate(value: str | int, first: date = EVER, last: date | None = None, **more: Any) -> RateRule:
    """Return a rate: a percentage for text, an amount in minor units for a number."""
    percent = Decimal(value) if isinstance(value, str) else None
    return RateRule(first, last, percent, value if isinstance(value, int) else None, **more)


def tax(code: str, *rates: RateRule, **more: Any) -> TaxRule:
    """Return a tax on the room; VAT inside the price unless it says otherwise."""
    given: dict[str, Any] = {
        "name": code.title(),
        "kind": TaxKind.VAT,
        "basis": TaxBasis.PERCENT,
        "components": ROOM,
        "included": True,
        "percent_base": PercentBase.NET.value,
        "on_top_of": (),
        "at_property": False,
        "exempt_purposes": frozenset(),
    }
    return TaxRule(code=code, rates=rates, **{**given, **more})


def city(code: str, *rates: RateRule, **more: Any) -> TaxRule:
    """Return a city tax, added to the price: per person and night unless it says otherwise."""
    given = {"kind": TaxKind.CITY_TAX, "basis": TaxBasis.PERSON_NIGHT, "included": False}
    return tax(code, *rates, **{**given, **more})


def rules(*taxes: TaxRule, rounding: Rounding = Rounding.LINE, currency: str = "EUR") -> TaxRules:
    """Return the rules of a house without fees."""
    return TaxRules(currency=currency, rounding=rounding, taxes=taxes, fees=())


def nights(*prices: int, arrival: date = MONDAY) -> list[TaxItem]:
    """Return the room items of a stay, a price for each night."""
    days = [arrival + timedelta(days=number) for number in range(len(prices))]
    return [
        TaxItem(f"night:{day}", day, Component.ACCOMMODATION, price, night=True)
        for day, price in zip(days, prices, strict=True)
    ]


def counted(
    taken: TaxRules, items: list[TaxItem], party: Party = COUPLE, arrival: date = MONDAY, **more: Any
) -> list[TaxLine]:
    """Return the tax lines of items."""
    return tax_lines(rules=taken, items=items, party=party, arrival=arrival, **more)


def amounts(lines: list[TaxLine], code: str | None = None) -> list[int]:
    """Return the amounts of the lines, or of one tax."""
    return [line.amount_minor for line in lines if code in (None, line.tax)]


def regime_rules(code: str, category: str = "", rounding: Rounding | None = None) -> TaxRules:
    """Return a shipped rule set as the calculator takes it, without a property and without its fees."""
    regime = REGIMES[code]
    taxes = []
    for wanted in regime.taxes:
        row = Tax(code=wanted.code, **tax_values(regime, wanted, 0))
        rates = [rate_of(row, rate, category or first_category(regime), regime.currency) for rate in wanted.rates]
        taxes.append(tax_rule(row, rates))
    return TaxRules(regime.currency, rounding or regime.rounding, tuple(taxes), ())
