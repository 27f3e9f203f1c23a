"""A booking in B.XML: a reservation with its rooms, each with the price of every night.

A cancelled one names no room, costs nothing, and says what is kept. What was booked when is told without a zone: UTC is
taken.
"""

from collections.abc import Iterator

from channels.adapters.base import Access, Person, SoldBooking, SoldRoom
from channels.adapters.bookingcom import xml
from channels.adapters.bookingcom.money import Card, own_rate, payment
from channels.adapters.bookingcom.parts import (
    MOST_ROOMS,
    Night,
    Rooms,
    ages_of,
    checked,
    country_of,
    joined,
    mail_of,
    named,
    nights_of,
    refused,
)
from channels.adapters.bookingcom.xml import Element
from channels.adapters.enums import Told
from channels.adapters.values import currency, day, identifier, instant, minor, name, text, whole

TOLD = {"new": Told.NEW, "modified": Told.MODIFIED, "cancelled": Told.CANCELLED, "canceled": Told.CANCELLED}


def sold(access: Access, node: Element, *, revision: str, order: str) -> tuple[SoldBooking, list[str]]:
    """Return what a reservation says, and which of its rooms nobody could read. Raises ChannelError refused."""
    told = TOLD.get(xml.said(node, "status").lower())
    booking_id = identifier(xml.said(node, "id"))
    if told is None or not booking_id:
        raise refused("no_name", "The booking lacks its number or its status: it has no place.")
    hotel = xml.said(node, "hotel_id")
    if hotel not in {"", access.account}:
        raise refused("other_property", f"Booking {booking_id} is another hotel's.")
    customer = xml.first(node, "customer")
    booker = _booker(customer)
    told_currency = currency(xml.said(node, "currencycode"))
    in_currency = told_currency or access.currency
    rooms = Rooms()
    if told != Told.CANCELLED:
        _read_rooms(node, in_currency, booker, rooms)
    paid = payment(_card(customer), pays_virtually=any(own_rate(rate)[1] for rate in rooms.rates))
    warnings = [*rooms.warnings, *paid.warnings]
    if not told_currency:
        warnings.append(f"The booking names no currency; {in_currency} is taken.")
    is_cancelled = told == Told.CANCELLED
    booking = SoldBooking(
        booking_id=booking_id,
        revision=revision,
        order=order,
        told=told,
        currency=in_currency,
        rooms=tuple(rooms.found),
        is_whole=not rooms.faults,
        channel="Booking.com",
        made_at=instant(f"{xml.said(node, 'date')}T{xml.said(node, 'time')}") if told == Told.NEW else None,
        booker=booker,
        # A cancelled one costs nothing whatever it was worth: what it was worth is not told any more.
        total_minor=None if is_cancelled else minor(xml.said(node, "totalprice"), in_currency),
        commission_minor=minor(xml.said(node, "commissionamount"), in_currency),
        cancellation_fee_minor=minor(xml.said(node, "total_cancellation_fee"), in_currency) if is_cancelled else None,
        collector=paid.collector,
        virtual_card=paid.virtual,
        card_last4=paid.last4,
        notes=joined(
            [text(xml.said(customer, "remarks"), 4000) if customer is not None else "", *_lines(node), *rooms.lines]
        ),
        warnings=tuple(warnings),
    )
    return booking, rooms.faults


def _booker(customer: Element | None) -> Person:
    if customer is None:
        return Person()
    return Person(
        first_name=name(xml.said(customer, "first_name")),
        last_name=name(xml.said(customer, "last_name")),
        email=mail_of(xml.said(customer, "email")),
        phone=name(xml.said(customer, "telephone"), 32),
        country=country_of(xml.said(customer, "countrycode")),
        city=name(xml.said(customer, "city")),
        street=name(xml.said(customer, "address"), 160),
        postal_code=name(xml.said(customer, "zip"), 16),
    )


def _card(customer: Element | None) -> Card:
    if customer is None:
        return Card()
    return Card(xml.said(customer, "cc_number"), xml.said(customer, "cc_expiration_date"))


def _lines(node: Element) -> Iterator[str]:
    company = name(xml.said(node, "customer", "company"), 120)
    if company:
        yield f"Company: {company}"
    loyalty = identifier(xml.said(node, "loyalty_id"))
    if loyalty:
        yield f"Loyalty number: {loyalty}"


