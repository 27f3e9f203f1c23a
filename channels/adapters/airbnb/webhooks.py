"""What Airbnb calls us with: a signed word that something happened. What it is like is read from the list.

The names of the headers and what is signed are our stand-in's: HMAC-SHA256 in hex of the time, a point and the body.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256

from channels.adapters.base import Access, ChannelError, Trigger
from channels.adapters.enums import Trouble
from channels.adapters.objects import mapping, parsed
from channels.adapters.values import identifier, text

TIME_HEADER = "x-sandbox-timestamp"
MARK_HEADER = "x-sandbox-signature"
SHORTEST_SECRET = 16
_KNOWN = frozenset(
    {
        "reservation_created", "reservation_updated", "reservation_cancelled", "reservation_request",
        "reservation_request_closed", "inquiry", "alteration_request", "message_created",
    }
)  # fmt: skip


def triggered(access: Access, body: bytes, headers: Mapping[str, str]) -> Trigger:
    """Return what an event asks for: that the lists are read. One that is sent again is known by its number.

    Raises ChannelError locked_out without the signature, refused for what is no event of this host.
    """
    _prove(access, body, headers)
    event = mapping(parsed(body))
    kind, key = text(event.get("type"), 64), identifier(event.get("id"), 60)
    if not kind or not key:
        raise ChannelError(Trouble.REFUSED, "no_event", "The message names no event.")
    host = event.get("host_id")
    if host is not None and host != access.account:
        raise ChannelError(Trouble.REFUSED, "other_property", "The event is another host's.")
    is_known = kind in _KNOWN
    return Trigger(f"{kind}:{key}", kind, sha256(body).digest(), pull=is_known, is_known=is_known)


def proof(access: Access, body: bytes) -> Mapping[str, str]:
    """Return the headers that prove a message which was proved when it came."""
    return {TIME_HEADER: "", MARK_HEADER: _mark(_secret(access), "", body)}


def _secret(access: Access) -> str:
    return access.credentials.get("webhook_secret", "").strip()


def _mark(secret: str, at: str, body: bytes) -> str:
    signed = f"{at}.".encode(errors="replace") + body
    return hmac.new(secret.encode(errors="replace"), signed, sha256).hexdigest()


def _prove(access: Access, body: bytes, headers: Mapping[str, str]) -> None:
    secret = _secret(access)
    named = {field.lower(): value.strip() for field, value in headers.items()}
    at, given = named.get(TIME_HEADER, ""), named.get(MARK_HEADER, "")
    is_same = hmac.compare_digest(given.encode(errors="replace"), _mark(secret, at, body).encode())
    if len(secret) < SHORTEST_SECRET or not is_same:
        raise ChannelError(Trouble.LOCKED_OUT, "not_proved", "The message is not signed with the connection's secret.")
