"""A company that the guest names is whom the invoices are for; who pays stays the guest."""

import pytest

from billing.folios.models import Folio
from billing.folios.selectors import stay_account
from billing.folios.services import main_folio
from billing.invoices.models import Document
from bookings.checkout.services import checkout_book
from bookings.lifecycle.services import reservation_check_in
from guests.portal.selectors import documents_for
from guests.profiles.models import Company
from pms.audit.models import AuditEvent
from pms.frontdesk.money.leaving import check_out
from tests.bookings.checkout.conftest import GRETA, begin, hold, named, wish
from tests.bookings.checkout.test_several_rooms import fresh

GARBO = {
    "company_name": "Garbo AB",
    "company_street": "Kungsgatan 1",
    "company_postal_code": "111 43",
    "company_city": "Stockholm",
    "company_country": "SE",
    "company_vat_id": "SE 556012579001",
}


def test_it_is_a_profile_and_stands_on_the_folio_beside_the_guest_who_pays(shop, stripe_account):
    checkout = named(hold(shop, shop.full, wish(adults=3, rooms=2)), **GARBO)
    begin(checkout)
    company = Company.objects.get()
    assert (company.name, company.city, company.country, company.vat_id) == (
        "Garbo AB", "Stockholm", "SE", "SE556012579001",
    )  # fmt: skip
    assert checkout.booking.invoice_to == company
    folios = [
        main_folio(reservation=room) for room in checkout.booking.reservations.select_related("guest", "property")
    ]
    assert [(folio.company, folio.guest.full_name, folio.kind) for folio in folios] == [
        (company, "Greta Garbo", "guest")
    ] * 2
    room = fresh(checkout.booking.reservations.first())
    assert stay_account(reservation=room).guest_due_minor == 20_000, "the guest owes it, not the company"
    assert AuditEvent.objects.filter(action__in=["company.created", "booking.invoice_to"]).count() == 2


def test_the_invoice_is_for_the_company_and_the_guest_has_it(shop):
    checkout = named(hold(shop, shop.later, wish(arrival=0, nights=1)), **GARBO)
    checkout_book(checkout=checkout, actor=GRETA)
    row = reservation_check_in(reservation=fresh(checkout.booking.reservations.get()), actor=GRETA)
    check_out(reservation=fresh(row), actor=GRETA, invoices=["main"], unpaid_reason="Pays later")
    invoice = Document.objects.get(kind="invoice")
    buyer = invoice.buyer
    assert (buyer["name"], buyer["kind"], buyer["vat_id"]) == ("Garbo AB", "company", "SE556012579001")
    assert buyer["address"] == {
        "street": "Kungsgatan 1", "postal_code": "111 43", "city": "Stockholm", "country": "SE",
    }  # fmt: skip
    assert list(documents_for(reservation=row)) == [invoice]


def test_details_can_be_corrected_and_taken_back(shop, stripe_account):
    """Another address is another profile: what a stranger types changes no company that is known."""
    checkout = named(hold(shop, shop.full), **GARBO)
    begin(checkout)
    named(checkout, **{**GARBO, "company_city": "Malmö"})
    folio = Folio.objects.select_related("company").get()
    assert (Company.objects.count(), folio.company.city) == (2, "Malmö")
    named(checkout, **GARBO)
    named(checkout)
    folio.refresh_from_db()
    checkout.booking.refresh_from_db()
    assert (Company.objects.count(), folio.company, checkout.booking.invoice_to) == (2, None, None)


@pytest.mark.parametrize(("own", "expected"), [("", "LT"), ("SE", "SE")])
def test_without_a_country_of_its_own_it_has_the_guests(shop, own, expected):
    named(hold(shop, shop.later), country="LT", **{**GARBO, "company_country": own})
    assert Company.objects.get().country == expected
