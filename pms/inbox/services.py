"""Opening addresses for providers, and taking what comes there."""

from collections.abc import Mapping
from hashlib import sha256
from secrets import token_urlsafe

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from pms.inbox.enums import MessageStatus
from pms.inbox.models import Endpoint, InboundMessage
from pms.inbox.registry import Raw, Verified
from pms.kernel.jobs import enqueue_in_tenant
from pms.kernel.locking import lock_one
from pms.kernel.tenancy import current_schema
from pms.tenants.models import Organization

logger = structlog.get_logger(__name__)

HANDLE = "pms.inbox.jobs.handle"
#: What is kept of a message's headers; everything else may hold what is none of our business.
KEPT_HEADERS = ("content-type", "user-agent", "x-request-id", "x-razorpay-event-id", "paypal-transmission-id")


def endpoint_open(*, provider: str, account: str, external_account: str = "") -> Endpoint:
    """Return the address of this organization's account, made on first use; its external account is kept up to date.

    Raises IntegrityError `ux_endpoint_external_account` when that account is another organization's.
    """
    organization = Organization.objects.get(schema_name=current_schema())
    with transaction.atomic():
        endpoint, _ = Endpoint.objects.get_or_create(
            organization=organization,
            provider=provider,
            account=account,
            closed_at=None,
            defaults={"token": token_urlsafe(32)},
        )
        if endpoint.external_account != external_account:
            endpoint.external_account = external_account
            endpoint.save(update_fields=["external_account"])
    return endpoint


def endpoint_close(*, provider: str, account: str) -> int:
    """Have the account's address answer nothing more; return how many there were. Idempotent."""
    mine = Endpoint.objects.filter(organization__schema_name=current_schema(), provider=provider, account=account)
    return mine.filter(closed_at=None).update(closed_at=timezone.now())


def message_take(
    *, endpoint: Endpoint, verified: Verified, body: bytes, headers: Mapping[str, str], wake: bool = True
) -> tuple[InboundMessage, bool]:
    """Store a verified message and have it handled; return it, and whether it is new. Must run inside its organization.

    Without `wake` the caller handles it at once; should it die first, the sweep finds the message all the same.
    The same id again changes nothing but a count; with another content it is an alarm (T59): the first stays.
    """
    digest = sha256(verified.fingerprint).hexdigest()
    now = timezone.now()
    with transaction.atomic():
        made = InboundMessage.objects.bulk_create(
            [
                InboundMessage(
                    endpoint=endpoint,
                    organization_id=endpoint.organization_id,
                    message_id=verified.message_id,
                    kind=verified.kind[:96],
                    headers={name: headers[name] for name in KEPT_HEADERS if name in headers},
                    body=body if verified.kept is None else verified.kept,
                    body_hash=digest,
                    received_at=now,
                    next_attempt_at=now,
                    status=MessageStatus.WAITING if verified.is_known else MessageStatus.IGNORED,
                )
            ],
            ignore_conflicts=True,
        )
        stored = lock_one(InboundMessage.objects.filter(endpoint=endpoint, message_id=verified.message_id))
        if stored is None:
            raise RuntimeError("A message that was just stored is not there.")
        is_new = stored.public_id == made[0].public_id
        if not is_new:
            _came_again(stored, digest)
        elif stored.status == MessageStatus.WAITING:
            if wake:
                enqueue_in_tenant(HANDLE, message_id=str(stored.public_id))
        else:
            logger.info("message_ignored", provider=endpoint.provider, kind=stored.kind, message_id=stored.message_id)
    return stored, is_new


def message_retry(*, message: InboundMessage) -> InboundMessage:
    """Take a parked message up again with all its attempts before it; idempotent. Locks the message."""
    with transaction.atomic():
        locked = lock_one(InboundMessage.objects.filter(pk=message.pk))
        if locked is None or locked.status != MessageStatus.PARKED:
            return message
        locked.status, locked.attempts, locked.next_attempt_at = MessageStatus.WAITING, 0, timezone.now()
        locked.save(update_fields=["status", "attempts", "next_attempt_at"])
        enqueue_in_tenant(HANDLE, message_id=str(locked.public_id))
    return locked


def raw_of(message: InboundMessage) -> Raw:
    """Return a stored message as it came, for the provider's own code."""
    endpoint = message.endpoint
    return Raw(endpoint.provider, endpoint.account, bytes(message.body), message.headers)


def _came_again(stored: InboundMessage, digest: str) -> None:
    differs = stored.body_hash != digest
    changes = {"deliveries": F("deliveries") + 1, **({"conflicts": F("conflicts") + 1} if differs else {})}
    InboundMessage.objects.filter(pk=stored.pk).update(**changes)
    if differs:
        logger.error("message_differs_from_its_first_delivery", message_id=stored.message_id, kind=stored.kind)
