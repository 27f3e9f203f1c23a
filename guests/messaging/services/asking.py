"""Questions of guests: kept until somebody says that they are answered."""

from django.db import transaction
from django.utils import timezone

from bookings.reservations.models import Booking
from guests.messaging.models import Question
from pms.audit.services import audit_record
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.errors import Conflict, Invalid, Missing
from pms.kernel.locking import lock_one
from pms.kernel.text import clean_text

LONGEST = 4_000
#: How many questions of one booking may wait: a link in the wrong hands must not fill the house's mailbox.
MOST_OPEN = 10


@transaction.atomic
def question_ask(*, booking: Booking, text: str, actor: Actor) -> Question:
    """Keep a guest's question; the house and the guest are written to. Locks the booking.

    Publishes `guest.question`. Raises Invalid `text_missing`, `bad_character`, `text_too_long`; Conflict
    `too_many_questions`; Missing `no_such_booking`.
    """
    asked = clean_text(text, field="text", most=LONGEST)
    if not asked:
        raise Invalid("text_missing", "Write your question first.", field="text")
    row = lock_one(Booking.objects.filter(pk=booking.pk).select_related("property"))
    if row is None:
        raise Missing("no_such_booking", "There is no such booking.")
    if Question.objects.filter(booking=row, answered_at=None).count() >= MOST_OPEN:
        raise Conflict("too_many_questions", "Your last questions still wait for an answer. Please call us instead.")
    question = Question.objects.create(booking=row, text=asked, asked_at=timezone.now(), asked_by=actor.label[:160])
    audit_record(
        action="question.asked",
        subject_type="booking",
        subject_code=row.code,
        property_code=row.property.code,
        actor=actor,
        changes={"question": [None, str(question.code)]},
    )
    event_publish(
        kind="guest.question",
        subject_type="booking",
        subject_code=row.code,
        payload={"booking": row.code, "property": row.property.code, "question": str(question.code)},
    )
    return question


@transaction.atomic
def question_answer(*, question: Question, actor: Actor) -> Question:
    """Mark a question as answered; idempotent. Locks the question. Raises Missing `no_such_question`."""
    row = lock_one(Question.objects.filter(pk=question.pk).select_related("booking__property"))
    if row is None:
        raise Missing("no_such_question", "There is no such question.")
    if row.answered_at is not None:
        return row
    row.answered_at, row.answered_by = timezone.now(), actor.label[:160]
    row.save(update_fields=["answered_at", "answered_by"])
    audit_record(
        action="question.answered",
        subject_type="booking",
        subject_code=row.booking.code,
        property_code=row.booking.property.code,
        actor=actor,
        changes={"question": [None, str(row.code)]},
    )
    return row
