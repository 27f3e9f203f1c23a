"""Extras with and after the sale: lines, limits, taxes, totals."""

from datetime import timedelta

import pytest

from bookings.lifecycle import services as desk
from bookings.lifecycle.invariants import certify
from bookings.rates.models import Extra, ExtraDay, Promotion
from bookings.rates.quoting import ExtraWish
from bookings.reservations.enums import ChargeKind, Status
from bookings.reservations.models import Reservation
from pms.audit.models import AuditEvent
from pms.kernel.money import Money
from tests.bookings.lifecycle.priced_house import make_priced_house, money_of
from tests.conftest import TODAY
from tests.house import TESTER, book, refused


def day(offset):
    return TODAY + timedelta(days=offset)


@pytest.fixture
def house(in_tenant):
    """A house in Berlin; whatever was done in it adds up."""
    made = make_priced_house("EXTRAS", "de-berlin").house
    yield made
    assert certify(property=made.property).findings == ()


def charges(row, code=""):
    rows = row.charges.filter(released_at=None).order_by("date", "kind", "code")
    found = rows.filter(code=code) if code else rows
    return list(found.values_list("code", "date", "quantity", "amount_minor"))


def sold(house, code):
    days = ExtraDay.objects.filter(extra__property=house.property, extra__code=code, sold__gt=0)
    return dict(days.order_by("date").values_list("date", "sold"))


def total(row):
    return Reservation.objects.get(pk=row.pk).grand_total_minor


def add(row, extra, **facts):
    return desk.charge_add(reservation=row, extra=extra, actor=TESTER, **facts)


def remove(row, code, **facts):
    return desk.charge_remove(reservation=row, code=code, actor=TESTER, **facts)


def test_extras_are_sold_with_the_stay_by_their_basis(house):
    row = book(house, 1, 3, extras=[ExtraWish("PARK"), ExtraWish("BREAK"), ExtraWish("CAB", 2)])
    assert charges(row, "PARK") == [("PARK", day(1), 1, 1_700), ("PARK", day(2), 1, 1_700)]
    assert charges(row, "BREAK") == [("BREAK", day(1), 2, 2_866), ("BREAK", day(2), 2, 2_866)]
    assert charges(row, "CAB") == [("CAB", day(1), 2, 9_998)]
    assert sold(house, "PARK") == {day(1): 1, day(2): 1}
    assert sold(house, "CAB") == {day(1): 2}
    assert sold(house, "BREAK") == {}


def test_an_extra_that_is_gone_refuses_the_booking_and_leaves_no_trace(house):
    book(house, 1, 3, extras=[ExtraWish("CAB", 2)])
    with refused("extra_sold_out"):
        book(house, 1, 2, extras=[ExtraWish("CAB")])
    assert Reservation.objects.filter(property=house.property).count() == 1


@pytest.mark.parametrize("end", ["cancel", "no_show", "expire"])
def test_a_lost_stay_gives_its_extras_back(house, end):
    row = book(house, 0, 2, extras=[ExtraWish("PARK")], status=Status.HOLD if end == "expire" else Status.CONFIRMED)
    if end == "no_show":
        desk.reservation_no_show(reservation=row, actor=TESTER)
        assert sold(house, "PARK") == {day(0): 1, day(1): 1}
        desk.reservation_no_show(reservation=row, release_nights=True, actor=TESTER)
    elif end == "cancel":
        desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER)
    else:
        expires = row.hold.expires_at + timedelta(minutes=1)
        desk.hold_expire(reservation=row, now=expires, actor=TESTER)
    assert (sold(house, "PARK"), charges(row)) == ({}, [])


def test_extras_by_night_follow_the_nights(house):
    """Charges per night follow the nights, per stay stay."""
    row = book(house, 1, 3, extras=[ExtraWish("PARK"), ExtraWish("CAB")])
    Extra.objects.update(price_minor=9)
    row = desk.reservation_modify(reservation=row, arrival=day(2), departure=day(4), actor=TESTER)
    assert charges(row, "PARK") == [("PARK", day(2), 1, 1_700), ("PARK", day(3), 1, 1_700)]
    assert charges(row, "CAB") == [("CAB", day(2), 1, 4_999)]
    assert sold(house, "PARK") == {day(2): 1, day(3): 1}
    assert sold(house, "CAB") == {day(2): 1}


