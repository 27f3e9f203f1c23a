"""Hours of the day for facts of which only the day is known."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pms.kernel.dates import local_instant


@dataclass(frozen=True, slots=True)
class Clock:
    """The hours of one booking, the same every time they are asked for; `seed` is any number below 65,536.

    Whatever happened on the business date happened before six in the morning: the hotel is shown as its day begins.
    """

    seed: int
    business_date: date
    zone: ZoneInfo

    def at(self, day: date, first: time, hours: int) -> datetime:
        """An instant (UTC) within so many hours after first, property-local."""
        return local_instant(day, first, self.zone) + timedelta(minutes=self.seed * hours * 60 // 0x10000)

    def made(self, day: date, *, same_day: bool) -> datetime:
        """When the booking was made: during the day, before check-in for who arrives the same day."""
        if day == self.business_date:
            return self.at(day, time(0, 30), 5)
        return self.at(day, time(8), 6 if same_day else 14)

    def cancelled(self, day: date, made_at: datetime) -> datetime:
        """When it was cancelled: after it was made."""
        moment = self.at(day, time(0, 45), 5) if day == self.business_date else self.at(day, time(9), 12)
        return max(moment, made_at + timedelta(minutes=10))
