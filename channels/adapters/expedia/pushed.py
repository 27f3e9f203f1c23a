"""Bookings that are pushed (BN): OpenTravel's messages in an envelope, read into the shape of those that are retrieved."""

from collections.abc import Iterator
from datetime import timedelta

from channels.adapters.base import Access, ChannelError, Person, Reading, SoldBooking
from channels.adapters.enums import Told, Trouble
from channels.adapters.expedia.bookings import order_of
from channels.adapters.expedia.confirmations import PUSHED
from channels.adapters.expedia.payment import Paid, paid
from channels.adapters.expedia.stays import MOST_NIGHTS, Stay, Wish, booking_of, person
from channels.adapters.values import amount, currency, day, identifier, instant, text, whole
from channels.adapters.xml import Element, attribute, below, each, first, said, tag

TOLD = {
    "OTA_HotelResNotifRQ": Told.NEW,
    "OTA_HotelResModifyNotifRQ": Told.MODIFIED,
    "OTA_CancelRQ": Told.CANCELLED,
}
_RESERVATION = frozenset({"HotelReservation", "HotelResModify"})
ONE_DAY = timedelta(days=1)
_ADULT = "10"


def message_of(root: Element) -> Element:
    """Return the message of an envelope. Raises ChannelError refused for any that is not one of the three."""
    message = root if tag(root) in TOLD else next((node for body in each(root, "Body") for node in body), None)
    if message is None or tag(message) not in TOLD:
        raise ChannelError(Trouble.REFUSED, "no_booking", "The message holds no booking.")
    return message


def request_of(root: Element) -> str:
    """Return what Expedia calls this very message, again where it sends it again; '' where it does not say."""
    payload = next(below(root, "PayloadInfo"), None)
    return identifier(attribute(payload, "RequestId"), 60) or identifier(attribute(message_of(root), "EchoToken"), 60)


def booking_id_of(message: Element) -> str:
    """Return Expedia's number of the booking; '' where there is none."""
    numbered = (node for node in below(message, "UniqueID") if attribute(node, "Type") == "14")
    return identifier(attribute(next(numbered, None), "ID"))


def reading(access: Access, root: Element) -> Reading:
    """Return the booking of a pushed message. Raises ChannelError refused where nobody can read it."""
    return Reading((_sold(access, root),))


def _sold(access: Access, root: Element) -> SoldBooking:
    message = message_of(root)
    told, key = TOLD[tag(message)], booking_id_of(message)
    made = instant(attribute(message, "TimeStamp")) or instant(attribute(_reservation(message), "CreateDateTime"))
    if not key or made is None:
        raise ChannelError(Trouble.REFUSED, "no_name", "The booking lacks its number or its time.")
    if any(hotel != access.account for hotel in _hotels(root)):
        raise ChannelError(Trouble.REFUSED, "other_property", "The booking is another hotel's.")
    source = attribute(next(below(message, "RequestorID"), None), "ID")
    reservation = _reservation(message)
    room = first(reservation, "RoomStays", "RoomStay")
    stay = None if room is None else _stay(room)
    created = instant(attribute(reservation, "CreateDateTime"))
    return booking_of(
        access,
        key=key,
        revision=f"{key} {request_of(root) or f'{tag(message)} {made.isoformat()}'}",
        order=order_of(made, told),
        told=told,
        made_at=(created or made) if told == Told.NEW else None,
        source=source,
        booker=_person(message),
        stay=stay,
        payment=_paid(room, stay, source),
        wishes=_wishes(room),
        lines=[],
        receipt={"way": PUSHED},
    )


def _reservation(message: Element) -> Element | None:
    return next(below(message, *_RESERVATION), None)


def _hotels(root: Element) -> Iterator[str]:
    """Yield each number of the hotel in a message."""
    for node in below(root, "BasicPropertyInfo", "Vendor", "PayloadReference"):
        number = {
            "BasicPropertyInfo": attribute(node, "HotelCode"),
            "Vendor": said(node) if attribute(node, "CodeContext") == "HotelCode" else "",
            "PayloadReference": attribute(node, "DistributorHotelId"),
        }[tag(node)]
        if number:
            yield number


