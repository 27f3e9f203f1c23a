"""Two stays never share a unit on a night, and no unit is opened that the peak does not need."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pms.onboarding.packing import Placement, Span, partition, peak, peaks, place

DAY = date(2026, 3, 1)


def span(key: str, first: int, nights: int, kind: str = "A", fallback: str = "") -> Span:
    return Span(key, kind, DAY + timedelta(first), DAY + timedelta(first + nights), fallback)


def nights(one: Span) -> list[date]:
    return [one.first + timedelta(index) for index in range((one.until - one.first).days)]


some_spans = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 12), st.sampled_from("AB"), st.sampled_from(["", "A", "B"])),
    max_size=60,
).map(lambda rows: [span(str(i), first, length, kind, other) for i, (first, length, kind, other) in enumerate(rows)])


@given(some_spans)
def test_partition_uses_exactly_the_peak_and_never_shares(spans: list[Span]) -> None:
    """T1: check-out day is not occupied."""
    units = partition(spans)
    taken = Counter((units[one.key], night) for one in spans for night in nights(one))
    assert set(taken.values()) <= {1}
    by_night = Counter(night for one in spans for night in nights(one))
    assert len(set(units.values())) == peak(spans) == max(by_night.values(), default=0)


@given(some_spans, st.integers(0, 6), st.integers(0, 6))
def test_place_never_oversells_and_loses_nobody(spans: list[Span], a: int, b: int) -> None:
    """T17: what does not fit is kept and flagged."""
    capacity = {"A": a, "B": b}
    placed = place(spans, capacity)
    assert set(placed) == {one.key for one in spans}
    taken: Counter[tuple[str, int, date]] = Counter()
    sold: Counter[tuple[str, date]] = Counter()
    for one in spans:
        where = placed[one.key]
        assert where.kind in {one.kind, one.fallback}
        assert (where.unit is None) == bool(where.short)
        for night in nights(one):
            if where.unit is not None:
                assert where.unit < capacity[where.kind]
                taken[where.kind, where.unit, night] += 1
            if night not in where.short:
                sold[where.kind, night] += 1
    assert set(taken.values()) <= {1}
    assert all(count <= capacity[kind] for (kind, _), count in sold.items())


@given(some_spans)
def test_everybody_fits_into_the_peaks(spans: list[Span]) -> None:
    own = [span(one.key, (one.first - DAY).days, (one.until - one.first).days, one.kind) for one in spans]
    assert all(where.unit is not None for where in place(own, peaks(own)).values())


def test_same_day_turn_over_needs_one_unit() -> None:
    """T2."""
    assert partition([span("greta", 0, 2), span("otto", 2, 1)]) == {"greta": 0, "otto": 0}


def test_who_asks_first_has_the_room() -> None:
    placed = place([span("greta", 1, 1), span("otto", 0, 3)], {"A": 1})
    assert placed == {"greta": Placement("A", 0), "otto": Placement("A", None, (DAY + timedelta(1),))}


def test_a_full_type_falls_back_to_the_type_sold() -> None:
    placed = place([span("greta", 0, 1, "B"), span("otto", 0, 1, "B", "A")], {"A": 1, "B": 1})
    assert placed["otto"] == Placement("A", 0)
