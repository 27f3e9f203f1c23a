"""Writes what was learned about a hotel's prices as rows: base prices, seasons, rules, derived plans, channels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from bookings.rates.enums import PriceRuleKind, Source
from bookings.rates.models import BasePrice, PlanChannel, PriceRule, RatePlan, Season, SeasonPrice
from pms.audit.models import AuditEvent
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict
from pms.properties.models import Property, RoomType

from .rate_model import CHILD_FROM, Band, LearnedRates

ACTION = "rates.learned"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SeasonSpan:
    """A season of one year: its nights [first, last], and its index among the seasons of a year."""

    first: date
    last: date
    year: int
    index: int


def learned_before(*, property: Property, fingerprint: str) -> AuditEvent | None:
    """The audit row of the time a property's prices were learned from a file of this content."""
    return AuditEvent.objects.filter(
        action=ACTION, subject_code=property.code, changes__learned_from=[None, fingerprint]
    ).first()


def learned_write(
    *,
    property: Property,
    rates: LearnedRates,
    shift: timedelta,
    first: date,
    until: date,
    fingerprint: str,
    origin: str,
    actor: Actor,
) -> bool:
    """Write learned rates over the nights [first, until) of the hotel's present dates; False when they are there already.

    `shift` is what the bookings were moved by: seasons move with them. One transaction. Raises Conflict `rates_exist`
    for a hotel that has seasons, rules or channels of its own: what people set is not overwritten.
    """
    with transaction.atomic():
        Property.objects.select_for_update().get(pk=property.pk)
        if learned_before(property=property, fingerprint=fingerprint):
            return False
        if (
            Season.objects.filter(property=property).exists()
            or PriceRule.objects.filter(property=property).exists()
            or PlanChannel.objects.filter(rate_plan__property=property).exists()
            or RatePlan.objects.filter(property=property).exclude(parent=None).exists()
        ):
            raise Conflict(
                "rates_exist",
                f"{property.name} has seasons, price rules, channels or derived plans already; learned prices would"
                " mix with them.",
            )
        types = {kind.code: kind for kind in RoomType.objects.filter(property=property)}
        plans = {plan.code: plan for plan in RatePlan.objects.filter(property=property)}
        _plans(rates, plans, types)
        spans = list(season_spans(rates, first - shift, until - shift))
        seasons = _seasons(property, rates, shift, spans, types)
        rules = PriceRule.objects.bulk_create(_rules(property, rates))
        audit_record(
            action=ACTION,
            subject_type="property",
            subject_code=property.code,
            property_code=property.code,
            actor=actor,
            reason=origin,
            changes={
                "learned_from": [None, fingerprint],
                "seasons": [None, seasons],
                "price_rules": [None, len(rules)],
            },
        )
        event_publish(
            kind="rates.changed",
            subject_type="property",
            subject_code=property.code,
            payload={"property": property.code, "first": first.isoformat(), "last": (until - _DAY).isoformat()},
        )
    return True


def percent(per_mille: int) -> Decimal:
    """Return per mille as per cent."""
    return Decimal(per_mille).scaleb(-1)


def season_spans(rates: LearnedRates, first: date, until: date) -> Iterator[SeasonSpan]:
    """Return the seasons of the nights [first, until), cut at both ends, in order."""
    day = first
    while day < until:
        year, index = rates.season_on(day)
        month, number = rates.starts[(index + 1) % len(rates.starts)]
        after = date(year + (index + 1 == len(rates.starts)), month, number)
        yield SeasonSpan(day, min(after, until) - _DAY, year, index)
        day = after


def season_name(rates: LearnedRates, index: int) -> str:
    """Return what a hotel would call the season: by where its price lies between the cheapest and the dearest."""
    low, high = min(rates.season), max(rates.season)
    height = (rates.season[index] - low) / (high - low) if high > low else 0.5
    return next(
        name for limit, name in ((0.25, "Low"), (0.55, "Middle"), (0.85, "High"), (2.0, "Peak")) if height <= limit
    )


def _plans(rates: LearnedRates, plans: dict[str, RatePlan], types: dict[str, RoomType]) -> None:
    """Set the base prices of the first plan, derive the others from it, mark both up or down per channel."""
    root = plans[rates.plan]
    for code, price in rates.base_minor.items():
        if code in types:
            BasePrice.objects.update_or_create(rate_plan=root, room_type=types[code], defaults={"price_minor": price})
    derived = [plan for plan in plans.values() if plan != root]
    BasePrice.objects.filter(rate_plan__in=derived).delete()
    for plan in derived:
        plan.parent = root
        plan.derive_percent = percent(rates.plans.get(plan.code, 0))
    RatePlan.objects.bulk_update(derived, ["parent", "derive_percent"])
    PlanChannel.objects.bulk_create(
        PlanChannel(rate_plan=plan, source=Source(source), percent=percent(per_mille))
        for plan in plans.values()
        for source, per_mille in rates.sources.items()
        if per_mille
    )


def _seasons(
    property: Property, rates: LearnedRates, shift: timedelta, spans: Sequence[SeasonSpan], types: dict[str, RoomType]
) -> int:
    root = RatePlan.objects.get(property=property, code=rates.plan)
    seasons = Season.objects.bulk_create(
        Season(
            property=property,
            code=f"S{span.first + shift:%y%m%d}",
            name=f"{season_name(rates, span.index)} season from {span.first + shift:%-d %B %Y}",
            first=span.first + shift,
            last=span.last + shift,
            percent=percent(rates.season_factor(span.year, span.index)),
        )
        for span in spans
    )
    SeasonPrice.objects.bulk_create(
        SeasonPrice(
            season=season,
            rate_plan=root,
            room_type=types[code],
            price_minor=rates.season_price(code, span.year, span.index),
        )
        for season, span in zip(seasons, spans, strict=True)
        for code, index in rates.in_season
        if index == span.index and code in types
    )
    return len(seasons)


def _rules(property: Property, rates: LearnedRates) -> Iterator[PriceRule]:
    """Return the rules of the plan all others follow: rules that name no plan are not applied to derived ones."""
    most = len(rates.extra_adult)
    extra = [(k, k if k < most else None, each) for k, each in enumerate(rates.extra_adult, start=1)]
    bands: dict[PriceRuleKind, Sequence[Band]] = {
        PriceRuleKind.WEEKDAY: [(day, day, each) for day, each in enumerate(rates.weekday, start=1)],
        PriceRuleKind.SINGLE: [(0, None, rates.single)],
        PriceRuleKind.EXTRA_ADULT: extra,
        PriceRuleKind.CHILD: [(CHILD_FROM, None, rates.child)],
        PriceRuleKind.LENGTH_OF_STAY: rates.length_of_stay,
        PriceRuleKind.LEAD_TIME: rates.lead_time,
    }
    for kind, known in bands.items():
        for start, end, per_mille in known:
            if per_mille or kind is PriceRuleKind.EXTRA_ADULT:
                yield PriceRule(property=property, kind=kind, first=start, last=end, percent=percent(per_mille))
