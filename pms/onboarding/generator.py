"""Invents a hotel's bookings, as many and as varied as real ones: the habits are measured, the people are not.

Everything follows from the random numbers it is given: the same seed and business date give the same hotel. Bookings
are drawn to their end (stayed, cancelled, never came), so that a day in the middle of them is a hotel in full swing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Final

from .bookings_csv import FinalStatus
from .demo_hotels import DemoHotel, DemoType
from .distributions import Draw, HotelMeasures, draw_quantile, lead_band

#: How full the demo's hotels mean to be, at the quietest and at the busiest; they end up a few rooms below it.
QUIET, BUSY = 0.78, 0.93
DAYS_BEFORE: Final = 60
DAYS_AFTER: Final = 365
#: Arrivals before the first day shown, so that it does not begin with an empty hotel.
WARM_UP: Final = 14
#: Nobody of the demo stays longer: the longest stays of the file are a few in a thousand.
LONGEST: Final = 21
ATTEMPTS_PER_ARRIVAL: Final = 12


@dataclass(frozen=True, slots=True)
class Drawn:
    """One invented booking, to its end. What it costs, the hotel's rules say."""

    key: str
    segment: str
    status: FinalStatus
    status_on: date
    made_on: date
    arrival: date
    departure: date
    party: tuple[int, int, int]
    reserved_type: str
    assigned_type: str
    country: str
    meal: str
    special_requests: int
    booking_changes: int
    is_repeated_guest: bool
    is_prepaid: bool
    has_car: bool

    @property
    def nights(self) -> list[date]:
        """The nights booked."""
        return [self.arrival + timedelta(days=index) for index in range((self.departure - self.arrival).days)]


