"""One booking of Expedia's, whichever way it came: the room, its nights and its money in one shape."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from bookings.rates.enums import Source
from channels.adapters.base import Access, ChannelError, Person, SoldBooking, SoldRoom
from channels.adapters.enums import Told, Trouble
from channels.adapters.values import identifier, minor, name, text
from pms.kernel.money import allocate

if TYPE_CHECKING:
    from channels.adapters.expedia.payment import Paid

#: A stay that is longer is none.
MOST_NIGHTS = 999
#: Taken for a child whose age nobody told; the desk is told so.
ASSUMED_AGE = 10
OLDEST_CHILD = 17
MOST_NOTES = 8000
#: What the codes of special requests are about, by their first number.
_BED, _SMOKING, _ROOMS, _WORDS, _PAYMENT, _INCLUDED = "1", "2", "3", "4", "5", "6"
_OF_THE_ROOM = {_BED: "Bed", _SMOKING: "Smoking", _INCLUDED: "Included"}
_OF_THE_BOOKING = {_ROOMS: "Several rooms", _PAYMENT: "Payment"}


@dataclass(frozen=True, slots=True)
class Wish:
    """A special request by its code: 1.x a bed, 2.x smoking, 3 several rooms, 4 words, 5 payment, 6 something included."""

    code: str
    words: str

    @property
    def about(self) -> str:
        """What it is about, as the first number of its code."""
        return self.code.split(".", 1)[0]


@dataclass(slots=True)
class Stay:
    """A room and its nights as a message writes them, not yet trusted; amounts in major units, None unreadable."""

    room_id: str
    rate_id: str
    arrival: date | None
    departure: date | None
    currency: str
    adults: int = 0
    children: int = 0
    ages: list[int] = field(default_factory=list)
    total: Decimal | None = None
    taxes: Decimal | None = None
    nights: dict[date, list[Decimal]] = field(default_factory=dict)
    unread: int = 0
    promotions: list[str] = field(default_factory=list)
    #: What was concluded while it was read.
    warnings: list[str] = field(default_factory=list)

    def night(self, night: date | None, amounts: Sequence[Decimal | None]) -> None:
        """Add what a night costs, in parts."""
        known = [amount for amount in amounts if amount is not None]
        if night is None or not known or len(known) < len(amounts):
            self.unread += 1
        else:
            self.nights.setdefault(night, []).extend(known)

    def promotion(self, called: str) -> None:
        """Note what a night's price was lowered by."""
        said = name(called)
        if said and said not in self.promotions:
            self.promotions.append(said)


def person(
    *, given: str, middle: str, surname: str, country: str, area: str, number: str, extension: str, email: str
) -> Person:
    """Return a guest; a telephone number is put together from its parts."""
    digits = " ".join(part for part in (f"+{country}" if country else "", area, number) if part)
    phone = f"{digits} ext. {extension}" if extension and number else digits
    mail = text(email, 254)
    return Person(
        first_name=name(f"{given} {middle}"),
        last_name=name(surname),
        email=mail if "@" in mail else "",
        phone=name(phone, 32) if number else "",
    )


def booking_of(
    access: Access,
    *,
    key: str,
    revision: str,
    order: str,
    told: Told,
    made_at: datetime | None,
    source: str,
    booker: Person,
    stay: Stay | None,
    payment: "Paid",
    wishes: Sequence[Wish],
    lines: Sequence[str],
    receipt: Mapping[str, str],
) -> SoldBooking:
    """Return the booking. One without a room is a cancellation, whatever it calls itself.

    Raises ChannelError refused where a room that is sold has no dates.
    """
    if stay is not None and not stay.currency:
        stay.currency = access.currency
        stay.warnings.append(f"The booking names no currency; {stay.currency} is taken.")
    told = told if stay is not None else Told.CANCELLED
    try:
        rooms = () if stay is None else (_room(key, stay, booker, wishes),)
    except ValueError as fault:
        if told != Told.CANCELLED:
            raise ChannelError(Trouble.REFUSED, "no_stay", f"The booking cannot be read: {fault}") from fault
        rooms = ()
    point = name(source.removeprefix("A-"), 40)
    return SoldBooking(
        booking_id=key,
        revision=revision[:128],
        order=order,
        told=told,
        currency=stay.currency if stay else access.currency,
        rooms=rooms,
        channel=point or "Expedia",
        source=Source.EXPEDIA,
        made_at=made_at,
        booker=booker,
        total_minor=rooms[0].total_minor if rooms else None,
        commission_minor=0 if payment.is_net and rooms else None,
        collector=payment.collector,
        virtual_card=payment.virtual,
        card_last4=payment.last4,
        notes=_notes(key, point, stay, wishes, [*lines, *payment.lines]),
        warnings=(*payment.warnings, *(stay.warnings if stay else [])),
        receipt=receipt,
    )


