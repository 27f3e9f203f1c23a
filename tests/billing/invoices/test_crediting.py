"""Credit notes: figure for figure, never twice, and what they let go of is invoiced anew (T43)."""

from uuid import uuid4

import pytest

from billing.folios.models import Article
from billing.folios.services import allowance_post, article_post
from billing.invoices.models import InvoicedPosting
from billing.invoices.selectors import content_of
from billing.invoices.services import credit_note_issue, invoice_issue, receipt
from tests.billing.invoices.cases import pay, references
from tests.conftest import TODAY
from tests.house import TESTER, refused


@pytest.fixture
def invoice_paid(folio, greta, wine):
    pay(folio, 12_400)
    return invoice_issue(folio=folio, buyer=greta, actor=TESTER)


@pytest.fixture
def invoice(folio, greta, wine):
    return invoice_issue(folio=folio, buyer=greta, actor=TESTER)


@pytest.fixture
def wine(folio, property_a):
    wine = Article.objects.create(
        property=property_a.property, code="WINE", name="Bottle of wine", component="beverages", price_minor=2_400
    )
    article_post(folio=folio, article=wine, actor=TESTER)
    return wine


def credit(invoice, **values):
    return credit_note_issue(invoice=invoice, actor=TESTER, **({"reason": "Wrong company"} | values))


def test_it_works(invoice):
    note = credit(invoice)
    assert (note.reference, note.gross_minor, note.sign, note.corrects) == ("CN-2026-00001", 12_400, -1, invoice)
    content = content_of(document=note)
    assert (content.corrects_number, content.corrects_on, content.reason) == (
        "INV-2026-00001",
        TODAY,
        "Wrong company",
    )
    assert content.lines == content_of(document=invoice).lines


def test_correcting_is_a_credit_note_and_a_new_invoice(invoice, folio, acme):
    """T43."""
    credit(invoice)
    again = invoice_issue(folio=folio, buyer=acme, actor=TESTER)
    assert (again.gross_minor, again.company) == (12_400, acme)
    assert references() == ["INV-2026-00001", "CN-2026-00001", "INV-2026-00002"]


def test_some_lines(invoice, folio, greta):
    night, wine = invoice.lines.order_by("position")
    assert credit(invoice, lines=[wine]).gross_minor == 2_400
    assert invoice_issue(folio=folio, buyer=greta, actor=TESTER).gross_minor == 2_400
    with refused("line_credited"):
        credit(invoice, lines=[wine, night])
    assert credit(invoice).gross_minor == 10_000


def test_a_line_brings_the_rest_of_its_charge(folio, greta):
    allowance_post(posting=folio.postings.get(), amount_minor=500, reason="Noise", actor=TESTER)
    invoice = invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    assert credit(invoice, lines=[invoice.lines.get(position=1)]).gross_minor == 9_500


def test_what_was_paid_of_a_credited_line_is_free_again(invoice_paid, folio, greta):
    credit(invoice_paid, lines=[invoice_paid.lines.get(position=2)])
    again = invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    assert (again.gross_minor, again.paid_minor) == (2_400, 2_400)


def test_nothing_is_credited_twice(invoice):
    credit(invoice)
    with refused("nothing_to_credit"):
        credit(invoice)
    assert not InvoicedPosting.objects.filter(holds=True).exists()


def test_the_same_request_is_the_same_credit_note(invoice):
    key = uuid4()
    assert credit(invoice, request_key=key) == credit(invoice, request_key=key)


def test_payments_of_a_credited_invoice_are_free_again(folio, greta):
    pay(folio, 10_000)
    credit(invoice_issue(folio=folio, buyer=greta, actor=TESTER))
    assert invoice_issue(folio=folio, buyer=greta, actor=TESTER).paid_minor == 10_000


def test_it_wants_a_reason(invoice):
    with refused("reason_missing"):
        credit(invoice, reason=" ")


def test_only_invoices_are_credited(invoice, folio):
    with refused("not_creditable"):
        credit(receipt(payment=pay(folio, 100), actor=TESTER))
    with refused("not_creditable"):
        credit(credit(invoice))


def test_lines_of_another_invoice_are_refused(invoice, folio, greta, wine):
    article_post(folio=folio, article=wine, actor=TESTER)
    other = invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    with refused("other_invoice"):
        credit(invoice, lines=list(other.lines.all()))


def test_a_closed_period_is_refused(invoice, folio):
    folio.entity.closed_through = TODAY
    folio.entity.save()
    with refused("period_closed"):
        credit(invoice)
