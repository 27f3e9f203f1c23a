"""What changes after it was charged is corrected where it stands: on its line, wherever that was moved to."""

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.folios.enums import CHARGES
from billing.folios.models import Folio, Posting
from billing.folios.selectors import folio_findings, stay_account
from billing.folios.services import (
    allowance_post,
    folio_open,
    left_minor,
    main_folio,
    routing_set,
    stay_post,
    transfer,
)
from billing.taxes.calculation import TaxLine
from bookings.lifecycle import services as desk
from bookings.reservations.models import Reservation, StayNight
from guests.profiles.models import Company
from pms.kernel.locking import dry_run
from tests.billing.folios.test_charging import pay
from tests.conftest import TODAY
from tests.house import TESTER, book


@pytest.fixture
def stay(property_a):
    row = desk.reservation_check_in(reservation=book(property_a, 0, 3, guest="Greta"), actor=TESTER)
    stay_post(reservation=row, through=TODAY, actor=TESTER)
    return row


@pytest.fixture
def night(stay):
    return Posting.objects.get(kind="night")


@pytest.fixture
def company_folio(stay):
    company = Company.objects.create(code="ACME", kind="company", name="Acme")
    return folio_open(property=stay.property, reservation=stay, company=company, actor=TESTER)


def sold_at(stay, *parts):
    """Sell tonight again, by components; without parts it is given up."""
    kept = [{"component": component, "amount_minor": amount} for component, amount in parts]
    sold = (
        {"parts": kept, "price_minor": sum(amount for _, amount in parts)} if parts else {"released_at": timezone.now()}
    )
    StayNight.objects.filter(reservation=stay, date=TODAY).update(**({"released_at": None} | sold))
    total = sum(StayNight.objects.filter(reservation=stay, released_at=None).values_list("price_minor", flat=True))
    Reservation.objects.filter(pk=stay.pk).update(total_minor=total)
    again = Reservation.objects.get(pk=stay.pk)
    stay_post(reservation=again, through=TODAY, actor=TESTER)


def balances(stay):
    return list(Folio.objects.filter(reservation=stay).order_by("-is_main").values_list("balance_minor", flat=True))


def test_a_correction_goes_where_the_charge_was_moved_to(stay, night, company_folio):
    transfer(postings=[night], to_folio=company_folio, actor=TESTER)
    sold_at(stay, ("accommodation", 8_000))
    assert balances(stay) == [0, 8_000]
    sold_at(stay)
    assert balances(stay) == [0, 0]


def test_a_later_routing_takes_nothing_that_was_charged_before(stay, company_folio):
    routing_set(reservation=stay, folio=company_folio, components=[], actor=TESTER)
    sold_at(stay, ("accommodation", 8_000))
    assert balances(stay) == [8_000, 0]


def test_a_line_in_two_halves_is_taken_back_from_both(stay, night, company_folio):
    transfer(postings=[night], to_folio=company_folio, amount_minor=4_000, actor=TESTER)
    sold_at(stay)
    assert balances(stay) == [0, 0]


def test_what_is_taken_back_takes_its_allowance_along(stay, night):
    """Or the house gives the same thirty euros twice."""
    allowance_post(posting=night, amount_minor=3_000, reason="Noise", actor=TESTER)
    sold_at(stay)
    assert (balances(stay), left_minor(night)) == ([0], 0)
    assert stay_account(reservation=Reservation.objects.get(pk=stay.pk)).total_minor == 20_000
    assert folio_findings(property=stay.property) == []
    sold_at(stay, ("accommodation", 10_000))
    assert balances(stay) == [10_000]


def test_components_on_two_folios_are_corrected_each_on_its_own(stay, company_folio):
    routing_set(reservation=stay, folio=company_folio, components=["accommodation"], actor=TESTER)
    sold_at(stay)
    sold_at(stay, ("accommodation", 8_000), ("breakfast", 2_000))
    sold_at(stay, ("accommodation", 8_000), ("breakfast", 1_500))
    assert balances(stay) == [1_500, 8_000]
    assert not [row for row in Posting.objects.filter(kind="correction") if row.corrects.folio_id != row.folio_id]


def test_undoing_the_check_in_takes_tonight_back(stay):
    """T55."""
    desk.reservation_undo_check_in(reservation=stay, actor=TESTER)
    assert balances(stay) == [0]


