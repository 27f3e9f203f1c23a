"""PayPal's messages: proved by PayPal itself, read for what they are about, never believed further."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from billing.payments.providers.base import Credentials, Notice, ProviderError
from billing.payments.providers.paypal.client import ask

#: PayPal sends again for three days, each time with the time of the first transmission.
OLDEST = timedelta(days=4)
AHEAD = timedelta(minutes=5)
KNOWN = frozenset(
    {
        "CHECKOUT.ORDER.APPROVED",
        "CHECKOUT.ORDER.COMPLETED",
        "CHECKOUT.PAYMENT-APPROVAL.REVERSED",
        "PAYMENT.AUTHORIZATION.CREATED",
        "PAYMENT.AUTHORIZATION.VOIDED",
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.PENDING",
        "PAYMENT.CAPTURE.DENIED",
        "PAYMENT.CAPTURE.DECLINED",
        "PAYMENT.CAPTURE.REFUNDED",
        "PAYMENT.CAPTURE.REVERSED",
        "PAYMENT.REFUND.PENDING",
        "PAYMENT.REFUND.FAILED",
    }
)
_HEADERS = {
    "auth_algo": "paypal-auth-algo",
    "cert_url": "paypal-cert-url",
    "transmission_id": "paypal-transmission-id",
    "transmission_sig": "paypal-transmission-sig",
    "transmission_time": "paypal-transmission-time",
}


def proved(credentials: Credentials, body: bytes, headers: Mapping[str, str], *, now: datetime) -> None:
    """Return if PayPal says that it sent the message. One call.

    The event goes back as the very bytes that came: written out anew it would be another message. ProviderError
    `bad_signature`, `too_old`; not permanent when PayPal did not answer, so that it sends again.
    """
    given = {name: headers.get(header, "") for name, header in _HEADERS.items()}
    if not all(given.values()):
        raise ProviderError(permanent=True, code="bad_signature", message="The message is not signed.")
    notice_of(body)
    try:
        sent_at = datetime.fromisoformat(given["transmission_time"])
        fresh = now - OLDEST <= sent_at <= now + AHEAD
    except (ValueError, TypeError) as error:
        raise ProviderError(permanent=True, code="bad_signature", message="The message has no time.") from error
    if not fresh:
        raise ProviderError(permanent=True, code="too_old", message="The message was not sent in these days.")
    frame = json.dumps({**given, "webhook_id": credentials.webhook_id})
    content = frame[:-1].encode() + b',"webhook_event":' + body + b"}"
    said = ask(credentials, "POST", "/v1/notifications/verify-webhook-signature", content=content)
    if said.get("verification_status") != "SUCCESS":
        raise ProviderError(permanent=True, code="bad_signature", message="The signature is not PayPal's.")


def notice_of(body: bytes) -> Notice:
    """Return what an event is about."""
    try:
        event = json.loads(body)
        event_id, kind, about = str(event["id"]), str(event["event_type"]), dict(event["resource"])
    except (ValueError, KeyError, TypeError) as error:
        raise ProviderError(permanent=True, code="bad_message", message="This is no event of PayPal's.") from error
    related = (about.get("supplementary_data") or {}).get("related_ids") or {}
    units = about.get("purchase_units") or [{}]
    is_order = kind.startswith("CHECKOUT.")
    return Notice(
        event_id=event_id,
        kind=kind,
        is_known=kind in KNOWN,
        key=str((units[0].get("custom_id") if is_order else about.get("custom_id")) or ""),
        payment_id="" if is_order else str(related.get("authorization_id") or about.get("id") or ""),
        checkout_id=str(about.get("id") if is_order else related.get("order_id") or ""),
    )