def test_an_extra_that_is_sold_no_more_stays_with_who_has_it(house):
    row = book(house, 1, 3, extras=[ExtraWish("PARK")])
    Extra.objects.filter(code="PARK").update(retired_at=row.made_at)
    row = desk.reservation_extend(reservation=row, departure=day(4), actor=TESTER)
    assert len(charges(row, "PARK")) == 3


def test_an_extra_after_the_sale_changes_nothing_else(house):
    row = book(house, 1, 3)
    nights, before, _ = money_of(row)
    old = total(row)
    row = add(row, "PARK")
    assert money_of(row)[0] == nights
    assert charges(row, "PARK") == [("PARK", day(1), 1, 1_700), ("PARK", day(2), 1, 1_700)]
    assert (total(row) - old, row.charges_minor - sum(charge[5] for charge in before)) == (3_400, 3_400)
    taxed = row.charges.filter(released_at=None, code="PARK").values_list("taxes", flat=True)
    assert [[tax["included"] for tax in taxes] for taxes in taxed] == [[True], [True]]
    told = AuditEvent.objects.filter(action="reservation.charge_added").get()
    assert told.changes["charges"] == [[], ["1 x Park, 21 Nov 2026", "1 x Park, 22 Nov 2026"]]
    with refused("extra_there"):
        add(row, "PARK")


def test_an_extra_on_some_days_does_not_follow_the_stay(house):
    row = add(book(house, 1, 4), "PARK", dates=[day(2)])
    row = desk.reservation_extend(reservation=row, departure=day(6), actor=TESTER)
    assert charges(row, "PARK") == [("PARK", day(2), 1, 1_700)]
    row = add(row, "PARK", dates=[day(3)], quantity=2)
    assert charges(row, "PARK") == [("PARK", day(2), 1, 1_700), ("PARK", day(3), 2, 3_400)]


def test_taking_an_extra_off_is_as_if_it_had_not_been(house):
    row = book(house, 1, 3)
    was = money_of(row)
    row = remove(add(row, "PARK"), "PARK")
    assert money_of(row) == was
    assert sold(house, "PARK") == {}


def test_a_fee_of_the_house_may_be_let_go(house):
    row = book(house, 1, 3)
    old = total(row)
    row = remove(row, "CLEAN", kind=ChargeKind.FEE, reason="The lift was out of order")
    assert charges(row, "CLEAN") == []
    assert old - total(row) == 4_501
    row = desk.reservation_extend(reservation=row, departure=day(5), actor=TESTER)
    assert charges(row, "CLEAN") == []


def test_one_day_of_an_extra_is_taken_off(house):
    row = book(house, 1, 4, extras=[ExtraWish("PARK")])
    row = remove(row, "PARK", dates=[day(2)])
    assert [charge[1] for charge in charges(row, "PARK")] == [day(1), day(3)]


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        (lambda row: add(row, "NOPE"), "extra_unknown"),
        (lambda row: add(row, "PARK", quantity=0), "bad_quantity"),
        (lambda row: add(row, "PARK", quantity=4), "extra_sold_out"),
        (lambda row: add(row, "PARK", version=7), "changed_meanwhile"),
        (lambda row: remove(row, "PARK"), "no_such_charge"),
        (lambda row: remove(row, "CLEAN"), "no_such_charge"),
    ],
)
def test_what_cannot_be_charged(house, deed, code):
    row = book(house, 1, 3)
    was = money_of(row)
    with refused(code):
        deed(row)
    assert money_of(row) == was


def test_a_stay_that_is_over_is_charged_no_more(house):
    row = book(house, 1, 3)
    desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER)
    with refused("not_changeable"):
        add(row, "PARK")
    with refused("not_changeable"):
        remove(row, "CLEAN", kind=ChargeKind.FEE)


def test_a_limit_that_comes_later_counts_what_was_sold(house):
    Extra.objects.filter(code="PARK").update(daily_limit=None)
    book(house, 1, 3, extras=[ExtraWish("PARK", 2)])
    Extra.objects.filter(code="PARK").update(daily_limit=3)
    book(house, 2, 4, extras=[ExtraWish("PARK")])
    assert sold(house, "PARK") == {day(2): 3, day(3): 1}
    with refused("extra_sold_out"):
        book(house, 2, 3, extras=[ExtraWish("PARK")])


