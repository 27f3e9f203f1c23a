"""Deposit invoices, pro formas and receipts."""

import pytest

from billing.folios.models import Article
from billing.folios.services import article_post, folio_open, main_folio
from billing.invoices.models import InvoicedPosting
from billing.invoices.services import (
    credit_note_issue,
    deposit_invoice_issue,
    invoice_issue,
    pro_forma,
    receipt,
)
from tests.billing.invoices.cases import pay, references
from tests.house import TESTER, book, refused


@pytest.fixture
def ahead(property_a, stay):
    """A folio of a stay to come."""
    row = book(property_a, 5, 8, guest="Greta")
    return main_folio(reservation=row)


def test_a_deposit_before_arrival(ahead, greta):
    paid = pay(ahead, 5_000)
    deposit = deposit_invoice_issue(folio=ahead, buyer=greta, actor=TESTER)
    assert (deposit.reference, deposit.gross_minor, deposit.due_minor) == ("DEP-2026-00001", 5_000, 0)
    assert deposit.payments.get().posting == paid
    assert deposit.lines.get().text == f"Deposit, Reservation {ahead.reservation.code}"


def test_a_payment_has_one_deposit_invoice(ahead, greta):
    paid = pay(ahead, 5_000)
    deposit_invoice_issue(folio=ahead, buyer=greta, payments=[paid], actor=TESTER)
    with refused("nothing_to_invoice"):
        deposit_invoice_issue(folio=ahead, buyer=greta, actor=TESTER)


def test_a_credited_deposit_invoice_is_issued_anew(ahead, greta, acme):
    pay(ahead, 5_000)
    credit_note_issue(
        invoice=deposit_invoice_issue(folio=ahead, buyer=greta, actor=TESTER), reason="For Acme", actor=TESTER
    )
    assert deposit_invoice_issue(folio=ahead, buyer=acme, actor=TESTER).company == acme


def test_what_was_paid_back_is_no_deposit(ahead, greta):
    pay(ahead, 5_000)
    pay(ahead, 5_000, source="back", refund=True)
    with refused("nothing_to_invoice"):
        deposit_invoice_issue(folio=ahead, buyer=greta, actor=TESTER)


def test_a_deposit_is_for_payments_of_the_folio(ahead, folio, greta, property_a):
    wine = Article.objects.create(property=property_a.property, code="WINE", name="Wine", price_minor=100)
    (charge,) = article_post(folio=ahead, article=wine, actor=TESTER)
    with refused("not_a_payment"):
        deposit_invoice_issue(folio=ahead, buyer=greta, payments=[charge], actor=TESTER)
    with refused("other_folio"):
        deposit_invoice_issue(folio=folio, buyer=greta, payments=[pay(ahead, 100)], actor=TESTER)


def test_the_invoice_deducts_the_deposit(folio, greta):
    pay(folio, 4_000)
    deposit = deposit_invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    invoice = invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    assert (invoice.payments.get().deposit, invoice.due_minor) == (deposit, 6_000)


def test_a_pro_forma_holds_nothing(ahead, greta):
    form = pro_forma(folio=ahead, buyer=greta, actor=TESTER)
    assert (form.reference, form.gross_minor) == ("PF-2026-00001", 30_000)
    assert not InvoicedPosting.objects.exists()
    assert pro_forma(folio=ahead, buyer=greta, actor=TESTER).number == 2


def test_a_pro_forma_shows_what_was_charged_by_hand(ahead, greta, property_a):
    wine = Article.objects.create(property=property_a.property, code="WINE", name="Wine", price_minor=100)
    article_post(folio=ahead, article=wine, actor=TESTER)
    assert pro_forma(folio=ahead, buyer=greta, actor=TESTER).gross_minor == 30_100


def test_nothing_is_no_pro_forma(folio, greta):
    house = folio_open(property=folio.property, label="Bar", actor=TESTER)
    with refused("nothing_to_invoice"):
        pro_forma(folio=house, buyer=greta, actor=TESTER)


def test_a_receipt(folio):
    paid = pay(folio, 4_000)
    document = receipt(payment=paid, actor=TESTER)
    assert (document.reference, document.gross_minor, document.paid_minor) == ("REC-2026-00001", 4_000, 4_000)
    assert receipt(payment=paid, actor=TESTER) == document
    assert references() == ["REC-2026-00001"]


def test_a_receipt_of_a_refund(folio):
    pay(folio, 4_000)
    assert receipt(payment=pay(folio, 1_500, source="back", refund=True), actor=TESTER).gross_minor == -1_500


def test_a_charge_has_no_receipt(folio):
    with refused("not_a_payment"):
        receipt(payment=folio.postings.get(), actor=TESTER)
