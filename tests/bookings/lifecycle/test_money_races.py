"""Money in real threads and transactions: taken once, posted once, in the one order of locks, and nobody deadlocks."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.folios.models import Article, Folio, Posting
from billing.folios.selectors import folio_findings
from billing.folios.services import (
    allowance_post,
    article_post,
    folio_close,
    folio_merge,
    folio_open,
    main_folio,
    routing_remove,
    routing_set,
    stay_post,
    transfer,
)
from billing.invoices.models import Document
from billing.invoices.services import invoice_issue
from billing.ledger.services import period_close
from billing.payments.services import refund_start
from bookings.lifecycle import services as desk
from bookings.lifecycle.invariants import certify
from bookings.reservations.models import Reservation
from guests.profiles.models import Company
from pms.frontdesk.money import leaving
from pms.frontdesk.money.leaving import Pay
from pms.frontdesk.money.till import take
from pms.kernel.money import Money
from pms.properties.models import Property
from tests.bookings.lifecycle.test_races import race
from tests.conftest import TODAY
from tests.house import TESTER, House, book, make_house

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house() -> Iterator[House]:
    """A hotel that other connections see; stays, folios and books are certified at the end."""
    with schema_context("hotel_a"):
        made = make_house(code="TILL", name="Till", today=TODAY, horizon_days=40)
        yield made
        assert certify(property=made.property).findings == ()
        assert folio_findings(property=made.property) == []


def in_house(house, nights=1, **facts):
    return desk.reservation_check_in(reservation=book(house, 0, nights, **facts), actor=TESTER)


def again(row):
    return type(row).objects.get(pk=row.pk)


def leave(row, **wish):
    return lambda: leaving.check_out(
        reservation=Reservation.objects.get(pk=row.pk), actor=TESTER, pay=Pay("hand:CASH", 10_000, uuid4()), **wish
    )


def audit(house):
    place = Property.objects.get(pk=house.property.pk)
    return desk.night_audit(property=place, business_date=TODAY, now=timezone.now() + timedelta(days=1), actor=TESTER)


def paid(row):
    return sum(-line.amount_minor for line in Posting.objects.filter(reservation=row, of_kind="payment"))


@pytest.fixture
def wine(house):
    return Article.objects.create(
        property=house.property, code="WINE", name="Wine", component="beverages", price_minor=2_400
    )


def test_four_desks_let_one_guest_go(house):
    """The payment is taken by one of them, whoever it is."""
    row = in_house(house)
    outcomes = race([leave(row, version=row.version)] * 4 + [leave(row)] * 4)
    assert set(outcomes) <= {"done", "changed_meanwhile", "balance_open", "deposit_left"}
    assert (again(row).status, paid(row), Folio.objects.get(reservation=row).status) == (
        "checked_out",
        10_000,
        "closed",
    )


def test_a_guest_leaves_while_something_is_charged(house, wine):
    row = in_house(house)
    folio = main_folio(reservation=row)
    outcomes = race([leave(row)] * 2 + [lambda: article_post(folio=folio, article=wine, actor=TESTER)] * 2)
    assert set(outcomes) <= {"done", "balance_open", "folio_closed"}
    assert again(folio).status == "open" or again(folio).balance_minor == 0


def test_guests_leave_change_and_cancel_during_the_night_audit(house):
    """Reservation before folio, everywhere: money taken at check-out waits for the audit, never crosswise."""
    rows = [in_house(house, unit=unit) for unit in ("101", "102", "103")]
    stays = [in_house(house, nights=2, room_type=house.suite, unit=unit) for unit in ("201", "202")]
    deeds = [leave(row) for row in rows] + [lambda: audit(house)] * 2
    deeds += [
        lambda row=row: desk.reservation_modify(
            reservation=again(row), departure=TODAY + timedelta(days=3), actor=TESTER
        )
        for row in stays
    ]
    outcomes = race(deeds)
    assert set(outcomes) <= {"done", "contended", "changed_meanwhile", "in_house_overdue"}, outcomes
    assert {paid(row) for row in rows} <= {0, 10_000}


def test_lines_go_both_ways_between_two_folios(house):
    row = in_house(house, nights=2)
    stay_post(reservation=row, through=TODAY + timedelta(days=1), actor=TESTER)
    main = main_folio(reservation=row)
    company = Company.objects.create(code="ACME", kind="company", name="Acme")
    other = folio_open(property=house.property, reservation=row, company=company, actor=TESTER)
    first, second = Posting.objects.filter(folio=main).order_by("pk")
    (_, arrived) = transfer(postings=[first], to_folio=other, actor=TESTER)
    deeds = [lambda: transfer(postings=[second], to_folio=other, amount_minor=2_500, actor=TESTER)] * 4
    deeds += [lambda: transfer(postings=[arrived], to_folio=main, amount_minor=2_500, actor=TESTER)] * 4
    deeds += [lambda: stay_post(reservation=row, through=TODAY + timedelta(days=1), actor=TESTER)] * 2
    assert race(deeds) == {"done": 10}
    assert (again(main).balance_minor, again(other).balance_minor) == (10_000, 10_000)


def test_a_line_moves_while_it_is_corrected(house):
    """The correction finds the line where it went to: nobody is left with a credit, nobody with a debt."""
    row = in_house(house, nights=2)
    stay_post(reservation=row, through=TODAY, actor=TESTER)
    main = main_folio(reservation=row)
    company = Company.objects.create(code="ACME", kind="company", name="Acme")
    other = folio_open(property=house.property, reservation=row, company=company, actor=TESTER)
    night = Posting.objects.get(folio=main)
    outcomes = race(
        [
            lambda: transfer(postings=[night], to_folio=other, actor=TESTER),
            lambda: desk.reservation_undo_check_in(reservation=again(row), actor=TESTER),
            lambda: allowance_post(posting=night, amount_minor=3_000, reason="Noise", actor=TESTER),
            lambda: routing_set(reservation=row, folio=other, components=[], actor=TESTER),
        ]
    )
    assert set(outcomes) <= {"done", "nothing_left", "more_than_left"}
    left = (again(main).balance_minor, again(other).balance_minor)
    assert left in {(0, 0), (-3_000, 0), (0, -3_000)}


def test_routing_changes_during_the_audit(house):
    row = in_house(house, nights=2)
    company = Company.objects.create(code="ACME", kind="company", name="Acme")
    other = folio_open(property=house.property, reservation=row, company=company, actor=TESTER)

    def turn():
        rule = routing_set(reservation=row, folio=other, components=[], actor=TESTER)
        routing_remove(rule=rule, actor=TESTER)

    outcomes = race([turn, lambda: audit(house), lambda: folio_close(folio=other, actor=TESTER)])
    assert set(outcomes) <= {"done", "balance_open", "folio_closed"}
    audit(house)
    assert sum(Folio.objects.filter(reservation=row).values_list("balance_minor", flat=True)) == 10_000


def test_a_period_closes_while_everybody_posts(house, wine):
    row = in_house(house)
    folio = main_folio(reservation=row)
    Property.objects.filter(pk=house.property.pk).update(business_date=TODAY + timedelta(days=1))
    deeds: list[Callable[[], object]] = [lambda: article_post(folio=folio, article=wine, actor=TESTER)] * 4
    deeds += [lambda: take(folio=folio, tender="hand:CASH", amount_minor=1_000, actor=TESTER)] * 4
    deeds += [lambda: period_close(entity=folio.entity, through=TODAY, actor=TESTER)]
    outcomes = race(deeds)
    assert set(outcomes) <= {"done", "period_closed"}, outcomes
    Property.objects.filter(pk=house.property.pk).update(business_date=TODAY)


def test_refunds_never_exceed_the_payment(house):
    """T38."""
    row = in_house(house)
    payment = take(folio=main_folio(reservation=row), tender="hand:CASH", amount_minor=10_000, actor=TESTER)
    deeds = [lambda: refund_start(payment=again(payment), amount=Money(6_000, "EUR"), reason="Twice", actor=TESTER)] * 6
    outcomes = race(deeds)
    assert outcomes == {"done": 1, "refund_above_captured": 5}
    assert again(payment).refunded_minor == 6_000


def test_an_invoice_is_issued_while_its_charge_is_reduced_and_moved(house):
    row = in_house(house)
    stay_post(reservation=row, through=TODAY, actor=TESTER)
    main = main_folio(reservation=row)
    company = Company.objects.create(code="ACME", kind="company", name="Acme")
    other = folio_open(property=house.property, reservation=row, company=company, actor=TESTER)
    night = Posting.objects.get(folio=main)
    outcomes = race(
        [lambda: invoice_issue(folio=main, buyer=row.guest, actor=TESTER)] * 3
        + [lambda: allowance_post(posting=night, amount_minor=3_000, reason="Noise", actor=TESTER)] * 2
        + [lambda: folio_merge(origin=main, into=other, actor=TESTER)]
    )
    assert set(outcomes) <= {"done", "nothing_to_invoice", "negative_total", "nothing_left", "more_than_left"}
    assert Document.objects.filter(folio=main).count() <= 1


def test_the_payment_at_check_out_reaches_the_folio_that_will_owe(house):
    """What is charged only at departure is paid as well, on whichever of the guests' folios it comes."""
    row = in_house(house)
    other = folio_open(property=house.property, reservation=row, guest=row.guest, label="Tom", actor=TESTER)
    routing_set(reservation=row, folio=other, components=["accommodation"], actor=TESTER)
    leave(row)()
    assert set(Folio.objects.filter(reservation=row).values_list("status", "balance_minor")) == {("closed", 0)}


def test_a_press_of_another_desk_on_who_has_left_takes_nothing(house):
    row = in_house(house)
    leave(row)()
    leave(row)()
    assert paid(row) == 10_000
