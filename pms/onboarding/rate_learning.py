"""Learns a hotel's prices from its bookings: seasons, weekdays, parties, lengths, lead times, plans and channels.

Every booking with a price teaches, cancelled ones too: they were sold at that price, and non-refundable plans are seen
hardly anywhere else. docs/import.md says how it is done and how far off it is.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from math import exp, log
from typing import Final

from bookings.rates.enums import Source

from .bookings_csv import ABSURD_ADR_MINOR, BookingRow
from .bookings_import import plan_of, source_of
from .rate_fit import PASSES, WEEKS, Cell, Feature, least_absolute, polished, seasons_of_year, weighted_median
from .rate_model import LearnedRates, Wish

LENGTHS: Final = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 6), (7, 7), (8, 10), (11, None))
LEADS: Final = (
    (0, 0), (1, 3), (4, 7), (8, 14), (15, 30), (31, 60), (61, 120), (121, 200), (201, None),
)  # fmt: skip
#: Below so many nights sold, a season of one year or a room type in a season says nothing by itself.
LEAST: Final = {"season": 60.0, "in_season": 60.0}
#: A room type in a season is believed the more, the more it was sold: it weighs against so many nights of "as ever".
SHRUNK: Final = {"in_season": 40.0}
IN_SEASON_WORTH_A_ROW: Final = 30
GROUPS: Final = (
    "type", "week", "season", "source", "plan", "party", "weekday", "length", "lead", "in_season",
)  # fmt: skip
LONGEST: Final = 28
#: Below so many bookings a channel, or the second extra adult, is sold like the rest.
FEWEST: Final = 100


def teaches(row: BookingRow) -> bool:
    """Whether a booking's price says something: not a present, not a slip of the pen."""
    return 0 < row.adr_minor < ABSURD_ADR_MINOR


def wish_of(row: BookingRow) -> Wish:
    """Return what the booking asked for."""
    adults, children = party_of(row)
    return Wish(
        room_type=row.reserved_type,
        plan=plan_of(row).code,
        source=source_of(row).value,
        arrival=row.arrival,
        nights=row.nights,
        lead_days=(row.arrival - row.made_on).days,
        adults=adults,
        children=children,
    )


def party_of(row: BookingRow) -> tuple[int, int]:
    """Return adults and children; somebody is always grown up."""
    return (row.adults, row.children) if row.adults else (1, max(0, row.children - 1))


def learn(rows: Iterable[BookingRow]) -> LearnedRates:
    """Return the rates of one hotel. The same rows give the same rates, in whatever order they come."""
    known = Counter((wish_of(row), row.adr_minor) for row in rows if teaches(row))
    lessons = sorted(known.items(), key=lambda lesson: (lesson[0][0].arrival, str(lesson[0])))
    curve = _fit(lessons, lambda day: ("week", day.year, week_of(day)), passes=4)
    starts = _starts(_by_year(curve, lessons))
    frame = LearnedRates("", {}, starts, (), (), 0, (), 0, (), (), {}, {})
    factors = _fit(lessons, lambda day: ("season", *frame.season_on(day)))
    return _rates(factors | _fit_types(lessons, frame, factors), lessons, frame)


