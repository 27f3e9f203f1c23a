"""Redis forgets everything, PostgreSQL dies in the middle of a transaction: nothing is half done, and guests are told calmly."""

import httpx
import pytest
from django.db import connection

from bookings.checkout.enums import State
from bookings.checkout.selectors import payments_of
from pms.inbox.models import InboundMessage
from tests.crashes.guests import meanwhile
from tests.crashes.test_web import CHECKOUT, ended

pytestmark = pytest.mark.django_db


def test_redis_dies_while_a_payment_is_settled(premises, guest):
    """The worker ends its job and begins again; what the payment had queued is gone, and the sweeps find it."""
    address, worker = guest.bank(), premises.pid("worker")
    with premises.holding(CHECKOUT.format(guest.checkout.token)):
        premises.sandbox.pay(address)
        premises.wait_for_waiting()
        premises.stores.kill("redis")
    ended(premises, guest, State.BOOKED, sent=1)
    assert premises.pid("worker") == worker


@pytest.mark.long
def test_redis_forgets_the_job_of_a_message(premises, guest):
    """The provider's message is stored and nobody has looked at it; the guest never returns."""
    address = guest.bank()
    premises.wait_until_idle()
    premises.kill("worker")
    premises.sandbox.pay(address)
    premises.sandbox.settle()
    assert InboundMessage.objects.filter(status="waiting").exists()
    premises.stores.kill("redis")
    ended(premises, guest, State.BOOKED, sent=1)


def test_without_redis_guests_pay_and_book_all_the_same(premises, guest):
    """The queue only wakes: while it is away nobody waits for it, and the mail goes out when it is back."""
    with premises.stores.away("redis"):
        premises.sandbox.pay(guest.bank())
        assert guest.is_booked()
    ended(premises, guest, State.BOOKED, sent=1)


def test_postgresql_dies_while_a_payment_is_settled(premises, guest):
    """Money and booking are committed one after the other, each whole or not at all; meanwhile every page says 503."""
    premises.sandbox.webhooks(hold=True)
    premises.sandbox.pay(guest.bank())
    with premises.holding(CHECKOUT.format(guest.checkout.token)):
        back = meanwhile(guest.come_back)
        premises.wait_for_waiting()
        with premises.stores.away("postgres"):
            calm(back.result())
            premises.sandbox.release()
            calm(guest.come_back())
    connection.close()
    premises.ensure()
    assert [payment.captured_minor for payment in payments_of(guest.checkout)] == [20_000]
    assert guest.is_booked()
    ended(premises, guest, State.BOOKED, sent=1)


def calm(answer: httpx.Response) -> None:
    """Assert that a page says to try again in a moment, and programs when."""
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "One moment, please" in answer.text
