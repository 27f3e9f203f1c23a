"""Mails about money, about being here, and about being here no more; and two workers that hear the same."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from billing.folios.services import main_folio
from billing.payments.models import PaymentIntent
from billing.payments.services import accounts_by_hand_ensure, payment_take_manual
from bookings.lifecycle.services import (
    RoomRequest,
    booking_create,
    reservation_cancel,
    reservation_check_in,
    reservation_reinstate,
)
from bookings.rates.enums import Source
from bookings.reservations.models import Reservation
from guests.messaging.enums import Kind
from guests.messaging.models import Message
from guests.profiles.services import GuestDetails
from pms.events.models import OutboxEvent
from pms.events.services import event_publish
from pms.kernel.actors import Actor
from pms.kernel.jobs import run_in_tenant
from pms.kernel.money import Money
from tests.conftest import TODAY
from tests.guests.messaging.conftest import kinds
from tests.guests.messaging.test_listening import booked
from tests.house import TESTER, House

Hear = Callable[[], list[Message]]


def paid(house: House, row: Reservation, method: str) -> PaymentIntent:
    folio = main_folio(reservation=row)
    accounts = accounts_by_hand_ensure(entity=folio.entity, actor=TESTER)
    account = next(account for account in accounts if account.method == method)
    return payment_take_manual(folio=folio, account=account, amount=Money(5_000, "EUR"), actor=TESTER)


@pytest.mark.parametrize(("method", "written"), [("transfer", 1), ("cash", 0), ("terminal", 0)])
def test_payment_is_acknowledged_unless_it_was_taken_at_the_desk(
    house: House, hear_all: Hear, method: str, written: int
) -> None:
    row = booked(house, source=Source.PHONE).reservations.get()
    paid(house, row, method)
    hear_all()
    messages = Message.objects.filter(kind=Kind.PAYMENT_RECEIVED)
    assert len(messages) == written
    assert all("€50.00" in message.text and "€150.00" in message.text for message in messages)


def test_who_paid_too_much_is_told_what_goes_back_and_staff_how_much_it_was(house: House, hear_all: Hear) -> None:
    row = booked(house, source=Source.PHONE).reservations.get()
    payment = paid(house, row, "cash")
    facts = {"booking": row.booking.code, "over_minor": 5_000, "returned_minor": 3_000}
    event_publish(kind="payment.overpaid", subject_type="payment", subject_code=str(payment.code), payload=facts)
    hear_all()
    assert kinds(hear_all()) == ["confirmation", "overpaid", "staff_overpaid"]
    assert "€30.00" in Message.objects.get(kind=Kind.OVERPAID).text
    staff = Message.objects.get(kind=Kind.STAFF_OVERPAID).text
    assert ("€50.00" in staff, "€30.00" in staff) == (True, True)


def test_staff_hear_of_money_that_does_not_go_back_by_itself(house: House, hear_all: Hear) -> None:
    row = booked(house, source=Source.PHONE).reservations.get()
    payment = paid(house, row, "cash")
    left = {"booking": row.booking.code, "reservation": row.code, "amount_minor": 5_000, "currency": "EUR"}
    event_publish(kind="booking.refund_left", subject_type="booking", subject_code=row.booking.code, payload=left)
    for kind, minor in (("refund_failed", 1_250), ("refund_parked", 750)):
        facts = {"refund_minor": minor, "currency": "EUR", "code": "charge_disputed"}
        event_publish(kind=f"payment.{kind}", subject_type="payment", subject_code=str(payment.code), payload=facts)
    hear_all()
    hear_all()
    texts = Message.objects.filter(kind=Kind.STAFF_REFUND_LEFT).order_by("pk").values_list("text", flat=True)
    assert [money for money, text in zip(("€50.00", "€12.50", "€7.50"), texts, strict=True) if money in text] == [
        "€50.00",
        "€12.50",
        "€7.50",
    ]
    assert ["charge_disputed" in text for text in texts] == [False, True, True]


def test_failed_payment_is_told_to_both_with_its_reason(house: House, hear_all: Hear) -> None:
    row = booked(house, source=Source.PHONE).reservations.get()
    payment = paid(house, row, "cash")
    facts = {"amount_minor": 5_000, "currency": "EUR", "code": "card_declined"}
    event_publish(kind="payment.failed", subject_type="payment", subject_code=str(payment.code), payload=facts)
    hear_all()
    assert kinds(hear_all()) == ["confirmation", "payment_failed", "staff_payment_failed"]
    assert "card_declined" in Message.objects.get(kind=Kind.STAFF_PAYMENT_FAILED).text
    assert "card_declined" not in Message.objects.get(kind=Kind.PAYMENT_FAILED).text


@pytest.mark.parametrize(("kind", "expected"), [("due", Kind.PAYMENT_DUE), ("overdue", Kind.PAYMENT_OVERDUE)])
def test_what_is_due_is_reminded_of_once_for_each_day_it_was_due_on(
    house: House, hear_all: Hear, kind: str, expected: Kind
) -> None:
    row = booked(house, source=Source.PHONE, language="de").reservations.get()
    facts = {"step": "deposit", "due_on": "2026-11-25", "open_minor": 5_000, "currency": "EUR"}
    for due_on in ("2026-11-25", "2026-11-25", "2026-11-26"):
        payload = facts | {"due_on": due_on}
        event_publish(kind=f"payment.{kind}", subject_type="reservation", subject_code=row.code, payload=payload)
    hear_all()
    found = list(Message.objects.filter(kind=expected).order_by("pk"))
    assert len(found) == 2
    assert "25. November 2026" in found[0].text
    assert "50,00\N{NO-BREAK SPACE}€" in found[0].text


def here(house: House, source: Source = Source.PHONE) -> Reservation:
    booking = booking_create(
        property=house.property,
        rooms=[RoomRequest(house.double, house.rate_plan, TODAY, TODAY + timedelta(days=2))],
        booker=GuestDetails(first_name="Greta", last_name="Lindqvist", email="greta@example.test"),
        source=source,
        actor=TESTER,
    )
    return reservation_check_in(reservation=booking.reservations.get(), actor=TESTER, override_reason="Late")


def test_who_checks_in_is_welcomed_with_the_room(house: House, hear_all: Hear, time_machine: Any) -> None:
    time_machine.move_to("2026-11-20T16:00:00Z", tick=False)
    here(house)
    hear_all()
    welcome = Message.objects.get(kind=Kind.WELCOME)
    assert "Your room is 101." in welcome.text
    assert kinds(hear_all()) == ["welcome"]


def test_check_in_written_down_days_later_welcomes_nobody(house: House, hear_all: Hear) -> None:
    row = here(house)
    event = OutboxEvent.objects.get(kind="reservation.checked_in", subject_code=row.code)
    event.at += timedelta(days=9)
    from guests.messaging.listening import heard

    heard(event)
    assert not Message.objects.filter(kind=Kind.WELCOME).exists()


def test_reinstated_stay_is_told_of(house: House, hear_all: Hear, actor: Actor) -> None:
    row = booked(house, source=Source.PHONE).reservations.get()
    hear_all()
    reservation_cancel(reservation=row, reason="Ill", actor=actor)
    hear_all()
    reservation_reinstate(reservation=row, reason="Well again", actor=actor)
    hear_all()
    assert kinds(hear_all()) == ["cancellation", "confirmation", "modification"]


@pytest.mark.django_db(transaction=True)
def test_workers_that_hear_the_same_event_at_once_write_one_mail(house: House, hotel_a: Any) -> None:
    booked(house, source=Source.PHONE)
    event = OutboxEvent.objects.get(kind="reservation.created")
    failed: list[BaseException] = []

    def work() -> None:
        try:
            run_in_tenant("guests.messaging.jobs.hear", "hotel_a", {"event_id": str(event.public_id)})
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    connection.set_tenant(hotel_a)
    assert Message.objects.count() == 1


def test_a_stay_that_was_brought_in_is_not_dunned_by_mail(house: House, hear_all: Hear) -> None:
    row = booked(house, source=Source.PHONE).reservations.get()
    row.pk, row.code = None, "BROUGHTIN"
    row.save(force_insert=True)
    facts = {"step": "deposit", "due_on": "2026-11-25", "open_minor": 5_000, "currency": "EUR"}
    event_publish(kind="payment.overdue", subject_type="reservation", subject_code=row.code, payload=facts)
    hear_all()
    assert not Message.objects.filter(kind=Kind.PAYMENT_OVERDUE).exists()
