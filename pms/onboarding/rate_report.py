"""How far learned prices are from those really paid, beside the plain mean of the month."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from billing.taxes.party import Party
from bookings.rates.assembling import Asking, Sale
from bookings.rates.enums import Source
from bookings.rates.loading import load
from bookings.rates.models import RatePlan
from bookings.rates.snapshot import Snapshot
from bookings.rates.stays import Stay
from pms.kernel.dates import local_instant
from pms.properties.models import Property, RoomType

from .bookings_csv import BookingRow
from .rate_learning import learn, teaches, wish_of
from .rate_model import CHILD_AGE, LearnedRates, Pricing

SAMPLE: Final = 2000
#: Arrivals from here on are the last months, of which the fit of the months before knows nothing.
LAST_MONTHS: Final = 92
Split = Callable[[BookingRow], bool]


@dataclass(frozen=True, slots=True)
class Deviation:
    """Median absolute percentage error over the stays that were paid for, in per cent: of what was learned, of the mean."""

    question: str
    learned_from: int
    asked: int
    learned: float
    mean: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """Stays of a sample priced by the quote: how many nights both ways agreed on, and on how many not."""

    stays: int
    nights_alike: int
    nights_apart: int


class MonthlyMean:
    """The baseline: the mean price of the room type in the month; of any year, of the type, of the hotel where unseen."""

    def __init__(self, rows: Iterable[BookingRow]) -> None:
        sums: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
        for row in rows:
            for key in self._keys(row):
                sums[key].append(row.adr_minor)
        self.means = {key: sum(prices) / len(prices) for key, prices in sums.items()}

    def price(self, row: BookingRow) -> float:
        """Return the price of a night."""
        return next(self.means[key] for key in self._keys(row) if key in self.means)

    @staticmethod
    def _keys(row: BookingRow) -> tuple[tuple[object, ...], ...]:
        kind, arrival = row.reserved_type, row.arrival
        return (kind, arrival.year, arrival.month), (kind, arrival.month), (kind,), ()


def deviations(rows: Sequence[BookingRow], rates: LearnedRates) -> list[Deviation]:
    """Return how far off the rates are that were learned from all rows, and those learned from a part for the rest.

    Held out are the odd weeks, and the last three months: those know the year's level only from the months before.
    """
    known = [row for row in rows if teaches(row)]
    last = max((row.arrival for row in known), default=date.min) - timedelta(days=LAST_MONTHS)
    found = [_deviation("all bookings, by themselves", known, known, rates)]
    splits: tuple[tuple[str, Split], ...] = (
        ("odd weeks, by the even ones", lambda row: row.arrival.isocalendar().week % 2 == 0),
        ("the last 13 weeks, by those before", lambda row: row.arrival <= last),
    )
    for question, is_lesson in splits:
        lessons = [row for row in known if is_lesson(row)]
        rest = [row for row in known if not is_lesson(row)]
        if lessons and any(row.happened for row in rest):
            found.append(_deviation(question, lessons, rest, learn(lessons)))
    return found


def _deviation(
    question: str, lessons: Sequence[BookingRow], asked: Sequence[BookingRow], rates: LearnedRates
) -> Deviation:
    pricing, mean = Pricing(rates), MonthlyMean(lessons)
    paid = [row for row in asked if row.happened and row.reserved_type in rates.base_minor]
    return Deviation(
        question=question,
        learned_from=len(lessons),
        asked=len(paid),
        learned=median_error([(sum(pricing.nights(wish_of(row))) / row.nights, row.adr_minor) for row in paid]),
        mean=median_error([(mean.price(row), row.adr_minor) for row in paid]),
    )


def median_error(pairs: Sequence[tuple[float, int]]) -> float:
    """Return the median of |said - paid| / paid in per cent, for (said, paid) pairs; 0 for none."""
    return median([100 * abs(said - paid) / paid for said, paid in pairs] or [0.0])


def quote_agrees(
    *, property: Property, rows: Sequence[BookingRow], rates: LearnedRates, shift: timedelta, zone: ZoneInfo
) -> Agreement:
    """Price a sample of the bookings by the quote's own calculator and by what was learned, and count the nights alike.

    Every n-th booking with a price; whether it may be sold is not asked. A dozen queries for each channel.
    """
    known = [row for row in rows if teaches(row) and row.reserved_type in rates.base_minor]
    types = {kind.code: kind.pk for kind in RoomType.objects.filter(property=property)}
    plans = {plan.code: plan.pk for plan in RatePlan.objects.filter(property=property)}
    known = [row for row in known if row.reserved_type in types and wish_of(row).plan in plans]
    sample = known[:: max(1, len(known) // SAMPLE)][:SAMPLE]
    first = min((row.arrival for row in sample), default=date.min)
    until = max((row.departure for row in sample), default=date.max)
    snapshots: dict[str, Snapshot] = {}
    pricing = Pricing(rates)
    alike = apart = 0
    for row in sample:
        wish = wish_of(row)
        stay = Stay.of(
            property=property,
            arrival=row.arrival + shift,
            departure=row.departure + shift,
            party=Party(wish.adults, (CHILD_AGE,) * wish.children),
            at=local_instant(row.made_on + shift, time(12), zone),
            source=Source(wish.source),
        )
        if wish.source not in snapshots:
            snapshots[wish.source] = load(
                property=property, first=first + shift, until=until + shift, at=stay.at, source=stay.source
            )
        snapshot = snapshots[wish.source]
        offer = Sale(snapshot, stay, Asking()).offer(
            snapshot.plans[plans[wish.plan]], snapshot.types[types[wish.room_type]]
        )
        for said, night in zip(pricing.nights(wish), offer.nights, strict=True):
            alike += said == night.price_minor
            apart += said != night.price_minor
    return Agreement(len(sample), alike, apart)
