"""What is to be paid when (T47), who is told of it, and whose kept card is charged (T50)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.folios.services import folio_open, main_folio, routing_set, stay_post
from billing.payments.enums import Purpose
from billing.payments.models import PaymentIntent, SavedMethod
from billing.payments.services import balances_charge, dun, payment_take_manual, schedule_of
from bookings.lifecycle import services as desk
from bookings.rates.enums import Source
from bookings.rates.quoting import PaymentStep
from bookings.reservations.terms import SoldTerms, terms_as_json
from guests.profiles.enums import Collector
from guests.profiles.models import Company
from pms.events.models import OutboxEvent
from pms.kernel.money import Money
from tests.billing.payments.conftest import account_make
from tests.conftest import TODAY
from tests.house import TESTER, book

DEPOSIT_DUE, BALANCE_DUE = TODAY, TODAY + timedelta(days=7)


@pytest.fixture
def stay(property_a):
    """Three nights for 300 euros in ten days: 100 now, 200 in a week."""
    return sold(book(property_a, 10, 13, guest="Greta"))


def sold(row):
    steps = (PaymentStep("deposit", DEPOSIT_DUE, 10_000, due_now=True), PaymentStep("balance", BALANCE_DUE, 20_000))
    row.terms = terms_as_json(SoldTerms(payments=steps))
    row.save(update_fields=["terms"])
    return row


def collected_by_the_channel(row):
    row.booking.collector = Collector.SELLER
    row.booking.save(update_fields=["collector"])
    return row


def take(row, account, minor):
    return payment_take_manual(
        folio=main_folio(reservation=row), account=account, amount=Money(minor, "EUR"), actor=TESTER
    )


def told():
    """Return what was told of schedules."""
    events = OutboxEvent.objects.filter(kind__in=["payment.due", "payment.overdue"]).order_by("pk")
    return [(event.kind, event.payload["step"], event.payload["open_minor"]) for event in events]


@pytest.mark.parametrize(
    ("paid", "open_now", "due", "overpaid"),
    [(0, [10_000, 20_000], 10_000, 0), (4_000, [6_000, 20_000], 6_000, 0), (10_000, [0, 20_000], 0, 0),
     (30_000, [0, 0], 0, 0), (31_000, [0, 0], 0, 1_000)],
)  # fmt: skip
def test_what_was_paid_goes_to_the_steps_in_order(stay, cash, paid, open_now, due, overpaid):
    if paid:
        take(stay, cash, paid)
    schedule = schedule_of(reservation=stay, today=TODAY)
    assert [step.open_minor for step in schedule.steps] == open_now
    assert (schedule.due_minor, schedule.overpaid_minor, schedule.total_minor) == (due, overpaid, 30_000)


def test_step_is_overdue_the_day_after(stay):
    schedule = schedule_of(reservation=stay, today=TODAY + timedelta(days=1))
    assert (schedule.overdue_minor, schedule.due_minor) == (10_000, 10_000)
    assert schedule.next_step.kind == "deposit"


def test_stay_that_became_dearer_pays_the_rest_at_the_property(stay):
    stay.total_minor += 5_000
    schedule = schedule_of(reservation=stay, today=TODAY)
    assert [(step.kind, step.due_on, step.amount_minor) for step in schedule.steps][-1] == ("balance", None, 5_000)


def test_stay_without_terms_pays_at_the_property(property_a):
    row = book(property_a, 10, 13)
    row.terms = {}
    (step,) = schedule_of(reservation=row, today=TODAY).steps
    assert (step.due_on, step.amount_minor) == (None, 30_000)


def test_guest_is_told_once_of_each_step(stay, property_a):
    place = property_a.property
    assert (dun(property=place), dun(property=place)) == (1, 0)
    place.business_date = BALANCE_DUE - timedelta(days=3)
    assert (dun(property=place), dun(property=place)) == (2, 0)
    assert told() == [
        ("payment.due", "deposit", 10_000),
        ("payment.overdue", "deposit", 10_000),
        ("payment.due", "balance", 20_000),
    ]


def test_guest_who_has_paid_is_told_nothing(stay, property_a, cash):
    take(stay, cash, 30_000)
    assert dun(property=property_a.property) == 0


def test_guest_of_a_channel_is_left_alone(property_a):
    """T50."""
    collected_by_the_channel(sold(book(property_a, 10, 13, source=Source.BOOKING_COM)))
    assert dun(property=property_a.property) == 0


@pytest.fixture
def online(property_a):
    return account_make(property_a.property, code="STRIPE", provider="stripe", secrets={"secret_key": "sk_test_1"})


def keep(row, account, **more):
    return SavedMethod.objects.create(
        account=account, reservation=row, method_id=f"pm_{row.pk}", saved_at=timezone.now(), **more
    )


def test_kept_card_is_charged_once_when_a_step_is_due(stay, property_a, online):
    keep(stay, online, mandate="pi_1")
    (payment,) = balances_charge(property=property_a.property, actor=TESTER)
    assert (payment.amount_minor, payment.purpose, payment.off_session) == (10_000, Purpose.DEPOSIT, True)
    assert balances_charge(property=property_a.property, actor=TESTER) == []


def test_card_without_a_mandate_is_not_charged(stay, property_a, online):
    """T41."""
    keep(stay, online)
    assert balances_charge(property=property_a.property, actor=TESTER) == []


def test_guest_of_a_channel_is_not_charged_but_its_virtual_card_is(property_a, online):
    """T50."""
    row = collected_by_the_channel(sold(book(property_a, 10, 13, source=Source.BOOKING_COM)))
    card = keep(row, online, mandate="pi_1")
    assert balances_charge(property=property_a.property, actor=TESTER) == []
    SavedMethod.objects.filter(pk=card.pk).update(is_virtual=True, mandate="")
    assert [each.saved_method_id for each in balances_charge(property=property_a.property, actor=TESTER)] == [card.pk]
    assert PaymentIntent.objects.count() == 1


def test_what_a_company_pays_is_not_asked_of_the_guest(property_a):
    """Nobody reminds Greta of what her company owes, or charges her card for it."""
    row = desk.reservation_check_in(reservation=book(property_a, 0, 2, guest="Greta"), actor=TESTER)
    company = Company.objects.create(code="ACME", kind="company", name="Acme")
    bill = folio_open(property=row.property, reservation=row, company=company, actor=TESTER)
    routing_set(reservation=row, folio=bill, components=[], actor=TESTER)
    stay_post(reservation=row, through=TODAY, actor=TESTER)
    (step,) = schedule_of(reservation=row, today=TODAY).steps
    assert (step.amount_minor, step.open_minor) == (20_000, 10_000)


def test_a_stay_that_was_lost_asks_for_nothing(property_a):
    row = book(property_a, 3, 5)
    desk.reservation_cancel(reservation=row, reason="Illness", actor=TESTER)
    row.refresh_from_db()
    assert schedule_of(reservation=row, today=TODAY).steps == ()
