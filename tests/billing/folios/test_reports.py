"""VAT and city tax by what was sold, open items by age, and proofs: beside a naive count over the rows."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models import Sum

from billing.folios.models import Folio, Posting
from billing.folios.reports import (
    Proof,
    city_tax_nights,
    city_tax_rows,
    open_items,
    proof_register,
    proofs,
    vat_report,
)
from billing.folios.reports import proofs as proofs_of
from billing.folios.reports.proofs import _sources
from billing.ledger.enums import EntryKind, Role
from billing.ledger.models import Line
from billing.ledger.reports import trial_balance
from billing.ledger.services import Draft, EntryDraft, entry_post
from billing.taxes.models import Tax, TaxRate
from billing.taxes.regimes import REGIMES
from bookings.reservations.models import Reservation, StayNight
from tests.billing.ledger.busy_house import FIRST, LAST, make_busy, pay
from tests.bookings.lifecycle.test_quote_is_sold import NOW
from tests.conftest import TODAY
from tests.house import TESTER


@pytest.fixture
def busy(in_tenant):
    with time_machine.travel(NOW, tick=False):
        yield make_busy()


def report(busy):
    return vat_report(entity=busy.entity, trial=trial_balance(entity=busy.entity, first=FIRST, last=LAST))


@pytest.mark.parametrize("regime", sorted(REGIMES))
def test_all_revenue_is_accounted_for(in_tenant, regime):
    """T31-T35: what carries VAT and what does not sum to the revenue of the books."""
    with time_machine.travel(NOW, tick=False):
        busy = make_busy("VAT", regime)
    found = report(busy)
    booked = Line.objects.filter(account__role__in=["revenue", "cancellation"]).aggregate(sum=Sum("amount_minor"))[
        "sum"
    ]
    assert sum(row.revenue_minor for row in found.revenue) == -booked
    assert found.by_hand == {}
    for row in found.revenue:
        assert row.covered_minor + row.without_minor + row.apart_minor == row.revenue_minor
        has_vat = any(
            tax.kind == "vat" and tax.rates.exists() for tax in Tax.objects.filter(components__contains=[row.component])
        )
        assert bool(row.covered_minor) == has_vat


def test_revenue_without_a_folio_line_is_told(busy):
    lines = [Draft(Role.BANK, 900, "EUR"), Draft(Role.REVENUE, -900, "EUR", key="other")]
    draft = EntryDraft(entity=busy.entity, date=TODAY, kind=EntryKind.MANUAL, source="rent", lines=lines)
    entry_post(draft=draft, actor=TESTER)
    assert report(busy).by_hand == {"EUR": 900}


def test_city_tax_is_what_was_posted_for_the_nights(busy):
    """T33, T34: base and persons from the sale, amount from the folio."""
    nights = city_tax_nights(entity=busy.entity, first=FIRST, last=LAST)
    in_books = Line.objects.filter(account__role="tax", account__key="CITY-TAX").aggregate(sum=Sum("amount_minor"))
    assert sum(night.amount_minor for night in nights) == -in_books["sum"] > 0
    assert [(night.day, night.persons, night.taxed) for night in nights] == [
        (TODAY + timedelta(days=n), 3, 3) for n in range(3)
    ]
    sold = {row.date: row.taxes for row in StayNight.objects.filter(reservation=busy.stay)}
    own = [tax["base_minor"] for tax in sold[TODAY] if tax["tax"] == "CITY-TAX"]
    assert nights[0].base_minor == sum(own) > 0


@pytest.fixture
def per_person(in_tenant):
    """Two adults and a child of eleven in Lisbon, where a tax is for each person from thirteen on, seven nights at most."""
    with time_machine.travel(NOW, tick=False):
        yield make_busy("LIS", "pt-lisbon")


def test_city_tax_counts_persons_and_children_apart(per_person):
    """T33: age at the night."""
    (row,) = city_tax_rows(city_tax_nights(entity=per_person.entity, first=FIRST, last=LAST))
    assert (row.totals.nights, row.totals.persons, row.totals.taxed, row.totals.exempt) == (3, 9, 6, 3)
    assert row.totals.exempt_by == {"age": 3}
    assert row.totals.amount_minor == 6 * int(row.rates[0])


def test_city_tax_says_why_nobody_pays(per_person):
    """T33: a cap counts over the whole stay; a purpose exempts."""
    tax = Tax.objects.get(kind="city_tax")
    for night in StayNight.objects.filter(reservation=per_person.stay):
        StayNight.objects.filter(pk=night.pk).update(taxes=[row for row in night.taxes if row["tax"] != tax.code])
    TaxRate.objects.filter(tax=tax).update(nights_cap=1)

    def reasons():
        return {night.day: night.reason for night in city_tax_nights(entity=per_person.entity, first=FIRST, last=LAST)}

    assert [reasons()[TODAY + timedelta(days=n)] for n in range(3)] == [
        "age",
        *["beyond the nights that are taxed"] * 2,
    ]
    Tax.objects.filter(pk=tax.pk).update(exempt_purposes=["business"])
    Reservation.objects.filter(pk=per_person.stay.pk).update(purpose="business")
    assert set(reasons().values()) == {"purpose of the stay"}


def test_city_tax_of_one_property_and_tax(per_person):
    for wanted, count in (({"property_code": "LIS"}, 3), ({"property_code": "POR"}, 0), ({"code": "NONE"}, 0)):
        assert len(city_tax_nights(entity=per_person.entity, first=FIRST, last=LAST, **wanted)) == count


def naive_open(on):
    found: dict[int, int] = {}
    for posting in Posting.objects.filter(date__lte=on):
        found[posting.folio_id] = found.get(posting.folio_id, 0) + posting.amount_minor
    return {key: amount for key, amount in found.items() if amount}


@pytest.mark.parametrize("days", range(-1, 5))
def test_open_items_are_the_naive_sum_of_every_day(busy, days):
    """Looked at from later, a day shows what it showed then."""
    on = TODAY + timedelta(days=days)
    found = open_items(entity=busy.entity, on=on)
    assert {item.folio.pk: item.balance_minor for item in found.items} == naive_open(on)
    assert all(sum(item.ages) == item.balance_minor for item in found.items)


def test_items_stand_in_their_ledger(busy):
    found = open_items(entity=busy.entity, on=TODAY + timedelta(days=3))
    by_ledger = {
        ledger: [item.folio for item in found.of(ledger)]
        for ledger in (Role.GUEST_LEDGER, Role.CITY_LEDGER, Role.DEPOSITS)
    }
    assert by_ledger == {
        Role.GUEST_LEDGER: [busy.folio],
        Role.CITY_LEDGER: [busy.company],
        Role.DEPOSITS: [busy.prepaid],
    }
    assert found.totals(Role.DEPOSITS)["EUR"] == (-5_000, -5_000, 0, 0, 0)


@pytest.mark.parametrize(("days", "place"), [(30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3)])
def test_a_balance_grows_old(busy, days, place):
    on = TODAY + timedelta(days=days)
    (item,) = open_items(entity=busy.entity, on=on).of(Role.DEPOSITS)
    assert item.ages == tuple(-5_000 if index == place else 0 for index in range(4))
    assert (item.days, item.since) == (days, TODAY)


def test_the_oldest_charges_are_paid_first(busy):
    balance = Folio.objects.get(pk=busy.folio.pk).balance_minor
    last_day = Posting.objects.filter(folio=busy.folio, date=TODAY + timedelta(days=2)).aggregate(
        sum=Sum("amount_minor")
    )
    assert balance > last_day["sum"]
    pay(busy.folio, balance - last_day["sum"], "most of it")
    (item,) = open_items(entity=busy.entity, on=TODAY + timedelta(days=3)).of(Role.GUEST_LEDGER)
    # The refund of the last day is the newest that is owed.
    assert item.since == TODAY + timedelta(days=2)


def test_everything_agrees_on_every_day(busy):
    for days in range(-1, 5):
        last = TODAY + timedelta(days=days)
        found = proofs(trial=trial_balance(entity=busy.entity, first=FIRST, last=last))
        assert [proof for proof in found if not proof.agrees] == []
    assert {proof.name for proof in found} == {
        *("Double entry", "Folios and their ledgers", "What is owed", "What is held", "Money received"),
    }


def test_a_difference_shows(busy):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE folios_folio SET balance_minor = balance_minor + 7 WHERE id = %s", [busy.folio.pk])
    found = proofs(trial=trial_balance(entity=busy.entity, first=FIRST, last=LAST))
    assert {(proof.name, proof.difference_minor) for proof in found if not proof.agrees} == {
        ("Folios and their ledgers", 7),
        ("What is owed", 7),
    }


def test_another_app_adds_its_proofs(busy):
    def own(trial):
        return [Proof("Provider", "There", 5, "Here", 4, "EUR")]

    proof_register(own)
    try:
        found = proofs_of(trial=trial_balance(entity=busy.entity, first=FIRST, last=LAST))
    finally:
        _sources.remove(own)
    assert [proof.name for proof in found if not proof.agrees] == ["Provider"]


def test_reports_cost_a_fixed_number_of_queries(busy, django_assert_num_queries):
    for number in (1, 2):
        trial = trial_balance(entity=busy.entity, first=FIRST, last=LAST)
        with django_assert_num_queries(3):
            vat_report(entity=busy.entity, trial=trial)
        with django_assert_num_queries(3):
            open_items(entity=busy.entity, on=LAST)
        with django_assert_num_queries(2):
            proofs(trial=trial)
        with django_assert_num_queries(6):
            city_tax_nights(entity=busy.entity, first=FIRST, last=LAST)
        if number == 1:
            with time_machine.travel(NOW, tick=False):
                make_busy("BER")
