"""What a line of a folio consists of, and what it means for the books. Values only, no rows.

A charge is made of parts, each a component with the taxes inside its price; a tax on top is a line of its own. Both come
from what was sold, tax line for tax line, and are never counted again (T28, T31, T45).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from billing.ledger.enums import Role
from billing.ledger.services import Draft
from billing.taxes.calculation import TaxLine
from pms.kernel.money import allocate, round_ratio

TaxKey = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class TaxShare:
    """A tax inside or on top of a price. `base_minor` is what it was counted on, `percent` reads "7.5"; None: an amount."""

    code: str
    name: str
    kind: str
    percent: str | None
    base_minor: int
    amount_minor: int

    @property
    def key(self) -> TaxKey:
        """What two shares that can be added have in common."""
        return (self.code, self.percent)

    def as_json(self) -> dict[str, Any]:
        """Return the share as a posting keeps it."""
        return {
            "tax": self.code,
            "name": self.name,
            "kind": self.kind,
            "percent": self.percent,
            "base_minor": self.base_minor,
            "amount_minor": self.amount_minor,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "TaxShare":
        """Return the share that was kept."""
        return cls(kept["tax"], kept["name"], kept["kind"], kept["percent"], kept["base_minor"], kept["amount_minor"])

    @classmethod
    def of_line(cls, line: TaxLine) -> "TaxShare":
        """Return the share that a tax line of a sale is."""
        return cls(line.tax, line.name, line.kind, line.percent, line.base_minor, line.amount_minor)

    def draft(self, currency: str) -> Draft:
        """Return the line of the books: owed to whoever levies it."""
        return Draft(
            Role.TAX,
            -self.amount_minor,
            currency,
            key=self.code,
            tax_percent=None if self.percent is None else Decimal(self.percent),
            base_minor=self.base_minor,
            name=self.name,
        )


@dataclass(frozen=True, slots=True)
class PartShare:
    """A component of a charge: its price with the taxes inside it."""

    component: str
    amount_minor: int
    taxes: tuple[TaxShare, ...] = ()

    @property
    def net_minor(self) -> int:
        """The price without the taxes inside."""
        return self.amount_minor - sum(tax.amount_minor for tax in self.taxes)

    def as_json(self) -> dict[str, Any]:
        """Return the part as a posting keeps it."""
        return {
            "component": self.component,
            "amount_minor": self.amount_minor,
            "net_minor": self.net_minor,
            "taxes": [tax.as_json() for tax in self.taxes],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "PartShare":
        """Return the part that was kept."""
        taxes = tuple(TaxShare.from_json(tax) for tax in kept["taxes"])
        return cls(kept["component"], kept["amount_minor"], taxes)

    def drafts(self, currency: str) -> list[Draft]:
        """Return the lines of the books: revenue, and the taxes owed."""
        revenue = [Draft(Role.REVENUE, -self.net_minor, currency, key=self.component)] if self.net_minor else []
        return [*revenue, *(tax.draft(currency) for tax in self.taxes)]


@dataclass(frozen=True, slots=True)
class Charge:
    """A price by parts, with the taxes on top of each component."""

    parts: tuple[PartShare, ...] = ()
    on_top: tuple[tuple[str, TaxShare], ...] = ()

    @property
    def amount_minor(self) -> int:
        """The price as entered, taxes on top left out."""
        return sum(part.amount_minor for part in self.parts)


def charge_of(prices: Iterable[tuple[str, int]], taxes: Iterable[TaxLine]) -> Charge:
    """Return what was sold as a charge: (component, price as entered) with the tax lines of the sale."""
    inside: dict[str, list[TaxShare]] = {}
    on_top: list[tuple[str, TaxShare]] = []
    for line in taxes:
        share = TaxShare.of_line(line)
        if line.included:
            inside.setdefault(line.component, []).append(share)
        else:
            on_top.append((line.component, share))
    amounts: dict[str, int] = {}
    for component, amount_minor in prices:
        amounts[component] = amounts.get(component, 0) + amount_minor
    parts = tuple(PartShare(name, amount, summed(inside.pop(name, ()))) for name, amount in amounts.items())
    # A tax inside a component that has no price of its own would be lost without a part to stand in.
    rest = tuple(PartShare(name, 0, summed(shares)) for name, shares in inside.items())
    return Charge(parts + rest, tuple(on_top))


def summed(shares: Iterable[TaxShare]) -> tuple[TaxShare, ...]:
    """Return shares of one tax and percentage as one, in the order they first appear."""
    sums: dict[TaxKey, TaxShare] = {}
    for share in shares:
        known = sums.get(share.key)
        sums[share.key] = share if known is None else plus(known, share)
    return tuple(sums.values())


def plus(one: TaxShare, other: TaxShare, sign: int = 1) -> TaxShare:
    """Return one share with another of the same tax added (or taken away)."""
    return replace(
        one,
        base_minor=one.base_minor + sign * other.base_minor,
        amount_minor=one.amount_minor + sign * other.amount_minor,
    )


def minus(share: TaxShare) -> TaxShare:
    """Return a share the other way round."""
    return replace(share, base_minor=-share.base_minor, amount_minor=-share.amount_minor)


def parts_minus(wanted: Sequence[PartShare], posted: Sequence[PartShare]) -> tuple[PartShare, ...]:
    """Return what posted lacks of wanted, component by component and tax by tax; nothing where they agree."""
    left: dict[str, PartShare] = {part.component: part for part in wanted}
    for part in posted:
        known = left.get(part.component, PartShare(part.component, 0))
        shares = {share.key: share for share in known.taxes}
        for share in part.taxes:
            nothing = replace(share, base_minor=0, amount_minor=0)
            shares[share.key] = plus(shares.get(share.key, nothing), share, -1)
        left[part.component] = PartShare(part.component, known.amount_minor - part.amount_minor, tuple(shares.values()))
    found = (
        replace(part, taxes=tuple(tax for tax in part.taxes if tax.amount_minor or tax.base_minor))
        for part in left.values()
    )
    return tuple(part for part in found if part.amount_minor or part.taxes)


def scaled(parts: Sequence[PartShare], share_minor: int, whole_minor: int) -> tuple[PartShare, ...]:
    """Return the part of a charge of `whole_minor` that `share_minor` is: components and taxes in proportion (T30, T35).

    Shares of growing amounts differ by what was added, so that parts given one after the other sum to the whole.
    """
    if share_minor == whole_minor:
        return tuple(parts)
    amounts = allocate(share_minor, [part.amount_minor for part in parts])
    found = []
    for part, amount_minor in zip(parts, amounts, strict=True):
        pieces = [part.net_minor, *(tax.amount_minor for tax in part.taxes)]
        _, *taxes = allocate(amount_minor, pieces) if part.amount_minor else [0] * len(pieces)
        shares = tuple(
            replace(
                tax,
                amount_minor=tax_minor,
                base_minor=_proportion(tax.base_minor, amount_minor, part.amount_minor),
            )
            for tax, tax_minor in zip(part.taxes, taxes, strict=True)
        )
        found.append(PartShare(part.component, amount_minor, shares))
    return tuple(found)


def negated(parts: Sequence[PartShare]) -> tuple[PartShare, ...]:
    """Return parts the other way round."""
    return parts_minus((), parts)


def scaled_tax(share: TaxShare, share_minor: int, whole_minor: int) -> TaxShare:
    """Return what of a tax on top belongs to `share_minor` of a charge of `whole_minor`."""
    return replace(
        share,
        amount_minor=_proportion(share.amount_minor, share_minor, whole_minor),
        base_minor=_proportion(share.base_minor, share_minor, whole_minor),
    )


def _proportion(amount_minor: int, share_minor: int, whole_minor: int) -> int:
    return round_ratio(amount_minor * share_minor, whole_minor) if whole_minor else 0
