"""Writes a property's prices: what RatesDraft says, as rows."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from billing.taxes.models import Fee
from billing.taxes.services import regime_apply
from bookings.rates.enums import Limit
from bookings.rates.models import (
    BasePrice,
    CancellationPolicy,
    CancellationTier,
    Extra,
    PaymentTerms,
    PlanChannel,
    PlanComponent,
    PriceRule,
    Promotion,
    RatePlan,
    Season,
)
from pms.kernel.actors import Actor
from pms.properties.models import Property

from .copying import copy_rows
from .drafts import RoomTypeDraft
from .rate_drafts import RatesDraft


def rates_write(
    *, place: Property, rates: RatesDraft, room_types: Sequence[RoomTypeDraft], type_ids: dict[str, int], actor: Actor
) -> dict[str, int]:
    """Write the prices of a new property in the caller's transaction; keys of its rate plans by code."""
    plans = _plans(place, rates)
    plan_ids = {code: plan.pk for code, plan in plans.items()}
    _prices(rates, room_types, type_ids, plan_ids)
    Season.objects.bulk_create(Season(property=place, **asdict(season)) for season in rates.seasons)
    PriceRule.objects.bulk_create(
        PriceRule(
            property=place,
            kind=rule.kind,
            first=rule.first,
            last=rule.last,
            percent=rule.percent,
            amount_minor=rule.amount_minor,
            rate_plan_id=plan_ids[rule.plan] if rule.plan else None,
            room_type_id=type_ids[rule.room_type] if rule.room_type else None,
        )
        for rule in rates.rules
    )
    _restrictions(place, rates, type_ids, plan_ids)
    Extra.objects.bulk_create(
        Extra(property=place, position=position, **asdict(extra)) for position, extra in enumerate(rates.extras)
    )
    _promotions(place, rates, plans)
    if rates.regime:
        regime_apply(property=place, regime=rates.regime, category=rates.category, actor=actor)
    Fee.objects.bulk_create(
        Fee(property=place, position=position, **asdict(fee)) for position, fee in enumerate(rates.fees)
    )
    return plan_ids


def _plans(place: Property, rates: RatesDraft) -> dict[str, RatePlan]:
    policies = {
        row.code: row
        for row in CancellationPolicy.objects.bulk_create(
            CancellationPolicy(property=place, code=draft.code, name=draft.name, deadline_moves=draft.deadline_moves)
            for draft in rates.policies
        )
    }
    CancellationTier.objects.bulk_create(
        CancellationTier(policy=policies[draft.code], **asdict(tier))
        for draft in rates.policies
        for tier in draft.tiers
    )
    terms = {
        row.code: row
        for row in PaymentTerms.objects.bulk_create(
            PaymentTerms(property=place, **asdict(draft)) for draft in rates.terms
        )
    }
    plans: dict[str, RatePlan] = {}
    for position, draft in enumerate(rates.plans):
        plans[draft.code] = RatePlan.objects.create(
            property=place,
            position=position,
            code=draft.code,
            name=draft.name,
            description=draft.description,
            kind=draft.kind,
            board=draft.board,
            guarantee=draft.guarantee,
            cancellation_policy=policies[draft.policy],
            payment_terms=terms.get(draft.terms),
            parent=plans.get(draft.parent),
            derive_percent=draft.derive_percent,
            derive_minor=draft.derive_minor,
            access_code=draft.access_code,
            lead_days_min=draft.lead_days_min,
            lead_days_max=draft.lead_days_max,
            nights_min=draft.nights_min,
            is_default=position == 0,
        )
    PlanComponent.objects.bulk_create(
        PlanComponent(rate_plan=plans[draft.code], **asdict(inside))
        for draft in rates.plans
        for inside in draft.components
    )
    PlanChannel.objects.bulk_create(
        PlanChannel(rate_plan=plans[draft.code], **asdict(channel))
        for draft in rates.plans
        for channel in draft.channels
    )
    return plans


def _prices(
    rates: RatesDraft, room_types: Sequence[RoomTypeDraft], type_ids: dict[str, int], plan_ids: dict[str, int]
) -> None:
    BasePrice.objects.bulk_create(
        BasePrice(
            rate_plan_id=plan_ids[plan.code],
            room_type_id=type_ids[kind.code],
            price_minor=max(0, kind.price_minor + plan.extra_minor),
        )
        for plan in rates.plans
        if not plan.parent
        for kind in room_types
    )
    copy_rows(
        "rates_dailyprice",
        ("rate_plan_id", "room_type_id", "date", "price_minor", "all_in"),
        ((plan_ids[plan], type_ids[kind], day, price, False) for (plan, kind, day), price in rates.daily_minor.items()),
    )


def _restrictions(place: Property, rates: RatesDraft, type_ids: dict[str, int], plan_ids: dict[str, int]) -> None:
    """Write restrictions, what several drafts say of one day of a type and plan in one row; the later draft wins."""
    rows: dict[tuple[date, str, str], dict[str, object]] = {}
    for draft in rates.restrictions:
        for day in draft.dates:
            rows.setdefault((day, draft.room_type, draft.plan), {}).update(draft.limits)
    copy_rows(
        "rates_restriction",
        ("property_id", "date", "room_type_id", "rate_plan_id", *Limit.values),
        (
            (place.pk, day, type_ids.get(kind), plan_ids.get(plan), *(limits.get(limit) for limit in Limit.values))
            for (day, kind, plan), limits in rows.items()
        ),
    )


def _promotions(place: Property, rates: RatesDraft, plans: dict[str, RatePlan]) -> None:
    for draft in rates.promotions:
        fields = {**asdict(draft), "sources": [source.value for source in draft.sources]}
        named = fields.pop("plans")
        row = Promotion.objects.create(property=place, **fields)
        row.rate_plans.set([plans[code] for code in named])
