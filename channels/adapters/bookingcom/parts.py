"""What a booking is put together from in both languages: nights, rooms by their names, people, notes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from channels.adapters.base import ChannelError, Person, SoldRoom
from channels.adapters.enums import Trouble
from channels.adapters.values import name, text

#: A message with more rooms than this is no booking.
MOST_ROOMS = 500
MOST_NIGHTS = 999
MOST_NOTES = 8000
#: Taken for a child whose age nobody told; the desk is told so.
ASSUMED_AGE = 10
ONE_DAY = timedelta(days=1)


def instant_text(instant: datetime) -> str:
    """Return an instant as texts of one length, in the order of time."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def refused(code: str, message: str) -> ChannelError:
    return ChannelError(Trouble.REFUSED, code, message)


@dataclass(slots=True)
class Rooms:
    """What was found: `faults` are rooms that nobody could read, `lines` what the desk must know beside them."""

    found: list[SoldRoom] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    rates: list[str] = field(default_factory=list)
    _equals: Counter[str] = field(default_factory=Counter)

    def add(self, room: SoldRoom, *, is_alone: bool) -> None:
        """Take a room by its name for the stay; one that is listed again is the same room, and taken once."""
        if not room.room_ref:
            kind = room.room_id[:40] or "room"
            self._equals[kind] += 1
            room = replace(room, room_ref="room" if is_alone else f"{kind}-{self._equals[kind]}")
        known = next((one for one in self.found if one.room_ref == room.room_ref), None)
        if known is None:
            self.found.append(room)
        else:
            self.warnings.append(f"Room {room.room_ref} is listed twice; it is taken once.")
            if known != room:
                self.warnings.append(f"The two of room {room.room_ref} differ; the first is taken.")


@dataclass(frozen=True, slots=True)
class Night:
    """A night as it was told: its price, and the rate it was sold by."""

    on: date
    price_minor: int | None
    rate: str
    rewritten_from: str = ""


def nights_of(told: Iterable[Night], arrival: date, departure: date, rooms: Rooms) -> dict[date, int]:
    """Return the prices of the nights of a stay; what is told of other days, or twice, becomes a warning."""
    prices: dict[date, int] = {}
    for night in told:
        if not arrival <= night.on < departure:
            rooms.warnings.append(f"A price is told for {night.on}, which is no night of the stay.")
        elif night.price_minor is None:
            rooms.warnings.append(f"The price of {night.on} cannot be read.")
        elif night.on in prices:
            rooms.warnings.append(f"The price of {night.on} is told twice; the first is taken.")
        else:
            prices[night.on] = night.price_minor
    missing = (departure - arrival).days - len(prices)
    if missing:
        rooms.warnings.append(f"The prices of {missing} nights are not told.")
    return prices


def checked(arrival: date | None, departure: date | None) -> tuple[date, date]:
    """Return the dates of a stay. Raises ValueError, in words, where nobody can stay so."""
    if arrival is None or departure is None:
        raise ValueError("it has no dates.")
    if not 0 < (departure - arrival).days <= MOST_NIGHTS:
        raise ValueError(f"nobody stays from {arrival} to {departure}.")
    return arrival, departure


def ages_of(children: Iterable[int | None], rooms: Rooms) -> tuple[int, ...]:
    """Return the age of each child, a usual one where it is not told."""
    ages = tuple(children)
    missing = sum(age is None for age in ages)
    if missing:
        rooms.warnings.append(f"The ages of {missing} children are not told; {ASSUMED_AGE} is taken.")
    return tuple(ASSUMED_AGE if age is None else age for age in ages)


def named(full: str, booker: Person) -> Person | None:
    """Return whom a single line names: the booker where it is the booker's name, else its last word is the last name."""
    said = name(full, 160)
    if not said:
        return None
    if said.casefold() == f"{booker.first_name} {booker.last_name}".strip().casefold():
        return Person(first_name=booker.first_name, last_name=booker.last_name)
    first, _, last = said.rpartition(" ")
    return Person(first_name=first[:80].strip(), last_name=last[:80])


def mail_of(told: str) -> str:
    said = text(told, 254)
    return said if "@" in said else ""


def country_of(told: str) -> str:
    said = text(told, 8).upper()
    return said if len(said) == 2 and said.isascii() and said.isalpha() else ""


def joined(lines: Iterable[str], most: int = MOST_NOTES) -> str:
    """Return what is said in lines, each once."""
    return "\n".join(dict.fromkeys(line for line in lines if line))[:most].strip()


def by_person(people: Mapping[str, Person], references: Iterable[str]) -> list[Person]:
    """Return the guests that are referred to, in order."""
    return [people[one] for one in references if one in people]
