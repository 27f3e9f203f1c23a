"""The rooms of a booking: each a stay of its own, told apart by the site's name for it and never by its place."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from channels.adapters.base import ChannelError, Person, SoldRoom
from channels.adapters.channex.values import day, flag, identifier, mapping, minor, name, sequence, text, whole
from channels.adapters.enums import Trouble

#: A message with more rooms than this is no booking.
MOST_ROOMS = 500
MOST_NIGHTS = 999
#: Taken for a child whose age nobody told; the engine and the desk are told so.
ASSUMED_AGE = 10
_WISHES = ("free_text", "bed_preferences", "smoking_preferences", "meal_plan", "special_request")


@dataclass(slots=True)
class Rooms:
    """What was found: `faults` are rooms that nobody could read, `cancelled` counts those marked so."""

    found: list[SoldRoom] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    instruction: str = ""
    cancelled: int = 0

    @property
    def sold(self) -> tuple[SoldRoom, ...]:
        return tuple(self.found)


def rooms_of(attributes: Mapping[str, Any], currency: str) -> Rooms:
    """Return the rooms that are sold. Raises ChannelError refused for a list that no booking has."""
    listed = [mapping(item) for item in sequence(attributes.get("rooms"))]
    if len(listed) > MOST_ROOMS:
        raise ChannelError(Trouble.REFUSED, "too_many_rooms", f"A booking of {len(listed)} rooms is none.")
    rooms, references = Rooms(), _References(is_alone=len(listed) == 1)
    for place, room in enumerate(listed, start=1):
        is_cancelled = flag(room.get("is_cancelled")) is True
        # What is said of a room that is not coming is of no interest.
        said = Rooms() if is_cancelled else rooms
        try:
            sold = _sold(room, attributes, currency, said, is_alone=len(listed) == 1)
        except ValueError as fault:
            said.faults.append(f"Room {place} cannot be read: {fault}")
            sold = None
        # Cancelled ones are counted, so that their equals keep their names.
        named = references.named(sold, room) if sold is not None else None
        if is_cancelled:
            rooms.cancelled += 1
        elif named is not None:
            rooms.found.append(named)
        elif sold is not None:
            rooms.warnings.append(f"Room {place} is listed twice; it is taken once.")
    return rooms


class _References:
    """Names for stays, one each: the site's own where it gives one, for Channex gives a room a new one with every
    revision. Without one, a room alone is the only one, and several are what was sold with a count of its equals."""

    def __init__(self, *, is_alone: bool) -> None:
        self._is_alone = is_alone
        self._taken: dict[str, SoldRoom] = {}
        self._records: dict[str, SoldRoom] = {}
        self._equals: Counter[str] = Counter()

    def named(self, sold: SoldRoom, room: Mapping[str, Any]) -> SoldRoom | None:
        """Return the room with its name; None where the very same was named before."""
        told, record = _told_name(room), identifier(room.get("booking_room_id"))
        for known in (self._taken.get(told), self._records.get(record)):
            if known is not None and replace(known, room_ref="") == sold:
                return None
        found = replace(sold, room_ref=told if told and told not in self._taken else self._by_kind(sold, room, told))
        self._taken[found.room_ref] = found
        if record:
            self._records[record] = found
        return found

    def _by_kind(self, sold: SoldRoom, room: Mapping[str, Any], told: str) -> str:
        if self._is_alone:
            return "room"
        kind = text(mapping(room.get("meta")).get("room_type_code"), 40) or sold.room_id[:40] or "room"
        # Another stay under a name that is taken is another room all the same.
        start = f"{told[:30]} {kind}".strip()
        self._equals[start] += 1
        return f"{start}-{self._equals[start]}"


def _told_name(room: Mapping[str, Any]) -> str:
    """Return the site's name for a stay: Booking.com's number or index, MakeMyTrip's number; '' where it has none."""
    meta = mapping(room.get("meta"))
    return (
        identifier(room.get("ota_unique_id"), 80)
        or identifier(meta.get("booking_com_room_index"))
        or identifier(meta.get("number"))
    )


