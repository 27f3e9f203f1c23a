"""Room types and rate plans, as the wizard wants to see them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from channels.adapters.base import ChannelError, ChannelRate, ChannelRoom, Wire
from channels.adapters.channex.calls import call, listed
from channels.adapters.channex.values import currency, flag, identifier, mapping, sequence, text, whole
from channels.adapters.enums import Trouble


def rooms(wire: Wire) -> tuple[ChannelRoom, ...]:
    """Return the property's rooms with their rates. Raises ChannelError locked_out for a key that does not open it."""
    types = listed(wire, "/room_types", what="rooms")
    plans = listed(wire, "/rate_plans", what="rates")
    if not types:
        # An empty list is what a stranger's property gives as well: only its own page tells the two apart.
        _property_opens(wire)
    rates: dict[str, list[ChannelRate]] = {}
    for plan in plans:
        rate = _rate(plan)
        if rate is not None:
            rates.setdefault(_room_of(plan), []).append(rate)
    found: dict[str, ChannelRoom] = {}
    for kind in types:
        room_id = identifier(kind.get("id"))
        if room_id:
            found[room_id] = _room(room_id, mapping(kind.get("attributes")), rates.get(room_id, []))
    return tuple(found.values())


def _property_opens(wire: Wire) -> None:
    try:
        call(wire, "GET", f"/properties/{quote(wire.access.account, safe='')}", what="property")
    except ChannelError as error:
        if error.trouble != Trouble.REFUSED:
            raise
        raise ChannelError(Trouble.REFUSED, "no_property", "The key opens no property with this id.") from error


def _room(room_id: str, attributes: Mapping[str, Any], rates: list[ChannelRate]) -> ChannelRoom:
    beds = [whole(attributes.get(field), most=99) or 0 for field in ("occ_adults", "occ_children")]
    unique = {rate.rate_id: rate for rate in rates}
    return ChannelRoom(room_id, text(attributes.get("title"), 160), sum(beds), tuple(unique.values()))


def _rate(plan: Mapping[str, Any]) -> ChannelRate | None:
    rate_id, attributes = identifier(plan.get("id")), mapping(plan.get("attributes"))
    if not rate_id:
        return None
    return ChannelRate(
        rate_id,
        text(attributes.get("title"), 160),
        guests=_guests(attributes),
        # Whatever else such a plan keeps for itself, its price follows its parent's.
        read_only=flag(attributes.get("inherit_rate")) is True,
        currency=currency(attributes.get("currency")),
    )


def _guests(attributes: Mapping[str, Any]) -> tuple[int, ...]:
    """Return for how many guests the plan takes a price: none where it sells the room at one price whoever comes, one
    where it computes the others from it."""
    options = [mapping(option) for option in sequence(attributes.get("options"))]
    priced = {
        number: option for option in options if (number := whole(option.get("occupancy"), least=1, most=99)) is not None
    }
    if not priced or attributes.get("sell_mode") != "per_person":
        return ()
    primary = [number for number, option in priced.items() if option.get("is_primary") is True]
    is_computed = attributes.get("rate_mode") in {"derived", "auto"} or any(
        option.get("derived_option") for option in priced.values()
    )
    if not is_computed:
        return tuple(sorted(priced))
    return (primary[0] if primary else max(priced),)


def _room_of(plan: Mapping[str, Any]) -> str:
    relation = mapping(mapping(mapping(plan.get("relationships")).get("room_type")).get("data"))
    return identifier(relation.get("id")) or identifier(mapping(plan.get("attributes")).get("room_type_id"))
