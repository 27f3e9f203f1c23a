"""What a hotel sends of counts, prices and restrictions, read out of B.XML and of both OpenTravel messages.

Every message becomes the same list of updates; what is wrong with one becomes a complaint with Booking.com's own code.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.sandbox.bookingcom.answers import Malformed, each, plain

#: B.XML's elements that carry whole numbers, and what they are called here.
NUMBERS = {
    "roomstosell": ("count",), "minimumstay": ("min_stay_through",), "minimumstay_arrival": ("min_stay_arrival",),
    "maximumstay": ("max_stay_through",), "maximumstay_arrival": ("max_stay_arrival",),
    "exactstay": ("min_stay_through", "max_stay_through"), "exactstay_arrival": ("min_stay_arrival", "max_stay_arrival"),
}  # fmt: skip
SWITCHES = {"closed": "closed", "closedonarrival": "closed_to_arrival", "closedondeparture": "closed_to_departure"}
ADVANCE = {"min_advance_res": "minimum_advance", "max_advance_res": "maximum_advance"}
#: Which restriction a LengthOfStay sets. Booking.com's own list is in no document we hold: this is Google's, and a setting.
LENGTH_OF_STAY = {
    "SetMinLOS": "min_stay_arrival", "SetMaxLOS": "max_stay_arrival",
    "SetForwardMinStay": "min_stay_through", "SetForwardMaxStay": "max_stay_through",
}  # fmt: skip
UNLIMITED = 255
WEEKDAYS = ("Mon", "Tue", "Weds", "Thur", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one update: Booking.com's code, and a sentence of ours."""

    code: str
    sentence: str
    room: str = ""
    rate: str = ""


@dataclass(slots=True)
class Update:
    """Values for some nights of a room type, or of a room and rate. Prices are minor units by number of persons.

    Persons 0 is the price of the room itself, whatever the pricing type makes of it.
    """

    room: str
    rate: str | None
    nights: tuple[str, ...]
    values: dict[str, Any] = field(default_factory=dict)
    prices: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Message:
    """A whole message: the hotel it names, what can be tried, and what was wrong before anything was tried."""

    hotel: str | None
    updates: list[Update] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)


