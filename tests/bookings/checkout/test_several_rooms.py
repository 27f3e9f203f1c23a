"""One payment for several rooms counts for each of them, and goes back for each alone. Real HTTP to Stripe's stand-in."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from billing.folios.models import Folio, Posting
from billing.folios.selectors import stay_account
from billing.payments.models import PaymentIntent, Refund, SavedMethod
from billing.payments.selectors import saved_methods_of
from billing.payments.services import balances_charge, payment_sync, refund_submit, schedule_of
from billing.payments.shares import shares_of
from bookings.checkout.enums import State
from bookings.checkout.jobs import expire
from bookings.checkout.services import checkout_return
from bookings.lifecycle.services import reservation_confirm
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.portal.jobs import give_back
from guests.portal.models import Cancellation
from guests.portal.selectors import rooms_of
from guests.portal.services import StayWish, stay_cancel, stay_change
from pms.kernel.money import allocate
from pms.properties.models import Property
from tests.bookings.checkout.conftest import GRETA, begin, hold, named, wish
from tests.conftest import TODAY

TWO = wish(adults=3, rooms=2)


def fresh(room):
    """Return a room as it is now."""
    return Reservation.objects.select_related("property", "booking", "guest", "room_type", "rate_plan").get(pk=room.pk)


def bought(shop, sandbox, plan=None, asked=TWO):
    """Return the rooms that Greta bought and paid together, and the payment."""
    checkout = named(hold(shop, plan or shop.full, asked))
    payment = begin(checkout)
    sandbox.pay(payment.checkout_url)
    assert checkout_return(checkout=checkout, actor=GRETA).state == State.BOOKED
    return [fresh(room) for room in checkout.booking.reservations.order_by("pk")], payment


def costs(room, percent):
    """Have cancelling a room cost so much of it."""
    tier = {"days_before": None, "penalty": "percent", "nights": None, "percent": str(percent), "amount_minor": None}
    terms = {**room.terms, "cancellation": {**room.terms["cancellation"], "tiers": [tier]}}
    Reservation.objects.filter(pk=room.pk).update(terms=terms)


def cancel(room, fee=0):
    """Cancel a room as the guest does, and have the provider give back what that leaves."""
    row = fresh(room)
    stay_cancel(reservation=row, version=row.version, fee_seen_minor=fee, reason="", actor=GRETA)
    assert give_back(room.code)
    for refund in Refund.objects.filter(status="requested"):
        assert refund_submit(refund=refund).status == "succeeded"


def paid(rooms):
    return [stay_account(reservation=fresh(room)).paid_minor for room in rooms]


def balances(rooms):
    return [Folio.objects.get(reservation=room, is_main=True).balance_minor for room in rooms]


def test_the_second_room_gives_back_its_own_share(shop, stripe_account, stripe_sandbox):
    """T38: on the payment it came by, off its own folio; the first room has what it had."""
    rooms, payment = bought(shop, stripe_sandbox)
    assert paid(rooms) == [20_000, 20_000]
    cancel(rooms[1])
    refund = Refund.objects.get()
    assert (refund.payment.pk, refund.amount_minor) == (payment.pk, 20_000)
    assert (refund.folio.reservation, refund.reservation) == (rooms[1], rooms[1])
    assert (paid(rooms), balances(rooms)) == ([20_000, 0], [-20_000, 0])
    assert Cancellation.objects.get().left_minor == 0


@pytest.mark.parametrize("first", [0, 1])
def test_partly_then_wholly_cancelled(shop, stripe_account, stripe_sandbox, first):
    """T46, T47: each room's own fee stays, the two refunds are entries of their own and sum to the rest (T38)."""
    rooms, payment = bought(shop, stripe_sandbox)
    costs(rooms[1], 33)
    fees = [0, 6_600]
    for index in (first, 1 - first):
        cancel(rooms[index], fees[index])
    payment.refresh_from_db()
    assert (payment.captured_minor, payment.refunded_minor) == (40_000, 33_400)
    assert (paid(rooms), balances(rooms)) == (fees, [0, 0])
    assert sorted(Refund.objects.values_list("amount_minor", flat=True)) == [13_400, 20_000]


def test_yen_have_no_cents(shop, stripe_account, stripe_sandbox):
    """T36, T30: a third of each room, rounded once for each, shared out to the yen."""
    from billing.ledger.models import LegalEntity

    Property.objects.filter(pk=shop.house.property.pk).update(currency="JPY")
    LegalEntity.objects.update(currency="JPY")
    shop.house.property.refresh_from_db()
    rooms, payment = bought(shop, stripe_sandbox, shop.third)
    assert (payment.currency, payment.amount_minor, paid(rooms)) == ("JPY", 13_200, [6_600, 6_600])
    costs(rooms[0], 7)
    cancel(rooms[0], 1_400)
    assert (paid(rooms), balances(rooms)) == ([1_400, 6_600], [0, -6_600])


def test_what_was_paid_is_not_what_is_due_any_more(shop, stripe_account, stripe_sandbox):
    """T30: another sum than the rooms are due is shared out in their proportion, the largest remainder first."""
    checkout = named(hold(shop, shop.full, wish(adults=5, rooms=3)))
    payment = begin(checkout)
    for room, due in zip(checkout.booking.reservations.order_by("pk"), (20_000, 10_000, 1), strict=True):
        room.terms["payments"][0]["amount_minor"] = due
        room.save()
    stripe_sandbox.pay(payment.checkout_url)
    checkout_return(checkout=checkout, actor=GRETA)
    shares = paid(checkout.booking.reservations.order_by("pk"))
    assert (shares, sum(shares)) == (allocate(60_000, (20_000, 10_000, 1)), 60_000)


