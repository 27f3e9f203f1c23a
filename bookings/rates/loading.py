"""Reads the snapshots of properties over some days in a fixed number of queries, whatever the properties, types, plans, days."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject

from billing.taxes.selectors import rules_asked
from bookings.availability.selectors import availability_asked
from bookings.rates import rule_rows
from bookings.rates.enums import Source
from bookings.rates.models import Extra, ExtraDay, Promotion
from bookings.rates.quoting import DayLimits
from bookings.rates.snapshot import (
    ChannelFacts,
    ComponentFacts,
    ExtraFacts,
    Manual,
    PlanFacts,
    PolicyFacts,
    PromotionFacts,
    Rule,
    Scope,
    SeasonFacts,
    Snapshot,
    TermsFacts,
    TierFacts,
    TypeFacts,
)
from pms.kernel.prepared import together
from pms.properties.models import Property

Rows = Sequence[tuple[Any, ...]]
#: Where the parts of a row of PLANS begin; its first columns are the first fields of PlanFacts.
_OF_FACTS = len(rule_rows.PLAN_FACTS)
_OF_POLICY = len(rule_rows.PLAN_COLUMNS)
_OF_TERMS = _OF_POLICY + len(rule_rows.POLICY_COLUMNS)
_AFTER_TERMS = _OF_TERMS + len(rule_rows.TERMS_COLUMNS)
_PARENT = rule_rows.PLAN_FACTS.index("parent_id")


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
    return load_many(
        properties=[property],
        first=first,
        until=until,
        at=at,
        source=source,
        room_type_ids=room_type_ids,
        rate_plan_ids=rate_plan_ids,
        promo_code=promo_code,
        extra_codes=extra_codes,
        with_rooms=with_rooms,
    )[property.pk]


def load_many(
    *,
    properties: Sequence[Property],
    first: date,
    until: date,
    at: datetime,
    source: Source | None = None,
    room_type_ids: Collection[int] | None = None,
    rate_plan_ids: Collection[int] | None = None,
    promo_code: str = "",
    extra_codes: Collection[str] = (),
    with_rooms: bool = True,
) -> dict[int, Snapshot]:
    """Return, by property id, what `load` returns, for all of them in the same fixed number of queries.

    A promotion is found by its code in each property that has one.
    """
    selling = source is not None
    places = {place.pk: place for place in properties}
    keys = list(places)
    with together():
        # Asked at once: while rows of one kind are read, PostgreSQL finds the next.
        type_rows = rule_rows.TYPES.ask(properties=keys)
        # Without a source nothing is sold: the same rows, and no channel among them.
        plan_rows = rule_rows.PLANS.ask(properties=keys, source=str(source or ""))
        rule_rows_of = rule_rows.RULES.ask(properties=keys)
        season_rows = rule_rows.SEASONS.ask(properties=keys, first=first, until=until)
        taxes_of = rules_asked(properties=properties, first=first, until=until) if selling else None
        types = _types(places, type_rows(), room_type_ids, at)
        plans, tiers = _plans(places, plan_rows(), at)
        # Whether a stay fills a gap is a question about the nights before and after it.
        fills_gaps = selling and any(plan.fills_gaps for own in plans.values() for plan in own.values())
        edge = timedelta(days=1 if fills_gaps else 0)
        restriction_rows = rule_rows.RESTRICTIONS.ask(properties=keys, first=first - edge, until=until)
        price_rows = rule_rows.PRICES.ask(
            plans=[plan for own in plans.values() for plan in _with_parents(own, rate_plan_ids)],
            types=[kind for own in types.values() for kind in own],
            first=first,
            until=until,
        )
        rooms_of = None
        if selling and with_rooms:
            rooms_of = availability_asked(property_ids=places, first=first - edge, until=until + edge, now=at)
        rules = _rules(places, rule_rows_of())
        seasons = _seasons(season_rows())
        taxes = taxes_of() if taxes_of is not None else {}
        restrictions = _restrictions(places, types, restriction_rows())
        base, manual = _prices(price_rows())
        rows = [limits for scopes in restrictions.values() for days in scopes.values() for limits in days.values()]
        quotas = any(limits.quota is not None for limits in rows)
        if rooms_of is None and fills_gaps and any(row.min_stay_arrival or row.min_stay_through for row in rows):
            rooms_of = availability_asked(property_ids=places, first=first - edge, until=until + edge, now=at)
        rooms = rooms_of() if rooms_of is not None else {}
    promotions = _promotions(places, promo_code) if promo_code else {}
    extras = _extras(places, extra_codes, first, until) if extra_codes else {}
    sold = _sold(places, first, until) if selling and quotas else {}
    return {
        key: Snapshot(
            property=place,
            first=first,
            until=until,
            types=types[key],
            plans=plans[key],
            base=base,
            manual=manual,
            seasons=tuple(seasons.get(key, ())),
            rules=rules[key],
            ruled_plans=frozenset(plan for scopes in rules[key].values() for _, plan in scopes),
            ruled_types=frozenset(kind for scopes in rules[key].values() for kind, _ in scopes),
            restrictions=restrictions[key],
            rooms=rooms,
            rooms_first=first - edge,
            taxes=taxes.get(key),
            tiers=tiers,
            promotion=promotions.get(key),
            extras=extras.get(key, {}),
            sold=sold.get(key, {}),
        )
        for key, place in places.items()
    }


def _is_over(retired_at: datetime | None, at: datetime) -> bool:
    return retired_at is not None and retired_at <= at


def scaled(percent: Decimal) -> int:
    """Return a percentage as thousandths of a per cent."""
    return int(percent.scaleb(3))


def _with_parents(plans: Mapping[int, PlanFacts], rate_plan_ids: Collection[int] | None) -> Collection[int]:
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


def _types(
    places: Collection[int], rows: Rows, room_type_ids: Collection[int] | None, at: datetime
) -> dict[int, dict[int, TypeFacts]]:
    types: dict[int, dict[int, TypeFacts]] = {key: {} for key in places}
    for row in rows:
        if room_type_ids is None or row[0] in room_type_ids:
            types[row[9]][row[0]] = TypeFacts._make([*row[:8], _is_over(row[8], at)])
    return types


def _plans(
    places: Collection[int], rows: Rows, at: datetime
) -> tuple[dict[int, dict[int, PlanFacts]], dict[int, list[TierFacts]]]:
    """Return the plans of each property, and the tiers of their policies."""
    policies: dict[int | None, PolicyFacts | None] = {None: None}
    terms: dict[int | None, TermsFacts | None] = {None: None}
    tiers: dict[int, list[TierFacts]] = {}
    plans: dict[int, dict[int, PlanFacts]] = {key: {} for key in places}
    for row in rows:
        inherits, percent, retired_at, policy_id, terms_id = row[_OF_FACTS:_OF_POLICY]
        inside, sold_at, of_policy, place_id = row[_AFTER_TERMS:]
        if policy_id not in policies:
            policies[policy_id] = PolicyFacts(policy_id, *row[_OF_POLICY:_OF_TERMS])
            tiers[policy_id] = [_tier(json.loads(found)) for found in of_policy]
        if terms_id not in terms:
            terms[terms_id] = TermsFacts._make(row[_OF_TERMS:_AFTER_TERMS])
        takes: frozenset[str] = frozenset(inherits) if row[_PARENT] else frozenset()
        plan = PlanFacts._make(
            (
                *row[:_OF_FACTS],
                takes,
                scaled(percent),
                _is_over(retired_at, at),
                _channel(json.loads(sold_at[0])) if sold_at else None,
                tuple([ComponentFacts(**json.loads(found)) for found in inside]),
                policies[policy_id],
                terms[terms_id],
            )
        )
        plans[place_id][plan.id] = plan
    return plans, tiers


def _tier(row: dict[str, Any]) -> TierFacts:
    percent = row.pop("percent")
    return TierFacts(percent=None if percent is None else Decimal(str(percent)), **row)


def _channel(row: dict[str, Any]) -> ChannelFacts:
    return ChannelFacts(row["is_open"], scaled(Decimal(str(row["percent"]))), row["amount_minor"])


def _prices(rows: Rows) -> tuple[dict[tuple[int, int], int], dict[tuple[int, int], dict[date, Manual]]]:
    """Return base prices and daily prices of all properties: their keys are of one property anyway."""
    base: dict[tuple[int, int], int] = {}
    manual: dict[tuple[int, int], dict[date, Manual]] = {}
    for plan, kind, day, price, all_in in rows:
        if day is None:
            base[plan, kind] = price
        else:
            manual.setdefault((plan, kind), {})[day] = Manual(price, all_in)
    return base, manual


def _seasons(rows: Rows) -> dict[int, list[SeasonFacts]]:
    seasons: dict[int, list[SeasonFacts]] = {}
    for code, name, begins, ends, percent, own, place_id in rows:
        prices = {(row["plan"], row["type"]): row["price"] for row in map(json.loads, own)}
        seasons.setdefault(place_id, []).append(SeasonFacts(code, name, begins, ends, scaled(percent), prices))
    return seasons


def _rules(places: Collection[int], rows: Rows) -> dict[int, dict[str, dict[Scope, list[Rule]]]]:
    rules: dict[int, dict[str, dict[Scope, list[Rule]]]] = {key: {} for key in places}
    for number, plan, room_type, kind, first, last, percent, amount, place_id in rows:
        rule = Rule(
            number, plan, room_type, kind, first, last, None if percent is None else scaled(percent), amount or 0
        )
        rules[place_id].setdefault(kind, {}).setdefault((room_type, plan), []).append(rule)
    return rules


def _restrictions(
    places: Collection[int], types: Mapping[int, Mapping[int, TypeFacts]], rows: Rows
) -> dict[int, dict[Scope, dict[date, DayLimits]]]:
    found: dict[int, dict[Scope, dict[date, DayLimits]]] = {key: {} for key in places}
    for row in rows:
        place_id, plan, room_type, day = row[:4]
        if room_type is None or room_type in types[place_id]:
            days = found[place_id].get((room_type, plan))
            if days is None:
                days = found[place_id][room_type, plan] = {}
            days[day] = DayLimits._make(row[4:])
    return found


def _promotions(places: Collection[int], code: str) -> dict[int, PromotionFacts]:
    rows = (
        Promotion.objects.filter(property_id__in=list(places), code__iexact=code.strip(), retired_at=None)
        .annotate(plans=ArrayAgg("rate_plans", filter=Q(rate_plans__isnull=False), default=[]))
        .order_by("-code")
    )
    # Codes that differ only in their case: the first by its code holds.
    return {row.property_id: _promotion(row, row.plans) for row in rows}


def _promotion(row: Promotion, plan_ids: Collection[int]) -> PromotionFacts:
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
        plan_ids=frozenset(plan_ids),
        sources=frozenset(row.sources),
    )


def _extras(
    places: Collection[int], codes: Collection[str], first: date, until: date
) -> dict[int, dict[str, ExtraFacts]]:
    days = ExtraDay.objects.filter(extra=OuterRef("pk"), date__gte=first, date__lt=until).values(
        row=JSONObject(date="date", sold="sold", limit="limit")
    )
    rows = Extra.objects.filter(property_id__in=list(places), code__in=list(codes)).annotate(taken=ArraySubquery(days))
    extras: dict[int, dict[str, ExtraFacts]] = {}
    for row in rows:
        extras.setdefault(row.property_id, {})[row.code] = ExtraFacts(
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
    return extras


def _sold(places: Collection[int], first: date, until: date) -> dict[int, dict[tuple[int, int, date], int]]:
    sold: dict[int, dict[tuple[int, int, date], int]] = {}
    for place_id, plan, kind, day, count in rule_rows.SOLD_NIGHTS.rows(
        properties=list(places), first=first, until=until
    ):
        sold.setdefault(place_id, {})[plan, kind, day] = count
    return sold
