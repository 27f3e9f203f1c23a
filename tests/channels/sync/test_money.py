"""The money of a channel's booking: who owes the nights, what the channel keeps, what losing a stay costs, its card."""

from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from billing.folios.enums import FolioKind, FolioLedger, FolioStatus, PostingKind
from billing.folios.models import Folio, Posting
from billing.folios.selectors import stay_account
from billing.folios.services import main_folio, payment_post
from billing.ledger.enums import Role
from billing.ledger.models import Line
from billing.ledger.services import Draft
from billing.taxes.models import Tax, TaxRate
from bookings.lifecycle.invariants import certify
from bookings.lifecycle.services import (
    reservation_assign,
    reservation_check_in,
    reservation_check_out,
    reservation_no_show,
    reservation_undo_check_out,
)
from bookings.rates.models import CancellationPolicy, CancellationTier, RatePlan
from bookings.reservations.enums import Status
from bookings.reservations.models import Booking, Reservation
from channels.adapters.base import VirtualCard
from channels.adapters.enums import Told
from channels.sync.cards import cards_look
from channels.sync.cases import case_resolve
from channels.sync.enums import CaseKind, Resolution
from channels.sync.models import Case
from guests.profiles.enums import Collector, CompanyKind
from guests.profiles.models import Company
from tests.channels.house import make_connection, sold, sold_room, take
from tests.house import TESTER, refused

COLLECTED = {"collector": Collector.SELLER, "commission_minor": 2_700}
LATER = "2026-11-20T11:00:00"


@pytest.fixture
def connection(property_a):
    return make_connection(property_a)


def only():
    return Reservation.objects.get()


def folio(kind):
    return Folio.objects.get(kind=kind)


def on(role):
    """Return what stands on the accounts of a role."""
    return Line.objects.filter(account__role=role).aggregate(sum=Sum("amount_minor"))["sum"] or 0


def stay(house, connection, **fields):
    """Have a guest who was sold by the channel come tonight and leave at once; return the reservation."""
    take(connection, sold(sold_room(house, 0, 2), **fields))
    row = reservation_assign(reservation=only(), unit=house.units["101"], actor=TESTER)
    return reservation_check_in(reservation=row, actor=TESTER)


def leave(house, row):
    house.property.business_date += timedelta(days=2)
    house.property.save(update_fields=["business_date"])
    return reservation_check_out(reservation=Reservation.objects.get(pk=row.pk), actor=TESTER)


def certified(house):
    assert certify(property=house.property).findings == ()
    assert Line.objects.aggregate(sum=Sum("amount_minor"))["sum"] == 0


def test_the_channel_owes_the_nights_that_it_collected_for(property_a, connection):
    """T44, T50: the guest owes nothing, the channel its price less what it keeps, and the books agree."""
    leave(property_a, stay(property_a, connection, **COLLECTED))
    channel = folio(FolioKind.COMPANY)
    assert (channel.balance_minor, channel.ledger, channel.company.name) == (15_300, FolioLedger.CITY, "Booking.com")
    assert (on(Role.REVENUE), on(Role.COMMISSION), on(Role.CITY_LEDGER)) == (-18_000, 2_700, 15_300)
    assert not Folio.objects.filter(kind=FolioKind.GUEST).exclude(balance_minor=0).exists()
    account = stay_account(reservation=only())
    assert (account.total_minor, account.due_minor, account.guest_due_minor) == (18_000, 15_300, 0)
    certified(property_a)


def test_what_the_channel_pays_settles_its_folio(property_a, connection):
    leave(property_a, stay(property_a, connection, **COLLECTED))
    channel = folio(FolioKind.COMPANY)
    contra = [Draft(Role.CLEARING, 15_300, "EUR", key="card")]
    payment_post(folio=channel, amount_minor=15_300, contra=contra, source="p1", text="Card", actor=TESTER)
    channel.refresh_from_db()
    assert (channel.balance_minor, on(Role.CITY_LEDGER), stay_account(reservation=only()).due_minor) == (0, 0, 0)
    certified(property_a)


def test_a_commission_that_is_billed_later_is_owed_by_us(property_a, connection):
    """The guest pays here and stands on no folio of the channel's; the expense is that of the stay."""
    row = stay(property_a, connection, commission_minor=2_700)
    main = main_folio(reservation=row)
    payment_post(
        folio=main, amount_minor=18_000, contra=[Draft(Role.CLEARING, 18_000, "EUR", key="cash")], source="p1",
        text="Cash", actor=TESTER,
    )  # fmt: skip
    leave(property_a, row)
    assert (on(Role.COMMISSION), on(Role.COMMISSION_OWED)) == (2_700, -2_700)
    assert Folio.objects.get().status == FolioStatus.CLOSED
    certified(property_a)


def test_a_check_out_that_is_taken_back_takes_the_commission_back(property_a, connection):
    row = leave(property_a, stay(property_a, connection, **COLLECTED))
    reservation_undo_check_out(reservation=row, actor=TESTER)
    assert (on(Role.COMMISSION), folio(FolioKind.COMPANY).balance_minor) == (0, 18_000)
    reservation_check_out(reservation=Reservation.objects.get(pk=row.pk), actor=TESTER)
    assert (on(Role.COMMISSION), folio(FolioKind.COMPANY).balance_minor) == (2_700, 15_300)
    certified(property_a)


