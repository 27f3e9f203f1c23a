"""What something costs, laid out for reading: nights with their parts, extras and fees, taxes, what is due when.

The same sheet for an offer that may be sold and for a stay that was. All amounts are the quote's or were kept with the
stay; nothing is priced here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from billing.taxes.calculation import TaxLine
from billing.taxes.enums import ChargeBasis, Component
from bookings.rates.enums import Penalty
from bookings.rates.policies import deadlines, sentences, tier_at
from bookings.rates.quoting import CancellationTerms, ChargeLine, NightLine, Offer, Part, PaymentStep
from pms.kernel.money import Money
from pms.properties.models import Property

COMPONENT_WORDS: dict[str, str] = dict(Component.choices)
TIMES = "\N{MULTIPLICATION SIGN}"
BASIS_WORDS: dict[str, str] = {value: label.lower() for value, label in ChargeBasis.choices}


@dataclass(frozen=True, slots=True)
class SheetPart:
    """What of a night's price is for what."""

    name: str
    amount: Money


@dataclass(frozen=True, slots=True)
class SheetNight:
    """One night; `parts` are empty where all of it is for the room."""

    date: date
    price: Money
    parts: tuple[SheetPart, ...]
    kept: bool


@dataclass(frozen=True, slots=True)
class SheetCharge:
    """An extra or a fee over all its days. `days` are those it falls on."""

    kind: str
    code: str
    name: str
    how: str
    days: tuple[date, ...]
    amount: Money


@dataclass(frozen=True, slots=True)
class SheetTax:
    """A tax over all its lines, `how` as "6 %" or as "€2.00 for 4"; `base` is what a percentage was counted on."""

    code: str
    name: str
    how: str
    base: Money | None
    amount: Money
    at_property: bool


@dataclass(frozen=True, slots=True)
class SheetPayment:
    """What is due when, in words, property-local."""

    label: str
    amount: Money
    due_now: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """All money of one room over its stay. `total` = nights + charges + `added`; `included` is inside the prices."""

    nights: tuple[SheetNight, ...]
    room: Money
    charges: tuple[SheetCharge, ...]
    added: tuple[SheetTax, ...]
    included: tuple[SheetTax, ...]
    total: Money
    payments: tuple[SheetPayment, ...]
    promo_code: str
    discount: Money | None
    conditions: tuple[str, ...]

    @property
    def due_now(self) -> Money:
        """What is to be paid at the sale."""
        return _sum((row.amount for row in self.payments if row.due_now), self.total.currency)

    @property
    def has_parts(self) -> bool:
        """Whether the prices of the nights hold more than the room."""
        return any(night.parts for night in self.nights)


def offer_sheet(offer: Offer, *, place: Property, at: datetime, language: str = "en") -> Sheet:
    """Return an offer as a sheet; conditions are told for the moment of sale `at` (UTC)."""
    return sheet_of(
        nights=offer.nights,
        charges=offer.charges,
        taxes=offer.taxes,
        payments=offer.payments,
        currency=offer.currency,
        total_minor=offer.total_minor,
        promo_code=offer.promo_code,
        discount_minor=offer.discount_minor,
        conditions=sentences(
            offer.cancellation,
            arrival=offer.arrival,
            zone=place.zone,
            currency=offer.currency,
            language=language,
            at=at,
        ),
    )


def sheet_of(
    *,
    nights: Sequence[NightLine],
    charges: Sequence[ChargeLine],
    taxes: Sequence[TaxLine],
    payments: Sequence[PaymentStep],
    currency: str,
    total_minor: int,
    promo_code: str,
    discount_minor: int,
    conditions: tuple[str, ...],
    sold: bool = False,
) -> Sheet:
    """Lay lines out; the sums of the sheet are the sums of the lines. What is `sold` is no longer due "now"."""
    return Sheet(
        nights=tuple(
            SheetNight(night.date, Money(night.price_minor, currency), _parts(night.parts, currency), night.kept)
            for night in nights
        ),
        room=Money(sum(night.price_minor for night in nights), currency),
        charges=charges_shown(charges, currency),
        added=_taxes((line for line in taxes if not line.included), currency),
        included=_taxes((line for line in taxes if line.included), currency),
        total=Money(total_minor, currency),
        payments=tuple(_payment(step, currency, sold=sold) for step in payments),
        promo_code=promo_code,
        discount=Money(discount_minor, currency) if discount_minor else None,
        conditions=conditions,
    )


