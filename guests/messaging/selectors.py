"""Messages and questions read."""

from collections.abc import Collection

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from bookings.reservations.models import Booking
from guests.messaging.enums import MessageStatus
from guests.messaging.models import Message, Question
from pms.inbox.services import endpoint_open

#: The columns that may be large are left out of lists.
HEAVY = ("html", "text")


def messages_of(*, booking: Booking) -> QuerySet[Message]:
    """Return what was written about a booking, newest first, without its contents."""
    return Message.objects.filter(booking=booking).defer(*HEAVY)


def parked_messages() -> QuerySet[Message]:
    """Return what was given up or came back, newest first, without its contents."""
    return Message.objects.filter(status__in=[MessageStatus.PARKED, MessageStatus.BOUNCED]).defer(*HEAVY)


def questions_of(*, booking: Booking) -> QuerySet[Question]:
    """Return a booking's questions, newest first."""
    return Question.objects.filter(booking=booking)


def open_questions(*, property_ids: Collection[int]) -> QuerySet[Question]:
    """Return questions that wait for an answer at these properties, the oldest first, with booking and booker."""
    rows = Question.objects.filter(answered_at=None, booking__property__in=property_ids)
    return rows.select_related("booking__booker", "booking__property").order_by("asked_at", "pk")


def bounce_url() -> str:
    """Return the address that the mail provider reports bounces to; it is opened at the first call."""
    endpoint = endpoint_open(provider="mail", account="mail")
    path = reverse("inbox:hook", args=["mail", endpoint.token], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
    return f"{settings.PUBLIC_SCHEME}://{settings.BASE_DOMAIN}{port}{path}"
