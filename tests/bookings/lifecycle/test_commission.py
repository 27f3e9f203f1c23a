"""T44: what the seller gets follows what was agreed at the sale, on what it counts, and what a loss leaves of it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing.taxes.models import Fee, Tax, TaxRate
from bookings.lifecycle import services as desk
from bookings.rates.enums import Penalty, Source
from bookings.rates.models import CancellationPolicy, CancellationTier, RatePlan
from bookings.reservations.enums import Status
from bookings.reservations.models import Booking, Reservation
from guests.profiles.enums import Collector, CommissionBase, CommissionOnLoss, CompanyKind
from guests.profiles.models import Company
from guests.profiles.services import GuestDetails
from tests.conftest import TODAY
from tests.house import TESTER


def day(offset):
    return TODAY + timedelta(days=offset)


@pytest.fixture
def house(property_a):
    """100.00 a night with 10 % VAT inside, a cleaning fee of 30.00 with 6 % on top; cancelling costs the first night."""
    place = property_a.property
    for code, component, included, percent in (("VAT", "accommodation", True, 10), ("CLEAN", "cleaning", False, 6)):
        tax = Tax.objects.create(property=place, code=code, name=code, components=[component], is_included=included)
        TaxRate.objects.create(tax=tax, first=day(-400), percent=percent)
    Fee.objects.create(property=place, code="CLEAN", name="Cleaning", component="cleaning", amount_minor=3_000)
    policy = CancellationPolicy.objects.create(property=place, code="NIGHT", name="First night")
    CancellationTier.objects.create(policy=policy, penalty=Penalty.NIGHTS, nights=1)
    RatePlan.objects.filter(pk=property_a.rate_plan.pk).update(cancellation_policy=policy)
    return property_a


def agency(**agreed):
    return Company.objects.create(
        code="TUI", kind=CompanyKind.AGENCY, name="Tui", commission_percent=Decimal(15), **agreed
    )


def sell(house, seller, **facts):
    room = desk.RoomRequest(
        room_type=house.double, rate_plan=house.rate_plan, arrival=day(2), departure=day(4), adults=2
    )
    booking = desk.booking_create(
        property=house.property,
        rooms=[room],
        booker=GuestDetails(last_name="Greta"),
        source=Source.AGENCY,
        agency=seller,
        actor=TESTER,
        **facts,
    )
    return booking.reservations.get()


@pytest.mark.parametrize(
    ("base", "commission"),
    [
        (CommissionBase.ROOM, 3_000),  # of 200.00
        (CommissionBase.ROOM_NET, 2_727),  # of 181.82
        (CommissionBase.ROOM_AND_CHARGES, 3_450),  # of 230.00
        (CommissionBase.TOTAL, 3_477),  # of 231.80
    ],
)
def test_it_is_a_share_of_what_was_agreed(house, base, commission):
    assert sell(house, agency(commission_base=base)).commission_minor == commission


def test_what_was_agreed_is_kept_with_the_booking(house):
    """T45: the agency's later terms are for later bookings; the stay's changes go by those of its sale."""
    seller = agency(collector=Collector.SELLER)
    row = sell(house, seller)
    Company.objects.update(commission_percent=1, collector=Collector.PROPERTY, commission_base=CommissionBase.TOTAL)
    row = desk.reservation_modify(reservation=row, departure=day(5), actor=TESTER)
    assert row.commission_minor == 4_500
    row = desk.reservation_modify(reservation=row, departure=day(4), restore=True, actor=TESTER)
    assert (row.commission_minor, row.booking.collector) == (3_000, Collector.SELLER)


@pytest.mark.parametrize("end", ["cancelled", "no_show"])
@pytest.mark.parametrize(
    ("on_loss", "left"),
    [(CommissionOnLoss.NOTHING, 0), (CommissionOnLoss.OF_FEE, 1_500), (CommissionOnLoss.WHOLE, 3_000)],
)
def test_a_loss_leaves_what_was_agreed_and_coming_back_restores_it(house, on_loss, left, end):
    row = sell(house, agency(commission_on_loss=on_loss))
    house.property.business_date = day(2)
    house.property.save()
    if end == "cancelled":
        row = desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER)
    else:
        row = desk.reservation_no_show(reservation=row, actor=TESTER)
    assert row.commission_minor == left
    assert desk.reservation_reinstate(reservation=row, actor=TESTER).commission_minor == 3_000


def test_a_waived_fee_is_shared_by_nobody(house):
    row = sell(house, agency())
    row = desk.reservation_cancel(reservation=row, reason="Flu", waive_reason="Regular guest", actor=TESTER)
    assert (row.cancellation_fee_minor, row.commission_minor) == (0, 0)


def test_an_option_that_ran_out_leaves_nothing(house):
    row = sell(house, agency(commission_on_loss=CommissionOnLoss.WHOLE), status=Status.HOLD)
    assert desk.reservation_cancel(reservation=row, reason="Never heard", actor=TESTER).commission_minor == 0


def test_a_booking_whose_share_nobody_kept_keeps_its_commission(house):
    """Those sold before the terms were kept."""
    row = sell(house, agency())
    Booking.objects.update(commission_percent=None)
    row = desk.reservation_modify(reservation=Reservation.objects.get(pk=row.pk), departure=day(6), actor=TESTER)
    assert row.commission_minor == 3_000
