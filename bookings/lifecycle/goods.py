"""What a sale takes besides rooms: a use of its promotion, and days of extras of which there are only so many.

Locked after the reservation and before units: promotions by key, then the days of extras by (extra, date).
"""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Sum

from bookings.lifecycle.sold import Sold
from bookings.rates.models import Extra, ExtraDay
from bookings.rates.services import (
    extra_days_count,
    extra_days_ensure,
    extra_days_lock,
    promotion_count,
    promotion_lock,
)
from bookings.reservations.models import ReservationCharge

ExtraKey = tuple[int, date]


def goods_lock(
    *, property_id: int, promo_codes: Iterable[str], extra_codes: Iterable[str], days: Sequence[date]
) -> None:
    """Lock what a sale may take, so that the quote made next is exact; nothing asked for, nothing locked."""
    promotion_lock(property_id=property_id, codes=promo_codes)
    codes = {code for code in extra_codes if code}
    if codes:
        limited = Extra.objects.filter(property_id=property_id, code__in=codes, daily_limit__isnull=False)
        _extra_days({(pk, day) for pk in limited.values_list("pk", flat=True) for day in days})


def goods_move(*, before: Sold, after: Sold) -> None:
    """Count what `after` takes and `before` does not, and the other way round. The charges are written afterwards.

    Raises Conflict `promo_used_up`, `extra_sold_out`.
    """
    if before.promotion_id != after.promotion_id:
        steps = {before.promotion_id: -1, after.promotion_id: 1}
        for promotion_id in sorted(key for key in steps if key is not None):
            promotion_count(promotion_id=promotion_id, by=steps[promotion_id])
    by: dict[ExtraKey, int] = {}
    for sold, sign in ((before, -1), (after, 1)):
        for charge in sold.charges:
            if charge.extra_id is not None:
                key = (charge.extra_id, charge.line.date)
                by[key] = by.get(key, 0) + sign * charge.line.quantity
    by = {key: step for key, step in by.items() if step}
    if by:
        extra_days_count(locked=_extra_days(by), by=by)


def _extra_days(keys: Iterable[ExtraKey]) -> dict[ExtraKey, ExtraDay]:
    """Lock the days of extras; those of limited extras that nobody asked for yet are made first."""
    wanted = set(keys)
    locked = extra_days_lock(keys=wanted)
    missing = wanted - set(locked)
    if missing:
        extras = Extra.objects.filter(pk__in={key[0] for key in missing}, daily_limit__isnull=False)
        limited = set(extras.values_list("pk", flat=True))
        missing = {key for key in missing if key[0] in limited}
    if missing:
        extra_days_ensure(sold=dict.fromkeys(missing, 0) | _sold(missing))
        locked = extra_days_lock(keys=wanted)
    return locked


def _sold(keys: set[ExtraKey]) -> dict[ExtraKey, int]:
    """Return how many were sold while the extra had no limit: they count from now on."""
    rows = ReservationCharge.objects.filter(
        extra_id__in={key[0] for key in keys}, date__in={key[1] for key in keys}, released_at=None
    )
    counted = rows.values_list("extra_id", "date").annotate(sold=Sum("quantity"))
    return {(extra_id, day): sold for extra_id, day, sold in counted if (extra_id, day) in keys}
