"""What Channex calls us with. It signs nothing and keeps no order, so a secret header proves it and it only triggers."""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from channels.adapters.base import Access, ChannelError, Letter, Reading, Trigger, Wire
from channels.adapters.channex.calls import call, listed
from channels.adapters.channex.values import day, identifier, mapping, name, parsed, text
from channels.adapters.enums import Trouble

#: The header that is asked for at Channex, and what it carries: the connection's `webhook_secret`.
SECRET_HEADER = "x-channex-secret"  # noqa: S105 (a header's name)
SHORTEST_SECRET = 16
EVERYTHING = "*"

_BOOKINGS = frozenset({"booking", "booking_new", "booking_modification", "booking_cancellation"})
#: Events that somebody should read about, and what is said of them.
_NOTICES: Mapping[str, str] = {
    "booking_unmapped_room": "A booking came for a room that is mapped to none at Channex.",
    "booking_unmapped_rate": "A booking came for a rate that is mapped to none at Channex.",
    "non_acked_booking": "A booking is waiting to be taken in for half an hour.",
    "sync_error": "A site did not take what Channex told it.",
    "sync_warning": "A site took what Channex told it, and warned.",
    "rate_error": "A site did not take a price.",
    "reservation_request": "A guest of Airbnb asks to book; it is answered at Channex.",
    "alteration_request": "A guest of Airbnb asks to change a booking; it is answered at Channex.",
    "accepted_reservation": "A guest's request to book was accepted.",
    "declined_reservation": "A guest's request to book was declined.",
    "inquiry": "A guest of Airbnb has a question; it is answered at Channex.",
    "message": "A guest wrote.",
    "disconnected_channel": "A site was disconnected at Channex: it is told nothing any more.",
    "disconnect_listing": "A listing was disconnected from Airbnb at Channex.",
    "ari": "Somebody else changed prices, restrictions or counts at Channex.",
}
_QUIET = frozenset({"review", "updated_review", "new_channel", "updated_channel", "ari"})
#: Of a message's content, what is said with its kind.
_SAID = ("channel_name", "channel", "error_type", "message", "unique_id", "ota_reservation_code", "booking_id")


def triggered(access: Access, body: bytes, headers: Mapping[str, str]) -> Trigger:
    """Return what an event asks for: bookings have the feed read, troubles and guests' words are a letter as well.

    Changes of prices that our own user made are ours and mean nothing, like those that nobody made; another's are told.
    Raises ChannelError locked_out without the secret, refused for what is no event of this property.
    """
    _prove(access, headers)
    event = mapping(parsed(body))
    kind = text(event.get("event"), 64)
    if not kind:
        raise ChannelError(Trouble.REFUSED, "no_event", "The message names no event.")
    hotel = event.get("property_id")
    if hotel is not None and hotel != access.account:
        raise ChannelError(Trouble.REFUSED, "other_property", "The event is another property's.")
    digest = sha256(body)
    message_id = f"{kind}:{digest.hexdigest()[:40]}"
    is_known = kind in _BOOKINGS or kind in _NOTICES or kind in _QUIET
    is_told = _is_others_change(access, event) if kind == "ari" else kind in _NOTICES
    return Trigger(
        message_id=message_id,
        kind=kind,
        fingerprint=digest.digest(),
        pull=kind not in _QUIET and is_known,
        letter=Letter(body, kind, message_id) if is_told else None,
        is_known=is_known,
    )


def _prove(access: Access, headers: Mapping[str, str]) -> None:
    secret = access.credentials.get("webhook_secret", "").strip()
    given = next((value for field, value in headers.items() if field.lower() == SECRET_HEADER), "")
    is_same = hmac.compare_digest(given.strip().encode(errors="replace"), secret.encode(errors="replace"))
    if len(secret) < SHORTEST_SECRET or not is_same:
        raise ChannelError(Trouble.LOCKED_OUT, "not_proved", "The message does not carry the connection's secret.")


def proof(access: Access) -> Mapping[str, str]:
    """Return the header that Channex proves its messages with."""
    return {SECRET_HEADER: access.credentials.get("webhook_secret", "")}


def _is_others_change(access: Access, event: Mapping[str, Any]) -> bool:
    own, user = access.settings.get("user_id", "").strip(), identifier(event.get("user_id"))
    return bool(own and user and user != own)


def notices(event: Mapping[str, Any]) -> Reading:
    """Return what an event that was kept as a letter says, in a sentence and the words that came with it."""
    kind = text(event.get("event"), 64)
    payload = mapping(event.get("payload"))
    request = mapping(payload.get("bms"))
    said = [part for field in _SAID if (part := text(payload.get(field) or request.get(field), 500))]
    customer = mapping(request.get("customer"))
    said.append(" ".join(part for field in ("name", "surname") if (part := name(customer.get(field)))))
    arrival, departure = day(request.get("arrival_date")), day(request.get("departure_date"))
    if arrival and departure:
        said.append(f"{arrival} to {departure}")
    words = " · ".join(dict.fromkeys(part for part in said if part))
    sentence = _NOTICES.get(kind, "Channex tells of something that we do not know.")
    return Reading(notices=((kind, f"{sentence} {words}".strip()),))


def register(wire: Wire, *, address: str) -> str:
    """Have Channex call an address for everything that happens at the property, with the connection's secret; return its
    number for that. Called again it changes what is there. Raises ChannelError refused without a secret."""
    secret = wire.access.credentials.get("webhook_secret", "").strip()
    if len(secret) < SHORTEST_SECRET:
        raise ChannelError(Trouble.REFUSED, "no_secret", "The connection has no secret that is long enough.")
    content = {
        "webhook": {
            "property_id": wire.access.account,
            "callback_url": address,
            "event_mask": EVERYTHING,
            "request_params": {},
            "headers": {SECRET_HEADER: secret},
            "is_active": True,
            "send_data": True,
        }
    }
    known = next((found for found in listed(wire, "/webhooks", what="webhooks") if _is_at(wire, found, address)), None)
    if known is None:
        made = call(wire, "POST", "/webhooks", what="webhook", content=content)
    else:
        path = f"/webhooks/{quote(identifier(known.get('id')), safe='')}"
        made = call(wire, "PUT", path, what="webhook", content=content)
    number = identifier(mapping(made.get("data")).get("id"))
    if not number:
        raise ChannelError(Trouble.TEMPORARY, "odd_answer", "Channex did not say which webhook it made.")
    return number


def _is_at(wire: Wire, webhook: Mapping[str, Any], address: str) -> bool:
    hotel = mapping(mapping(mapping(webhook.get("relationships")).get("property")).get("data")).get("id")
    return hotel in (None, wire.access.account) and mapping(webhook.get("attributes")).get("callback_url") == address
