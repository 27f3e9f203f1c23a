"""What was learned about a hotel's prices, and what a stay costs by it: the arithmetic of docs/rates.md, steps 2 to 10.

Factors are per mille of what the step before left: 120 is twelve per cent more. Amounts are minor units.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Final

from pms.kernel.money import round_ratio

#: A factor over [first, last] of something that is counted; without last for all from first on.
Band = tuple[int, int | None, int]
#: Children are charged from this age on; the file does not say how old they are, so that the age is of no matter.
CHILD_FROM: Final = 1
CHILD_AGE: Final = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """What a price is asked for: a stay of a party, sold `lead_days` before its arrival, at a source, on a plan."""

    room_type: str
    plan: str
    source: str
    arrival: date
    nights: int
    lead_days: int
    adults: int
    children: int


@dataclass(frozen=True, slots=True)
class LearnedRates:
    """Prices of one hotel as rules. Seasons begin at (month, day) of every year and last until the next begins.

    `season` is the usual factor of each, `season_of_year` that of one year where it was seen, (year, index); a year
    not seen is `level` of the nearest year away from the usual. `in_season` is what a room type is dearer in a season
    than its base price and the season say, (type, index).
    """

    plan: str
    base_minor: Mapping[str, int]
    starts: tuple[tuple[int, int], ...]
    season: tuple[int, ...]
    weekday: tuple[int, ...]
    single: int
    extra_adult: tuple[int, ...]
    child: int
    length_of_stay: tuple[Band, ...]
    lead_time: tuple[Band, ...]
    plans: Mapping[str, int]
    sources: Mapping[str, int]
    season_of_year: Mapping[tuple[int, int], int] = field(default_factory=dict)
    level: Mapping[int, int] = field(default_factory=dict)
    in_season: Mapping[tuple[str, int], int] = field(default_factory=dict)

    def season_on(self, day: date) -> tuple[int, int]:
        """Return the year in which the season of a day began, and its index."""
        index = bisect_right(self.starts, (day.month, day.day)) - 1
        return (day.year, index) if index >= 0 else (day.year - 1, len(self.starts) - 1)

    def season_factor(self, year: int, index: int) -> int:
        """Return the factor of a season of a year, seen or not."""
        known = self.season_of_year.get((year, index))
        if known is not None:
            return known
        nearest = min(self.level, key=lambda seen: (abs(seen - year), -seen), default=None)
        level = self.level[nearest] if nearest is not None else 0
        return round_ratio((1000 + self.season[index]) * (1000 + level), 1000) - 1000

    def season_price(self, room_type: str, year: int, index: int) -> int:
        """Return what a night of a season costs on the plan all others are derived from, before any other rule."""
        price = changed(self.base_minor[room_type], self.season_factor(year, index))
        own = self.in_season.get((room_type, index))
        return changed(price, own) if own else price


def changed(price_minor: int, per_mille: int) -> int:
    """Return a price changed by so many per mille, rounded half up."""
    return round_ratio(price_minor * (1000 + per_mille), 1000)


def in_band(bands: tuple[Band, ...], number: int) -> int:
    """Return the factor of the band a number lies in, 0 in none."""
    return next((per for first, last, per in bands if first <= number and (last is None or number <= last)), 0)


class Pricing:
    """Prices stays by what was learned, remembering the nights it has priced."""

    def __init__(self, rates: LearnedRates) -> None:
        self.rates = rates
        self.season_on = cache(rates.season_on)
        self.night = cache(self._night)

    def nights(self, wish: Wish) -> list[int]:
        """Return the price of each night. Raises KeyError for a room type that has no price."""
        rates = self.rates
        supplements = self._supplements(wish.adults, wish.children)
        stay = in_band(rates.length_of_stay, wish.nights), in_band(rates.lead_time, wish.lead_days)
        sold = rates.plans.get(wish.plan, 0), rates.sources.get(wish.source, 0)
        prices = []
        for offset in range(wish.nights):
            day = wish.arrival + timedelta(days=offset)
            prices.append(
                self.night((wish.room_type, *self.season_on(day)), day.weekday(), supplements, (*stay, *sold))
            )
        return prices

    def _supplements(self, adults: int, children: int) -> tuple[int, ...]:
        """Return the factors of a party: the single one first, then one for each guest beyond two."""
        rates = self.rates
        extra = [rates.extra_adult[min(k, len(rates.extra_adult) - 1)] for k in range(max(0, adults - 2))]
        paying = max(0, adults + children - 2 - len(extra))
        return (rates.single if adults == 1 and not children else 0, *extra, *([rates.child] * paying))

    def _night(
        self, season: tuple[str, int, int], weekday: int, supplements: tuple[int, ...], last: tuple[int, ...]
    ) -> int:
        price = changed(self.rates.season_price(*season), self.rates.weekday[weekday])
        price = changed(price, supplements[0])
        price += sum(round_ratio(price * each, 1000) for each in supplements[1:])
        for per_mille in last:
            price = changed(price, per_mille)
        return price
