"""Reading what was sold: a booking revision is the whole booking, in the words of whichever site sold it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bookings.rates.enums import Source
from channels.adapters.base import Access, ChannelError, Person, Reading, SoldBooking
from channels.adapters.channex.payment import cards_of, collector_of
from channels.adapters.channex.sellers import Seller, host_amounts, seller_of
from channels.adapters.channex.sold_rooms import Rooms, rooms_of
from channels.adapters.channex.values import (
    currency,
    identifier,
    instant,
    mapping,
    minor,
    name,
    sequence,
    text,
)
from channels.adapters.enums import Told, Trouble

_TOLD = {"new": Told.NEW, "modified": Told.MODIFIED, "cancelled": Told.CANCELLED, "canceled": Told.CANCELLED}
#: What services are called by which a site tells what it kept of a cancelled booking.
_FEE = "cancellation fee"
MOST_NOTES = 8000


def reading(access: Access, content: object) -> Reading:
    """Return the bookings of an answer, a list or a single revision. Raises ChannelError refused where there is none."""
    items = _items(content)
    sold: list[SoldBooking] = []
    faults: list[str] = []
    for item in items:
        try:
            booking, found = _sold(access, item)
        except ChannelError as error:
            if len(items) == 1:
                raise
            faults.append(error.message)
        else:
            sold.append(booking)
            faults += found
    return Reading(tuple(sold), tuple(faults))


def _items(content: object) -> Sequence[Any]:
    held = mapping(content).get("data", content)
    return held if isinstance(held, list) else [held]


def _attributes(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(item["attributes"]) if "attributes" in item else item


def _refused(code: str, message: str) -> ChannelError:
    return ChannelError(Trouble.REFUSED, code, message)


@dataclass(frozen=True, slots=True)
class _Name:
    """Which revision of which booking, and its place among the others."""

    booking_id: str
    revision: str
    order: str
    told: Told


def _name(access: Access, item: Mapping[str, Any]) -> _Name:
    attributes = _attributes(item)
    hotel = attributes.get("property_id")
    if hotel is not None and hotel != access.account:
        raise _refused("other_property", "The booking is another property's.")
    own = attributes.get("id") or item.get("id")
    if attributes.get("revision_id"):
        # A booking of the list of bookings: its id is the booking's, not the revision's.
        booking_id, revision = attributes.get("booking_id") or own, attributes["revision_id"]
    else:
        booking_id, revision = attributes.get("booking_id"), own
    told = _TOLD.get(text(attributes.get("status"), 20).lower())
    received = instant(attributes.get("inserted_at"))
    named = _Name(
        identifier(booking_id),
        identifier(revision, 128),
        # One length, one zone: the order of texts is that of instants.
        received.isoformat(timespec="microseconds") if received else "",
        told or Told.NEW,
    )
    if not (named.booking_id and named.revision and named.order and told):
        raise _refused("no_name", "The booking lacks its id, its revision, its status or its time: it has no place.")
    return named


def _sold(access: Access, item: object) -> tuple[SoldBooking, list[str]]:
    attributes = _attributes(mapping(item))
    if "status" not in attributes:
        raise _refused("no_booking", "The message holds no booking.")
    named = _name(access, mapping(item))
    told_currency = currency(attributes.get("currency"))
    in_currency = told_currency or access.currency
    seller = seller_of(attributes)
    rooms = rooms_of(attributes, in_currency)
    told = _told(named, rooms)
    cards = cards_of(mapping(attributes.get("guarantee")), in_currency)
    collector, concluded = collector_of(
        attributes, source=seller.source, virtual=cards.virtual, instruction=rooms.instruction
    )
    warnings = [*rooms.warnings, *cards.warnings, *concluded]
    if not told_currency:
        warnings.append(f"The booking names no currency; {in_currency} is taken.")
    received = instant(attributes.get("inserted_at"))
    booking = SoldBooking(
        booking_id=named.booking_id,
        revision=named.revision,
        order=named.order,
        told=told,
        currency=in_currency,
        rooms=rooms.sold,
        # A room that nobody could read is not a room that was cancelled (T63).
        is_whole=not rooms.faults,
        channel=seller.channel,
        source=seller.source,
        made_at=received if told == Told.NEW else None,
        booker=person(mapping(attributes.get("customer"))),
        total_minor=minor(attributes.get("amount"), in_currency),
        commission_minor=minor(attributes.get("ota_commission"), in_currency),
        cancellation_fee_minor=_fee(attributes, in_currency) if told == Told.CANCELLED else None,
        collector=collector,
        virtual_card=cards.virtual,
        card_last4=cards.last4,
        notes=_notes(attributes, seller, rooms, in_currency),
        warnings=tuple(warnings),
        receipt={"number": _number(attributes)},
        number=_number(attributes),
    )
    if seller.source == Source.AIRBNB:
        booking = _as_paid_out(booking, text(attributes.get("notes"), MOST_NOTES))
    return booking, [f"{fault} (booking {booking.number or booking.booking_id})" for fault in rooms.faults]


def _told(named: _Name, rooms: Rooms) -> Told:
    if named.told == Told.CANCELLED or rooms.sold:
        return named.told
    if rooms.faults or not rooms.cancelled:
        raise _refused("no_rooms", " ".join(rooms.faults) or "The booking names no room.")
    return Told.CANCELLED


def _number(attributes: Mapping[str, Any]) -> str:
    return identifier(attributes.get("ota_reservation_code")) or identifier(attributes.get("unique_id"))


def person(customer: Mapping[str, Any]) -> Person:
    """Return a customer or guest; what is no country, language or address is left out."""
    country, mail = text(customer.get("country"), 8).upper(), text(customer.get("mail"), 254)
    return Person(
        first_name=name(customer.get("name")),
        last_name=name(customer.get("surname")),
        email=mail if "@" in mail else "",
        phone=name(customer.get("phone"), 32),
        country=country if len(country) == 2 and country.isascii() and country.isalpha() else "",
        language=text(customer.get("language"), 8).lower(),
        city=name(customer.get("city")),
        street=name(customer.get("address"), 160),
        postal_code=name(customer.get("zip"), 16),
    )


def _fee(attributes: Mapping[str, Any], in_currency: str) -> int | None:
    """Return what the channel tells of a cancellation's price, None where it tells nothing."""
    services = [mapping(service) for service in sequence(attributes.get("services"))]
    fees = [
        found
        for service in services
        if _FEE in (text(service.get("type")).lower(), text(service.get("name")).lower())
        and (found := minor(service.get("total_price"), in_currency)) is not None
    ]
    return sum(fees) if fees else None


