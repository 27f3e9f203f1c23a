"""Booking notification (BN): Expedia calls us with a booking and wants its answer there and then, with our number.

The message is proved by the name and password in its header. A resend is the same message: it has the same RequestId, and
its letter is the same to the last byte. An error in the answer would send every later message of the booking by mail, so
that there is none: what could not be taken in is a fault, and Expedia sends it again until it writes to the hotel.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256

from lxml import etree

from channels.adapters.base import Access, ChannelError, Letter, Trigger
from channels.adapters.enums import Told, Trouble
from channels.adapters.expedia.masking import masked
from channels.adapters.expedia.pushed import TOLD, booking_id_of, message_of, request_of
from channels.adapters.values import text
from channels.adapters.xml import Element, attribute, below, opened, parsed, put, tag, written

KIND = "notification"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
HEADER = "http://www.newtrade.com/expedia/R14/header"
OTA = "http://www.opentravel.org/OTA/2003/05"
_RESPONSES = {Told.NEW: "Committed", Told.MODIFIED: "Modified", Told.CANCELLED: "Cancelled"}
#: What proves a message that was proved when it came, and whose password was not kept.
_PROOF = {"push_username": "x-expedia-username", "push_password": "x-expedia-password"}
#: The kind of a message that is none of the three.
UNREADABLE = "unreadable"
#: A number that Expedia keeps has no more characters.
MOST_NUMBER = 32


def triggered(access: Access, body: bytes, headers: Mapping[str, str]) -> Trigger:
    """Return a booking that was pushed as a letter: it is kept whatever it says, for a guest may have bought it.

    Raises ChannelError locked_out without the name and password of the connection, refused for what is no XML.
    """
    root = parsed(body)
    _prove(access, root, headers)
    try:
        request, kind = request_of(root), tag(message_of(root))
    except ChannelError:
        request, kind = "", UNREADABLE
    letter = Letter(_same_again(root), KIND, request)
    digest = sha256(letter.body)
    return Trigger(
        message_id=f"{kind}:{request or digest.hexdigest()[:40]}",
        kind=kind,
        fingerprint=digest.digest(),
        pull=False,
        letter=letter,
    )


def proof(access: Access) -> dict[str, str]:
    """Return the headers that prove a message which was proved when it came."""
    return {header: access.credentials.get(field, "").strip() for field, header in _PROOF.items()}


def _prove(access: Access, root: Element, headers: Mapping[str, str]) -> None:
    told = next(below(root, "Authentication"), None)
    given = [attribute(told, field) for field in ("Username", "Password")]
    if told is None:
        given = [headers.get(header, "") for header in _PROOF.values()]
    wanted = [access.credentials.get(field, "").strip() for field in _PROOF]
    is_same = hmac.compare_digest(_joined(given), _joined(wanted))
    if not (all(wanted) and is_same):
        raise ChannelError(Trouble.LOCKED_OUT, "not_proved", "The message does not carry the connection's password.")


def _joined(parts: list[str]) -> bytes:
    return "\0".join(parts).encode(errors="replace")


def _same_again(root: Element) -> bytes:
    """Return the message without what proves it and without how often it was sent."""
    for node in list(below(root, "CommDescriptor")):
        node.attrib.pop("RetryIndicator", "")
        for child in list(node):
            node.remove(child)
    return masked(etree.tostring(root, encoding="UTF-8"))


def answered(body: bytes, *, our_number: str) -> bytes:
    """Return the answer that says that a pushed booking is kept here under our number. Raises ChannelError refused."""
    root = parsed(body)
    message = message_of(root)
    told, booking = TOLD[tag(message)], booking_id_of(message)[:64]
    number = our_number.strip()[:MOST_NUMBER]
    if not number:
        raise ChannelError(Trouble.REFUSED, "no_number", "A booking is confirmed with a number of ours or not at all.")
    name = f"{tag(message)[:-2]}RS"
    responder = text(attribute(next(below(root, "PayloadInfo"), None), "ResponderId"), 32) or "Innkeep"
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap-env": SOAP})
    header = opened(HEADER, "Interface", Name="ExpediaDirectConnect", Version="4.0")
    etree.SubElement(envelope, f"{{{SOAP}}}Header").append(header)
    _address(header, root, name, responder)
    inner = opened(OTA, name, Target="Production", Version="1.000", PrimaryLangID="en-us")
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(inner)
    inner.set("Status" if told == Told.CANCELLED else "ResResponseType", _RESPONSES[told])
    put(inner, "Success")
    if told == Told.CANCELLED:
        _cancelled(inner, message, booking, number, responder)
    else:
        _kept(inner, told, booking, number, responder)
    return written(envelope)


def _address(header: Element, root: Element, name: str, responder: str) -> None:
    """Say whose answer this is, and to which message."""
    asked = next(below(root, "PayloadInfo"), None)
    requestor = text(attribute(asked, "RequestorId"), 64) or "Expedia.com"
    payload = put(
        header, "PayloadInfo", RequestId=request_of(root), RequestorId=requestor, ResponderId=responder, Location="Body"
    )
    sender = text(attribute(next(below(root, "CommDescriptor"), None), "SourceId"), 64) or "ExpediaDC"
    put(payload, "CommDescriptor", SourceId=responder, DestinationId=sender, RetryIndicator="false")
    descriptor = put(payload, "PayloadDescriptor", Name=name, Version="2003A")
    hotel = text(attribute(next(below(root, "PayloadReference"), None), "SupplierHotelCode"), 64)
    if hotel:
        put(descriptor, "PayloadReference", SupplierHotelCode=hotel)


def _kept(inner: Element, told: Told, booking: str, number: str, responder: str) -> None:
    outer, one = (
        ("HotelReservations", "HotelReservation") if told == Told.NEW else ("HotelResModifies", "HotelResModify")
    )
    numbers = put(put(put(put(inner, outer), one), "ResGlobalInfo"), "HotelReservationIDs")
    put(numbers, "HotelReservationID", ResID_Type="3", ResID_Value=number, ResID_Source=responder)
    put(numbers, "HotelReservationID", ResID_Type="8", ResID_Value=booking, ResID_Source="Expedia")


def _cancelled(inner: Element, message: Element, booking: str, number: str, responder: str) -> None:
    """Name the booking, the number that we gave it before, and the number of the cancellation."""
    before = (attribute(node, "ID") for node in below(message, "UniqueID") if attribute(node, "Type") == "10")
    known = text(next(before, ""), MOST_NUMBER) or number
    put(put(inner, "UniqueID", Type="14", ID=booking), "CompanyName", "Expedia")
    put(put(inner, "UniqueID", Type="10", ID=known), "CompanyName", responder)
    put(put(put(inner, "CancelInfoRS"), "UniqueID", Type="10", ID=number), "CompanyName", responder)


def fault(words: str) -> bytes:
    """Return what to answer with status 500 where we cannot keep a message for now: Expedia sends it again."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap-env": SOAP})
    box = etree.SubElement(etree.SubElement(envelope, f"{{{SOAP}}}Body"), f"{{{SOAP}}}Fault")
    etree.SubElement(box, "faultcode").text = "soap-env:Server"
    etree.SubElement(box, "faultstring").text = text(words, 200) or "Not for now."
    return written(envelope)
