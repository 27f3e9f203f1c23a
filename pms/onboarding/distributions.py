"""What was measured on real bookings, and drawing from it. The tables themselves are in measured.py.

A frequency table is ((value, weight), ...); a quantile table has 21 values, from the smallest to the largest in steps
of five per cent, between which values are drawn on a straight line.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Final, Generic, TypeVar

from .bookings_csv import BookingRow, FinalStatus

Value = TypeVar("Value", bound=Hashable)
Frequencies = tuple[tuple[Value, int], ...]
Quantiles = tuple[int, ...]

#: Lead times are looked at in these bands: up to a week, a month, a quarter, half a year, more.
LEAD_BANDS: Final = (7, 30, 90, 180)
SEGMENTS: Final = ("Online TA", "Offline TA/TO", "Groups", "Direct", "Corporate", "Complementary")
LONGEST_MEASURED: Final = 21
COUNTRIES_KEPT: Final = 24


@dataclass(frozen=True, slots=True)
class SegmentMeasures:
    """How one market segment books: per mille are of its bookings; cancelled by lead band, see LEAD_BANDS."""

    per_mille: int
    nights: Frequencies[int]
    lead_days: Quantiles
    cancelled_per_mille: tuple[int, ...]
    prepaid_per_mille: int


@dataclass(frozen=True, slots=True)
class HotelMeasures:
    """One hotel's bookings in numbers; what they cost is in measured_rates.py.

    `cancelled_part_per_mille`: how much of the time between booking and arrival had gone by at the cancellation.
    """

    segments: dict[str, SegmentMeasures]
    arrivals_by_month: tuple[int, ...]
    arrivals_by_weekday: tuple[int, ...]
    parties: Frequencies[tuple[int, int, int]]
    countries: Frequencies[str]
    meals: Frequencies[str]
    special_requests: Frequencies[int]
    booking_changes: Frequencies[int]
    repeated_per_mille: int
    no_show_per_mille: int
    cancelled_part_per_mille: Quantiles
    other_type_per_mille: int
    parking_per_mille: int


class Draw(Generic[Value]):
    """Draws values as often as their weights say."""

    def __init__(self, frequencies: Sequence[tuple[Value, int]]) -> None:
        self.values = [value for value, _ in frequencies]
        self.heights = list(accumulate(weight for _, weight in frequencies))

    def __call__(self, random: Random) -> Value:
        """One value."""
        return self.values[bisect_right(self.heights, random.random() * self.heights[-1])]


def draw_quantile(quantiles: Quantiles, random: Random) -> int:
    """One number, as often as the quantiles say."""
    position = random.random() * (len(quantiles) - 1)
    index = int(position)
    low, high = quantiles[index], quantiles[index + 1]
    return round(low + (high - low) * (position - index))


def lead_band(days: int) -> int:
    """The index of the band a lead time lies in."""
    return sum(days > limit for limit in LEAD_BANDS)


def measure(rows: Sequence[BookingRow]) -> HotelMeasures:
    """The numbers of one hotel's bookings."""
    segments = {name: [row for row in rows if row.market_segment == name] for name in SEGMENTS}
    stayed = [row for row in rows if row.status is not FinalStatus.CANCELED]
    cancelled = [row for row in rows if row.status is FinalStatus.CANCELED]
    return HotelMeasures(
        segments={name: _segment(members, len(rows)) for name, members in segments.items()},
        arrivals_by_month=_arrivals_by_month(stayed),
        arrivals_by_weekday=_shares(stayed, lambda row: row.arrival.weekday(), range(7)),
        parties=_frequencies(((row.adults, row.children, row.babies) for row in rows if row.adults), 12),
        countries=_frequencies((row.country for row in rows if row.country), COUNTRIES_KEPT),
        meals=_frequencies((row.meal for row in rows if row.meal != "Undefined"), 4),
        special_requests=_frequencies((row.special_requests for row in rows), 6),
        booking_changes=_frequencies((row.booking_changes for row in rows), 5),
        repeated_per_mille=_per_mille(sum(row.is_repeated_guest for row in rows), len(rows)),
        no_show_per_mille=_per_mille(sum(not row.happened for row in stayed), len(stayed)),
        cancelled_part_per_mille=_quantiles(
            sorted(
                1000 * (row.status_on - row.made_on).days // (row.arrival - row.made_on).days
                for row in cancelled
                if row.made_on < row.arrival
            )
        ),
        other_type_per_mille=_per_mille(sum(row.reserved_type != row.assigned_type for row in stayed), len(stayed)),
        parking_per_mille=_per_mille(sum(row.parking_spaces > 0 for row in stayed), len(stayed)),
    )


def _segment(rows: Sequence[BookingRow], total: int) -> SegmentMeasures:
    leads = [(row.arrival - row.made_on).days for row in rows]
    bands = [lead_band(days) for days in leads]
    cancelled = tuple(
        _per_mille(
            sum(row.status is FinalStatus.CANCELED for row, b in zip(rows, bands, strict=True) if b == band),
            bands.count(band),
        )
        for band in range(len(LEAD_BANDS) + 1)
    )
    return SegmentMeasures(
        per_mille=_per_mille(len(rows), total),
        nights=_frequencies((min(row.nights, LONGEST_MEASURED) for row in rows), LONGEST_MEASURED),
        lead_days=_quantiles(sorted(leads)),
        cancelled_per_mille=cancelled,
        prepaid_per_mille=_per_mille(sum(row.deposit_type == "Non Refund" for row in rows), len(rows)),
    )


def _frequencies(values: Iterable[Value], kept: int) -> Frequencies[Value]:
    counted = Counter(values)
    total = counted.total()
    common = sorted(counted.items(), key=lambda item: (-item[1], str(item[0])))[:kept]
    return tuple((value, share) for value, count in common if (share := _per_mille(count, total)))


def _shares(rows: Sequence[BookingRow], key: Callable[[BookingRow], int], values: Iterable[int]) -> tuple[int, ...]:
    counted = Counter(map(key, rows))
    return tuple(_per_mille(counted[value], len(rows)) for value in values)


def _arrivals_by_month(rows: Sequence[BookingRow]) -> tuple[int, ...]:
    """Shares of the months as if the file had each month equally often: it begins in July and ends in August."""
    counted = Counter(row.arrival.month for row in rows)
    years = Counter(month for _, month in {(row.arrival.year, row.arrival.month) for row in rows})
    each = [counted[month] / years[month] if years[month] else 0.0 for month in range(1, 13)]
    return tuple(round(1000 * value / sum(each)) for value in each)


def _quantiles(ordered: Sequence[int]) -> Quantiles:
    last = len(ordered) - 1
    return tuple(ordered[round(last * step / 20)] for step in range(21))


def _per_mille(part: int, whole: int) -> int:
    return (1000 * part + whole // 2) // whole if whole else 0
