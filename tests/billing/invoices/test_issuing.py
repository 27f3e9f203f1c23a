"""Invoices of what was posted: who, what, how much, and what is refused."""

from datetime import timedelta
from uuid import uuid4

import pytest

from billing.folios.models import Article, Posting
from billing.folios.services import allowance_post, article_post, folio_open, transfer
from billing.invoices.content import Address, Buyer
from billing.invoices.enums import TaxCategory, Treatment
from billing.invoices.models import Document
from billing.invoices.selectors import content_of
from billing.invoices.services import credit_note_issue, draft_discard, draft_issue, invoice_draft, invoice_issue
from bookings.lifecycle.services import reservation_undo_check_in
from guests.profiles.services import guest_change
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from tests.billing.invoices.cases import charged, fresh, pay, references
from tests.conftest import TODAY
from tests.house import TESTER, refused


@pytest.fixture
def bottle(property_a):
    return Article.objects.create(
        property=property_a.property, code="WINE", name="Bottle of wine", component="beverages", price_minor=2_400
    )


def test_it_works(folio, greta):
    invoice = invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    assert (invoice.reference, invoice.issued_on, invoice.status) == ("INV-2026-00001", TODAY, "issued")
    assert (invoice.gross_minor, invoice.paid_minor, invoice.due_minor) == (10_000, 0, 10_000)
    assert (invoice.service_from, invoice.service_until) == (TODAY, TODAY + timedelta(days=1))
    assert (invoice.seller["vat_id"], invoice.buyer["name"]) == ("PT501964843", "Greta Greta")
    assert AuditEvent.objects.get(action="invoice.issued").changes["number"] == [None, "INV-2026-00001"]
    assert OutboxEvent.objects.get(kind="invoice.issued").payload["gross_minor"] == 10_000


def test_a_profile_changed_later_changes_no_invoice(folio, greta):
    """T45: seller, buyer and stay are kept as they were."""
    invoice = invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    guest_change(guest=greta, last_name="Garbo", actor=TESTER)
    assert content_of(document=fresh(invoice)).buyer.name == "Greta Greta"


def test_the_same_request_is_the_same_invoice(folio, greta):
    key = uuid4()
    first = invoice_issue(folio=folio, buyer=greta, actor=TESTER, request_key=key)
    assert invoice_issue(folio=folio, buyer=greta, actor=TESTER, request_key=key) == first
    assert references() == ["INV-2026-00001"]


def test_what_is_on_an_invoice_is_on_no_second(folio, greta, bottle):
    invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    with refused("nothing_to_invoice"):
        invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    article_post(folio=folio, article=bottle, actor=TESTER)
    assert invoice_issue(folio=folio, buyer=greta, actor=TESTER).gross_minor == 2_400


def test_chosen_charges_for_the_company(folio, greta, acme, bottle):
    (wine,) = article_post(folio=folio, article=bottle, quantity=2, actor=TESTER)
    invoice = invoice_issue(folio=folio, buyer=acme, postings=[wine], actor=TESTER)
    assert (invoice.gross_minor, invoice.company, invoice.language) == (4_800, acme, "lt")
    assert invoice.due_on == TODAY + timedelta(days=14)
    with refused("already_invoiced"):
        invoice_issue(folio=folio, buyer=greta, postings=[wine], actor=TESTER)
    assert invoice_issue(folio=folio, buyer=greta, actor=TESTER).gross_minor == 10_000


def test_payments_are_deducted_once(folio, greta, bottle):
    pay(folio, 9_000)
    first = invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    assert (first.paid_minor, first.due_minor) == (9_000, 1_000)
    pay(folio, 1_400, source="more")
    article_post(folio=folio, article=bottle, actor=TESTER)
    second = invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    assert (second.gross_minor, second.paid_minor) == (2_400, 1_400)


def test_what_was_paid_too_much_waits_for_the_next_invoice(folio, greta):
    pay(folio, 15_000)
    pay(folio, 2_000, source="back", refund=True)
    invoice = invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    assert (invoice.paid_minor, invoice.due_on) == (10_000, None)


def test_an_allowance_is_a_line_of_its_own(folio, greta):
    night = Posting.objects.get(kind="night")
    allowance_post(posting=night, amount_minor=2_500, reason="Noise", actor=TESTER)
    invoice = invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    assert list(invoice.lines.values_list("gross_minor", flat=True)) == [10_000, -2_500]
    assert invoice.lines.get(position=2).text == "Allowance: Night, Double"


def test_what_went_to_another_folio_is_invoiced_there(folio, greta, acme):
    other = folio_open(property=folio.property, reservation=folio.reservation, company=acme, actor=TESTER)
    transfer(postings=list(Posting.objects.filter(kind="night")), to_folio=other, actor=TESTER)
    with refused("nothing_to_invoice"):
        invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    invoice = invoice_issue(folio=other, buyer=acme, actor=TESTER)
    assert (invoice.gross_minor, invoice.lines.get().text) == (10_000, "Nakvynė, Double")


def test_an_allowance_after_the_invoice_asks_for_a_credit_note(folio, greta):
    """T43."""
    invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    allowance_post(posting=Posting.objects.get(kind="night"), amount_minor=500, reason="Noise", actor=TESTER)
    with refused("negative_total"):
        invoice_issue(folio=folio, buyer=greta, actor=TESTER)


