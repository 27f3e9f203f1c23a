"""The rows of rules as a snapshot reads them: queries of some properties, compiled once."""

from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Count, DateField, OuterRef, Value
from django.db.models.functions import JSONObject

from bookings.rates.enums import Limit
from bookings.rates.models import (
    BasePrice,
    CancellationTier,
    DailyPrice,
    PlanChannel,
    PlanComponent,
    PriceRule,
    RatePlan,
    Restriction,
    Season,
    SeasonPrice,
)
from pms.kernel.prepared import Prepared
from pms.properties.models import RoomType

#: What a snapshot keeps of a plan as it is.
PLAN_FACTS = (
    "id", "code", "name", "position", "board", "parent_id", "derive_minor", "access_code", "sale_first", "sale_last",
    "stay_first", "stay_last", "lead_days_min", "lead_days_max", "nights_min", "nights_max",
    "fills_gaps",
)  # fmt: skip
PLAN_COLUMNS = (
    *PLAN_FACTS, "inherits", "derive_percent", "retired_at", "cancellation_policy_id", "payment_terms_id",
)  # fmt: skip
POLICY_COLUMNS = ("code", "name", "deadline_time", "deadline_moves")
TIER_COLUMNS = ("booked_days_below", "is_no_show", "days_before", "penalty", "nights", "percent", "amount_minor")
TERMS_COLUMNS = ("code", "name", "deposit", "percent", "amount_minor", "deposit_days_before", "balance_days_before")

TYPES = Prepared(
    lambda properties: RoomType.objects.filter(property_id__in=properties).values_list(
        *("id", "code", "name", "position", "base_occupancy", "max_occupancy", "max_adults", "max_children"),
        *("retired_at", "property_id"),
    ),
    properties=list,
)
PLANS = Prepared(
    lambda properties, source: (
        RatePlan.objects.filter(property_id__in=properties)
        .annotate(
            inside=ArraySubquery(
                PlanComponent.objects.filter(rate_plan=OuterRef("pk"))
                .order_by("component")
                .values(
                    row=JSONObject(
                        component="component", basis="basis", amount_minor="amount_minor", age_from="age_from"
                    )
                )
            ),
            sold_at=ArraySubquery(
                PlanChannel.objects.filter(rate_plan=OuterRef("pk"), source=source)
                .order_by()
                .values(row=JSONObject(is_open="is_open", percent="percent", amount_minor="amount_minor"))
            ),
            tiers=ArraySubquery(
                CancellationTier.objects.filter(policy=OuterRef("cancellation_policy"))
                .order_by("pk")
                .values(row=JSONObject(**{name: name for name in TIER_COLUMNS}))
            ),
        )
        .values_list(
            *PLAN_COLUMNS,
            *(f"cancellation_policy__{name}" for name in POLICY_COLUMNS),
            *(f"payment_terms__{name}" for name in TERMS_COLUMNS),
            "inside",
            "sold_at",
            "tiers",
            "property_id",
        )
    ),
    properties=list,
    source=str,
)
SEASONS = Prepared(
    lambda properties, first, until: (
        Season.objects.filter(property_id__in=properties, first__lt=until, last__gte=first)
        .annotate(
            own=ArraySubquery(
                SeasonPrice.objects.filter(season=OuterRef("pk")).values(
                    row=JSONObject(plan="rate_plan_id", type="room_type_id", price="price_minor")
                )
            )
        )
        .values_list("code", "name", "first", "last", "percent", "own", "property_id")
    ),
    properties=list,
    first=date,
    until=date,
)
RULES = Prepared(
    lambda properties: PriceRule.objects.filter(property_id__in=properties).values_list(
        "id", "rate_plan_id", "room_type_id", "kind", "first", "last", "percent", "amount_minor", "property_id"
    ),
    properties=list,
)
RESTRICTIONS = Prepared(
    lambda properties, first, until: (
        Restriction.objects.filter(property_id__in=properties, date__gte=first, date__lte=until)
        .order_by()
        .values_list("property_id", "rate_plan_id", "room_type_id", "date", *Limit.values)
    ),
    properties=list,
    first=date,
    until=date,
)
#: Base prices, which have no day, and daily prices in one.
PRICES = Prepared(
    lambda plans, types, first, until: (
        BasePrice.objects.filter(rate_plan_id__in=plans, room_type_id__in=types)
        .values_list(
            "rate_plan_id",
            "room_type_id",
            Value(None, output_field=DateField(null=True)),
            "price_minor",
            Value(value=False, output_field=BooleanField()),
        )
        .union(
            DailyPrice.objects.filter(
                rate_plan_id__in=plans, room_type_id__in=types, date__gte=first, date__lt=until
            ).values_list("rate_plan_id", "room_type_id", "date", "price_minor", "all_in"),
            all=True,
        )
    ),
    plans=list,
    types=list,
    first=date,
    until=date,
)
#: Live nights by plan, type as sold and day, through the plan's reverse relation: reservations stand above.
SOLD_NIGHTS = Prepared(
    lambda properties, first, until: (
        RatePlan.objects.filter(
            property_id__in=properties,
            stay_nights__released_at=None,
            stay_nights__date__gte=first,
            stay_nights__date__lt=until,
        )
        .order_by()
        .values_list("property_id", "id", "stay_nights__room_type_id", "stay_nights__date")
        .annotate(count=Count("stay_nights__id"))
    ),
    properties=list,
    first=date,
    until=date,
)
