"""What could be sold instead: shifted dates, another type, another length, another plan. Pure; every one is computed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain, zip_longest
from typing import TypeVar

from bookings.rates.assembling import Asking, Sale
from bookings.rates.quoting import Alternative, Offer
from bookings.rates.snapshot import PlanFacts, Snapshot, TypeFacts
from bookings.rates.stays import Stay
from pms.kernel.dates import MAX_NIGHTS

#: How far dates are shifted, and by how many nights a stay is made shorter or longer.
SHIFT_DAYS = 7
STRETCH_NIGHTS = 3
MOST = 3

Facts = TypeVar("Facts", PlanFacts, TypeFacts)
Pair = tuple[PlanFacts, TypeFacts]


class Instead:
    """The search for alternatives to a stay that is not sold as it was asked for."""

    def __init__(
        self, snapshot: Snapshot, stay: Stay, asking: Asking, *, type_id: int | None, plan_id: int | None
    ) -> None:
        self.snapshot = snapshot
        self.stay = stay
        # Neither prices of a channel nor an override are for another stay.
        self.asking = replace(asking, prices=None, override=False, check_inventory=True)
        self.type_id = type_id
        self.plan_id = plan_id

    def found(self) -> tuple[Alternative, ...]:
        """Return three at most: the nearest of every kind first, then the next."""
        kinds: list[Iterator[Alternative]] = [
            self._over("dates", self._shifted()),
            self._of_types(),
            self._over("length", self._stretched()),
            self._of_plans(),
        ]
        taken: list[Alternative] = []
        for alternative in chain.from_iterable(_rounds(kinds)):
            if alternative not in taken:
                taken.append(alternative)
            if len(taken) == MOST:
                break
        return tuple(taken)

    def _shifted(self) -> Iterator[tuple[date, date]]:
        for days in range(1, SHIFT_DAYS + 1):
            for shift in (days, -days):
                by = timedelta(days=shift)
                yield self.stay.arrival + by, self.stay.departure + by

    def _stretched(self) -> Iterator[tuple[date, date]]:
        for nights in range(1, STRETCH_NIGHTS + 1):
            for change in (nights, -nights):
                if 0 < self.stay.length + change <= MAX_NIGHTS:
                    yield self.stay.arrival, self.stay.departure + timedelta(days=change)

    def _over(self, kind: str, spans: Iterable[tuple[date, date]]) -> Iterator[Alternative]:
        """Yield the cheapest offer of what was asked over other dates."""
        for arrival, departure in spans:
            if arrival < self.snapshot.first or departure > self.snapshot.until:
                continue
            sale = self._sale(arrival, departure)
            offer = cheapest(sale, self._pairs(type_id=self.type_id, plan_id=self.plan_id))
            if offer is not None:
                yield alternative_of(kind, offer)

    def _of_types(self) -> Iterator[Alternative]:
        if self.type_id is None:
            return
        sale = self._sale(self.stay.arrival, self.stay.departure)
        offers = []
        for kind in _on_sale(self.snapshot.types.values()):
            if kind.id != self.type_id:
                offer = cheapest(sale, self._pairs(type_id=kind.id, plan_id=self.plan_id))
                if offer is not None:
                    offers.append(offer)
        asked = self.snapshot.types[self.type_id].position
        offers.sort(
            key=lambda offer: (abs(self.snapshot.types[offer.room_type_id].position - asked), offer.total_minor)
        )
        for offer in offers:
            yield alternative_of("room_type", offer)

    def _of_plans(self) -> Iterator[Alternative]:
        if self.plan_id is None:
            return
        sale = self._sale(self.stay.arrival, self.stay.departure)
        pairs = [pair for pair in self._pairs(type_id=self.type_id, plan_id=None) if pair[0].id != self.plan_id]
        offers = [sale.offer(*pair) for pair in pairs if not sale.refused and not sale.refusals(*pair)]
        for offer in sorted(offers, key=lambda offer: offer.total_minor):
            yield alternative_of("rate_plan", offer)

    def _pairs(self, *, type_id: int | None, plan_id: int | None) -> list[Pair]:
        plans = _on_sale(self.snapshot.plans.values())
        kinds = _on_sale(self.snapshot.types.values())
        return [
            (plan, kind)
            for kind in kinds
            for plan in plans
            if type_id in {None, kind.id} and plan_id in {None, plan.id}
        ]

    def _sale(self, arrival: date, departure: date) -> Sale:
        stay = self.stay
        other = Stay.of(
            property=stay.place,
            arrival=arrival,
            departure=departure,
            party=stay.party,
            at=stay.at,
            source=stay.source,
            access_code=stay.access_code,
        )
        return Sale(self.snapshot, other, self.asking)


def cheapest(sale: Sale, pairs: Sequence[Pair]) -> Offer | None:
    """Return the cheapest offer among the pairs that nothing refuses; of several as cheap the first.

    What a pair costs at least is quickly known; it is asked and counted in full only while it can still be the cheapest.
    """
    if sale.refused:
        return None
    best: tuple[int, int, Offer] | None = None
    for least, place in sale.at_least(pairs):
        if best is not None and least > best[0]:
            break
        if sale.refusals(*pairs[place]):
            continue
        offer = sale.offer(*pairs[place])
        if best is None or (offer.total_minor, place) < best[:2]:
            best = offer.total_minor, place, offer
    return None if best is None else best[2]


def alternative_of(kind: str, offer: Offer) -> Alternative:
    """Return an offer as something to propose."""
    return Alternative(
        kind=kind,
        room_type_id=offer.room_type_id,
        room_type_name=offer.room_type_name,
        rate_plan_id=offer.rate_plan_id,
        rate_plan_name=offer.rate_plan_name,
        arrival=offer.arrival,
        departure=offer.departure,
        total_minor=offer.total_minor,
        currency=offer.currency,
    )


def _on_sale(rows: Iterable[Facts]) -> list[Facts]:
    return [row for row in rows if not row.retired]


def _rounds(kinds: Sequence[Iterator[Alternative]]) -> Iterator[list[Alternative]]:
    """Yield the first of every kind, then the second of every kind, computed only when they are asked for."""
    for row in zip_longest(*kinds):
        yield [alternative for alternative in row if alternative is not None]
