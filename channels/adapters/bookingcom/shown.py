"""What Booking.com shows now, read back in our words. How its answer is built is our stand-in's guess: read with patience."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from channels.adapters.base import ChannelRate, ChannelRoom, Span, Wire
from channels.adapters.bookingcom import xml
from channels.adapters.bookingcom.bxml_updates import FLAGS, MAXIMUM, MINIMA
from channels.adapters.bookingcom.calls import call, understood
from channels.adapters.bookingcom.settings import Chosen, chosen
from channels.adapters.bookingcom.xml import Element
from channels.adapters.values import day, identifier, minor, whole

PATH = "/hotels/xml/roomrateavailability"
#: So many days are asked for at once; no limit is documented.
MOST_DAYS = 90
ONE_DAY = timedelta(days=1)


def read_back(wire: Wire, *, rooms: Sequence[ChannelRoom], first: date, until: date) -> list[Span]:
    """Return what is shown of these rooms and rates: counts first, runs of equal days as one span."""
    days: dict[tuple[str, date], Element] = {}
    start = first
    while start < until:
        end = min(until, start + timedelta(days=MOST_DAYS))
        for room_id, on, node in _read(wire, start, end):
            if first <= on < until:
                days[room_id, on] = node
        start = end
    found: list[Span] = []
    for room in rooms:
        mine = {
            on: node
            for (room_id, on), node in sorted(days.items(), key=lambda item: item[0])
            if room_id == room.room_id
        }
        found += _runs(_counts(room, mine))
        for rate in room.rates:
            found += _runs(_rules(room, rate, mine, wire.access.currency, chosen(wire.access)))
    return found


def _read(wire: Wire, first: date, until: date) -> Iterator[tuple[str, date, Element]]:
    asked = xml.request()
    xml.put(asked, "hotel_id", wire.access.account)
    xml.put(asked, "number_of_days", str((until - first).days))
    xml.put(asked, "start_date", first.isoformat())
    answer = call(wire, "POST", PATH, what="availability shown", body=xml.written(asked))
    root = understood(answer, "roomrateavailability", "rooms", "availability", "response")
    for room in xml.below(root, "room"):
        for node in xml.each(room, "date"):
            on = day(_told(node, "value", "date"))
            if on is not None:
                yield identifier(_told(room, "room_id", "id")), on, node


def _told(node: Element, *names: str) -> str:
    """Return a value that may stand in an attribute or in an element."""
    return xml.attribute(node, *names) or next((said for name in names if (said := xml.said(node, name))), "")


def _counts(room: ChannelRoom, days: Mapping[date, Element]) -> Iterator[Span]:
    for on, node in days.items():
        count = whole(_told(node, "rooms_to_sell", "roomstosell"), most=100_000)
        if count is not None:
            yield Span(room.room_id, "", on, on + ONE_DAY, rooms=count)


def _rules(
    room: ChannelRoom, rate: ChannelRate, days: Mapping[date, Element], currency: str, choices: Chosen
) -> Iterator[Span]:
    for on, node in days.items():
        told = next((one for one in xml.each(node, "rate") if _told(one, "id", "rate_id") == rate.rate_id), None)
        if told is not None:
            yield Span(
                room.room_id,
                rate.rate_id,
                on,
                on + ONE_DAY,
                prices=_prices(rate, told, currency, choices),
                min_stay_arrival=whole(_told(told, MINIMA["min_stay_arrival"])),
                min_stay_through=whole(_told(told, MINIMA["min_stay_through"])),
                max_stay=whole(_told(told, MAXIMUM)),
                closed_to_arrival=_flag(_told(told, FLAGS["closed_to_arrival"])),
                closed_to_departure=_flag(_told(told, FLAGS["closed_to_departure"])),
                closed=_flag(_told(told, FLAGS["closed"])),
            )


def _flag(told: str) -> bool | None:
    return {"1": True, "0": False}.get(told)


def _prices(rate: ChannelRate, told: Element, currency: str, choices: Chosen) -> dict[int, int]:
    names = {guests: choices.occupancy_element.replace("{guests}", str(guests)) for guests in rate.guests} or {
        0: "price"
    }
    found = {guests: minor(_told(told, name), currency) for guests, name in names.items()}
    return {guests: price for guests, price in found.items() if price}


def _runs(days: Iterable[Span]) -> list[Span]:
    runs: list[Span] = []
    for span in days:
        last = runs[-1] if runs else None
        if last is not None and last.until == span.first and replace(last, first=span.first, until=span.until) == span:
            runs[-1] = replace(last, until=span.until)
        else:
            runs.append(span)
    return runs