class Rooms:
    """How many rooms of each type are taken on each night by what really happens."""

    def __init__(self, types: Sequence[DemoType]) -> None:
        self.types = types
        self.capacity = {kind.code: kind.rooms for kind in types}
        self.total = sum(self.capacity.values())
        self.taken: defaultdict[str, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
        self.sleeping: defaultdict[date, int] = defaultdict(int)
        self.largest = max(kind.guests for kind in types)

    def wanted(self, guests: int, night: date, random: Random) -> DemoType:
        """A type for so many guests: the emptier it is, the likelier; who comes alone likes the single rooms."""
        guests = min(guests, self.largest)
        fitting = [kind for kind in self.types if kind.guests >= guests]
        weights = [
            max(self.capacity[kind.code] - self.taken[kind.code][night], 0.3) * (4 if kind.guests == 1 else 1)
            for kind in fitting
        ]
        return random.choices(fitting, weights)[0]

    def has_room(self, code: str, nights: Sequence[date]) -> bool:
        """Whether a room of the type is free on every night."""
        return all(self.taken[code][night] < self.capacity[code] for night in nights)

    def larger(self, kind: DemoType, nights: Sequence[date]) -> str:
        """The cheapest other type that holds as many guests and is free, or nothing."""
        others = (other for other in self.types if other.guests >= kind.guests and other.percent >= kind.percent)
        return next((other.code for other in others if self.has_room(other.code, nights)), "")

    def take(self, code: str, nights: Sequence[date]) -> None:
        """Take a room of the type."""
        for night in nights:
            self.taken[code][night] += 1
            self.sleeping[night] += 1


class Population:
    """Draws the bookings of one hotel around a business date."""

    def __init__(self, hotel: DemoHotel, measures: HotelMeasures, business_date: date, random: Random) -> None:
        self.hotel, self.measures, self.random = hotel, measures, random
        self.business_date = business_date
        self.rooms = Rooms(hotel.types)
        self.segment = Draw([(name, segment.per_mille) for name, segment in measures.segments.items()])
        self.nights = {name: Draw(segment.nights) for name, segment in measures.segments.items()}
        self.party = Draw(measures.parties)
        self.country = Draw(measures.countries)
        self.meal = Draw(measures.meals)
        self.requests = Draw(measures.special_requests)
        self.changes = Draw(measures.booking_changes)

    def draw(self) -> list[Drawn]:
        """Every booking, in order of arrival."""
        first = self.business_date - timedelta(days=DAYS_BEFORE + WARM_UP)
        drawn: list[Drawn] = []
        for offset in range(DAYS_BEFORE + WARM_UP + DAYS_AFTER):
            day = first + timedelta(days=offset)
            wanted = self._arrivals(day)
            for _ in range(wanted * ATTEMPTS_PER_ARRIVAL):
                if wanted <= 0:
                    break
                booking = self._settled(self._one(day, len(drawn)))
                if booking is not None:
                    drawn.append(booking)
                    wanted -= booking.status is FinalStatus.CHECK_OUT
        return drawn

    def occupancy_aim(self, day: date) -> float:
        """How full the hotel should be on a night: by season and weekday, between QUIET and BUSY."""
        season = _between(self.measures.arrivals_by_month, day.month - 1)
        weekday = _between(self.measures.arrivals_by_weekday, day.weekday())
        return QUIET + (BUSY - QUIET) * (0.65 * season + 0.35 * weekday)

    def _arrivals(self, day: date) -> int:
        staying = self.rooms.sleeping[day]
        missing = self.occupancy_aim(day) * self.rooms.total - staying
        usual = self.rooms.total * 0.25 * 7 * self.measures.arrivals_by_weekday[day.weekday()] / 1000
        arrivals = 0.7 * missing + 0.3 * usual + self.random.gauss(0, 0.02 * self.rooms.total)
        return round(min(max(arrivals, 0.05 * self.rooms.total), self.rooms.total - staying))

    def _one(self, arrival: date, number: int) -> Drawn:
        random, measures = self.random, self.measures
        segment = self.segment(random)
        habits = measures.segments[segment]
        lead = draw_quantile(habits.lead_days, random)
        nights = min(self.nights[segment](random), LONGEST)
        party = self.party(random)
        made_on = arrival - timedelta(days=lead)
        departure = arrival + timedelta(days=nights)
        status, status_on = FinalStatus.CHECK_OUT, departure
        if random.random() * 1000 < habits.cancelled_per_mille[lead_band(lead)]:
            part = draw_quantile(measures.cancelled_part_per_mille, random)
            status, status_on = FinalStatus.CANCELED, made_on + timedelta(days=round(lead * part / 1000))
        elif random.random() * 1000 < measures.no_show_per_mille:
            status, status_on = FinalStatus.NO_SHOW, arrival
        kind = self.rooms.wanted(sum(party[:2]), arrival, random)
        return Drawn(
            key=f"{self.hotel.code}-{self.business_date}-{number}",
            segment=segment,
            status=status,
            status_on=status_on,
            made_on=made_on,
            arrival=arrival,
            departure=departure,
            party=party,
            reserved_type=kind.code,
            assigned_type=kind.code,
            country=self.country(random),
            meal=self.meal(random),
            special_requests=self.requests(random),
            booking_changes=self.changes(random),
            is_repeated_guest=random.random() * 1000 < measures.repeated_per_mille,
            is_prepaid=random.random() * 1000 < habits.prepaid_per_mille,
            has_car=random.random() * 1000 < measures.parking_per_mille,
        )

    def _settled(self, booking: Drawn) -> Drawn | None:
        """The booking with the room it really gets; None for a guest the full hotel could not take."""
        if booking.status is not FinalStatus.CHECK_OUT:
            return booking
        nights = booking.nights
        if self.rooms.has_room(booking.reserved_type, nights):
            self.rooms.take(booking.reserved_type, nights)
            return booking
        kind = next(kind for kind in self.hotel.types if kind.code == booking.reserved_type)
        larger = self.rooms.larger(kind, nights)
        if not larger:
            return None
        self.rooms.take(larger, nights)
        return replace(booking, assigned_type=larger)


def _between(values: Sequence[int], index: int) -> float:
    """Where a value lies between the smallest (0) and the largest (1)."""
    return (values[index] - min(values)) / (max(values) - min(values))
