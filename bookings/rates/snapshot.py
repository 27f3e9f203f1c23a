"""Everything a price depends on, read once for a property and some days, in a fixed number of queries.

What comes after this module computes on these values and asks the database nothing. Percentages are whole numbers of
thousandths of a per cent: 12.5 % is 12,500, of FULL.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q
from django.db.models.functions import JSONObject

from billing.taxes.calculation import TaxRules
from billing.taxes.selectors import rules_load
from bookings.availability.selectors import TypeAvailability, availability
from bookings.rates.enums import PRICE, Limit, Source
from bookings.rates.models import (
    BasePrice,
    CancellationPolicy,
    CancellationTier,
    DailyPrice,
    Extra,
    ExtraDay,
    PaymentTerms,
    PlanChannel,
    PlanComponent,
    PriceRule,
    Promotion,
    RatePlan,
    Restriction,
    Season,
    SeasonPrice,
)
from bookings.rates.quoting import DayLimits
from pms.properties.models import Property, RoomType

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


class ChannelFacts(NamedTuple):
    """How a plan is sold at the source that was asked for."""

    is_open: bool
    percent: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A rate plan. `takes` are the switches that are on; empty without a parent."""

    id: int
    code: str
    name: str
    position: int
    board: str
    parent_id: int | None
    takes: frozenset[str]
    derive_percent: int
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
    retired: bool
    channel: ChannelFacts | None
    components: tuple[ComponentFacts, ...]
    policy: CancellationPolicy | None
    payment_terms: PaymentTerms | None

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
    taxes: TaxRules | None
    tiers: dict[int, list[CancellationTier]]
    promotion: PromotionFacts | None
    extras: dict[str, ExtraFacts]
    sold: dict[tuple[int, int, date], int]

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


def load(
    *,
    property: Property,
    first: date,
    until: date,
    at: datetime,
    source: Source | None = None,
    room_type_ids: Sequence[int] | None = None,
    rate_plan_ids: Collection[int] | None = None,
    promo_code: str = "",
    extra_codes: Collection[str] = (),
    with_rooms: bool = True,
) -> Snapshot:
    """Return what a sale at `at` (UTC) on nights of [first, until) depends on, restrictions of the day `until` included.

    Without source only prices and limits: no taxes, rooms, policies, which nobody asks for where nothing is sold. Without
    rooms for whoever holds the inventory and asks it itself.
    """
    selling = source is not None
    types = _types(property, room_type_ids, at)
    plans = _plans(property, source, at)
    base, manual = _prices(_with_parents(plans, rate_plan_ids), types, first, until)
    rules = _rules(property)
    restrictions = _restrictions(property, types, first, until)
    quotas = any(limits.quota is not None for days in restrictions.values() for limits in days.values())
    return Snapshot(
        property=property,
        first=first,
        until=until,
        types=types,
        plans=plans,
        base=base,
        manual=manual,
        seasons=_seasons(property, first, until),
        rules=rules,
        ruled_plans=frozenset(plan for scopes in rules.values() for _, plan in scopes),
        ruled_types=frozenset(kind for scopes in rules.values() for kind, _ in scopes),
        restrictions=restrictions,
        rooms=availability(property_id=property.pk, first=first, until=until, now=at) if selling and with_rooms else {},
        taxes=rules_load(property=property, first=first, until=until) if selling else None,
        tiers=_tiers(plans) if selling else {},
        promotion=_promotion(property, promo_code) if promo_code else None,
        extras=_extras(property, extra_codes, first, until) if extra_codes else {},
        sold=_sold(property, first, until) if selling and quotas else {},
    )


def _is_over(retired_at: datetime | None, at: datetime) -> bool:
    return retired_at is not None and retired_at <= at


def scaled(percent: Decimal) -> int:
    """Return a percentage as thousandths of a per cent."""
    return int(percent.scaleb(3))


def _with_parents(plans: dict[int, PlanFacts], rate_plan_ids: Collection[int] | None) -> Collection[int]:
    """Return the plans and all whose price theirs may follow."""
    if rate_plan_ids is None:
        return plans
    found: set[int] = set()
    for rate_plan_id in rate_plan_ids:
        here: int | None = rate_plan_id
        while here is not None and here not in found and here in plans:
            found.add(here)
            here = plans[here].parent_id
    return found


