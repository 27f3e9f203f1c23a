"""The PDF of a document at the desk: for whom, byte for byte, and what it says while it is being made."""

from datetime import timedelta
from hashlib import sha256

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.folios.services import main_folio, stay_post
from billing.invoices.jobs import render_document, render_print, sweep
from billing.invoices.models import Document, Print
from billing.invoices.services import card_print, folio_print, invoice_draft, pro_forma, statement_print
from bookings.lifecycle import services as desk
from guests.profiles.models import Company
from pms.access.models import Grant, Role
from tests.conftest import TODAY
from tests.house import TESTER, book, make_house

pytestmark = pytest.mark.usefixtures("own_storage")


@pytest.fixture
def stay(property_a):
    return book(property_a, 0, 3, guest="Greta")


@pytest.fixture
def document(stay):
    return pro_forma(folio=main_folio(reservation=stay), buyer=stay.guest, actor=TESTER)


def path(document, what="pdf"):
    return f"/desk/documents/{document.code}/{what}/"


def test_it_works(client_for, hotel_a, felix, document, own_storage):
    render_document(document.pk)
    answer = client_for(felix, hotel_a).get(path(document))
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-1.7")
    assert sha256(answer.content).hexdigest() == Document.objects.get().pdf_sha256
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'inline; filename="PF-2026-00001.pdf"'
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("private, no-store", "nosniff")
    assert [each.relative_to(own_storage).parts[:2] for each in own_storage.rglob("*.pdf")] == [
        (hotel_a.schema_name, "documents")
    ]


def test_while_it_is_being_made(client_for, hotel_a, felix, document):
    answer = client_for(felix, hotel_a).get(path(document))
    assert (answer.status_code, answer["Refresh"]) == (202, "2")
    assert b"PF-2026-00001 is being prepared" in answer.content


def test_rendering_twice_renders_once(document):
    render_document(document.pk)
    first = Document.objects.get()
    render_document(document.pk)
    assert (Document.objects.get().pdf_file, len(default_storage.listdir("documents/2026")[1])) == (first.pdf_file, 1)


def test_a_file_that_was_changed_is_not_shown(client_for, hotel_a, felix, document):
    render_document(document.pk)
    with default_storage.open(Document.objects.get().pdf_file, "wb") as file:
        file.write(b"%PDF-1.7 forged")
    answer = client_for(felix, hotel_a).get(path(document))
    assert (answer.status_code, b"not the one that was issued" in answer.content) == (409, True)


def test_a_file_that_is_gone_is_said(client_for, hotel_a, felix, document):
    render_document(document.pk)
    default_storage.delete(Document.objects.get().pdf_file)
    assert client_for(felix, hotel_a).get(path(document)).status_code == 404


def test_a_draft_has_no_paper(client_for, hotel_a, felix, stay):
    row = desk.reservation_check_in(reservation=stay, actor=TESTER)
    stay_post(reservation=row, through=row.property.business_date, actor=TESTER)
    draft = invoice_draft(folio=main_folio(reservation=row), buyer=row.guest, actor=TESTER)
    assert client_for(felix, hotel_a).get(path(draft)).status_code == 404


def test_who_may_not_issue_may_not_see(client_for, hotel_a, hana, document):
    assert client_for(hana, hotel_a).get(path(document)).status_code == 403


def test_another_organization_sees_nothing(client_for, hotel_b, otto, document):
    render_document(document.pk)
    with schema_context(hotel_b.schema_name):
        make_house(code="BRU", name="Hotel B", today=TODAY, horizon_days=10)
    assert client_for(otto, hotel_b).get(path(document)).status_code == 404


def test_another_property_sees_nothing(client_for, hotel_a, hana, document, property_other):
    Grant.objects.filter(user=hana).delete()
    Grant.objects.create(user=hana, role=Role.objects.get(code="front_desk"), property_code="POR")
    assert client_for(hana, hotel_a).get(path(document)).status_code == 404


def test_xml_that_is_not_there_says_why(client_for, hotel_a, felix, document):
    render_document(document.pk)
    answer = client_for(felix, hotel_a).get(path(document, "xml"))
    assert (answer.status_code, b"no invoice" in answer.content) == (404, True)


def test_prints(client_for, hotel_a, felix, stay):
    acme = Company.objects.create(code="ACME", kind="company", name="Acme")
    rows = [
        folio_print(folio=main_folio(reservation=stay), actor=TESTER),
        card_print(reservation=stay, actor=TESTER, language="de"),
        statement_print(company=acme, property=stay.property, actor=TESTER),
    ]
    client = client_for(felix, hotel_a)
    for row in rows:
        assert client.get(f"/desk/prints/{row.code}/pdf/").status_code == 202
        render_print(row.pk)
        answer = client.get(f"/desk/prints/{row.code}/pdf/")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")


def test_a_print_of_another_property(client_for, hotel_a, hana, stay, property_other):
    row = card_print(reservation=stay, actor=TESTER)
    Grant.objects.filter(user=hana).delete()
    Grant.objects.create(user=hana, role=Role.objects.get(code="front_desk"), property_code="POR")
    assert client_for(hana, hotel_a).get(f"/desk/prints/{row.code}/pdf/").status_code == 404


def test_who_may_not_issue_sees_no_card(client_for, hotel_a, hana, stay):
    row = card_print(reservation=stay, actor=TESTER)
    assert client_for(hana, hotel_a).get(f"/desk/prints/{row.code}/pdf/").status_code == 403


def test_the_sweep_takes_up_what_the_queue_forgot(document, stay, monkeypatch):
    card_print(reservation=stay, actor=TESTER)
    woken = []
    monkeypatch.setattr("billing.invoices.jobs.enqueue_in_tenant", lambda path, **values: woken.append((path, values)))
    sweep()
    assert woken == []
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        sweep()
    assert woken == [
        ("billing.invoices.jobs.render_document", {"document_id": document.pk}),
        ("billing.invoices.jobs.render_print", {"print_id": Print.objects.get().pk}),
    ]