def span(first: str, last: str) -> tuple[str, ...]:
    """Return every date from first to last, both among them, as ISO; ValueError for what is no date."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return tuple((start + timedelta(days=number)).isoformat() for number in range((end - start).days + 1))


def minor(text: str, places: int) -> int:
    """Return an amount in minor units of a currency; Malformed for what is no amount."""
    try:
        return int((Decimal(text) * 10**places).to_integral_exact())
    except (InvalidOperation, ValueError) as error:
        raise Malformed(f"{text} is no amount.") from error


def _whole(name: str, text: str | None) -> int:
    if not re.fullmatch(r"\d{1,6}", (text or "").strip()):
        raise Malformed(f"{name} is a whole number, not {text!r}.")
    return int(str(text).strip())


# B.XML


def read_bxml(root: Any, *, places: int) -> Message:
    """Read a request of /hotels/xml/availability. Malformed where the schema itself is broken."""
    if plain(root) != "request":
        raise Malformed("The root element is request.")
    message = Message(next((node.text for node in each(root, "hotel_id")), None))
    rooms = each(root, "room")
    if not rooms:
        message.complaints.append(Complaint("ROOM_ELEMENT_REQUIRED", "Room is missing."))
    for room in rooms:
        if not room.get("id"):
            message.complaints.append(Complaint("ROOM_ID_MISSING", "Room ID is missing."))
            continue
        for node in each(room, "date"):
            _read_date(message, room.get("id"), node, places)
    return message


def _read_date(message: Message, room: str, node: Any, places: int) -> None:
    first = node.get("value") or node.get("from")
    last = node.get("value") or node.get("to")
    rate = next((one.get("id") for one in each(node, "rate")), None)
    try:
        nights = span(first or "", last or "")
    except ValueError as error:
        raise Malformed(f"{first or last!r} is no date.") from error
    if not nights:
        wrong = "FROM_DATE_SHOULD_BE_LESS_THAN_TO_DATE"
        message.complaints.append(Complaint(wrong, "From is later than to.", room, rate or ""))
        return
    update = Update(room, rate, nights)
    for child in node:
        _read_value(update, plain(child), (child.text or "").strip(), places)
    if update.values.get("count", 0) > UNLIMITED:
        raise Malformed(f"roomstosell is at most {UNLIMITED}.")
    message.updates.append(update)


def _read_value(update: Update, name: str, text: str, places: int) -> None:
    if name in NUMBERS:
        update.values |= dict.fromkeys(NUMBERS[name], _whole(name, text))
    elif name in SWITCHES:
        if text not in {"0", "1"}:
            raise Malformed(f"{name} is 0 or 1, not {text!r}.")
        update.values[SWITCHES[name]] = text == "1"
    elif name in ADVANCE:
        if text and not re.fullmatch(r"(\d+D)?(\d+H)?", text):
            raise Malformed(f"{name} is written as 3D12H, not {text!r}.")
        update.values[ADVANCE[name]] = text or None
    elif found := re.fullmatch(r"price(\d*)", name):
        # price1 is documented; ours: price2, price3 for properties with a price for each occupancy.
        update.prices[int(found[1] or 0)] = minor(text, places)
    elif name not in {"rate", "currencycode"}:
        raise Malformed(f"There is no element {name} in date.")


# OpenTravel


def _control(node: Any) -> tuple[str, str | None, tuple[str, ...]]:
    control = next(iter(each(node, "StatusApplicationControl")), None)
    if control is None or not control.get("InvTypeCode"):
        raise Malformed("StatusApplicationControl with InvTypeCode is missing.")
    try:
        nights = span(control.get("Start") or "", control.get("End") or control.get("Start") or "")
    except ValueError as error:
        raise Malformed("Start and End are dates.") from error
    named = {number for number, day in enumerate(WEEKDAYS) if control.get(day) in {"1", "true"}}
    if named:
        nights = tuple(night for night in nights if date.fromisoformat(night).weekday() in named)
    return control.get("InvTypeCode"), control.get("RatePlanCode"), nights


def _hotel(root: Any, container: str) -> tuple[str | None, list[Any]]:
    boxes = each(root, container)
    if not boxes:
        raise Malformed(f"{container} is missing.")
    return boxes[0].get("HotelCode"), [child for child in boxes[0] if isinstance(child.tag, str)]


def read_availability(root: Any, *, lengths: Mapping[str, str]) -> Message:
    """Read an OTA_HotelAvailNotifRQ. `lengths` says what each MinMaxMessageType means."""
    hotel, nodes = _hotel(root, "AvailStatusMessages")
    message = Message(hotel)
    for node in nodes:
        room, rate, nights = _control(node)
        update = Update(room, rate, nights)
        if node.get("BookingLimit") is not None:
            count = _whole("BookingLimit", node.get("BookingLimit"))
            # One count for the room type, though the message may name a rate.
            message.updates.append(Update(room, None, nights, {"count": min(count, UNLIMITED)}))
        for status in each(node, "RestrictionStatus"):
            update.values[_restriction(status)] = status.get("Status") == "Close"
        for stay in each(node, "LengthsOfStay", "LengthOfStay"):
            meaning = lengths.get(stay.get("MinMaxMessageType") or "")
            if meaning is None:
                sentence = f"MinMaxMessageType {stay.get('MinMaxMessageType')} is not known."
                message.complaints.append(Complaint("MIN_MAX_MESSAGE_TYPE_INVALID", sentence, room, rate or ""))
            else:
                update.values[meaning] = _whole("Time", stay.get("Time"))
        if update.values:
            message.updates.append(update)
    return message


def _restriction(status: Any) -> str:
    names = {None: "closed", "Master": "closed", "Arrival": "closed_to_arrival", "Departure": "closed_to_departure"}
    kind, value = status.get("Restriction"), status.get("Status")
    if kind not in names or value not in {"Open", "Close"}:
        raise Malformed(f"RestrictionStatus {kind} {value} is not known.")
    return names[kind]


def read_amounts(root: Any, *, places: int, divided: bool) -> Message:
    """Read an OTA_HotelRateAmountNotifRQ.

    `divided`: "4500" with DecimalPlaces 2 means 45.00, as OpenTravel has it; else 4500.00, as one of Booking.com's own
    pages has it. An amount with a point in it means what it says, either way.
    """
    hotel, nodes = _hotel(root, "RateAmountMessages")
    message = Message(hotel)
    for node in nodes:
        room, rate, nights = _control(node)
        update = Update(room, rate, nights)
        for amount in each(node, "Rates", "Rate", "BaseByGuestAmts", "BaseByGuestAmt"):
            text = amount.get("AmountAfterTax") or amount.get("AmountBeforeTax")
            persons = _whole("NumberOfGuests", amount.get("NumberOfGuests", "0"))
            update.prices[persons] = _amount(text, amount.get("DecimalPlaces"), places, divided=divided)
        message.updates.append(update)
    return message


def _amount(text: str | None, decimals: str | None, places: int, *, divided: bool) -> int:
    if text is None:
        raise Malformed("AmountAfterTax is missing.")
    value = minor(text, places)
    if decimals is None or "." in text or not divided:
        return value
    return int(value // 10 ** _whole("DecimalPlaces", decimals))


# What holds for every kind of message


def months(updates: Iterable[Update]) -> set[str]:
    """Return the months that the updates touch."""
    return {night[:7] for update in updates for night in update.nights}


def without_repeats(message: Message) -> list[Complaint]:
    """Drop what names the same value of the same night again, the first stays; return a warning for each update cut."""
    seen: set[tuple[Any, ...]] = set()
    warnings, kept = [], []
    for update in message.updates:
        names = [*update.values, *(f"price {persons}" for persons in update.prices)]
        fresh = [n for n in update.nights if not any((update.room, update.rate, n, name) in seen for name in names)]
        seen |= {(update.room, update.rate, night, name) for night in update.nights for name in names}
        if len(fresh) < len(update.nights):
            sentence = "The same dates occur twice; the first occurrence was applied."
            warnings.append(Complaint("WARN_DUPLICATE_DATES", sentence, update.room, update.rate or ""))
        if fresh:
            update.nights = tuple(fresh)
            kept.append(update)
    message.updates = kept
    return warnings