def _types(property: Property, room_type_ids: Sequence[int] | None, at: datetime) -> dict[int, TypeFacts]:
    rows = RoomType.objects.filter(property=property)
    if room_type_ids is not None:
        rows = rows.filter(pk__in=room_type_ids)
    columns = rows.values_list(
        "id", "code", "name", "position", "base_occupancy", "max_occupancy", "max_adults", "max_children", "retired_at"
    )
    return {row[0]: TypeFacts(*row[:8], retired=_is_over(row[8], at)) for row in columns}


def _plans(property: Property, source: Source | None, at: datetime) -> dict[int, PlanFacts]:
    rows = RatePlan.objects.filter(property=property)
    components = PlanComponent.objects.filter(rate_plan=OuterRef("pk")).order_by("component")
    channels = PlanChannel.objects.filter(rate_plan=OuterRef("pk"), source=source or "")
    # Without a source nothing is sold: the same row, and no channel of it.
    annotated = rows.select_related("cancellation_policy", "payment_terms").annotate(
        inside=ArraySubquery(
            components.values(
                row=JSONObject(component="component", basis="basis", amount="amount_minor", age_from="age_from")
            )
        ),
        sold_at=ArraySubquery(
            channels.values(row=JSONObject(is_open="is_open", percent="percent", amount="amount_minor"))
        ),
    )
    return {row.pk: _plan(row, row.inside, row.sold_at, at) for row in annotated}


def _plan(row: RatePlan, inside: Iterable[Any], sold_at: Sequence[Any], at: datetime) -> PlanFacts:
    channel = sold_at[0] if sold_at else None
    return PlanFacts(
        id=row.pk,
        code=row.code,
        name=row.name,
        position=row.position,
        board=row.board,
        parent_id=row.parent_id,
        takes=frozenset(row.inherits) if row.parent_id else frozenset(),
        derive_percent=scaled(row.derive_percent),
        derive_minor=row.derive_minor,
        access_code=row.access_code,
        sale_first=row.sale_first,
        sale_last=row.sale_last,
        stay_first=row.stay_first,
        stay_last=row.stay_last,
        lead_days_min=row.lead_days_min,
        lead_days_max=row.lead_days_max,
        nights_min=row.nights_min,
        nights_max=row.nights_max,
        retired=_is_over(row.retired_at, at),
        channel=channel
        and ChannelFacts(channel["is_open"], scaled(Decimal(str(channel["percent"]))), channel["amount"]),
        components=tuple(
            ComponentFacts(found["component"], found["basis"], found["amount"], found["age_from"]) for found in inside
        ),
        policy=row.cancellation_policy,
        payment_terms=row.payment_terms,
    )


def _prices(
    plans: Collection[int], types: Collection[int], first: date, until: date
) -> tuple[dict[tuple[int, int], int], dict[tuple[int, int], dict[date, Manual]]]:
    """Read base prices and daily prices, each in one query."""
    pair = {"rate_plan_id__in": list(plans), "room_type_id__in": list(types)}
    base = {
        (plan, kind): price
        for plan, kind, price in BasePrice.objects.filter(**pair).values_list(
            "rate_plan_id", "room_type_id", "price_minor"
        )
    }
    manual: dict[tuple[int, int], dict[date, Manual]] = {}
    rows = DailyPrice.objects.filter(**pair, date__gte=first, date__lt=until)
    for plan, kind, day, price, all_in in rows.values_list(
        "rate_plan_id", "room_type_id", "date", "price_minor", "all_in"
    ):
        manual.setdefault((plan, kind), {})[day] = Manual(price, all_in)
    return base, manual


def _seasons(property: Property, first: date, until: date) -> tuple[SeasonFacts, ...]:
    prices = SeasonPrice.objects.filter(season=OuterRef("pk")).values(
        row=JSONObject(plan="rate_plan_id", type="room_type_id", price="price_minor")
    )
    rows = Season.objects.filter(property=property, first__lt=until, last__gte=first).annotate(
        own=ArraySubquery(prices)
    )
    return tuple(
        SeasonFacts(
            code, name, begins, ends, scaled(percent), {(row["plan"], row["type"]): row["price"] for row in own}
        )
        for code, name, begins, ends, percent, own in rows.values_list(
            "code", "name", "first", "last", "percent", "own"
        )
    )