def test_taxes_on_top_are_the_guests(property_a, connection):
    """T33: city tax is paid here even where the channel collected the room."""
    tax = Tax.objects.create(
        property=property_a.property, code="CITY", name="City tax", kind="city_tax", basis="person_night",
        components=["accommodation"], is_included=False,
    )  # fmt: skip
    TaxRate.objects.create(tax=tax, first=property_a.property.business_date - timedelta(days=400), amount_minor=200)
    row = stay(property_a, connection, **COLLECTED)
    property_a.property.business_date += timedelta(days=2)
    property_a.property.save(update_fields=["business_date"])
    with refused("balance_open"):
        reservation_check_out(reservation=Reservation.objects.get(pk=row.pk), actor=TESTER)
    reservation_check_out(reservation=Reservation.objects.get(pk=row.pk), unpaid_reason="Sent after", actor=TESTER)
    assert (folio(FolioKind.GUEST).balance_minor, folio(FolioKind.COMPANY).balance_minor) == (800, 15_300)
    certified(property_a)


def test_the_connections_company_is_who_owes(property_a, connection):
    connection.company = Company.objects.create(code="BDC", kind=CompanyKind.AGENCY, name="Booking.com B.V.")
    connection.save(update_fields=["company"])
    stay(property_a, connection, **COLLECTED)
    assert folio(FolioKind.COMPANY).company == connection.company
    assert Company.objects.count() == 1


def test_every_room_of_a_booking_is_owed_by_the_channel(property_a, connection):
    """One company, a folio for each stay; a room that is added later has one too."""
    first = sold_room(property_a)
    take(connection, sold(first, **COLLECTED))
    second = sold_room(property_a, room_ref="2", room_id="R-STE", rate_id="R-STE-BAR")
    take(connection, sold(first, second, order=LATER, told=Told.MODIFIED, **COLLECTED))
    assert Folio.objects.filter(kind=FolioKind.COMPANY, routed__nights_only=True).count() == 2
    assert Company.objects.count() == 1


def test_who_collects_may_change(property_a, connection):
    take(connection, sold(sold_room(property_a)))
    take(connection, sold(sold_room(property_a), order=LATER, told=Told.MODIFIED, **COLLECTED))
    assert Booking.objects.get().collector == Collector.SELLER
    assert only().routing.count() == 1
    take(connection, sold(sold_room(property_a), order="2026-11-20T12:00:00", told=Told.MODIFIED))
    assert (Booking.objects.get().collector, only().routing.count()) == (Collector.PROPERTY, 0)


# --- what losing a stay costs -----------------------------------------------------------------------


@pytest.fixture
def strict(property_a):
    """By our own terms cancelling costs everything."""
    policy = CancellationPolicy.objects.create(property=property_a.property, code="ALL", name="Everything")
    CancellationTier.objects.create(policy=policy, penalty="percent", percent=100)
    RatePlan.objects.filter(pk=property_a.rate_plan.pk).update(cancellation_policy=policy)
    property_a.rate_plan.refresh_from_db()
    return property_a


def cancelled(connection, *rooms, **fields):
    take(connection, sold(*rooms, order=LATER, told=Told.CANCELLED, **fields))


def test_the_fee_is_the_channels_and_not_by_our_terms(strict, connection):
    """T47, T50: where the guest pays here, the guest owes what the channel says."""
    take(connection, sold(sold_room(strict)))
    cancelled(connection, cancellation_fee_minor=5_000)
    row = only()
    assert (row.status, row.cancellation_fee_minor, row.fee_told) == (Status.CANCELLED, 5_000, True)
    assert (folio(FolioKind.GUEST).balance_minor, on(Role.CANCELLATION)) == (5_000, -5_000)
    certified(strict)


def test_without_a_word_of_the_channels_nobody_is_charged(strict, connection):
    """T50."""
    take(connection, sold(sold_room(strict)))
    cancelled(connection)
    assert Posting.objects.count() == 0


def test_a_cancellation_that_the_channel_calls_free_is_free(strict, connection):
    take(connection, sold(sold_room(strict)))
    cancelled(connection, cancellation_fee_minor=0)
    assert (only().cancellation_fee_minor, Posting.objects.count()) == (0, 0)


def test_the_fee_of_what_the_channel_collected_is_owed_by_the_channel(property_a, connection):
    take(connection, sold(sold_room(property_a), **COLLECTED))
    cancelled(connection, cancellation_fee_minor=9_000, commission_minor=1_350)
    assert (folio(FolioKind.COMPANY).balance_minor, on(Role.COMMISSION)) == (7_650, 1_350)
    assert not Folio.objects.filter(kind=FolioKind.GUEST).exclude(balance_minor=0).exists()
    certified(property_a)


