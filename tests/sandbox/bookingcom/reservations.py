"""Reservations as messages: B.XML's <reservation>, OpenTravel's HotelReservation and HotelResModify."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from tests.sandbox.bookingcom.answers import put
from tests.sandbox.bookingcom.queue import CANCELLED
from tests.sandbox.extranet import money

BRANDS = {"VI": "Visa", "MC": "MasterCard"}
#: What stands in the place of a card that could not be read.
UNREADABLE = {"number": "0" * 16, "code": "000", "brand": "XX", "holder": "-", "expiry": "00/0000", "virtual": False}
NO_CARD = {"number": "", "code": "", "brand": "", "holder": "", "expiry": "", "virtual": False}


def amount(minor: int, currency: str) -> str:
    """Return an amount as B.XML writes it: without the fraction when it is nought."""
    text = money.shown(minor, currency)
    whole, _, rest = text.partition(".")
    return text if rest.strip("0") else whole


def card_of(stay: Mapping[str, Any], settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the card that goes with a stay, by what is set for the hotel."""
    if settings["cards"] == "unreadable":
        return UNREADABLE
    card = stay["payout"]["card"]
    return card if card and settings["cards"] == "sent" else NO_CARD


def rate_of(
    room: Mapping[str, Any], stay: Mapping[str, Any], settings: Mapping[str, Any]
) -> tuple[str, dict[str, str]]:
    """Return the rate's id as it is sent, and what it was rewritten from."""
    own = settings["rewritten"].get(room["rate"])
    rate = str(own["id"]) if own else room["rate"]
    virtual = bool(stay["payout"]["card"] and stay["payout"]["card"]["virtual"])
    suffix = "VCC" if virtual and settings["vcc_suffix"] else ""
    return rate + suffix, {
        "rewritten_from_id": room["rate"] if own else "0",
        "rewritten_from_name": str(own["name"]) if own else "",
    }


