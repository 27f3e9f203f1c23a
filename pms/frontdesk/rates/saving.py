"""Saving what was collected in the calendar, unless somebody set the same cells meanwhile."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from bookings.rates.changing import Cell
from bookings.rates.models import RateChange
from bookings.rates.services import rates_change
from pms.frontdesk.rates.selectors import changed_since
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict
from pms.kernel.locking import lock, retried
from pms.properties.models import Property


@retried
@transaction.atomic
def calendar_save(*, place: Property, cells: Sequence[Cell], title: str, seen_at: datetime, actor: Actor) -> RateChange:
    """Publish the cells as one change. Locks the property, as every change does.

    Raises Conflict `changed_meanwhile` with `meanwhile` in its context when any of them was set after `seen_at` (UTC),
    and what rates_change raises.
    """
    lock(Property.objects.filter(pk=place.pk))
    meanwhile = changed_since(place=place, cells=cells, seen_at=seen_at)
    if meanwhile:
        raise Conflict(
            "changed_meanwhile", "Somebody changed some of these cells while you looked.", meanwhile=meanwhile
        )
    return rates_change(property=place, cells=cells, title=title, actor=actor)
