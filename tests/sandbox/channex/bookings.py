"""Bookings and their revisions: what an OTA sold becomes a revision, waits in the feed and is acknowledged."""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.sandbox.channex import ari, changes, hooks, otas, shapes
from tests.sandbox.channex.errors import BLANK, Refusal, invalid
from tests.sandbox.channex.listing import Query, listed
from tests.sandbox.channex.world import Resource, World
from tests.sandbox.extranet.money import minor

#: After this an unacknowledged revision is told of by mail and by the webhook non_acked_booking, once.
PATIENCE_SECONDS = 30 * 60
#: A booking is kept for three months after its departure.
KEPT_DAYS = 92
EVENTS = {"new": "booking_new", "modified": "booking_modification", "cancelled": "booking_cancellation"}
ALLOWED = {"new": "confirmation", "modified": "modification", "cancelled": "cancellation"}


def heard(world: World, slug: str, stay: dict[str, Any]) -> None:
    """Turn a revision of an OTA's stay into Channex's: a new revision, and the booking as it stands now."""
    channel = otas.of_hotel(world, slug, stay["hotel"])
    if channel is None:
        return
    if stay["status"] != "cancelled":
        stay["full_commission"] = stay["commission"]
    stamp = world.stamp()
    told = shapes.message(stay, channel) | {"inserted_at": stamp}
    numbers = world.kept("reservations")
    booking = world.state.objects.get(numbers.get(told["unique_id"], ""))
    before = booking["attributes"]["rooms"] if booking and booking["attributes"]["status"] != "cancelled" else []
    if booking is None:
        booking = world.add("booking", {}, slug=slug, reservation=stay["reservation"])
        numbers[told["unique_id"]] = booking["id"]
    revision = world.add(
        "booking_revision", {**told, "booking_id": booking["id"], "system_id": stay["revision_id"]},
        received=world.state.now(), acked=None, warned=False,
    )  # fmt: skip
    _unacknowledged(world)[revision["id"]] = world.state.now()
    world.hidden(booking).setdefault("revisions", []).append(revision["id"])
    state = {"acknowledge_status": "pending", "has_unacked_revisions": True, "is_crs_revision": False}
    booking["attributes"] = {
        "id": booking["id"], "booking_id": booking["id"], "revision_id": revision["id"],
        **json.loads(json.dumps(told)), **state,
    }  # fmt: skip
    _move_availability(world, channel, told, before)
    _tell(world, revision)


def _tell(world: World, revision: Resource) -> None:
    told = revision["attributes"]
    payload = {"booking_id": told["booking_id"], "property_id": told["property_id"], "revision_id": revision["id"]}
    for event in ("booking", EVENTS[told["status"]]):
        hooks.send(world, event, told["property_id"], payload)
    lost = {"booking_id": told["booking_id"], "booking_revision_id": revision["id"]}
    if any(room["room_type_id"] is None for room in told["rooms"]):
        hooks.send(world, "booking_unmapped_room", told["property_id"], lost)
    elif any(room["rate_plan_id"] is None for room in told["rooms"]):
        hooks.send(world, "booking_unmapped_rate", told["property_id"], lost)


def _move_availability(world: World, channel: dict[str, Any], told: Resource, before: list[dict[str, Any]]) -> None:
    """Count the nights down, and those of the revision before up, where the property's settings let Channex do it."""
    settings = world.get("property", channel["property_id"])["attributes"]["settings"]
    if not settings[f"allow_availability_autoupdate_on_{ALLOWED[told['status']]}"]:
        return
    moved: dict[tuple[str, str], int] = {}
    taken = [] if told["status"] == "cancelled" else told["rooms"]
    for rooms, by in ((before, 1), (taken, -1)):
        for room in rooms:
            for day in room["days"] if room["room_type_id"] else ():
                moved[room["room_type_id"], day] = moved.get((room["room_type_id"], day), 0) + by
    changed = [
        {
            "target": room, "dates": [day],
            "told": {"availability": max(0, ari.availability(world, room, date.fromisoformat(day)) + by)},
        }
        for (room, day), by in moved.items()
        if by
    ]  # fmt: skip
    changes.apply(world, "availability", changed, user=None)


# Reading


def _unacknowledged(world: World) -> dict[str, float]:
    """Return when each revision that waits to be acknowledged was received, the oldest first."""
    found: dict[str, float] | None = world.state.kept.get("unacknowledged")
    if found is None:
        rows = ((one["id"], world.hidden(one)) for one in world.find("booking_revision"))
        found = {identifier: hidden["received"] for identifier, hidden in rows if hidden["acked"] is None}
        world.state.kept["unacknowledged"] = found
    return found


def _present(world: World, kind: str) -> list[Resource]:
    return [one for one in world.find(kind) if _is_kept(world, one)]


def _is_kept(world: World, resource: Resource) -> bool:
    oldest = (world.instant().date() - timedelta(days=KEPT_DAYS)).isoformat()
    return str(resource["attributes"]["departure_date"]) >= oldest