def _parts(parts: Sequence[Part], currency: str) -> tuple[SheetPart, ...]:
    if len(parts) < 2:
        return ()
    return tuple(
        SheetPart(COMPONENT_WORDS.get(part.component, part.component), Money(part.amount_minor, currency))
        for part in parts
    )


def charges_shown(lines: Iterable[ChargeLine], currency: str) -> tuple[SheetCharge, ...]:
    """Return charges as they are read: each extra and fee once, over all its days."""
    groups: dict[tuple[str, str, int], list[ChargeLine]] = {}
    for line in lines:
        groups.setdefault((line.kind, line.code, line.unit_minor), []).append(line)
    shown = []
    for (kind, code, unit_minor), group in groups.items():
        quantity = sum(line.quantity for line in group)
        each = Money(unit_minor, currency)
        basis = BASIS_WORDS.get(group[0].basis, group[0].basis)
        shown.append(
            SheetCharge(
                kind=kind,
                code=code,
                name=group[0].name,
                how=f"{quantity} {TIMES} {each}" if quantity > 1 else basis,
                days=tuple(line.date for line in group),
                amount=Money(sum(line.amount_minor for line in group), currency),
            )
        )
    return tuple(shown)


def _taxes(lines: Iterable[TaxLine], currency: str) -> tuple[SheetTax, ...]:
    groups: dict[tuple[str, str | None, int | None], list[TaxLine]] = {}
    for line in lines:
        groups.setdefault((line.tax, line.percent, line.each_minor), []).append(line)
    return tuple(
        SheetTax(
            code=tax,
            name=group[0].name,
            how=_tax_how(group, percent, each_minor, currency),
            base=Money(sum(line.base_minor for line in group), currency) if percent is not None else None,
            amount=Money(sum(line.amount_minor for line in group), currency),
            at_property=group[0].at_property,
        )
        for (tax, percent, each_minor), group in groups.items()
    )


def _tax_how(group: Sequence[TaxLine], percent: str | None, each_minor: int | None, currency: str) -> str:
    if percent is not None:
        return f"{Decimal(percent).normalize():f} %"
    quantity = sum(line.quantity for line in group)
    return f"{quantity} {TIMES} {Money(each_minor or 0, currency)}"


def _payment(step: PaymentStep, currency: str, *, sold: bool) -> SheetPayment:
    if step.due_now:
        label = "When it was booked" if sold else "Now"
    elif step.due_on is None:
        label = "At the property"
    else:
        label = f"By {step.due_on:%a %-d %b %Y}"
    return SheetPayment(label, Money(step.amount_minor, currency), step.due_now and not sold)


def _sum(amounts: Iterable[Money], currency: str) -> Money:
    return sum(amounts, Money(0, currency))


def cancellation_phrase(terms: CancellationTerms, *, arrival: date, place: Property, at: datetime) -> str:
    """Return in a few words what cancelling costs for whoever buys at the UTC instant `at`."""
    zone = place.zone
    now = tier_at(terms, arrival=arrival, zone=zone, at=at)
    if now.penalty == Penalty.FULL:
        return "Non-refundable"
    if now.penalty != Penalty.NONE:
        said = sentences(terms, arrival=arrival, zone=zone, currency=place.currency, language="en", at=at)
        return said[0].rstrip(".")
    for begins, tier in deadlines(terms, arrival=arrival, zone=zone):
        if tier.penalty != Penalty.NONE and begins is not None and begins > at:
            return f"Free until {begins.astimezone(zone):%a %-d %b, %H:%M}"
    return "Free cancellation"
