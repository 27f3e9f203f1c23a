"""Gives every stay a unit: as many units as stays overlap at once, and never two stays in one unit on one night.

Nights are half-open, [first, until): a unit left on a day can be taken on that day.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import heappop, heappush


@dataclass(frozen=True, slots=True)
class Span:
    """A stay over [first, until) that wants a unit of `kind`, or else one of `fallback`."""

    key: str
    kind: str
    first: date
    until: date
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a span goes: the number of its unit counted from 0 within kind, or None and the nights without room."""

    kind: str
    unit: int | None
    short: tuple[date, ...] = ()


def peak(spans: Iterable[Span]) -> int:
    """The largest number of spans that overlap on one night."""
    changes: defaultdict[date, int] = defaultdict(int)
    for span in spans:
        changes[span.first] += 1
        changes[span.until] -= 1
    most = now = 0
    for day in sorted(changes):
        now += changes[day]
        most = max(most, now)
    return most


def peaks(spans: Iterable[Span]) -> dict[str, int]:
    """The peak of each kind."""
    by_kind: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        by_kind[span.kind].append(span)
    return {kind: peak(members) for kind, members in by_kind.items()}


def partition(spans: Sequence[Span]) -> dict[str, int]:
    """Unit number by key, exactly peak(spans) units in all.

    In order of arrival each span takes the unit that was left last, or a new one when every unit is taken: then as
    many spans as there are units overlap on that night, so no unit is opened that the peak does not need.
    """
    placed: dict[str, int] = {}
    taken: list[tuple[date, int]] = []
    free: list[int] = []
    opened = 0
    for span in sorted(spans, key=lambda s: (s.first, s.until, s.key)):
        while taken and taken[0][0] <= span.first:
            free.append(heappop(taken)[1])
        if free:
            unit = free.pop()
        else:
            unit, opened = opened, opened + 1
        placed[span.key] = unit
        heappush(taken, (span.until, unit))
    return placed


def place(spans: Sequence[Span], capacity: Mapping[str, int]) -> dict[str, Placement]:
    """Where each span goes, by key, when spans ask in the given order and a kind has so many units.

    Who asks earlier has the room. A span that finds no unit of its kind for the whole stay takes one of its
    fallback; if there is none either it gets no unit, takes the fallback's rooms on the nights that have one, and is
    short on the others.
    """
    used: defaultdict[str, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    accepted: defaultdict[str, list[Span]] = defaultdict(list)
    placements: dict[str, Placement] = {}
    for span in spans:
        nights = [span.first + timedelta(days=index) for index in range((span.until - span.first).days)]
        for kind in dict.fromkeys((span.kind, span.fallback or span.kind)):
            short = tuple(night for night in nights if used[kind][night] >= capacity.get(kind, 0))
            if not short:
                accepted[kind].append(span)
                break
        else:
            placements[span.key] = Placement(kind, None, short)
        for night in nights:
            if night not in short:
                used[kind][night] += 1
    for kind, members in accepted.items():
        for key, unit in partition(members).items():
            placements[key] = Placement(kind, unit)
    return placements
