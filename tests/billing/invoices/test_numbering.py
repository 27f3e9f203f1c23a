"""Numbers without a gap, whoever fails and however many ask at once (T43)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django_tenants.utils import schema_context

from billing.folios.models import Folio, Posting
from billing.folios.services import article_post, folio_open
from billing.invoices.content import Buyer
from billing.invoices.enums import DocumentKind
from billing.invoices.models import Document, SeriesYear
from billing.invoices.services import invoice_issue, series_change, series_for
from billing.invoices.services.numbering import number_take
from billing.ledger.services import entity_of
from tests.conftest import HORIZON_DAYS, TODAY
from tests.house import TESTER, make_house, refused

CLIENTS = 64
GRETA = Buyer(name="Greta")


class FailedLater(Exception):
    """Something after the number was taken."""


def house_folios(count):
    from billing.folios.models import Article

    place = make_house(code="LIS", name="Casa Lisboa", today=TODAY, horizon_days=HORIZON_DAYS).property
    wine = Article.objects.create(property=place, code="WINE", name="Wine", price_minor=100)
    folios = []
    for number in range(count):
        folios.append(folio_open(property=place, label=f"Bar {number}", actor=TESTER))
        article_post(folio=folios[-1], article=wine, actor=TESTER)
    return folios


@pytest.mark.django_db(transaction=True)
def test_64_clients_leave_no_gap_and_no_duplicate(hotel_a):
    """T43: every third fails after it has taken its number, and gives it back."""
    with schema_context(hotel_a.schema_name):
        keys = [folio.pk for folio in house_folios(CLIENTS)]

    def client(number):
        try:
            with schema_context(hotel_a.schema_name), transaction.atomic():
                invoice_issue(folio=Folio.objects.get(pk=keys[number]), buyer=GRETA, actor=TESTER)
                if number % 3 == 0:
                    raise FailedLater
        except FailedLater:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(CLIENTS) as pool:
        issued = sum(pool.map(client, range(CLIENTS)))
    with schema_context(hotel_a.schema_name):
        numbers = list(Document.objects.order_by("number").values_list("number", flat=True))
    assert issued == 42
    assert numbers == list(range(1, 43))


@pytest.mark.django_db(transaction=True)
def test_a_folio_that_all_invoice_at_once_is_invoiced_once(hotel_a):
    with schema_context(hotel_a.schema_name):
        (folio,) = house_folios(1)

    def client(_):
        try:
            with schema_context(hotel_a.schema_name):
                invoice_issue(folio=Folio.objects.get(pk=folio.pk), buyer=GRETA, actor=TESTER)
        except Exception as refusal:  # noqa: BLE001 - told by its code
            return getattr(refusal, "code", repr(refusal))
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(client, range(8)))
    assert answers == ["", *["nothing_to_invoice"] * 7]


def test_each_year_and_kind_begins_at_one(folio, in_tenant):
    entity = entity_of(folio.property)
    series = series_for(entity=entity, kind=DocumentKind.INVOICE)
    taken = [number_take(series=series, on=date(year, 12, 31))[2] for year in (2026, 2026, 2027)]
    assert taken == ["INV-2026-00001", "INV-2026-00002", "INV-2027-00001"]
    notes = series_for(entity=entity, kind=DocumentKind.CREDIT_NOTE)
    assert number_take(series=notes, on=TODAY)[2] == "CN-2026-00001"


def test_numbers_that_go_on_for_ever(folio):
    series = series_for(entity=folio.entity, kind=DocumentKind.INVOICE)
    series = series_change(series=series, prefix="LIS", is_yearly=False, digits=7, actor=TESTER)
    taken = [number_take(series=series, on=date(year, 12, 31))[2] for year in (2026, 2027)]
    assert taken == ["LIS-0000001", "LIS-0000002"]


def test_a_series_that_gave_numbers_stays(folio, greta):
    invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    series = series_for(entity=folio.entity, kind=DocumentKind.INVOICE)
    with refused("series_in_use"):
        series_change(series=series, prefix="LIS", actor=TESTER)
    assert series_change(series=series, prefix="INV", actor=TESTER) == series


@pytest.mark.parametrize("prefix", ["", "inv", "1NV", "INV-", "TOOLONGER"])
def test_a_prefix_is_letters_and_digits(folio, prefix):
    series = series_for(entity=folio.entity, kind=DocumentKind.INVOICE)
    with pytest.raises(ValidationError):
        series_change(series=series, prefix=prefix, actor=TESTER)


def test_two_series_share_no_prefix(folio):
    series_for(entity=folio.entity, kind=DocumentKind.CREDIT_NOTE)
    series = series_for(entity=folio.entity, kind=DocumentKind.INVOICE)
    with pytest.raises(ValidationError, match="prefix"):
        series_change(series=series, prefix="CN", actor=TESTER)


def test_the_database_refuses_a_gap(folio, greta):
    SeriesYear.objects.create(
        series=series_for(entity=folio.entity, kind=DocumentKind.INVOICE), year=2026, next_number=5
    )
    with pytest.raises(IntegrityError, match="never given"), transaction.atomic():
        invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    assert Posting.objects.count() == 1
