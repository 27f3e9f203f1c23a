"""Reports beside a naive count over the rows: trial balance, statements, journal, taxes, revenue; kept balances."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.ledger.balances import balance_findings
from billing.ledger.enums import EntryKind, Role
from billing.ledger.models import Account, Entry, Line, PeriodBalance
from billing.ledger.reports import (
    Cursor,
    JournalFilters,
    account_statement,
    journal,
    revenue_by_day,
    tax_rows,
    trial_balance,
)
from billing.ledger.services import (
    Draft,
    EntryDraft,
    entity_of,
    entry_post,
    period_close,
    period_reopen,
    property_assign,
)
from billing.taxes.regimes import REGIMES
from pms.kernel.errors import Conflict, Invalid
from pms.properties.models import Property
from tests.billing.ledger.busy_house import FIRST, LAST, make_busy
from tests.bookings.lifecycle.test_quote_is_sold import NOW
from tests.conftest import TODAY
from tests.house import TESTER, refused


@pytest.fixture
def busy(in_tenant):
    with time_machine.travel(NOW, tick=False):
        yield make_busy()


@pytest.fixture
def entity(property_a):
    return entity_of(property_a.property)


def post(entity, day, amount=500, key="cash", currency="EUR"):
    lines = [Draft(Role.CLEARING, amount, currency, key=key), Draft(Role.SUSPENSE, -amount, currency)]
    source = f"post:{Entry.objects.count()}"
    return entry_post(
        draft=EntryDraft(entity=entity, date=day, kind=EntryKind.MANUAL, source=source, lines=lines), actor=TESTER
    )


def naive(entity, first, last):
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for line in Line.objects.filter(account__entity=entity, date__lte=last).select_related("account"):
        sums = found[line.account.code, line.currency]
        place = 0 if line.date < first else 1 if line.amount_minor > 0 else 2
        sums[place] += abs(line.amount_minor) if place else line.amount_minor
    return {key: tuple(sums) for key, sums in found.items() if any(sums)}


def told(trial):
    return {
        (row.account.code, row.currency): (row.opening_minor, row.debit_minor, row.credit_minor) for row in trial.rows
    }


def test_trial_balance_is_the_naive_sum(busy):
    for first, last in ((FIRST, LAST), (TODAY + timedelta(days=1), TODAY + timedelta(days=1)), (LAST, LAST)):
        assert told(trial_balance(entity=busy.entity, first=first, last=last)) == naive(busy.entity, first, last)


def test_trial_balance_balances_in_every_currency(busy):
    totals = trial_balance(entity=busy.entity, first=FIRST, last=LAST).totals
    assert [total.currency for total in totals] == ["EUR", "USD"]
    assert all(total.agrees and total.debit_minor for total in totals)


def test_kept_balances_change_no_number(busy):
    first = TODAY + timedelta(days=2)
    before = told(trial_balance(entity=busy.entity, first=first, last=LAST))
    for days in (0, 1):
        period_close(entity=busy.entity, through=TODAY + timedelta(days=days), actor=TESTER)
    assert PeriodBalance.objects.values("through").distinct().count() == 2
    assert balance_findings(entity=busy.entity) == []
    assert told(trial_balance(entity=busy.entity, first=first, last=LAST)) == before


def test_what_is_posted_into_an_open_period_later_counts(busy):
    day = TODAY + timedelta(days=1)
    period_close(entity=busy.entity, through=TODAY, actor=TESTER)
    post(busy.entity, day, 777)
    first = TODAY + timedelta(days=2)
    assert told(trial_balance(entity=busy.entity, first=first, last=LAST)) == naive(busy.entity, first, LAST)


def test_opening_again_forgets_and_closing_keeps_anew(busy):
    period_close(entity=busy.entity, through=TODAY + timedelta(days=1), actor=TESTER)
    period_reopen(entity=busy.entity, through=None, reason="A slip", actor=TESTER)
    assert not PeriodBalance.objects.exists()
    post(busy.entity, TODAY)
    period_close(entity=busy.entity, through=TODAY + timedelta(days=1), actor=TESTER)
    assert balance_findings(entity=busy.entity) == []


def test_a_wrong_kept_balance_is_found(busy):
    period_close(entity=busy.entity, through=TODAY, actor=TESTER)
    row = PeriodBalance.objects.first()
    PeriodBalance.objects.filter(pk=row.pk).update(balance_minor=row.balance_minor + 1)
    assert len(balance_findings(entity=busy.entity)) == 1


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("post"), st.integers(-40, 0), st.integers(1, 9_999)),
        st.tuples(st.just("close"), st.integers(-40, -1), st.just(0)),
        st.tuples(st.just("reopen"), st.integers(-40, -1), st.just(0)),
    ),
    max_size=14,
)


def test_any_order_of_posting_closing_and_opening_keeps_balances_true(entity):
    def step(what, day, amount):
        if what == "post":
            post(entity, day, amount, key="cash" if amount % 2 else "card")
        elif what == "close":
            period_close(entity=entity, through=day, actor=TESTER)
        else:
            period_reopen(entity=entity, through=day, reason="x", actor=TESTER)

    @settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(STEPS, st.integers(-40, 0), st.integers(0, 40))
    def whatever_is_done(steps, start, length):
        with transaction.atomic():
            for what, offset, amount in steps:
                day = TODAY + timedelta(days=offset)
                try:
                    with transaction.atomic():
                        step(what, day, amount)
                except (Conflict, Invalid):
                    continue
            first = TODAY + timedelta(days=start)
            last = first + timedelta(days=length)
            assert balance_findings(entity=entity) == []
            assert told(trial_balance(entity=entity, first=first, last=last)) == naive(entity, first, last)
            transaction.set_rollback(True)

    whatever_is_done()


def test_statement_runs_through_its_pages(busy):
    account = Account.objects.get(entity=busy.entity, role=Role.GUEST_LEDGER)
    after, running, seen = None, 0, []
    first = TODAY + timedelta(days=1)
    while True:
        page = account_statement(account=account, first=first, last=LAST, after=after, page_lines=2)
        assert page.brought_minor == (running if after else page.opening_minor)
        seen += [(row.line.pk, row.running_minor) for row in page.lines]
        running = seen[-1][1]
        after = page.next
        if after is None:
            break
    lines = Line.objects.filter(account=account, date__lte=LAST).order_by("date", "pk")
    total, expected = 0, []
    for line in lines:
        total += line.amount_minor
        if line.date >= first:
            expected.append((line.pk, total))
    assert seen == expected
    assert page.closing_minor == total


def test_statement_of_one_folio_is_its_own(busy):
    account = Account.objects.get(entity=busy.entity, role=Role.DEPOSITS)
    page = account_statement(account=account, first=FIRST, last=LAST, subledger=busy.prepaid.code)
    assert [row.running_minor for row in page.lines] == [-5_000]
    assert page.closing_minor == -5_000


def test_statement_shows_one_currency_at_a_time(busy):
    account = Account.objects.get(entity=busy.entity, role=Role.EXCHANGE)
    page = account_statement(account=account, first=FIRST, last=LAST)
    assert (page.currencies, page.currency, page.closing_minor) == (("EUR", "USD"), "EUR", 10_000)
    assert account_statement(account=account, first=FIRST, last=LAST, currency="USD").closing_minor == -11_000


@pytest.mark.parametrize("text", ["", "x.1", "2026-11-20", "2026-11-20.x", "2026-13-01.1", "2026-11-20.٣"])
def test_a_cursor_that_makes_no_sense_is_none(text):
    assert Cursor.read(text) is None


def test_journal_pages_are_every_entry_once(busy):
    after, seen = None, []
    while True:
        page = journal(entity=busy.entity, first=FIRST, last=LAST, after=after, page_entries=3)
        seen += [entry.pk for entry in page.entries]
        after = page.next
        if after is None:
            break
    rows = Entry.objects.filter(entity=busy.entity).order_by("date", "pk")
    assert seen == list(rows.values_list("pk", flat=True))


def test_journal_filters(busy):
    def count(**filters):
        return len(journal(entity=busy.entity, first=FIRST, last=LAST, filters=JournalFilters(**filters)).entries)

    assert count(kind="write_off") == 1
    assert count(kind="refund") == 1
    assert count(account="1300-card") == 1
    assert count(text="choir") == 1
    assert count(text=busy.prepaid.code.lower()) == 1
    assert count(text=str(Entry.objects.first().code)) == 1
    assert count(property_code="POR") == 0
    assert count(tax="VAT", percent="no number") == 0
    assert count(text="\x00") == count()


@pytest.mark.parametrize("regime", sorted(REGIMES))
def test_taxes_are_the_naive_sum(in_tenant, regime):
    """T31, T33, T34: base and amount by tax and percentage, in every regime shipped."""
    with time_machine.travel(NOW, tick=False):
        busy = make_busy("TAX", regime)
    expected: defaultdict[tuple[str, Any], list[int]] = defaultdict(lambda: [0, 0])
    for line in Line.objects.filter(account__role="tax").select_related("account"):
        expected[line.account.key, line.tax_percent][0] += line.base_minor
        expected[line.account.key, line.tax_percent][1] -= line.amount_minor
    rows = tax_rows(entity=busy.entity, first=FIRST, last=LAST)
    assert {(row.code, row.percent): [row.base_minor, row.tax_minor] for row in rows} == dict(expected)


def test_revenue_is_the_naive_sum(busy):
    expected: defaultdict[tuple[date, str], int] = defaultdict(int)
    for line in Line.objects.filter(account__role__in=["revenue", "cancellation"]).select_related("account"):
        expected[line.date, line.account.code] -= line.amount_minor
    found = revenue_by_day(entity=busy.entity, first=FIRST, last=LAST)
    assert {(day.day, code): amount for day in found.days for code, amount in day.by_account.items()} == dict(expected)


def test_reports_cost_a_fixed_number_of_queries(busy, django_assert_num_queries):
    account = Account.objects.select_related("entity").get(entity=busy.entity, role=Role.GUEST_LEDGER)
    for _ in (1, 3):
        with django_assert_num_queries(3):
            trial_balance(entity=busy.entity, first=FIRST, last=LAST)
        with django_assert_num_queries(2):
            journal(entity=busy.entity, first=FIRST, last=LAST)
        with django_assert_num_queries(3):
            account_statement(account=account, first=FIRST, last=LAST)
        post(busy.entity, TODAY)


def test_property_moves_to_other_books_only_when_nothing_is_open(busy):
    other = type(busy.entity).objects.create(code="NEW", name="New GmbH", currency="EUR", country="DE")
    with refused("folios_open"):
        property_assign(property=busy.property, entity=other, actor=TESTER)
    free = Property.objects.create(code="FREE", name="Free", currency="EUR", business_date=TODAY)
    assert entity_of(free) != other
    assert property_assign(property=free, entity=other, actor=TESTER).entity == other
    assert entity_of(free) == other
    other.currency = "GBP"
    other.save()
    with refused("other_currency"):
        property_assign(property=busy.property, entity=other, actor=TESTER)


def test_account_sums_come_from_the_index(busy):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT account_id, currency, sum(amount_minor) FROM ledger_line"
            " WHERE account_id = ANY (%s) AND date > '2026-01-01' AND date <= '2026-12-31' GROUP BY 1, 2",
            [list(Account.objects.values_list("pk", flat=True))],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "ix_line_account_date" in plan
