"""Booking notification: SOAP 1.1 around OTA_HotelResNotifRQ, OTA_HotelResModifyNotifRQ and OTA_CancelRQ."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lxml import etree

from tests.sandbox.expedia.bookings import BOOK, CANCEL
from tests.sandbox.expedia.messages import requests, source, taxed
from tests.sandbox.expedia.wire import put
from tests.sandbox.extranet import money

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
HEADER = "http://www.newtrade.com/expedia/R14/header"
OTA = "http://www.opentravel.org/OTA/2003/05"
NAMES = {BOOK: "OTA_HotelResNotif", CANCEL: "OTA_Cancel"}


def name_of(kind: str) -> str:
    return NAMES.get(kind, "OTA_HotelResModifyNotif")


def envelope(booking: dict[str, Any], version: dict[str, Any], before: str, to: dict[str, str],
             own: dict[str, Any]) -> bytes:  # fmt: skip
    """Return the message of a version. Sent again, only RetryIndicator differs: the RequestId stays."""
    name = f"{name_of(version['type'])}RQ"
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap-env": SOAP})
    header = etree.SubElement(
        etree.SubElement(root, f"{{{SOAP}}}Header"),
        f"{{{HEADER}}}Interface",
        nsmap={None: HEADER},  # type: ignore[dict-item]
    )
    header.attrib.update({"Name": "ExpediaDirectConnect", "Version": "4.0"})
    payload = put(
        header, "PayloadInfo", RequestId=version["request"], RequestorId="Expedia.com", ResponderId=to["responder"],
        ExpirationDateTime=_stamp(version["expires_at"]), Location="Body",
    )  # fmt: skip
    comm = put(
        payload, "CommDescriptor", SourceId="ExpediaDC", DestinationId=to["responder"],
        RetryIndicator="true" if version["sent"] else "false",
    )  # fmt: skip
    put(comm, "Authentication", Username=to["username"], Password=to["password"])
    descriptor = put(payload, "PayloadDescriptor", Name=name, Version="2003A")
    put(descriptor, "PayloadReference", SupplierHotelCode=booking["hotel"], DistributorHotelId=booking["hotel"])
    body = etree.SubElement(root, f"{{{SOAP}}}Body")
    message = etree.SubElement(body, f"{{{OTA}}}{name}", nsmap={None: OTA})  # type: ignore[dict-item]
    message.attrib.update({
        "EchoToken": version["request"], "TimeStamp": _stamp(version["created_at"]), "Target": "Production",
        "Version": "1.000", "PrimaryLangID": "en-us",
    })  # fmt: skip
    if version["type"] == CANCEL:
        _cancel(message, booking, version, before, to)
    else:
        _reserve(message, booking, version, before, to, own)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _stamp(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%dT%H:%M:%S+00:00}"


def _pos(parent: Any, stay: dict[str, Any]) -> None:
    point = put(put(parent, "POS"), "Source")
    put(point, "RequestorID", Type="18", ID=source(stay))
    put(put(point, "BookingChannel", Type="2", Primary="true"), "CompanyName", "Expedia")


def _cancel(message: Any, booking: dict[str, Any], version: dict[str, Any], before: str, to: dict[str, str]) -> None:
    stay, room = version["content"]["stay"], version["content"]["room"]
    message.set("CancelType", "Commit")
    _pos(message, stay)
    put(put(message, "UniqueID", Type="14", ID=booking["id"]), "CompanyName", "Expedia")
    if before:
        put(put(message, "UniqueID", Type="10", ID=before[:32]), "CompanyName", to["responder"])
    check = put(message, "Verification")
    _person(check, stay, room)
    put(check, "Vendor", Code="1", CodeContext="ChainCode")
    put(check, "Vendor", Code="2", CodeContext="BrandCode")
    put(check, "Vendor", booking["hotel"], Code="3", CodeContext="HotelCode")
    put(check, "ReservationTimeSpan", Start=room["arrival"], End=room["departure"])
    put(check, "AssociatedQuantity", Code="1", CodeContext="Number of rooms", Quantity="1")
    guests = str(room["adults"] + room["children"])
    put(check, "AssociatedQuantity", Code="2", CodeContext="Number of guests", Quantity=guests)


def _person(parent: Any, stay: dict[str, Any], room: dict[str, Any]) -> None:
    person = put(parent, "PersonName")
    put(person, "GivenName", room["name"] or stay["booker"]["name"])
    put(person, "Surname", room["surname"] or stay["booker"]["surname"])


def _reserve(message: Any, booking: dict[str, Any], version: dict[str, Any], before: str, to: dict[str, str],
             own: dict[str, Any]) -> None:  # fmt: skip
    stay, room = version["content"]["stay"], version["content"]["room"]
    new = version["type"] == BOOK
    message.set("ResStatus", "Commit" if new else "Modify")
    _pos(message, stay)
    box = put(message, "HotelReservations" if new else "HotelResModifies")
    node = put(
        box, "HotelReservation" if new else "HotelResModify", RoomStayReservation="true",
        CreateDateTime=_stamp(stay["booked_at"]), CreatorID="Expedia",
    )  # fmt: skip
    put(node, "UniqueID", Type="14", ID=booking["id"])
    _room_stay(put(put(node, "RoomStays"), "RoomStay"), booking, version, own)
    guest = put(put(node, "ResGuests"), "ResGuest", ResGuestRPH="1", AgeQualifyingCode="10")
    customer = put(put(put(put(guest, "Profiles"), "ProfileInfo"), "Profile", ProfileType="1"), "Customer")
    _person(customer, stay, room)
    put(customer, "Telephone", PhoneNumber=stay["booker"]["phone"][:32])
    if own["newer"]:
        put(customer, "Email", stay["booker"]["mail"])
    numbers = put(put(node, "ResGlobalInfo"), "HotelReservationIDs")
    made = _stamp(stay["booked_at"])
    put(
        numbers,
        "HotelReservationID",
        ResID_Type="8",
        ResID_Value=booking["id"],
        ResID_Source="Expedia",
        ResID_Date=made,
    )
    if not new and before:
        put(
            numbers, "HotelReservationID", ResID_Type="3", ResID_Value=before, ResID_Source=to["responder"],
            ResID_Date=made,
        )  # fmt: skip


def _room_stay(node: Any, booking: dict[str, Any], version: dict[str, Any], own: dict[str, Any]) -> None:
    stay, room = version["content"]["stay"], version["content"]["room"]
    currency = stay["currency"]
    put(put(node, "RoomTypes"), "RoomType", RoomTypeCode=room["room"], IsRoom="true")
    plans, rates = put(node, "RatePlans"), put(node, "RoomRates")
    for day, amount in room["nights"].items():
        span = {"EffectiveDate": day, "ExpireDate": (date.fromisoformat(day) + timedelta(days=1)).isoformat()}
        put(plans, "RatePlan", RatePlanCode=room["rate"][:16], **span)
        line = put(
            rates, "RoomRate", RoomTypeCode=room["room"], NumberOfUnits="1", RatePlanCode=room["rate"], **span
        )  # fmt: skip
        rate = put(put(line, "Rates"), "Rate", RateTimeUnit="Day", UnitMultiplier="1", **span)
        put(rate, "Base", AmountBeforeTax=money.shown(amount, currency), CurrencyCode=currency)
    counts = put(node, "GuestCounts", IsPerRoom="true")
    put(counts, "GuestCount", AgeQualifyingCode="10", Count=str(room["adults"]))
    for age in room["ages"]:
        put(counts, "GuestCount", AgeQualifyingCode="8", Count="1", Age=str(age))
    put(node, "TimeSpan", Start=room["arrival"], End=room["departure"])
    card = stay["payout"]["card"]
    virtual = bool(card and card["virtual"])
    if own["newer"] and virtual:
        put(node, "PaymentMethod", "VirtualCard")
        put(node, "Payment", Amount=money.shown(card["balance"], currency), CurrencyCode=currency, model="Gross")
    if card:
        accepted = put(put(put(node, "Guarantee"), "GuaranteesAccepted"), "GuaranteeAccepted")
        held = put(
            accepted, "PaymentCard", CardType="1", CardCode=card["brand"], CardNumber=card["number"],
            SeriesCode=card["code"], ExpireDate=card["expiry"][:2] + card["expiry"][-2:],
            CardActivation=f"{card['active_on']}T00:00:00+00:00" if virtual and own["newer"] else None,
        )  # fmt: skip
        put(held, "CardHolderName", card["holder"])
    taxes = taxed(room["total"], own["tax_basis_points"])
    total = put(node, "Total", AmountAfterTax=money.shown(room["total"] + taxes, currency), CurrencyCode=currency)
    if taxes:
        box = put(total, "Taxes", Amount=money.shown(taxes, currency), CurrencyCode=currency)
        put(box, "Tax", Type="Exclusive", Code="27", Amount=money.shown(taxes, currency), CurrencyCode=currency)
    put(node, "BasicPropertyInfo", HotelCode=booking["hotel"])
    put(put(node, "ResGuestRPHs"), "ResGuestRPH", RPH="1")
    wishes = put(node, "SpecialRequests")
    for code, text in requests(version):
        put(put(wishes, "SpecialRequest", RequestCode=code, Language="en-us"), "Text", text)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the hotel's system answered: its number, or an error that sends the booking to mail, or try again."""

    number: str = ""
    error: str = ""

    @property
    def again(self) -> bool:
        return not self.number and not self.error


def read_reply(status: int, body: bytes) -> Reply:
    """Read an answer: 200 with Success and our number; 200 with Errors; anything else is tried again."""
    if status != 200:
        return Reply()
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return Reply()
    errors = list(root.iter(f"{{{OTA}}}Error"))
    if errors:
        return Reply(error=(errors[0].text or errors[0].get("ShortText") or "error").strip())
    numbers = [n.get("ResID_Value") for n in root.iter(f"{{{OTA}}}HotelReservationID") if n.get("ResID_Type") == "3"]
    cancelled = [
        n.get("ID")
        for box in root.iter(f"{{{OTA}}}CancelInfoRS")
        for n in box.iter(f"{{{OTA}}}UniqueID")
        if n.get("Type") == "10"
    ]
    succeeded = next(root.iter(f"{{{OTA}}}Success"), None) is not None
    found = [number for number in (*numbers, *cancelled) if number]
    return Reply(number=found[0]) if succeeded and found else Reply()
