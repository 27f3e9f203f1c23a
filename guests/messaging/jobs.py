"""Hearing events, sending what is due, and what the calendar asks for. The queue only wakes; the rows say what is due."""

from datetime import datetime, time, timedelta

import structlog
from django.db.models import F, QuerySet
from django.utils import timezone

from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.messaging.enums import DUE, Kind, MessageStatus
from guests.messaging.listening import heard, of_stay
from guests.messaging.models import Message
from guests.messaging.sending import hand_over
from guests.messaging.services.queueing import SEND
from pms.events.models import OutboxEvent
from pms.kernel.dates import local_instant
from pms.kernel.jobs import crowded, enqueue_in_tenant
from pms.kernel.retrying import retry_at
from pms.properties.models import Property

logger = structlog.get_logger(__name__)

#: While a message is being sent nobody else tries it. Longer than a job may take (settings.RQ_QUEUES).
LEASE = timedelta(minutes=6)
#: What the queue has not brought by then is enqueued again.
GRACE = timedelta(seconds=30)
SWEEP_LIMIT = 500
#: The first attempt and three retries.
MAX_ATTEMPTS = 4
#: When the house writes to somebody who has left, on its own clocks, and how many days after the departure.
POST_STAY_TIME, POST_STAY_DAYS = time(10, 0), 2
#: An organization that was away for longer does not catch up.
POST_STAY_UNTIL_DAYS = 7


def hear(event_id: str) -> None:
    """Write the mails that an event asks for."""
    event = OutboxEvent.objects.filter(public_id=event_id).first()
    if event is None:
        logger.warning("event_gone", event_id=event_id)
        return
    heard(event)


def send(message_id: str) -> bool:
    """Send one message; return whether it is sent now. Nothing happens when it is done, not due or under way elsewhere.

    The claim is a conditional update; the mail goes out after it has committed, so that no transaction waits for a mail
    server. Killed in between, the message is sent again after LEASE, with the same Message-ID: at least once.
    """
    now = timezone.now()
    claimed = Message.objects.filter(public_id=message_id, status__in=DUE, next_attempt_at__lte=now).update(
        status=MessageStatus.SENDING, attempts=F("attempts") + 1, next_attempt_at=now + LEASE
    )
    if not claimed:
        return False
    message = Message.objects.select_related("booking__property", "booking__booker").get(public_id=message_id)
    try:
        provider_id = hand_over(message)
    except Exception as error:  # noqa: BLE001 - whatever a mail server does wrong is its message's error
        _failed(message, error)
        return False
    mine = Message.objects.filter(pk=message.pk, attempts=message.attempts)
    # A provider that was quicker than we are has told of a bounce already: that stays.
    mine.filter(status=MessageStatus.SENDING).update(status=MessageStatus.SENT, sent_at=timezone.now(), error="")
    mine.update(provider_id=provider_id)
    return True


def sweep() -> int:
    """Enqueue again what is due and did not come; return how many. Makes good whatever the queue lost."""
    if crowded():
        return 0
    overdue = Message.objects.filter(status__in=DUE, next_attempt_at__lte=timezone.now() - GRACE).order_by("pk")
    due = list(overdue.values_list("public_id", flat=True)[:SWEEP_LIMIT])
    for public_id in due:
        enqueue_in_tenant(SEND, message_id=str(public_id))
    return len(due)


def write_by_the_calendar() -> int:
    """Write to those who arrive in one to two days, and to those who left two days ago; return how many mails."""
    now, written = timezone.now(), 0
    for place in Property.objects.all():
        for row in arriving(place=place, now=now):
            written += of_stay(Kind.PRE_ARRIVAL, row, revision=row.arrival.isoformat())
        for row in departed(place=place, now=now):
            written += of_stay(Kind.POST_STAY, row)
    return written


def arriving(*, place: Property, now: datetime) -> list[Reservation]:
    """Return confirmed stays whose check-in is between one and two days away by the property's clocks (T5, T6).

    Who booked within these two days had the confirmation a moment ago.
    """
    today = now.astimezone(place.zone).date()
    near = _stays(place).filter(status=Status.CONFIRMED, arrival__gte=today, arrival__lte=today + timedelta(days=3))
    return [row for row in near if _window(row)[0] <= now < _window(row)[1] and row.made_at < _window(row)[0]]


def departed(*, place: Property, now: datetime) -> list[Reservation]:
    """Return stays that ended two days ago by the property's clocks, at ten in the morning or later."""
    today = now.astimezone(place.zone).date()
    gone = _stays(place).filter(
        status__in=[Status.CHECKED_OUT, Status.COMPLETED], departure__gte=today - timedelta(days=POST_STAY_UNTIL_DAYS)
    )
    after = timedelta(days=POST_STAY_DAYS)
    return [row for row in gone if local_instant(row.departure + after, POST_STAY_TIME, place.zone) <= now]


def _stays(place: Property) -> QuerySet[Reservation]:
    related = ("booking__property", "booking__booker", "guest", "property", "room_type", "rate_plan")
    return Reservation.objects.filter(property=place).select_related(*related).order_by("pk")


def _window(row: Reservation) -> tuple[datetime, datetime]:
    place = row.property
    first, last = row.arrival - timedelta(days=2), row.arrival - timedelta(days=1)
    return (
        local_instant(first, place.check_in_time, place.zone),
        local_instant(last, place.check_in_time, place.zone),
    )


def _failed(message: Message, error: Exception) -> None:
    now = timezone.now()
    parked = message.attempts >= MAX_ATTEMPTS
    Message.objects.filter(pk=message.pk, status=MessageStatus.SENDING, attempts=message.attempts).update(
        status=MessageStatus.PARKED if parked else MessageStatus.FAILED,
        error=f"{type(error).__name__}: {error}"[:2000],
        next_attempt_at=retry_at(attempts=message.attempts, now=now),
    )
    logger.warning(
        "mail_parked" if parked else "mail_failed",
        message=str(message.public_id),
        attempts=message.attempts,
        exc_info=error,
    )
