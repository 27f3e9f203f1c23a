"""What losing a reservation costs by the terms it was sold under, and selling against the rules with a reason."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bookings.lifecycle import services as desk
from bookings.rates.enums import Guarantee, Penalty, Source
from bookings.rates.models import CancellationPolicy, CancellationTier, Promotion, RatePlan, Restriction
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from bookings.reservations.terms import terms_from_json
from pms.audit.models import AuditEvent
from tests.conftest import TODAY
from tests.house import TESTER, book, refused

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def day(offset):
    return TODAY + timedelta(days=offset)


@pytest.fixture
def house(property_a):
    """Free until two days before arrival at 18:00, then the first night; not coming costs four fifths."""
    policy = CancellationPolicy.objects.create(property=property_a.property, code="FLEX", name="Flexible")
    CancellationTier.objects.create(policy=policy, penalty=Penalty.NONE)
    CancellationTier.objects.create(policy=policy, days_before=2, penalty=Penalty.NIGHTS, nights=1)
    CancellationTier.objects.create(policy=policy, is_no_show=True, penalty=Penalty.PERCENT, percent=80)
    RatePlan.objects.filter(pk=property_a.rate_plan.pk).update(cancellation_policy=policy)
    property_a.rate_plan.refresh_from_db()
    with time_machine.travel(NOW, tick=False):
        yield property_a


def cancel(row, **facts):
    row = desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER, **facts)
    return row.cancellation_fee_minor


@pytest.mark.parametrize(("arrival", "fee"), [(9, 0), (3, 0), (2, 0), (1, 10_000), (0, 10_000)])
def test_cancelling_costs_what_the_policy_sold_says_of_the_moment(house, arrival, fee):
    """T46: property-local wall time before arrival; two days before at 12:00 is still free."""
    assert cancel(book(house, arrival, arrival + 3)) == fee


def test_the_moment_counts_and_not_the_day(house):
    row = book(house, 2, 4)
    zone = house.property.zone
    deadline = datetime(2026, 11, 20, 18, tzinfo=zone)
    with time_machine.travel(deadline - timedelta(seconds=1), tick=False):
        shown = desk.preview(
            reservation=row,
            operation=lambda: desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER),
        )
        assert "Cancellation fee" not in [change.label for change in shown.changes]
    with time_machine.travel(deadline, tick=False):
        shown = desk.preview(
            reservation=row,
            operation=lambda: desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER),
        )
        assert [change.after for change in shown.changes if change.label == "Cancellation fee"] == ["€100.00"]
        assert cancel(row) == 10_000


def test_the_policy_is_the_one_sold(house):
    """T47: a plan that changes its policy changes nothing for who booked before."""
    row = book(house, 0, 2)
    CancellationTier.objects.update(penalty=Penalty.FULL, nights=None, percent=None)
    RatePlan.objects.update(cancellation_policy=None)
    assert cancel(row) == 10_000


def test_the_fee_is_of_the_discounted_price(house):
    """T47: what was paid less is owed less."""
    Promotion.objects.create(property=house.property, code="HALF", name="Half", percent=50)
    assert cancel(book(house, 0, 2, promo_code="HALF")) == 5_000


def test_a_fee_is_waived_with_a_reason(house):
    row = book(house, 0, 2)
    assert cancel(row, waive_reason="Comes again in May") == 0
    told = AuditEvent.objects.get(action="reservation.cancelled", subject_code=row.code)
    assert told.changes["waived_fee_minor"] == [10_000, 0]
    assert told.changes["waived_because"] == [None, "Comes again in May"]


def test_who_never_was_confirmed_owes_nothing(house):
    assert cancel(book(house, 0, 2, status=Status.PENDING)) == 0
    assert cancel(book(house, 0, 2, status=Status.HOLD)) == 0


@pytest.mark.parametrize(("moves", "fee"), [(False, 10_000), (True, 0)])
def test_a_change_of_the_arrival_does_not_buy_a_new_deadline_unless_the_policy_says_so(house, moves, fee):
    """T48: the date until which cancelling was free is the one sold."""
    CancellationPolicy.objects.update(deadline_moves=moves)
    row = book(house, 1, 3)
    row = desk.reservation_modify(reservation=row, arrival=day(20), departure=day(22), actor=TESTER)
    assert terms_from_json(row.terms).deadline_arrival == (day(20) if moves else day(1))
    assert cancel(row) == fee


def test_sold_anew_it_has_the_deadlines_of_the_new_sale(house):
    """T48: repricing everything is a new sale."""
    row = book(house, 1, 3)
    row = desk.reservation_modify(reservation=row, arrival=day(20), departure=day(22), reprice=True, actor=TESTER)
    assert cancel(row) == 0


def test_reinstating_owes_nothing_any_more(house):
    row = book(house, 0, 2)
    assert cancel(row) == 10_000
    assert desk.reservation_reinstate(reservation=row, actor=TESTER).cancellation_fee_minor == 0


@pytest.mark.parametrize(
    ("guarantee", "status", "fee"),
    [
        (Guarantee.CARD, Status.NO_SHOW, 16_000),
        (Guarantee.PREPAID, Status.NO_SHOW, 16_000),
        (Guarantee.UNTIL_6PM, Status.CANCELLED, 0),
    ],
)
def test_who_does_not_come_owes_by_guarantee_and_policy(house, guarantee, status, fee):
    """T49: the night audit makes no-shows of the guaranteed, with their fee; the others lapse and owe nothing."""
    row = book(house, 0, 2)
    Reservation.objects.filter(pk=row.pk).update(guarantee=guarantee)
    late = datetime(2026, 11, 20, 23, tzinfo=UTC)
    desk.night_audit(property=house.property, business_date=TODAY, now=late, actor=TESTER)
    row.refresh_from_db()
    assert (row.status, row.cancellation_fee_minor) == (status, fee)


def test_a_no_show_is_waived_with_a_reason(house):
    row = desk.reservation_no_show(reservation=book(house, 0, 2), waive_reason="The flight was cancelled", actor=TESTER)
    assert row.cancellation_fee_minor == 0


@pytest.fixture
def closed(house):
    """Three nights at least for who arrives tomorrow, and nothing sold on the fourth day."""
    Restriction.objects.create(property=house.property, date=day(1), min_stay_arrival=3)
    Restriction.objects.create(property=house.property, date=day(4), stop_sell=True)
    return house


def test_a_rule_refuses_and_a_reason_lets_it_pass_and_is_kept(closed):
    with refused("min_stay_arrival"):
        book(closed, 1, 3)
    row = book(closed, 1, 3, override_reason="The owner's sister")
    told = AuditEvent.objects.get(action="reservation.created", subject_code=row.code)
    assert told.reason == "The owner's sister"
    assert told.changes["overridden"][1].startswith("min_stay_arrival: ")


def test_a_reason_for_nothing_is_not_kept(closed):
    row = book(closed, 2, 4, override_reason="Just in case")
    told = AuditEvent.objects.get(action="reservation.created", subject_code=row.code)
    assert (told.reason, "overridden" in told.changes) == ("", False)


def test_what_a_channel_sold_is_not_refused_by_a_rule(closed):
    """T67: the guest has bought it; the price is the channel's."""
    row = book(closed, 1, 2, source=Source.BOOKING_COM, prices={day(1): 4_200})
    assert row.total_minor == 4_200


