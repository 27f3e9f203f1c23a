"""Measures the trial balance over a million lines, made in bulk in an organization of their own."""

from datetime import date, timedelta
from functools import partial
from time import perf_counter

from django.db import connection, transaction
from django_tenants.utils import schema_context

from bench import raw
from bench.house import organization_remove
from bench.measuring import Figure, Outcome, compared, quietest, timed
from billing.ledger.balances import balance_findings
from billing.ledger.enums import EntryKind, Role
from billing.ledger.models import LegalEntity
from billing.ledger.reports import account_statement, trial_balance
from billing.ledger.services import account_for, period_close
from billing.taxes.enums import Component
from pms.kernel.actors import Actor
from pms.tenants.models import Organization
from pms.tenants.services import organization_create

SLUG = "bench-books"
LINES = 1_000_000
#: Lines of an entry: what is owed or held, three components, a tax.
OF_AN_ENTRY = 5
YEARS = 3
TARGET_MS = 500
#: What double entry is checked by when the triggers that do it row by row were not asked.
UNBALANCED = """
SELECT count(*) FROM (
    SELECT l.entry_id FROM ledger_line l JOIN ledger_entry e ON e.id = l.entry_id
    GROUP BY l.entry_id, l.currency, e.lines_count, e.date
    HAVING sum(l.amount_minor) <> 0 OR count(*) <> e.lines_count OR min(l.date) <> e.date OR max(l.date) <> e.date
) wrong
"""
FILL = """
INSERT INTO ledger_entry (code, entity_id, date, posted_at, kind, source, memo, actor_label, lines_count)
SELECT gen_random_uuid(), %(entity)s, %(first)s::date + (n %% %(days)s)::int, now(), %(kind)s, 'bench:' || n,
    'Night', 'bench', %(each)s FROM generate_series(1, %(entries)s) n;
INSERT INTO ledger_line (entry_id, account_id, date, currency, amount_minor, subledger, tax_percent, base_minor)
SELECT e.id, (%(accounts)s::bigint[])[which.place], e.date, 'EUR', which.amount,
    CASE WHEN which.place <= 3 THEN 'F' || (e.id %% 60000) ELSE '' END,
    CASE WHEN which.place = 20 THEN 7.0 END, CASE WHEN which.place = 20 THEN 10000 END
FROM ledger_entry e CROSS JOIN LATERAL (VALUES
    (1 + e.id %% 3, 10000 + e.id %% 977), (4 + e.id %% 5, -7000::bigint), (9 + e.id %% 5, -2000),
    (14 + e.id %% 6, -300 - e.id %% 977), (20, -700)) which (place, amount)
WHERE e.entity_id = %(entity)s ORDER BY e.date, e.id
"""


def books_make(*, today: date, lines: int = LINES) -> Organization:
    """Make the organization with its lines over three years, and assert what their triggers would have."""
    actor = Actor.system("bench")
    organization_remove(slug=SLUG)
    organization = organization_create(slug=SLUG, name="Bench books", actor=actor)
    with schema_context(organization.schema_name):
        with transaction.atomic():
            _fill(today, lines)
        with connection.cursor() as cursor:
            cursor.execute(UNBALANCED)
            assert cursor.fetchone()[0] == 0, "an entry does not balance"
            cursor.execute("VACUUM ANALYZE ledger_line, ledger_entry")
    return organization


def _fill(today: date, lines: int) -> None:
    entity = LegalEntity.objects.create(code="BENCH", name="Bench books", currency="EUR", country="DE")
    roles = [(Role.GUEST_LEDGER, ""), (Role.CITY_LEDGER, ""), (Role.DEPOSITS, "")]
    roles += [(Role.REVENUE, component) for component in Component.values]
    roles += [(Role.CLEARING, f"card{number}") for number in range(5)]
    roles.append((Role.TAX, "VAT"))
    accounts = [account_for(entity=entity, role=role, key=key).pk for role, key in roles]
    assert len(accounts) == 20
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            FILL,
            {
                "entity": entity.pk,
                "accounts": accounts,
                "first": today - timedelta(days=365 * YEARS),
                "days": 365 * YEARS,
                "kind": EntryKind.CHARGE.value,
                "each": OF_AN_ENTRY,
                "entries": lines // OF_AN_ENTRY,
            },
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def measure_ledger(*, today: date, times: int) -> list[Figure]:
    """Measure the trial balance of the last month and of all three years, with no period closed and with all before."""
    begin = perf_counter()
    organization = books_make(today=today)
    made = perf_counter() - begin
    schema = organization.schema_name
    month = today.replace(day=1) - timedelta(days=1)
    first, last = month.replace(day=1), today
    figures = [Figure("ledger", f"{LINES:,} lines made and checked", f"{made:.0f} s")]
    with schema_context(schema):
        entity = LegalEntity.objects.get()
        wanted = [
            ("the last month, nothing closed", first),
            ("three years, nothing closed", today - timedelta(days=365 * YEARS)),
        ]
        for question, begin_on in wanted:
            figures.append(_compared(schema, entity, question, (begin_on, last), times))
        before = trial_balance(entity=entity, first=first, last=last).rows
        begin = perf_counter()
        period_close(entity=entity, through=first - timedelta(days=1), actor=Actor.system("bench"))
        figures.append(Figure("ledger", "closing it all but a month", f"{(perf_counter() - begin) * 1000:.0f} ms"))
        assert balance_findings(entity=entity) == [], "a kept balance is wrong"
        assert trial_balance(entity=entity, first=first, last=last).rows == before, "closing changed a number"
        figures.append(_compared(schema, entity, "the last month, all before it closed", (first, last), times))
        account = account_for(entity=entity, role=Role.GUEST_LEDGER)
        act = partial(account_statement, account=account, first=first, last=last)
        figures.append(compared("ledger", "a page of an account statement", quietest(partial(timed, act, times)), None))
    return figures


def _compared(schema: str, entity: LegalEntity, question: str, span: tuple[date, date], times: int) -> Figure:
    first, last = span
    ours = quietest(partial(timed, partial(trial_balance, entity=entity, first=first, last=last), times))
    return compared("ledger", question, ours, _plain(schema, first, last, times), target_ms=TARGET_MS)


def _plain(schema: str, first: date, last: date, times: int) -> Outcome:
    """Return how long the same question takes in plain SQL over all lines, on a connection of its own."""
    with raw.connected(schema) as plain:
        span = {"first": first, "last": last}
        return quietest(partial(timed, lambda: plain.execute(raw.TRIAL_BALANCE, span).fetchall(), times))
