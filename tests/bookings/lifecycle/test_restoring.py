"""Taking a change back: what was sold comes back to the cent, whatever prices and rules did meanwhile."""

from datetime import timedelta

import pytest
from django.db.models import F

from billing.taxes.models import TaxRate
from billing.taxes.services import regime_apply
from bookings.lifecycle import services as desk
from bookings.lifecycle.invariants import certify
from bookings.rates.models import BasePrice, RatePlan
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation, SoldVersion
from tests.conftest import TODAY
from tests.house import TESTER, book, refused

MONEY = ("date", "room_type_id", "rate_plan_id", "price_minor", "parts", "taxes")
CHARGE = ("kind", "code", "date", "quantity", "unit_minor", "amount_minor", "taxes")


def day(offset):
    return TODAY + timedelta(days=offset)


def modify(row, **changes):
    return desk.reservation_modify(reservation=row, actor=TESTER, **changes)


def sold(row):
    """Everything that was sold, row by row."""
    row = Reservation.objects.get(pk=row.pk)
    return (
        list(row.nights.filter(released_at=None).order_by("date").values_list(*MONEY)),
        list(row.charges.filter(released_at=None).order_by("date", "kind", "code").values_list(*CHARGE)),
        (row.total_minor, row.charges_minor, row.taxes_minor, row.promotion_id, row.terms),
    )


@pytest.fixture
def second_plan(property_a):
    plan = RatePlan.objects.create(property=property_a.property, code="NRF", name="Non-refundable")
    for room_type in (property_a.double, property_a.suite):
        BasePrice.objects.create(rate_plan=plan, room_type=room_type, price_minor=7_000)
    return plan


@pytest.mark.parametrize("reprice", [False, True])
@pytest.mark.parametrize(
    "change",
    ["extend", "shorten", "later", "elsewhere", "suite", "plan", "party", "nothing"],
)
def test_a_change_taken_back_leaves_the_very_nights(property_a, second_plan, change, reprice):
    """T28, T47: also when everything costs something else by then."""
    row = book(property_a, 2, 6, adults=1)
    was = sold(row)
    changes = {
        "extend": {"departure": day(8)},
        "shorten": {"departure": day(4)},
        "later": {"arrival": day(4), "departure": day(8)},
        "elsewhere": {"arrival": day(20), "departure": day(22)},
        "suite": {"room_type": property_a.suite},
        "plan": {"rate_plan": second_plan},
        "party": {"adults": 2},
        "nothing": {},
    }[change]
    BasePrice.objects.update(price_minor=4_321)
    changed = modify(row, **changes, reprice=reprice)
    assert (sold(changed) != was) == (reprice or change not in {"party", "nothing"})
    BasePrice.objects.update(price_minor=99_999)
    back = {
        "arrival": day(2),
        "departure": day(6),
        "room_type": property_a.double,
        "rate_plan": property_a.rate_plan,
        "adults": 1,
    }
    modify(changed, **back, restore=True)
    assert sold(row) == was
    assert certify(property=property_a.property).findings == ()


def test_a_party_that_costs_the_same_comes_back_under_the_tax_it_was_sold_with(property_a):
    """T28, T33, T45: a child exempt from city tax costs nothing, yet who stays is part of what was sold."""
    regime_apply(property=property_a.property, regime="lt-vilnius", actor=TESTER)
    row = book(property_a, 2, 4, adults=1)
    was = sold(row)
    assert sold(modify(row, child_ages=[5])) == was
    assert SoldVersion.objects.filter(reservation=row).count() == 1
    rates = TaxRate.objects.filter(tax__property=property_a.property, amount_minor__isnull=False)
    assert rates.update(amount_minor=F("amount_minor") + 10)
    modify(row, child_ages=[], restore=True)
    assert sold(row) == was
    assert certify(property=property_a.property).findings == ()


def test_several_changes_are_taken_back_one_by_one(property_a):
    row = book(property_a, 2, 4)
    steps = [({"arrival": day(2), "departure": day(4)}, sold(row))]
    for number, dates in enumerate(((2, 6), (1, 6), (3, 5)), start=1):
        BasePrice.objects.update(price_minor=10_000 + number)
        wanted = {"arrival": day(dates[0]), "departure": day(dates[1])}
        modify(row, **wanted)
        steps.append((wanted, sold(row)))
    BasePrice.objects.update(price_minor=1)
    for wanted, was in reversed(steps[:-1]):
        modify(row, **wanted, restore=True)
        assert sold(row) == was
    assert SoldVersion.objects.filter(reservation=row).count() == 6