def _sold(
    room: Mapping[str, Any], attributes: Mapping[str, Any], currency: str, rooms: Rooms, *, is_alone: bool
) -> SoldRoom:
    """Return a room without its name. Raises ValueError, in words, where it has no dates."""
    arrival = day(room.get("checkin_date")) or day(attributes.get("arrival_date"))
    departure = day(room.get("checkout_date")) or day(attributes.get("departure_date"))
    if arrival is None or departure is None:
        raise ValueError("it has no dates.")
    if not 0 < (departure - arrival).days <= MOST_NIGHTS:
        raise ValueError(f"nobody stays from {arrival} to {departure}.")
    meta = mapping(room.get("meta"))
    if not identifier(room.get("room_type_id")):
        rooms.warnings.append(f"Its room is mapped to none at Channex ({_code(meta, 'room_type_code')}).")
    if not identifier(room.get("rate_plan_id")):
        rooms.warnings.append(f"Its rate is mapped to none at Channex ({_code(meta, 'rate_plan_code')}).")
    rooms.instruction = rooms.instruction or text(meta.get("payment_instruction"), 1000)
    rooms.lines += _lines(room, meta, currency)
    occupancy = mapping(room.get("occupancy"))
    if not occupancy and is_alone:
        occupancy = mapping(attributes.get("occupancy"))
    guests = [guest for item in sequence(room.get("guests"))[:50] if (guest := _guest(mapping(item))) is not None]
    return SoldRoom(
        room_ref="",
        room_id=identifier(room.get("room_type_id")),
        rate_id=identifier(room.get("rate_plan_id")),
        arrival=arrival,
        departure=departure,
        adults=max(1, whole(occupancy.get("adults"), most=99) or 0),
        child_ages=_ages(occupancy, rooms),
        infants=whole(occupancy.get("infants"), most=99) or 0,
        guest=guests[0] if guests else None,
        prices=_prices(room, arrival, departure, currency, rooms),
        total_minor=minor(room.get("amount"), currency),
        requests=_requests(meta, guests),
        parent_rate_id=identifier(meta.get("parent_rate_plan_id")),
    )


def _code(meta: Mapping[str, Any], field: str) -> str:
    return text(meta.get(field), 60) or "no code"


def _ages(occupancy: Mapping[str, Any], rooms: Rooms) -> tuple[int, ...]:
    """Return the age of each child; where ages of infants stand in the same list, they are the youngest."""
    children = whole(occupancy.get("children"), most=99) or 0
    told = [age for item in sequence(occupancy.get("ages"))[:99] if (age := whole(item, most=17)) is not None]
    ages = sorted(told, reverse=True)[:children] if len(told) > children else told
    missing = children - len(ages)
    if missing:
        rooms.warnings.append(f"The ages of {missing} children are not told; {ASSUMED_AGE} is taken.")
    return (*ages, *[ASSUMED_AGE] * missing)


def _prices(room: Mapping[str, Any], arrival: date, departure: date, currency: str, rooms: Rooms) -> dict[date, int]:
    prices: dict[date, int] = {}
    for key, value in sorted(mapping(room.get("days")).items()):
        night, price = day(key), minor(value, currency)
        if night is None or price is None:
            rooms.warnings.append(f"The price of {text(key, 20) or 'a night'} cannot be read.")
        elif arrival <= night < departure:
            prices[night] = price
        else:
            rooms.warnings.append(f"A price is told for {night}, which is no night of the stay.")
    return prices


def _guest(guest: Mapping[str, Any]) -> Person | None:
    first, last = name(guest.get("name")), name(guest.get("surname"))
    return Person(first_name=first, last_name=last) if first or last else None


def _requests(meta: Mapping[str, Any], guests: list[Person]) -> str:
    wishes = [text(meta.get(field), 1000) for field in _WISHES]
    wishes += [text(remark, 1000) for remark in sequence(meta.get("room_remarks"))[:20]]
    if len(guests) > 1:
        wishes.append("Guests: " + ", ".join(f"{guest.first_name} {guest.last_name}".strip() for guest in guests))
    return "\n".join(dict.fromkeys(wish for wish in wishes if wish))[:4000]


def _lines(room: Mapping[str, Any], meta: Mapping[str, Any], currency: str) -> Iterator[str]:
    """Yield what the desk must know of a room's money: what is on top of its price, and what the site says of paying."""
    for service in [mapping(item) for item in sequence(room.get("services"))[:50]]:
        if text(service.get("total_price")):
            yield f"{name(service.get('name')) or 'Service'}: {text(service.get('total_price'), 20)} {currency}"
    for tax in [mapping(item) for item in sequence(room.get("taxes"))[:50]]:
        if flag(tax.get("is_inclusive")) is False and text(tax.get("total_price")):
            yield f"Not in the price: {name(tax.get('name')) or 'Tax'} {text(tax.get('total_price'), 20)} {currency}"
    yield text(meta.get("payment_instruction"), 1000)
