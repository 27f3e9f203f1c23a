"""Airbnb's requests: a guest asks to book or to change a booking, and the property answers through the live feed.

The path POST /live_feed/:id/resolve is documented; the body {"resolution": {"accept": bool}} is what integrations send.
"""

from dataclasses import asdict
from typing import Any

from tests.sandbox.channex import hooks, otas, shapes
from tests.sandbox.channex.errors import BLANK, Refusal, invalid
from tests.sandbox.channex.world import Resource, World
from tests.sandbox.extranet.book import Booker
from tests.sandbox.extranet.rules import Wanted

SLUG = "airbnb"
#: Airbnb drops a request that nobody answered in a day.
ANSWER_SECONDS = 24 * 3600


def ask(
    world: World, property_id: str, rooms: list[dict[str, Any]], *, reservation: str = "", **guest: Any
) -> Resource:
    """Let a guest ask for a stay, or for a change of a reservation; Refused when the nights are not open."""
    channel, book = otas.find(world, SLUG, property_id), world.extranets[SLUG]
    wanted = [Wanted.of(room) for room in rooms]
    hotel = book.hotel(channel["hotel"])
    if reservation:
        stay = {**book.stay(reservation), "status": "modified"}
        usual = next(iter(stay["rooms"][0]["nights"].values()))
        nights = [dict.fromkeys(one.dates(), usual) | dict(one.nights) for one in wanted]
    else:
        nights = [book.quote(one) for one in wanted]
        stay = {"reservation": book.manner.reservation(), "currency": hotel["currency"], "status": "new", "notes": ""}
        stay |= {"booker": asdict(Booker(**guest)), "payout_model": hotel["payout"]}
    total = sum(sum(one.values()) for one in nights)
    commission = (total * hotel["commission_basis_points"] + 5000) // 10_000
    stay |= {
        "rooms": [_room(one, prices) for one, prices in zip(wanted, nights, strict=True)], "total": total,
        "commission": commission, "full_commission": commission, "charged": total, "cancellation_fee": 0,
        "arrival_hour": "", "arrival": min(one.arrival for one in wanted).isoformat(),
        "departure": max(one.departure for one in wanted).isoformat(),
        "payout": {"model": "collect", "amount": total - commission, "card": None},
    }  # fmt: skip
    event = "alteration_request" if reservation else "reservation_request"
    bms = shapes.message(stay, channel)
    feed = world.add(
        "live_feed_event", {"event": event, "payload": {"bms": bms, "resolved": False}, "inserted_at": world.stamp()},
        {"property": {"data": {"type": "property", "id": property_id}}}, rooms=rooms, nights=nights, guest=guest,
        reservation=reservation, until=world.state.now() + ANSWER_SECONDS,
    )  # fmt: skip
    hooks.send(world, event, property_id, {"bms": bms, "resolved": False, "live_feed_event_id": feed["id"]})
    return feed


def _room(wanted: Wanted, nights: dict[str, int]) -> dict[str, Any]:
    return {
        "id": wanted.identifier, "room": wanted.room, "rate": wanted.rate, "arrival": wanted.arrival.isoformat(),
        "departure": wanted.departure.isoformat(), "adults": wanted.adults, "children": wanted.children,
        "infants": wanted.infants, "ages": list(wanted.ages), "name": wanted.name, "surname": wanted.surname,
        "nights": nights, "total": sum(nights.values()),
    }  # fmt: skip


def resolve(world: World, identifier: str, asked: dict[str, Any]) -> Resource:
    """Accept or decline; an accepted one becomes a new or modified booking, which the feed brings."""
    feed = world.get("live_feed_event", identifier)
    resolution = asked.get("resolution")
    accept = resolution.get("accept") if isinstance(resolution, dict) else None
    if not isinstance(accept, bool):
        raise invalid(accept=BLANK)
    if feed["attributes"]["payload"]["resolved"]:
        raise Refusal("method_not_supported")
    feed["attributes"]["payload"]["resolved"] = True
    hidden, book = world.hidden(feed), world.extranets[SLUG]
    property_id = feed["relationships"]["property"]["data"]["id"]
    if accept:
        rooms = [
            Wanted.of(room | {"nights": nights}) for room, nights in zip(hidden["rooms"], hidden["nights"], strict=True)
        ]
        if hidden["reservation"]:
            book.modify(hidden["reservation"], rooms=rooms, forced=True)
        else:
            hotel = otas.find(world, SLUG, property_id)["hotel"]
            book.sell(hotel=hotel, rooms=rooms, booker=Booker(**hidden["guest"]), forced=True)
    if not hidden["reservation"]:
        event = "accepted_reservation" if accept else "declined_reservation"
        hooks.send(world, event, property_id, feed["attributes"]["payload"])
    return {"data": feed}


def pass_time(world: World) -> None:
    """Drop what nobody answered in a day."""
    for feed in world.find("live_feed_event"):
        payload = feed["attributes"]["payload"]
        if not payload["resolved"] and world.hidden(feed)["until"] <= world.state.now():
            payload["resolved"] = True
            world.state.changed = True
