"""Reads the snapshot of a property and some days in a fixed number of queries, whatever the types, plans and days."""

import json
from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject

from billing.taxes.selectors import rules_load
from bookings.availability.selectors import availability
from bookings.rates import rule_rows
from bookings.rates.enums import Source
from bookings.rates.models import (
    CancellationPolicy,
    CancellationTier,
    Extra,
    ExtraDay,
    PaymentTerms,
    Promotion,
)
from bookings.rates.quoting import DayLimits
from bookings.rates.snapshot import (
    ChannelFacts,
    ComponentFacts,
    ExtraFacts,
    Manual,
    PlanFacts,
    PromotionFacts,
    Rule,
    Scope,
    SeasonFacts,
    Snapshot,
    TypeFacts,
)
from pms.properties.models import Property


def load(
    *,
    property: Property,
    first: date,
    until: date,
    at: datetime,
    source: Source | None = None,
    room_type_ids: Collection[int] | None = None,
    rate_plan_ids: Collection[int] | None = None,
    promo_code: str = "",
    extra_codes: Collection[str] = (),
    with_rooms: bool = True,
) -> Snapshot:
    """Return what a sale at `at` (UTC) on nights of [first, until) depends on, restrictions of the day `until` included.

    Without source only prices and limits: no taxes, rooms, policies, which nobody asks for where nothing is sold. Without
    rooms for whoever holds the inventory and asks it itself; where a minimum stay may give way to a gap they are read all
    the same.
    """
    selling = source is not None
    types = _types(property, room_type_ids, at)
    plans = _plans(property, source, at)
    base, manual = _prices(_with_parents(plans, rate_plan_ids), types, first, until)
    rules = _rules(property)
    # Whether a stay fills a gap is a question about the nights before and after it.
    edge = timedelta(days=1 if selling and any(plan.fills_gaps for plan in plans.values()) else 0)
    restrictions = _restrictions(property, types, first - edge, until)
    rows = [limits for days in restrictions.values() for limits in days.values()]
    quotas = any(limits.quota is not None for limits in rows)
    asks_gaps = bool(edge) and any(limits.min_stay_arrival or limits.min_stay_through for limits in rows)
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
        rooms=availability(property_id=property.pk, first=first - edge, until=until + edge, now=at)
        if selling and (with_rooms or asks_gaps)
        else {},
        rooms_first=first - edge,
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


def _types(property: Property, room_type_ids: Collection[int] | None, at: datetime) -> dict[int, TypeFacts]:
    return {
        row[0]: TypeFacts._make([*row[:8], _is_over(row[8], at)])
        for row in rule_rows.TYPES.rows(property_id=property.pk)
        if room_type_ids is None or row[0] in room_type_ids
    }


def _plans(property: Property, source: Source | None, at: datetime) -> dict[int, PlanFacts]:
    # Without a source nothing is sold: the same rows, and no channel among them.
    rows = rule_rows.PLANS.rows(property_id=property.pk, source=str(source or ""))
    policies: dict[int | None, CancellationPolicy] = {}
    terms: dict[int | None, PaymentTerms] = {}
    plans = {}
    for row in rows:
        plan = dict(zip(rule_rows.PLAN_COLUMNS, row, strict=False))
        policy_id, terms_id = plan["cancellation_policy_id"], plan["payment_terms_id"]
        at_policy, at_terms = len(rule_rows.PLAN_COLUMNS), len(rule_rows.PLAN_COLUMNS) + len(rule_rows.POLICY_COLUMNS)
        inside, sold_at = row[-2:]
        if policy_id is not None and policy_id not in policies:
            own = zip(rule_rows.POLICY_COLUMNS, row[at_policy:at_terms], strict=True)
            policies[policy_id] = CancellationPolicy(pk=policy_id, property=property, **dict(own))
        if terms_id is not None and terms_id not in terms:
            own = zip(rule_rows.TERMS_COLUMNS, row[at_terms:-2], strict=True)
            terms[terms_id] = PaymentTerms(pk=terms_id, property=property, **dict(own))
        plans[plan["id"]] = PlanFacts(
            **{name: plan[name] for name in rule_rows.PLAN_FACTS},
            takes=frozenset(plan["inherits"]) if plan["parent_id"] else frozenset(),
            derive_percent=scaled(plan["derive_percent"]),
            retired=_is_over(plan["retired_at"], at),
            channel=_channel(json.loads(sold_at[0])) if sold_at else None,
            components=tuple(ComponentFacts(**json.loads(found)) for found in inside),
            policy=policies.get(policy_id),
            payment_terms=terms.get(terms_id),
        )
    return plans


def _channel(row: dict[str, Any]) -> ChannelFacts:
    return ChannelFacts(row["is_open"], scaled(Decimal(str(row["percent"]))), row["amount_minor"])


def _prices(
    plans: Collection[int], types: Collection[int], first: date, until: date
) -> tuple[dict[tuple[int, int], int], dict[tuple[int, int], dict[date, Manual]]]:
    """Read base prices and daily prices, each in one query."""
    pair = {"plans": list(plans), "types": list(types)}
    base = {(plan, kind): price for plan, kind, price in rule_rows.BASE_PRICES.rows(**pair)}
    manual: dict[tuple[int, int], dict[date, Manual]] = {}
    for plan, kind, day, price, all_in in rule_rows.DAILY_PRICES.rows(**pair, first=first, until=until):
        manual.setdefault((plan, kind), {})[day] = Manual(price, all_in)
    return base, manual


def _seasons(property: Property, first: date, until: date) -> tuple[SeasonFacts, ...]:
    rows = rule_rows.SEASONS.rows(property_id=property.pk, first=first, until=until)
    return tuple(
        SeasonFacts(
            code,
            name,
            begins,
            ends,
            scaled(percent),
            {(row["plan"], row["type"]): row["price"] for row in map(json.loads, own)},
        )
        for code, name, begins, ends, percent, own in rows
    )


def _rules(property: Property) -> dict[str, dict[Scope, list[Rule]]]:
    rules: dict[str, dict[Scope, list[Rule]]] = {}
    for number, plan, room_type, kind, first, last, percent, amount in rule_rows.RULES.rows(property_id=property.pk):
        rule = Rule(
            number, plan, room_type, kind, first, last, None if percent is None else scaled(percent), amount or 0
        )
        rules.setdefault(kind, {}).setdefault((room_type, plan), []).append(rule)
    return rules


def _restrictions(
    property: Property, types: Collection[int], first: date, until: date
) -> dict[Scope, dict[date, DayLimits]]:
    found: dict[Scope, dict[date, DayLimits]] = {}
    rows = rule_rows.RESTRICTIONS.rows(property_id=property.pk, first=first, until=until)
    for plan, room_type, day, *limits in rows:
        if room_type is None or room_type in types:
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
    rows = rule_rows.SOLD_NIGHTS.rows(property_id=property.pk, first=first, until=until)
    return {(plan, kind, day): count for plan, kind, day, count in rows}
