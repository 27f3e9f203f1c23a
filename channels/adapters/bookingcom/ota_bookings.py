"""A booking in OpenTravel: a HotelReservation when it is new, a HotelResModify when it was changed or cancelled.

No whole message of Booking.com's is at hand. Read is what is known of it: a RoomStay has a RoomRate for each night and no
departure, which is the day after the last; a RatePlanCode may carry VCC; the guarantee comes once. What tells a cancelled
one from a changed one is not known: a ResStatus that says so, or that it names no room.
"""

from collections.abc import Iterator
from datetime import datetime

from channels.adapters.base import Access, Person, SoldBooking, SoldRoom
from channels.adapters.bookingcom import xml
from channels.adapters.bookingcom.money import Card, own_rate, payment, told_amount
from channels.adapters.bookingcom.parts import (
    MOST_ROOMS,
    ONE_DAY,
    Night,
    Rooms,
    ages_of,
    by_person,
    checked,
    country_of,
    joined,
    mail_of,
    nights_of,
    refused,
)
from channels.adapters.bookingcom.settings import Chosen, chosen
from channels.adapters.bookingcom.xml import Element
from channels.adapters.enums import Told
from channels.adapters.values import currency, day, identifier, instant, name, text, whole

#: The queue of new bookings and that of all else; a booking is acknowledged where it came from.
NEW, MODIFIED = "OTA_HotelResNotif", "OTA_HotelResModifyNotif"
#: Which element comes in which queue.
QUEUES = {"HotelReservation": NEW, "HotelResModify": MODIFIED}
#: Of two messages about one booking that came in one turn the later kind is newer.
ORDER = {Told.NEW: "0", Told.MODIFIED: "1", Told.CANCELLED: "2"}
#: As long as an instant, and before all of them.
FIRST_TURN = "0" * 32
#: OpenTravel's code list AQC.
_ADULT, _CHILD, _INFANT = "10", "8", "7"


def number_of(node: Element) -> str:
    """Return the booking's number, '' for none."""
    told = xml.first(node, "ResGlobalInfo", "HotelReservationIDs", "HotelReservationID")
    return identifier(xml.attribute(told, "ResID_Value"))


def sold(access: Access, node: Element, *, digest: str, turn: str) -> tuple[SoldBooking, list[str]]:
    """Return what a message says, and which of its rooms nobody could read. `digest` is that of the message, `turn` the
    instant that its reading began from, '' for the first. Raises ChannelError refused."""
    booking_id = number_of(node)
    if not booking_id:
        raise refused("no_name", "The booking lacks its number: it has no place.")
    stays = xml.each(node, "RoomStays", "RoomStay")
    told = _told(node, stays)
    hotels = {xml.attribute(one, "HotelCode") for stay in stays for one in xml.each(stay, "BasicPropertyInfo")} - {""}
    if hotels - {access.account}:
        raise refused("other_property", f"Booking {booking_id} is another hotel's.")
    choices = chosen(access)
    global_part = xml.first(node, "ResGlobalInfo")
    total = xml.first(node, "ResGlobalInfo", "Total")
    told_currency = currency(xml.attribute(total, "CurrencyCode")) or _currency_of(stays)
    in_currency = told_currency or access.currency
    rooms = Rooms()
    if told != Told.CANCELLED:
        _read_rooms(node, stays, in_currency, choices, rooms)
    paid = payment(_card(node), pays_virtually=any(own_rate(rate)[1] for rate in rooms.rates))
    warnings = [*rooms.warnings, *paid.warnings]
    if not told_currency:
        warnings.append(f"The booking names no currency; {in_currency} is taken.")
    amount = told_amount(total, in_currency, choices)
    is_cancelled = told == Told.CANCELLED
    booking = SoldBooking(
        booking_id=booking_id,
        revision=f"{booking_id}:{digest}:{turn}".rstrip(":"),
        order=f"{turn or FIRST_TURN}:{ORDER[told]}",
        told=told,
        currency=in_currency,
        rooms=tuple(rooms.found),
        is_whole=not rooms.faults,
        channel="Booking.com",
        made_at=_made_at(node) if told == Told.NEW else None,
        booker=_booker(global_part),
        total_minor=None if is_cancelled else amount,
        # The total of a cancelled one is what is kept of it.
        cancellation_fee_minor=amount if is_cancelled else None,
        collector=paid.collector,
        virtual_card=paid.virtual,
        card_last4=paid.last4,
        notes=joined([*_comments(global_part), *rooms.lines]),
        warnings=tuple(warnings),
        receipt={"queue": QUEUES.get(xml.tag(node), NEW)},
    )
    return booking, rooms.faults


def _told(node: Element, stays: list[Element]) -> Told:
    status = xml.attribute(node, "ResStatus").lower()
    if xml.tag(node) == "HotelReservation" and not status.startswith("cancel"):
        return Told.NEW
    return Told.CANCELLED if status.startswith("cancel") or not stays else Told.MODIFIED


def _made_at(node: Element) -> datetime | None:
    told = xml.first(node, "ResGlobalInfo", "HotelReservationIDs", "HotelReservationID")
    return instant(xml.attribute(told, "ResID_Date"))


def _currency_of(stays: list[Element]) -> str:
    return next(
        (
            code
            for stay in stays
            for one in xml.each(stay, "Total")
            if (code := currency(xml.attribute(one, "CurrencyCode")))
        ),
        "",
    )


