"""What the mail provider reports, as pms.inbox hands it over: normalised JSON, proved by an HMAC of the very bytes.

{"event_id": "...", "event_type": "bounced", "message_id": "...", "recipient": "...", "description": "..."}, the names
that django-anymail gives these facts; "metadata": {"public_id": ...} may name our own id instead.
"""

import hmac
import json
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings

from guests.messaging.services.bouncing import bounce_take
from pms.inbox.errors import Refused
from pms.inbox.registry import Raw, Verified
from pms.kernel.actors import Actor

PROVIDER = ACCOUNT = "mail"
SIGNATURE = "x-mail-signature"
#: After these an address is not written to again. A deferred mail is the provider's to try again.
FOR_GOOD = frozenset({"bounced", "rejected", "complained"})


def verify(raw: Raw) -> Verified:
    """Return what a report says of itself. Raises Refused `no_secret`, `bad_signature`, `bad_body`."""
    if not settings.MAIL_WEBHOOK_SECRET:
        raise Refused("no_secret", "MAIL_WEBHOOK_SECRET is not set: nobody could prove a report.")
    expected = hmac.new(settings.MAIL_WEBHOOK_SECRET.encode(), raw.body, sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), raw.headers.get(SIGNATURE, "").encode()):
        raise Refused("bad_signature", "The signature is not that of the body.")
    report = _report(raw.body)
    kind = str(report["event_type"])
    return Verified(str(report["event_id"])[:160], kind, raw.body, is_known=kind in FOR_GOOD)


def handle(raw: Raw) -> None:
    """Mark what bounced."""
    report = _report(raw.body)
    bounce_take(
        provider_id=str(report.get("message_id") or ""),
        public_id=_uuid((report.get("metadata") or {}).get("public_id")),
        recipient=str(report["recipient"]),
        reason=str(report.get("description") or report["event_type"]),
        actor=Actor.system("mail provider"),
    )


def _report(body: bytes) -> dict[str, Any]:
    try:
        report = json.loads(body)
    except ValueError as error:
        raise Refused("bad_body", "The report is not JSON.") from error
    if not isinstance(report, dict) or not all(report.get(name) for name in ("event_id", "event_type", "recipient")):
        raise Refused("bad_body", "A report names event_id, event_type and recipient.")
    if not isinstance(report.get("metadata") or {}, dict):
        raise Refused("bad_body", "The metadata of a report is an object.")
    return report


def _uuid(text: object) -> str:
    try:
        return str(UUID(str(text)))
    except ValueError:
        return ""
