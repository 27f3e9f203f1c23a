"""Writing a mail down: rendered now, sent by a job after the commit."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import structlog
from django.db import transaction
from django.utils import timezone

from bookings.reservations.models import Booking, Reservation
from guests.messaging.content import letter_of, reservations_of
from guests.messaging.enums import STAFF, Kind, MessageStatus
from guests.messaging.models import BouncingAddress, Message, MessageTemplate
from guests.messaging.policy import is_wanted, language_for, recipient_of
from guests.messaging.rendering import Mail, mail_of
from guests.messaging.samples import sample_letter
from guests.messaging.wording import built_in, labels, language_of
from guests.messaging.wording.shape import Words
from pms.audit.services import audit_record
from pms.kernel.actors import Actor
from pms.kernel.errors import Invalid
from pms.kernel.jobs import enqueue_in_tenant

logger = structlog.get_logger(__name__)

SEND = "guests.messaging.jobs.send"
BOUNCES = "Mail to this address came back before."


@transaction.atomic
def message_queue(
    *,
    kind: Kind,
    booking: Booking,
    subject_type: str,
    subject_code: str,
    actor: Actor,
    revision: str = "",
    reservation: Reservation | None = None,
    rooms: Sequence[Reservation] | None = None,
    special: Mapping[str, str] | None = None,
    language: str = "",
    attachments: Sequence[str] = (),
    told: Mapping[str, Any] | None = None,
) -> Message | None:
    """Write one mail down and have it sent after the commit; return it, or None when none is due.

    None is due when one was written for this kind, subject and revision before, the kind is switched off or not for this
    source, or nobody's address is known. `special` are this kind's own values in the reader's language. An address that
    bounced gets nothing: the message is written down as parked.
    """
    if not is_wanted(kind=kind, source=booking.source):
        return None
    recipient = recipient_of(kind=kind, booking=booking, reservation=reservation)
    same = {"kind": kind, "subject_type": subject_type, "subject_code": subject_code, "revision": revision}
    if not recipient or Message.objects.filter(**same).exists():
        return None
    wanted = language_for(kind=kind, booking=booking, reservation=reservation, wanted=language)
    letter = letter_of(
        kind=kind,
        booking=booking,
        rooms=reservations_of(booking) if rooms is None else rooms,
        language=wanted,
        special=special or {},
        reservation=reservation,
    )
    mail = mail_of(letter=letter, words=words_for(kind=kind, language=wanted))
    bounces = BouncingAddress.objects.filter(email=recipient.lower()).exists()
    row = Message(
        **same,
        property=booking.property,
        booking=booking,
        reservation=reservation,
        recipient=recipient,
        reply_to=booking.booker.email if kind in STAFF else booking.property.email,
        sender_name=letter.hotel[:120],
        language=wanted,
        attachments=list(attachments),
        told=dict(told or {}),
        status=MessageStatus.PARKED if bounces else MessageStatus.QUEUED,
        error=BOUNCES if bounces else "",
        **_parts(mail),
    )
    made = _insert(row)
    if made is not None:
        audit_record(
            action="message.queued",
            subject_type="booking",
            subject_code=booking.code,
            property_code=booking.property.code,
            actor=actor,
            changes={"kind": [None, kind.value], "status": [None, str(row.status)]},
        )
    return made


def words_for(*, kind: Kind, language: str) -> Words:
    """Return the organization's words for a kind in a language, else the built-in ones. One query."""
    own = MessageTemplate.objects.filter(kind=kind, language=language_of(language), is_active=True).first()
    return Words(own.subject, own.body) if own else built_in(kind, language)


@transaction.atomic
def test_send(*, kind: Kind, language: str, words: Words, recipient: str, actor: Actor) -> Message:
    """Have a sample of a mail sent to somebody of the staff. Raises Invalid `no_address`."""
    if not recipient:
        raise Invalid("no_address", "Your account has no e-mail address to send a test to.")
    letter = sample_letter(kind=kind, language=language)
    mail = mail_of(letter=letter, words=words)
    row = Message(
        kind=kind,
        subject_type="test",
        subject_code=str(uuid4()),
        recipient=recipient,
        sender_name=letter.hotel[:120],
        language=letter.language,
        **_parts(mail),
    )
    row.subject = f"[{labels(language)['test']}] {row.subject}"[:200]
    made = _insert(row)
    if made is None:
        raise RuntimeError("Two tests had the same number.")
    audit_record(
        action="message.tested",
        subject_type="message",
        subject_code=str(made.public_id),
        actor=actor,
        changes={"kind": [None, kind.value], "recipient": [None, recipient]},
    )
    return made


def _parts(mail: Mail) -> dict[str, Any]:
    return {"subject": mail.subject, "html": mail.html, "text": mail.text, "next_attempt_at": timezone.now()}


def _insert(row: Message) -> Message | None:
    """Write the row unless another worker was quicker with the same one."""
    Message.objects.bulk_create([row], ignore_conflicts=True)
    made = Message.objects.filter(public_id=row.public_id).first()
    if made is None:
        logger.info("message_written_already", kind=row.kind, subject=row.subject_code)
        return None
    if made.status == MessageStatus.QUEUED:
        enqueue_in_tenant(SEND, message_id=str(made.public_id))
    return made
