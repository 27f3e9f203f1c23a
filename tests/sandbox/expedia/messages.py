"""A booking as QuickConnect's <Booking>, and the list of products and rates."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.sandbox.expedia import settings
from tests.sandbox.expedia.bookings import CANCEL
from tests.sandbox.expedia.wire import Failed, boolean, child, children, put
from tests.sandbox.extranet import money

if TYPE_CHECKING:
    from tests.sandbox.expedia.sandbox import ExpediaSandbox


def source(stay: dict[str, Any]) -> str:
    """Return the point of sale: with an A before it where the guest pays at the hotel."""
    return "A-Expedia" if stay["payout_model"] == "property" else "Expedia"


def zulu(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%dT%H:%M:%SZ}"


def taxed(total: int, basis_points: int) -> int:
    """Return the taxes on a total, both in minor units."""
    return (total * basis_points + 5000) // 10_000


def requests(version: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the special requests of a version as (code, text); a change replaces all of them."""
    stay, listed = version["content"]["stay"], [("1.14", "1 king bed"), ("2.1", "Non-Smoking")]
    if version["content"]["rooms"] > 1:
        listed.append(
            ("3", f"Multi room booking. Primary traveller: {stay['booker']['name']} {stay['booker']['surname']}")
        )
    if stay["notes"]:
        listed.append(("4", stay["notes"]))
    return listed


def booking(parent: Any, number: str, version: dict[str, Any], status: str, own: dict[str, Any], before: str) -> None:
    """Add a <Booking>. `before` is the number the hotel confirmed an earlier version with."""
    stay, room = version["content"]["stay"], version["content"]["room"]
    node = put(
        parent, "Booking", id=number, type=version["type"], createDateTime=zulu(version["created_at"]),
        source=source(stay), status=status, confirmNumber=version["number"] or before or None,
    )  # fmt: skip
    put(node, "Hotel", id=stay["hotel"])
    blank = version["type"] == CANCEL and own["blank_cancellations"]
    _room_stay(node, version, own, blank=blank)
    guest = put(node, "PrimaryGuest")
    booker = stay["booker"]
    put(guest, "Name", givenName=room["name"] or booker["name"], surname=room["surname"] or booker["surname"])
    put(guest, "Phone", number=booker["phone"][:32])
    put(guest, "Email", booker["mail"])
    for code, text in requests(version):
        put(node, "SpecialRequest", text, code=code)


def _room_stay(parent: Any, version: dict[str, Any], own: dict[str, Any], *, blank: bool) -> None:
    stay, room = version["content"]["stay"], version["content"]["room"]
    currency = stay["currency"]
    node = put(parent, "RoomStay", roomTypeID="0" if blank else room["room"], ratePlanID="0" if blank else room["rate"])
    put(node, "StayDate", arrival=room["arrival"], departure=room["departure"])
    count = put(
        node, "GuestCount", adult=str(room["adults"]), child=str(room["children"]) if room["children"] else None
    )
    for age in room["ages"]:
        put(count, "Child", age=str(age))
    rates = put(node, "PerDayRates", currency=currency)
    for day, amount in room["nights"].items():
        put(rates, "PerDayRate", stayDate=day, baseRate=money.shown(0 if blank else amount, currency))
    taxes = 0 if blank else taxed(room["total"], own["tax_basis_points"])
    after = 0 if blank else room["total"] + taxes
    put(
        node, "Total", amountAfterTaxes=money.shown(after, currency), amountOfTaxes=money.shown(taxes, currency),
        currency=currency,
    )  # fmt: skip
    card = stay["payout"]["card"]
    virtual = bool(card and card["virtual"])
    if own["newer"]:
        put(node, "BaseRateType", "Sell")
        put(node, "PaymentMethod", "VirtualCard" if virtual else "HotelCollect" if card else "ExpediaCollect")
        if virtual:
            put(node, "Payment", amount=money.shown(card["balance"], currency), currencyCode=currency, model="Gross")
    # A cancellation carries no card: the last one that came is the one to use.
    if card and version["type"] != CANCEL:
        held = put(
            node, "PaymentCard", cardCode=card["brand"], cardNumber=card["number"], seriesCode=card["code"],
            expireDate=card["expiry"][:2] + card["expiry"][-2:],
            cardActivation=f"{card['active_on']}T00:00:00Z" if virtual and own["newer"] else None,
        )  # fmt: skip
        put(held, "CardHolder", name=card["holder"])


