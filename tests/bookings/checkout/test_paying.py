"""A payment finds its booking or goes back, in whatever order things happen (T15). Real HTTP to Stripe's stand-in."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from billing.payments.enums import PaymentStatus, RefundStatus
from billing.payments.errors import ProviderAway
from billing.payments.models import PaymentIntent, Refund, SavedMethod
from billing.payments.services import payment_sync, refund_submit, schedule_of
from bookings.checkout.enums import State
from bookings.checkout.jobs import expire, hear, settle
from bookings.checkout.selectors import unsettled
from bookings.checkout.services import checkout_pay, checkout_return, checkout_settle
from bookings.reservations.enums import Status
from pms.events.models import OutboxEvent
from tests.bookings.checkout.conftest import GRETA, PAGES, begin, hold, named, paid, states, wish
from tests.conftest import TODAY
from tests.house import book, refused


@pytest.fixture
def paying(shop, stripe_account):
    """Greta is on the provider's page, for a rate that is paid in full."""
    checkout = named(hold(shop, shop.full))
    return checkout, begin(checkout)


def messages(payment):
    """Read the payment at the provider as a message of theirs makes us do, and hand its events on."""
    payment_sync(payment=payment)
    for event in OutboxEvent.objects.filter(kind__in=["payment.received", "payment.card_saved"]).order_by("pk"):
        hear(str(event.public_id))


def too_late():
    return time_machine.travel(timezone.now() + timedelta(minutes=20), tick=True)


def sell_out(shop):
    """Sell all three doubles of the nights to others: the option has run out and is in nobody's way."""
    for _ in range(3):
        book(shop.house, 10, 12, guest="Somebody")


def refund_of(payment):
    """Send the refund and return how it stands."""
    return refund_submit(refund=Refund.objects.get(payment=payment)).status


def certain(checkout, *, state, room, minor):
    """Assert how it ended: nothing is left unsettled, and the folio says what the guest has paid."""
    checkout.refresh_from_db()
    assert (checkout.state, set(states(checkout))) == (state, {room})
    assert paid(checkout) == minor
    assert not unsettled().exists()


def test_return_first_then_the_message(paying, stripe_sandbox):
    checkout, payment = paying
    stripe_sandbox.pay(payment.checkout_url)
    assert checkout_return(checkout=checkout, actor=GRETA).state == State.BOOKED
    messages(payment)
    certain(checkout, state=State.BOOKED, room=Status.CONFIRMED, minor=20_000)
    assert OutboxEvent.objects.filter(kind="checkout.booked").count() == 1


def test_message_first_then_the_return(paying, stripe_sandbox):
    checkout, payment = paying
    stripe_sandbox.pay(payment.checkout_url)
    messages(payment)
    certain(checkout, state=State.BOOKED, room=Status.CONFIRMED, minor=20_000)
    assert checkout_return(checkout=checkout, actor=GRETA).state == State.BOOKED
    assert Refund.objects.count() == 0


def test_both_twice(paying, stripe_sandbox):
    checkout, payment = paying
    stripe_sandbox.pay(payment.checkout_url)
    for _ in range(2):
        messages(payment)
        checkout_return(checkout=checkout, actor=GRETA)
    certain(checkout, state=State.BOOKED, room=Status.CONFIRMED, minor=20_000)
    assert Refund.objects.count() == 0


def test_coming_back_proves_nothing(paying):
    checkout, _ = paying
    assert checkout_return(checkout=checkout, actor=GRETA).state == State.PAYING
    certain(checkout, state=State.PAYING, room=Status.HOLD, minor=0)


@pytest.mark.parametrize("swept", [True, False])
def test_paid_after_the_hold_ended_and_the_room_is_free(paying, stripe_sandbox, swept):
    """The booking stands at the agreed price, whether or not the option was swept away meanwhile."""
    checkout, payment = paying
    with too_late():
        if swept:
            expire()
        stripe_sandbox.pay(payment.checkout_url)
        messages(payment)
        checkout_return(checkout=checkout, actor=GRETA)
    certain(checkout, state=State.BOOKED, room=Status.CONFIRMED, minor=20_000)
    assert checkout.booking.reservations.get().grand_total_minor == checkout.agreed_minor == 20_000


