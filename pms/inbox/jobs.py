"""From the inbox to whoever knows what a message means. The queue only wakes; what is due stands in the database."""

from datetime import timedelta

import structlog
from django.db.models import F
from django.utils import timezone

from pms.inbox.enums import MessageStatus
from pms.inbox.models import InboundMessage
from pms.inbox.registry import function_at, source_of
from pms.inbox.selectors import messages_here
from pms.inbox.services import HANDLE, raw_of
from pms.kernel.jobs import enqueue_in_tenant
from pms.kernel.retrying import retry_at

logger = structlog.get_logger(__name__)

#: While a message is being handled nobody else tries it. Longer than a job may take (settings.RQ_QUEUES).
LEASE = timedelta(minutes=6)
#: What the queue has not brought by then is enqueued again.
GRACE = timedelta(seconds=30)
SWEEP_LIMIT = 1000
MAX_ATTEMPTS = 16


def handle(message_id: str) -> bool:
    """Hand one message of this organization to its provider's code; return whether it is handled now.

    Does nothing when it is done, parked, not due or under way elsewhere. What fails is tried again later, at last parked.
    """
    now = timezone.now()
    message = messages_here().filter(public_id=message_id).first()
    if message is None:
        return False
    claimed = InboundMessage.objects.filter(
        pk=message.pk, status=MessageStatus.WAITING, next_attempt_at__lte=now
    ).update(attempts=F("attempts") + 1, next_attempt_at=now + LEASE)
    if not claimed:
        return False
    source = source_of(message.endpoint.provider)
    try:
        if source is None:
            raise LookupError(f"Nobody takes messages of {message.endpoint.provider} any more.")
        with structlog.contextvars.bound_contextvars(message_id=message.message_id, message_kind=message.kind):
            function_at(source.handle)(raw_of(message))
    except Exception as error:  # noqa: BLE001 - whatever a provider's code does wrong is its message's error
        _failed(message, message.attempts + 1, error, give_up=source is None)
        return False
    InboundMessage.objects.filter(pk=message.pk).update(
        status=MessageStatus.HANDLED, handled_at=timezone.now(), error=""
    )
    return True


def sweep() -> int:
    """Enqueue again what is due and did not come; return how many messages that were.

    Makes good whatever the queue lost, a worker that was killed included (after LEASE).
    """
    overdue = messages_here().filter(status=MessageStatus.WAITING, next_attempt_at__lte=timezone.now() - GRACE)
    due = list(overdue.order_by("pk").values_list("public_id", flat=True)[:SWEEP_LIMIT])
    for public_id in due:
        enqueue_in_tenant(HANDLE, message_id=str(public_id))
    return len(due)


def _failed(message: InboundMessage, attempts: int, error: Exception, *, give_up: bool) -> None:
    parked = give_up or attempts >= MAX_ATTEMPTS
    InboundMessage.objects.filter(pk=message.pk).update(
        status=MessageStatus.PARKED if parked else MessageStatus.WAITING,
        error=f"{type(error).__name__}: {error}"[:2000],
        next_attempt_at=retry_at(attempts=attempts, now=timezone.now()),
    )
    logger.warning(
        "message_parked" if parked else "message_failed",
        message_id=message.message_id,
        attempts=attempts,
        exc_info=error,
    )
