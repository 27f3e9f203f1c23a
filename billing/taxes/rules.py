"""What the tax calculator takes and gives: items of a sale, rules, tax lines. Values only, no rows.

Amounts are minor units of the property's currency, dates are property-local.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from billing.taxes.enums import Component, Rounding, TaxBasis, TaxKind


class TaxItem(NamedTuple):
    """Something sold that may be taxed: a part of a night, an extra, a fee.

    `key` names the line it belongs to; `amount_minor` is the price as entered, included taxes inside, and at least 0.
    `component` is a value of Component. `night` is True for the room itself, one item a night: taxes per night and per
    person count such items, and slabs look at their price.
    """

    key: str
    date: date
    component: str
    amount_minor: int
    night: bool = False


class TaxLine(NamedTuple):
    """One tax on one item. `amount_minor` is inside the price if `included`, else it is added to it.

    `base_minor` is what a percentage was counted on (inside: the price without the taxes in it); 0 for an amount, which is
    `quantity` x `each_minor`. `percent` reads "7.5". A tuple, since a quote makes thousands.
    """

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
    """A rate of a tax over [first, last], for nights whose price lies in [price_from_minor, price_until_minor).

    It holds for the first `nights_cap` nights of a stay; an amount is for each person of `age_from` and older.
    """

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
    """A tax and its rates, none of which overlap. `slab_per_person`: slabs are of the night's price shared by its guests."""

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
    slab_per_person: bool = False


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
    """Everything that is added to the prices of one property, and how it is rounded. Taxes in the order of their lines."""

    currency: str
    rounding: Rounding
    taxes: tuple[TaxRule, ...]
    fees: tuple[FeeRule, ...]
    #: What the calculator has worked out of the rules so far; no part of their value.
    memo: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


class TaxTotals(NamedTuple):
    """The sums of tax lines: inside the prices, added to them, and of all of these paid at the property."""

    included_minor: int
    added_minor: int
    at_property_minor: int
