"""What a guest's wish is sold for at one property, room by room, and the rule that stands in its way. Pure, on a snapshot."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from bookings.rates import limits
from bookings.rates.alternatives import SHIFT_DAYS, STRETCH_NIGHTS, Pair, cheapest
from bookings.rates.assembling import Asking, Sale
from bookings.rates.enums import Source
from bookings.rates.policies import free_until
from bookings.rates.quoting import REFUSALS, Offer, Refusal
from bookings.rates.snapshot import Snapshot, TypeFacts
from bookings.rates.stays import Stay
from bookings.rates.wishes import Wish

#: How many days more than the stay a snapshot has on each side, for the nearest other dates.
AROUND = timedelta(days=max(SHIFT_DAYS, STRETCH_NIGHTS))
#: What a plan refuses because it is not for this guest at all: another plan's reason says more.
_NOT_FOR_GUESTS = frozenset({"access_code", "channel_closed", "retired"})
_ORDER = {code: place for place, code in enumerate(REFUSALS)}


@dataclass(frozen=True, slots=True)
class RoomsSold:
    """The cheapest way to have every room of a wish: an offer for each, in the order of `Wish.parties`."""

    offers: tuple[Offer, ...]

    @property
    def currency(self) -> str:
        """What the amounts are in."""
        return self.offers[0].currency

    @property
    def total_minor(self) -> int:
        """What all rooms cost with every tax and fee."""
        return sum(offer.total_minor for offer in self.offers)

    @property
    def night_minor(self) -> int:
        """The total by night, rounded half up."""
        nights = (self.offers[0].departure - self.offers[0].arrival).days
        return (2 * self.total_minor + nights) // (2 * nights)

    @property
    def room_types(self) -> list[tuple[int, Offer]]:
        """How many rooms of which type, each with one of its offers."""
        counts = Counter(offer.room_type_id for offer in self.offers)
        return [
            (count, next(offer for offer in self.offers if offer.room_type_id == kind))
            for kind, count in counts.items()
        ]


class WishAt:
    """A wish at one property. The snapshot has the nights of the wish, and those of any other dates asked of it."""

    def __init__(self, snapshot: Snapshot, wish: Wish, at: datetime) -> None:
        self.snapshot = snapshot
        self.wish = wish
        self.at = at

    @cached_property
    def sold(self) -> RoomsSold | None:
        """The cheapest rooms; None where some room cannot be sold.

        Rooms are taken one after the other, each the cheapest that is left: with as many rooms left as are wished that
        is the cheapest way. Houses that are let whole or in parts are counted by type; booking asks again.
        """
        taken: Counter[int] = Counter()
        offers: list[Offer] = []
        for sale in self.sales:
            offer = cheapest(sale, self._pairs(sale, taken))
            if offer is None:
                return None
            taken[offer.room_type_id] += 1
            offers.append(offer)
        return RoomsSold(tuple(offers))

    @cached_property
    def is_sold(self) -> bool:
        """Whether there are rooms for all, whatever they cost; quicker to say than `sold` for one room."""
        if len(self.sales) > 1:
            return self.sold is not None
        sale = self.sales[0]
        return not sale.refused and any(not sale.refusals(*pair) for pair in self._pairs(sale))

    @property
    def free_until(self) -> datetime | None:
        """The UTC instant until which all rooms can be cancelled for nothing; None where that costs from the sale on."""
        sold = self.sold
        if sold is None:
            return None
        zone = self.snapshot.property.zone
        ends = [free_until(offer.cancellation, arrival=offer.arrival, zone=zone) for offer in sold.offers]
        free = [end for end in ends if end is not None and end > self.at]
        return min(free) if len(free) == len(ends) else None

    @cached_property
    def sales(self) -> list[Sale]:
        """The sale of each room; equal parties share one."""
        wish, snapshot = self.wish, self.snapshot
        by_party = {}
        for party in wish.parties:
            if party not in by_party:
                stay = Stay.of(
                    property=snapshot.property,
                    arrival=wish.arrival,
                    departure=wish.departure,
                    party=party,
                    at=self.at,
                    source=Source.DIRECT_WEB,
                    access_code=wish.code,
                )
                # One field takes both kinds of codes: what is no promotion here may open a plan.
                by_party[party] = Sale(snapshot, stay, Asking(promo_code=wish.code if snapshot.promotion else ""))
        return [by_party[party] for party in wish.parties]

    @property
    def refusal(self) -> Refusal:
        """The rule to say when nothing is sold: of the pair that the fewest rules refuse, the first of them."""
        for sale in self.sales:
            if sale.refused:
                return sale.refused[0]
            of_pairs = [sale.refusals(*pair) for pair in self._pairs(sale)]
            if of_pairs and all(of_pairs):
                return min(of_pairs, key=_telling)[0]
        if not self._pairs(self.sales[0]):
            return Refusal("no_price", "Nothing is sold here.", date=self.wish.arrival)
        most = max(limits.left(self.snapshot, self.sales[0].stay, kind) for kind in self._kinds())
        return Refusal("rooms_left", "Fewer rooms are left than are wished.", value=most, where="inventory")

    def refusals(self) -> list[list[Refusal]]:
        """Return what refuses each pair in the first room that is not sold; what refuses all of them is in each."""
        for sale in self.sales:
            of_pairs = [[*sale.refused, *sale.refusals(*pair)] for pair in self._pairs(sale)]
            if all(of_pairs):
                return of_pairs
        return []

    def others(self) -> Iterator["WishAt"]:
        """Yield the wish on other dates that are sold, the nearest first: moved by days, then longer or shorter."""
        stretched = [nights * sign for nights in range(1, STRETCH_NIGHTS + 1) for sign in (1, -1)]
        for days in range(1, SHIFT_DAYS + 1):
            yield from self._moved(days, days)
            yield from self._moved(-days, -days)
            for nights in stretched[2 * days - 2 : 2 * days]:
                yield from self._moved(0, nights)

    def _moved(self, arrival_days: int, departure_days: int) -> Iterator["WishAt"]:
        arrival = self.wish.arrival + timedelta(days=arrival_days)
        departure = self.wish.departure + timedelta(days=departure_days)
        if self.snapshot.first <= arrival < departure <= self.snapshot.until:
            other = WishAt(self.snapshot, replace(self.wish, arrival=arrival, departure=departure), self.at)
            if other.sold is not None:
                yield other

    def _kinds(self) -> list[TypeFacts]:
        return [kind for kind in self.snapshot.types.values() if not kind.retired]

    def _pairs(self, sale: Sale, taken: Counter[int] | None = None) -> list[Pair]:
        """Return the pairs on sale, but for types that have no room left beyond what is taken."""
        kinds = self._kinds()
        if taken:
            kinds = [kind for kind in kinds if limits.left(self.snapshot, sale.stay, kind) > taken[kind.id]]
        plans = [plan for plan in self.snapshot.plans.values() if not plan.retired]
        return [(plan, kind) for kind in kinds for plan in plans]


def _telling(refusals: list[Refusal]) -> tuple[bool, int, int]:
    hidden = any(refusal.code in _NOT_FOR_GUESTS for refusal in refusals)
    return hidden, len(refusals), _ORDER[refusals[0].code]
