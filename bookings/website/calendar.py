"""The availability calendar: two months of days on which a stay can begin, and where it can end. A fixed number of queries.

Every day is asked as a stay, by the rules of the quote; nothing here decides by itself whether a stay is sold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bookings.rates.enums import Source
from bookings.rates.loading import load
from bookings.rates.matrix import strictest
from bookings.rates.quoting import NO_LIMITS, Refusal
from bookings.rates.snapshot import Snapshot
from bookings.rates.wishes import FURTHEST_DAYS, Wish
from bookings.website.selling import WishAt
from pms.kernel.dates import each_day
from pms.properties.models import Property

MONTHS = 2
#: Longest stay that is looked for from a day, when shorter ones are refused.
LONGEST = 28
#: How far before the first month shown an arrival may be for its departures to be shown.
ARRIVAL_BEFORE = 92
#: What another departure may mend; whatever else refuses an arrival for one night refuses it for more.
_MENDED_BY_LENGTH = frozenset(
    {"min_stay_arrival", "min_stay_through", "closed_to_departure", "plan_nights", "promo_nights"}
)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day. `nights_min` is the shortest stay sold from it, None where it is no arrival; `refusal` says why not.

    `night_minor` is what a night of that stay costs with every tax. `departs`: the stay from the arrival chosen can end
    here; a full night may still be a departure (T2).
    """

    date: date
    nights_min: int | None = None
    night_minor: int | None = None
    refusal: Refusal | None = None
    closed_to_departure: bool = False
    departs: bool = False

    @property
    def arrives(self) -> bool:
        """Whether a stay can begin on it."""
        return self.nights_min is not None