def _rules(property: Property) -> dict[str, dict[Scope, list[Rule]]]:
    rules: dict[str, dict[Scope, list[Rule]]] = {}
    rows = PriceRule.objects.filter(property=property).values_list(
        "id", "rate_plan_id", "room_type_id", "kind", "first", "last", "percent", "amount_minor"
    )
    for number, plan, room_type, kind, first, last, percent, amount in rows:
        rule = Rule(
            number, plan, room_type, kind, first, last, None if percent is None else scaled(percent), amount or 0
        )
        rules.setdefault(kind, {}).setdefault((room_type, plan), []).append(rule)
    return rules


def _restrictions(
    property: Property, types: Collection[int], first: date, until: date
) -> dict[Scope, dict[date, DayLimits]]:
    found: dict[Scope, dict[date, DayLimits]] = {}
    rows = Restriction.objects.filter(
        Q(room_type=None) | Q(room_type_id__in=list(types)), property=property, date__gte=first, date__lte=until
    ).order_by()
    for plan, room_type, day, *limits in rows.values_list("rate_plan_id", "room_type_id", "date", *Limit.values):
        found.setdefault((room_type, plan), {})[day] = DayLimits(*limits)
    return found


def _tiers(plans: dict[int, PlanFacts]) -> dict[int, list[CancellationTier]]:
    policies = {plan.policy.pk for plan in plans.values() if plan.policy}
    tiers: dict[int, list[CancellationTier]] = {policy: [] for policy in policies}
    if policies:
        for tier in CancellationTier.objects.filter(policy_id__in=policies):
            tiers[tier.policy_id].append(tier)
    return tiers


def _promotion(property: Property, code: str) -> PromotionFacts | None:
    row = (
        Promotion.objects.filter(property=property, code__iexact=code.strip(), retired_at=None)
        .annotate(plans=ArrayAgg("rate_plans", filter=Q(rate_plans__isnull=False), default=[]))
        .order_by("code")
        .first()
    )
    if row is None:
        return None
    return PromotionFacts(
        id=row.pk,
        code=row.code,
        name=row.name,
        percent=None if row.percent is None else scaled(row.percent),
        amount_minor=row.amount_minor,
        sale_first=row.sale_first,
        sale_last=row.sale_last,
        stay_first=row.stay_first,
        stay_last=row.stay_last,
        nights_min=row.nights_min,
        max_uses=row.max_uses,
        uses=row.uses,
        plan_ids=frozenset(row.plans),
        sources=frozenset(row.sources),
    )


def _extras(property: Property, codes: Collection[str], first: date, until: date) -> dict[str, ExtraFacts]:
    days = ExtraDay.objects.filter(extra=OuterRef("pk"), date__gte=first, date__lt=until).values(
        row=JSONObject(date="date", sold="sold", limit="limit")
    )
    rows = Extra.objects.filter(property=property, code__in=list(codes)).annotate(taken=ArraySubquery(days))
    return {
        row.code: ExtraFacts(
            code=row.code,
            name=row.name,
            component=row.component,
            basis=row.basis,
            price_minor=row.price_minor,
            age_from=row.age_from,
            daily_limit=row.daily_limit,
            retired=row.retired_at is not None,
            days={date.fromisoformat(day["date"]): (day["sold"], day["limit"]) for day in row.taken},
        )
        for row in rows
    }


def _sold(property: Property, first: date, until: date) -> dict[tuple[int, int, date], int]:
    """Count live nights by plan, type as sold and day, through the plan's reverse relation: reservations stand above."""
    rows = (
        RatePlan.objects.filter(
            property=property,
            stay_nights__released_at=None,
            stay_nights__date__gte=first,
            stay_nights__date__lt=until,
        )
        .order_by()
        .values_list("id", "stay_nights__room_type_id", "stay_nights__date")
        .annotate(count=Count("stay_nights__id"))
    )
    return {(plan, kind, day): count for plan, kind, day, count in rows}
