"""Rates, counts and restrictions on their way out (AR): few messages, each within what one may hold.

A message is taken whole or not at all; what is taken may still be dropped in part, with a warning (refusals.py). It has
at most 5000 values, one for each night that something is said of, and 100 kB.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from lxml import etree

from channels.adapters.base import Access, ChannelError, Parcel, Refused, Sent, Span, Wire
from channels.adapters.enums import Trouble
from channels.adapters.expedia.calls import call, request
from channels.adapters.expedia.refusals import refusals
from channels.adapters.expedia.rooms import MOST_GUESTS
from channels.adapters.values import major
from channels.adapters.xml import Element, put, written
from pms.kernel.money import round_ratio

SPACE = "AR/2011/06"
AVAILABILITY_AND_RATES = "availability_and_rates"
#: Nothing of it can be said to Expedia: it is not sent, and nothing is missing.
UNSPOKEN = "unspoken"
MOST_UPDATES = 5000
#: Of the 100 kB that a message may have, in bytes.
MOST_BYTES = 99_000
MOST_ROOMS = 4999
#: No stay at Expedia is longer, in nights.
MOST_NIGHTS = 28
#: How far ahead it takes anything, in days.
DAYS_AHEAD = 730
ONE_DAY = timedelta(days=1)
PER_PERSON = "per_person"
THROUGH = "through"


@dataclass(frozen=True, slots=True)
class _Saying:
    """What is said of a room or a rate, whichever its days: its XML without the days, and how many values a night has."""

    content: bytes
    values: int


@dataclass(slots=True)
class _Message:
    """A message that is being filled: days by what is said of them."""

    days: dict[bytes, list[tuple[date, date]]] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    updates: int = 0
    size: int = 0


def parcels(access: Access, spans: Sequence[Span]) -> list[Parcel]:
    """Return as few messages as the limits allow: counts first, then rates in the order given.

    A minimum stay is told as the hotel's setting has it, on arrival or through; the other kind cannot be said and is
    left out. Stays are cut to 28 nights. Days before today and beyond two years are left out, Expedia takes none. A stay
    that is to be longer than it may be is an error there: it goes by itself, so that it takes nothing else with it.
    """
    pieces = [piece for span in spans for piece in _pieces(access, span)]
    pieces.sort(key=lambda piece: bool(piece.rate_id))
    said: list[tuple[Span, _Saying]] = []
    alone: list[tuple[Span, _Saying]] = []
    unspoken: list[Span] = []
    for piece in pieces:
        saying = _saying(access, piece)
        if not saying.values:
            unspoken.append(piece)
        elif _contradicts_itself(access, piece):
            alone.append((piece, saying))
        else:
            said.append((piece, saying))
    packed = [*_packed(access, said), *(one for each in alone for one in _packed(access, [each]))]
    if unspoken:
        packed.append(Parcel(UNSPOKEN, tuple(unspoken), b""))
    return packed


def _pieces(access: Access, span: Span) -> Iterator[Span]:
    """Yield what of a span can be told, the count of rooms apart from what is a rate's own."""
    first, until = max(span.first, access.today), min(span.until, access.today + timedelta(days=DAYS_AHEAD))
    if first >= until:
        return
    span = replace(span, first=first, until=until)
    if not span.rate_id:
        if span.prices or any(getattr(span, name) is not None for name in _RESTRICTIONS):
            raise ChannelError(Trouble.REFUSED, "no_rate", "Expedia takes prices and restrictions of rates alone.")
        yield span
        return
    if span.rooms is not None:
        yield Span(span.room_id, "", first, until, rooms=span.rooms)
        span = replace(span, rooms=None)
    if span.prices or any(getattr(span, name) is not None for name in ("closed", *_RESTRICTIONS)):
        yield span


_RESTRICTIONS = ("min_stay_arrival", "min_stay_through", "max_stay", "closed_to_arrival", "closed_to_departure")


def _least(access: Access, span: Span) -> int | None:
    """Return the minimum stay that this hotel's setting at Expedia speaks of."""
    by_hotel = span.min_stay_through if access.settings.get("min_stay") == THROUGH else span.min_stay_arrival
    return None if by_hotel is None else min(max(1, by_hotel), MOST_NIGHTS)


def _most(span: Span) -> int | None:
    return None if span.max_stay is None else min(span.max_stay or MOST_NIGHTS, MOST_NIGHTS)


def _contradicts_itself(access: Access, span: Span) -> bool:
    least, most = _least(access, span), _most(span)
    return least is not None and most is not None and least > most


