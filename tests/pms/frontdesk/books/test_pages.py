"""The accountant's pages: what they show, who may open them, what they ask of the database, and the files they send."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from billing.folios.models import Article
from billing.folios.services import article_post
from billing.ledger.models import Account, Entry, ExchangeRate, LegalEntity
from billing.ledger.services import period_close
from pms.access.models import Grant, Role
from pms.audit.models import AuditEvent
from pms.frontdesk.books.period import Period
from tests.billing.ledger.busy_house import make_busy
from tests.bookings.lifecycle.test_quote_is_sold import NOW
from tests.conftest import TODAY
from tests.house import TESTER

PAGES = (
    *("", "trial-balance/", "accounts/1200/", "journal/", "revenue/", "vat/", "city-tax/", "open-items/"),
    *("exchange-rates/", "export/trial-balance/csv/", "export/journal/xlsx/"),
)
CHANGES = ("close/", "reopen/")
DATES = {"first": TODAY.replace(day=1), "last": TODAY.replace(day=30)}


@pytest.fixture
def busy(in_tenant):
    with time_machine.travel(NOW, tick=False):
        return make_busy()


@pytest.fixture
def desk(client_for, mia, busy, in_tenant):
    """Mia, the manager, at the books of a busy house."""
    return client_for(mia, in_tenant)


def url(path):
    return f"/desk/books/{path}{'&' if '?' in path else '?'}period=2026-11"


def page(desk, path, status=200):
    answer = desk.get(url(path))
    assert answer.status_code == status
    return answer.content.decode()


# --- Who may ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "status"),
    [("administrator", 200), ("manager", 200), ("accountant", 200), ("front_desk", 403), ("housekeeping", 403),
     ("property_owner", 403)],
)  # fmt: skip
def test_role_sees_or_does_not(client_for, hana, busy, in_tenant, role, status):
    Grant.objects.filter(user=hana).update(role=Role.objects.get(code=role))
    client = client_for(hana, in_tenant)
    assert {path: client.get(url(path)).status_code for path in PAGES} == dict.fromkeys(PAGES, status)


@pytest.mark.parametrize(("role", "status"), [("accountant", 200), ("manager", 200), ("front_desk", 403)])
def test_role_closes_or_does_not(client_for, hana, busy, in_tenant, role, status):
    Grant.objects.filter(user=hana).update(role=Role.objects.get(code=role))
    client = client_for(hana, in_tenant)
    assert [client.get(url(path)).status_code for path in CHANGES] == [status, status]


def test_who_only_looks_does_not_close_or_set_rates(client_for, hana, busy, in_tenant):
    only = Role.objects.create(code="auditor", name="Auditor", permissions=["desk.view", "books.view"])
    Grant.objects.filter(user=hana).update(role=only)
    client = client_for(hana, in_tenant)
    assert "Close the period" not in page(client, "")
    assert client.post(url("close/"), {"through": TODAY}).status_code == 403
    assert client.post(url("exchange-rates/"), {"per": "EUR"}).status_code == 403


def test_other_organization_sees_none_of_it(client_for, otto, hotel_b, busy):
    client = client_for(otto, hotel_b)
    codes = [client.get(url(path)).status_code for path in (*PAGES, *CHANGES, f"?entity={busy.entity.code}")]
    assert set(codes) <= {403, 404}


def test_books_of_two_properties_need_both(client_for, felix, busy, in_tenant):
    """Who sees the books of one property of an entity does not see those of the other."""
    with time_machine.travel(NOW, tick=False):
        make_busy("BER")
    Grant.objects.filter(user=felix).update(role=Role.objects.get(code="accountant"), property_code="LIS")
    client = client_for(felix, in_tenant)
    assert "at every one of its properties" in page(client, "")
    assert client.get(url(f"?entity={busy.entity.code}")).status_code == 404
    Grant.objects.create(user=felix, role=Role.objects.get(code="accountant"), property_code="BER")
    assert client.get(url(f"?entity={busy.entity.code}")).status_code == 200


def test_nothing_yet(client_for, mia, property_a, in_tenant):
    assert "No books yet" in page(client_for(mia, in_tenant), "")
    assert client_for(mia, in_tenant).get(url("journal/")).status_code == 404


# --- What they show -----------------------------------------------------------------------------------------


def test_overview_agrees(desk):
    answer = desk.get(url(""))
    assert answer.context["overview"].agrees
    assert "Everything agrees" in answer.content.decode()


def test_overview_shows_a_difference(desk, busy):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE folios_folio SET balance_minor = balance_minor + 7 WHERE id = %s", [busy.folio.pk])
    content = page(desk, "")
    assert '<dd class="bad">0.07</dd>' in content
    assert "Differences" in content


def test_every_number_opens_the_rows_behind_it(desk, busy):
    """Trial balance, account, entry, folio line."""
    assert "/desk/books/accounts/4000-accommodation/" in page(desk, "trial-balance/")
    content = page(desk, "accounts/4000-accommodation/")
    entry = Entry.objects.filter(postings__kind="night").order_by("pk").first()
    assert f"/desk/books/entries/{entry.code}/" in content
    shown = page(desk, f"entries/{entry.code}/")
    assert busy.folio.code in shown
    assert f"/desk/reservations/{busy.stay.code}/" in shown


def test_the_way_from_a_tax_to_its_entries(desk):
    assert "/desk/books/journal/?entity=LIS&amp;period=2026-11&amp;tax=VAT-LODGING&amp;percent=7" in page(desk, "vat/")
    found = desk.get(url("journal/?tax=VAT-LODGING&percent=7")).context["page"].entries
    assert found
    assert all("VAT-LODGING" in {line.account.key for line in entry.lines.all()} for entry in found)


def test_city_tax_opens_its_nights(desk, busy):
    assert "place=LIS&amp;tax=CITY-TAX" in page(desk, "city-tax/")
    assert busy.stay.code in page(desk, "city-tax/?place=LIS&tax=CITY-TAX")


def test_open_items_by_ledger(desk, busy):
    content = page(desk, "open-items/")
    assert [len(items) for _, items, _ in desk.get(url("open-items/")).context["ledgers"]] == [1, 1, 1]
    assert busy.company.code in content


NONSENSE = (
    *("?period=2026-13", "?period=0000-01", "?period=9999", "?period=x%00", "?after=x", "?on=x", "?first=x&last=99"),
    *(
        "?kind=x&account=%00&tax=%00&percent=..",
        "?q=%00",
        "?currency=XXX",
        "?place=%00&tax=%00",
        "?folio=%00",
        "?page=x",
    ),
)


def test_nonsense_in_the_address_is_no_error(desk):
    for path in PAGES:
        codes = {query: desk.get(f"/desk/books/{path}{query}").status_code for query in NONSENSE}
        assert codes == dict.fromkeys(NONSENSE, 200)


def test_what_is_not_there(desk):
    missing = ("accounts/9999/", "entries/00000000-0000-0000-0000-000000000000/", "export/secrets/csv/")
    for path in (*missing, "export/vat/pdf/", "journal/?entity=NONE", "export/account/csv/?account=9"):
        page(desk, path, status=404)


@pytest.mark.parametrize(
    ("text", "label", "before", "after"),
    [("2026-11", "November 2026", "2026-10", "2026-12"), ("2026-Q1", "Quarter 1 of 2026", "2025-Q4", "2026-Q2"),
     ("2026", "2026", "2025", "2027"), ("2026-12", "December 2026", "2026-11", "2027-01")],
)  # fmt: skip
def test_periods(text, label, before, after):
    found = Period.read(text, otherwise=TODAY)
    assert (found.code, found.label, found.before.code, found.after.code) == (text, label, before, after)
    assert found.after.first == found.last + timedelta(days=1)


# --- Closing ------------------------------------------------------------------------------------------------


def test_closing_says_what_stands_against_it(desk, busy):
    content = page(desk, "close/")
    assert "is still trading" in content
    assert "still waiting to be changed" in content
    answer = desk.post(url("close/"), {"through": "2026-11-30"})
    assert answer.status_code == 422
    assert not LegalEntity.objects.exclude(closed_through=None).exists()


def test_closing_and_opening_again(desk, busy):
    assert desk.post(url("close/"), {"through": TODAY, "preview": "1"}).status_code == 200
    assert LegalEntity.objects.get().closed_through is None
    assert desk.post(url("close/"), {"through": TODAY}).status_code == 303
    assert LegalEntity.objects.get().closed_through == TODAY
    assert desk.post(url("reopen/"), {"through": "", "reason": ""}).status_code == 422
    assert (
        desk.post(url("reopen/"), {"through": "", "reason": "The auditor"}, headers={"hx-request": "true"}).status_code
        == 200
    )
    assert LegalEntity.objects.get().closed_through is None
    assert AuditEvent.objects.get(action="ledger.period_reopened").reason == "The auditor"


def test_a_closed_period_is_marked(desk, busy):
    period_close(entity=busy.entity, through=TODAY, actor=TESTER)
    assert "closed through 20 November 2026" in page(desk, "")


# --- Rates --------------------------------------------------------------------------------------------------


def test_a_rate_by_hand_and_by_file(desk):
    rate = {"day": TODAY, "per": "eur", "rate": "1.0834", "currency": "usd", "source": "ECB"}
    assert desk.post(url("exchange-rates/"), rate).status_code == 303
    assert desk.post(url("exchange-rates/"), {**rate, "currency": "EUR"}).status_code == 422
    file = BytesIO(b"date,per,currency,rate,source\n2026-11-19,EUR,USD,1.08,ECB\n")
    file.name = "rates.csv"
    assert desk.post(url("exchange-rates/"), {"upload": "1", "file": file}).status_code == 303
    assert ExchangeRate.objects.count() == 2
    assert desk.post(url("exchange-rates/"), {"upload": "1"}).status_code == 422
    assert "1.0834" in page(desk, "exchange-rates/")


# --- Files --------------------------------------------------------------------------------------------------


def rows_of(answer):
    return list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_files_read_back(desk):
    for what in ("trial-balance", "journal", "revenue", "vat", "city-tax", "open-items", "account"):
        rows = rows_of(desk.get(url(f"export/{what}/csv/?account=1200")))
        book = load_workbook(BytesIO(b"".join(desk.get(url(f"export/{what}/xlsx/?account=1200")).streaming_content)))
        assert book.active.max_row == len(rows) + 1 > 1
        assert [cell.value for cell in book.active[1]] == list(rows[0])
    assert AuditEvent.objects.filter(action="books.exported").count() == 14


def test_the_journal_as_a_file_balances(desk):
    rows = rows_of(desk.get(url("export/journal/csv/")))
    for currency in ("EUR", "USD"):
        own = [row for row in rows if row["currency"] == currency]
        assert sum(round(float(row["debit"] or 0) * 100) for row in own) == sum(
            round(float(row["credit"] or 0) * 100) for row in own
        )


def test_nothing_in_a_file_runs(desk, busy):
    article = Article.objects.create(property=busy.property, code="X", name="=HYPERLINK(1)", price_minor=100)
    article_post(folio=busy.prepaid, article=article, actor=TESTER)
    rows = rows_of(desk.get(url("export/journal/csv/?q=HYPERLINK")))
    assert {row["memo"][:2] for row in rows} == {"'="}
    book = load_workbook(BytesIO(b"".join(desk.get(url("export/journal/xlsx/?q=HYPERLINK")).streaming_content)))
    assert book.active["D2"].data_type == "s"


def test_datev_says_what_is_missing_then_sends(desk, busy):
    content = page(desk, "export/datev/", status=409)
    assert "Account 1200 Guest ledger has no number" in content
    LegalEntity.objects.update(datev_consultant="29098", datev_client="55003")
    for number, account in enumerate(Account.objects.all(), start=1000):
        Account.objects.filter(pk=account.pk).update(datev_account=str(number))
    answer = desk.get(url("export/datev/"))
    assert answer.content.startswith(b'"EXTF";700;21;')
    assert answer["Content-Disposition"] == 'attachment; filename="EXTF_Buchungsstapel_LIS_2026-11.csv"'


# --- How much it asks of the database -----------------------------------------------------------------------


LISTS = [*(path for path in PAGES if "export" not in path), "close/", "city-tax/?place=LIS&tax=CITY-TAX"]


def test_queries_do_not_grow_with_rows(desk, busy):
    def counted():
        found: dict[str, int] = {}
        for path in LISTS * 2:
            with CaptureQueriesContext(connection) as context:
                desk.get(url(path))
            # What a process keeps for a while is asked again now and then: the fewer of two are the page's own.
            found[path] = min(len(context), found.get(path, len(context)))
        return found

    counted()  # what a session and a process keep from their first page
    few = counted()
    with time_machine.travel(NOW, tick=False):
        make_busy("BER")
        make_busy("MUC")
    assert counted() == few