def test_a_buyer_written_by_hand(folio):
    otto = Buyer(name="Otto", address=Address(city="Wien", country="AT"))
    invoice = invoice_issue(folio=folio, buyer=otto, language="de-AT", actor=TESTER)
    assert (invoice.buyer["address"]["city"], invoice.language, invoice.guest) == ("Wien", "de", None)


def test_nobody_is_no_buyer(folio):
    with refused("buyer_missing"):
        invoice_issue(folio=folio, buyer=Buyer(name="  "), actor=TESTER)


def test_charges_of_another_folio_are_refused(folio, greta, bottle):
    house = folio_open(property=folio.property, label="Bar", actor=TESTER)
    wine = article_post(folio=house, article=bottle, actor=TESTER)
    with refused("other_folio"):
        invoice_issue(folio=folio, buyer=greta, postings=wine, actor=TESTER)


def test_another_currency_than_the_books_is_refused(folio, greta):
    """T36: the VAT would have to be said in both."""
    folio.entity.currency = "CHF"
    folio.entity.save()
    with refused("other_currency"):
        invoice_issue(folio=folio, buyer=greta, actor=TESTER)


def test_a_closed_period_is_refused_and_takes_no_number(folio, greta):
    folio.entity.closed_through = TODAY
    folio.entity.save()
    with refused("period_closed"):
        invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    folio.entity.closed_through = None
    folio.entity.save()
    assert invoice_issue(folio=folio, buyer=greta, actor=TESTER).number == 1


def test_lodging_is_taxed_where_the_house_stands(folio, acme):
    """Article 47 of Directive 2006/112/EC."""
    with refused("taxed_here"):
        invoice_issue(folio=folio, buyer=acme, treatment=Treatment.REVERSE_CHARGE, actor=TESTER)


def test_reverse_charge_between_two_member_states(folio, acme, bottle):
    wine = article_post(folio=folio, article=bottle, actor=TESTER)
    invoice = invoice_issue(folio=folio, buyer=acme, postings=wine, treatment=Treatment.REVERSE_CHARGE, actor=TESTER)
    line = invoice.lines.get()
    assert (line.category, line.tax_minor) == (TaxCategory.REVERSE_CHARGE, 0)
    assert line.reason == "Atvirkštinis apmokestinimas: PVM moka pirkėjas."


@pytest.mark.parametrize(("vat_id", "code"), [("", "vat_id_missing"), ("PT501964843", "same_country")])
def test_who_gets_no_reverse_charge(folio, acme, bottle, vat_id, code):
    acme.vat_id = vat_id
    acme.save()
    wine = article_post(folio=folio, article=bottle, actor=TESTER)
    with refused(code):
        invoice_issue(folio=folio, buyer=acme, postings=wine, treatment=Treatment.REVERSE_CHARGE, actor=TESTER)


def test_a_draft_has_no_number_and_holds_nothing(folio, greta):
    draft = invoice_draft(folio=folio, buyer=greta, actor=TESTER)
    assert (draft.reference, draft.gross_minor, references()) == ("", 10_000, [])
    issued = draft_issue(document=draft, actor=TESTER)
    assert (issued.reference, issued.pk) == ("INV-2026-00001", draft.pk)
    assert draft_issue(document=draft, actor=TESTER) == issued


def test_a_draft_that_is_no_longer_true_is_not_issued(folio, greta):
    draft = invoice_draft(folio=folio, buyer=greta, actor=TESTER)
    allowance_post(posting=Posting.objects.get(kind="night"), amount_minor=500, reason="Noise", actor=TESTER)
    with refused("draft_outdated"):
        draft_issue(document=draft, actor=TESTER)
    draft_discard(document=draft, actor=TESTER)
    assert not Document.objects.exists()


def test_what_was_issued_is_not_discarded(folio, greta):
    invoice = invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    with refused("issued"):
        draft_discard(document=invoice, actor=TESTER)


def test_an_invoice_is_the_folio_to_the_cent(folio, greta, bottle):
    article_post(folio=folio, article=bottle, quantity=3, actor=TESTER)
    assert invoice_issue(folio=folio, buyer=greta, actor=TESTER).gross_minor == charged(folio)


def test_issuing_costs_a_fixed_number_of_queries(folio, greta, bottle, django_assert_max_num_queries):
    for _ in range(4):
        article_post(folio=folio, article=bottle, actor=TESTER)
    with django_assert_max_num_queries(45):
        invoice_issue(folio=folio, buyer=greta, actor=TESTER)


def test_what_was_invoiced_before_it_was_moved_is_credited_first(folio, greta, acme, stay):
    """T43: two invoices of one night would owe its VAT twice."""
    first = invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    bill = folio_open(property=stay.property, reservation=stay, company=acme, actor=TESTER)
    transfer(postings=list(Posting.objects.filter(folio=folio)), to_folio=bill, actor=TESTER)
    with refused("already_invoiced"):
        invoice_issue(folio=bill, buyer=acme, actor=TESTER)
    credit_note_issue(invoice=first, reason="To the company", actor=TESTER)
    assert invoice_issue(folio=bill, buyer=acme, actor=TESTER).gross_minor == 10_000


def test_an_allowance_that_was_taken_back_is_no_line(folio, greta, stay, bottle):
    """A night that is not slept after all leaves nothing on paper, however it was reduced before."""
    allowance_post(posting=Posting.objects.get(), amount_minor=3_000, reason="Noise", actor=TESTER)
    article_post(folio=folio, article=bottle, actor=TESTER)
    reservation_undo_check_in(reservation=stay, actor=TESTER)
    invoice = invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    assert list(invoice.lines.values_list("gross_minor", flat=True)) == [2_400]
