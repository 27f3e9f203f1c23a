"""OpenTravel's two messages: HotelAvailNotif has counts and restrictions, HotelRateAmountNotif has prices."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from channels.adapters.base import Access, Parcel, Span
from channels.adapters.bookingcom import xml
from channels.adapters.bookingcom.bxml_updates import MOST_ROOMS
from channels.adapters.bookingcom.settings import MINOR, Chosen
from channels.adapters.bookingcom.xml import Element
from channels.adapters.values import major
from pms.kernel.money import exponent

AVAILABILITY = "availability_notice"
RATES = "rate_amount_notice"
#: A switch of ours, and which restriction it is; the first closes the room or rate itself.
SWITCHES: dict[str, str | None] = {"closed": None, "closed_to_arrival": "Arrival", "closed_to_departure": "Departure"}
LENGTHS = ("min_stay_arrival", "min_stay_through", "max_stay")


def parcels(access: Access, choices: Chosen, spans: Sequence[Span]) -> Iterator[Parcel]:
    """Yield the messages of a month: counts and restrictions first, then prices."""
    rules = [replace(span, prices={}) for span in spans]
    rules = [span for span in rules if span != Span(span.room_id, span.rate_id, span.first, span.until)]
    prices = [
        Span(span.room_id, span.rate_id, span.first, span.until, prices=span.prices) for span in spans if span.prices
    ]
    if rules:
        root = xml.opentravel("OTA_HotelAvailNotifRQ")
        box = xml.put(root, "AvailStatusMessages", HotelCode=access.account)
        for span in rules:
            _put_rules(box, span, choices)
        yield Parcel(AVAILABILITY, tuple(rules), xml.written(root))
    if prices:
        root = xml.opentravel("OTA_HotelRateAmountNotifRQ")
        box = xml.put(root, "RateAmountMessages", HotelCode=access.account)
        for span in prices:
            _put_prices(box, span, access.currency, choices)
        yield Parcel(RATES, tuple(prices), xml.written(root))


def _put_control(message: Element, span: Span) -> None:
    # The last day is meant as well (T8).
    last = span.until - timedelta(days=1)
    told = {"Start": span.first.isoformat(), "End": last.isoformat(), "InvTypeCode": span.room_id}
    if span.rate_id:
        told["RatePlanCode"] = span.rate_id
    xml.put(message, "StatusApplicationControl", **told)


def _put_rules(box: Element, span: Span, choices: Chosen) -> None:
    """Add a message for the count, one for the lengths of stay, one for each switch: a message has room for one."""
    if span.rooms is not None:
        count = str(max(0, min(span.rooms, MOST_ROOMS)))
        _put_control(xml.put(box, "AvailStatusMessage", BookingLimit=count, BookingLimitMessageType="SetLimit"), span)
    told = {
        ours: theirs
        for ours, theirs in zip(LENGTHS, choices.stay_types, strict=True)
        if getattr(span, ours) is not None
    }
    if told:
        message = xml.put(box, "AvailStatusMessage")
        _put_control(message, span)
        lengths = xml.put(message, "LengthsOfStay")
        for ours, theirs in told.items():
            nights = max(0 if ours == "max_stay" else 1, getattr(span, ours))
            xml.put(lengths, "LengthOfStay", MinMaxMessageType=theirs, Time=str(nights), TimeUnit="Day")
    for ours, restriction in SWITCHES.items():
        is_shut = getattr(span, ours)
        if is_shut is not None:
            message = xml.put(box, "AvailStatusMessage")
            _put_control(message, span)
            named = {"Restriction": restriction} if restriction else {}
            xml.put(message, "RestrictionStatus", Status="Close" if is_shut else "Open", **named)


def _put_prices(box: Element, span: Span, currency: str, choices: Chosen) -> None:
    message = xml.put(box, "RateAmountMessage")
    _put_control(message, span)
    amounts = xml.put(xml.put(xml.put(message, "Rates"), "Rate"), "BaseByGuestAmts")
    for guests, price in sorted(span.prices.items()):
        told = {"AmountAfterTax": major(price, currency), "CurrencyCode": currency}
        if choices.amounts_sent == MINOR:
            told |= {"AmountAfterTax": str(price), "DecimalPlaces": str(exponent(currency))}
        if guests:
            told["NumberOfGuests"] = str(guests)
        xml.put(amounts, "BaseByGuestAmt", **told)
