"""What a night costs."""

from collections.abc import Sequence
from datetime import date

from django.db.models import DateField, Value

from bookings.rates.models import BasePrice, DailyPrice, RatePlan
from pms.kernel.errors import Invalid
from pms.properties.models import RoomType


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
