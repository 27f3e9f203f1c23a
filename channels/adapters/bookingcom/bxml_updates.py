"""B.XML's message of availability: rooms, their dates, and what is true on them."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from channels.adapters.base import Access, Parcel, Span
from channels.adapters.bookingcom import xml
from channels.adapters.bookingcom.settings import OCCUPANCY, Chosen
from channels.adapters.bookingcom.xml import Element
from channels.adapters.values import major

AVAILABILITY = "availability"
#: More is "without limit" (255), or refused.
MOST_ROOMS = 254
#: Our field and theirs, in the order in which they are written after count and price.
FLAGS = {"closed": "closed", "closed_to_arrival": "closedonarrival", "closed_to_departure": "closedondeparture"}
MINIMA = {"min_stay_through": "minimumstay", "min_stay_arrival": "minimumstay_arrival"}
MAXIMUM = "maximumstay_arrival"


def parcels(access: Access, choices: Chosen, spans: Sequence[Span]) -> Iterator[Parcel]:
    """Yield the message of a month."""
    root = xml.request()
    rooms: dict[str, Element] = {}
    for span in spans:
        room = rooms.get(span.room_id)
        if room is None:
            room = rooms[span.room_id] = xml.put(root, "room", id=span.room_id)
        _put(room, span, access.currency, choices)
    yield Parcel(AVAILABILITY, tuple(spans), xml.written(root))


def _put(room: Element, span: Span, currency: str, choices: Chosen) -> None:
    last = span.until - timedelta(days=1)
    if last == span.first:
        node = xml.put(room, "date", value=span.first.isoformat())
    else:
        # The last day is meant as well (T8).
        node = xml.put(room, "date", **{"from": span.first.isoformat(), "to": last.isoformat()})
    if span.rate_id:
        xml.put(node, "rate", id=span.rate_id)
    if span.rooms is not None:
        xml.put(node, "roomstosell", str(max(0, min(span.rooms, MOST_ROOMS))))
    for guests, price in sorted(span.prices.items()):
        xml.put(node, element(guests, span, choices), major(price, currency))
    for ours, theirs in FLAGS.items():
        told = getattr(span, ours)
        if told is not None:
            xml.put(node, theirs, "1" if told else "0")
    for ours, theirs in MINIMA.items():
        nights = getattr(span, ours)
        if nights is not None:
            xml.put(node, theirs, str(max(1, nights)))
    if span.max_stay is not None:
        xml.put(node, MAXIMUM, str(max(0, span.max_stay)))


def element(guests: int, span: Span, choices: Chosen) -> str:
    """Return what a price is called: that of the room (or of the leading occupancy) has no number."""
    if guests == 0 or (choices.pricing != OCCUPANCY and guests == max(span.prices)):
        return "price"
    return choices.occupancy_element.replace("{guests}", str(guests))
