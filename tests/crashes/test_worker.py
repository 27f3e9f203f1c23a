"""The worker is killed while it settles or refunds: what it was at comes again, and is done once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.payments.models import Refund
from bookings.checkout.enums import State
from bookings.checkout.selectors import payments_of
from bookings.checkout.services import checkout_expire
from tests.crashes.certainty import taken_at
from tests.crashes.test_web import CHECKOUT, ended
from tests.house import TESTER, book

pytestmark = pytest.mark.django_db


def sold_to_others(premises, guest):
    """Let the guest's time run out, and sell the last doubles to others."""
    room = guest.checkout.booking.reservations.get()
    checkout_expire(checkout=guest.checkout, now=timezone.now() + timedelta(minutes=20), actor=TESTER)
    first, last = ((day - premises.house.property.business_date).days for day in (room.arrival, room.departure))
    for _ in range(3):
        book(premises.house, first, last)


def test_killed_while_it_settles(premises, guest):
    """The provider's message is handled, the booking is not confirmed: the sweep does it. The guest never returns."""
    address = guest.bank()
    with premises.holding(CHECKOUT.format(guest.checkout.token)):
        premises.sandbox.pay(address)
        premises.wait_for_waiting()
        premises.kill("worker")
        assert [payment.captured_minor for payment in payments_of(guest.checkout)] == [20_000]
    ended(premises, guest, State.BOOKED, sent=1)


def test_killed_while_it_refunds_what_came_too_late(premises, guest):
    """The provider is at the refund when the worker dies: one refund, all of it."""
    address = guest.bank()
    sold_to_others(premises, guest)
    premises.wait_until_idle()
    premises.sandbox.fault("hang", method="POST", path_prefix="/v1/refunds", seconds=2)
    premises.sandbox.pay(address)
    premises.sandbox.wait_for_fault()
    premises.kill("worker")
    ended(premises, guest, State.REFUNDED, sent=0)
    (payment,) = payments_of(guest.checkout)
    assert taken_at(premises)[payment.provider_payment_id] == (20_000, 20_000)
    assert Refund.objects.filter(payment=payment).count() == 1