def week_of(day: date) -> int:
    """Return the week of the year, 0 to 51, by the calendar of a year without a leap day; the last one is longer."""
    ordinal = date(2001, day.month, min(day.day, 28) if day.month == 2 else day.day).timetuple().tm_yday
    return min((ordinal - 1) // 7, WEEKS - 1)


Lesson = tuple[tuple[Wish, int], int]


def _fit(lessons: Sequence[Lesson], season: Callable[[date], Feature], *, passes: int = PASSES) -> dict[Feature, float]:
    cells = [Cell(_features(wish, season), log(price), count) for (wish, price), count in lessons]
    return least_absolute(cells, groups=GROUPS, least=LEAST, passes=passes)


def _fit_types(
    lessons: Sequence[Lesson], frame: LearnedRates, factors: Mapping[Feature, float]
) -> dict[Feature, float]:
    """Fit what a room type is dearer in a season to what all else leaves over."""
    cells = []
    for (wish, price), count in lessons:
        known = _features(wish, lambda day: ("season", *frame.season_on(day)))
        left = log(price) - sum(factors.get(feature, 0.0) * share for feature, share in known)
        shares: defaultdict[Feature, float] = defaultdict(float)
        for feature, share in known:
            if feature[0] == "season":
                shares["in_season", wish.room_type, feature[2]] += share
        cells.append(Cell(tuple(shares.items()), left, count))
    return least_absolute(cells, groups=GROUPS, least=LEAST, shrunk=SHRUNK)


def _features(wish: Wish, season: Callable[[date], Feature]) -> tuple[tuple[Feature, float], ...]:
    """Return what the logarithm of a stay's price is the sum of; nights share out seasons and weekdays."""
    nights = [wish.arrival + timedelta(days=offset) for offset in range(min(wish.nights, LONGEST))]
    party = _party(wish)
    return (
        (("type", wish.room_type), 1.0),
        (("source", wish.source), 1.0),
        (("plan", wish.plan), 1.0),
        (("length", _band(LENGTHS, wish.nights)), 1.0),
        (("lead", _band(LEADS, wish.lead_days)), 1.0),
        (("party", *party), 1.0),
        *((feature, count / len(nights)) for feature, count in Counter(map(season, nights)).items()),
        *(
            (("weekday", weekday), count / len(nights))
            for weekday, count in Counter(night.weekday() for night in nights).items()
        ),
    )


def _party(wish: Wish) -> tuple[int, int]:
    """Return how many adults and children are beyond the two a room's price contains; (-1, 0) is somebody alone."""
    if wish.adults == 1 and not wish.children:
        return -1, 0
    extra = max(0, wish.adults - 2)
    return extra, max(0, wish.adults + wish.children - 2 - extra)


def _band(bands: Sequence[tuple[int, int | None]], number: int) -> int:
    return next(i for i, (first, last) in enumerate(bands) if first <= number and (last is None or number <= last))


def _by_year(curve: Mapping[Feature, float], lessons: Sequence[Lesson]) -> dict[tuple[int, int], tuple[float, float]]:
    """Return level and nights sold by (week, year)."""
    sold: defaultdict[tuple[int, int], float] = defaultdict(float)
    for (wish, _), count in lessons:
        for offset in range(min(wish.nights, LONGEST)):
            day = wish.arrival + timedelta(days=offset)
            sold[week_of(day), day.year] += count
    return {
        (int(str(week)), int(str(year))): (level, sold[int(str(week)), int(str(year))])
        for (group, *rest), level in curve.items()
        if group == "week"
        for year, week in [rest]
    }


def _starts(table: Mapping[tuple[int, int], tuple[float, float]]) -> tuple[tuple[int, int], ...]:
    """Return the days on which a season begins, found on the weekly levels of all years laid over each other."""
    profile, _ = polished(table)
    sold: defaultdict[int, float] = defaultdict(float)
    for (week, _), (_, weight) in table.items():
        sold[week] += weight
    usual = weighted_median([(level, sold[week]) for week, level in profile.items()])
    weeks = [(profile.get(week, usual), sold[week]) for week in range(WEEKS)]
    first = date(2001, 1, 1)
    days = [first + timedelta(days=7 * week) for week in seasons_of_year(weeks)]
    return tuple((day.month, day.day) for day in days)


def _rates(factors: Mapping[Feature, float], lessons: Sequence[Lesson], frame: LearnedRates) -> LearnedRates:
    """Return log factors as rates, each group counted from what is usual in it."""
    groups: defaultdict[str, dict[tuple[object, ...], float]] = defaultdict(dict)
    for (group, *rest), factor in factors.items():
        groups[str(group)][tuple(rest)] = factor
    counts = _counts(lessons, frame)
    plan = _most(counts["plan"])
    source = Source.DIRECT_WEB.value if Source.DIRECT_WEB.value in counts["source"] else _most(counts["source"])
    usual = {"plan": plan, "source": source, "length": _most(counts["length"]), "lead": _most(counts["lead"])}
    away = {group: groups[group][(value,)] for group, value in usual.items()}
    weekdays = groups["weekday"]
    mean_weekday = sum(weekdays.values()) / len(weekdays)
    seasons = {
        (int(str(index)), int(str(year))): (factor, float(counts["season"][year, index]))
        for (year, index), factor in groups["season"].items()
    }
    typical, levels = polished(seasons)
    middle = weighted_median([(typical[index], weight) for (index, _), (_, weight) in seasons.items()])
    couple = groups["party"].get((0, 0), 0.0)
    base = sum(away.values()) + couple + mean_weekday + middle
    typical = {index: level - middle for index, level in typical.items()}
    bands = {
        group: tuple(
            (first, last, _per_mille(groups[group][(i,)] - away[group]))
            for i, (first, last) in enumerate(known)
            if (i,) in groups[group]
        )
        for group, known in (("length", LENGTHS), ("lead", LEADS))
    }
    parties = {party: factor - couple for party, factor in groups["party"].items()}
    single, extra_adult, child = _supplements(parties, counts["party"])
    return LearnedRates(
        plan=str(plan),
        base_minor={str(name): round(exp(level + base)) for (name,), level in sorted(groups["type"].items(), key=str)},
        starts=frame.starts,
        season=tuple(_per_mille(typical.get(index, 0.0)) for index in range(len(frame.starts))),
        weekday=tuple(_per_mille(weekdays.get((day,), mean_weekday) - mean_weekday) for day in range(7)),
        single=single,
        extra_adult=extra_adult,
        child=child,
        length_of_stay=bands["length"],
        lead_time=bands["lead"],
        plans=_named(groups["plan"], away["plan"]),
        sources={
            name: per_mille
            for name, per_mille in _named(groups["source"], away["source"]).items()
            if counts["source"][name] >= FEWEST
        },
        season_of_year={
            (year, index): _per_mille(factor - middle) for (index, year), (factor, _) in sorted(seasons.items())
        },
        level={year: _per_mille(level) for year, level in sorted(levels.items())},
        in_season={
            (str(name), int(str(index))): per_mille
            for (name, index), factor in sorted(groups["in_season"].items(), key=str)
            if abs(per_mille := _per_mille(factor)) >= IN_SEASON_WORTH_A_ROW
        },
    )


def _counts(lessons: Sequence[Lesson], frame: LearnedRates) -> dict[str, Counter[object]]:
    """Return how many bookings each value of each group has."""
    counts: defaultdict[str, Counter[object]] = defaultdict(Counter)
    for (wish, _), count in lessons:
        counts["plan"][wish.plan] += count
        counts["source"][wish.source] += count
        counts["length"][_band(LENGTHS, wish.nights)] += count
        counts["lead"][_band(LEADS, wish.lead_days)] += count
        counts["party"][_party(wish)] += count
        for offset in range(min(wish.nights, LONGEST)):
            counts["season"][frame.season_on(wish.arrival + timedelta(days=offset))] += count
    return counts


def _supplements(
    parties: Mapping[tuple[object, ...], float], counts: Mapping[object, int]
) -> tuple[int, tuple[int, ...], int]:
    """Return the factors of a single guest, of the first, second, ... extra adult, and of a child."""
    single = _per_mille(parties.get((-1, 0), 0.0))
    adults: list[int] = []
    for number in (1, 2):
        if counts.get((number, 0), 0) >= FEWEST:
            adults.append(max(0, _per_mille(parties[number, 0]) - sum(adults)))
    extra = tuple(adults) or (0,)
    children = [
        (
            (_per_mille(factor) - sum(extra[min(k, len(extra) - 1)] for k in range(int(str(more))))) / int(str(some)),
            counts[more, some],
        )
        for (more, some), factor in parties.items()
        if int(str(some)) > 0
    ]
    return single, extra, max(0, round(weighted_median(children)))


def _named(factors: Mapping[tuple[object, ...], float], away: float) -> dict[str, int]:
    return {str(name): _per_mille(factor - away) for (name,), factor in sorted(factors.items(), key=str)}


def _most(counts: Counter[object]) -> object:
    return min(counts, key=lambda value: (-counts[value], str(value)))


def _per_mille(log_factor: float) -> int:
    return round(1000 * (exp(log_factor) - 1))