def test_of_two_times_alike_the_version_named_comes_back(property_a, second_plan):
    """Twice on the same plan, at two prices: taking back one change after the other ends at the first of them."""
    row = book(property_a, 2, 4)
    first = sold(row)
    BasePrice.objects.update(price_minor=12_000)
    plans = (second_plan, property_a.rate_plan)
    versions = [modify(row, rate_plan=plan, reprice=True).version for plan in plans]
    last = sold(row)
    BasePrice.objects.update(price_minor=1)
    modify(row, rate_plan=second_plan, restore=True, restore_version=versions[0])
    assert sold(modify(row, rate_plan=property_a.rate_plan, restore=True)) == last
    modify(row, rate_plan=second_plan, restore=True)
    modify(row, rate_plan=property_a.rate_plan, restore=True, restore_version=1)
    assert sold(row) == first


def test_taking_back_what_was_taken_back(property_a):
    row = book(property_a, 2, 4)
    BasePrice.objects.update(price_minor=12_000)
    longer = sold(modify(row, departure=day(6)))
    BasePrice.objects.update(price_minor=1)
    modify(row, departure=day(4), restore=True)
    modify(row, departure=day(6), restore=True)
    assert sold(row) == longer


def test_nights_given_up_come_back_at_their_price_when_the_whole_is_not_what_it_was(property_a):
    """T29: what was sold once is not sold again; only the night nobody ever had is at today's price."""
    row = book(property_a, 2, 6)
    modify(row, departure=day(4))
    BasePrice.objects.update(price_minor=5_000)
    row = modify(row, departure=day(7), restore=True)
    nights = row.nights.filter(released_at=None).order_by("date")
    assert list(nights.values_list("price_minor", flat=True)) == [10_000] * 4 + [5_000]


def test_without_asking_nights_given_up_are_sold_anew(property_a):
    row = book(property_a, 2, 4)
    modify(row, departure=day(3))
    BasePrice.objects.update(price_minor=5_000)
    assert modify(row, departure=day(4)).total_minor == 15_000


def test_who_left_early_by_mistake_gets_the_nights_back(property_a):
    """T51: an early departure taken back on the same day, then the nights."""
    row = desk.reservation_check_in(reservation=book(property_a, 0, 4), actor=TESTER)
    was = sold(row)
    desk.reservation_check_out(reservation=row, actor=TESTER, unpaid_reason="Pays later")
    assert sold(row)[2][0] == 10_000
    BasePrice.objects.update(price_minor=5_000)
    desk.reservation_undo_check_out(reservation=row, actor=TESTER)
    desk.reservation_extend(reservation=row, departure=day(4), restore=True, actor=TESTER)
    assert sold(row) == was


def test_nights_slept_since_stay_as_they_are(property_a):
    """What was slept is settled, whatever the rest goes back to."""
    row = desk.reservation_check_in(reservation=book(property_a, 0, 3), actor=TESTER)
    BasePrice.objects.update(price_minor=5_000)
    modify(row, reprice=True)
    place = property_a.property
    place.business_date = day(1)
    place.save()
    row = modify(row, restore=True)
    nights = row.nights.filter(released_at=None).order_by("date")
    assert list(nights.values_list("price_minor", flat=True)) == [5_000, 10_000, 10_000]


@pytest.mark.parametrize("end", ["cancel", "no_show", "no_show_released", "option"])
def test_what_was_lost_comes_back_to_the_cent(property_a, end):
    """T56: reinstating sells nothing anew."""
    row = book(property_a, 0, 3, status=Status.HOLD if end == "option" else Status.CONFIRMED)
    was = sold(row)
    if end in {"cancel", "option"}:
        desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER)
    else:
        desk.reservation_no_show(reservation=row, release_nights=end == "no_show_released", actor=TESTER)
    BasePrice.objects.update(price_minor=5_000)
    desk.reservation_reinstate(reservation=row, actor=TESTER)
    assert sold(row) == was
    assert certify(property=property_a.property).findings == ()


def test_a_stale_page_takes_nothing_back(property_a):
    row = book(property_a, 2, 4)
    modify(row, departure=day(6))
    with refused("changed_meanwhile"):
        modify(row, departure=day(4), restore=True, version=1)
