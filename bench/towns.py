"""The properties that the search is measured over: 50 with 10 room types and 4 plans each, the same at every run but for today."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.db import connection, transaction
from django_tenants.utils import schema_context

from bench.house import organization_remove
from billing.taxes.enums import Component
from billing.taxes.services import regime_apply
from bookings.availability.models import InventoryDay
from bookings.rates.enums import Board, Penalty, PriceRuleKind
from bookings.rates.models import (
    BasePrice,
    CancellationPolicy,
    CancellationTier,
    DailyPrice,
    PlanComponent,
    PriceRule,
    RatePlan,
    Restriction,
    Season,
)
from pms.kernel.actors import Actor
from pms.properties.models import Amenity, Property, RoomType
from pms.tenants.models import Organization
from pms.tenants.services import organization_create

SLUG = "bench-towns"
SEED = 20_261_129
PROPERTIES = 50
TYPES = 10
PLANS = 4
DAYS = 150
CITIES = ("Lisboa", "Porto", "Vilnius", "Kaunas", "Berlin")
RULES: tuple[tuple[PriceRuleKind, int, int | None, str], ...] = (
    (PriceRuleKind.WEEKEND, 0, None, "8"),
    (PriceRuleKind.SINGLE, 0, None, "-12"),
    (PriceRuleKind.EXTRA_ADULT, 1, None, "22"),
    (PriceRuleKind.CHILD, 0, 2, "0"),
    (PriceRuleKind.CHILD, 3, None, "10"),
    (PriceRuleKind.LENGTH_OF_STAY, 7, None, "-5"),
    (PriceRuleKind.LEAD_TIME, 60, None, "-4"),
)


def towns_make(*, today: date) -> Organization:
    """Make the organization, removing the one of a run before."""
    actor = Actor.system("bench")
    organization_remove(slug=SLUG)
    organization = organization_create(slug=SLUG, name="Bench towns", actor=actor)
    with schema_context(organization.schema_name):
        with transaction.atomic():
            random = Random(SEED)
            pool = [Amenity.objects.get_or_create(code=code, defaults={"name": code})[0] for code in ("pool", "sauna")]
            for number in range(PROPERTIES):
                place = _property(number, random, today)
                place.amenities.set(pool[: number % 3])
                regime_apply(property=place, regime="pt-lisbon", actor=actor)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return organization


def _property(number: int, random: Random, today: date) -> Property:
    place = Property.objects.create(
        code=f"H{number:02}",
        name=f"House {number}",
        city=CITIES[number % len(CITIES)],
        country="PT",
        business_date=today,
        selling_horizon_days=DAYS,
    )
    types = RoomType.objects.bulk_create(
        RoomType(
            property=place, code=f"T{index}", name=f"Type {index + 1}", position=index, max_occupancy=2 + index % 3
        )
        for index in range(TYPES)
    )
    plans = _plans(place)
    BasePrice.objects.bulk_create(
        BasePrice(rate_plan=plans[0], room_type=kind, price_minor=7_000 + 130 * number + 900 * kind.position)
        for kind in types
    )
    PriceRule.objects.bulk_create(
        PriceRule(property=place, kind=kind, first=first, last=last, percent=Decimal(percent))
        for kind, first, last, percent in RULES
    )
    Season.objects.bulk_create(
        Season(
            property=place,
            code=f"S{index}",
            name=f"Season {index}",
            first=today + timedelta(days=30 * index),
            last=today + timedelta(days=30 * index + 29),
            percent=Decimal(4 * index - 8),
        )
        for index in range(DAYS // 30)
    )
    DailyPrice.objects.bulk_create(_daily(plans[0], types, random, today))
    Restriction.objects.bulk_create(_restrictions(place, plans, types, today))
    # Every seventh house is full, the others sell more of some types than of others.
    InventoryDay.objects.bulk_create(
        InventoryDay(
            room_type=kind,
            date=today + timedelta(days=offset),
            capacity=5,
            sold=5 if number % 7 == 6 else min(5, random.randrange(3 + kind.position // 2)),
        )
        for kind in types
        for offset in range(DAYS)
    )
    return place


def _plans(place: Property) -> list[RatePlan]:
    policy = CancellationPolicy.objects.create(property=place, code="FLEX", name="Free until two days before")
    CancellationTier.objects.create(policy=policy, penalty=Penalty.NONE)
    CancellationTier.objects.create(policy=policy, days_before=2, penalty=Penalty.NIGHTS, nights=1)
    strict = CancellationPolicy.objects.create(property=place, code="NRF", name="Non-refundable")
    CancellationTier.objects.create(policy=strict, penalty=Penalty.FULL)
    flexible = RatePlan.objects.create(
        property=place, code="FLEX", name="Flexible", cancellation_policy=policy, is_default=True
    )
    derived = [
        RatePlan(code="NRF", name="Non-refundable", derive_percent=Decimal(-10), cancellation_policy=strict),
        RatePlan(code="BB", name="Breakfast", derive_minor=1_500, board=Board.BREAKFAST, cancellation_policy=policy),
        RatePlan(code="LONG", name="Long stay", derive_percent=Decimal(-12), nights_min=5, cancellation_policy=policy),
    ]
    for position, plan in enumerate(derived, start=1):
        plan.property, plan.parent, plan.position = place, flexible, position
        plan.save()
    PlanComponent.objects.create(rate_plan=derived[1], component=Component.BREAKFAST, amount_minor=900)
    return [flexible, *derived]


def _daily(plan: RatePlan, types: Sequence[RoomType], random: Random, today: date) -> Iterator[DailyPrice]:
    """Yield a price by hand on every third day."""
    for kind in types:
        for offset in range(0, DAYS, 3):
            price = 8_000 + 900 * kind.position + random.randrange(3_000)
            yield DailyPrice(rate_plan=plan, room_type=kind, date=today + timedelta(days=offset), price_minor=price)


def _restrictions(
    place: Property, plans: Sequence[RatePlan], types: Sequence[RoomType], today: date
) -> Iterator[Restriction]:
    """Yield minimum stays at weekends of every type, and a quota of the non-refundable plan."""
    for offset in range(DAYS):
        day = today + timedelta(days=offset)
        if day.isoweekday() in {5, 6}:
            for kind in types:
                yield Restriction(property=place, room_type=kind, date=day, min_stay_arrival=2)
        if offset % 7 == 0:
            yield Restriction(property=place, rate_plan=plans[1], date=day, quota=20)