class Products:
    """The PARR call of one stand-in: products, and the rates and counts that Expedia has."""

    def __init__(self, sandbox: "ExpediaSandbox") -> None:
        self.sandbox = sandbox
        self.book = sandbox.book

    def answer(self, root: Any, hotel: str, into: Any) -> None:
        asked = child(root, "ParamSet")
        listed = child(asked, "ProductRetrieval")
        if listed is not None:
            self._products(put(into, "ProductList"), hotel, listed)
            return
        wanted = child(asked, "AvailRateRetrieval")
        first, last = date.fromisoformat(wanted.get("from")), date.fromisoformat(wanted.get("to"))
        if last < first:
            raise Failed(3021, "The end date is before the start date.")
        box = put(into, "AvailRateList")
        put(box, "Hotel", id=hotel)
        for number in range((last - first).days + 1):
            for room, rates in self._filtered(wanted, hotel):
                self._day(box, first + timedelta(days=number), room, rates, wanted)

    def _filtered(self, wanted: Any, hotel: str) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
        asked = {
            node.get("id"): {plan.get("id") for plan in children(node, "RatePlan")}
            for node in children(wanted, "RoomType")
        }
        for room in self.book.rooms(hotel):
            if not asked or room["id"] in asked:
                chosen = asked.get(room["id"]) or set()
                yield room, [rate for rate in self.book.rates(room["id"]) if not chosen or rate["id"] in chosen]

    def _products(self, parent: Any, hotel: str, wanted: Any) -> None:
        put(parent, "Hotel", id=hotel, name=self.book.hotel(hotel)["name"], city="Lisbon")
        of_room = boolean(wanted.get("returnRoomAttributes"))
        for room in self.book.rooms(hotel):
            node = put(
                parent, "RoomType", id=room["id"], code=room["name"], name=room["name"], status="Active",
                smokingPref="Either" if of_room else None, maxOccupants=str(room["guests"]) if of_room else None,
            )  # fmt: skip
            if of_room:
                put(node, "BedType", id="1.14", name="One King Bed")
                put(node, "OccupancyByAge", ageCategory="Adult", minAge="18", maxOccupants=str(room["guests"]))
            for rate in self.book.rates(room["id"]):
                self._plan(node, room, rate, hotel, wanted)

    def _plan(self, parent: Any, room: dict[str, Any], rate: dict[str, Any], hotel: str, wanted: Any) -> None:
        plan = settings.plan(self.sandbox.state.kept, room["id"], rate["id"])
        status = wanted.get("productStatus") or "Active"
        if status not in {"All", plan["status"]}:
            return
        linked = plan["parent"] if boolean(wanted.get("returnRateLink")) else None
        full = boolean(wanted.get("returnRatePlanAttributes"))
        pricing = settings.hotel(self.sandbox.state.kept, hotel)["pricing"]
        node = put(
            parent, "RatePlan", id=rate["id"], code=rate["name"], name=rate["name"], status=plan["status"],
            type=plan["type"], distributionModel=plan["distribution"], rateAcquisitionType=plan["acquisition"],
            parentId=linked, pricingModel=pricing if full else None, occupantsForBaseRate="2" if full else None,
            minLOSDefault="1" if full else None, maxLOSDefault="28" if full else None,
        )  # fmt: skip
        if linked and plan["link_percent"] is not None:
            node.set("isAvailStatusLinked", "false")
            put(node, "RatePlanLinkDefinition", linkType="Percent", linkValue=str(plan["link_percent"]))

    def _day(self, parent: Any, day: date, room: dict[str, Any], rates: list[dict[str, Any]], wanted: Any) -> None:
        def asked(name: str) -> bool:
            return boolean(wanted.get(name)) is not False

        told = self.book.told_room(room["id"], day)
        node = put(put(parent, "AvailRate", date=day.isoformat()), "RoomType", id=room["id"])
        if asked("roomAvailStatus"):
            node.set("closed", "true" if told.get("closed") else "false")
        if asked("inventory"):
            left, sold = told.get("left", 0), told.get("told", 0) - told.get("left", 0)
            put(
                node, "Inventory", baseAllocation="0", flexibleAllocation=str(left), totalInventoryAvailable=str(left),
                totalInventorySold=str(max(0, sold)),
            )  # fmt: skip
        for rate in rates if any(asked(name) for name in ("rateAvailStatus", "rates", "restrictions")) else []:
            self._rate(
                node, room, rate, day, {name for name in ("rateAvailStatus", "rates", "restrictions") if asked(name)}
            )

    def _rate(self, parent: Any, room: dict[str, Any], rate: dict[str, Any], day: date, wanted: set[str]) -> None:
        told = self.book.told_rate(room["id"], rate["id"], day)
        currency = self.book.hotel(room["hotel"])["currency"]
        node = put(parent, "RatePlan", id=rate["id"])
        if "rateAvailStatus" in wanted:
            node.set("closed", "true" if told.get("closed") else "false")
        if "rates" in wanted and told["prices"]:
            prices = put(node, "Rate", currency=currency)
            for occupancy, amount in sorted(told["prices"].items(), key=lambda one: int(one[0])):
                text = money.shown(amount, currency)
                if occupancy == "0":
                    put(prices, "PerDay", rate=text)
                else:
                    put(prices, "PerOccupancy", rate=text, occupancy=occupancy)
        if "restrictions" in wanted:
            kind = settings.hotel(self.sandbox.state.kept, room["hotel"])["length_of_stay"]
            put(
                node, "Restrictions", minLOS=str(told.get(f"min_stay_{kind}") or 1),
                maxLOS=str(told.get(f"max_stay_{kind}") or 28),
                closedToArrival="true" if told.get("closed_to_arrival") else "false",
                closedToDeparture="true" if told.get("closed_to_departure") else "false",
            )  # fmt: skip
