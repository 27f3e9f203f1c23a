"""What the mail provider says afterwards: the address does not exist, or does not want to hear from us."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from guests.messaging.enums import MessageStatus
from guests.messaging.models import BouncingAddress, Message
from pms.audit.services import audit_record
from pms.kernel.actors import Actor
from pms.kernel.locking import lock


@transaction.atomic
def bounce_take(*, provider_id: str, public_id: str, recipient: str, reason: str, actor: Actor) -> list[Message]:
    """Mark a message as bounced and its address as bouncing; return the messages marked. Idempotent.

    The message is found by the provider's id or by our own, and only if it went to that recipient; one that is not ours
    is left alone, so that nobody can silence an address we never wrote to. Locks the messages.
    """
    known = Q(provider_id=provider_id) & ~Q(provider_id="")
    if public_id:
        known |= Q(public_id=public_id)
    rows = lock(Message.objects.filter(known, recipient__iexact=recipient).select_related("property"))
    fresh = [row for row in rows if row.status != MessageStatus.BOUNCED]
    for row in fresh:
        row.status, row.error = MessageStatus.BOUNCED, reason[:2000]
        row.save(update_fields=["status", "error"])
        audit_record(
            action="message.bounced",
            subject_type="message",
            subject_code=str(row.public_id),
            property_code=row.property.code if row.property else "",
            actor=actor,
            reason=reason[:200],
            changes={"status": ["sent", MessageStatus.BOUNCED.value]},
        )
    if rows:
        BouncingAddress.objects.get_or_create(
            email=recipient.lower(), defaults={"reason": reason[:300], "since": timezone.now()}
        )
    return fresh
