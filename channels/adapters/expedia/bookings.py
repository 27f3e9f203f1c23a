"""Bookings that are retrieved (BR): fetched one by one, read into one shape. A booking is one room, told whole each time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from lxml import etree

from channels.adapters.base import Access, ChannelError, Letter, Person, Reading, SoldBooking, Wire
from channels.adapters.enums import Told, Trouble
from channels.adapters.expedia.calls import call, request
from channels.adapters.expedia.masking import masked
from channels.adapters.expedia.payment import Paid, paid
from channels.adapters.expedia.stays import Stay, Wish, booking_of, person
from channels.adapters.values import amount, currency, day, identifier, instant, name, text, whole
from channels.adapters.xml import Element, attribute, each, first, put, said, tag, written

KIND = "booking"
#: So many bookings an answer has at most.
PAGE = 125
MOST_PAGES = 200
TOLD = {"Book": Told.NEW, "Modify": Told.MODIFIED, "Cancel": Told.CANCELLED}
#: Of two messages of one second, which is the later one.
_RANK = {Told.NEW: 0, Told.MODIFIED: 1, Told.CANCELLED: 2}


def asked(access: Access) -> bytes:
    """Return the message that asks for what is not confirmed yet, whether it was retrieved before or not."""
    root = request(access, "BR/2014/01", "BookingRetrievalRQ")
    box = put(root, "ParamSet")
    for status in ("pending", "retrieved"):
        put(box, "Status", value=status)
    return written(root)


def fetch(wire: Wire) -> Iterator[Letter]:
    """Yield each booking that is not confirmed, the oldest first, until asking brings nothing new.

    What is confirmed while we read lets out the next message of the same booking, so that it is asked for once more.
    """
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        answer = call(wire, "/eqc/br", asked(wire.access), what="bookings", answered="BookingRetrievalRS")
        letters = [_letter(node) for node in each(answer, "Bookings", "Booking")]
        letters.sort(key=lambda letter: letter.key.rsplit(" ", 1)[-1])
        new = [letter for letter in letters if letter.key not in seen]
        if not new:
            return
        seen.update(letter.key for letter in new)
        yield from new
    raise ChannelError(Trouble.TEMPORARY, "endless_list", "Expedia's list does not come to an end.")


def _letter(node: Element) -> Letter:
    """Return one booking as a letter. How often it was retrieved is not of the booking: the same is the same letter."""
    node.attrib.pop("status", "")
    key = " ".join(attribute(node, field)[:60] for field in ("id", "type", "createDateTime"))
    node.tail = None
    return Letter(masked(etree.tostring(node, encoding="UTF-8")), KIND, key)


def reading(access: Access, root: Element) -> Reading:
    """Return what one booking says, or each of an answer. Raises ChannelError refused where nothing can be read."""
    nodes = [root] if tag(root) == "Booking" else each(root, "Bookings", "Booking")
    sold: list[SoldBooking] = []
    faults: list[str] = []
    for node in nodes:
        try:
            sold.append(_sold(access, node))
        except ChannelError as error:
            if len(nodes) == 1:
                raise
            faults.append(f"{error.message} (booking {text(attribute(node, 'id'), 40) or 'without a number'})")
    return Reading(tuple(sold), tuple(faults))


def order_of(made: datetime, told: Told) -> str:
    """Return a text that sorts messages by when they were made, within a second as a booking goes."""
    return (made.astimezone(UTC) + timedelta(microseconds=_RANK[told])).isoformat(timespec="microseconds")


def _sold(access: Access, node: Element) -> SoldBooking:
    key, kind = identifier(attribute(node, "id")), attribute(node, "type")
    told, made = TOLD.get(kind), instant(attribute(node, "createDateTime"))
    if not key or told is None or made is None:
        raise ChannelError(Trouble.REFUSED, "no_name", "The booking lacks its number, its type or its time.")
    hotel = attribute(first(node, "Hotel"), "id")
    if hotel and hotel != access.account:
        raise ChannelError(Trouble.REFUSED, "other_property", "The booking is another hotel's.")
    guest = first(node, "PrimaryGuest")
    stay = _stay(node)
    return booking_of(
        access,
        key=key,
        revision=f"{key} {kind} {made.isoformat()}",
        order=order_of(made, told),
        told=told,
        made_at=made if told == Told.NEW else None,
        source=attribute(node, "source"),
        booker=_person(guest),
        stay=stay,
        payment=_paid(node, stay),
        wishes=[Wish(attribute(wish, "code"), text(wish.text, 2000)) for wish in each(node, "SpecialRequest")[:99]],
        lines=[
            f"Reward program {name(attribute(program, 'code'), 20)} {name(attribute(program, 'number'), 40)}".strip()
            for program in each(node, "RewardProgram")[:5]
        ],
        receipt={"type": kind},
    )


def _person(guest: Element | None) -> Person:
    named, phone = first(guest, "Name"), first(guest, "Phone")
    return person(
        given=attribute(named, "givenName"),
        middle=attribute(named, "middleName"),
        surname=attribute(named, "surname"),
        country=attribute(phone, "countryCode"),
        area=attribute(phone, "cityAreaCode"),
        number=attribute(phone, "number"),
        extension=attribute(phone, "extension"),
        email=said(guest, "Email"),
    )


def _stay(node: Element) -> Stay | None:
    """Return the room and its nights as they are written; None where none is named, as in some cancellations."""
    room = first(node, "RoomStay")
    dates = first(room, "StayDate")
    if room is None or attribute(room, "roomTypeID") in {"", "0"}:
        return None
    rates, total = first(room, "PerDayRates"), first(room, "Total")
    in_currency = currency(attribute(total, "currency")) or currency(attribute(rates, "currency"))
    guests = first(room, "GuestCount")
    stay = Stay(
        room_id=attribute(room, "roomTypeID"),
        rate_id=attribute(room, "ratePlanID"),
        arrival=day(attribute(dates, "arrival")),
        departure=day(attribute(dates, "departure")),
        currency=in_currency,
        adults=whole(attribute(guests, "adult"), most=99) or 0,
        children=whole(attribute(guests, "child"), most=99) or 0,
        ages=[
            age for child in each(guests, "Child")[:99] if (age := whole(attribute(child, "age"), most=18)) is not None
        ],
        total=amount(attribute(total, "amountAfterTaxes")),
        taxes=amount(attribute(total, "amountOfTaxes")),
    )
    for rate in each(rates, "PerDayRate")[:999]:
        fees = [attribute(rate, field) for field in ("baseRate", "extraPersonFees", "hotelServiceFees")]
        stay.night(day(attribute(rate, "stayDate")), [amount(fee) for fee in fees if fee])
        stay.promotion(attribute(rate, "promoName"))
    return stay


def _paid(node: Element, stay: Stay | None) -> Paid:
    room = first(node, "RoomStay")
    card, payment = first(room, "PaymentCard"), first(room, "Payment")
    return paid(
        source=attribute(node, "source"),
        rate_id=stay.rate_id if stay else "",
        method=said(room, "PaymentMethod"),
        kind=said(room, "BaseRateType"),
        card_number=attribute(card, "cardNumber"),
        activation=attribute(card, "cardActivation"),
        expiry=attribute(card, "expireDate"),
        has_card=card is not None,
        held=attribute(payment, "amount"),
        held_currency=attribute(payment, "currencyCode"),
        model=attribute(payment, "model"),
        stay=stay,
    )
