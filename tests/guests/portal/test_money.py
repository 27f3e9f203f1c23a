"""Paying by the link at a stand-in over real HTTP, and money that goes back after the guest cancelled."""

import pytest

from billing.folios.models import Folio
from billing.payments.models import PaymentIntent, PaymentLink, Refund
from billing.payments.services import payment_take_manual, refund_submit
from bookings.rates.enums import Penalty
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.portal.jobs import give_back, sweep
from guests.portal.models import Cancellation
from guests.portal.selectors import room_of
from guests.portal.services import stay_cancel
from pms.events.models import OutboxEvent
from pms.kernel.money import Money
from tests.guests.portal.test_pages import at, guest, stay
from tests.house import TESTER, book

__all__ = ["guest", "stay"]


def pay_all(guest, stay, sandbox):
    """Pay everything as the guest does."""
    leads = guest.post(at(stay, "pay", stay.code), {"amount": "all"})["Location"]
    return guest.get(sandbox.pay(leads))


def costs_a_night(stay):
    """Have cancelling cost the first night from the sale on."""
    tier = {"days_before": None, "penalty": Penalty.NIGHTS, "nights": 1, "percent": None, "amount_minor": None}
    terms = {
        "cancellation": {
            "code": "N1",
            "name": "First night",
            "deadline_time": "18:00",
            "deadline_moves": False,
            "tiers": [tier],
            "no_show": None,
        },
        "payments": [],
        "deadline_arrival": stay.arrival.isoformat(),
        "promo_code": "",
        "source": "",
        "rounding": "",
        "extras": [],
    }
    Reservation.objects.filter(pk=stay.pk).update(terms=terms)
    stay.refresh_from_db()


def test_guest_pays_everything_and_comes_back(guest, stay, stripe_account, stripe_sandbox):
    first = guest.post(at(stay, "pay", stay.code), {"amount": "all"})["Location"]
    again = guest.post(at(stay, "pay", stay.code), {"amount": "all"})["Location"]
    assert (first == again, PaymentLink.objects.count()) == (True, 1)
    onward = stripe_sandbox.pay(first)
    assert guest.get(onward)["Location"].endswith("/?done=paid")
    assert Folio.objects.get(reservation=stay).balance_minor == -20_000
    assert "Nothing is left to pay" in guest.get(at(stay)).content.decode()
    assert guest.post(at(stay, "pay", stay.code), {"amount": "all"}).status_code == 409


def test_without_a_provider_nothing_is_offered(guest, stay):
    assert at(stay, "pay", stay.code) not in guest.get(at(stay)).content.decode()
    assert guest.post(at(stay, "pay", stay.code), {"amount": "all"}).status_code == 409


def test_what_was_paid_beyond_the_fee_goes_back_once(guest, stay, stripe_account, stripe_sandbox):
    """T38, T46: the fee by the terms sold stays, the rest goes to where it came from; again changes nothing."""
    costs_a_night(stay)
    pay_all(guest, stay, stripe_sandbox)
    page = guest.get(at(stay, "cancel", stay.code)).content.decode()
    assert "You get back" in page
    yes = {"version": stay.version, "fee_minor": 10_000}
    assert guest.post(at(stay, "cancel", stay.code), yes).status_code == 303
    assert [give_back(stay.code), give_back(stay.code), sweep()] == [True, True, 0]
    refund = Refund.objects.get()
    assert (refund.amount_minor, Cancellation.objects.get().refund_minor) == (10_000, 10_000)
    assert refund_submit(refund=refund).status == "succeeded"
    assert Folio.objects.get(reservation=stay).balance_minor == 0
    room = room_of(reservation=Reservation.objects.select_related("property", "booking").get(pk=stay.pk))
    assert (room.schedule.total_minor, sum(line.amount_minor for line in room.lines)) == (10_000, 10_000)


def test_what_the_queue_lost_the_sweep_gives_back(guest, stay, stripe_account, stripe_sandbox):
    pay_all(guest, stay, stripe_sandbox)
    stay_cancel(reservation=stay, version=stay.version, fee_seen_minor=0, reason="", actor=TESTER)
    assert Refund.objects.count() == 0, "a crash before the job"
    assert sweep() == 1
    assert Refund.objects.get().amount_minor == 20_000


def test_cash_stays_for_the_desk_to_give_back(stay, cash, property_a):
    from billing.folios.services import main_folio

    folio = main_folio(reservation=stay)
    payment_take_manual(folio=folio, account=cash, amount=Money(5_000, "EUR"), actor=TESTER)
    stay_cancel(reservation=stay, version=stay.version, fee_seen_minor=0, reason="", actor=TESTER)
    assert give_back(stay.code)
    assert (Refund.objects.count(), Cancellation.objects.get().left_minor) == (0, 5_000)
    assert OutboxEvent.objects.get(kind="booking.refund_left").payload["amount_minor"] == 5_000


def test_time_for_free_changes_is_over(guest, stay):
    """A change would be a way around the fee: nights may be added, not given up."""
    costs_a_night(stay)
    fewer = {"arrival": "2026-11-30", "departure": "2026-12-01", "adults": 2, "children": ""}
    assert guest.get(at(stay, "change", stay.code), fewer).status_code == 409
    more = {**fewer, "departure": "2026-12-03"}
    assert guest.get(at(stay, "change", stay.code), more).status_code == 200


@pytest.mark.parametrize("fault", ["error_before"])
def test_provider_that_is_away_is_said(guest, stay, stripe_account, stripe_sandbox, fault):
    stripe_sandbox.fault(fault, times=2)
    assert guest.post(at(stay, "pay", stay.code), {"amount": "all"}).status_code in {409, 502, 503}
    assert PaymentIntent.objects.filter(captured_minor__gt=0).count() == 0


def test_option_is_not_paid_here(guest, property_a, stripe_account):
    """T15: an option is paid in the checkout, which re-checks it; here money could outlive it."""
    row = book(property_a, 10, 12, status=Status.HOLD, hold_minutes=15)
    assert at(row, "pay", row.code) not in guest.get(at(row)).content.decode()
    assert guest.post(at(row, "pay", row.code), {"amount": "all"}).status_code == 409