@pytest.mark.parametrize("message_first", [True, False])
def test_paid_after_the_room_was_sold_to_somebody_else(shop, paying, stripe_sandbox, message_first):
    """The money goes back by itself, and it is told once."""
    checkout, payment = paying
    with too_late():
        sell_out(shop)
        stripe_sandbox.pay(payment.checkout_url)
        if message_first:
            messages(payment)
        checkout_return(checkout=checkout, actor=GRETA)
        messages(payment)
        assert refund_of(payment) == RefundStatus.SUCCEEDED
    certain(checkout, state=State.REFUNDED, room=Status.CANCELLED, minor=0)
    event = OutboxEvent.objects.get(kind="checkout.room_lost")
    assert (event.payload["amount_minor"], event.payload["currency"]) == (20_000, "EUR")
    assert checkout.booking.code == event.payload["booking"]


def test_paid_after_the_desk_turned_it_down(paying, stripe_sandbox):
    """What somebody decided stands, although there is room."""
    from bookings.lifecycle.services import reservation_reject

    checkout, payment = paying
    reservation_reject(reservation=checkout.booking.reservations.get(), reason="Closed for a wedding", actor=GRETA)
    stripe_sandbox.pay(payment.checkout_url)
    checkout_return(checkout=checkout, actor=GRETA)
    assert refund_of(payment) == RefundStatus.SUCCEEDED
    certain(checkout, state=State.REFUNDED, room=Status.REJECTED, minor=0)


def test_confirmed_by_the_desk_meanwhile(paying, stripe_sandbox):
    from bookings.lifecycle.services import reservation_confirm

    checkout, payment = paying
    reservation_confirm(reservation=checkout.booking.reservations.get(), actor=GRETA)
    stripe_sandbox.pay(payment.checkout_url)
    checkout_return(checkout=checkout, actor=GRETA)
    certain(checkout, state=State.BOOKED, room=Status.CONFIRMED, minor=20_000)


def test_killed_between_the_payment_and_the_booking(paying, stripe_sandbox):
    """The money is committed, nothing else happened, nobody comes back: the sweep books it."""
    checkout, payment = paying
    stripe_sandbox.pay(payment.checkout_url)
    payment_sync(payment=payment)
    assert states(checkout) == [Status.HOLD]
    assert (settle(), settle()) == (1, 0)
    certain(checkout, state=State.BOOKED, room=Status.CONFIRMED, minor=20_000)


def test_killed_there_and_the_room_went(shop, paying, stripe_sandbox):
    checkout, payment = paying
    stripe_sandbox.pay(payment.checkout_url)
    payment_sync(payment=payment)
    with too_late():
        sell_out(shop)
        assert settle() == 1
        assert refund_of(payment) == RefundStatus.SUCCEEDED
    certain(checkout, state=State.REFUNDED, room=Status.CANCELLED, minor=0)


def test_paid_on_two_pages(paying, stripe_sandbox):
    """Two tabs, two pages, both paid: the second goes back."""
    checkout, first = paying
    PaymentIntent.objects.filter(pk=first.pk).update(status=PaymentStatus.FAILED)
    second = begin(checkout)
    PaymentIntent.objects.filter(pk=first.pk).update(status=PaymentStatus.SUBMITTED)
    assert first.pk != second.pk
    for payment in (first, second):
        stripe_sandbox.pay(payment.checkout_url)
    checkout_return(checkout=checkout, actor=GRETA)
    assert refund_of(second) == RefundStatus.SUCCEEDED
    certain(checkout, state=State.BOOKED, room=Status.CONFIRMED, minor=20_000)


def test_the_open_page_is_used_again(paying):
    checkout, payment = paying
    again = begin(checkout)
    assert (again.pk, again.checkout_url) == (payment.pk, payment.checkout_url)


def test_nothing_is_asked_twice_while_a_bank_decides(paying, stripe_sandbox):
    """What is under way may still come: another page would have the guest pay twice."""
    checkout, payment = paying
    type(checkout).objects.filter(pk=checkout.pk).update(wants_reminder=True)
    stripe_sandbox.control("POST", "payments/slow", times=1)
    stripe_sandbox.pay(payment.checkout_url)
    with refused("payment_under_way"):
        begin(checkout)
    with too_late():
        expire()
        assert (PaymentIntent.objects.count(), paid(checkout)) == (1, 0)
        payment.refresh_from_db()
        stripe_sandbox.control("POST", "payments/settle", payment_intent=payment.provider_payment_id, succeed=True)
        messages(payment)
    assert OutboxEvent.objects.filter(kind="checkout.abandoned").count() == 0
    certain(checkout, state=State.BOOKED, room=Status.CONFIRMED, minor=20_000)


