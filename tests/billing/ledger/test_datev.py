"""The DATEV file: header, fields, pairs of accounts, encoding, and everything that must be right before."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.db.models import F, Value
from django.db.models.functions import Concat, Right
from hypothesis import given
from hypothesis import strategies as st

from billing.ledger.datev import FIELDS, bookings, datev_file, datev_obstacles, pairs
from billing.ledger.models import Account, Entry, LegalEntity, Line
from billing.ledger.services import period_close
from pms.kernel.errors import Conflict
from tests.billing.ledger.busy_house import FIRST, LAST, make_busy
from tests.bookings.lifecycle.test_quote_is_sold import NOW
from tests.conftest import TODAY
from tests.house import TESTER

MADE = datetime(2026, 12, 1, 9, 30, 5, 123_000, tzinfo=UTC)


@pytest.fixture
def busy(in_tenant):
    with time_machine.travel(NOW, tick=False):
        made = make_busy()
    LegalEntity.objects.filter(pk=made.entity.pk).update(datev_consultant="29098", datev_client="55003")
    made.entity.refresh_from_db()
    numbered = Concat(Value("1"), Right(Concat(Value("00"), F("pk")), 3))
    for account in Account.objects.annotate(number=numbered):
        Account.objects.filter(pk=account.pk).update(datev_account=account.number)
    return made


def file_of(busy, first=FIRST, last=LAST):
    content = datev_file(entity=busy.entity, first=first, last=last, made_at=MADE)
    assert content.count(b"\r\n") == content.count(b"\n")
    return list(csv.reader(StringIO(content.decode("cp1252"), newline=""), delimiter=";"))


def test_header_says_what_it_is(busy):
    head, names, *_ = file_of(busy)
    assert head[:6] == ["EXTF", "700", "21", "Buchungsstapel", "13", "20261201093005123"]
    assert head[10:16] == ["29098", "55003", "20260101", "4", "20261101", "20261130"]
    assert (len(head), head[18], head[20], head[21]) == (31, "1", "0", "EUR")
    assert tuple(names) == FIELDS
    assert len(names) == 125


def test_bookings_sum_to_the_books(busy):
    sums: dict[str, Decimal] = {}
    for row in file_of(busy)[2:]:
        assert len(row) == 125
        amount = Decimal(row[0].replace(",", "."))
        assert amount > 0
        for number, sign in ((row[6], 1), (row[7], -1)):
            key = f"{number}{row[2]}"
            sums[key] = sums.get(key, Decimal(0)) + sign * amount
    expected: dict[str, Decimal] = {}
    for line in Line.objects.select_related("account"):
        key = f"{line.account.datev_account}{line.currency}"
        expected[key] = expected.get(key, Decimal(0)) + Decimal(line.amount_minor) / 100
    assert {key: amount for key, amount in sums.items() if amount} == {k: v for k, v in expected.items() if v}


def test_foreign_money_keeps_its_frozen_rate(busy):
    """T37: 110 dollars came at 100 euros, whatever the table says now."""
    (row,) = [row for row in file_of(busy)[2:] if row[2] == "USD"]
    assert (row[0], row[3], row[4], row[5]) == ("110,00", "1,100000", "100,00", "EUR")


def test_closed_days_are_settled(busy):
    period_close(entity=busy.entity, through=TODAY, actor=TESTER)
    busy.entity.refresh_from_db()
    rows = file_of(busy)[2:]
    assert {(row[9], row[113]) for row in rows} == {("2011", "1"), ("2111", "0"), ("2211", "0"), ("2311", "0")}


def test_what_is_missing_is_listed(busy):
    Account.objects.filter(role="revenue", key="breakfast").update(datev_account="")
    LegalEntity.objects.filter(pk=busy.entity.pk).update(datev_client="")
    busy.entity.refresh_from_db()
    with pytest.raises(Conflict) as refusal:
        file_of(busy)
    assert refusal.value.code == "datev_incomplete"
    assert refusal.value.context["obstacles"] == [
        "The number of the client is missing: one to five digits, at the legal entity.",
        "Account 4000-breakfast Revenue: Breakfast has no number in the consultant's chart.",
    ]


def test_a_file_is_of_one_year(busy):
    found = datev_obstacles(entity=busy.entity, first=date(2026, 11, 1), last=date(2027, 1, 31))
    assert found == ["A file is of one financial year: the days of its bookings are written without a year."]


def test_numbers_of_odd_lengths_are_refused(busy):
    Account.objects.filter(role="bank").delete()
    Account.objects.filter(role="deposits").update(datev_account="170000")
    assert "from 4 to 6 digits" in datev_obstacles(entity=busy.entity, first=FIRST, last=LAST)[0]
    Account.objects.filter(role="deposits").update(datev_account="17x0")
    assert "is no account number" in datev_obstacles(entity=busy.entity, first=FIRST, last=LAST)[0]


def test_letters_that_the_encoding_lacks_lose_their_marks(busy):
    entry = Entry.objects.filter(kind="write_off")
    memo = next(bookings(entity=busy.entity, first=FIRST, last=LAST)).entry
    assert memo.memo
    from billing.ledger.datev import _encodable

    assert _encodable("Čiurlionis, Müller, Žalgiris 東京 €") == "Ciurlionis, Müller, Žalgiris ?? €"
    assert entry.exists()


AMOUNTS = st.lists(st.integers(-5_000, 5_000).filter(bool), min_size=1, max_size=9)


@given(AMOUNTS)
def test_pairs_are_the_lines(amounts):
    rest = -sum(amounts)
    amounts = [*amounts, *([rest] if rest else [])]
    accounts = [Account(pk=place, code=str(place)) for place in range(len(amounts))]
    entry = Entry(date=TODAY, entity=LegalEntity(currency="EUR"))
    lines = [
        Line(account=account, currency="EUR", amount_minor=amount)
        for account, amount in zip(accounts, amounts, strict=True)
    ]
    found = pairs(entry, lines)
    sums = dict.fromkeys(range(len(amounts)), 0)
    for row in found:
        assert row.amount_minor > 0
        sums[row.debit.pk] += row.amount_minor
        sums[row.credit.pk] -= row.amount_minor
    assert list(sums.values()) == amounts
    assert len(found) < len(lines)
