"""The rows of rules as a snapshot reads them: queries of one property, compiled once."""

from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef
from django.db.models.functions import JSONObject

from bookings.rates.enums import Limit
from bookings.rates.models import (
    BasePrice,
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
TERMS_COLUMNS = ("code", "name", "deposit", "percent", "amount_minor", "deposit_days_before", "balance_days_before")

TYPES = Prepared(
    lambda property_id: RoomType.objects.filter(property_id=property_id).values_list(
        "id", "code", "name", "position", "base_occupancy", "max_occupancy", "max_adults", "max_children", "retired_at"
    ),
    property_id=int,
)
PLANS = Prepared(
    lambda property_id, source: (
        RatePlan.objects.filter(property_id=property_id)
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
        )
        .values_list(
            *PLAN_COLUMNS,
            *(f"cancellation_policy__{name}" for name in POLICY_COLUMNS),
            *(f"payment_terms__{name}" for name in TERMS_COLUMNS),
            "inside",
            "sold_at",
        )
    ),
    property_id=int,
    source=str,
)
SEASONS = Prepared(
    lambda property_id, first, until: (
        Season.objects.filter(property_id=property_id, first__lt=until, last__gte=first)
        .annotate(
            own=ArraySubquery(
                SeasonPrice.objects.filter(season=OuterRef("pk")).values(
                    row=JSONObject(plan="rate_plan_id", type="room_type_id", price="price_minor")
                )
            )
        )
        .values_list("code", "name", "first", "last", "percent", "own")
    ),
    property_id=int,
    first=date,
    until=date,
)
RULES = Prepared(
    lambda property_id: PriceRule.objects.filter(property_id=property_id).values_list(
        "id", "rate_plan_id", "room_type_id", "kind", "first", "last", "percent", "amount_minor"
    ),
    property_id=int,
)
RESTRICTIONS = Prepared(
    lambda property_id, first, until: (
        Restriction.objects.filter(property_id=property_id, date__gte=first, date__lte=until)
        .order_by()
        .values_list("rate_plan_id", "room_type_id", "date", *Limit.values)
    ),
    property_id=int,
    first=date,
    until=date,
)
BASE_PRICES = Prepared(
    lambda plans, types: BasePrice.objects.filter(rate_plan_id__in=plans, room_type_id__in=types).values_list(
        "rate_plan_id", "room_type_id", "price_minor"
    ),
    plans=list,
    types=list,
)
DAILY_PRICES = Prepared(
    lambda plans, types, first, until: DailyPrice.objects.filter(
        rate_plan_id__in=plans, room_type_id__in=types, date__gte=first, date__lt=until
    ).values_list("rate_plan_id", "room_type_id", "date", "price_minor", "all_in"),
    plans=list,
    types=list,
    first=date,
    until=date,
)
#: Live nights by plan, type as sold and day, through the plan's reverse relation: reservations stand above.
SOLD_NIGHTS = Prepared(
    lambda property_id, first, until: (
        RatePlan.objects.filter(
            property_id=property_id,
            stay_nights__released_at=None,
            stay_nights__date__gte=first,
            stay_nights__date__lt=until,
        )
        .order_by()
        .values_list("id", "stay_nights__room_type_id", "stay_nights__date")
        .annotate(count=Count("stay_nights__id"))
    ),
    property_id=int,
    first=date,
    until=date,
)
