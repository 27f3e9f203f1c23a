"""What the control API may set for a hotel: how it prices, what its messages look like, which rates it may not touch."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.sandbox.bookingcom.updates import LENGTH_OF_STAY
from tests.sandbox.extranet.book import Extranet

#: standard: one price for the room, and price1 for single use. derived: a leading occupancy and rules for the others.
#: obp: a price for each occupancy. los: this interface answers OK and sells nothing, as the real one does.
PRICING = ("standard", "derived", "obp", "los")
DEFAULTS: Mapping[str, Any] = {
    "pricing": "standard",
    #: How much of the hotel's currency makes one euro, for the bounds of a price.
    "euro_rate": "1",
    #: Whether one message may touch one month only.
    "one_month": True,
    #: "4500" with DecimalPlaces 2 is 45.00 (true) or 4500.00 (false) in what the hotel sends.
    "rates_divided": True,
    #: What MinMaxMessageType means: no document we hold says it for Booking.com.
    "length_of_stay": dict(LENGTH_OF_STAY),
    #: Amounts of OpenTravel reservations in minor units with DecimalPlaces (true), or with a point in them (false).
    "reservations_divided": True,
    #: sent, unreadable (all zeros, XX and a dash), none.
    "cards": "sent",
    #: The rate's id carries VCC behind it when a virtual card pays.
    "vcc_suffix": True,
    #: Taxes of a room as [{text, amount, included, per_night, per_person}], amounts in minor units; sent in B.XML.
    "taxes": [],
    #: Booking.com's own rate that stands in for one of the hotel's: {rate: {id, name}}.
    "rewritten": {},
    #: Children and their ages in B.XML, which newer messages have.
    "guest_counts": False,
    #: Reservation Recovery API: 24 hours before the mail instead of 30 minutes.
    "recovery": False,
}


def of(kept: dict[str, Any], hotel: str) -> dict[str, Any]:
    """Return everything that is set for a hotel."""
    return {**DEFAULTS, **kept.setdefault("settings", {}).get(hotel, {})}


def change(kept: dict[str, Any], extranet: Extranet, hotel: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Set some of it; ValueError for what does not exist. Another pricing turns the prices that are there."""
    extranet.hotel(hotel)
    unknown = set(wanted) - set(DEFAULTS)
    if unknown:
        raise ValueError(f"A hotel has no {', '.join(sorted(unknown))}.")
    if wanted.get("pricing", "standard") not in PRICING:
        raise ValueError(f"Pricing is one of {', '.join(PRICING)}.")
    before = of(kept, hotel)["pricing"]
    kept["settings"][hotel] = {**kept["settings"].get(hotel, {}), **wanted}
    if wanted.get("pricing", before) != before and wanted["pricing"] in {"obp", "derived"}:
        _turn_prices(extranet, hotel)
    return of(kept, hotel)


def _turn_prices(extranet: Extranet, hotel: str) -> None:
    """The standard price becomes that of the largest occupancy; the others have none until they are sent."""
    told = extranet.state.kept["extranet"][extranet.manner.slug]["told_rates"]
    for room in extranet.rooms(hotel):
        for rate in extranet.rates(room["id"]):
            for day in told.get(f"{room['id']}/{rate['id']}", {}).values():
                if "0" in day["prices"]:
                    day["prices"] = {str(room["guests"]): day["prices"]["0"]}


def derived(rule: Mapping[str, Any] | None, capacity: int, amount: int) -> dict[int, int]:
    """Return the price of every occupancy that a leading price and its rule make. Without a rule, the room's price."""
    if not rule:
        return {0: amount}
    prices = {int(rule["leading"]): amount}
    for persons, change_of in rule["persons"].items():
        percentage, additional = change_of.get("percentage"), change_of.get("additional")
        value = Decimal(amount)
        value += value * Decimal(percentage) / 100 if percentage is not None else Decimal(additional or 0) * 100
        if change_of.get("round") == "1":
            value = (value / 100).quantize(Decimal(1), ROUND_HALF_UP) * 100
        prices[int(persons)] = int(value.quantize(Decimal(1), ROUND_HALF_UP))
    return {persons: price for persons, price in prices.items() if persons <= capacity}
