"""Sells drawn stays by the property's own rules: the quote's calculator over snapshots read once for all of them.

Whoever is to come, or is here, gets what a sale writes: parts, taxes, fees and terms. Stays that are over, and bookings
that came to nothing, get the prices of their nights alone; nobody asks them for more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from billing.taxes.calculation import TaxRules
from billing.taxes.models import TaxSettings
from billing.taxes.party import Party
from bookings.lifecycle.sold import Sold, sold_of
from bookings.rates.assembling import Asking, Sale
from bookings.rates.enums import Source
from bookings.rates.loading import load
from bookings.rates.snapshot import Snapshot
from bookings.rates.stays import Stay
from bookings.reservations.enums import Status
from bookings.reservations.terms import SoldTerms, terms_as_json
from pms.kernel.dates import each_day
from pms.kernel.errors import Missing
from pms.properties.models import Property

from .drafts import StayDraft
from .frame import Ids

#: Sold to the last line; all others have prices only.
IN_FULL = frozenset({Status.HOLD, Status.CONFIRMED, Status.CHECKED_IN})
#: A reservation's terms, parts of nights and taxes, as they are kept.
Kept = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SoldStay:
    """What a stay is sold at, night by night in order; the sums of charges and of taxes on top are those of `sold`."""

    prices_minor: tuple[int, ...]
    sold: Sold | None = None

    @property
    def total_minor(self) -> int:
        """What the nights cost."""
        return sum(self.prices_minor)

    @property
    def terms(self) -> dict[str, Any]:
        """The terms it is sold under, as the reservation keeps them."""
        return terms_as_json(self.sold.terms) if self.sold and self.sold.terms else {}

    def kept(self, index: int) -> tuple[Kept, Kept]:
        """Return parts and taxes of a night."""
        if self.sold is None:
            return [], []
        night = self.sold.nights[index]
        return night.parts, night.taxes


def stays_sell(stays: Sequence[StayDraft], *, ids: Ids) -> list[SoldStay]:
    """Return what each stay is sold at: its own prices where it brings some, else what the rules say.

    A dozen queries for each source, none for a stay. Raises Missing `no_price` when the rules have none for a night.
    """
    open_ones = [stay for stay in stays if not stay.prices_minor]
    if not open_ones:
        return [SoldStay(tuple(stay.prices_minor)) for stay in stays]
    seller = _Seller(
        Property.objects.get(pk=ids.property_id),
        ids,
        first=min(stay.arrival for stay in open_ones),
        until=max(stay.departure for stay in open_ones),
    )
    sold = {}
    for index in sorted(range(len(stays)), key=lambda i: _alike(stays[i])):
        stay = stays[index]
        sold[index] = SoldStay(tuple(stay.prices_minor)) if stay.prices_minor else seller.sell(stay)
    return [sold[index] for index in range(len(stays))]


def _alike(stay: StayDraft) -> tuple[date, int, tuple[int, ...], int]:
    """Return what taxes are resolved for: stays that share it come one after the other."""
    return stay.arrival, stay.adults, stay.child_ages, stay.infants


class _Seller:
    """Sells at one property, over one range of days."""

    def __init__(self, place: Property, ids: Ids, *, first: date, until: date) -> None:
        self.place, self.ids, self.first, self.until = place, ids, first, until
        self.snapshots: dict[tuple[Source, str], Snapshot] = {}
        self.taxes: TaxRules | None = None
        settings = TaxSettings.objects.filter(property=place).values_list("rounding", flat=True).first()
        self.rounding = settings or ""

    def sell(self, stay: StayDraft) -> SoldStay:
        """Return what a stay is sold at. Presents cost nothing."""
        snapshot = self._snapshot(stay)
        wish = Stay.of(
            property=self.place,
            arrival=stay.arrival,
            departure=stay.departure,
            party=Party(stay.adults, stay.child_ages, stay.infants),
            at=stay.made_at,
            source=stay.source,
        )
        given = None
        if stay.source is Source.COMPLIMENTARY:
            given = dict.fromkeys(each_day(stay.arrival, stay.departure), 0)
        sale = Sale(snapshot, wish, Asking(promo_code=stay.promo_code, prices=given))
        plan, kind = snapshot.plans[self.ids.plans[stay.plan]], snapshot.types[self.ids.room_types[stay.sold_type]]
        prices, _ = sale.before_promotion(plan, kind)
        if len(prices) != stay.nights:
            raise Missing("no_price", f"{plan.name} has no price for {kind.name} from {stay.arrival:%-d %B %Y}.")
        if stay.status not in IN_FULL:
            return SoldStay(tuple(prices))
        offer = sale.offer(plan, kind)
        terms = SoldTerms(
            cancellation=offer.cancellation,
            payments=offer.payments,
            deadline_arrival=offer.arrival,
            promo_code=offer.promo_code,
            source=stay.source.value,
            rounding=self.rounding,
        )
        return SoldStay(tuple(night.price_minor for night in offer.nights), sold_of(offer, terms=terms))

    def _snapshot(self, stay: StayDraft) -> Snapshot:
        key = stay.source, stay.promo_code
        if key not in self.snapshots:
            found = load(
                property=self.place,
                first=self.first,
                until=self.until + timedelta(days=1),
                at=stay.made_at,
                source=stay.source,
                promo_code=stay.promo_code,
            )
            # Taxes are the same wherever it is sold, and remember whom they were resolved for.
            self.taxes = self.taxes or found.taxes
            self.snapshots[key] = replace(found, taxes=self.taxes)
        return self.snapshots[key]