def test_a_refused_card_can_be_followed_by_another(paying, stripe_sandbox):
    checkout, payment = paying
    with pytest.raises(AssertionError):
        stripe_sandbox.pay(payment.checkout_url, number="4000000000000002")
    assert checkout_return(checkout=checkout, actor=GRETA).state == State.PAYING
    stripe_sandbox.pay(begin(checkout).checkout_url)
    checkout_return(checkout=checkout, actor=GRETA)
    certain(checkout, state=State.BOOKED, room=Status.CONFIRMED, minor=20_000)


def test_a_provider_that_is_away_is_asked_again_with_the_same_payment(shop, stripe_account, stripe_sandbox):
    checkout = named(hold(shop, shop.full))
    stripe_sandbox.fault("error_before", method="POST", path_prefix="/v1/checkout", times=1)
    with pytest.raises(ProviderAway):
        begin(checkout)
    with time_machine.travel(timezone.now() + timedelta(seconds=30), tick=True):
        begin(checkout)
    assert PaymentIntent.objects.count() == 1


def test_a_deposit_leaves_the_rest(shop, stripe_account, stripe_sandbox):
    checkout = named(hold(shop, shop.third))
    payment = begin(checkout)
    assert (payment.amount_minor, payment.purpose) == (6_600, "deposit")
    stripe_sandbox.pay(payment.checkout_url)
    checkout_return(checkout=checkout, actor=GRETA)
    certain(checkout, state=State.BOOKED, room=Status.CONFIRMED, minor=6_600)


def test_a_guarantee_keeps_a_card_and_no_money(shop, stripe_account, stripe_sandbox):
    """T41: the mandate comes with the provider's page."""
    shop.later.guarantee = "card"
    shop.later.save()
    checkout = named(hold(shop, shop.later))
    payment = begin(checkout)
    assert (payment.amount_minor, payment.purpose) == (0, "guarantee")
    stripe_sandbox.pay(payment.checkout_url)
    messages(payment)
    certain(checkout, state=State.BOOKED, room=Status.CONFIRMED, minor=0)
    assert SavedMethod.objects.get().removed_at is None


def test_a_card_that_guarantees_nothing_is_forgotten(shop, stripe_account, stripe_sandbox):
    shop.later.guarantee = "card"
    shop.later.save()
    checkout = named(hold(shop, shop.later))
    payment = begin(checkout)
    with too_late():
        sell_out(shop)
        stripe_sandbox.pay(payment.checkout_url)
        checkout_return(checkout=checkout, actor=GRETA)
    certain(checkout, state=State.REFUNDED, room=Status.CANCELLED, minor=0)
    assert SavedMethod.objects.get().removed_at is not None


def test_one_payment_for_two_rooms_is_shared_out(shop, stripe_account, stripe_sandbox):
    checkout = named(hold(shop, shop.full, wish(adults=3, rooms=2)))
    stripe_sandbox.pay(begin(checkout).checkout_url)
    checkout_return(checkout=checkout, actor=GRETA)
    certain(checkout, state=State.BOOKED, room=Status.CONFIRMED, minor=40_000)
    rooms = checkout.booking.reservations.order_by("pk")
    assert [schedule_of(reservation=room, today=TODAY).due_minor for room in rooms] == [0, 0]


def test_two_rooms_or_none(shop, stripe_account, stripe_sandbox):
    """One of two rooms is gone: neither is booked, all the money goes back."""
    checkout = named(hold(shop, shop.full, wish(adults=3, rooms=2)))
    payment = begin(checkout)
    with too_late():
        for _ in range(2):
            book(shop.house, 10, 12, guest="Somebody")
        stripe_sandbox.pay(payment.checkout_url)
        checkout_return(checkout=checkout, actor=GRETA)
        assert refund_of(payment) == RefundStatus.SUCCEEDED
    certain(checkout, state=State.REFUNDED, room=Status.CANCELLED, minor=0)


def test_nothing_is_asked_after_the_end(shop, stripe_account):
    checkout = named(hold(shop, shop.full))
    with too_late(), refused("hold_ended"):
        checkout_pay(checkout=checkout, actor=GRETA, **PAGES)
    assert PaymentIntent.objects.count() == 0


def test_settling_what_nobody_paid_changes_nothing(paying):
    checkout, _ = paying
    assert checkout_settle(checkout=checkout, actor=GRETA).state == State.PAYING