def _moment(stay: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(stay["booked_at"], UTC)


# B.XML


def bxml(stay: Mapping[str, Any], kind: str, hotel: Mapping[str, Any], names: Mapping[str, Any],
         settings: Mapping[str, Any]) -> Any:  # fmt: skip
    """Return <reservation>. A cancelled one has no rooms, costs nothing and names the fee."""
    currency, gone = stay["currency"], kind == CANCELLED
    root = etree.Element("reservation")
    put(root, "commissionamount", "" if gone else amount(stay["commission"], currency))
    put(root, "currencycode", currency)
    _customer(put(root, "customer"), stay, NO_CARD if gone else card_of(stay, settings))
    put(root, "date", f"{_moment(stay):%Y-%m-%d}")
    put(root, "hotel_id", stay["hotel"])
    put(root, "hotel_name", hotel["name"])
    put(root, "id", stay["reservation"])
    if not gone:
        for room in stay["rooms"]:
            _bxml_room(put(root, "room"), room, stay, names, settings)
    put(root, "status", kind)
    put(root, "time", f"{_moment(stay):%H:%M:%S}")
    if gone:
        put(root, "total_cancellation_fee", amount(stay["cancellation_fee"], currency))
    put(root, "totalprice", "0" if gone else amount(stay["total"], currency))
    return root


def _customer(node: Any, stay: Mapping[str, Any], card: Mapping[str, Any]) -> None:
    booker = stay["booker"]
    fields = {
        "address": booker["address"], "cc_cvc": card["code"], "cc_expiration_date": card["expiry"],
        "cc_name": card["holder"], "cc_number": card["number"], "cc_type": BRANDS.get(card["brand"], card["brand"]),
        "city": booker["city"], "company": "", "countrycode": booker["country"].lower(), "dc_issue_number": "",
        "dc_start_date": "", "email": booker["mail"], "first_name": booker["name"], "last_name": booker["surname"],
        "remarks": stay["notes"], "telephone": booker["phone"], "zip": booker["zip"],
    }  # fmt: skip
    for name, text in fields.items():
        put(node, name, text)


def _bxml_room(node: Any, room: Mapping[str, Any], stay: Mapping[str, Any], names: Mapping[str, Any],
               settings: Mapping[str, Any]) -> None:  # fmt: skip
    currency = stay["currency"]
    known = names.get(room["room"], {"name": "", "guests": 2})
    rate, rewritten = rate_of(room, stay, settings)
    put(node, "arrival_date", room["arrival"])
    put(node, "commissionamount", amount(stay["commission"] * room["total"] // max(stay["total"], 1), currency))
    put(node, "currencycode", currency)
    put(node, "departure_date", room["departure"])
    for name in ("extra_info", "facilities"):
        put(node, name, "")
    if settings["guest_counts"]:
        counts = put(node, "guest_counts")
        put(counts, "guest_count", count=str(room["adults"]), type="adult")
        for age in room["ages"]:
            put(counts, "guest_count", count="1", type="child", age=str(age))
    put(node, "guest_name", f"{room['name']} {room['surname']}".strip() or _booker(stay))
    put(node, "id", room["room"])
    put(node, "info", "")
    put(node, "max_children", "0")
    put(node, "meal_plan", "")
    put(node, "name", known["name"])
    put(node, "numberofguests", str(room["adults"] + room["children"]))
    for day, minor in room["nights"].items():
        put(node, "price", amount(minor, currency), date=day, genius_rate="no", rate_id=rate, **rewritten)
    if settings["taxes"]:
        _details(put(node, "price_details"), room, currency, settings["taxes"])
    put(node, "remarks", "")
    put(node, "roomreservation_id", room["id"])
    put(node, "smoking", "")
    put(node, "totalprice", amount(room["total"], currency))


def _booker(stay: Mapping[str, Any]) -> str:
    return f"{stay['booker']['name']} {stay['booker']['surname']}"


def _details(node: Any, room: Mapping[str, Any], currency: str, taxes: list[dict[str, Any]]) -> None:
    def yes(tax: Mapping[str, Any], name: str) -> str:
        return "yes" if tax.get(name) else "no"

    for audience in ("guest", "hotel"):
        side = put(node, audience)
        for tax in taxes:
            put(
                side, "extracomponent", amount=amount(tax["amount"], currency), currency=currency,
                included=yes(tax, "included"), per_night=yes(tax, "per_night"), per_person=yes(tax, "per_person"),
                percentage="no", text=str(tax["text"]),
            )  # fmt: skip
        put(side, "total", amount(room["total"], currency))


# OpenTravel


class Writer:
    """Writes one hotel's reservations into an OpenTravel message."""

    def __init__(self, names: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        self.names = names
        self.settings = settings

    def reservation(self, parent: Any, stay: Mapping[str, Any], kind: str, *, card: bool) -> None:
        """Add one reservation. `card` is False once the card was sent: it is deleted then.

        Ours: ResStatus, which tells a cancellation from a change.
        """
        name = "HotelReservation" if kind == "new" else "HotelResModify"
        node = put(parent, name, ResStatus={"new": None, CANCELLED: "Cancel"}.get(kind, "Modify"))
        stays = put(node, "RoomStays")
        for number, room in enumerate([] if kind == CANCELLED else stay["rooms"], 1):
            self._room(stays, room, stay, number)
        guests = put(node, "ResGuests")
        for number, room in enumerate([] if kind == CANCELLED else stay["rooms"], 1):
            guest = put(guests, "ResGuest", ResGuestRPH=str(number))
            name, surname = room["name"] or stay["booker"]["name"], room["surname"] or stay["booker"]["surname"]
            person = put(_customer_node(guest), "PersonName")
            put(person, "GivenName", name)
            put(person, "Surname", surname)
        self._global(put(node, "ResGlobalInfo"), stay, kind, card=card)

    def _money(self, minor: int, currency: str) -> dict[str, str]:
        places = money.digits(currency)
        text = str(minor) if self.settings["reservations_divided"] else money.shown(minor, currency)
        return {"AmountAfterTax": text, "CurrencyCode": currency, "DecimalPlaces": str(places)}

    def _room(self, parent: Any, room: Mapping[str, Any], stay: Mapping[str, Any], number: int) -> None:
        node = put(parent, "RoomStay", IndexNumber=room["id"])
        kind = put(put(node, "RoomTypes"), "RoomType", RoomTypeCode=room["room"])
        put(kind, "RoomDescription", Name=self.names.get(room["room"], {}).get("name", ""))
        put(put(node, "RatePlans"), "RatePlan")
        rates = put(node, "RoomRates")
        rate, _ = rate_of(room, stay, self.settings)
        for day, minor in room["nights"].items():
            line = put(put(rates, "RoomRate", EffectiveDate=day, RatePlanCode=rate), "Rates")
            put(put(line, "Rate"), "Total", **self._money(minor, stay["currency"]))
        counts = put(node, "GuestCounts")
        put(counts, "GuestCount", AgeQualifyingCode="10", Count=str(room["adults"]))
        for age in room["ages"]:
            put(counts, "GuestCount", AgeQualifyingCode="8", Age=str(age), Count="1")
        put(node, "Total", **self._money(room["total"], stay["currency"]))
        put(node, "BasicPropertyInfo", HotelCode=stay["hotel"])
        put(put(node, "ResGuestRPHs"), "ResGuestRPH", RPH=str(number))

    def _global(self, node: Any, stay: Mapping[str, Any], kind: str, *, card: bool) -> None:
        comment = put(put(node, "Comments"), "Comment")
        put(comment, "Text", stay["notes"])
        details = card_of(stay, self.settings)
        if card and details["number"] and kind != CANCELLED:
            accepted = put(put(put(node, "Guarantee"), "GuaranteesAccepted"), "GuaranteeAccepted")
            held = put(
                accepted, "PaymentCard", CardCode=details["brand"], CardNumber=details["number"],
                SeriesCode=details["code"], ExpireDate=details["expiry"][:2] + details["expiry"][-2:],
                EffectiveDate=details.get("active_on"),
            )  # fmt: skip
            put(held, "CardHolderName", details["holder"])
        total = stay["cancellation_fee"] if kind == CANCELLED else stay["total"]
        put(node, "Total", **self._money(total, stay["currency"]))
        number = put(node, "HotelReservationIDs")
        put(
            number,
            "HotelReservationID",
            ResID_Value=stay["reservation"],
            ResID_Date=f"{_moment(stay):%Y-%m-%dT%H:%M:%S}",
        )
        self._profile(node, stay["booker"])

    def _profile(self, node: Any, booker: Mapping[str, Any]) -> None:
        customer = _customer_node(node)
        person = put(customer, "PersonName")
        put(person, "GivenName", booker["name"])
        put(person, "Surname", booker["surname"])
        put(customer, "Telephone", PhoneNumber=booker["phone"])
        put(customer, "Email", booker["mail"])
        address = put(customer, "Address")
        for name, text in (("AddressLine", "address"), ("CityName", "city"), ("PostalCode", "zip")):
            if booker[text]:
                put(address, name, booker[text])
        put(address, "CountryName", Code=booker["country"])


def _customer_node(parent: Any) -> Any:
    return put(put(put(put(parent, "Profiles"), "ProfileInfo"), "Profile"), "Customer")
