"""Our own nights, coming back: a channel that reads our calendar shows what it read in its own (T70)."""

from datetime import date, datetime

from channels.calendars.models import CalendarExport, CalendarFeed
from channels.calendars.showing import taken_of
from pms.kernel.dates import each_day


class Echoes:
    """Answers, for one reading of a feed, whether nights may be nothing but our own; asked first, it looks once."""

    def __init__(self, feed: CalendarFeed) -> None:
        self._feed = feed
        self._told: set[date] | None = None

    def explain(self, first: date, until: date) -> bool:
        """Return whether every night of [first, until) stood in a calendar of ours when the channel last fetched it."""
        if self._told is None:
            self._told = self._nights()
        today = self._feed.property.business_date
        nights = list(each_day(max(first, today), until))
        return bool(nights) and self._told.issuperset(nights)

    def _nights(self) -> set[date]:
        feed = self._feed
        exports = CalendarExport.objects.filter(
            room_type=feed.room_type,
            unit=feed.unit,
            without__in=["", feed.channel],  # whoever was given the address of everything may be this channel
            revoked_at=None,
            fetched_at__isnull=False,
        ).select_related("property", "room_type", "unit")
        told: set[date] = set()
        for export in exports:
            told |= _told_by(export, export.fetched_at)
        return told


def _told_by(export: CalendarExport, fetched_at: datetime | None) -> set[date]:
    return {
        night
        for taking in taken_of(export)
        if fetched_at is not None and taking.stamp <= fetched_at
        for night in each_day(taking.first, taking.until)
    }