def test_a_fee_for_several_rooms_is_shared_by_what_they_cost(property_a, connection):
    """T30: to the last minor unit."""
    suite = sold_room(property_a, room_ref="2", room_id="R-STE", rate_id="R-STE-BAR", prices={}, total_minor=36_000)
    take(connection, sold(sold_room(property_a), suite))
    cancelled(connection, cancellation_fee_minor=10_000)
    fees = dict(Reservation.objects.values_list("room_type__code", "cancellation_fee_minor"))
    assert fees == {"DBL": 3_333, "STE": 6_667}


def test_the_fee_of_a_no_show_is_the_channels(property_a, connection):
    """T49: it tells of it after we did."""
    take(connection, sold(sold_room(property_a, 0, 2)))
    reservation_no_show(reservation=only(), actor=TESTER)
    cancelled(connection, cancellation_fee_minor=9_000)
    assert Posting.objects.get(kind=PostingKind.NO_SHOW).amount_minor == 9_000


def test_told_again_it_is_charged_once_and_changed_it_is_corrected(property_a, connection):
    take(connection, sold(sold_room(property_a)))
    cancelled(connection, cancellation_fee_minor=5_000)
    for order, fee in (("2026-11-20T12:00:00", 5_000), ("2026-11-20T13:00:00", 3_000)):
        take(connection, sold(order=order, told=Told.CANCELLED, cancellation_fee_minor=fee))
    assert folio(FolioKind.GUEST).balance_minor == 3_000
    assert list(Posting.objects.values_list("kind", "amount_minor")) == [
        ("cancellation", 5_000),
        ("correction", -2_000),
    ]
    certified(property_a)


def test_what_is_sold_again_owes_no_fee(property_a, connection):
    take(connection, sold(sold_room(property_a)))
    cancelled(connection, cancellation_fee_minor=5_000)
    take(connection, sold(sold_room(property_a), order="2026-11-20T12:00:00"))
    assert (only().status, only().fee_told, folio(FolioKind.GUEST).balance_minor) == (Status.CONFIRMED, False, 0)


# --- virtual cards ----------------------------------------------------------------------------------


def with_card(house, connection, first=0, last=40):
    today = house.property.business_date
    card = VirtualCard(today + timedelta(days=first), today + timedelta(days=last), 15_300, "4444")
    take(connection, sold(sold_room(house), virtual_card=card, **COLLECTED))


def look(connection):
    connection.property.refresh_from_db()
    return cards_look(connection=connection, now=timezone.now())


def test_a_card_is_told_of_from_its_day_on(property_a, connection):
    """T40: scheduled, not failed."""
    with_card(property_a, connection, first=1)
    assert (look(connection), Case.objects.count()) == (0, 0)
    property_a.property.business_date += timedelta(days=1)
    property_a.property.save(update_fields=["business_date"])
    assert look(connection) == 1
    case = Case.objects.get()
    assert (case.kind, case.reservation) == (CaseKind.CARD_DUE, only())
    assert "virtual card that ends in 4444 for booking BDC-1 (Greta Jansen) can be charged since" in case.words
    assert case.words.endswith("It holds €153.00.")
    assert (look(connection), Case.objects.count()) == (1, 1)


def test_a_card_that_was_charged_is_over(property_a, connection):
    with_card(property_a, connection)
    look(connection)
    contra = [Draft(Role.CLEARING, 15_300, "EUR", key="card")]
    payment_post(
        folio=folio(FolioKind.COMPANY), amount_minor=15_300, contra=contra, source="p1", text="Card", actor=TESTER
    )
    assert look(connection) == 0
    assert Case.objects.get().resolution == Resolution.BY_ITSELF


def test_a_card_that_somebody_saw_to_is_not_told_again(property_a, connection):
    with_card(property_a, connection)
    look(connection)
    case_resolve(case=Case.objects.get(), resolution=Resolution.DONE, actor=TESTER, now=timezone.now())
    assert (look(connection), Case.objects.count()) == (0, 1)


def test_the_card_of_a_stay_that_was_lost_for_nothing_is_not_charged(property_a, connection):
    """T50."""
    with_card(property_a, connection)
    look(connection)
    cancelled(connection)
    assert (look(connection), Case.objects.get().resolution) == (0, Resolution.BY_ITSELF)


def test_a_card_that_is_good_no_more_is_over(property_a, connection):
    with_card(property_a, connection, last=5)
    look(connection)
    property_a.property.business_date += timedelta(days=6)
    property_a.property.save(update_fields=["business_date"])
    assert (look(connection), Case.objects.get().resolution) == (0, Resolution.BY_ITSELF)


def test_another_company_of_the_connections_owes_from_then_on(property_a, connection):
    take(connection, sold(sold_room(property_a), **COLLECTED))
    connection.company = Company.objects.create(code="BDC", kind=CompanyKind.AGENCY, name="Booking.com B.V.")
    connection.save(update_fields=["company"])
    take(connection, sold(sold_room(property_a), order=LATER, told=Told.MODIFIED, **COLLECTED))
    assert [rule.folio.company for rule in only().routing.all()] == [connection.company]
    assert Booking.objects.get().agency == connection.company