def _as_paid_out(booking: SoldBooking, notes: str) -> SoldBooking:
    """Airbnb counts in what it pays to the host, its own fee taken off: no commission is owed beyond that (T44)."""
    told = host_amounts(notes, booking.currency)
    if told.payout_minor is None:
        return booking
    if booking.told == Told.CANCELLED:
        booking = replace(booking, cancellation_fee_minor=told.payout_minor)
    if told.payout_minor == booking.total_minor and told.base_minor != booking.total_minor:
        return replace(booking, commission_minor=0)
    return booking


def _notes(attributes: Mapping[str, Any], seller: Seller, rooms: Rooms, in_currency: str) -> str:
    """Return the guest's notes, and below them in lines what has no place of its own but somebody wants to know."""
    lines = [text(attributes.get("notes"), MOST_NOTES)]
    number = _number(attributes)
    if number:
        lines.append(f"{seller.channel or 'Channex'} {number}")
    hour = text(attributes.get("arrival_hour"), 20)
    if hour:
        lines.append(f"Arrives at {hour}")
    company = mapping(mapping(attributes.get("customer")).get("company"))
    said = " ".join(part for field in ("title", "number_type", "number") if (part := name(company.get(field))))
    if said:
        lines.append(f"Company: {said}")
    lines += [
        f"{name(mapping(service).get('name')) or 'Service'}: {text(mapping(service).get('total_price'), 20)} {in_currency}"
        for service in sequence(attributes.get("services"))[:50]
        if text(mapping(service).get("total_price"))
    ]
    lines += [
        f"Deposit: {text(mapping(deposit).get('amount'), 20)} {currency(mapping(deposit).get('currency')) or in_currency}"
        for deposit in sequence(attributes.get("deposits"))[:20]
        if text(mapping(deposit).get("amount"))
    ]
    lines += rooms.lines
    return "\n".join(dict.fromkeys(line for line in lines if line))[:MOST_NOTES]
