"""Prices, counts and restrictions on their way out: which message tells what, and sending one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from channels.adapters.base import Access, ChannelError, Parcel, Sent, Span, Wire
from channels.adapters.bookingcom import bxml_updates, ota_updates, refusals
from channels.adapters.bookingcom.calls import call, raise_for_fault, readable
from channels.adapters.bookingcom.settings import BXML, chosen
from channels.adapters.enums import Trouble

ONE_DAY = timedelta(days=1)
#: By what a parcel is called: where it goes.
PATHS = {
    bxml_updates.AVAILABILITY: "/hotels/xml/availability",
    ota_updates.AVAILABILITY: "/hotels/ota/OTA_HotelAvailNotif",
    ota_updates.RATES: "/hotels/ota/OTA_HotelRateAmountNotif",
}
#: Answers of the newer form, which tell what was refused of a message that was otherwise taken.
VERSION = "1.1"


def parcels(access: Access, spans: Sequence[Span]) -> list[Parcel]:
    """Return a message for each month (OpenTravel: one of counts and restrictions, one of prices), nearest first; what
    would say the same of a day twice goes in a later one, for of repeated dates the first is taken. Days before today are
    left out. Raises ChannelError refused for a price without a rate."""
    choices = chosen(access)
    write = bxml_updates.parcels if choices.dialect == BXML else ota_updates.parcels
    found: list[Parcel] = []
    for layer in _layers(_pieces(access, spans)):
        found += write(access, choices, layer)
    return found


def _pieces(access: Access, spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans without what is over, each within one month, counts apart from what is said of a rate."""
    for span in spans:
        if span.prices and not span.rate_id:
            raise ChannelError(Trouble.REFUSED, "no_rate", "Booking.com takes prices of rates alone.")
        start = max(span.first, access.today)
        while start < span.until:
            end = min(span.until, _next_month(start))
            piece = replace(span, first=start, until=end)
            if span.rate_id and span.rooms is not None:
                yield Span(span.room_id, "", start, end, rooms=span.rooms)
                piece = replace(piece, rooms=None)
            if tells(piece):
                yield piece
            start = end


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def tells(span: Span) -> bool:
    """Whether a span says anything."""
    return span != Span(span.room_id, span.rate_id, span.first, span.until)


@dataclass(slots=True)
class _Message:
    """What goes together: no day of a room or rate stands in it twice."""

    spans: list[Span] = field(default_factory=list)
    by_key: dict[tuple[str, str], list[Span]] = field(default_factory=dict)

    def add(self, span: Span) -> None:
        self.spans.append(span)
        self.by_key.setdefault((span.room_id, span.rate_id), []).append(span)

    def meets(self, span: Span) -> bool:
        """Whether a day of a span stands in it already."""
        mine = self.by_key.get((span.room_id, span.rate_id), ())
        return any(one.first < span.until and span.first < one.until for one in mine)


def _layers(pieces: Iterable[Span]) -> Iterator[list[Span]]:
    """Yield what goes in each message, month by month, in the order in which the same days were told."""
    months: dict[date, list[_Message]] = {}
    for piece in pieces:
        messages = months.setdefault(piece.first.replace(day=1), [])
        place = 1 + max((number for number, message in enumerate(messages) if message.meets(piece)), default=-1)
        if place == len(messages):
            messages.append(_Message())
        messages[place].add(piece)
    for month in sorted(months):
        yield from (message.spans for message in months[month])


def send(wire: Wire, parcel: Parcel) -> Sent:
    """Send one message and read the answer to its end: a 200 may refuse parts, a 400 refuses all."""
    path = PATHS.get(parcel.what)
    if path is None:
        raise ChannelError(Trouble.REFUSED, "no_such_message", f"Booking.com takes no message called {parcel.what!r}.")
    answer = call(wire, "POST", path, what=parcel.what, body=parcel.body, version=VERSION)
    if answer.status > 400:
        raise ChannelError(Trouble.REFUSED, f"status_{answer.status}", "Booking.com does not know this message.")
    is_refused = answer.status == 400
    try:
        root = readable(answer)
    except ChannelError as error:
        if is_refused:
            raise ChannelError(Trouble.REFUSED, "status_400", "Booking.com gave no reason that can be read.") from error
        raise
    raise_for_fault(root)
    return refusals.sent(parcel, root, is_refused=is_refused)
