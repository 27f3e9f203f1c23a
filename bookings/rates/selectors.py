"""What nights cost and what limits them, day by day."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import DateField, Value

from bookings.rates.matrix import cells
from bookings.rates.models import BasePrice, DailyPrice, RatePlan
from bookings.rates.quoting import DayCell
from bookings.rates.snapshot import load
from pms.kernel.dates import each_day
from pms.kernel.errors import Invalid
from pms.properties.models import Property, RoomType


def night_prices(*, rate_plan: RatePlan, room_type: RoomType, nights: Sequence[date]) -> dict[date, int]:
    """Return the price of each night, minor units of the property's currency: the day's own, else the default. One query.

    Raises Invalid `no_price` for a night without either: no price is not a price of nothing (T24).
    """
    daily = DailyPrice.objects.filter(rate_plan=rate_plan, room_type=room_type, date__in=nights)
    default = BasePrice.objects.filter(rate_plan=rate_plan, room_type=room_type)
    rows: dict[date | None, int] = dict(
        daily.values_list("date", "price_minor").union(
            default.annotate(date=Value(None, DateField())).values_list("date", "price_minor"), all=True
        )
    )
    usual = rows.pop(None, None)
    prices = {night: price for night, price in rows.items() if night is not None}
    missing = [night for night in nights if night not in prices]
    if missing:
        if usual is None:
            raise Invalid(
                "no_price",
                f"{rate_plan.name} has no price for {room_type.name} on {missing[0]:%-d %B %Y}.",
                field="rate_plan",
                date=missing[0],
            )
        prices |= dict.fromkeys(missing, usual)
    return {night: prices[night] for night in nights}


def rate_matrix(
    *,
    property: Property,
    first: date,
    until: date,
    rate_plan_ids: Collection[int] | None = None,
    room_type_ids: Collection[int] | None = None,
    at: datetime,
) -> dict[tuple[int, int], tuple[DayCell, ...]]:
    """Return price and limits of the days [first, until), by room type id and rate plan id, in positions' order.

    Without ids every pair of the property that is not retired at the UTC instant `at`. A fixed number of queries.
    """
    snapshot = load(
        property=property,
        first=first,
        until=until,
        at=at,
        room_type_ids=None if room_type_ids is None else list(room_type_ids),
        rate_plan_ids=rate_plan_ids,
    )
    plans = [
        plan
        for plan in snapshot.plans.values()
        if (not plan.retired if rate_plan_ids is None else plan.id in rate_plan_ids)
    ]
    kinds = [kind for kind in snapshot.types.values() if room_type_ids is not None or not kind.retired]
    return cells(snapshot, days=list(each_day(first, until)), plans=plans, kinds=kinds)