def test_leaving_early_leaves_what_is_charged_by_night(house):
    """T51: nights to come and what goes with them are given back; what was charged once stays."""
    row = book(house, 0, 4, extras=[ExtraWish("PARK"), ExtraWish("CAB")])
    was = money_of(row)
    row = desk.reservation_check_in(reservation=row, actor=TESTER)
    row = desk.reservation_check_out(reservation=row, actor=TESTER, unpaid_reason="Pays later")
    assert charges(row, "PARK") == [("PARK", day(0), 1, 1_700)]
    assert charges(row, "CAB") == [("CAB", day(0), 1, 4_999)]
    assert sold(house, "PARK") == {day(0): 1}
    desk.reservation_undo_check_out(reservation=row, actor=TESTER)
    desk.reservation_extend(reservation=row, departure=day(4), restore=True, actor=TESTER)
    assert money_of(row) == was


def test_a_preview_splits_what_it_costs_more(house):
    row = book(house, 1, 3, extras=[ExtraWish("PARK")])
    shown = desk.preview(
        reservation=row,
        operation=lambda: desk.reservation_extend(reservation=row, departure=day(4), actor=TESTER),
    )
    parts = dict(shown.price_parts)
    assert list(parts) == ["Nights", "Extras and fees", "Taxes on top"]
    assert sum(part.minor for part in parts.values()) == shown.price_delta.minor
    assert parts["Extras and fees"] == Money(1_700 + 175, "EUR")
    assert charges(row, "PARK")[-1][1] == day(2)


def uses(code):
    return Promotion.objects.get(code=code).uses


@pytest.mark.parametrize("end", ["cancel", "reject", "no_show", "expire"])
def test_a_code_is_used_once_and_given_back_once(house, end):
    """The uses are the live reservations that have the code."""
    status = {"reject": Status.PENDING, "expire": Status.HOLD}.get(end, Status.CONFIRMED)
    row = book(house, 0, 2, promo_code="tenth", status=status)
    assert uses("TENTH") == 1
    for _ in range(2):
        match end:
            case "cancel":
                desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER)
            case "reject":
                desk.reservation_reject(reservation=row, reason="Full", actor=TESTER)
            case "no_show":
                desk.reservation_no_show(reservation=row, release_nights=True, actor=TESTER)
            case _:
                now = row.hold.expires_at + timedelta(minutes=1)
                desk.hold_expire(reservation=row, now=now, actor=TESTER)
        assert uses("TENTH") == 0
        row.refresh_from_db()


def test_an_inquiry_uses_a_code_only_when_it_is_confirmed(house):
    row = book(house, 1, 3, promo_code="TENTH", extras=[ExtraWish("PARK")], status=Status.INQUIRY)
    assert (uses("TENTH"), sold(house, "PARK")) == (0, {})
    quoted = total(row)
    row = desk.reservation_confirm(reservation=row, actor=TESTER)
    assert (uses("TENTH"), sold(house, "PARK"), total(row)) == (1, {day(1): 1, day(2): 1}, quoted)


def test_repricing_with_the_last_use_of_a_code_keeps_it(house):
    Promotion.objects.filter(code="TENTH").update(max_uses=1)
    row = book(house, 1, 3, promo_code="TENTH", extras=[ExtraWish("CAB", 2)])
    was = total(row)
    row = desk.reservation_modify(reservation=row, reprice=True, actor=TESTER)
    assert (uses("TENTH"), total(row), sold(house, "CAB")) == (1, was, {day(1): 2})
    row = desk.reservation_modify(reservation=row, reprice=True, promo_code="", actor=TESTER)
    assert (uses("TENTH"), row.promotion_id, total(row) > was) == (0, None, True)


def test_a_code_that_was_used_up_meanwhile_refuses_the_reinstating(house):
    """T56: what is taken again is asked for again."""
    Promotion.objects.filter(code="TENTH").update(max_uses=1)
    row = book(house, 1, 3, promo_code="TENTH")
    desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER)
    book(house, 1, 3, promo_code="TENTH")
    with refused("promo_used_up"):
        desk.reservation_reinstate(reservation=row, actor=TESTER)
