"""Which fact becomes which mail, for whom, and how often."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bookings.lifecycle.services import (
    RoomRequest,
    booking_create,
    reservation_cancel,
    reservation_confirm,
    reservation_modify,
)
from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from bookings.reservations.models import Booking
from guests.messaging.enums import Kind, MessageStatus
from guests.messaging.models import BouncingAddress, Message, MessageSwitch, MessageTemplate
from guests.messaging.services import question_ask
from guests.profiles.services import GuestDetails
from pms.kernel.actors import Actor, ActorKind
from tests.conftest import TODAY
from tests.guests.messaging.conftest import kinds, publish
from tests.house import House

GRETA = Actor(kind=ActorKind.GUEST, label="Greta Lindqvist")
Hear = Callable[[], list[Message]]


def booked(
    house: House, *, rooms: int = 1, email: str = "greta@example.test", language: str = "", **more: Any
) -> Booking:
    wish = RoomRequest(house.double, house.rate_plan, TODAY + timedelta(days=10), TODAY + timedelta(days=12))
    more.setdefault("source", Source.DIRECT_WEB)
    booker = GuestDetails(first_name="Greta", last_name="Lindqvist", email=email, language=language)
    return booking_create(property=house.property, rooms=[wish] * rooms, booker=booker, actor=GRETA, **more)


def test_booking_of_two_rooms_is_one_confirmation_and_one_notice(house: House, hear_all: Hear) -> None:
    booking = booked(house, rooms=2)
    guest, staff = hear_all()
    assert (guest.kind, guest.recipient, guest.reply_to) == (
        Kind.CONFIRMATION,
        "greta@example.test",
        "desk@casa.example",
    )
    assert (staff.kind, staff.recipient, staff.reply_to) == (
        Kind.STAFF_BOOKING,
        "desk@casa.example",
        "greta@example.test",
    )
    assert booking.code in guest.subject
    assert guest.text.count("Double") == 2
    assert "/manage/" in guest.html
    assert "/manage/" not in staff.html
    assert guest.attachments == ["confirmation", "calendar"]


def test_the_same_events_again_make_no_mail_more(house: House, hear_all: Hear) -> None:
    booked(house)
    assert len(hear_all()) == len(hear_all()) == 2


@pytest.mark.parametrize(("language", "word"), [("lt", "patvirtintas"), ("de-AT", "bestätigt"), ("fr", "confirmed")])
def test_guest_is_written_to_in_their_language(house: House, hear_all: Hear, language: str, word: str) -> None:
    booked(house, language=language)
    assert word in hear_all()[0].subject


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (Source.PHONE, ["confirmation"]),
        (Source.BOOKING_COM, []),
        (Source.WALK_IN, []),
    ],
)
def test_who_hears_of_the_booking_elsewhere_is_not_written_to(
    house: House, hear_all: Hear, source: Source, expected: list[str]
) -> None:
    booked(house, source=source)
    assert kinds(hear_all()) == expected


def test_nobody_without_an_address_is_written_to(house: House, hear_all: Hear) -> None:
    booked(house, email="", source=Source.PHONE)
    assert hear_all() == []


def test_booking_brought_in_from_elsewhere_is_not_confirmed_again(house: House, hear_all: Hear) -> None:
    booked(house, made_at=timezone.now() - timedelta(days=30), source=Source.PHONE)
    assert hear_all() == []


def test_kind_that_is_switched_off_is_not_sent(house: House, hear_all: Hear) -> None:
    MessageSwitch.objects.create(kind=Kind.CONFIRMATION, is_active=False)
    booked(house)
    assert kinds(hear_all()) == ["staff_booking"]


def test_option_is_confirmed_when_no_room_of_it_waits(house: House, hear_all: Hear) -> None:
    booking = booked(house, rooms=2, status=Status.HOLD, hold_minutes=15)
    one, two = booking.reservations.all()
    assert hear_all() == []
    reservation_confirm(reservation=one, actor=GRETA)
    assert hear_all() == []
    reservation_confirm(reservation=two, actor=GRETA)
    assert kinds(hear_all()) == ["confirmation", "staff_booking"]


def test_change_that_the_guest_sees_is_told_once(house: House, hear_all: Hear, actor: Actor) -> None:
    row = booked(house, source=Source.PHONE).reservations.get()
    hear_all()
    reservation_modify(reservation=row, departure=row.departure + timedelta(days=1), actor=actor)
    hear_all()
    messages = hear_all()
    assert kinds(messages) == ["confirmation", "modification"]
    assert "3" in messages[-1].text


def test_several_changes_before_the_mail_are_one_mail(house: House, hear_all: Hear, actor: Actor) -> None:
    row = booked(house, source=Source.PHONE).reservations.get()
    hear_all()
    for days in (1, 2):
        row = reservation_modify(reservation=row, departure=TODAY + timedelta(days=12 + days), actor=actor)
    assert kinds(hear_all()) == ["confirmation", "modification"]


def test_cancelling_by_the_guest_is_told_to_both(house: House, hear_all: Hear) -> None:
    row = booked(house, source=Source.PHONE).reservations.get()
    hear_all()
    reservation_cancel(reservation=row, reason="Ill", actor=GRETA)
    hear_all()
    assert kinds(hear_all()) == ["cancellation", "confirmation", "staff_cancellation"]


def test_cancelling_by_the_desk_needs_no_notice(house: House, hear_all: Hear, actor: Actor) -> None:
    row = booked(house, source=Source.PHONE).reservations.get()
    hear_all()
    reservation_cancel(reservation=row, reason="Ill", actor=actor)
    messages = hear_all()
    assert kinds(messages) == ["cancellation", "confirmation"]
    assert messages[-1].attachments == ["calendar"]


def test_two_rooms_cancelled_one_after_the_other_are_each_told(house: House, hear_all: Hear, actor: Actor) -> None:
    one, two = booked(house, rooms=2, source=Source.PHONE).reservations.all()
    hear_all()
    for row in (one, two):
        reservation_cancel(reservation=row, reason="Ill", actor=actor)
        hear_all()
    told = [message.told["cancelled"] for message in Message.objects.filter(kind=Kind.CANCELLATION).order_by("pk")]
    assert [list(each) for each in told] == [[one.code], [two.code]]


def test_option_that_ends_is_not_told_as_a_cancellation(house: House, hear_all: Hear, actor: Actor) -> None:
    row = booked(house, status=Status.HOLD, hold_minutes=15).reservations.get()
    reservation_cancel(reservation=row, reason="No", actor=actor)
    assert hear_all() == []


def test_address_that_bounced_gets_nothing(house: House, hear_all: Hear) -> None:
    BouncingAddress.objects.create(email="greta@example.test", since=timezone.now())
    booked(house, source=Source.PHONE)
    (message,) = hear_all()
    assert message.status == MessageStatus.PARKED


def test_the_organizations_own_words_are_sent(house: House, hear_all: Hear) -> None:
    MessageTemplate.objects.create(kind=Kind.CONFIRMATION, language="en", subject="Oi {{first_name}}", body="{{stay}}")
    booked(house, source=Source.PHONE)
    assert hear_all()[0].subject == "Oi Greta"


def test_checkout_left_alone_is_reminded_of_in_its_language(house: House, hear_all: Hear) -> None:
    booking = booked(house, status=Status.HOLD, hold_minutes=15)
    publish("checkout.abandoned", booking, checkout="tok", path="/lt/booking/checkout/tok/", language="lt")
    hear_all()
    (message,) = hear_all()
    assert (message.kind, message.language) == (Kind.ABANDONED, "lt")
    assert "hotel-a.localhost" in message.html
    assert "/lt/booking/checkout/tok/" in message.html


def test_lost_room_is_told_to_both_with_the_amount(house: House, hear_all: Hear) -> None:
    booking = booked(house, status=Status.HOLD, hold_minutes=15)
    publish("checkout.room_lost", booking, amount_minor=20_000, currency="EUR", language="de")
    guest, staff = hear_all()
    assert "200,00\N{NO-BREAK SPACE}€" in guest.text
    assert "€200.00" in staff.text


def test_link_goes_to_the_address_of_the_booking_each_time_it_is_asked_for(house: House, hear_all: Hear) -> None:
    booking = booked(house, source=Source.BOOKING_COM)
    publish("booking.link_asked", booking)
    publish("booking.link_asked", booking)
    hear_all()
    assert [(message.kind, message.recipient) for message in hear_all()] == [("link", "greta@example.test")] * 2


def test_question_reaches_the_house_and_is_acknowledged(house: House, hear_all: Hear) -> None:
    booking = booked(house, source=Source.PHONE)
    hear_all()
    question_ask(booking=booking, text="May I bring <b>my dog</b>?", actor=GRETA)
    hear_all()
    *_, staff, guest = hear_all()
    assert (staff.kind, staff.reply_to, guest.kind) == ("staff_question", "greta@example.test", "question_received")
    assert "May I bring &lt;b&gt;my dog" in staff.html


def test_events_about_nothing_we_know_are_left_alone(house: House, hear_all: Hear) -> None:
    from pms.events.services import event_publish

    event_publish(kind="reservation.created", subject_type="reservation", subject_code="GONE")
    event_publish(kind="checkout.abandoned", subject_type="booking", subject_code="GONE", payload={"booking": "GONE"})
    event_publish(kind="guest.question", subject_type="booking", subject_code="GONE", payload={})
    assert hear_all() == []
