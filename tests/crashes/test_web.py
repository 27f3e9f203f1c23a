"""The web server is killed between any two steps of a payment: its booking is found, or the guest simply goes on."""

from datetime import timedelta

import pytest

from billing.payments.enums import PaymentStatus
from billing.payments.models import PaymentIntent
from billing.payments.services.submitting import WAITED_LEASE
from bookings.checkout.enums import State
from bookings.checkout.selectors import payments_of
from tests.crashes.certainty import letters, recovered
from tests.crashes.guests import meanwhile

pytestmark = pytest.mark.django_db

CHECKOUT = "SELECT 1 FROM checkout_checkout WHERE token = '{}' FOR UPDATE"
PAYMENT = "SELECT 1 FROM payments_paymentintent WHERE status = 'created' FOR UPDATE"


def ended(premises, guest, state, sent):
    """Assert how it ended, once everything ran again, and how often the confirmation left the house."""
    recovered(premises)
    guest.checkout.refresh_from_db()
    assert guest.checkout.state == state
    assert (letters(premises, guest.checkout) if sent else 0) == sent


@pytest.mark.long
def test_it_works(premises, guest):
    premises.sandbox.pay(guest.bank())
    assert guest.is_booked()
    ended(premises, guest, State.BOOKED, sent=1)


def test_killed_between_the_provider_and_the_redirect(premises, guest):
    """The page exists at the provider and nobody was led there: the guest's next try leads to the same one."""
    premises.sandbox.fault("hang", method="POST", path_prefix="/v1/checkout/sessions", seconds=1)
    pressed = meanwhile(guest.press)
    premises.sandbox.wait_for_fault()
    with premises.holding(PAYMENT):
        premises.wait_for_waiting()
        premises.kill("web")
    assert pressed.result() is None
    (payment,) = payments_of(guest.checkout)
    assert (payment.status, payment.checkout_url) == (PaymentStatus.CREATED, "")
    premises.start("web")
    premises.let_time_pass((PaymentIntent,), by=WAITED_LEASE + timedelta(seconds=1))
    premises.sandbox.pay(guest.bank())
    assert guest.is_booked()
    assert len(payments_of(guest.checkout)) == 1
    ended(premises, guest, State.BOOKED, sent=1)


def test_killed_while_the_guest_comes_back(premises, guest):
    """The money is committed and the booking is not, the message of the provider is late: the event brings it."""
    premises.sandbox.webhooks(hold=True)
    premises.sandbox.pay(guest.bank())
    with premises.holding(CHECKOUT.format(guest.checkout.token)):
        back = meanwhile(guest.come_back)
        premises.wait_for_waiting()
        premises.kill("web")
        assert [payment.captured_minor for payment in payments_of(guest.checkout)] == [20_000]
    assert back.result() is None
    premises.start("web")
    premises.sandbox.release()
    ended(premises, guest, State.BOOKED, sent=1)


def test_killed_while_a_message_arrives_which_comes_again(premises, guest):
    """The provider hears nothing and sends again to the web server that was started meanwhile. The guest never returns."""
    address = guest.bank()
    with premises.holding("LOCK TABLE public.inbox_inboundmessage IN SHARE MODE"):
        premises.sandbox.pay(address)
        premises.wait_for_waiting()
        premises.kill("web")
    premises.start("web")
    ended(premises, guest, State.BOOKED, sent=1)
