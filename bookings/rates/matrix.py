"""Prices and limits of many days, pair by pair: what calendars, the chart and channels show. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from billing.taxes.party import Party
from bookings.rates.enums import Limit
from bookings.rates.limits import CLOSING, POSITIONS, scopes_of
from bookings.rates.pricing import Nights
from bookings.rates.quoting import NO_LIMITS, DayCell, DayLimits
from bookings.rates.snapshot import PlanFacts, Scope, Snapshot, TypeFacts

#: Of these the larger number is stricter; of all other numbers the smaller.
_LEAST = frozenset({Limit.MIN_STAY_ARRIVAL, Limit.MIN_STAY_THROUGH, Limit.LEAD_HOURS_MIN})


def cells(
    snapshot: Snapshot, *, days: Sequence[date], plans: Sequence[PlanFacts], kinds: Sequence[TypeFacts]
) -> dict[tuple[int, int], tuple[DayCell, ...]]:
    """Return the cells of every pair, by room type id and rate plan id, in the order of days."""
    found: dict[tuple[int, int], tuple[DayCell, ...]] = {}
    nights: dict[int, Nights] = {}
    for kind in kinds:
        base = kind.base_occupancy
        if base not in nights:
            nights[base] = Nights(snapshot, days=days, party=Party(adults=base))
        for plan in plans:
            row = nights[base].of(plan.id, kind.id)
            by_kind = [priced and priced.price for priced in row.values]
            prices = [by_kind[place] for place in row.where]
            found[kind.id, plan.id] = _row(snapshot, days, prices, plan, kind)
    return found


def _row(
    snapshot: Snapshot, days: Sequence[date], prices: Sequence[int | None], plan: PlanFacts, kind: TypeFacts
) -> tuple[DayCell, ...]:
    manual = snapshot.manual.get((plan.id, kind.id), {})
    effective = strictest(snapshot, plan, kind)
    if not effective:
        return tuple(
            [DayCell(day, price, day in manual, NO_LIMITS, NO_LIMITS) for day, price in zip(days, prices, strict=True)]
        )
    own = snapshot.restrictions.get((kind.id, plan.id), {})
    return tuple(
        [
            DayCell(day, price, day in manual, effective.get(day, NO_LIMITS), own.get(day, NO_LIMITS))
            for day, price in zip(days, prices, strict=True)
        ]
    )


def strictest(snapshot: Snapshot, plan: PlanFacts, kind: TypeFacts) -> dict[date, DayLimits]:
    """Return what holds on each day on which some row says something, restriction by restriction (T22, T23)."""
    scopes: Sequence[Scope] = scopes_of(snapshot, plan, kind)
    if not scopes:
        return {}
    if len(scopes) == 1 and scopes[0][1] in {None, plan.id}:
        return snapshot.restrictions[scopes[0]]
    holding = [
        (position, limit in _LEAST or limit in CLOSING, {None, plan.id, *snapshot.ancestors(plan.id, limit)})
        for limit, position in POSITIONS.items()
    ]
    effective: dict[date, list[Any]] = {}
    for scope in scopes:
        taken = [(position, larger) for position, larger, plans in holding if scope[1] in plans]
        for day, row in snapshot.restrictions[scope].items():
            limits = effective.setdefault(day, [None] * len(POSITIONS))
            for position, larger in taken:
                value = row[position]
                if value is not None:
                    held = limits[position]
                    limits[position] = value if held is None else max(held, value) if larger else min(held, value)
    return {day: DayLimits(*limits) for day, limits in effective.items()}
