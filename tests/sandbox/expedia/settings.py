"""What the control API may set for a hotel and for a room's rate plan."""

from collections.abc import Mapping
from typing import Any

from tests.sandbox.extranet.book import Extranet

PRICING = ("PerDayPricing", "OccupancyBasedPricing", "PerPersonPricing")
HOTEL: Mapping[str, Any] = {
    "pricing": "OccupancyBasedPricing",
    #: What minLOS and maxLOS mean at this hotel: arrival, or through.
    "length_of_stay": "arrival",
    #: Rates outside are dropped with warning 7021 (7019 for net rates); minor units, None for no bound.
    "least_rate": None,
    "most_rate": None,
    #: Rooms that the contract keeps for Expedia, by room type: counts below are raised to it with warning 7013.
    "base_allocation": {},
    "tax_basis_points": 0,
    #: Elements of today's messages that the published schema does not know: BaseRateType, PaymentMethod, Payment.
    "newer": True,
    #: Cancellations name room type 0 and rates of 0.00, as some do.
    "blank_cancellations": False,
}
PLAN: Mapping[str, Any] = {
    "type": "Standalone", "distribution": "ExpediaCollect", "acquisition": "SellRate", "status": "Active",
    "parent": None, "link_percent": None, "restrictions_linked": False, "length_of_stay_pricing": False,
    "day_of_arrival_pricing": False,
}  # fmt: skip


def hotel(kept: dict[str, Any], identifier: str) -> dict[str, Any]:
    return {**HOTEL, **kept.setdefault("settings", {}).get(identifier, {})}


def plan(kept: dict[str, Any], room: str, rate: str) -> dict[str, Any]:
    """Return what a rate plan is. A plan whose number ends in A is paid at the hotel, unless it was said otherwise."""
    own = kept.setdefault("plans", {}).get(f"{room}/{rate}", {})
    paid = {"distribution": "HotelCollect"} if rate.endswith("A") else {}
    return {**PLAN, **paid, **own}


def change(kept: dict[str, Any], book: Extranet, wanted: dict[str, Any]) -> dict[str, Any]:
    """Set something of a hotel, or of a plan when a room and a rate are named; ValueError for what does not exist."""
    asked = dict(wanted)
    if "room" in asked:
        room, rate = asked.pop("room"), asked.pop("rate")
        book.rate(room, rate)
        return _kept(kept, "plans", f"{room}/{rate}", asked, PLAN)
    identifier = asked.pop("hotel")
    book.hotel(identifier)
    if asked.get("pricing", PRICING[0]) not in PRICING:
        raise ValueError(f"Pricing is one of {', '.join(PRICING)}.")
    return _kept(kept, "settings", identifier, asked, HOTEL)


def _kept(kept: dict[str, Any], box: str, key: str, asked: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(asked) - set(known)
    if unknown:
        raise ValueError(f"There is no {', '.join(sorted(unknown))} to set.")
    now: dict[str, Any] = kept.setdefault(box, {}).setdefault(key, {})
    now.update(asked)
    return now