def _room(key: str, stay: Stay, guest: Person, wishes: Sequence[Wish]) -> SoldRoom:
    """Return the room. Raises ValueError, in words, where it has no dates."""
    if stay.arrival is None or stay.departure is None:
        raise ValueError("it has no dates.")
    if not 0 < (stay.departure - stay.arrival).days <= MOST_NIGHTS:
        raise ValueError(f"nobody stays from {stay.arrival} to {stay.departure}.")
    total = None if stay.total is None else minor(str(stay.total), stay.currency)
    rate_id = identifier(stay.rate_id)
    if stay.adults < 1:
        stay.warnings.append("No adult is told; one is taken.")
    return SoldRoom(
        room_ref=key,
        room_id=identifier(stay.room_id),
        rate_id="" if rate_id == "0" else rate_id,
        arrival=stay.arrival,
        departure=stay.departure,
        adults=max(1, stay.adults),
        child_ages=_ages(stay),
        guest=guest if guest.first_name or guest.last_name else None,
        prices=_prices(stay, stay.arrival, stay.departure, total),
        total_minor=total,
        requests=_requests(wishes),
        # A product that is sold both ways has a plan for each: the guest's way of paying makes the A (PARR).
        parent_rate_id=_other_way(rate_id),
    )


def _other_way(rate_id: str) -> str:
    if rate_id in {"", "0"}:
        return ""
    return rate_id[:-1] if rate_id.endswith("A") else f"{rate_id}A"[:64]


def _ages(stay: Stay) -> tuple[int, ...]:
    missing = max(0, stay.children - len(stay.ages))
    if missing:
        stay.warnings.append(f"The ages of {missing} children are not told; {ASSUMED_AGE} is taken.")
    return (*[min(age, OLDEST_CHILD) for age in stay.ages], *[ASSUMED_AGE] * missing)


def _prices(stay: Stay, arrival: date, departure: date, total: int | None) -> dict[date, int]:
    """Return the price of each night. Taxes stand beside the nights' rates: they are shared out among them, so that the
    nights make the total (T30)."""
    prices: dict[date, int] = {}
    for night, parts in sorted(stay.nights.items()):
        price = minor(str(sum(parts, Decimal(0))), stay.currency)
        if price is None:
            stay.unread += 1
        elif arrival <= night < departure:
            prices[night] = max(0, price)
        else:
            stay.warnings.append(f"A price is told for {night}, which is no night of the stay.")
    if stay.unread:
        stay.warnings.append(f"The prices of {stay.unread} nights cannot be read.")
    nights = sum(prices.values())
    taxes = None if stay.taxes is None else minor(str(stay.taxes), stay.currency)
    if total is None or len(prices) < (departure - arrival).days or nights == total:
        return prices
    if taxes is not None and nights < total and nights + taxes == total:
        shares = allocate(total - nights, list(prices.values()))
        return {night: price + share for (night, price), share in zip(prices.items(), shares, strict=True)}
    stay.warnings.append("The nights and the taxes do not make the total; the nights are taken as they are told.")
    return prices


def _requests(wishes: Sequence[Wish]) -> str:
    found = [f"{label}: {wish.words}" for wish in wishes if wish.words and (label := _OF_THE_ROOM.get(wish.about))]
    return "\n".join(dict.fromkeys(found))[:4000]


def _notes(key: str, point: str, stay: Stay | None, wishes: Sequence[Wish], lines: Sequence[str]) -> str:
    """Return the guest's words, and below them in lines what has no place of its own but somebody wants to know."""
    said = [wish.words for wish in wishes if wish.about == _WORDS]
    said.append(f"{point or 'Expedia'} {key}")
    said += [f"{label}: {wish.words}" for wish in wishes if (label := _OF_THE_BOOKING.get(wish.about)) and wish.words]
    known = {*_OF_THE_ROOM, *_OF_THE_BOOKING, _WORDS}
    said += [wish.words for wish in wishes if wish.about not in known]
    if stay is not None and stay.taxes:
        said.append(f"Taxes in the total: {stay.taxes} {stay.currency}")
    said += [f"Promotion: {called}" for called in (stay.promotions[:10] if stay else [])]
    said += lines
    return "\n".join(dict.fromkeys(line for line in said if line))[:MOST_NOTES]
