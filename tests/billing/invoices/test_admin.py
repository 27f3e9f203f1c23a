"""The back office: series until they are in use, documents to look up."""

import pytest

from billing.invoices.models import Series
from billing.invoices.services import invoice_issue
from billing.ledger.services import entity_of
from pms.audit.models import AuditEvent
from tests.house import TESTER

SERIES = "/hotel-admin/invoices/series/"


@pytest.fixture
def series(folio):
    return Series.objects.create(entity=folio.entity, kind="invoice", prefix="INV")


def form(series, **values):
    return {"prefix": series.prefix, "digits": series.digits, "is_yearly": "on"} | values


def test_a_prefix_is_chosen_before_the_first_number(client_for, hotel_a, mia, folio):
    values = {"entity": folio.entity.pk, "kind": "invoice", "prefix": "LIS", "digits": 4, "is_yearly": "on"}
    assert client_for(mia, hotel_a).post(f"{SERIES}add/", values).status_code == 302
    assert invoice_issue(folio=folio, buyer=folio.guest, actor=TESTER).reference == "LIS-2026-0001"


def test_changing_a_series(client_for, hotel_a, mia, series):
    client_for(mia, hotel_a).post(f"{SERIES}{series.pk}/change/", form(series, prefix="LIS"))
    assert Series.objects.get().prefix == "LIS"
    assert AuditEvent.objects.get(action="series.changed").changes == {"prefix": ["INV", "LIS"]}


def test_a_series_in_use_says_so(client_for, hotel_a, mia, series, folio, greta):
    invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    answer = client_for(mia, hotel_a).post(f"{SERIES}{series.pk}/change/", form(series, prefix="LIS"))
    assert b"Numbers of this series were given" in answer.content


def test_the_desk_changes_no_series(client_for, hotel_a, felix, series):
    assert client_for(felix, hotel_a).get(SERIES).status_code == 403


def test_a_series_of_two_houses_is_for_whoever_may_at_both(client_for, hotel_a, hana, series, folio, property_other):
    from billing.ledger.models import PropertyBooks
    from pms.access.models import Grant, Role

    PropertyBooks.objects.create(property=property_other.property, entity=folio.entity)
    Grant.objects.filter(user=hana).delete()
    Grant.objects.create(user=hana, role=Role.objects.get(code="manager"), property_code="POR")
    client = client_for(hana, hotel_a)
    assert client.get(SERIES).status_code == 200
    assert client.post(f"{SERIES}{series.pk}/change/", form(series, prefix="LIS")).status_code == 403
    assert Series.objects.get().prefix == "INV"


@pytest.mark.parametrize("page", ["series", "document", "print"])
def test_the_lists(client_for, hotel_a, mia, folio, greta, page):
    invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    assert client_for(mia, hotel_a).get(f"/hotel-admin/invoices/{page}/").status_code == 200


def test_a_document_is_only_looked_at(client_for, hotel_a, mia, folio, greta):
    invoice = invoice_issue(folio=folio, buyer=greta, actor=TESTER)
    client = client_for(mia, hotel_a)
    page = client.get(f"/hotel-admin/invoices/document/{invoice.pk}/change/")
    assert (page.status_code, invoice.reference.encode() in page.content) == (200, True)
    assert client.post(f"/hotel-admin/invoices/document/{invoice.pk}/change/", {"note": "x"}).status_code == 403


def test_the_list_of_series_costs_the_same_for_three(client_for, hotel_a, mia, series, django_assert_max_num_queries):
    for kind, prefix in (("credit_note", "CN"), ("receipt", "REC")):
        Series.objects.create(entity=entity_of(series.entity.properties.get().property), kind=kind, prefix=prefix)
    client = client_for(mia, hotel_a)
    with django_assert_max_num_queries(20):
        client.get(SERIES)