def _person(message: Element) -> Person:
    named = next(below(message, "PersonName"), None)
    phone = next(below(message, "Telephone"), None)
    mail = next(below(message, "Email"), None)
    return person(
        given=said(named, "GivenName"),
        middle=said(named, "MiddleName"),
        surname=said(named, "Surname"),
        country=attribute(phone, "CountryAccessCode"),
        area=attribute(phone, "AreaCityCode"),
        number=attribute(phone, "PhoneNumber"),
        extension=attribute(phone, "Extension"),
        email=said(mail),
    )


def _stay(room: Element) -> Stay | None:
    """Return the room and its nights as they are written; None for room type 0."""
    room_id = attribute(first(room, "RoomTypes", "RoomType"), "RoomTypeCode")
    if room_id in {"", "0"}:
        return None
    span, total = first(room, "TimeSpan"), first(room, "Total")
    bases = [node for node in below(room, "Base") if attribute(node, "CurrencyCode")]
    counts = each(room, "GuestCounts", "GuestCount")
    children = [node for node in counts if attribute(node, "AgeQualifyingCode") != _ADULT]
    stay = Stay(
        room_id=room_id,
        rate_id=attribute(first(room, "RatePlans", "RatePlan"), "RatePlanCode"),
        arrival=day(attribute(span, "Start")),
        departure=day(attribute(span, "End")),
        currency=currency(attribute(total, "CurrencyCode"))
        or currency(attribute(next(iter(bases), None), "CurrencyCode")),
        adults=sum(_count(node) for node in counts if attribute(node, "AgeQualifyingCode") == _ADULT),
        children=min(99, sum(map(_count, children))),
        ages=[
            age
            for node in children[:99]
            if (age := whole(attribute(node, "Age"), most=18)) is not None
            for _ in range(_count(node))
        ][:99],
        total=amount(attribute(total, "AmountAfterTax") or attribute(total, "AmountBeforeTax")),
        taxes=amount(attribute(first(total, "Taxes"), "Amount")),
    )
    for line in each(room, "RoomRates", "RoomRate")[:MOST_NIGHTS]:
        stay.promotion(attribute(line, "PromotionCode"))
        for rate in each(line, "Rates", "Rate")[:MOST_NIGHTS]:
            _nights(stay, rate)
    return stay


def _count(node: Element) -> int:
    return whole(attribute(node, "Count"), most=99) or 0


def _nights(stay: Stay, rate: Element) -> None:
    """Add what each night of a rate costs: its base, further guests and fees."""
    begin, end = day(attribute(rate, "EffectiveDate")), day(attribute(rate, "ExpireDate"))
    parts = [first(rate, "Base"), *each(rate, "AdditionalGuestAmounts", "AdditionalGuestAmount", "Amount")]
    told = [attribute(part, "AmountBeforeTax") or attribute(part, "AmountAfterTax") for part in parts]
    told += [attribute(fee, "Amount") for fee in each(rate, "Fees", "Fee")]
    amounts = [amount(part) for part in told if part]
    if begin is None:
        stay.night(None, amounts)
        return
    end = end if end is not None and end > begin else begin + ONE_DAY
    for count in range(min((end - begin).days, MOST_NIGHTS)):
        stay.night(begin + ONE_DAY * count, amounts)


def _wishes(room: Element | None) -> list[Wish]:
    return [
        Wish(attribute(node, "RequestCode"), text(said(node, "Text"), 2000))
        for node in each(room, "SpecialRequests", "SpecialRequest")[:99]
    ]


def _paid(room: Element | None, stay: Stay | None, source: str) -> Paid:
    card = None if room is None else next(below(room, "PaymentCard"), None)
    payment = first(room, "Payment")
    commission = attribute(first(room, "RatePlans", "RatePlan", "Commission"), "Percent")
    found = paid(
        source=source,
        rate_id=stay.rate_id if stay else "",
        method=said(room, "PaymentMethod"),
        kind=said(room, "BaseRateType"),
        card_number=attribute(card, "CardNumber"),
        activation=attribute(card, "CardActivation"),
        expiry=attribute(card, "ExpireDate"),
        has_card=card is not None,
        held=attribute(payment, "Amount"),
        held_currency=attribute(payment, "CurrencyCode"),
        model=attribute(payment, "model"),
        stay=stay,
    )
    return found.with_line(f"Commission as Expedia writes it: {text(commission, 20)}" if commission else "")
