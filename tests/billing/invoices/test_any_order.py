"""Whatever is charged, reduced, moved, paid, invoiced and credited, in any order: documents and folios agree."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.folios.models import Article, Folio, Posting
from billing.folios.services import allowance_post, article_post, folio_open, transfer
from billing.invoices.content import Buyer
from billing.invoices.enums import DocumentKind
from billing.invoices.models import Document, InvoicedPosting
from billing.invoices.selectors import groups_to_invoice
from billing.invoices.services import credit_note_issue, invoice_issue
from billing.taxes.services import regime_apply
from guests.profiles.models import Company
from pms.kernel.errors import DomainError
from tests.billing.invoices.cases import charged, pay
from tests.conftest import TODAY
from tests.house import TESTER, make_house

DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["charge", "charge", "reduce", "move", "pay", "invoice", "invoice", "credit", "credit_line"]),
        st.integers(0, 5),
        st.integers(1, 3_000),
    ),
    min_size=4,
    max_size=14,
)


def do(deed, which, amount, folios, wine):
    """Do one thing to one of the folios; what is refused changes nothing."""
    folio = Folio.objects.get(pk=folios[which % 2].pk)
    lines = list(Posting.objects.filter(folio=folio, of_kind="article").exclude(kind="allowance").order_by("pk"))
    invoices = list(Document.objects.filter(folio=folio, kind=DocumentKind.INVOICE).order_by("pk"))
    if deed == "charge":
        article_post(folio=folio, article=wine, unit_minor=amount, quantity=which or 1, actor=TESTER)
    elif deed == "reduce" and lines:
        allowance_post(posting=lines[which % len(lines)], amount_minor=amount, reason="Noise", actor=TESTER)
    elif deed == "move" and lines:
        transfer(postings=[lines[which % len(lines)]], to_folio=folios[(which + 1) % 2], actor=TESTER)
    elif deed == "pay":
        pay(folio, amount, source=f"{folio.pk}:{Posting.objects.count()}")
    elif deed == "invoice":
        invoice_issue(folio=folio, buyer=Buyer(name="Acme"), actor=TESTER)
    elif deed.startswith("credit") and invoices:
        invoice = invoices[which % len(invoices)]
        chosen = [invoice.lines.order_by("pk")[0]] if deed == "credit_line" else None
        credit_note_issue(invoice=invoice, lines=chosen, reason="Wrong", actor=TESTER)


def invoiced(folio):
    """What documents say was sold on a folio: credit notes count the other way."""
    rows = Document.objects.filter(folio=folio, kind__in=[DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE])
    return sum(row.sign * row.gross_minor for row in rows)


def open_minor(folio):
    return sum(posting.amount_minor for group in groups_to_invoice(folio=folio) for posting in group.postings)


def named_as_paid(folio):
    """What invoices name as paid, no more than what is left of them."""
    named = 0
    for row in Document.objects.filter(folio=folio, kind=DocumentKind.INVOICE):
        credited = sum(note.gross_minor for note in row.corrections.all())
        named += min(row.paid_minor, row.gross_minor - credited)
    return named


def paid_on(folio):
    return -sum(Posting.objects.filter(folio=folio, of_kind="payment").values_list("amount_minor", flat=True))


@pytest.fixture
def house(in_tenant):
    place = make_house(code="ANY", name="Any", today=TODAY, horizon_days=10).property
    regime_apply(property=place, regime="de-berlin", actor=TESTER)
    wine = Article.objects.create(property=place, code="WINE", name="Wine", component="beverages", price_minor=100)
    acme = Company.objects.create(code="ACME", kind="company", name="Acme")
    return wine, [folio_open(property=place, company=acme, actor=TESTER) for _ in range(2)]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(deeds=DEEDS)
def test_documents_and_folios_agree(house, deeds):
    """T43: what stands on documents and what waits for one is what was charged; paid is never above total."""
    wine, folios = house
    with transaction.atomic():
        for deed, which, amount in deeds:
            try:
                with transaction.atomic():
                    do(deed, which, amount, folios, wine)
            except DomainError:
                continue
        held = InvoicedPosting.objects.filter(holds=True).values_list("posting", flat=True)
        assert len(held) == len(set(held))
        for folio in folios:
            assert invoiced(folio) + open_minor(folio) == charged(folio)
            assert named_as_paid(folio) <= paid_on(folio)
        numbers = list(
            Document.objects.filter(kind=DocumentKind.INVOICE).order_by("pk").values_list("number", flat=True)
        )
        assert numbers == list(range(1, len(numbers) + 1))
        transaction.set_rollback(True)
