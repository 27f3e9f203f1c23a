"""Folios, registration cards and account statements: what was true when they were printed."""

from datetime import date, timedelta

import pytest

from billing.folios.models import Posting
from billing.folios.services import allowance_post, folio_open, transfer
from billing.invoices.content import CardContent, FolioContent, StatementContent
from billing.invoices.kept import from_json
from billing.invoices.selectors import open_items
from billing.invoices.services import (
    card_print,
    credit_note_issue,
    folio_print,
    invoice_issue,
    statement_print,
)
from bookings.reservations.models import Occupant
from guests.profiles.services import GuestDetails, guest_change, guest_find_or_create
from pms.audit.models import AuditEvent
from tests.billing.invoices.cases import fresh, pay
from tests.conftest import TODAY
from tests.house import TESTER


def test_a_folio(folio):
    allowance_post(posting=Posting.objects.get(kind="night"), amount_minor=500, reason="Noise", actor=TESTER)
    pay(folio, 9_000)
    content = from_json(FolioContent, folio_print(folio=fresh(folio), actor=TESTER, language="de").content)
    assert [(entry.text, entry.amount_minor, entry.balance_minor) for entry in content.entries] == [
        ("Übernachtung", 10_000, 10_000),
        ("Nachlass: Übernachtung", -500, 9_500),
        ("Cash", -9_000, 500),
    ]
    assert (content.charges_minor, content.paid_minor, content.balance_minor) == (9_500, 9_000, 500)
    assert AuditEvent.objects.get(action="folio.printed").changes == {"about": [None, folio.code]}


def test_a_registration_card(stay, greta):
    guest_change(guest=greta, actor=TESTER, street="Rua 1", city="Porto", country="pt", language="lt")
    karl = guest_find_or_create(details=GuestDetails(last_name="Karl", country="de"), actor=TESTER)
    Occupant.objects.create(reservation=stay, kind="adult", guest=karl)
    Occupant.objects.create(reservation=stay, kind="child", born_on=date(2020, 5, 1))
    stay.refresh_from_db()
    content = from_json(CardContent, card_print(reservation=stay, actor=TESTER).content)
    assert (content.language, content.guest.name, content.guest.country) == ("lt", "Greta Greta", "PT")
    assert (content.address.city, content.stay.arrival, content.stay.room) == ("Porto", TODAY, "101")
    assert [(one.name, one.country, one.birth_on) for one in content.party] == [
        ("", "", None),
        ("Karl", "DE", None),
        ("", "", date(2020, 5, 1)),
    ]


@pytest.fixture
def bill(stay, folio, acme):
    """A folio of the company with the night on it."""
    other = folio_open(property=stay.property, reservation=stay, company=acme, actor=TESTER)
    transfer(postings=list(Posting.objects.filter(kind="night")), to_folio=other, actor=TESTER)
    return other


def items(acme, bill):
    found = open_items(company=acme, property_ids=[bill.property_id], currency="EUR")
    return [(item.number, item.gross_minor, item.open_minor) for item in found]


def test_what_a_company_owes(acme, bill):
    assert items(acme, bill) == []
    invoice_issue(folio=bill, buyer=acme, actor=TESTER)
    assert items(acme, bill) == [("INV-2026-00001", 10_000, 10_000)]
    pay(bill, 4_000)
    assert items(acme, bill) == [("INV-2026-00001", 10_000, 6_000)]
    pay(bill, 6_000, source="rest")
    assert items(acme, bill) == []


def test_what_was_credited_is_not_owed(acme, bill):
    invoice = invoice_issue(folio=bill, buyer=acme, actor=TESTER)
    credit_note_issue(invoice=invoice, reason="Wrong company", actor=TESTER)
    assert items(acme, bill) == []


def test_another_property_is_not_on_it(acme, bill, property_other):
    invoice_issue(folio=bill, buyer=acme, actor=TESTER)
    assert open_items(company=acme, property_ids=[property_other.property.pk], currency="EUR") == []


def test_an_account_statement(acme, bill):
    invoice_issue(folio=bill, buyer=acme, actor=TESTER)
    row = statement_print(company=acme, property=bill.property, actor=TESTER)
    content = from_json(StatementContent, row.content)
    assert (content.language, content.buyer.vat_id, content.open_minor) == ("lt", "LT119511515", 10_000)
    assert content.items[0].due_on == TODAY + timedelta(days=14)
    assert content.overdue_minor == 0
