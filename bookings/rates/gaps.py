"""Gaps: nights of a room type around which no further night can be sold, so that no longer stay can have them. Pure.

Read by the type's rooms left, not unit by unit: a snapshot knows how many rooms there are, not which.
"""

from datetime import date, timedelta

from bookings.rates.enums import Limit
from bookings.rates.snapshot import Snapshot, TypeFacts
from bookings.rates.stays import Stay
from bookings.rates.told import day_name

#: What gives way to a gap, on plans that fill gaps (T25).
LOWERED = frozenset({Limit.MIN_STAY_ARRIVAL, Limit.MIN_STAY_THROUGH})
_STOP_SELL = list(Limit).index(Limit.STOP_SELL)


def gap_filled(snapshot: Snapshot, stay: Stay, kind: TypeFacts) -> str:
    """Return in words what bounds the gap that the stay fills exactly; nothing when it could be a night longer."""
    before = stay.arrival - timedelta(days=1)
    begins = "the business date" if stay.arrival <= stay.place.business_date else _bound(snapshot, stay, kind, before)
    ends = _bound(snapshot, stay, kind, stay.departure)
    return f"{begins} and {ends}" if begins and ends else ""


def _bound(snapshot: Snapshot, stay: Stay, kind: TypeFacts, night: date) -> str:
    """Return in words why nobody can have the night in this type; nothing when somebody can, or will past the horizon."""
    left = snapshot.rooms_left(kind.id, night)
    held = stay.held.get(night)
    if held is not None and held.consumed_type_id == kind.id and left is not None:
        left += 1
    if left is not None and left < 1:
        return f"{day_name(night)} (sold out)"
    for scope in ((kind.id, None), (None, None)):
        limits = snapshot.restrictions.get(scope, {}).get(night)
        if limits is not None and limits[_STOP_SELL]:
            return f"{day_name(night)} (closed)"
    return ""
