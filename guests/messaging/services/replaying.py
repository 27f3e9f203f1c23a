"""Having what was given up sent again."""

from django.db import transaction
from django.utils import timezone

from guests.messaging.enums import REPLAYABLE, MessageStatus
from guests.messaging.models import BouncingAddress, Message
from guests.messaging.services.queueing import SEND
from pms.audit.services import audit_record
from pms.kernel.actors import Actor
from pms.kernel.jobs import enqueue_in_tenant
from pms.kernel.locking import lock_one


@transaction.atomic
def message_replay(*, message: Message, actor: Actor) -> Message:
    """Queue a parked or bounced message again, with all its attempts before it; any other stays as it is.

    Its address is tried again too: whoever replays says that it works. Locks the message.
    """
    row = lock_one(Message.objects.filter(pk=message.pk).select_related("property"))
    if row is None or row.status not in REPLAYABLE:
        return message
    before = row.status
    row.status, row.attempts, row.next_attempt_at = MessageStatus.QUEUED, 0, timezone.now()
    row.save(update_fields=["status", "attempts", "next_attempt_at"])
    BouncingAddress.objects.filter(email=row.recipient.lower()).delete()
    audit_record(
        action="message.replayed",
        subject_type="message",
        subject_code=str(row.public_id),
        property_code=row.property.code if row.property else "",
        actor=actor,
        changes={"status": [before, MessageStatus.QUEUED.value]},
    )
    enqueue_in_tenant(SEND, message_id=str(row.public_id))
    return row
