"""What a channel's booking is in our words: rooms and rates mapped, money in our currency, people as profiles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from re import sub

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from billing.ledger.exchange import Rate, rate_on
from billing.taxes.party import ADULT_AGE
from bookings.lifecycle.services import RoomRequest
from bookings.rates.models import RatePlan
from channels.adapters.base import Person, SoldBooking, SoldRoom
from channels.connections.models import Connection, RateLink, RoomLink
from channels.sync.enums import CaseKind
from guests.profiles.services import GuestDetails
from pms.kernel.dates import nights_between
from pms.kernel.errors import Missing
from pms.kernel.money import allocate
from pms.properties.models import RoomType

#: How old an exchange rate may be to price a booking with it, in days.
RATE_DAYS = 30
#: As much as a note of a channel is kept, in characters.
MOST_NOTES = 4_000


@dataclass(slots=True)
class Doubt:
    """Something about a booking that a person should see: it is taken all the same."""

    kind: CaseKind
    subject: str
    words: str
    details: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapped:
    """Which of ours a channel's room is; `known`: it was mapped, not guessed."""

    room_type: RoomType
    rate_plan: RatePlan
    room_known: bool
    rate_known: bool


class Links:
    """The links of a connection, read once."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._rooms: dict[str, RoomLink] = {
            link.room_id: link for link in connection.room_links.select_related("room_type")
        }
        rates = RateLink.objects.filter(room__connection=connection).select_related("rate_plan", "room__room_type")
        self._rates: dict[str, list[RateLink]] = {}
        for link in rates:
            self._rates.setdefault(link.rate_id, []).append(link)

    def of(self, room: SoldRoom) -> Mapped:
        """Return what a channel's room is here: by its rate, else by the rate that this one is computed from."""
        found = self._of(room.room_id, room.rate_id)
        return found if found.rate_known or not room.parent_rate_id else self._of(room.room_id, room.parent_rate_id)

    def told_by(self, room: SoldRoom) -> RateLink | None:
        """Return the link through which the channel is told what a room costs; None where it is not told."""
        links = (link for link in self._rates.get(room.rate_id, ()) if not link.read_only and link.gone_at is None)
        return next((link for link in links if not room.room_id or link.room.room_id == room.room_id), None)

    def _of(self, room_id: str, rate_id: str) -> Mapped:
        """Return what a room and a rate of the channel are here, the connection's fallback where nobody knows (T66).

        A rate that belongs to one room only tells the room where the channel names none.
        """
        room = self._rooms.get(room_id)
        mine = [each for each in self._rates.get(rate_id, ()) if not room_id or each.room.room_id == room_id]
        rate = mine[0] if mine else None
        if room is None and len(mine) == 1:
            room = mine[0].room
        room_type = room.room_type if room is not None else None
        rate_plan = rate.rate_plan if rate is not None else None
        room_known = room_type is not None and room_type.retired_at is None
        rate_known = rate_plan is not None and rate_plan.retired_at is None
        fallback_type, fallback_plan = self.connection.fallback_type, self.connection.fallback_plan
        if fallback_type is None or fallback_plan is None:
            raise ValueError("A connection that is live has a room type and a rate plan for what nobody mapped.")
        return Mapped(
            room_type if room_type is not None and room_known else fallback_type,
            rate_plan if rate_plan is not None and rate_known else fallback_plan,
            room_known,
            rate_known,
        )


def request_of(
    sold: SoldBooking, room: SoldRoom, mapped: Mapped, *, rate: Rate | None, commission_minor: int | None
) -> RoomRequest:
    """Return a channel's room as the lifecycle takes it. Nothing about it is refused."""
    adults, ages, infants = fitting_party(room, mapped.room_type)
    wanted = (room.adults, len(room.child_ages), room.infants)
    notes = _notes(sold)
    if (adults, len(ages), infants) != wanted:
        said = (
            f"The channel sold it to {room.adults} adults, {len(room.child_ages)} children and {room.infants} infants."
        )
        notes = f"{said}\n{notes}".strip()
    return RoomRequest(
        room_type=mapped.room_type,
        rate_plan=mapped.rate_plan,
        arrival=room.arrival,
        departure=room.departure,
        adults=adults,
        child_ages=ages,
        infants=infants,
        prices=prices_of(room, rate=rate),
        special_requests=room.requests[:MOST_NOTES],
        notes=notes,
        commission_minor=commission_minor,
    )