def _saying(access: Access, span: Span) -> _Saying:
    """Return what is told, and nothing that is not (T27)."""
    room = etree.Element("RoomType")
    room.set("id", span.room_id)
    values = 0
    if not span.rate_id:
        if span.closed is not None:
            room.set("closed", _flag(span.closed))
        if span.rooms is not None:
            put(room, "Inventory", totalInventoryAvailable=str(min(max(0, span.rooms), MOST_ROOMS)))
        values = sum(told is not None for told in (span.closed, span.rooms))
        return _Saying(etree.tostring(room), values)
    plan = put(room, "RatePlan", id=span.rate_id)
    if span.closed is not None:
        plan.set("closed", _flag(span.closed))
        values += 1
    values += _rates(access, plan, span.prices)
    told = {
        "minLOS": _number(_least(access, span)),
        "maxLOS": _number(_most(span)),
        "closedToArrival": _flag(span.closed_to_arrival),
        "closedToDeparture": _flag(span.closed_to_departure),
    }
    restrictions = {key: value for key, value in told.items() if value}
    if restrictions:
        put(plan, "Restrictions", **restrictions)
    return _Saying(etree.tostring(room), values + len(restrictions))


def _flag(told: bool | None) -> str:
    return "" if told is None else "true" if told else "false"


def _number(told: int | None) -> str:
    return "" if told is None else str(told)


def _rates(access: Access, plan: Element, prices: Mapping[int, int]) -> int:
    """Add the prices as the product takes them; return how many there are. One for the room has no number of guests."""
    told = {guests: price for guests, price in prices.items() if guests <= MOST_GUESTS}
    if not told:
        return 0
    rate = put(plan, "Rate", currency=access.currency)
    if access.settings.get("pricing") == PER_PERSON:
        # One of two persons: Expedia doubles it again (T36: to the smallest unit there is).
        for_two = told.get(2, told.get(0, next(iter(told.values()))))
        put(rate, "PerPerson", rate=major(round_ratio(for_two, 2), access.currency))
        return 1
    if 0 in told:
        put(rate, "PerDay", rate=major(told[0], access.currency))
        return 1
    for guests, price in sorted(told.items()):
        put(rate, "PerOccupancy", rate=major(price, access.currency), occupancy=str(guests))
    return len(told)


def _packed(access: Access, said: Iterable[tuple[Span, _Saying]]) -> Iterator[Parcel]:
    envelope = _envelope(access)
    room_left = MOST_BYTES - len(envelope(b""))
    message = _Message()
    for whole, saying in said:
        for span in _cut(whole, saying):
            nights = (span.until - span.first).days
            size = 60 if saying.content in message.days else 100 + len(saying.content)
            full = message.updates + nights * saying.values > MOST_UPDATES or message.size + size > room_left
            if message.spans and full:
                yield _parcel(envelope, message)
                message, size = _Message(), 100 + len(saying.content)
            message.days.setdefault(saying.content, []).append((span.first, span.until))
            message.spans.append(span)
            message.updates += nights * saying.values
            message.size += size
    if message.spans:
        yield _parcel(envelope, message)


def _cut(span: Span, saying: _Saying) -> Iterator[Span]:
    """Yield a span in parts of which each fits into a message."""
    most = max(1, MOST_UPDATES // saying.values)
    first = span.first
    while first < span.until:
        until = min(span.until, first + timedelta(days=most))
        yield replace(span, first=first, until=until)
        first = until


def _envelope(access: Access) -> Callable[[bytes], bytes]:
    root = request(access, SPACE, "AvailRateUpdateRQ")
    before, end = written(root).rsplit(b"</", 1)
    return lambda inner: before + inner + b"</" + end


def _parcel(envelope: Callable[[bytes], bytes], message: _Message) -> Parcel:
    parts: list[bytes] = []
    for content, days in message.days.items():
        # The last day is meant as well there (T8).
        ranges = "".join(f'<DateRange from="{first}" to="{until - ONE_DAY}"/>' for first, until in days)
        parts += [b"<AvailRateUpdate>", ranges.encode(), content, b"</AvailRateUpdate>"]
    return Parcel(AVAILABILITY_AND_RATES, tuple(message.spans), envelope(b"".join(parts)))


def send(wire: Wire, parcel: Parcel) -> Sent:
    """Send one message; a warning refuses the nights that it names.

    An error refuses the whole message, one rate that is gone as well as everything beside it: then each room and rate is
    said again by itself, and what Expedia refuses alone is refused. Raises ChannelError.
    """
    if parcel.what == UNSPOKEN:
        return Sent()
    if parcel.what != AVAILABILITY_AND_RATES:
        raise ChannelError(Trouble.REFUSED, "no_such_message", f"Expedia takes no message called {parcel.what!r}.")
    try:
        return _sent(wire, parcel)
    except ChannelError as error:
        if error.trouble is not Trouble.REFUSED:
            raise
        products = dict.fromkeys((span.room_id, span.rate_id) for span in parcel.spans)
        if len(products) == 1:
            return Sent((Refused(parcel.spans, error.code, error.message),))
    refused: list[Refused] = []
    for product in products:
        own = [span for span in parcel.spans if (span.room_id, span.rate_id) == product]
        for part in parcels(wire.access, own):
            refused += send(wire, part).refused
    return Sent(tuple(refused))


def _sent(wire: Wire, parcel: Parcel) -> Sent:
    answer = call(wire, "/eqc/ar", parcel.body, what=parcel.what, answered="AvailRateUpdateRS")
    return Sent(refusals(parcel.spans, answer))