@dataclass(frozen=True, slots=True)
class Month:
    """A month as weeks from Monday to Sunday; None before its first day and after its last."""

    first: date
    weeks: tuple[tuple[CalendarDay | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Two months of a property for some guests; `arrival` and `departure` as far as they are chosen."""

    place: Property
    today: date
    months: tuple[Month, ...]
    earlier: date | None
    later: date | None
    arrival: date | None
    departure: date | None

    @property
    def days(self) -> Iterator[CalendarDay]:
        """All days in order."""
        return (day for month in self.months for week in month.weeks for day in week if day is not None)


def calendar(
    *, place: Property, month: date, wish: Wish, arrival: date | None, departure: date | None, at: datetime
) -> Calendar:
    """Return the month of a property and the next, for the guests, rooms and code of `wish`, whose dates do not count.

    Days are property-local, today is the property's business date (T5), windows are read at the UTC instant `at` in
    property-local time (T26). `departure` only counts with an arrival that it can end.
    """
    today = place.business_date
    if arrival is not None and not today <= arrival <= today + timedelta(days=FURTHEST_DAYS):
        arrival = None
    first = _shown_from(month, today, arrival)
    until = _months_after(first, MONTHS)
    snapshot = load(
        property=place,
        first=first if arrival is None else min(first, arrival),
        until=until + timedelta(days=LONGEST),
        at=at,
        source=Source.DIRECT_WEB,
        promo_code=wish.code,
    )
    asking = _Asking(snapshot, wish, at)
    departures = asking.departures(arrival, until) if arrival is not None else set()
    closed = _closed_to_departure(snapshot)
    days = {
        day: replace(asking.day(day), departs=day in departures, closed_to_departure=day in closed)
        for day in each_day(first, until)
    }
    return Calendar(
        place=place,
        today=today,
        months=tuple(_month(_months_after(first, number), days) for number in range(MONTHS)),
        earlier=_months_after(first, -1) if first > today.replace(day=1) else None,
        later=_months_after(first, 1) if until <= today + timedelta(days=place.selling_horizon_days) else None,
        arrival=arrival,
        departure=departure if departure in departures else None,
    )


class _Asking:
    """Stays over the days of one snapshot."""

    def __init__(self, snapshot: Snapshot, wish: Wish, at: datetime) -> None:
        self.snapshot = snapshot
        self.wish = wish
        self.at = at
        self._jumps = not any(plan.fills_gaps for plan in snapshot.plans.values())

    def stay(self, arrival: date, nights: int) -> WishAt:
        """Return the wish from a day on, for so many nights."""
        wish = replace(self.wish, arrival=arrival, departure=arrival + timedelta(days=nights))
        return WishAt(self.snapshot, wish, self.at)

    def day(self, day: date) -> CalendarDay:
        """Return what stays from a day on there are: the shortest that is sold."""
        why: Refusal | None = None
        nights = 1
        while nights <= LONGEST and (nights == 1 or self._has_room(day, nights)):
            asked = self.stay(day, nights)
            if asked.sold is not None:
                return CalendarDay(day, nights, asked.sold.night_minor)
            why = why or asked.refusal
            longer = self._longer(asked.refusals(), nights)
            if longer is None:
                break
            nights = longer
        return CalendarDay(day, refusal=why)

    def departures(self, arrival: date, until: date) -> set[date]:
        """Return the days before `until` on which a stay from an arrival can end."""
        found = set()
        for nights in range(1, (until - arrival).days):
            if not self._has_room(arrival, nights):
                break
            if self.stay(arrival, nights).is_sold:
                found.add(arrival + timedelta(days=nights))
        return found

    def _has_room(self, arrival: date, nights: int) -> bool:
        """Whether some type has a room on every night (T9); a longer stay has none where a shorter one has not."""
        days = [arrival + timedelta(days=number) for number in range(nights)]
        return any(all((self.snapshot.rooms_left(kind, day) or 0) > 0 for day in days) for kind in self.snapshot.types)

    def _longer(self, of_pairs: Sequence[Sequence[Refusal]], nights: int) -> int | None:
        """Return the next length to ask; None where no departure mends what refuses every pair.

        Rules that name the length they want are taken at their word, unless a plan fills gaps: a shorter stay may then
        be sold where the longer one is not (T25).
        """
        wanted = [
            max((_wanted(refusal, nights) for refusal in refusals), default=nights + 1)
            for refusals in of_pairs
            if all(refusal.code in _MENDED_BY_LENGTH for refusal in refusals)
        ]
        if of_pairs and not wanted:
            return None
        return min(wanted) if wanted and self._jumps else nights + 1


def _wanted(refusal: Refusal, nights: int) -> int:
    named = refusal.value if isinstance(refusal.value, int) and refusal.code != "closed_to_departure" else 0
    return max(nights + 1, named)


def _closed_to_departure(snapshot: Snapshot) -> set[date]:
    """Return the days on which no pair on sale can be left."""
    closed: set[date] | None = None
    for kind in snapshot.types.values():
        for plan in snapshot.plans.values():
            if kind.retired or plan.retired:
                continue
            own = {
                day
                for day, limits in strictest(snapshot, plan, kind).items()
                if (limits or NO_LIMITS).closed_to_departure
            }
            closed = own if closed is None else closed & own
            if not closed:
                return set()
    return closed or set()


def _shown_from(month: date, today: date, arrival: date | None) -> date:
    """Return the first month shown: none that is over, none from which the arrival could not be seen."""
    last = today + timedelta(days=FURTHEST_DAYS)
    first = min(max(month, today), last).replace(day=1)
    if arrival is not None and (first - arrival).days > ARRIVAL_BEFORE:
        return arrival.replace(day=1)
    return first


def _months_after(first: date, number: int) -> date:
    place = first.year * 12 + first.month - 1 + number
    return date(place // 12, place % 12 + 1, 1)


def _month(first: date, days: dict[date, CalendarDay]) -> Month:
    own: list[CalendarDay | None] = [None] * first.weekday()
    own += [days[day] for day in each_day(first, _months_after(first, 1))]
    own += [None] * (-len(own) % 7)
    return Month(first, tuple(tuple(own[week : week + 7]) for week in range(0, len(own), 7)))