def feed(world: World, query: Query) -> Resource:
    """Return revisions that were not acknowledged: the youngest first, unless asked otherwise."""
    found = (world.state.objects[identifier] for identifier in _unacknowledged(world))
    waiting = [one for one in found if _is_kept(world, one)]
    return listed(query, waiting, by="inserted_at", falling=True)


def revisions(world: World, query: Query) -> Resource:
    return listed(query, _present(world, "booking_revision"), by="inserted_at", falling=True)


def bookings(world: World, query: Query) -> Resource:
    return listed(query, _present(world, "booking"), by="inserted_at", falling=True)


def get(world: World, kind: str, identifier: str) -> Resource:
    """Return a booking or revision that is still kept."""
    found = world.get(kind, identifier)
    if not _is_kept(world, found):
        raise Refusal("not_found")
    return found


def acknowledge(world: World, identifier: str) -> Resource:
    """Take a revision out of the feed, and the card out of it; once more does no harm."""
    revision = get(world, "booking_revision", identifier)
    hidden = world.hidden(revision)
    hidden["acked"] = hidden["acked"] or world.state.now()
    waiting = _unacknowledged(world)
    waiting.pop(revision["id"], None)
    revision["attributes"]["guarantee"] = None
    booking = world.get("booking", revision["attributes"]["booking_id"])["attributes"]
    if booking["revision_id"] == revision["id"]:
        booking |= {"guarantee": None, "acknowledge_status": "acknowledged"}
    of_booking = world.hidden(world.get("booking", booking["id"])).get("revisions", ())
    booking["has_unacked_revisions"] = any(one in waiting for one in of_booking)
    return {"meta": {"message": "Success"}}


def pass_time(world: World) -> None:
    """Warn once of each revision that nobody acknowledged in half an hour."""
    for identifier, received in _unacknowledged(world).items():
        if received + PATIENCE_SECONDS > world.state.now():
            break
        revision = world.state.objects[identifier]
        hidden, told = world.hidden(revision), revision["attributes"]
        if hidden["warned"]:
            continue
        hidden["warned"] = True
        world.state.kept.setdefault("mails", []).append(
            {"kind": "non_acked_booking", "unique_id": told["unique_id"], "revision_id": revision["id"]}
        )
        payload = {"booking_id": told["booking_id"], "booking_revision_id": revision["id"]}
        hooks.send(world, "non_acked_booking", told["property_id"], payload)
        world.state.changed = True


# Reports


def report(world: World, identifier: str, kind: str, asked: dict[str, Any]) -> Resource:
    """Tell the OTA of a guest who did not come or a card that does not work; refuse outside of its hours."""
    booking = get(world, "booking", identifier)
    slug, reservation = world.hidden(booking)["slug"], world.hidden(booking)["reservation"]
    known = {"no_show": {"booking.com", "expedia"}}.get(kind, {"booking.com"})
    if slug not in known or booking["attributes"]["status"] == "cancelled":
        raise Refusal("method_not_supported")
    book = world.extranets[slug]
    stay = book.stay(reservation)
    zone = ZoneInfo(book.hotel(stay["hotel"])["timezone"])
    checkin = datetime.combine(date.fromisoformat(stay["arrival"]), time(), zone).astimezone(UTC)
    if kind == "no_show":
        said = _no_show(world, asked, checkin, stay["currency"])
        book.report(reservation, kind, **said)
    elif kind == "invalid_card":
        if stay["payout"]["card"] is None or world.instant() >= checkin + timedelta(days=1):
            raise Refusal("method_not_supported")
        book.report(reservation, kind)
    else:
        if world.instant() < _cancellable(stay, checkin):
            raise Refusal("method_not_supported")
        book.report(reservation, kind)
        book.cancel(reservation)
    return {"meta": {"message": "Success"}}


def _no_show(world: World, asked: dict[str, Any], checkin: datetime, currency: str) -> dict[str, Any]:
    said = asked.get("no_show_report")
    if not isinstance(said, dict) or not isinstance(said.get("waived_fees"), bool):
        raise invalid(waived_fees=BLANK)
    if not checkin <= world.instant() <= checkin + timedelta(hours=48):
        raise Refusal("method_not_supported")
    penalty = said.get("penalty_amount")
    try:
        amount = None if penalty is None else minor(str(penalty), currency)
    except ValueError:
        raise invalid(penalty_amount="is invalid") from None
    return {"waived_fees": said["waived_fees"], "penalty_amount": amount}


def _cancellable(stay: dict[str, Any], checkin: datetime) -> datetime:
    """Return when a stay whose card was reported may be cancelled for it; refuse when it was not reported."""
    reported = [one["at"] for one in stay["reports"] if one["kind"] == "invalid_card"]
    if not reported:
        raise Refusal("method_not_supported")
    at = datetime.fromtimestamp(reported[0], UTC)
    booked = datetime.fromtimestamp(stay["booked_at"], UTC)
    if sum(len(room["nights"]) for room in stay["rooms"]) >= 10 and checkin - booked < timedelta(hours=48):
        return at + timedelta(hours=2)
    if checkin - booked < timedelta(hours=48):
        three = checkin + timedelta(hours=15)
        return max(at + timedelta(hours=2), min(at + timedelta(hours=12), three))
    return at + timedelta(hours=24)