def test_staff_name_a_price_with_a_reason(house):
    with refused("reason_missing"):
        book(house, 1, 2, prices={day(1): 4_200})
    row = book(house, 1, 2, prices={day(1): 4_200}, override_reason="Match the other house")
    told = AuditEvent.objects.get(action="reservation.created", subject_code=row.code)
    assert (row.total_minor, told.reason, told.changes["prices_by_hand"]) == (
        4_200,
        "Match the other house",
        [None, True],
    )


def test_a_longer_stay_asks_only_of_the_nights_it_adds(closed):
    """T21: a night closed since is kept; one that is added is asked."""
    row = book(closed, 2, 4)
    Restriction.objects.create(property=closed.property, date=day(3), stop_sell=True)
    row = desk.reservation_modify(reservation=row, adults=1, actor=TESTER)
    with refused("stop_sell"):
        desk.reservation_extend(reservation=row, departure=day(5), actor=TESTER)
    row = desk.reservation_extend(
        reservation=row, departure=day(5), override_reason="The flight was cancelled", actor=TESTER
    )
    told = AuditEvent.objects.filter(action="reservation.changed", subject_code=row.code).first()
    assert told.reason == "The flight was cancelled"
    assert told.changes["overridden"][1].startswith("stop_sell: ")


def test_maximum_stay_also_limits_extensions(house):
    """T21: lengths are asked of the whole stay."""
    Restriction.objects.create(property=house.property, date=day(2), max_stay=3)
    row = book(house, 2, 5)
    with refused("max_stay"):
        desk.reservation_extend(reservation=row, departure=day(6), actor=TESTER)


def test_taking_a_change_back_asks_no_rule(closed):
    row = book(closed, 1, 4)
    row = desk.reservation_modify(reservation=row, arrival=day(2), departure=day(4), actor=TESTER)
    row = desk.reservation_modify(reservation=row, arrival=day(1), departure=day(4), restore=True, actor=TESTER)
    assert row.total_minor == 30_000
