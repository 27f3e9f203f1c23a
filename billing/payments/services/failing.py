"""What ends without money, for a reason of ours or the provider's."""

from django.db import transaction
from django.utils import timezone

from billing.payments.enums import PaymentStatus
from billing.payments.models import PaymentIntent
from billing.payments.services.applying import payment_lock
from billing.payments.services.telling import MACHINE, tell
from billing.payments.transitions import transition_check
from pms.kernel.actors import Actor
from pms.kernel.locking import retried


@retried
@transaction.atomic
def payment_failed(
    *,
    payment: PaymentIntent,
    code: str,
    message: str,
    to: PaymentStatus = PaymentStatus.FAILED,
    actor: Actor = MACHINE,
) -> PaymentIntent:
    """End a payment that nothing was paid of; ending it twice changes nothing. Locks folio, then payment.

    Raises Conflict `transition_refused` when it is paid or held.
    """
    _, row = payment_lock(payment)
    if row.status == to and row.next_attempt_at is None:
        return row
    before = row.status
    if row.status != to:
        transition_check(row.status, to)
    row.status, row.ended_at, row.next_attempt_at = to, timezone.now(), None
    row.last_error_code, row.last_error = code[:64], message[:500]
    row.version += 1
    row.save(update_fields=["status", "ended_at", "next_attempt_at", "last_error_code", "last_error", "version"])
    tell(row, str(to.value), actor, {"status": [before, to]}, reason=message, payload={"code": code})
    return row
