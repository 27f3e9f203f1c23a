"""Nights, extras and fees become lines: once each, as they were sold, under the taxes of every place shipped."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import F, Sum

from billing.folios.models import Folio, Posting
from billing.folios.selectors import folio_findings, stay_account
from billing.folios.services import folio_open, main_folio, nights_post, routing_set, stay_post
from billing.ledger.models import Line
from billing.taxes.party import Party
from billing.taxes.regimes import REGIMES
from bookings.lifecycle import services as desk
from bookings.rates.quoting import ExtraWish
from bookings.reservations.models import Reservation, StayNight
from guests.profiles.models import Company
from tests.bookings.lifecycle.priced_house import make_priced_house
from tests.bookings.lifecycle.test_quote_is_sold import NOW, day, sell
from tests.conftest import TODAY
from tests.house import TESTER, book


@pytest.fixture
def stay(property_a):
    """Greta in house for three nights at 100 euros."""
    return desk.reservation_check_in(reservation=book(property_a, 0, 3, guest="Greta"), actor=TESTER)


def lines(row):
    return list(
        Posting.objects.filter(reservation=row).order_by("pk").values_list("kind", "service_date", "amount_minor")
    )


def test_it_posts_each_night_once(stay):
    """T57: run again, nothing more."""
    for _ in range(3):
        stay_post(reservation=stay, through=TODAY, actor=TESTER)
    assert lines(stay) == [("night", TODAY, 10_000)]
    assert main_folio(reservation=stay).balance_minor == 10_000
    assert folio_findings(property=stay.property) == []


def test_it_catches_up_on_days_that_were_missed(stay):
    """T57."""
    stay_post(reservation=stay, through=TODAY + timedelta(days=2), actor=TESTER)
    assert [line[1] for line in lines(stay)] == [TODAY + timedelta(days=n) for n in range(3)]


def test_who_is_not_in_house_is_not_charged(property_a):
    row = book(property_a, 0, 3)
    assert stay_post(reservation=row, through=TODAY, actor=TESTER) == []
    assert not Folio.objects.exists()


def test_a_later_price_changes_nothing(stay):
    """T28: the night audit posts what was sold, not what the plan says now."""
    stay.rate_plan.base_prices.update(price_minor=99_999)
    stay_post(reservation=stay, through=TODAY, actor=TESTER)
    assert lines(stay) == [("night", TODAY, 10_000)]


def test_a_night_that_was_given_up_is_taken_back(stay):
    stay_post(reservation=stay, through=TODAY + timedelta(days=1), actor=TESTER)
    StayNight.objects.filter(reservation=stay, date=TODAY + timedelta(days=1)).update(released_at=NOW)
    stay_post(reservation=stay, through=TODAY + timedelta(days=1), actor=TESTER)
    assert lines(stay)[2:] == [("correction", TODAY + timedelta(days=1), -10_000)]
    assert stay_account(reservation=stay).posted_minor == 10_000
    assert folio_findings(property=stay.property) == []


def test_a_night_sold_at_another_price_is_corrected(stay):
    stay_post(reservation=stay, through=TODAY, actor=TESTER)
    StayNight.objects.filter(reservation=stay, date=TODAY).update(price_minor=8_800, parts=[])
    stay_post(reservation=stay, through=TODAY, actor=TESTER)
    assert lines(stay) == [("night", TODAY, 10_000), ("correction", TODAY, -1_200)]
    StayNight.objects.filter(reservation=stay, date=TODAY).update(price_minor=12_000, parts=[])
    stay_post(reservation=stay, through=TODAY, actor=TESTER)
    assert main_folio(reservation=stay).balance_minor == 12_000


def test_a_free_night_is_a_line_too(stay):
    """T24: zero is a price."""
    StayNight.objects.filter(reservation=stay, date=TODAY).update(price_minor=0, parts=[])
    for _ in range(2):
        stay_post(reservation=stay, through=TODAY, actor=TESTER)
    assert lines(stay) == [("night", TODAY, 0)]
    assert Posting.objects.get().entry is None


def test_the_company_pays_the_room_and_the_guest_the_rest(in_tenant):
    with time_machine.travel(NOW, tick=False):
        priced = make_priced_house("ROUTED", "de-berlin")
        row = sell(priced, _wish(priced, plan=2))
        row = desk.reservation_check_in(reservation=row, actor=TESTER)
        company = Company.objects.create(code="ACME", kind="company", name="Acme")
        bill = folio_open(property=row.property, reservation=row, company=company, actor=TESTER)
        routing_set(reservation=row, folio=bill, components=["accommodation"], actor=TESTER)
        stay_post(reservation=row, through=row.departure, actor=TESTER)
    assert set(Posting.objects.filter(folio=bill, of_kind="night").values_list("component", flat=True)) == {
        "accommodation"
    }
    assert Posting.objects.filter(folio=bill, of_kind="tax").exists()
    guest = main_folio(reservation=row)
    assert not Posting.objects.filter(folio=guest, component="accommodation").exists()
    assert bill_total(row) == row.grand_total_minor
    assert folio_findings(property=row.property) == []


def bill_total(row):
    return Posting.objects.filter(reservation=row).aggregate(sum=Sum("amount_minor"))["sum"]


def _wish(priced, plan=0):
    return {
        "room_type": priced.house.suite,
        "plan": priced.plans[plan],
        "arrival": day(0),
        "departure": day(4),
        "party": Party(adults=2, child_ages=(11,)),
        "promo_code": "TENTH",
        "extras": (ExtraWish("PARK", 1), ExtraWish("BREAK", 1)),
    }


@pytest.mark.parametrize("regime", sorted(REGIMES))
@time_machine.travel(NOW, tick=False)
def test_quote_is_folio_is_ledger(in_tenant, regime):
    """T28, T30-T36, T45: to the minor unit, in every tax regime shipped."""
    priced = make_priced_house("POSTED", regime)
    row = desk.reservation_check_in(reservation=sell(priced, _wish(priced)), actor=TESTER)
    for n in range(5):
        stay_post(reservation=row, through=day(n), actor=TESTER)
    row = Reservation.objects.get(pk=row.pk)
    assert main_folio(reservation=row).balance_minor == row.grand_total_minor
    taxes = sum(tax["amount_minor"] for night in row.nights.all() for tax in night.taxes)
    taxes += sum(tax["amount_minor"] for charge in row.charges.filter(released_at=None) for tax in charge.taxes)
    in_books = Line.objects.filter(account__role="tax").aggregate(sum=Sum("amount_minor"))["sum"] or 0
    revenue = Line.objects.filter(account__role="revenue").aggregate(sum=Sum("amount_minor"))["sum"]
    assert (-in_books, -revenue) == (taxes, row.grand_total_minor - taxes)
    assert folio_findings(property=row.property) == []
    assert stay_account(reservation=row).to_come_minor == 0


@pytest.mark.parametrize("regime", ["us-new-york", "de-berlin", "jp-tokyo"])
@time_machine.travel(NOW, tick=False)
def test_taxes_that_were_sold_anew_are_corrected(in_tenant, regime):
    priced = make_priced_house("POSTED", regime)
    row = desk.reservation_check_in(reservation=sell(priced, _wish(priced)), actor=TESTER)
    stay_post(reservation=row, through=day(4), actor=TESTER)
    for night in row.nights.all():
        taxes = [tax | {"amount_minor": tax["amount_minor"] + 7} for tax in night.taxes if not tax["included"]]
        night.taxes = [tax for tax in night.taxes if tax["included"]] + taxes
        night.save()
    added = Reservation.objects.filter(pk=row.pk)
    extra = sum(7 for night in row.nights.all() for tax in night.taxes if not tax["included"])
    added.update(taxes_minor=F("taxes_minor") + extra)
    row = added.get()
    stay_post(reservation=row, through=day(4), actor=TESTER)
    assert bill_total(row) == row.grand_total_minor
    assert folio_findings(property=row.property) == []


def test_many_stays_cost_a_fixed_number_of_queries(property_a, django_assert_num_queries):
    def in_house(number):
        rows = [book(property_a, 0, 2, unit=unit) for unit in ("101", "102", "103")[:number]]
        return [desk.reservation_check_in(reservation=row, actor=TESTER) for row in rows]

    first, *others = in_house(3)
    nights_post(reservations=[first], through=TODAY, actor=TESTER)
    with django_assert_num_queries(21):
        nights_post(reservations=others, through=TODAY, actor=TESTER)


def test_a_closed_folio_opens_again_for_a_night(stay):
    """The night audit waits for nobody who closed a folio too soon."""
    folio = main_folio(reservation=stay)
    Folio.objects.filter(pk=folio.pk).update(status="closed", closed_at=NOW)
    stay_post(reservation=stay, through=TODAY, actor=TESTER)
    assert (main_folio(reservation=stay).status, main_folio(reservation=stay).balance_minor) == ("open", 10_000)
