"""What a stay owes reaches its folios: by the night audit, when it is lost, and before the guest leaves."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine

from billing.folios.models import Folio, Posting
from billing.folios.selectors import folio_findings, stay_account
from billing.folios.services import folio_open, main_folio, nights_post, payment_post, routing_set
from billing.ledger.enums import Role
from billing.ledger.models import LegalEntity
from billing.ledger.services import Draft, period_close, property_assign
from bookings.lifecycle import services as desk
from bookings.rates.enums import Penalty, Source
from bookings.rates.models import CancellationPolicy, CancellationTier
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from guests.profiles.models import Company
from pms.kernel.errors import Conflict
from pms.properties.models import Property
from tests.conftest import TODAY
from tests.house import TESTER, book

EVENING = datetime.combine(TODAY, time(23), tzinfo=UTC)


@pytest.fixture
def strict(property_a):
    """A house whose plan charges the first night to who cancels or does not come."""
    place = property_a.property
    policy = CancellationPolicy.objects.create(property=place, code="FIRST", name="First night", deadline_time=time(18))
    CancellationTier.objects.create(policy=policy, penalty=Penalty.NIGHTS, nights=1)
    property_a.rate_plan.cancellation_policy = policy
    property_a.rate_plan.save()
    return property_a


def pay(row, amount_minor, source="cash"):
    folio = main_folio(reservation=row)
    contra = [Draft(Role.CLEARING, amount_minor, folio.currency, key="cash")]
    return payment_post(folio=folio, amount_minor=amount_minor, contra=contra, source=source, text="Cash", actor=TESTER)


def in_house(house, nights=2, **wish):
    return desk.reservation_check_in(reservation=book(house, 0, nights, **wish), actor=TESTER)


def audit(house, days=0):
    place = Property.objects.get(pk=house.property.pk)
    now = EVENING + timedelta(days=(place.business_date - TODAY).days)
    return desk.night_audit(property=place, business_date=TODAY + timedelta(days=days), now=now, actor=TESTER)


def charged(row):
    return list(Posting.objects.filter(reservation=row).order_by("pk").values_list("kind", "amount_minor"))


def code_of(refusal):
    return refusal.value.code


def test_the_night_audit_charges_the_night_once(property_a):
    """T57: a second run of the same date changes nothing."""
    row = in_house(property_a, nights=3)
    assert audit(property_a).charged == 1
    assert audit(property_a).charged == 0
    audit(property_a, days=1)
    assert charged(row) == [("night", 10_000), ("night", 10_000)]
    assert folio_findings(property=row.property) == []


def test_a_failure_in_the_night_audit_leaves_the_date_and_charges_the_rest_next_time(property_a, monkeypatch):
    """T57: never half-way."""
    rows = [in_house(property_a, unit=unit) for unit in ("101", "102", "103")]
    monkeypatch.setattr("bookings.lifecycle.services.settling.AT_ONCE", 1)
    calls = []

    def failing(**arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise RuntimeError("The power went")
        return nights_post(**arguments)

    monkeypatch.setattr("bookings.lifecycle.services.settling.nights_post", failing)
    with pytest.raises(RuntimeError):
        audit(property_a)
    assert Property.objects.get(pk=property_a.property.pk).business_date == TODAY
    audit(property_a)
    assert [charged(row) for row in rows] == [[("night", 10_000)]] * 3


def test_the_night_audit_passes_a_property_that_moved_to_other_books(property_a):
    """Folios of both entities are charged in one go, each in its own books."""
    old = in_house(property_a, nights=2, unit="101")
    audit(property_a)
    pay(old, 10_000)
    entity = LegalEntity.objects.create(code="NEW", name="New", currency=old.currency, country="PT")
    property_assign(property=old.property, entity=entity, actor=TESTER)
    property_a.property.refresh_from_db()
    new = in_house(property_a, nights=2, unit="102")
    audit(property_a, days=1)
    assert [main_folio(reservation=row).balance_minor for row in (old, new)] == [10_000, 10_000]
    assert main_folio(reservation=new).entity_id == entity.pk != main_folio(reservation=old).entity_id
    assert folio_findings(property=old.property) == []


def test_the_night_audit_refuses_a_closed_period(property_a):
    row = in_house(property_a)
    entity = main_folio(reservation=row).entity
    Property.objects.filter(pk=row.property.pk).update(business_date=TODAY + timedelta(days=1))
    period_close(entity=entity, through=TODAY, actor=TESTER)
    Property.objects.filter(pk=row.property.pk).update(business_date=TODAY)
    with pytest.raises(Conflict) as refusal:
        audit(property_a)
    assert code_of(refusal) == "period_closed"


def test_nobody_leaves_with_an_open_balance(property_a):
    row = in_house(property_a)
    with pytest.raises(Conflict) as refusal:
        desk.reservation_check_out(reservation=row, actor=TESTER)
    assert code_of(refusal) == "balance_open"
    assert Reservation.objects.get(pk=row.pk).status == Status.CHECKED_IN
    assert charged(row) == []


def test_who_has_paid_leaves_and_the_folio_closes(property_a):
    row = in_house(property_a, nights=1)
    pay(row, 10_000)
    desk.reservation_check_out(reservation=row, actor=TESTER)
    assert (main_folio(reservation=row).status, main_folio(reservation=row).balance_minor) == ("closed", 0)
    assert charged(row) == [("payment", -10_000), ("night", 10_000)]


def test_who_leaves_early_gets_the_rest_back_first(property_a):
    """T51: what was paid for nights that are not slept is not kept silently."""
    row = in_house(property_a, nights=3)
    pay(row, 30_000)
    with pytest.raises(Conflict) as refusal:
        desk.reservation_check_out(reservation=row, actor=TESTER)
    assert (code_of(refusal), refusal.value.context["balance_minor"]) == ("deposit_left", -20_000)


def test_who_pays_later_stands_in_the_city_ledger(property_a):
    row = in_house(property_a, nights=1)
    desk.reservation_check_out(reservation=row, actor=TESTER, unpaid_reason="Left at night, card on file")
    assert (main_folio(reservation=row).ledger, main_folio(reservation=row).balance_minor) == ("city", 10_000)
    assert folio_findings(property=row.property) == []


def test_a_company_pays_later_without_a_word(property_a):
    row = in_house(property_a, nights=1)
    company = Company.objects.create(code="ACME", kind="company", name="Acme")
    bill = folio_open(property=row.property, reservation=row, company=company, actor=TESTER)
    routing_set(reservation=row, folio=bill, components=[], actor=TESTER)
    desk.reservation_check_out(reservation=row, actor=TESTER)
    bill.refresh_from_db()
    assert (bill.ledger, bill.balance_minor, bill.status) == ("city", 10_000, "open")


def test_undoing_the_check_out_opens_the_folios(property_a):
    """T55: and nothing is charged twice."""
    row = in_house(property_a, nights=2)
    pay(row, 10_000)
    desk.reservation_check_out(reservation=row, actor=TESTER)
    desk.reservation_undo_check_out(reservation=row, actor=TESTER)
    assert Folio.objects.get().status == "open"
    audit_day = desk.reservation_extend(
        reservation=Reservation.objects.get(pk=row.pk), departure=TODAY + timedelta(days=2), actor=TESTER, restore=True
    )
    audit(property_a)
    assert charged(audit_day) == [("payment", -10_000), ("night", 10_000)]


@time_machine.travel(datetime(2026, 11, 20, 10, tzinfo=UTC), tick=False)
def test_cancelling_charges_what_it_costs(strict):
    """T47."""
    row = book(strict, 0, 3)
    pay(row, 15_000)
    desk.reservation_cancel(reservation=row, reason="Illness", actor=TESTER)
    row = Reservation.objects.get(pk=row.pk)
    assert charged(row) == [("payment", -15_000), ("cancellation", 10_000)]
    assert stay_account(reservation=row).due_minor == -5_000


def test_a_fee_that_is_waived_is_not_charged(strict):
    row = book(strict, 0, 3)
    desk.reservation_cancel(reservation=row, reason="Illness", waive_reason="Old friend", actor=TESTER)
    assert charged(row) == []


def test_reinstating_takes_the_fee_back(strict):
    row = book(strict, 0, 3)
    desk.reservation_cancel(reservation=row, reason="Illness", actor=TESTER)
    desk.reservation_reinstate(reservation=Reservation.objects.get(pk=row.pk), actor=TESTER)
    assert charged(row) == [("cancellation", 10_000), ("correction", -10_000)]
    assert folio_findings(property=row.property) == []


def test_a_guest_who_does_not_come_owes_the_fee_and_no_night(strict):
    """T49."""
    row = book(strict, 0, 3)
    audit(strict)
    assert charged(row) == [("no_show", 10_000)]


@pytest.mark.parametrize("source", [Source.BOOKING_COM, Source.EXPEDIA])
def test_a_channels_guest_is_not_charged_by_itself(strict, source):
    """T50: recorded, for somebody to decide."""
    row = book(strict, 0, 3, source=source)
    desk.reservation_cancel(reservation=row, reason="By the channel", actor=TESTER)
    assert charged(row) == []
