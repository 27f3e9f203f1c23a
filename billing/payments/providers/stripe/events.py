"""Stripe's messages: proved by the library's own code, read for what they are about, never believed further."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe

from billing.payments.providers.base import Credentials, Notice, ProviderError
from billing.payments.providers.stripe.reading import KEY

#: Older messages may be replayed ones; the library checks only this side.
OLDEST = timedelta(minutes=5)
#: A clock that is ahead is a clock that is wrong, or a signature that somebody saved up for later.
AHEAD = timedelta(minutes=5)
KNOWN = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.expired",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.amount_capturable_updated",
        "payment_intent.partially_funded",
        "setup_intent.succeeded",
        "setup_intent.setup_failed",
        "charge.captured",
        "charge.expired",
        "charge.failed",
        "charge.refunded",
        "charge.refund.updated",
        "charge.succeeded",
        "charge.updated",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "payout.created",
        "payout.updated",
        "payout.paid",
        "payout.failed",
        "payout.canceled",
    }
)


def signature_check(credentials: Credentials, body: bytes, header: str, *, now: datetime) -> None:
    """Return if one of the secrets signed the body, not too long ago. ProviderError `bad_signature`, `too_old`."""
    stamp = _stamp(header)
    if not any(_signed(body, header, secret) for secret in credentials.webhook_secrets if secret):
        raise ProviderError(permanent=True, code="bad_signature", message="The signature is not Stripe's.")
    if not now - OLDEST <= stamp <= now + AHEAD:
        raise ProviderError(permanent=True, code="too_old", message="The message was not signed just now.")


def notice(body: bytes) -> Notice:
    """Return what an event is about: the payment, session or payout that has to be read again."""
    event = _event(body)
    about = event["data"]["object"]
    ids = {"payment_intent": "", "checkout.session": "", "payout": "", "setup_intent": ""}
    if about["object"] in ids:
        ids[about["object"]] = str(about["id"])
    named = about.get("payment_intent")
    payment_id = ids["payment_intent"] or ids["setup_intent"] or (named["id"] if isinstance(named, dict) else named)
    return Notice(
        event_id=event["id"],
        kind=event["type"],
        is_known=event["type"] in KNOWN,
        key=(about.get("metadata") or {}).get(KEY, "") or str(about.get("client_reference_id") or ""),
        payment_id=str(payment_id or ""),
        checkout_id=ids["checkout.session"],
        external_account=str(event.get("account") or ""),
        payout_id=ids["payout"],
    )


def fingerprint(body: bytes) -> bytes:
    """Return the event without what differs between its deliveries."""
    event = _event(body)
    event.pop("pending_webhooks", None)
    return json.dumps(event, sort_keys=True).encode()


def _event(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
        if isinstance(event["id"], str) and isinstance(event["type"], str) and event["data"]["object"]["object"]:
            return dict(event)
    except (ValueError, KeyError, TypeError) as error:
        raise ProviderError(permanent=True, code="bad_message", message="This is no event of Stripe's.") from error
    raise ProviderError(permanent=True, code="bad_message", message="This is no event of Stripe's.")


def _signed(body: bytes, header: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, header, secret, tolerance=None)
    except (stripe.SignatureVerificationError, ValueError, IndexError):
        return False
    return True


def _stamp(header: str) -> datetime:
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    try:
        return datetime.fromtimestamp(int(parts["t"]), tz=UTC)
    except (KeyError, ValueError, OverflowError, OSError) as error:
        raise ProviderError(permanent=True, code="bad_signature", message="The message is not signed.") from error
