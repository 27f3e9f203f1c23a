"""Bookings on their way in: OpenTravel's two queues, acknowledged each at its own end, or B.XML's, where reading takes.

Booking.com wants twenty seconds between two readings of a queue, five after an acknowledgement, and no two at once. The
engine reads a connection in one place at a time, at the pace of the facts. Both queues are read before the first letter
is handed on, so that no acknowledgement comes between them; what a full answer leaves behind waits for the next turn.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from lxml import etree

from channels.adapters.base import Acknowledged, Answer, ChannelError, Letter, Receipt, Wire
from channels.adapters.bookingcom import xml
from channels.adapters.bookingcom.calls import SECURE, call, odd, readable, understood, words
from channels.adapters.bookingcom.ota_bookings import MODIFIED, NEW, number_of
from channels.adapters.bookingcom.parts import instant_text
from channels.adapters.bookingcom.settings import BXML, chosen
from channels.adapters.enums import Trouble

BXML_PATH = "/hotels/xml/reservations"
KIND = "bxml_reservations"
#: Its documented range ends here.
MOST_AT_ONCE = 200
#: Longer than this since the last whole reading: the one between may have taken something along.
UNSURE = timedelta(minutes=3)
#: So far back goes the question where even the very first reading broke off.
FIRST_TIME = timedelta(days=1)
#: The container and the element of one message, by queue.
SHAPES = {NEW: ("HotelReservations", "HotelReservation"), MODIFIED: ("HotelResModifies", "HotelResModify")}
#: What an acknowledgement meets that is for nothing any more.
OUTDATED = "wrong type"


def fetch(wire: Wire, *, since: datetime | None, broken_off: bool = False) -> Iterator[Letter]:
    """Yield what waits: of OpenTravel a letter for each booking, of B.XML the whole answer as it came."""
    if chosen(wire.access).reservations == BXML:
        return _taken(wire, since, broken_off=broken_off)
    return _waiting(wire, since)


# OpenTravel


def _waiting(wire: Wire, since: datetime | None) -> Iterator[Letter]:
    """Yield each booking that waits. No message tells its own time, and one that is the same as an earlier one may be that
    one again or a change back: so when we had read everything before belongs to its name, and what comes later is newer."""
    turn = f" {instant_text(since)}" if since is not None else ""
    found = [(queue, node) for queue in (NEW, MODIFIED) for node in _listed(wire, queue)]
    for queue, node in found:
        yield Letter(etree.tostring(node, encoding="UTF-8", with_tail=False), queue, f"{number_of(node)}{turn}")


def _listed(wire: Wire, queue: str) -> list[xml.Element]:
    query: dict[str, str | int] = {"hotel_ids": wire.access.account, "limit": MOST_AT_ONCE}
    answer = call(wire, "GET", f"/hotels/ota/{queue}", what="bookings", host=SECURE, query=query)
    if answer.status == 204:
        return []
    root = understood(answer, f"{queue}RQ")
    return xml.each(root, *SHAPES[queue])


def acknowledge(wire: Wire, receipts: Sequence[Receipt]) -> Acknowledged:
    """Acknowledge each where it came from; what was read by B.XML is acknowledged already.

    One that Booking.com does not wait for any more counts as noted: it was noted before (T65), or the booking has changed
    since, and what it is now comes by itself and is acknowledged in its turn. Raises ChannelError: locked_out for a hotel
    that the account may not touch, anything else where not a single one came through.
    """
    noted = [receipt.revision for receipt in receipts if receipt.details.get("queue") not in SHAPES]
    refused: dict[str, str] = {}
    waiting = [receipt for receipt in receipts if receipt.details.get("queue") in SHAPES]
    for queue in SHAPES:
        mine = [receipt for receipt in waiting if receipt.details["queue"] == queue]
        done = set(noted) | set(refused)
        try:
            _acknowledge(wire, queue, mine, noted, refused)
        except ChannelError as error:
            if error.trouble == Trouble.LOCKED_OUT or not (noted or refused):
                raise
            done = set(noted) | set(refused)
            return Acknowledged(
                tuple(noted), tuple(one.revision for one in waiting if one.revision not in done), refused
            )
    return Acknowledged(tuple(noted), (), refused)


def _acknowledge(
    wire: Wire, queue: str, receipts: Sequence[Receipt], noted: list[str], refused: dict[str, str]
) -> None:
    """Acknowledge together; one by one where that is refused, for nothing tells which of them it was."""
    if not receipts:
        return
    refusal = _answered(wire, queue, receipts)
    if not refusal:
        noted += [receipt.revision for receipt in receipts]
    elif len(receipts) > 1:
        for receipt in receipts:
            _acknowledge(wire, queue, [receipt], noted, refused)
    elif OUTDATED in refusal.lower():
        noted.append(receipts[0].revision)
    else:
        refused[receipts[0].revision] = refusal


def _answered(wire: Wire, queue: str, receipts: Sequence[Receipt]) -> str:
    """Send one acknowledgement; return why it was refused, '' when it was not."""
    body = xml.written(receipt_message(wire.access.account, queue, receipts))
    answer = call(wire, "POST", f"/hotels/ota/{queue}", what="acknowledgement", host=SECURE, body=body)
    if answer.status >= 400:
        return words(answer) or f"Booking.com answered {answer.status}."
    root = readable(answer)
    if next(xml.below(root, "Success"), None) is not None:
        return ""
    if next(xml.below(root, "Errors", "fault"), None) is None:
        raise odd()
    return words(answer) or "Booking.com gave no reason."


def receipt_message(hotel: str, queue: str, receipts: Sequence[Receipt]) -> xml.Element:
    """Return the answer to messages of a queue: success, and the number of each."""
    root = xml.opentravel(f"{queue}RS")
    xml.put(root, "Success")
    container, one = SHAPES[queue]
    box = xml.put(root, container)
    for number in dict.fromkeys(receipt.booking_id for receipt in receipts):
        global_part = xml.put(xml.put(box, one), "ResGlobalInfo")
        xml.put(xml.put(global_part, "HotelReservationIDs"), "HotelReservationID", ResID_Value=number)
        # Nobody asks for it; without it the message would not be what its schema says.
        xml.put(global_part, "BasicPropertyInfo", HotelCode=hotel)
    return root


# B.XML


def _taken(wire: Wire, since: datetime | None, *, broken_off: bool) -> Iterator[Letter]:
    """Yield what is there, which is gone from there then. After a gap, or a reading that broke off, what changed since is
    asked for as well: an answer that never came has taken its bookings along. That is not to be had where reservation
    recovery is switched on."""
    now = datetime.now(UTC)
    has_gap = broken_off or (since is not None and now - since > UNSURE)
    is_unsure = has_gap and not chosen(wire.access).recovery
    answer = _read(wire, (since or now - FIRST_TIME) if is_unsure else None)
    if is_unsure and answer.status == 400:
        # The account has recovery after all, and nobody said so here.
        answer = _read(wire, None)
    if b"<reservation>" not in answer.body:
        understood(answer, "reservations")
        return
    # Whatever else is wrong with it, it is kept: nobody will send it again.
    yield Letter(answer.body, KIND, instant_text(now))


def _read(wire: Wire, since: datetime | None) -> Answer:
    asked = xml.request()
    xml.put(asked, "hotel_id", wire.access.account)
    if since is not None:
        # In which zone it is read is not documented; none that Booking.com may mean lies behind this one.
        xml.put(asked, "last_change", f"{since.astimezone(UTC) - UNSURE:%Y-%m-%d %H:%M:%S}")
    return call(wire, "POST", BXML_PATH, what="bookings", host=SECURE, body=xml.written(asked))