def _read_rooms(node: Element, in_currency: str, booker: Person, rooms: Rooms) -> None:
    listed = xml.each(node, "room")
    if len(listed) > MOST_ROOMS:
        raise refused("too_many_rooms", f"A booking of {len(listed)} rooms is none.")
    for place, room in enumerate(listed, start=1):
        try:
            rooms.add(_room(room, in_currency, booker, rooms), is_alone=len(listed) == 1)
        except ValueError as fault:
            rooms.faults.append(f"Room {place} cannot be read: {fault}")
    if not rooms.found:
        raise refused("no_rooms", " ".join(rooms.faults) or "The booking names no room.")


def _room(room: Element, in_currency: str, booker: Person, rooms: Rooms) -> SoldRoom:
    """Return a room. Raises ValueError, in words, where it has no dates."""
    arrival, departure = checked(day(xml.said(room, "arrival_date")), day(xml.said(room, "departure_date")))
    own = currency(xml.said(room, "currencycode")) or in_currency
    if own != in_currency:
        raise ValueError(f"it is priced in {own}, its booking in {in_currency}.")
    nights = [night for price in xml.each(room, "price") if (night := _night(price, in_currency)) is not None]
    rates = list(dict.fromkeys(night.rate for night in nights))
    rooms.rates += rates
    if len(rates) > 1:
        rooms.lines.append(f"Sold by several rates: {', '.join(rates)}")
    children = list(_children(room))
    ages = ages_of(children[:99], rooms)
    guests = whole(xml.said(room, "numberofguests"), most=99) or 1
    rooms.lines += _extras(room, in_currency)
    return SoldRoom(
        room_ref=identifier(xml.said(room, "roomreservation_id"), 80),
        room_id=identifier(xml.said(room, "id")),
        rate_id=own_rate(rates[0])[0] if rates else "",
        arrival=arrival,
        departure=departure,
        adults=max(1, guests - len(ages)),
        child_ages=ages,
        guest=named(xml.said(room, "guest_name"), booker),
        prices=nights_of(nights, arrival, departure, rooms),
        total_minor=minor(xml.said(room, "totalprice"), in_currency),
        requests=_requests(room),
        parent_rate_id=next((night.rewritten_from for night in nights if night.rewritten_from), ""),
    )


def _night(price: Element, in_currency: str) -> Night | None:
    on = day(xml.attribute(price, "date"))
    if on is None:
        return None
    # Nought: it is the hotel's own rate, sold as it is.
    origin = identifier(xml.attribute(price, "rewritten_from_id"))
    rate = identifier(xml.attribute(price, "rate_id"))
    return Night(on, minor(xml.said(price), in_currency), rate, "" if origin.strip("0") == "" else origin)


def _children(room: Element) -> Iterator[int | None]:
    """Yield the age of each child, where a message counts them apart from adults: recorded ones do not."""
    for count in xml.each(room, "guest_counts", "guest_count"):
        if xml.attribute(count, "type").lower().startswith("child"):
            for _ in range(whole(xml.attribute(count, "count"), most=99) or 0):
                yield whole(xml.attribute(count, "age"), most=17)


def _requests(room: Element) -> str:
    smoking = {"1": "Smoking", "0": "Non-smoking"}.get(xml.said(room, "smoking"), "")
    return joined([text(xml.said(room, "remarks"), 2000), smoking], 4000)


def _extras(room: Element, in_currency: str) -> Iterator[str]:
    """Yield what is beside the nights' prices: extras, and taxes that are not in them."""
    meals = text(xml.said(room, "meal_plan"), 300)
    if meals:
        yield meals
    for addon in xml.each(room, "addons", "addon")[:50]:
        price = text(xml.said(addon, "totalprice"), 20)
        label = name(xml.said(addon, "name")) or "Extra"
        if price:
            yield f"Beside the nights: {label} {price} {in_currency}"
    side = xml.first(room, "price_details", "hotel")
    if side is None:
        side = xml.first(room, "price_details", "guest")
    if side is None:
        return
    for part in xml.each(side, "extracomponent")[:50]:
        if xml.attribute(part, "included").lower() == "no":
            yield _not_included(part, in_currency)


def _not_included(part: Element, in_currency: str) -> str:
    label = name(xml.attribute(part, "text")) or "Tax"
    price = text(xml.attribute(part, "amount"), 20)
    unit = (
        "%"
        if xml.attribute(part, "percentage").lower() == "yes"
        else currency(xml.attribute(part, "currency")) or in_currency
    )
    each = [
        words
        for key, words in (("per_night", "a night"), ("per_person", "a person"))
        if xml.attribute(part, key).lower() == "yes"
    ]
    return " ".join(["Not in the price:", label, price, unit, *each]).replace("  ", " ")
