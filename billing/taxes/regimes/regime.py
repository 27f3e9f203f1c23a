"""What a shipped rule set says. One module for each, all alike; `__init__` lists them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from billing.taxes.enums import ChargeBasis, Component, PercentBase, Purpose, Rounding, TaxBasis, TaxKind

#: The parts of a stay that follow the room: what a guest pays to sleep there, whatever it is called.
LODGING = (Component.ACCOMMODATION, Component.SERVICE, Component.CLEANING, Component.BOOKING_FEE)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure stands, who says so and on what date the page was last known to be right."""

    title: str
    address: str
    dated: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a tax is over [first, last]. `percent` or `amount` in major units ("3.25"), or by the category of the house.

    `price_from` and `price_until` are a slab in major units, up to below `price_until`.
    """

    first: date
    last: date | None = None
    percent: str | Mapping[str, str] | None = None
    amount: str | Mapping[str, str] | None = None
    price_from: str = "0"
    price_until: str | None = None
    nights_cap: int | None = None
    age_from: int = 0


@dataclass(frozen=True, slots=True)
class RegimeTax:
    """A tax of a rule set; see billing.taxes.models.Tax."""

    code: str
    name: str
    rates: tuple[Rate, ...]
    components: tuple[Component, ...] = LODGING
    kind: TaxKind = TaxKind.VAT
    basis: TaxBasis = TaxBasis.PERCENT
    included: bool = True
    percent_base: PercentBase = PercentBase.NET
    on_top_of: tuple[str, ...] = ()
    slab_per_person: bool = False
    at_property: bool = False
    exempt: tuple[Purpose, ...] = ()


@dataclass(frozen=True, slots=True)
class RegimeFee:
    """A fee that houses there usually charge; see billing.taxes.models.Fee."""

    code: str
    name: str
    percent: str
    component: Component = Component.SERVICE
    basis: ChargeBasis = ChargeBasis.NIGHT


@dataclass(frozen=True, slots=True)
class Regime:
    """A rule set: the taxes of one place over time, where they stand, and what the house still has to decide itself.

    `read_on` is the day its sources were read. `categories` are choices such as the stars of the house, the first of which
    is taken where nobody chooses. `notes` say what a figure rests on where no authority's own page was at hand.
    """

    code: str
    name: str
    currency: str
    read_on: date
    sources: tuple[Source, ...]
    covers: str
    leaves_out: str
    notes: str
    taxes: tuple[RegimeTax, ...]
    rounding: Rounding = Rounding.LINE
    fees: tuple[RegimeFee, ...] = ()
    categories: tuple[tuple[str, str], ...] = ()