def _booker(global_part: Element | None) -> Person:
    if global_part is None:
        return Person()
    return _person(xml.first(global_part, "Profiles", "ProfileInfo", "Profile", "Customer"))


def _person(customer: Element | None) -> Person:
    if customer is None:
        return Person()
    address = xml.first(customer, "Address")
    return Person(
        first_name=name(xml.said(customer, "PersonName", "GivenName")),
        last_name=name(xml.said(customer, "PersonName", "Surname")),
        email=mail_of(xml.said(customer, "Email")),
        phone=name(xml.attribute(xml.first(customer, "Telephone"), "PhoneNumber"), 32),
        country=country_of(xml.attribute(xml.first(customer, "Address", "CountryName"), "Code")),
        city=name(xml.said(address, "CityName")) if address is not None else "",
        street=name(xml.said(address, "AddressLine"), 160) if address is not None else "",
        postal_code=name(xml.said(address, "PostalCode"), 16) if address is not None else "",
    )


def _card(node: Element) -> Card:
    told = next(
        (one for part in xml.each(node, "ResGlobalInfo", "Guarantee") for one in xml.below(part, "PaymentCard")), None
    )
    if told is None:
        return Card()
    number = (
        xml.attribute(told, "CardNumber") or xml.said(told, "CardNumber", "PlainText") or xml.said(told, "CardNumber")
    )
    return Card(number, xml.attribute(told, "ExpireDate"), xml.attribute(told, "EffectiveDate"))


def _comments(part: Element | None) -> Iterator[str]:
    """Yield comments and special requests of a room or of the whole."""
    if part is None:
        return
    for box, one in (("Comments", "Comment"), ("SpecialRequests", "SpecialRequest")):
        for comment in xml.each(part, box, one)[:50]:
            yield joined(text(xml.said(line), 2000) for line in xml.each(comment, "Text"))


def _read_rooms(node: Element, stays: list[Element], in_currency: str, choices: Chosen, rooms: Rooms) -> None:
    if len(stays) > MOST_ROOMS:
        raise refused("too_many_rooms", f"A booking of {len(stays)} rooms is none.")
    people = {
        xml.attribute(guest, "ResGuestRPH"): _person(xml.first(guest, "Profiles", "ProfileInfo", "Profile", "Customer"))
        for guest in xml.each(node, "ResGuests", "ResGuest")
    }
    for place, stay in enumerate(stays, start=1):
        try:
            rooms.add(_room(stay, people, in_currency, choices, rooms), is_alone=len(stays) == 1)
        except ValueError as fault:
            rooms.faults.append(f"Room {place} cannot be read: {fault}")
    if not rooms.found:
        raise refused("no_rooms", " ".join(rooms.faults) or "The booking names no room.")


def _room(stay: Element, people: dict[str, Person], in_currency: str, choices: Chosen, rooms: Rooms) -> SoldRoom:
    """Return a room. Raises ValueError, in words, where it has no nights."""
    nights = [
        Night(on, _price(rate, in_currency, choices), identifier(xml.attribute(rate, "RatePlanCode")))
        for rate in xml.each(stay, "RoomRates", "RoomRate")
        if (on := day(xml.attribute(rate, "EffectiveDate"))) is not None
    ]
    days = [night.on for night in nights]
    # No departure is told: it is the morning after the last night.
    arrival, departure = checked(min(days, default=None), max(days) + ONE_DAY if days else None)
    rates = list(dict.fromkeys(night.rate for night in nights))
    rooms.rates += rates
    if len(rates) > 1:
        rooms.lines.append(f"Sold by several rates: {', '.join(rates)}")
    counts = _counts(stay)
    references = [xml.attribute(one, "RPH") for one in xml.each(stay, "ResGuestRPHs", "ResGuestRPH")]
    guests = by_person(people, references or xml.said(stay, "ResGuestRPHs").split())
    return SoldRoom(
        room_ref=identifier(xml.attribute(stay, "IndexNumber"), 80),
        room_id=identifier(xml.attribute(xml.first(stay, "RoomTypes", "RoomType"), "RoomTypeCode")),
        rate_id=own_rate(rates[0])[0] if rates else "",
        arrival=arrival,
        departure=departure,
        adults=max(1, sum(1 for kind, _ in counts if kind not in {_CHILD, _INFANT})),
        child_ages=ages_of([age for kind, age in counts if kind == _CHILD][:99], rooms),
        infants=min(99, sum(1 for kind, _ in counts if kind == _INFANT)),
        guest=guests[0] if guests and (guests[0].first_name or guests[0].last_name) else None,
        prices=nights_of(nights, arrival, departure, rooms),
        total_minor=told_amount(xml.first(stay, "Total"), in_currency, choices),
        requests=joined(_comments(stay), 4000),
    )


def _price(rate: Element, in_currency: str, choices: Chosen) -> int | None:
    """Return the price of a night, in whichever element it stands: its total before its base."""
    for kind in ("Total", "Base"):
        for node in xml.below(rate, kind):
            price = told_amount(node, in_currency, choices)
            if price is not None:
                return price
    return None


def _counts(stay: Element) -> list[tuple[str, int | None]]:
    """Return each guest as code and age."""
    found: list[tuple[str, int | None]] = []
    for told in xml.each(stay, "GuestCounts", "GuestCount")[:50]:
        count = whole(xml.attribute(told, "Count"), most=99) or 0
        found += [(xml.attribute(told, "AgeQualifyingCode"), whole(xml.attribute(told, "Age"), most=17))] * count
    return found
