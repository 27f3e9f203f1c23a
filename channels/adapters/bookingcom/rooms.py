"""Rooms and rates, as the wizard wants to see them."""

from channels.adapters.base import ChannelError, ChannelRate, ChannelRoom, Wire
from channels.adapters.bookingcom import xml
from channels.adapters.bookingcom.calls import call, understood
from channels.adapters.bookingcom.settings import OCCUPANCY, chosen
from channels.adapters.bookingcom.xml import Element
from channels.adapters.enums import Trouble
from channels.adapters.values import identifier, text, whole

PATH = "/hotels/xml/rooms"


def rooms(wire: Wire) -> tuple[ChannelRoom, ...]:
    """Return the hotel's rooms with their rates. Raises ChannelError: refused where the account has no such hotel."""
    asked = xml.request()
    xml.put(asked, "hotel_id", wire.access.account)
    root = understood(call(wire, "POST", PATH, what="rooms", body=xml.written(asked)), "rooms")
    pricing = chosen(wire.access).pricing
    found: dict[str, ChannelRoom] = {}
    for node in xml.each(root, "room"):
        room_id = identifier(xml.attribute(node, "id"))
        if room_id and xml.attribute(node, "hotel_id") in {"", wire.access.account}:
            found[room_id] = _room(room_id, node, pricing)
    if not found:
        raise ChannelError(Trouble.REFUSED, "no_rooms", "The account reaches no rooms of a hotel with this number.")
    return tuple(found.values())


def _room(room_id: str, node: Element, pricing: str) -> ChannelRoom:
    rates: dict[str, ChannelRate] = {}
    most = 0
    for told in xml.each(node, "rates", "rate"):
        rate_id, persons = (
            identifier(xml.attribute(told, "id")),
            whole(xml.attribute(told, "max_persons"), most=99) or 0,
        )
        most = max(most, persons)
        if rate_id:
            rates[rate_id] = ChannelRate(
                rate_id,
                text(xml.attribute(told, "rate_name"), 160),
                guests=tuple(range(1, persons + 1)) if pricing == OCCUPANCY else (),
                # A child takes its values from its parent; whatever is sent for either is refused.
                read_only=_is(told, "readonly") or _is(told, "is_child_rate"),
            )
    return ChannelRoom(room_id, text(xml.attribute(node, "room_name"), 160), most, tuple(rates.values()))


def _is(node: Element, name: str) -> bool:
    return xml.attribute(node, name) == "1"