def fitting_party(room: SoldRoom, room_type: RoomType) -> tuple[int, tuple[int, ...], int]:
    """Return the party of a room as far as the type sleeps it: the channel has sold it, so it is never refused."""
    adults = min(max(room.adults, 1), room_type.max_adults, room_type.max_occupancy)
    most = max(0, min(room_type.max_children, room_type.max_occupancy - adults))
    ages = tuple(min(max(age, 0), ADULT_AGE - 1) for age in room.child_ages)[:most]
    return adults, ages, min(max(room.infants, 0), 3)


def prices_of(room: SoldRoom, *, rate: Rate | None) -> dict[date, int] | None:
    """Return what each night was sold for, in our currency; a total is spread evenly where nights are not told.

    None where the channel names no price at all.
    """
    nights = nights_between(room.arrival, room.departure)
    told = {day: room.prices[day] for day in nights if day in room.prices and room.prices[day] >= 0}
    if len(told) == len(nights):
        return {day: _ours(price, rate) for day, price in told.items()}
    if room.total_minor is None or room.total_minor < 0:
        if not told:
            return None
        # Nights that are not told cost what the others do on average.
        average = sum(told.values()) // len(told)
        return {day: _ours(told.get(day, average), rate) for day in nights}
    left = max(0, room.total_minor - sum(told.values()))
    missing = [day for day in nights if day not in told]
    spread = dict(zip(missing, allocate(left, [1] * len(missing)), strict=True))
    return {day: _ours((told | spread)[day], rate) for day in nights}


def _ours(amount_minor: int, rate: Rate | None) -> int:
    return amount_minor if rate is None else rate.convert(amount_minor)


def rate_of(sold: SoldBooking, connection: Connection) -> tuple[Rate | None, Doubt | None]:
    """Return the rate from the channel's currency to the property's (None: the same), and a doubt where none is known."""
    place = connection.property
    if sold.currency in {"", place.currency}:
        return None, None
    try:
        rate = rate_on(currency=sold.currency, to=place.currency, day=place.business_date, within_days=RATE_DAYS)
    except Missing:
        words = f"The channel sold it in {sold.currency}, and there is no exchange rate to {place.currency}: check its price."
        return None, Doubt(CaseKind.CURRENCY, sold.booking_id, words)
    words = (
        f"Sold in {sold.currency}, taken at {rate.value} of {rate.date:%-d %B %Y} ({rate.source}) in {place.currency}."
    )
    return rate, Doubt(CaseKind.CURRENCY, sold.booking_id, words)


def guest_of(person: Person, *, channel: str) -> GuestDetails:
    """Return somebody as a profile takes it; what is no address, country or language is left out."""
    email = person.email.strip()[:254]
    try:
        validate_email(email)
    except ValidationError:
        email = ""
    last = _word(person.last_name, 80) or _word(person.first_name, 80) or f"Guest of {channel}"[:80]
    first = _word(person.first_name, 80) if person.last_name.strip() else ""
    country = person.country.strip().upper()
    language = person.language.strip().lower()[:2]
    return GuestDetails(
        last_name=last,
        first_name=first,
        email=email,
        phone=sub(r"[^\d+ ()/.-]", "", person.phone).strip()[:32],
        country=country if len(country) == 2 and country.isalpha() and country.isascii() else "",
        language=language if len(language) == 2 and language.isalpha() else "",
    )


def shares_of(total_minor: int | None, rooms: Sequence[SoldRoom]) -> list[int | None]:
    """Return a commission spread over rooms by what they cost; None for each where the channel tells none."""
    if total_minor is None or not rooms:
        return [None] * len(rooms)
    weights = [room.total_minor or sum(room.prices.values()) for room in rooms]
    return list(allocate(max(0, total_minor), [max(0, weight) for weight in weights]))


def _word(text: str, most: int) -> str:
    return " ".join(text.replace("\x00", "").split())[:most]


def _notes(sold: SoldBooking) -> str:
    lines = [sold.notes.replace("\x00", "").strip(), *sold.warnings]
    return "\n".join(line for line in lines if line)[:MOST_NOTES]


def by_ref(rooms: Sequence[SoldRoom]) -> Mapping[str, SoldRoom]:
    """Return rooms by the channel's name for each stay; a room that is listed twice is one room."""
    return {room.room_ref: room for room in rooms}
