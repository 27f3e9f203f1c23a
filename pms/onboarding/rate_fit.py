"""Fits factors to prices: least absolute deviations in log space, and the seasons of a year.

Plain Python on aggregated cells, the same answer at every run. Medians bear what means do not: a hotel's books are full
of contracts, mistakes and presents.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

#: What a price depends on: the group it belongs to first, then what tells it from others of the group.
Feature = tuple[Hashable, ...]
WEEKS: Final = 52
PASSES: Final = 8
SETTLED: Final = 0.002


@dataclass(frozen=True, slots=True)
class Cell:
    """Bookings that are alike: how much each feature counts for them, the logarithm of their price, and how many."""

    shares: tuple[tuple[Feature, float], ...]
    log_price: float
    weight: float


def weighted_median(pairs: Sequence[tuple[float, float]]) -> float:
    """Return the smallest value of (value, weight) pairs that at least half of the weight does not exceed; 0 for none."""
    ordered = sorted(pairs)
    half = sum(weight for _, weight in ordered) / 2
    passed = 0.0
    for value, weight in ordered:
        passed += weight
        if passed >= half:
            return value
    return 0.0


def least_absolute(
    cells: Sequence[Cell],
    *,
    groups: Sequence[str],
    least: Mapping[str, float] | None = None,
    shrunk: Mapping[str, float] | None = None,
    passes: int = PASSES,
) -> dict[Feature, float]:
    """Return the log factor of every feature, so that the weighted absolute deviations of the cells are small.

    One feature after the other is set to the weighted median of what is left over, in the order of `groups`, until
    nothing moves: each step is the exact answer for its feature. `least` is the weight below which a feature of a group
    says nothing; `shrunk` is a weight of nothing mixed in, for groups that refine others.
    """
    members: defaultdict[Feature, list[tuple[int, float]]] = defaultdict(list)
    for index, cell in enumerate(cells):
        for feature, share in cell.shares:
            members[feature].append((index, share))
    weights = {feature: sum(share * cells[i].weight for i, share in known) for feature, known in members.items()}
    order = sorted(
        (feature for feature in members if weights[feature] >= (least or {}).get(str(feature[0]), 0)),
        key=lambda feature: (groups.index(str(feature[0])), str(feature)),
    )
    left = [cell.log_price for cell in cells]
    factors = dict.fromkeys(order, 0.0)
    for _ in range(passes):
        moved = 0.0
        for feature in order:
            known = members[feature]
            step = weighted_median([(left[i] / share, share * cells[i].weight) for i, share in known])
            mixed = (shrunk or {}).get(str(feature[0]), 0.0)
            if mixed:
                goal = (factors[feature] + step) * weights[feature] / (weights[feature] + mixed)
                step = goal - factors[feature]
            if not step:
                continue
            factors[feature] += step
            moved = max(moved, abs(step))
            for i, share in known:
                left[i] -= step * share
        if moved < SETTLED:
            break
    return factors


def polished(table: Mapping[tuple[int, int], tuple[float, float]]) -> tuple[dict[int, float], dict[int, float]]:
    """Split a table of (row, column): (value, weight) into rows plus columns by means in turn; columns centre on 0.

    Means, because the values are medians already, and medians of two or three columns stand still too soon.
    """
    rows = {row: 0.0 for row, _ in table}
    columns = {column: 0.0 for _, column in table}
    for _ in range(4 * PASSES):
        for row in rows:
            rows[row] = _mean([(v - columns[c], w) for (r, c), (v, w) in table.items() if r == row])
        for column in columns:
            columns[column] = _mean([(v - rows[r], w) for (r, c), (v, w) in table.items() if c == column])
        centre = _mean([(columns[c], w) for (_, c), (_, w) in table.items()])
        columns = {column: value - centre for column, value in columns.items()}
        rows = {row: value + centre for row, value in rows.items()}
    return rows, columns


def _mean(pairs: Sequence[tuple[float, float]]) -> float:
    weight = sum(w for _, w in pairs)
    return sum(v * w for v, w in pairs) / weight if weight else 0.0


def seasons_of_year(
    weeks: Sequence[tuple[float, float]], *, shortest: int = 2, fewest: int = 4, most: int = 10, gain: float = 0.01
) -> list[int]:
    """Return the weeks in which a season begins, ascending, for the (level, weight) of each week of a round year.

    The split with the smallest weighted absolute deviation from each season's median; each season more has
    to take away at least `gain` of the deviation of a year without seasons. The year is a ring: a season may lie across
    its end.
    """
    costs = _costs(weeks)
    whole = costs[0][len(weeks)]
    splits = [_splits(costs, first, most, shortest) for first in range(len(weeks))]
    best = [min(split[count] for split in splits) for count in range(most + 1)]
    return min((best[count][0] + gain * whole * count, count, best[count][1]) for count in range(fewest, most + 1))[2]


def _costs(weeks: Sequence[tuple[float, float]]) -> list[list[float]]:
    """Return the absolute deviation of every run of weeks from its median, by first week and length."""
    total = len(weeks)
    costs = [[0.0] * (total + 1) for _ in range(total)]
    for first in range(total):
        for length in range(1, total + 1):
            run = [weeks[(first + offset) % total] for offset in range(length)]
            middle = weighted_median(run)
            costs[first][length] = sum(weight * abs(level - middle) for level, weight in run)
    return costs


def _splits(costs: list[list[float]], first: int, most: int, shortest: int) -> list[tuple[float, list[int]]]:
    """Return the cost and the starts of the best split into 0, 1, 2, ... seasons of which one begins in week `first`."""
    total = len(costs)
    reached: list[list[float]] = [[inf] * (total + 1) for _ in range(most + 1)]
    came: list[list[int]] = [[0] * (total + 1) for _ in range(most + 1)]
    reached[0][0] = 0
    for done in range(1, most + 1):
        for until in range(done * shortest, total + 1):
            for since in range((done - 1) * shortest, until - shortest + 1):
                cost = reached[done - 1][since] + costs[(first + since) % total][until - since]
                if cost < reached[done][until]:
                    reached[done][until], came[done][until] = cost, since
    splits = []
    for count in range(most + 1):
        starts, until = [], total
        for done in range(count, 0, -1):
            until = came[done][until]
            starts.append((first + until) % total)
        splits.append((reached[count][total], sorted(starts)))
    return splits