def test_other_dates_of_one_room_concern_that_room(shop, stripe_account, stripe_sandbox):
    """T29: the added night is due for the room that has it; cancelled, it gives back only what was paid for it."""
    rooms, _ = bought(shop, stripe_sandbox)
    row = fresh(rooms[1])
    longer = StayWish(row.arrival, row.departure + timedelta(days=1), row.adults, ())
    stay_change(reservation=row, wish=longer, version=row.version, total_seen_minor=30_000, actor=GRETA)
    due = [stay_account(reservation=fresh(room)).due_minor for room in rooms]
    assert due == [0, 10_000]
    row = fresh(rooms[0])
    shorter = StayWish(row.arrival, row.departure - timedelta(days=1), row.adults, ())
    stay_change(reservation=row, wish=shorter, version=row.version, total_seen_minor=10_000, actor=GRETA)
    cancel(rooms[1])
    assert (paid(rooms), balances(rooms)) == ([20_000, 0], [-20_000, 0])
    assert schedule_of(reservation=fresh(rooms[0]), today=TODAY).overpaid_minor == 10_000


def test_paid_late_with_one_room_kept_and_one_run_out(shop, stripe_account, stripe_sandbox):
    """T15: the desk has confirmed the first room, the option of the second has run out and is taken again."""
    checkout = named(hold(shop, shop.full, TWO))
    payment = begin(checkout)
    rooms = list(checkout.booking.reservations.order_by("pk"))
    reservation_confirm(reservation=rooms[0], actor=GRETA)
    with time_machine.travel(timezone.now() + timedelta(minutes=20), tick=True):
        expire()
        assert fresh(rooms[1]).status == Status.CANCELLED
        stripe_sandbox.pay(payment.checkout_url)
        payment_sync(payment=payment)
        assert checkout_return(checkout=checkout, actor=GRETA).state == State.BOOKED
        assert paid(rooms) == [20_000, 20_000]
        cancel(rooms[1])
    assert (paid(rooms), balances(rooms)) == ([20_000, 0], [-20_000, 0])


def test_the_page_says_for_each_room_what_was_paid_for_it(shop, stripe_account, stripe_sandbox):
    rooms, payment = bought(shop, stripe_sandbox)
    cancel(rooms[1])
    first, second = rooms_of(booking=rooms[0].booking)
    assert [(share.said_minor, share.refunds) for share in first.paid] == [(20_000, [])]
    (share,) = second.paid
    assert (share.said_minor, share.left_minor, len(share.refunds)) == (20_000, 0, 1)
    assert [row.pk for row in second.payments] == [payment.pk]


def test_the_desk_gives_back_the_share_too(shop, stripe_account, stripe_sandbox):
    """T38: cancelled at the desk, the room's own folio says how much goes back, and on which payment."""
    from bookings.lifecycle.services import reservation_cancel
    from pms.frontdesk.money.leaving import lose

    rooms, payment = bought(shop, stripe_sandbox)
    lose(deed=reservation_cancel, reservation=rooms[1], actor=GRETA, refund=True, reason="The guest called")
    refund = Refund.objects.get()
    assert (refund.payment, refund.amount_minor, refund.reservation) == (payment, 20_000, rooms[1])


def test_refunded_at_the_provider_it_is_taken_from_where_the_money_is(shop, stripe_account, stripe_sandbox):
    """What no folio has any more is taken from the one that has it, so that no room owes what another got back."""
    rooms, payment = bought(shop, stripe_sandbox)
    cancel(rooms[0])
    intent = PaymentIntent.objects.get(pk=payment.pk).provider_payment_id
    stripe_sandbox.client().v1.refunds.create(params={"payment_intent": intent, "amount": 5_000})
    payment_sync(payment=payment)
    assert (paid(rooms), balances(rooms)) == ([0, 15_000], [0, -15_000])


def test_a_share_that_was_moved_on_is_still_found(shop, stripe_account, stripe_sandbox):
    """A folio merged into another keeps whose money it is, over however many moves."""
    from billing.folios.services import folio_merge

    rooms, _ = bought(shop, stripe_sandbox)
    folios = [Folio.objects.get(reservation=room, is_main=True) for room in rooms]
    folio_merge(origin=folios[1], into=folios[0], actor=GRETA, reason="One bill")
    folios[0].refresh_from_db()
    (share,) = shares_of(reservations=[rooms[1]])[rooms[1].pk]
    assert (share.folio, share.left_minor) == (folios[0], 20_000)
    cancel(rooms[1])
    assert (paid(rooms), balances(rooms)) == ([20_000, 0], [-20_000, 0])
    assert Posting.objects.filter(kind="refund", reservation=rooms[1], folio=folios[0]).count() == 1


def test_the_card_left_for_one_room_is_charged_for_all(shop, stripe_account, stripe_sandbox):
    """T41: the booker's mandate is for the booking; a virtual card would be for its own room only."""
    rooms, _ = bought(shop, stripe_sandbox, shop.third)
    card = SavedMethod.objects.create(
        account=stripe_account, method_id="pm_1", mandate="mandate_1", guest=rooms[0].booking.booker,
        reservation=rooms[0], saved_at=timezone.now(),
    )  # fmt: skip
    for room in rooms:
        for step in room.terms["payments"]:
            step["due_on"] = TODAY.isoformat()
        room.save()
    charged = balances_charge(property=shop.house.property, actor=GRETA)
    assert [(payment.reservation, payment.amount_minor) for payment in charged] == [(room, 13_400) for room in rooms]
    card.is_virtual = True
    card.save()
    assert [list(saved_methods_of(reservation=room)) for room in rooms] == [[card], []]
