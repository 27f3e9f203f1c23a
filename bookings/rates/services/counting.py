"""What is counted besides rooms: quotas, the uses of a promo code and the days of an extra.

Codes and extras have a CHECK as last guard. A quota counts live nights and has none: whoever sells under it locks its row.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from django.db import connection
from django.db.models import F, Q

from bookings.rates.models import Extra, ExtraDay, Promotion, Restriction
from pms.kernel.errors import Conflict
from pms.kernel.locking import lock, lock_prepared
from pms.kernel.prepared import PreparedRows

#: An extra's key and a property-local day.
ExtraKey = tuple[int, date]


def quota_lock(*, property_id: int, days: Iterable[date]) -> None:
    """Lock the quotas of these days that several room types share, in key order, so that they are sold one by one.

    One that names a room type needs no lock of its own: the type's inventory days, locked before, are the same queue.
    """
    lock_prepared(_SHARED_QUOTAS, property_id=property_id, days=sorted(set(days)))


_SHARED_QUOTAS = PreparedRows(
    Restriction,
    lambda property_id, days: (
        Restriction.objects.filter(property_id=property_id, date__in=days, room_type=None, quota__isnull=False)
        .order_by("pk")
        .select_for_update(no_key=True)
    ),
    property_id=int,
    days=list[date],
)


def promotion_lock(*, property_id: int, codes: Iterable[str]) -> None:
    """Lock the promotions with these codes, whatever their case, in key order. Unknown ones are the quote's to refuse."""
    wanted = Q()
    for code in sorted({code.strip() for code in codes if code.strip()}):
        wanted |= Q(code__iexact=code)
    if wanted:
        lock(Promotion.objects.filter(wanted, property_id=property_id))


def promotion_count(*, promotion_id: int, by: int) -> None:
    """Count so many uses more (or fewer, when negative) of a promotion, in one conditional statement.

    Locks its row until the transaction ends. Raises Conflict `promo_used_up` when there are not that many left.
    """
    rows = Promotion.objects.filter(pk=promotion_id)
    if by > 0:
        rows = rows.filter(Q(max_uses=None) | Q(max_uses__gte=F("uses") + by))
    if not rows.update(uses=F("uses") + by):
        code = Promotion.objects.values_list("code", flat=True).get(pk=promotion_id)
        raise Conflict(
            "promo_used_up", f"The code {code} has been used as often as it may be.", field="promo_code", value=code
        )


def extra_days_ensure(*, sold: Mapping[ExtraKey, int]) -> None:
    """Make the days of limited extras that are not there yet; `sold` says how many are sold on each so far."""
    keys = sorted(sold)
    if not keys:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO rates_extraday (extra_id, date, "limit", sold)
            SELECT e.id, v.date, greatest(e.daily_limit, v.sold), v.sold
            FROM unnest(%s::bigint[], %s::date[], %s::int[]) AS v(extra_id, date, sold)
            JOIN rates_extra e ON e.id = v.extra_id
            WHERE e.daily_limit IS NOT NULL ORDER BY 1, 2
            ON CONFLICT (extra_id, date) DO NOTHING
            """,
            [[extra_id for extra_id, _ in keys], [day for _, day in keys], [sold[key] for key in keys]],
        )


def extra_days_lock(*, keys: Iterable[ExtraKey]) -> dict[ExtraKey, ExtraDay]:
    """Lock the days of extras in (extra, date) order and return those that are counted at all."""
    wanted = set(keys)
    if not wanted:
        return {}
    rows = ExtraDay.objects.filter(extra_id__in={key[0] for key in wanted}, date__in={key[1] for key in wanted})
    return {(row.extra_id, row.date): row for row in lock(rows.order_by("extra_id", "date"))}


def extra_days_count(*, locked: Mapping[ExtraKey, ExtraDay], by: Mapping[ExtraKey, int]) -> None:
    """Count so many sold more (or fewer) on locked days, in one statement.

    Raises Conflict `extra_sold_out` where fewer are left; a day that has no row is not counted.
    """
    steps = {key: step for key, step in by.items() if step and key in locked}
    for key, step in sorted(steps.items()):
        row = locked[key]
        if step > 0 and row.sold + step > row.limit:
            name = Extra.objects.values_list("name", flat=True).get(pk=key[0])
            left = max(0, row.limit - row.sold)
            raise Conflict(
                "extra_sold_out",
                f"{name}: {left} left on {key[1]:%-d %B %Y}, {step} asked for.",
                field="extras",
                date=key[1],
                value=left,
            )
    if not steps:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rates_extraday AS d SET sold = d.sold + v.step FROM unnest(%s::bigint[], %s::int[]) AS v(id, step)"
            " WHERE d.id = v.id",
            [[locked[key].pk for key in steps], list(steps.values())],
        )
    for key, step in steps.items():
        locked[key].sold += step
