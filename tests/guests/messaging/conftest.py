"""What the tests of mails begin with: a house with an address, one booking, events heard as the relay would bring them."""

from collections.abc import Callable
from typing import Any

import pytest

from bookings.reservations.models import Booking
from guests.messaging.jobs import hear
from guests.messaging.listening import LISTENERS
from guests.messaging.models import Message
from pms.events.models import OutboxEvent
from tests.house import House


@pytest.fixture
def house(property_a: House) -> House:
    """Casa Lisboa with an address to write to."""
    place = property_a.property
    place.email, place.phone, place.street, place.city = "desk@casa.example", "+351 21 000", "Rua Augusta 1", "Lisboa"
    place.house_rules = "No smoking."
    place.save()
    return property_a


@pytest.fixture
def hear_all() -> Callable[[], list[Message]]:
    """Hear every event that was written, in order, as often as asked; return the messages there are, oldest first."""

    def hear_them() -> list[Message]:
        for event in OutboxEvent.objects.filter(kind__in=LISTENERS).order_by("pk"):
            hear(event_id=str(event.public_id))
        return list(Message.objects.order_by("pk"))

    return hear_them


def kinds(messages: list[Message]) -> list[str]:
    """Return the kinds of messages, sorted."""
    return sorted(message.kind for message in messages)


def publish(kind: str, booking: Booking, **payload: Any) -> OutboxEvent:
    """Publish a fact about a booking, as the checkout and the portal do."""
    from pms.events.services import event_publish

    return event_publish(
        kind=kind, subject_type="booking", subject_code=booking.code, payload={"booking": booking.code, **payload}
    )
