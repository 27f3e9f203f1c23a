"""What nights cost and what limits them, day by day."""

from collections.abc import Collection
from datetime import date, datetime

from bookings.rates.loading import load
from bookings.rates.matrix import cells
from bookings.rates.quoting import DayCell
from pms.kernel.dates import each_day
from pms.properties.models import Property


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
