"""Two pages for one stay: whatever is paid on which, in whatever order, the stay is paid once. Real HTTP to Stripe's stand-in."""

import pytest

from billing.folios.models import Folio
from billing.payments.jobs import hear
from billing.payments.models import PaymentIntent, PaymentLink, Refund
from billing.payments.services import (
    payment_link_begin,
    payment_link_resolve,
    payment_link_token,
    payment_sync,
    payment_take_manual,
    refund_submit,
)
from bookings.reservations.models import Reservation
from guests.portal.services import pay_link
from pms.events.models import OutboxEvent
from pms.kernel.money import Money
from tests.guests.portal.test_pages import at, guest, stay
from tests.house import TESTER

__all__ = ["guest", "stay"]


@pytest.fixture
def deposit(stay):
    """A third of Greta's 200 euros is due now, the rest at the hotel."""
    step = {"kind": "deposit", "due_on": None, "amount_minor": 6_600, "due_now": True}
    rest = {"kind": "balance", "due_on": None, "amount_minor": 13_400, "due_now": False}
    Reservation.objects.filter(pk=stay.pk).update(terms={**stay.terms, "payments": [step, rest]})
    return Reservation.objects.select_related("property", "booking").get(pk=stay.pk)


def opened(stay, *, everything):
    """Return a link with its page at the provider, as two browsers at the same moment would make them."""
    link = pay_link(reservation=stay, everything=everything, actor=TESTER)
    asked = payment_link_resolve(token=payment_link_token(link))
    return link, payment_link_begin(
        asked=asked, return_url="https://hotel.example/a", cancel_url="https://hotel.example/b", actor=TESTER
    )


def told():
    """Hand on what was told of payments, everything twice, and send the refunds that are asked for."""
    for event in [*OutboxEvent.objects.filter(kind="payment.received").order_by("pk")] * 2:
        hear(str(event.public_id))
    for refund in Refund.objects.filter(status="requested"):
        assert refund_submit(refund=refund).status == "succeeded"


def balance(stay):
    return Folio.objects.get(reservation=stay).balance_minor


@pytest.mark.parametrize("first", ["due", "all"])
def test_both_pages_paid_at_once_and_the_surplus_goes_back(deposit, stripe_account, stripe_sandbox, first):
    """T38: the stay costs 200; what is beyond goes back on one of the two payments, once, and the desk is told."""
    pages = {"due": opened(deposit, everything=False)[1], "all": opened(deposit, everything=True)[1]}
    assert [page.amount_minor for page in pages.values()] == [6_600, 20_000]
    for page in pages.values():
        stripe_sandbox.pay(page.checkout_url)
    for name in (first, "all" if first == "due" else "due"):
        payment_sync(payment=pages[name])
    assert balance(deposit) == -26_600
    told()
    assert (balance(deposit), Refund.objects.get().amount_minor) == (-20_000, 6_600)
    event = OutboxEvent.objects.get(kind="payment.overpaid")
    assert (event.payload["over_minor"], event.payload["returned_minor"]) == (6_600, 6_600)
    assert event.payload["booking"] == deposit.booking.code


def test_the_second_is_paid_while_the_first_is_told_of(deposit, stripe_account, stripe_sandbox):
    """The page that is to be closed was paid a moment before: what it brings too much goes back."""
    (_, due), (_, everything) = (opened(deposit, everything=each) for each in (False, True))
    stripe_sandbox.pay(due.checkout_url)
    payment_sync(payment=due)
    stripe_sandbox.pay(everything.checkout_url)
    told()
    told()
    assert (balance(deposit), Refund.objects.get().amount_minor) == (-20_000, 6_600)


def test_paying_one_closes_the_page_of_the_other_which_then_asks_what_remains(
    guest, deposit, stripe_account, stripe_sandbox
):
    (_, due), (link, everything) = (opened(deposit, everything=each) for each in (False, True))
    stripe_sandbox.pay(due.checkout_url)
    payment_sync(payment=due)
    told()
    everything.refresh_from_db()
    assert everything.status in {"cancelled", "expired"}
    with pytest.raises(AssertionError):
        stripe_sandbox.pay(everything.checkout_url)
    assert payment_link_resolve(token=payment_link_token(link)).amount == Money(13_400, "EUR")
    leads = guest.post(at(deposit, "pay", deposit.code), {"amount": "all"})["Location"]
    stripe_sandbox.pay(leads)
    payment_sync(payment=PaymentIntent.objects.latest("pk"))
    told()
    assert (balance(deposit), Refund.objects.count()) == (-20_000, 0)


def test_everything_paid_leaves_nothing_on_the_other_link(deposit, stripe_account, stripe_sandbox):
    (link, _), (_, everything) = (opened(deposit, everything=each) for each in (False, True))
    stripe_sandbox.pay(everything.checkout_url)
    payment_sync(payment=everything)
    told()
    assert payment_link_resolve(token=payment_link_token(link)).is_paid


def test_another_button_closes_the_page_of_the_first(guest, deposit, stripe_account, stripe_sandbox):
    due = guest.post(at(deposit, "pay", deposit.code), {"amount": "due"})["Location"]
    everything = guest.post(at(deposit, "pay", deposit.code), {"amount": "all"})["Location"]
    with pytest.raises(AssertionError):
        stripe_sandbox.pay(due)
    stripe_sandbox.pay(everything)
    assert PaymentLink.objects.count() == 2


def test_paid_in_cash_while_the_page_is_open(deposit, cash, stripe_account, stripe_sandbox):
    """Money at the desk closes the page as well; one that was paid all the same goes back whole."""
    _, page = opened(deposit, everything=True)
    folio = Folio.objects.get(reservation=deposit)
    payment_take_manual(folio=folio, account=cash, amount=Money(20_000, "EUR"), actor=TESTER)
    stripe_sandbox.pay(page.checkout_url)
    told()
    told()
    assert (balance(deposit), Refund.objects.get().payment) == (-20_000, page)


def test_what_the_desk_asked_for_stays_as_credit(deposit, cash, stripe_account, stripe_sandbox):
    """A link of the desk may ask for more than the stay costs: nothing goes back by itself, it is told."""
    from billing.payments.enums import Purpose
    from billing.payments.services import payment_link_create

    folio = Folio.objects.filter(reservation=deposit).first() or opened(deposit, everything=True)[0].folio
    link = payment_link_create(
        folio=folio, account=stripe_account, purpose=Purpose.PAYMENT, amount_minor=25_000, actor=TESTER
    )
    asked = payment_link_resolve(token=payment_link_token(link))
    page = payment_link_begin(
        asked=asked, return_url="https://h.example/a", cancel_url="https://h.example/b", actor=TESTER
    )
    stripe_sandbox.pay(page.checkout_url)
    payment_sync(payment=page)
    told()
    assert (balance(deposit), Refund.objects.count()) == (-25_000, 0)
    event = OutboxEvent.objects.get(kind="payment.overpaid")
    assert (event.payload["over_minor"], event.payload["returned_minor"]) == (5_000, 0)
