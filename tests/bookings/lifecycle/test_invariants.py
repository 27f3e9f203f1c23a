"""The certificate itself: each rule finds the defect that is planted for it, by SQL and past every service."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from bookings.availability.enums import ClosureKind
from bookings.availability.services import closure_create
from bookings.lifecycle import services as desk
from bookings.lifecycle.invariants import RULES, certify
from bookings.rates.models import Extra, ExtraDay, Promotion
from bookings.reservations.enums import ChargeKind, Status
from bookings.reservations.models import Reservation, ReservationCharge
from tests.conftest import TODAY
from tests.house import TESTER, book, refused

#: rule -> what breaks it
DEFECTS = {
    "a counter is wrong": "UPDATE availability_inventoryday SET sold = sold - 1 WHERE date = %(first)s AND sold > 0",
    "two guests in one room": """
        ALTER TABLE availability_occupancy DROP CONSTRAINT ex_occupancy_one_guest_per_room;
        UPDATE availability_occupancy SET unit_id = o.unit_id, slots = o.slots FROM availability_occupancy o
        WHERE availability_occupancy.reservation_id = %(option)s AND o.reservation_id = %(stay)s
    """,
    "a night with a unit has no occupancy there": """
        UPDATE availability_occupancy SET active = false WHERE reservation_id = %(stay)s
    """,
    "an occupancy covers a night the reservation does not have there": """
        UPDATE reservations_staynight SET unit_id = NULL WHERE reservation_id = %(stay)s AND date = %(first)s
    """,
    "an open closure that takes the unit has no occupancy": """
        DELETE FROM availability_occupancy WHERE closure_id = %(closure)s
    """,
    "an occupancy belongs to a closure that was released": """
        UPDATE availability_closure SET released_at = now() WHERE id = %(closure)s
    """,
    "a lost reservation or inquiry still takes nights": """
        UPDATE reservations_reservation SET status = 'cancelled' WHERE id = %(stay)s
    """,
    "a reservation does not have each of its nights once": """
        UPDATE reservations_staynight SET released_at = now() WHERE reservation_id = %(stay)s AND date = %(first)s
    """,
    "a night lies outside its stay": """
        UPDATE reservations_reservation SET arrival = arrival + 1 WHERE id = %(stay)s
    """,
    "the total is not the sum of the nights": """
        UPDATE reservations_reservation SET total_minor = total_minor + 1 WHERE id = %(stay)s
    """,
    "the extras and fees are not the sum of the charges": """
        UPDATE reservations_reservationcharge SET quantity = 2, amount_minor = 2 * unit_minor
    """,
    "the taxes are not the sum of their lines on top": """
        UPDATE reservations_staynight SET taxes = '[{"amount_minor": 5, "included": false}]'
        WHERE reservation_id = %(stay)s AND date = %(first)s
    """,
    "the parts of a night are not its price": """
        UPDATE reservations_staynight SET parts = '[{"component": "accommodation", "amount_minor": 1}]'
        WHERE reservation_id = %(stay)s
    """,
    "a promo code's uses are not the reservations that have it": """
        UPDATE reservations_reservation SET promotion_id = NULL WHERE id = %(stay)s
    """,
    "a day of an extra does not count what is sold": """
        UPDATE rates_extraday SET sold = sold + 1
    """,
    "a lost reservation or inquiry still has extras or fees": """
        UPDATE reservations_reservation SET status = 'inquiry' WHERE id = %(stay)s
    """,
    "an overbooked night and its reservation's flag disagree": """
        UPDATE reservations_reservation SET is_overbooked = true WHERE id = %(stay)s
    """,
    "a stay without a room does not say why": """
        UPDATE reservations_reservation SET unassigned_reason = 'No idea' WHERE id = %(stay)s
    """,
    "a guest in house has no room tonight": """
        UPDATE reservations_staynight SET unit_id = NULL WHERE reservation_id = %(guest)s
    """,
    "a night's type is not that of its unit": """
        UPDATE reservations_staynight SET consumed_type_id = %(suite)s WHERE reservation_id = %(stay)s
    """,
    "a unit is used outside its service": """
        UPDATE properties_unit SET in_service_until = %(first)s WHERE id = %(unit)s
    """,
    "a part lies outside its whole, or two parts overlap": """
        UPDATE properties_unit SET parent_id = %(unit)s WHERE number = '202'
    """,
    "an option has no live hold": """
        UPDATE availability_hold SET released_at = now()
    """,
}


@pytest.fixture
def house(property_a, planted):
    """A hotel with one of everything, and the ids that defects need."""
    stay = book(property_a, 1, 3, unit="101")
    guest = desk.reservation_check_in(reservation=book(property_a, 0, 2, unit="102"), actor=TESTER)
    option = book(property_a, 1, 3, unit="103", status=Status.HOLD)
    closure = closure_create(
        unit=property_a.units["201"],
        first=TODAY,
        until=TODAY + timedelta(days=2),
        kind=ClosureKind.OUT_OF_ORDER,
        reason="Paint",
        actor=TESTER,
    )
    parking = Extra.objects.create(
        property=property_a.property, code="PARK", name="Parking", price_minor=900, daily_limit=3
    )
    ReservationCharge.objects.create(
        reservation=stay,
        kind=ChargeKind.EXTRA,
        extra=parking,
        code="PARK",
        name="Parking",
        component=parking.component,
        basis=parking.basis,
        date=stay.arrival,
        quantity=1,
        unit_minor=900,
        amount_minor=900,
    )
    ExtraDay.objects.create(extra=parking, date=stay.arrival, limit=3, sold=1)
    promotion = Promotion.objects.create(property=property_a.property, code="SPRING", percent=10, uses=1)
    Reservation.objects.filter(pk=stay.pk).update(charges_minor=900, promotion=promotion)
    ids = {"stay": stay, "guest": guest, "option": option, "closure": closure, "suite": property_a.suite}
    parameters = {name: row.pk for name, row in ids.items()}
    return property_a, parameters | {"unit": property_a.units["101"].pk, "first": stay.arrival}


def plant(sql, parameters):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in sql.split(";"):
            cursor.execute(statement, parameters)


def run(**options):
    output = StringIO()
    call_command("check_invariants", stdout=output, **options)
    return output.getvalue()


def test_every_rule_has_its_defect():
    assert set(DEFECTS) == {rule for rule, _ in RULES} | {"a counter is wrong"}


@pytest.mark.parametrize("rule", list(DEFECTS))
def test_each_rule_finds_its_defect(house, rule):
    place, parameters = house
    assert certify(property=place.property).clean
    plant(DEFECTS[rule], parameters)
    assert rule in {finding.rule for finding in certify(property=place.property).findings}
    with pytest.raises(CommandError) as failure:
        run(organization="hotel-a")
    assert failure.value.returncode == 1


@pytest.mark.parametrize(
    ("counter", "kind"), [("held", "option"), ("out_of_order", "closure"), ("capacity", "unit"), ("linked", "none")]
)
def test_each_counter_is_recomputed(house, counter, kind):
    place, _ = house
    plant(f"UPDATE availability_inventoryday SET {counter} = {counter} + 1, overbooking_limit = 9", {})
    details = [finding.detail for finding in certify(property=place.property, most=5_000).findings]
    assert len(details) == 2 * 121
    assert all(f" {counter}: says" in detail for detail in details)


def test_a_day_that_is_missing_is_found(house):
    place, parameters = house
    plant("DELETE FROM availability_inventoryday WHERE date = %(first)s", parameters)
    details = [finding.detail for finding in certify(property=place.property).findings]
    assert f"DBL {parameters['first']} sold: no inventory day, is 2" in details


def test_a_clean_house_is_certified(property_a, property_other):
    book(property_a, 1, 3)
    output = run(organization="hotel-a")
    assert "hotel-a/LIS  Casa Lisboa, business date 2026-11-20: everything holds" in output
    assert "5 units, 242 inventory days, 1 reservations, 2 nights, 1 occupancies" in output
    assert "hotel-a/POR" in output
    assert run().count("everything holds") == 2


def test_one_propertys_defect_is_not_anothers(house, property_other):
    place, parameters = house
    plant(DEFECTS["the total is not the sum of the nights"], parameters)
    assert certify(property=property_other.property).clean
    assert not certify(property=place.property).clean


def test_an_unknown_organization(db):
    with pytest.raises(CommandError, match="There is no organization called nowhere"):
        run(organization="nowhere")


def test_a_refusal_helper_that_never_fails_would_prove_nothing():
    with pytest.raises(AssertionError), refused("sold_out"):
        pass
