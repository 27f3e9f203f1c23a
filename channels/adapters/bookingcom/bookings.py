"""Reading a letter: B.XML's list of reservations, or one or more bookings of OpenTravel's queues."""

from collections.abc import Iterator
from hashlib import sha256

from lxml import etree

from channels.adapters.base import Access, ChannelError, Letter, Reading, SoldBooking
from channels.adapters.bookingcom import bxml_bookings, ota_bookings, xml
from channels.adapters.bookingcom.masking import masked
from channels.adapters.bookingcom.parts import instant_text, refused
from channels.adapters.bookingcom.xml import Element
from channels.adapters.values import instant

MOST_BOOKINGS = 1000
_LISTS = {"OTA_HotelResNotifRQ": "HotelReservations", "OTA_HotelResModifyNotifRQ": "HotelResModifies"}


def reading(access: Access, letter: Letter) -> Reading:
    """Return the bookings of a letter. One that nobody can read is a fault beside the others, a refusal by itself.

    No booking tells when it was changed: the later it was read, the newer it is, and the letter's key has that instant. A
    letter of B.XML is read once, and named by it. One of OpenTravel comes until it is acknowledged: content and turn name it.
    """
    nodes, faults = _nodes(letter.body)
    sold: list[SoldBooking] = []
    for place, node in enumerate(nodes):
        try:
            booking, found = _sold(access, node, letter, place)
        except ChannelError as error:
            if len(nodes) == 1 and not faults:
                raise
            faults.append(error.message)
        else:
            sold.append(booking)
            faults += [f"{fault} (booking {booking.booking_id})" for fault in found]
    return Reading(tuple(sold), tuple(faults))


def _sold(access: Access, node: Element, letter: Letter, place: int) -> tuple[SoldBooking, list[str]]:
    read_at = _instant_of(letter.key)
    if xml.tag(node) in ota_bookings.QUEUES:
        return ota_bookings.sold(access, node, digest=_digest(node), turn=read_at)
    number = xml.said(node, "id")[:64]
    revision = f"{number}:{read_at}:{place}" if read_at else f"{number}:{_digest(node)}"
    return bxml_bookings.sold(access, node, revision=revision, order=f"{read_at}:{place:04}" if read_at else "")


def _instant_of(key: str) -> str:
    """Return the instant at the end of a letter's key, '' where there is none."""
    found = instant(key.rpartition(" ")[2])
    return instant_text(found) if found is not None else ""


def _digest(node: Element) -> str:
    """Return what names the content of a message, card numbers left out: it is the same before and after masking."""
    return sha256(masked(etree.tostring(node, encoding="UTF-8", with_tail=False))).hexdigest()[:24]


def _nodes(body: bytes) -> tuple[list[Element], list[str]]:
    """Return the bookings of a message. Of a list that breaks off, those that are whole: nobody will send them again."""
    try:
        root = xml.parsed(body)
    except ChannelError as error:
        whole = [node for chunk in _whole(body) if (node := _parsed(chunk)) is not None]
        if not whole or error.code != "not_xml":
            raise
        return whole, ["The message breaks off: it may have held more bookings."]
    kind = xml.tag(root)
    if kind in ota_bookings.QUEUES or kind == "reservation":
        return [root], []
    if kind == "reservations":
        nodes = xml.each(root, "reservation")
    elif kind in _LISTS:
        nodes = [node for name in ota_bookings.QUEUES for node in xml.each(root, _LISTS[kind], name)]
    else:
        raise refused("no_booking", "The message holds no booking.")
    if len(nodes) > MOST_BOOKINGS:
        raise refused("too_many_bookings", f"A message of {len(nodes)} bookings is none.")
    return nodes, []


def _whole(body: bytes) -> Iterator[bytes]:
    """Yield what stands between the begin and the end of a reservation."""
    begin, end = b"<reservation>", b"</reservation>"
    for chunk in body.split(end, MOST_BOOKINGS)[:-1]:
        place = chunk.rfind(begin)
        if place >= 0:
            yield chunk[place:] + end


def _parsed(chunk: bytes) -> Element | None:
    try:
        return xml.parsed(chunk)
    except ChannelError:
        return None
