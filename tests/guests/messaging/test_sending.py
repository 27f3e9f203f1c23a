"""Sending: claimed once, tried four times, parked, replayed; killed in the middle it comes again with the same id."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone
from icalendar import Calendar

from bookings.lifecycle.services import reservation_cancel
from bookings.reservations.models import Booking
from guests.messaging.calendars import calendar_of
from guests.messaging.enums import MessageStatus
from guests.messaging.jobs import LEASE, MAX_ATTEMPTS, send, sweep
from guests.messaging.models import BouncingAddress, Message
from guests.messaging.papers import confirmation_pdf
from guests.messaging.services import bounce_take, message_replay
from pms.kernel.actors import Actor
from tests.guests.messaging.test_listening import booked
from tests.house import TESTER, House
from tests.workers import kill_tree, worker_start

BROKEN = "tests.guests.messaging.test_sending.BrokenBackend"
Hear = Callable[[], list[Message]]


class BrokenBackend:
    """A mail server that is away."""

    def __init__(self, **options: Any) -> None:
        """Take whatever Django gives."""

    def send_messages(self, messages: list[Any]) -> int:
        """Fail."""
        raise ConnectionRefusedError("Nobody answers.")


@pytest.fixture
def message(house: House, hear_all: Hear) -> Message:
    booked(house, source="phone", language="de")
    return hear_all()[0]


def again(message: Message) -> Message:
    message.refresh_from_db()
    return message


def test_mail_has_text_html_paper_and_calendar(message: Message) -> None:
    assert send(message_id=str(message.public_id))
    (sent,) = mail.outbox
    assert sent.to == ["greta@example.test"]
    assert sent.from_email == "Casa Lisboa <noreply@innkeep.test>"
    assert sent.reply_to == ["desk@casa.example"]
    assert sent.extra_headers["Message-ID"] == f"<{message.public_id}@hotel-a.localhost>"
    assert [kind for _, kind in sent.alternatives] == ["text/html"]
    (paper, pdf, _), (calendar, _, kind) = sent.attachments
    assert (paper.endswith(".pdf"), pdf[:5], calendar.endswith(".ics")) == (True, b"%PDF-", True)
    assert kind.startswith("text/calendar")
    assert (again(message).status, message.attempts) == (MessageStatus.SENT, 1)
    assert message.provider_id == f"<{message.public_id}@hotel-a.localhost>"


def test_message_is_sent_once_however_often_the_queue_brings_it(message: Message) -> None:
    assert [send(message_id=str(message.public_id)) for _ in range(3)] == [True, False, False]
    assert len(mail.outbox) == 1


def test_server_that_is_away_is_tried_four_times_then_parked(
    message: Message, settings: Any, time_machine: Any
) -> None:
    settings.EMAIL_BACKEND = BROKEN
    waits = []
    time_machine.move_to(timezone.now(), tick=False)
    for _ in range(MAX_ATTEMPTS):
        assert not send(message_id=str(message.public_id))
        waits.append((again(message).next_attempt_at - timezone.now()).total_seconds())
        time_machine.move_to(message.next_attempt_at, tick=False)
    assert (message.status, message.attempts) == (MessageStatus.PARKED, 4)
    assert message.error == "ConnectionRefusedError: Nobody answers."
    assert waits == sorted(waits)
    assert not send(message_id=str(message.public_id))


def test_parked_message_is_replayed(message: Message, settings: Any, actor: Actor) -> None:
    Message.objects.filter(pk=message.pk).update(status=MessageStatus.PARKED, attempts=4)
    BouncingAddress.objects.create(email=message.recipient, since=timezone.now())
    message_replay(message=again(message), actor=actor)
    assert send(message_id=str(message.public_id))
    assert (again(message).attempts, BouncingAddress.objects.count()) == (1, 0)
    assert message_replay(message=message, actor=actor).status == MessageStatus.SENT


def test_message_under_way_elsewhere_is_left_alone_until_its_lease_ends(message: Message, time_machine: Any) -> None:
    Message.objects.filter(pk=message.pk).update(
        status=MessageStatus.SENDING, attempts=1, next_attempt_at=timezone.now() + LEASE
    )
    assert not send(message_id=str(message.public_id))
    assert sweep() == 0
    time_machine.move_to(timezone.now() + LEASE + timedelta(minutes=1), tick=False)
    assert sweep() == 1
    assert send(message_id=str(message.public_id))
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_worker_killed_while_it_sends_loses_nothing(house: House, hear_all: Hear, tmp_path: Path) -> None:
    booked(house, source="phone")
    (message,) = hear_all()
    mark = tmp_path / "sending"
    worker = worker_start(
        f"""
        import django, pathlib, time
        django.setup()
        from django.core.mail import EmailMultiAlternatives
        def hang(self, *given, **named):
            pathlib.Path({str(mark)!r}).touch()
            time.sleep(60)
        EmailMultiAlternatives.send = hang
        from pms.kernel.jobs import run_in_tenant
        run_in_tenant("guests.messaging.jobs.send", "hotel_a", {{"message_id": {str(message.public_id)!r}}})
        """
    )
    try:
        deadline = time.monotonic() + 60
        while not mark.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert mark.exists()
    finally:
        kill_tree(worker)
    assert again(message).status == MessageStatus.SENDING
    assert not send(message_id=str(message.public_id))
    Message.objects.filter(pk=message.pk).update(next_attempt_at=timezone.now() - timedelta(minutes=1))
    assert sweep() == 1
    assert send(message_id=str(message.public_id))
    assert (again(message).status, message.attempts) == (MessageStatus.SENT, 2)
    assert mail.outbox[0].extra_headers["Message-ID"] == f"<{message.public_id}@hotel-a.localhost>"


def test_bounce_marks_message_and_address_once(message: Message) -> None:
    send(message_id=str(message.public_id))
    facts = {"provider_id": again(message).provider_id, "public_id": "", "recipient": "GRETA@example.test"}
    assert len(bounce_take(**facts, reason="550 unknown", actor=TESTER)) == 1
    assert bounce_take(**facts, reason="550 unknown", actor=TESTER) == []
    assert (again(message).status, message.error) == (MessageStatus.BOUNCED, "550 unknown")
    assert BouncingAddress.objects.get().email == "greta@example.test"


def test_bounce_of_an_address_we_never_wrote_to_silences_nobody(message: Message) -> None:
    named = {"provider_id": "", "public_id": str(message.public_id)}
    assert bounce_take(**named, recipient="olivia@example.test", reason="550", actor=TESTER) == []
    assert BouncingAddress.objects.count() == 0


def events(booking: Booking, language: str = "en") -> list[Any]:
    return list(Calendar.from_ical(calendar_of(booking=booking, language=language)).walk("VEVENT"))


def test_calendar_keeps_its_uid_and_counts_its_versions(house: House, actor: Actor) -> None:
    booking = booked(house)
    (before,) = events(booking)
    assert before["DTSTART"].dt.isoformat() == "2026-11-30T15:00:00+00:00"
    assert before["DTSTART"].params["TZID"] == "Europe/Lisbon"
    assert before["DTEND"].dt.isoformat() == "2026-12-02T11:00:00+00:00"
    reservation_cancel(reservation=booking.reservations.get(), reason="Ill", actor=actor)
    (after,) = events(booking)
    assert (before["STATUS"], after["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert before["UID"] == after["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    calendar = Calendar.from_ical(calendar_of(booking=booking, language="lt"))
    assert (calendar["METHOD"], len(calendar.walk("VTIMEZONE"))) == ("PUBLISH", 1)
    assert str(calendar.walk("VEVENT")[0]["SUMMARY"]) == "Viešnagė: Casa Lisboa"


def test_paper_is_in_the_guests_language(house: House) -> None:
    from io import BytesIO

    from pypdf import PdfReader

    booking = booked(house)
    text = PdfReader(BytesIO(confirmation_pdf(booking=booking, language="de"))).pages[0].extract_text()
    assert "Buchungsbestätigung" in text
    assert booking.code in text
    assert "200,00" in text


def test_other_organization_neither_sees_nor_sends_it(message: Message, hotel_b: Any) -> None:
    connection.set_tenant(hotel_b)
    assert not send(message_id=str(message.public_id))
    assert Message.objects.count() == 0
    assert mail.outbox == []
