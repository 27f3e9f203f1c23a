"""Closed nights of a feed as closures of units: what the calendar says is closed is closed, as far as nobody stays there.

The calendar's closed nights are a set, compared night by night with the closures that stand for it: rolling blocks with a
new UID every day change only the nights at their edges. Stays are never touched.
"""

from collections.abc import Collection
from datetime import date, timedelta

from django.db import transaction

from bookings.availability.enums import ClosureKind
from bookings.availability.models import Closure, Occupancy
from bookings.availability.services import closure_create, closure_plan, closure_release
from channels.calendars.enums import Became, EventState
from channels.calendars.matching import spans_of
from channels.calendars.models import CalendarFeed, FeedClosure, FeedEvent
from pms.kernel.actors import Actor
from pms.kernel.dates import each_day, night_range
from pms.kernel.errors import DomainError
from pms.kernel.ranges import slot_span, span, touches
from pms.properties.models import Unit

#: Closures are made in pieces of at most so many nights.
MOST_NIGHTS = 365


def closed_nights(feed: CalendarFeed) -> set[date]:
    """Return the nights that shall be closed from the business date on: those called closed, and of stays not taken."""
    today = feed.property.business_date
    horizon = today + timedelta(days=feed.property.selling_horizon_days)
    kinds = [Became.FAILED, *([Became.CLOSED, Became.NOTICE] if feed.closes_nights else [])]
    rows = FeedEvent.objects.filter(feed=feed, state=EventState.LIVE, became__in=kinds, until__gt=today)
    return {
        night
        for first, until in rows.values_list("first", "until")
        for night in each_day(max(first, today), min(until, horizon))
    }


def closures_follow(*, feed: CalendarFeed, wanted: Collection[date], actor: Actor) -> None:
    """Close the wanted nights that nobody stays on, and open those of this feed that are not wanted any more.

    Each closure is a transaction of its own; what is in the way today is tried again with the next calendar.
    """
    today = feed.property.business_date
    nights, standing = set(wanted), set[date]()
    for row in _standing(feed, today):
        first, until = span(row.closure.nights)
        current = set(each_day(max(first, today), until))
        if _is_of(feed, row.closure.unit):
            standing |= _shrink(row, current & nights, current, actor)
        elif not feed.asks_before_freeing:  # the feed is another room's now
            _shrink(row, set(), current, actor)
    missing = nights - standing
    if missing:
        _close(feed, missing, actor)


def closures_open(*, feed: CalendarFeed, actor: Actor) -> int:
    """Open everything that this feed has closed from the business date on; return how many closures they were."""
    rows = _standing(feed, feed.property.business_date)
    for row in rows:
        closure_release(closure=row.closure, actor=actor, on=feed.property.business_date)
    return len(rows)


def _is_of(feed: CalendarFeed, unit: Unit) -> bool:
    return unit.pk == feed.unit_id if feed.unit_id else unit.room_type_id == feed.room_type_id


def _standing(feed: CalendarFeed, today: date) -> list[FeedClosure]:
    rows = FeedClosure.objects.filter(feed=feed, closure__released_at=None, closure__nights__endswith__gt=today)
    return list(rows.select_related("closure__unit__property", "closure__unit__room_type").order_by("pk"))


def _shrink(row: FeedClosure, kept: set[date], current: set[date], actor: Actor) -> set[date]:
    """Open the nights that are not kept, and return those that stay closed."""
    if kept == current:
        return kept
    with transaction.atomic():  # nobody sells a night between the opening and the closing anew
        spans = spans_of(kept)
        begins = min(current)
        if spans and spans[0][0] == begins:
            closure_release(closure=row.closure, actor=actor, on=spans[0][1])
            spans = spans[1:]
        else:
            closure_release(closure=row.closure, actor=actor, on=begins)
        for first, until in spans:
            _keep(row.feed, row.closure.unit, first, until, actor)
    return kept


def _keep(feed: CalendarFeed, unit: Unit, first: date, until: date, actor: Actor) -> Closure:
    closure = closure_create(
        unit=unit,
        first=first,
        until=until,
        kind=ClosureKind.OUT_OF_INVENTORY,
        reason=f"Not available in the calendar “{feed.name}”",
        actor=actor,
    )
    FeedClosure.objects.create(feed=feed, closure=closure)
    return closure


def _close(feed: CalendarFeed, missing: set[date], actor: Actor) -> None:
    """Close nights of the feed's unit, or of whichever units of its type are free the longest."""
    units = [feed.unit] if feed.unit else list(Unit.objects.filter(room_type=feed.room_type).order_by("position", "pk"))
    taken = _taken(units, missing)
    left = sorted(missing)
    while left:
        unit, run = max(
            ((unit, _run(left, taken[unit.pk], unit)) for unit in units), key=lambda found: found[1], default=(None, 0)
        )
        if unit is None or not run:
            left = left[1:]  # every room of it is taken on this night already
            continue
        nights, left = left[:run], left[run:]
        for first, until in spans_of(nights):
            _close_span(feed, unit, first, until, actor)


def _close_span(feed: CalendarFeed, unit: Unit, first: date, until: date, actor: Actor) -> None:
    plan = closure_plan(unit=unit, first=first, until=until, kind=ClosureKind.OUT_OF_INVENTORY)
    full = set(plan.oversold)
    for begin, end in spans_of(night for night in each_day(first, until) if night not in full):
        # Somebody may have booked a moment ago: then the night is taken, which is all that is wanted.
        try:
            with transaction.atomic():
                _keep(feed, unit, begin, end, actor)
        except DomainError:
            continue


def _run(nights: list[date], taken: set[date], unit: Unit) -> int:
    """Return on how many of the nights from the first on the unit is free, without a gap between them."""
    for index, night in enumerate(nights):
        follows = index == 0 or night - nights[index - 1] == timedelta(days=1)
        there = unit.in_service_from <= night and (unit.in_service_until is None or night < unit.in_service_until)
        if night in taken or not there or not follows or index == MOST_NIGHTS:
            return index
    return len(nights)


def _taken(units: list[Unit], nights: Collection[date]) -> dict[int, set[date]]:
    """Return the nights on which something takes each unit, its parts or its whole: one query."""
    taken: dict[int, set[date]] = {unit.pk: set() for unit in units}
    if not units:
        return taken
    first, until = min(nights), max(nights) + timedelta(days=1)
    rows = Occupancy.objects.filter(
        active=True, nights__overlap=night_range(first, until), unit__property_id=units[0].property_id
    )
    for slots, spell in rows.values_list("slots", "nights"):
        begin, end = span(spell)
        for unit in units:
            if touches(slot_span(unit.slots), slot_span(slots)):
                taken[unit.pk].update(each_day(max(begin, first), min(end, until)))
    return taken
