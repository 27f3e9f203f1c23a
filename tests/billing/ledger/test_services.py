"""The books balance, never change, and close: by the database, whoever asks."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import Error, connection, transaction

from billing.ledger.enums import EntryKind, Role
from billing.ledger.models import Account, Entry, LegalEntity, Line
from billing.ledger.services import (
    Draft,
    EntryDraft,
    account_for,
    entity_of,
    entry_post,
    open_day,
    period_close,
    period_reopen,
)
from pms.kernel.errors import Conflict, Invalid
from pms.kernel.locking import violated
from tests.conftest import TODAY
from tests.house import TESTER

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def entity(property_a):
    return entity_of(property_a.property)


def draft(entity, *, amount=500, source="one", on=TODAY, lines=None):
    both = [Draft(Role.CLEARING, amount, "EUR", key="cash"), Draft(Role.SUSPENSE, -amount, "EUR")]
    return EntryDraft(entity=entity, date=on, kind=EntryKind.MANUAL, source=source, lines=lines or both)


def raw_entry(entity, on=TODAY, amounts=()):
    entry = Entry.objects.create(
        entity=entity, date=on, posted_at=NOW, kind="manual", source="raw", actor_label="x", lines_count=2
    )
    account = account_for(entity=entity, role=Role.BANK)
    for amount in amounts:
        Line.objects.create(entry=entry, account=account, date=on, currency="EUR", amount_minor=amount)
    check_now()


def check_now():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_it_works(entity):
    entry = entry_post(draft=draft(entity), actor=TESTER)
    check_now()
    assert [(line.account.code, line.amount_minor) for line in entry.lines.all()] == [
        ("1300-cash", 500),
        ("1790", -500),
    ]


def test_a_fact_is_written_once(entity):
    entry_post(draft=draft(entity), actor=TESTER)
    entry_post(draft=draft(entity, amount=999), actor=TESTER)
    assert Entry.objects.count() == 1


def test_it_balances_in_every_currency(entity):
    lines = [Draft(Role.CLEARING, 500, "EUR"), Draft(Role.SUSPENSE, -500, "USD")]
    with pytest.raises(Invalid) as refusal:
        entry_post(draft=draft(entity, lines=lines), actor=TESTER)
    assert refusal.value.code == "entry_unbalanced"


def test_the_database_refuses_what_does_not_balance(entity):
    with pytest.raises(Error) as refusal, transaction.atomic():
        raw_entry(entity, amounts=(500, -499))
    assert violated(refusal.value) == "tr_entry_balances"


def test_the_database_refuses_an_entry_without_its_lines(entity):
    with pytest.raises(Error) as refusal, transaction.atomic():
        raw_entry(entity)
    assert violated(refusal.value) == "tr_entry_balances"


def test_an_entry_takes_no_line_more(entity):
    entry = entry_post(draft=draft(entity), actor=TESTER)
    account = account_for(entity=entity, role=Role.BANK)
    with pytest.raises(Error) as refusal, transaction.atomic():
        Line.objects.create(entry=entry, account=account, date=TODAY, currency="EUR", amount_minor=1)
    assert violated(refusal.value) == "tr_line_entry_complete"


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_line"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET date = date", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nothing_is_changed_or_taken_away(entity, table, deed):
    entry_post(draft=draft(entity), actor=TESTER)
    check_now()
    with pytest.raises(Error) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(deed.format(table))
    assert violated(refusal.value) == "tr_ledger_append_only"


def test_a_closed_period_takes_nothing(entity):
    period_close(entity=entity, through=YESTERDAY, actor=TESTER)
    with pytest.raises(Conflict) as refusal:
        entry_post(draft=draft(entity, on=YESTERDAY), actor=TESTER)
    assert refusal.value.code == "period_closed"
    assert open_day(entity=entity, wanted=YESTERDAY) == TODAY
    entry_post(draft=draft(entity), actor=TESTER)


def test_the_database_refuses_a_closed_period_too(entity):
    period_close(entity=entity, through=YESTERDAY, actor=TESTER)
    with pytest.raises(Error) as refusal, transaction.atomic():
        raw_entry(entity, on=YESTERDAY)
    assert violated(refusal.value) == "tr_entry_open_period"


def test_the_day_being_traded_cannot_be_closed(entity):
    with pytest.raises(Invalid) as refusal:
        period_close(entity=entity, through=TODAY, actor=TESTER)
    assert refusal.value.code == "period_not_over"


def test_a_period_opens_again_with_a_reason(entity):
    period_close(entity=entity, through=YESTERDAY, actor=TESTER)
    with pytest.raises(Invalid) as refusal:
        period_reopen(entity=entity, through=None, reason=" ", actor=TESTER)
    assert refusal.value.code == "reason_missing"
    period_reopen(entity=entity, through=None, reason="The auditor found a slip", actor=TESTER)
    entry_post(draft=draft(entity, on=YESTERDAY), actor=TESTER)


def test_more_is_closed_already(entity):
    period_close(entity=entity, through=YESTERDAY, actor=TESTER)
    with pytest.raises(Conflict) as refusal:
        period_close(entity=entity, through=YESTERDAY - timedelta(days=9), actor=TESTER)
    assert refusal.value.code == "closed_further"


def test_properties_of_one_country_and_currency_share_their_books(property_a, property_other):
    assert entity_of(property_a.property) == entity_of(property_other.property)
    assert LegalEntity.objects.count() == 1


def test_an_account_is_made_once(entity):
    assert account_for(entity=entity, role=Role.REVENUE, key="breakfast") == account_for(
        entity=entity, role=Role.REVENUE, key="breakfast"
    )
    assert Account.objects.get(entity=entity, key="breakfast").name == "Revenue: Breakfast"
