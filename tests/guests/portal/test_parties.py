"""Who comes is the guest's to change: capacity and policy hold, and who joins pays, while nights keep their price."""

from datetime import timedelta

import pytest

from billing.taxes.models import Tax, TaxRate
from bookings.rates.enums import PriceRuleKind
from bookings.rates.models import BasePrice, PlanComponent
from bookings.reservations.models import Occupant, Reservation
from guests.portal.services import StayWish, stay_change, stay_change_preview
from tests.bookings.rates.asking import rule
from tests.conftest import TODAY
from tests.guests.portal.test_money import costs_a_night
from tests.guests.portal.test_pages import at, guest
from tests.house import TESTER, book

__all__ = ["guest"]


@pytest.fixture
def suite(property_a):
    """Greta's two nights for two in a suite at 250 with 10 % VAT inside; a third adult is 40 a night, a cot 5, breakfast 10."""
    rule(property_a, PriceRuleKind.EXTRA_ADULT, amount=4_000)
    rule(property_a, PriceRuleKind.CHILD, amount=500, first=0, last=1)
    PlanComponent.objects.create(rate_plan=property_a.rate_plan, component="breakfast", amount_minor=1_000, age_from=3)
    tax = Tax.objects.create(
        property=property_a.property,
        code="VAT",
        name="VAT",
        components=["accommodation", "breakfast"],
        is_included=True,
    )
    TaxRate.objects.create(tax=tax, first=TODAY - timedelta(days=400), percent=10)
    return book(property_a, 10, 12, guest="Lindqvist", room_type=property_a.suite)


def wish(row, **more):
    """Return the stay as it is, with what shall be different."""
    plain = {"arrival": row.arrival, "departure": row.departure, "adults": row.adults, "child_ages": (), **more}
    return StayWish(**plain)


def change(row, **more):
    """Change it at the price that the preview shows, and return it."""
    asked, row = wish(row, **more), Reservation.objects.select_related("property", "booking").get(pk=row.pk)
    shown = stay_change_preview(reservation=row, wish=asked, version=row.version, actor=TESTER)
    assert shown.refusal is None
    return stay_change(reservation=row, wish=asked, version=row.version, total_seen_minor=shown.new_minor, actor=TESTER)


def refusal(row, **more):
    shown = stay_change_preview(reservation=row, wish=wish(row, **more), version=row.version, actor=TESTER)
    return shown.refusal and shown.refusal.code


def test_who_joins_pays_as_of_today_and_the_nights_keep_their_price(property_a, suite):
    """T29, T28: the rate has gone up since; only the third adult's supplement is added, with its VAT and breakfast."""
    BasePrice.objects.filter(room_type=property_a.suite).update(price_minor=40_000)
    row = change(suite, adults=3)
    assert (row.total_minor, row.grand_total_minor, row.adults) == (58_000, 58_000, 3)
    night = row.nights.filter(released_at=None).first()
    assert {part["component"]: part["amount_minor"] for part in night.parts} == {
        "accommodation": 26_000,
        "breakfast": 3_000,
    }
    assert sum(tax["amount_minor"] for tax in night.taxes) == 2_637
    assert change(row, adults=2).grand_total_minor == 50_000


def test_infants_come_along_and_go_again(suite):
    row = change(suite, infants=2)
    assert (row.infants, row.grand_total_minor) == (2, 52_000)
    assert Occupant.objects.filter(reservation=row, kind="infant").count() == 2
    assert change(row, infants=0).grand_total_minor == 50_000


def test_the_page_asks_for_infants_and_shows_the_difference(guest, suite):
    query = {"arrival": suite.arrival, "departure": suite.departure, "adults": 2, "children": "9", "infants": 1}
    page = guest.get(at(suite, "change", suite.code), query).content.decode()
    assert "€90.00" in page
    assert 'name="infants" value="1"' in page
    yes = {**query, "version": suite.version, "total_minor": 59_000, "yes": 1}
    assert guest.post(at(suite, "change", suite.code), yes).status_code == 303
    row = Reservation.objects.get(pk=suite.pk)
    assert (row.adults, row.children, row.infants, row.grand_total_minor) == (2, 1, 1, 59_000)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"adults": 4}, "too_many_guests"),
        ({"adults": 3, "child_ages": (4, 9)}, "too_many_guests"),
        ({"infants": 4}, "too_many_guests"),
        ({"adults": 0}, "no_adult"),
        ({"child_ages": (18,)}, "bad_age"),
        ({}, "nothing_changes"),
    ],
)
def test_capacity_holds(suite, more, code):
    assert refusal(suite, **more) == code


def test_once_cancelling_costs_guests_may_join_and_not_make_it_cheaper(property_a, suite):
    """A smaller party would be a way around the fee."""
    row = change(suite, adults=3)
    costs_a_night(row)
    assert refusal(row, adults=2) == "change_costs"
    assert change(row, infants=1).grand_total_minor == 59_000


def test_a_rate_that_is_not_sold_any_more_is_for_the_desk(property_a, suite):
    BasePrice.objects.filter(room_type=property_a.suite).delete()
    assert refusal(suite, adults=3) == "party_unpriced"


def test_the_same_ages_keep_the_days_of_birth(property_a):
    born = TODAY - timedelta(days=9 * 366)
    row = book(property_a, 10, 12, room_type=property_a.suite, child_ages=(9,), child_births=(born,))
    row = change(row, departure=row.departure + timedelta(days=1), child_ages=(9,))
    assert list(row.occupants.filter(kind="child").values_list("born_on", flat=True)) == [born]
