"""What channels are told of rooms and rates, day by day: absolute values, each by itself (T27). Pure.

A channel asks no questions, so whatever the quote would refuse for a day has to be said in its words: closed, no arrival,
a minimum stay. What depends on the stay as a whole and cannot be said that way (a discount by length, a code) is left out
or keeps the plan closed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from billing.taxes.party import Party
from bookings.rates.enums import Limit
from bookings.rates.matrix import strictest
from bookings.rates.pricing import Nights, marked_up
from bookings.rates.quoting import NO_LIMITS
from bookings.rates.snapshot import PlanFacts, Snapshot, TypeFacts
from pms.kernel.dates import local_instant


class Outward(NamedTuple):
    """One day of a rate as a channel is told it. `prices` in the order of the guests asked for; none where closed for want
    of a price. A minimum of 1 and a maximum of 0 are none."""

    prices: tuple[int, ...]
    min_stay_arrival: int
    min_stay_through: int
    max_stay: int
    closed_to_arrival: bool
    closed_to_departure: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A pair, and for how many adults prices are wanted."""

    room_type_id: int
    rate_plan_id: int
    guests: tuple[int, ...]


def rooms_outward(snapshot: Snapshot, room_type_id: int, days: Sequence[date], *, keep_back: int) -> list[int]:
    """Return how many rooms of a type may be sold on each day, less those kept back; never negative."""
    kind = snapshot.types.get(room_type_id)
    if kind is None or kind.retired:
        return [0] * len(days)
    return [max(0, (snapshot.rooms_left(room_type_id, day) or 0) - keep_back) for day in days]


def rates_outward(
    snapshot: Snapshot, asked: Sequence[Asked], days: Sequence[date], *, now: datetime
) -> dict[Asked, list[Outward]]:
    """Return the days of each pair; `now` (UTC) decides what is too soon or too far ahead to arrive."""
    nights: dict[int, Nights] = {}
    found: dict[Asked, list[Outward]] = {}
    today = now.astimezone(snapshot.property.zone).date()
    edges = _Edges(snapshot, days, now=now, today=today)
    for pair in asked:
        plan, kind = snapshot.plans.get(pair.rate_plan_id), snapshot.types.get(pair.room_type_id)
        if plan is None or kind is None or kind.retired or _never_sold(plan, today):
            found[pair] = [CLOSED] * len(days)
            continue
        prices: list[list[int | None]] = []
        for count in pair.guests:
            if count not in nights:
                nights[count] = Nights(snapshot, days=days, party=Party(adults=count))
            row = nights[count].of(plan.id, kind.id)
            by_kind = [None if priced is None else marked_up(plan, priced.price) for priced in row.values]
            prices.append([by_kind[place] for place in row.where])
        found[pair] = _days(edges, plan, kind, list(zip(*prices, strict=True)))
    return found


#: Not sold, whatever else.
CLOSED = Outward((), 1, 1, 0, closed_to_arrival=False, closed_to_departure=False, closed=True)


def _never_sold(plan: PlanFacts, today: date) -> bool:
    """Whether nobody can buy the plan at a channel today: retired, behind a code, not sold there, out of its window."""
    too_early = plan.sale_first is not None and plan.sale_first > today
    over = plan.sale_last is not None and plan.sale_last < today
    shut = plan.channel is not None and not plan.channel.is_open
    return plan.retired or bool(plan.access_code) or shut or too_early or over


class _Edges:
    """From which day on guests may arrive, by the hours that a restriction or the days that a plan wants ahead."""

    def __init__(self, snapshot: Snapshot, days: Sequence[date], *, now: datetime, today: date) -> None:
        self.snapshot = snapshot
        self.days = days
        self.today = today
        self.now = now
        self._soon: dict[tuple[date, int], bool] = {}

    def too_soon(self, day: date, hours: int) -> bool:
        """Whether the day's check-in time is fewer than so many hours away."""
        key = (day, hours)
        if key not in self._soon:
            place = self.snapshot.property
            begins = local_instant(day, place.check_in_time, place.zone)
            self._soon[key] = begins - self.now < timedelta(hours=hours)
        return self._soon[key]


def _days(edges: _Edges, plan: PlanFacts, kind: TypeFacts, prices: Sequence[tuple[int | None, ...]]) -> list[Outward]:
    limits = strictest(edges.snapshot, plan, kind)
    least, most = plan.nights_min or 1, plan.nights_max or 0
    arrive_from = edges.today + timedelta(days=plan.lead_days_min or 0)
    arrive_until = None if plan.lead_days_max is None else edges.today + timedelta(days=plan.lead_days_max)
    rows: list[Outward] = []
    for day, asked in zip(edges.days, prices, strict=True):
        limit = limits.get(day, NO_LIMITS)
        priced = tuple(price for price in asked if price is not None and price > 0)
        out_of_window = (plan.stay_first is not None and day < plan.stay_first) or (
            plan.stay_last is not None and day > plan.stay_last
        )
        closed = (
            len(priced) < len(asked)
            or out_of_window
            or bool(limit.stop_sell)
            or (limit.quota is not None and _quota_sold(edges.snapshot, plan, kind, day))
        )
        closed_to_arrival = (
            bool(limit.closed_to_arrival)
            or day < arrive_from
            or (arrive_until is not None and day > arrive_until)
            or (limit.lead_hours_min is not None and edges.too_soon(day, limit.lead_hours_min))
            or (limit.lead_days_max is not None and (day - edges.today).days > limit.lead_days_max)
        )
        rows.append(
            Outward(
                prices=priced if len(priced) == len(asked) else (),
                min_stay_arrival=max(least, limit.min_stay_arrival or 1),
                min_stay_through=max(1, limit.min_stay_through or 1),
                max_stay=min(filter(None, (most, limit.max_stay or 0)), default=0),
                closed_to_arrival=closed_to_arrival,
                closed_to_departure=bool(limit.closed_to_departure),
                closed=closed,
            )
        )
    return rows


def _quota_sold(snapshot: Snapshot, plan: PlanFacts, kind: TypeFacts, day: date) -> bool:
    """Whether some row's quota that holds for the pair is sold on the day; see limits.quotas."""
    above = {None, plan.id, *snapshot.ancestors(plan.id, Limit.QUOTA)}
    for (type_id, plan_id), rows in snapshot.restrictions.items():
        limit = rows.get(day)
        if limit is None or limit.quota is None or type_id not in {None, kind.id} or plan_id not in above:
            continue
        if snapshot.sold_nights(_sharing(snapshot, plan_id), type_id, day) >= limit.quota:
            return True
    return False


def _sharing(snapshot: Snapshot, plan_id: int | None) -> set[int] | None:
    if plan_id is None:
        return None
    return {plan_id} | {plan for plan in snapshot.plans if plan_id in snapshot.ancestors(plan, Limit.QUOTA)}


def base_guests(snapshot: Snapshot) -> Mapping[int, int]:
    """Return, by room type id, for how many guests its price is, where a channel takes one price."""
    return {kind.id: kind.base_occupancy for kind in snapshot.types.values()}
