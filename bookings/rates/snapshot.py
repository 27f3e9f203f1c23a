"""What a price depends on, as values: plans, prices, rules, restrictions, rooms, taxes of a property and some days.

Whoever computes on a snapshot asks the database nothing; `loading` reads it. Percentages are whole numbers of thousandths
of a per cent: 12.5 % is 12,500, of FULL.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import NamedTuple

from billing.taxes.calculation import TaxRules
from bookings.availability.selectors import TypeAvailability
from bookings.rates.enums import PRICE
from bookings.rates.quoting import DayLimits
from pms.properties.models import Property

#: One whole, in thousandths of a per cent.
FULL = 100_000
#: A restriction names a room type and a rate plan, or leaves one or both open.
Scope = tuple[int | None, int | None]


class TypeFacts(NamedTuple):
    """A room type, as far as prices and limits ask."""

    id: int
    code: str
    name: str
    position: int
    base_occupancy: int
    max_occupancy: int
    max_adults: int
    max_children: int
    retired: bool


class ComponentFacts(NamedTuple):
    """What is inside a night's price besides the room."""

    component: str
    basis: str
    amount_minor: int
    age_from: int


class TierFacts(NamedTuple):
    """A step of a cancellation policy; see CancellationTier."""

    booked_days_below: int | None
    is_no_show: bool
    days_before: int | None
    penalty: str
    nights: int | None
    percent: Decimal | None
    amount_minor: int | None


class PolicyFacts(NamedTuple):
    """A cancellation policy without its tiers; see CancellationPolicy."""

    id: int
    code: str
    name: str
    deadline_time: time
    deadline_moves: bool


class TermsFacts(NamedTuple):
    """When what is paid; see PaymentTerms."""

    code: str
    name: str
    deposit: str
    percent: Decimal | None
    amount_minor: int | None
    deposit_days_before: int | None
    balance_days_before: int | None


class ChannelFacts(NamedTuple):
    """How a plan is sold at the source that was asked for."""

    is_open: bool
    percent: int
    amount_minor: int


class PlanFacts(NamedTuple):
    """A rate plan. `takes` are the switches that are on; empty without a parent."""

    id: int
    code: str
    name: str
    position: int
    board: str
    parent_id: int | None
    derive_minor: int
    access_code: str
    sale_first: date | None
    sale_last: date | None
    stay_first: date | None
    stay_last: date | None
    lead_days_min: int | None
    lead_days_max: int | None
    nights_min: int | None
    nights_max: int | None
    fills_gaps: bool
    takes: frozenset[str]
    derive_percent: int
    retired: bool
    channel: ChannelFacts | None
    components: tuple[ComponentFacts, ...]
    policy: PolicyFacts | None
    payment_terms: TermsFacts | None

    @property
    def price_parent(self) -> int | None:
        """The plan whose price this one's follows."""
        return self.parent_id if PRICE in self.takes else None


class SeasonFacts(NamedTuple):
    """A season; `prices` by plan and type."""

    code: str
    name: str
    first: date
    last: date
    percent: int
    prices: dict[tuple[int, int], int]


class Rule(NamedTuple):
    """A price rule: percent of FULL, or an amount."""

    id: int
    plan_id: int | None
    type_id: int | None
    kind: str
    first: int
    last: int | None
    percent: int | None
    amount_minor: int


class Manual(NamedTuple):
    """A price that a person set for a day."""

    price_minor: int
    all_in: bool


@dataclass(frozen=True, slots=True)
class ExtraFacts:
    """An extra; `days` says what is sold and what there is, by day."""

    code: str
    name: str
    component: str
    basis: str
    price_minor: int
    age_from: int
    daily_limit: int | None
    retired: bool
    days: dict[date, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class PromotionFacts:
    """A promotion; `percent` of FULL or an amount. No plans or sources: all of them."""

    id: int
    code: str
    name: str
    percent: int | None
    amount_minor: int | None
    sale_first: date | None
    sale_last: date | None
    stay_first: date | None
    stay_last: date | None
    nights_min: int | None
    max_uses: int | None
    uses: int
    plan_ids: frozenset[int]
    sources: frozenset[str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rules of a property over the days [first, until). Nothing of it changes."""

    property: Property
    first: date
    until: date
    types: dict[int, TypeFacts]
    plans: dict[int, PlanFacts]
    base: dict[tuple[int, int], int]
    manual: dict[tuple[int, int], dict[date, Manual]]
    seasons: tuple[SeasonFacts, ...]
    rules: dict[str, dict[Scope, list[Rule]]]
    #: The plans and the types that some price rule names.
    ruled_plans: frozenset[int | None]
    ruled_types: frozenset[int | None]
    restrictions: dict[Scope, dict[date, DayLimits]]
    rooms: dict[int, TypeAvailability]
    #: The first day of `rooms`: one before `first` where a plan fills gaps, and they end one day after `until` then.
    rooms_first: date
    taxes: TaxRules | None
    tiers: dict[int, list[TierFacts]]
    promotion: PromotionFacts | None
    extras: dict[str, ExtraFacts]
    sold: dict[tuple[int, int, date], int]

    def rooms_left(self, type_id: int, night: date) -> int | None:
        """Return how many rooms of a type can be sold on a night; None where it has no inventory or none was read."""
        rooms = self.rooms.get(type_id)
        place = (night - self.rooms_first).days
        return rooms.sellable[place] if rooms is not None and 0 <= place < len(rooms.sellable) else None

    def season(self, day: date) -> SeasonFacts | None:
        """Return the season of a day; no two overlap."""
        return next((season for season in self.seasons if season.first <= day <= season.last), None)

    def rule(self, kind: str, plan_id: int, type_id: int, number: int, *, named: bool) -> Rule | None:
        """Return the rule of a kind that is taken for a number; `named`: only those that name the plan."""
        of_kind = self.rules.get(kind)
        if not of_kind:
            return None
        scopes: tuple[Scope, ...] = ((type_id, plan_id), (None, plan_id), (type_id, None), (None, None))
        for scope in scopes[:2] if named else scopes:
            for rule in of_kind.get(scope, ()):
                if rule.first <= number and (rule.last is None or number <= rule.last):
                    return rule
        return None

    def ancestors(self, plan_id: int, switch: str) -> list[int]:
        """Return whom a plan takes something from, the nearest first, as far as the switch is on."""
        found: list[int] = []
        plan = self.plans[plan_id]
        while plan.parent_id is not None and switch in plan.takes and plan.parent_id not in (plan_id, *found):
            found.append(plan.parent_id)
            plan = self.plans[plan.parent_id]
        return found

    def components(self, plan_id: int) -> tuple[ComponentFacts, ...]:
        """Return what is inside a plan's prices: its own components, else those of the nearest ancestor with any."""
        seen: set[int] = set()
        here: int | None = plan_id
        while here is not None and here not in seen:
            seen.add(here)
            plan = self.plans[here]
            if plan.components:
                return plan.components
            here = plan.parent_id
        return ()

    def sold_nights(self, plan_ids: Collection[int] | None, type_id: int | None, day: date) -> int:
        """Return how many live nights of a day are of one of the plans and of the type; None is every one."""
        return sum(
            count
            for (plan, kind, night), count in self.sold.items()
            if night == day and (plan_ids is None or plan in plan_ids) and (type_id is None or kind == type_id)
        )
