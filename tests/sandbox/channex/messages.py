"""Conversations with guests: one thread for each booking, with what the guest and the property wrote."""

from typing import Any

from tests.sandbox.channex import bookings, hooks
from tests.sandbox.channex.errors import BLANK, invalid
from tests.sandbox.channex.listing import Query, listed
from tests.sandbox.channex.world import USER, Resource, World, link

PROVIDER = {"booking.com": "BookingCom", "airbnb": "AirBNB", "expedia": "Expedia"}


def thread_of(world: World, booking_id: str) -> Resource:
    """Return the thread of a booking, begun when there is none."""
    booking = bookings.get(world, "booking", booking_id)
    for found in world.find("message_thread", booking=booking["id"]):
        return found
    told, stamp = booking["attributes"], world.stamp()
    attributes = {
        "title": f"{told['customer']['surname']} {told['customer']['name']}", "is_closed": False,
        "provider": PROVIDER[world.hidden(booking)["slug"]], "message_count": 0, "last_message": None,
        "last_message_received_at": None, "inserted_at": stamp, "updated_at": stamp,
    }  # fmt: skip
    relationships = {
        "booking": link("booking", booking["id"]), "channel": link("channel", told["channel_id"]),
        "property": link("property", told["property_id"]),
    }  # fmt: skip
    return _bare(world.add("message_thread", attributes, relationships))


def _bare(resource: Resource) -> Resource:
    """Take the identifier out of the attributes: messages and threads have it outside of them only."""
    resource["attributes"].pop("id", None)
    return resource


def write(world: World, thread: Resource, asked: dict[str, Any], *, sender: str = "property") -> Resource:
    """Add a message to a thread; a guest's is told to the webhooks."""
    said = asked.get("message")
    text = said.get("message") if isinstance(said, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise invalid(message=BLANK)
    stamp = world.stamp()
    attributes = {"message": text, "attachments": [], "sender": sender, "inserted_at": stamp, "updated_at": stamp}
    relationships = {"message_thread": link("message_thread", thread["id"])}
    if sender == "property":
        relationships["user"] = link("user", USER)
    message = _bare(world.add("message", attributes, relationships))
    shown = {name: attributes[name] for name in ("attachments", "inserted_at", "message", "sender")}
    thread["attributes"] |= {
        "message_count": thread["attributes"]["message_count"] + 1, "last_message": shown, "is_closed": False,
        "last_message_received_at": stamp, "updated_at": stamp,
    }  # fmt: skip
    if sender == "guest":
        booking = thread["relationships"]["booking"]["data"]["id"]
        payload = {
            "booking_id": booking, "have_attachment": False, "attachments": [], "id": message["id"], "message": text,
            "message_thread_id": thread["id"], "ota_message_id": message["id"],
        }  # fmt: skip
        hooks.send(world, "message", thread["relationships"]["property"]["data"]["id"], payload)
    return message


def close(world: World, thread: Resource) -> Resource:
    thread["attributes"] |= {"is_closed": True, "updated_at": world.stamp()}
    return thread


def threads(world: World, query: Query) -> Resource:
    return _ordered(listed(query, world.find("message_thread"), by="inserted_at", falling=True))


def of_thread(world: World, query: Query, thread: Resource) -> Resource:
    found = world.find("message", message_thread=thread["id"])
    return _ordered(listed(query, found, by="inserted_at", falling=True))


def _ordered(page: Resource) -> Resource:
    page["meta"] |= {"order_by": "inserted_at", "order_direction": "desc"}
    return page