def test_a_part_of_a_payment_moves_as_a_payment(stay, company_folio):
    payment = pay(main_folio(reservation=stay), 10_000)
    transfer(postings=[payment], to_folio=company_folio, amount_minor=4_000, actor=TESTER)
    assert balances(stay) == [4_000, -4_000]


STEPS = st.lists(
    st.tuples(st.sampled_from(["sell", "give up", "allow", "move", "route"]), st.integers(0, 7), st.integers(1, 9_999)),
    min_size=3,
    max_size=9,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_in_any_order_what_was_sold_stands_and_nothing_else(property_a, steps):
    """T28: by lines of the sale to the cent, given up for good to nothing, run again no line more."""
    with dry_run():
        live(property_a, steps)


def live(house, steps):
    stay = desk.reservation_check_in(reservation=book(house, 0, 3, guest="Greta"), actor=TESTER)
    company = Company.objects.create(code="ACME", kind="company", name="Acme")
    folios = [
        main_folio(reservation=stay),
        folio_open(property=stay.property, reservation=stay, company=company, actor=TESTER),
    ]
    for each in steps:
        step(stay, folios, *each)
        sold = StayNight.objects.filter(reservation=stay, date=TODAY, released_at=None).first()
        lines = Posting.objects.filter(reservation=stay, source__startswith="stay:")
        if lines and each[0] in {"sell", "give up"}:
            assert sum(row.amount_minor for row in lines) == (sold.price_minor if sold else 0)
    sold_at(stay)
    assert balances(stay) == [0, 0]
    written = Posting.objects.count()
    sold_at(stay)
    assert Posting.objects.count() == written
    assert folio_findings(property=stay.property) == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def step(stay, folios, verb, number, amount):
    if verb == "sell":
        sold_at(stay, ("accommodation", amount), *([("breakfast", amount // 3)] if number % 2 else []))
    elif verb == "give up":
        sold_at(stay)
    elif verb == "route":
        routing_set(reservation=stay, folio=folios[1], components=["breakfast"] if number % 2 else [], actor=TESTER)
    else:
        heads = [row for row in Posting.objects.filter(reservation=stay, of_kind__in=CHARGES) if left_minor(row) > 0]
        heads = [row for row in heads if row.kind == "night" or row.source.endswith(":to")]
        if not heads:
            return
        head = heads[number % len(heads)]
        some = min(amount, left_minor(head)) if number % 3 else None
        if verb == "allow":
            allowance_post(posting=head, amount_minor=some, reason="Noise", actor=TESTER)
        else:
            to = folios[1] if head.folio_id == folios[0].pk else folios[0]
            transfer(postings=[head], to_folio=to, amount_minor=some, actor=TESTER)


def taxed(stay, *amounts):
    """Sell tonight with a city tax of so much on top, one posting after the other."""
    for amount in amounts:
        tax = TaxLine(
            key="night",
            date=TODAY,
            component="accommodation",
            tax="CITY",
            name="City tax",
            kind="city_tax",
            basis="night",
            percent=None,
            each_minor=amount,
            quantity=1,
            base_minor=10_000,
            amount_minor=amount,
            included=False,
            at_property=False,
        )
        StayNight.objects.filter(reservation=stay, date=TODAY).update(taxes=[tax.as_json()])
        stay_post(reservation=stay, through=TODAY, actor=TESTER)


def test_a_tax_on_top_is_corrected_as_often_as_it_changes(stay):
    """The second correction has a source of its own, and is not taken for the first."""
    taxed(stay, 200, 100, 200, 300)
    assert balances(stay) == [10_300]


def test_a_tax_on_top_is_corrected_where_it_was_moved_to(stay, night, company_folio):
    taxed(stay, 200)
    transfer(postings=[night], to_folio=company_folio, actor=TESTER)
    taxed(stay, 100, 400)
    assert balances(stay) == [0, 10_400]
    sold_at(stay)
    assert balances(stay) == [0, 0]


def test_an_allowance_on_a_tax_on_top_is_taken_back_too(stay, night):
    taxed(stay, 200)
    allowance_post(posting=night, reason="Noise", actor=TESTER)
    assert balances(stay) == [0]
    sold_at(stay)
    assert balances(stay) == [0]
    assert folio_findings(property=stay.property) == []
