"""The list of products: room types, and for each its rate plans with how they are priced and who computes them."""

from channels.adapters.base import Access, ChannelRate, ChannelRoom, Wire
from channels.adapters.expedia.calls import call, request
from channels.adapters.values import identifier, name, whole
from channels.adapters.xml import Element, attribute, each, put, written

#: The most guests that a price may be told for.
MOST_GUESTS = 20
#: Plans whose prices Expedia takes from another plan.
_COMPUTED = frozenset({"Derived", "Linked"})
_PAID = {"HotelCollect": "guest pays at the hotel", "ExpediaCollect": "Expedia collects"}


def asked(access: Access) -> bytes:
    """Return the message that asks for all active products with their attributes."""
    root = request(access, "PAR/2013/07", "ProductAvailRateRetrievalRQ")
    put(
        put(root, "ParamSet"),
        "ProductRetrieval",
        returnRateLink="true",
        returnRoomAttributes="true",
        returnRatePlanAttributes="true",
    )
    return written(root)


def rooms(wire: Wire) -> tuple[ChannelRoom, ...]:
    """Return the active room types with their active rate plans."""
    answer = call(wire, "/eqc/parr", asked(wire.access), what="rooms", answered="ProductAvailRateRetrievalRS")
    found: dict[str, ChannelRoom] = {}
    for node in each(answer, "ProductList", "RoomType"):
        key = identifier(attribute(node, "id"))
        if key and attribute(node, "status") in {"", "Active"}:
            found.setdefault(key, _room(node, key))
    return tuple(found.values())


def _room(node: Element, key: str) -> ChannelRoom:
    guests = _most_guests(node)
    rates: dict[str, ChannelRate] = {}
    for plan in each(node, "RatePlan"):
        rate_id = identifier(attribute(plan, "id"))
        if rate_id and attribute(plan, "status") in {"", "Active"}:
            rates.setdefault(rate_id, _rate(plan, rate_id, guests))
    called = name(attribute(node, "name"), 160) or name(attribute(node, "code"), 160) or key
    return ChannelRoom(key, called, guests, tuple(rates.values()))


def _most_guests(node: Element) -> int:
    told = whole(attribute(node, "maxOccupants"), least=1) or 0
    by_age = [whole(attribute(age, "maxOccupants")) or 0 for age in each(node, "OccupancyByAge")]
    return told or max(by_age, default=0)


def _rate(plan: Element, rate_id: str, guests: int) -> ChannelRate:
    pricing = attribute(plan, "pricingModel")
    called = [name(attribute(plan, "name"), 100) or name(attribute(plan, "code"), 100) or rate_id]
    called += [word for key in attribute(plan, "distributionModel").split() if (word := _PAID.get(key))]
    by_length = "LengthOfStay" in pricing
    if by_length:
        called.append("priced by length of stay")
    return ChannelRate(
        rate_id=rate_id,
        name=", ".join(called)[:160],
        guests=_guests(pricing, guests),
        # A price by length of stay cannot be said here: such a plan is left to Expedia's own pages.
        read_only=by_length or attribute(plan, "rateAcquisitionType") in _COMPUTED,
    )


def _guests(pricing: str, guests: int) -> tuple[int, ...]:
    """Return for how many guests a plan takes a price: each number, two (which one person's is half of), or the room."""
    if pricing.startswith("OccupancyBasedPricing"):
        return tuple(range(1, min(guests or 2, MOST_GUESTS) + 1))
    return (2,) if pricing.startswith("PerPersonPricing") else ()
