"""The lines of an offer: nights with their parts, extras and fees, taxes, payments. Pure; made when one is looked at."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property, lru_cache

from billing.taxes.calculation import TaxItem, TaxLine, tax_lines
from billing.taxes.enums import ChargeBasis, Component, TaxKind
from billing.taxes.party import Party
from bookings.rates import charges
from bookings.rates.policies import payment_steps
from bookings.rates.quoting import ChargeLine, NightLine, Part, PaymentStep
from bookings.rates.snapshot import ComponentFacts, PlanFacts, Snapshot
from bookings.rates.stays import Stay
from pms.kernel.money import allocate

ROOM = Component.ACCOMMODATION.value


class SoldNights:
    """The asked nights as they are sold: prices, and what their parts are weighed by. `inside` is None for the room alone."""

    __slots__ = ("_fulls", "_parts", "inside", "prices")

    def __init__(self, prices: list[int], fulls: list[int], inside: list[list[Part]] | None) -> None:
        self.prices = prices
        self.inside = inside
        self._fulls = fulls
        self._parts: dict[int, tuple[Part, ...]] = {}

    def parts(self, index: int) -> tuple[Part, ...]:
        """Return what of a night's price is for what (T35)."""
        if self.inside is None:
            return (Part(ROOM, self.prices[index]),)
        if index not in self._parts:
            self._parts[index] = parts_of(self.prices[index], self._fulls[index], self.inside[index])
        return self._parts[index]


class Lines:
    """The lines of one offer; see OfferLines. Equal when all lines are."""

    total_minor: int
    at_property_minor: int

    def __init__(
        self, snapshot: Snapshot, stay: Stay, plan: PlanFacts, extras: Sequence[ChargeLine], sold: SoldNights
    ) -> None:
        self._snapshot = snapshot
        self._stay = stay
        self._plan = plan
        self._extras = extras
        self.sold = sold

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Lines):
            return NotImplemented
        return (self.nights, self.charges, self.taxes, self.payments) == (
            other.nights,
            other.charges,
            other.taxes,
            other.payments,
        )

    def __hash__(self) -> int:
        return hash((self.nights, self.charges))

    @cached_property
    def nights(self) -> tuple[NightLine, ...]:
        """The nights in order, kept ones as they were sold."""
        stay, sold = self._stay, self.sold
        asked = {
            night: NightLine(night, sold.prices[index], sold.parts(index)) for index, night in enumerate(stay.asked)
        }
        if stay.kept is None:
            return tuple(asked.values())
        kept = stay.kept.nights
        return tuple(
            asked[night] if night in asked else NightLine(night, kept[night].price_minor, kept[night].parts, kept=True)
            for night in stay.nights
        )

    @cached_property
    def charges(self) -> tuple[ChargeLine, ...]:
        """Extras, then fees."""
        rules = self._snapshot.taxes
        if rules is None:
            return tuple(self._extras)
        prices = dict(zip(self._stay.asked, self.sold.prices, strict=True))
        return (*self._extras, *charges.fees_of(rules.fees, self._stay, prices))

    @cached_property
    def taxes(self) -> tuple[TaxLine, ...]:
        """The taxes of all lines; of kept ones as they were sold, city taxes aside (T33)."""
        rules = self._snapshot.taxes
        if rules is None:
            return ()
        stay, kept = self._stay, self._stay.kept
        items = [item for night in self.nights if not night.kept for item in night_items(night)]
        items += charge_items([line for line in self.charges if not line.kept])
        found = tax_lines(rules=rules, items=items, party=stay.party, arrival=stay.arrival)
        if kept is None:
            return tuple(found)
        # City taxes of all that is not settled are counted in one go: what is rounded together belongs together.
        settled = {day for day, night in kept.nights.items() if night.settled}
        open_nights = [night for night in self.nights if night.date not in settled]
        open_charges = [line for line in self.charges if not (line.kept and line.date in settled)]
        recounted = tax_lines(
            rules=rules,
            items=[*(item for night in open_nights for item in night_items(night)), *charge_items(open_charges)],
            party=stay.party,
            arrival=stay.arrival,
            recount_only=True,
        )
        found = [line for line in found if line.kind != TaxKind.CITY_TAX]
        as_sold = [line for night in self.nights if night.kept for line in kept.nights[night.date].taxes]
        as_sold += _taxes_as_sold(self.charges, kept.charge_taxes)
        as_sold = [line for line in as_sold if line.kind != TaxKind.CITY_TAX or line.date in settled]
        return tuple(sorted([*as_sold, *found, *recounted], key=lambda line: (line.date, line.key)))

    @cached_property
    def payments(self) -> tuple[PaymentStep, ...]:
        """What is paid when."""
        return payment_steps(
            self._plan.payment_terms,
            arrival=self._stay.arrival,
            sold_on=self._stay.sale_on,
            nights=[night.price_minor for night in self.nights],
            total_minor=self.total_minor,
            at_property_minor=self.at_property_minor,
        )


def parts_inside(components: Sequence[ComponentFacts], party: Party, night: date) -> list[Part]:
    """Return what the components of a plan come to on a night."""
    return [
        Part(
            found.component,
            found.amount_minor
            * (party.count_from(found.age_from, night) if found.basis == ChargeBasis.PERSON_NIGHT else 1),
        )
        for found in components
    ]


def parts_of(price: int, full: int, inside: Sequence[Part]) -> tuple[Part, ...]:
    """Share a price out over the room and what is inside of it, by what they are of the full price (T35)."""
    if len(inside) == 1:
        # Of two parts, the largest remainder is the first one rounded half up: what most plans have, without a list.
        component, amount_minor = inside[0]
        room = max(0, full - amount_minor)
        whole = room + amount_minor
        share = (2 * price * room + whole) // (2 * whole) if whole else price
        return Part(ROOM, share), Part(component, price - share)
    weights = [max(0, full - sum(part.amount_minor for part in inside)), *(part.amount_minor for part in inside)]
    if not any(weights):
        weights[0] = 1
    shares = allocate(price, weights)
    return (
        Part(ROOM, shares[0]),
        *(Part(part.component, share) for part, share in zip(inside, shares[1:], strict=True)),
    )


def charge_items(lines: Sequence[ChargeLine]) -> list[TaxItem]:
    """Return charges as taxes see them."""
    return [TaxItem(line.key, line.date, line.component, line.amount_minor) for line in lines]


def night_items(night: NightLine) -> list[TaxItem]:
    """Return the parts of a night's price as taxes see them."""
    day = night.date
    return [
        TaxItem(_night_key(day, component), day, component, amount_minor, component == ROOM)
        for component, amount_minor in night.parts
    ]


@lru_cache(maxsize=8_192)
def _night_key(day: date, component: str) -> str:
    return f"night:{day.isoformat()}" if component == ROOM else f"night:{day.isoformat()}/{component}"


def _taxes_as_sold(lines: Sequence[ChargeLine], sold: Sequence[TaxLine]) -> list[TaxLine]:
    """Return the taxes of kept charges as they were sold; a charge that moved with the arrival takes them along."""
    found = []
    for line in lines:
        if line.kept:
            own = [tax for tax in sold if tax.key == line.key]
            if not own and line.basis not in charges.BY_NIGHT:
                prefix = f"{line.kind}:{line.code}:"
                own = [tax._replace(key=line.key, date=line.date) for tax in sold if tax.key.startswith(prefix)]
            found += own
    return found
