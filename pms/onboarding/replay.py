"""Shows a hotel of the past as it stood on one of its days, moved to a date of today by whole weeks."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, Protocol

from .bookings_csv import FinalStatus

#: A Wednesday in the file on which both hotels are full, with history behind and bookings ahead.
ANCHOR: Final = date(2017, 5, 17)


class StandsAs(StrEnum):
    """What a booking is on the day that is shown."""

    NOT_MADE = "not made"
    CONFIRMED = "confirmed"
    IN_HOUSE = "in house"
    DEPARTED = "departed"
    CANCELLED = "cancelled"
    NO_SHOW = "no-show"


class Ended(Protocol):
    """The dates of a booking whose end is known."""

    @property
    def status(self) -> FinalStatus: ...
    @property
    def status_on(self) -> date: ...
    @property
    def made_on(self) -> date: ...
    @property
    def arrival(self) -> date: ...
    @property
    def departure(self) -> date: ...


@dataclass(frozen=True, slots=True)
class Replay:
    """The day of the data that is shown, and how far it is moved. Weekdays stay weekdays."""

    data_day: date
    shift: timedelta

    @property
    def business_date(self) -> date:
        """The date the shown day becomes."""
        return self.data_day + self.shift

    @classmethod
    def to(cls, day: date) -> "Replay":
        """The replay that brings ANCHOR nearest to a date by whole weeks: at most three days away from it."""
        weeks = ((day - ANCHOR).days + 3) // 7
        shift = timedelta(weeks=weeks)
        return cls(data_day=day - shift, shift=shift)


def stands_as(booking: Ended, day: date | None) -> StandsAs:
    """How a booking stands at the beginning of business on a day of the data; None asks for how it ended.

    Made on the day or before: it exists. Cancelled on the day or before: it is cancelled. Arrivals of the day are
    still to come and departures of the day still in house. A no-show is found out after its arrival date.
    """
    if day is None:
        return _ENDED[booking.status]
    if booking.made_on > day:
        return StandsAs.NOT_MADE
    if booking.status is FinalStatus.CANCELED and booking.status_on <= day:
        return StandsAs.CANCELLED
    if booking.arrival >= day:
        return StandsAs.CONFIRMED
    if booking.status is not FinalStatus.CHECK_OUT:
        return _ENDED[booking.status]
    return StandsAs.IN_HOUSE if booking.departure >= day else StandsAs.DEPARTED


_ENDED: Final = {
    FinalStatus.CHECK_OUT: StandsAs.DEPARTED,
    FinalStatus.CANCELED: StandsAs.CANCELLED,
    FinalStatus.NO_SHOW: StandsAs.NO_SHOW,
}
