"""What our own calendars say: nights that are taken, and never whose. A fixed number of queries for each."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import blake2b

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q

from bookings.availability.enums import TAKING
from bookings.availability.models import InventoryDay, Occupancy
from bookings.reservations.models import StayNight
from channels.adapters.ical.writing import Taken
from channels.calendars.enums import SOURCES, Channel
from channels.calendars.models import CalendarExport, FeedClosure, FeedEvent
from pms.kernel.dates import each_day, night_range
from pms.kernel.ranges import span

DAY = timedelta(days=1)


def taken_of(export: CalendarExport) -> list[Taken]:
    """Return the nights that are taken from the business date to the selling horizon, in order.

    Of a unit: every stay, option and closure that takes it, its parts or its whole, and nights on which nothing of its
    type is free. Of a type: nights on which nothing is free. What the channel itself sold is not in it, nor counted, so
    that it never hears its own echo. Four queries for a unit, three for a type.
    """
    today = export.property.business_date
    until = today + timedelta(days=export.property.selling_horizon_days)
    taken = list(_of_unit(export, today, until)) if export.unit else []
    covered = {night for taking in taken for night in each_day(max(taking.first, today), min(taking.until, until))}
    taken += [
        Taken(_uid(export, f"full-{night}"), night, night + DAY, 0, export.created_at)
        for night in _full(export, today, until)
        if night not in covered
    ]
    return sorted(taken, key=lambda taking: (taking.first, taking.until, taking.uid))


def _of_unit(export: CalendarExport, today: date, until: date) -> Iterator[Taken]:
    unit = export.unit
    if unit is None:
        return
    rows = (
        Occupancy.objects.filter(active=True, slots__overlap=unit.slots, nights__overlap=night_range(today, until))
        .exclude(_own_stays(export, "reservation"))
        .exclude(_own_closures(export))
        .select_related("reservation", "closure")
        .order_by("nights", "pk")
    )
    pieces: Counter[str] = Counter()
    for row in rows:
        stay, closure = row.reservation, row.closure
        name = f"stay-{stay.pk}" if stay else f"closure-{row.closure_id}"
        pieces[name] += 1
        first, last = span(row.nights)
        stamp = stay.made_at if stay else closure.created_at if closure else export.created_at
        sequence = stay.version - 1 if stay else 0
        yield Taken(_uid(export, f"{name}-{pieces[name]}"), first, last, sequence, stamp)
    if unit.in_service_until is not None and unit.in_service_until < until:
        yield Taken(_uid(export, "gone"), max(unit.in_service_until, today), until, 0, export.created_at)
    if unit.in_service_from > today:
        yield Taken(_uid(export, "not-yet"), today, min(unit.in_service_from, until), 0, export.created_at)


def _full(export: CalendarExport, today: date, until: date) -> list[date]:
    """Return the nights on which the type has nothing free, what the channel itself has taken given back."""
    free = dict(
        InventoryDay.objects.filter(room_type_id=export.room_type_id, date__gte=today, date__lt=until)
        .order_by("date")
        .values_list("date", "free")
    )
    for night, count in _own_nights(export, today, until).items():
        if night in free:
            free[night] += count
    return [night for night, left in free.items() if left < 1]


def _own_nights(export: CalendarExport, today: date, until: date) -> Counter[date]:
    own: Counter[date] = Counter()
    if not export.without:
        return own
    stays = (
        StayNight.objects.filter(
            _own_stays(export, "reservation"),
            consumed_type_id=export.room_type_id,
            released_at=None,
            date__gte=today,
            date__lt=until,
        )
        .order_by()
        .values("date")
        .annotate(count=Count("pk"))
        .values_list("date", "count")
    )
    own.update(dict(stays))
    closures = FeedClosure.objects.filter(
        _of_channel(export, "feed"),
        closure__unit__room_type_id=export.room_type_id,
        closure__released_at=None,
        closure__kind__in=list(TAKING),
        closure__nights__overlap=night_range(today, until),
    )
    for nights in closures.values_list("closure__nights", flat=True):
        first, last = span(nights)
        own.update(each_day(max(first, today), min(last, until)))
    return own


def _own_stays(export: CalendarExport, path: str) -> Q:
    """Return what the export's channel sold: what came by its calendars, and what names it as its source."""
    if not export.without:
        return Q(pk__in=[])
    by_feed = FeedEvent.objects.filter(_of_channel(export, "feed"), reservation_id=OuterRef(f"{path}_id"))
    own = Q(Exists(by_feed))
    source = SOURCES.get(Channel(export.without))
    return own | Q(**{f"{path}__booking__source": source}) if source else own


def _own_closures(export: CalendarExport) -> Q:
    if not export.without:
        return Q(pk__in=[])
    return Q(Exists(FeedClosure.objects.filter(_of_channel(export, "feed"), closure_id=OuterRef("closure_id"))))


def _of_channel(export: CalendarExport, path: str) -> Q:
    """Return the feeds that speak for the channel: "another calendar" is each feed for itself."""
    if export.feed_id is not None and export.without == Channel.OTHER:
        return Q(**{f"{path}_id": export.feed_id})
    return Q(**{f"{path}__channel": export.without, f"{path}__property_id": export.property_id})


def _uid(export: CalendarExport, name: str) -> str:
    """Return a name that stays the same, says nothing, and is nobody else's."""
    return f"{blake2b(f'{export.code}:{name}'.encode(), digest_size=16).hexdigest()}@{settings.BASE_DOMAIN}"
