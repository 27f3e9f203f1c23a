"""Balances kept at each period close, so that a sum begins there and not at the first line ever written.

A kept balance is true because nothing is posted into a closed period, and because it is taken away before a period is
opened again. Nothing but closing and opening writes here.
"""

from datetime import date

from django.db import connection

from billing.ledger.models import LegalEntity, PeriodBalance

KEEP = """
INSERT INTO ledger_periodbalance (entity_id, through, account_id, currency, balance_minor)
SELECT %(entity)s, %(through)s, account_id, currency, sum(minor)::bigint FROM (
    SELECT b.account_id, b.currency, b.balance_minor AS minor FROM ledger_periodbalance b
    WHERE b.entity_id = %(entity)s AND b.through = %(start)s
    UNION ALL
    SELECT l.account_id, l.currency, l.amount_minor FROM ledger_line l
    WHERE l.account_id = ANY (ARRAY(SELECT id FROM ledger_account WHERE entity_id = %(entity)s))
        AND l.date > %(start)s AND l.date <= %(through)s
) found GROUP BY account_id, currency
ON CONFLICT (account_id, through, currency) DO UPDATE SET balance_minor = excluded.balance_minor
"""
WRONG = """
SELECT a.code, b.through, b.currency, b.balance_minor, coalesce(sum(l.amount_minor), 0)
FROM ledger_periodbalance b JOIN ledger_account a ON a.id = b.account_id
LEFT JOIN ledger_line l ON l.account_id = b.account_id AND l.currency = b.currency AND l.date <= b.through
WHERE b.entity_id = %s GROUP BY a.id, b.id
HAVING b.balance_minor <> coalesce(sum(l.amount_minor), 0) OR b.through > (
    SELECT coalesce(closed_through, '-infinity'::date) FROM ledger_legalentity e WHERE e.id = b.entity_id)
"""
#: Before the first line of any books.
BEGIN = date(1, 1, 1)


def balances_keep(*, entity: LegalEntity, through: date) -> None:
    """Keep the balances at the end of `through`, which was just closed, from the newest ones kept before it."""
    start = newest_kept(entity=entity, before=through)
    with connection.cursor() as cursor:
        cursor.execute(KEEP, {"entity": entity.pk, "through": through, "start": start})


def balances_drop(*, entity: LegalEntity, after: date | None) -> None:
    """Take away the balances of periods that are opened again: those that end after `after`, or all."""
    rows = PeriodBalance.objects.filter(entity=entity)
    (rows if after is None else rows.filter(through__gt=after)).delete()


def newest_kept(*, entity: LegalEntity, before: date) -> date:
    """Return the day of the newest balances kept that is before a day; the beginning of time if there are none."""
    rows = PeriodBalance.objects.filter(entity=entity, through__lt=before).order_by("-through")
    return rows.values_list("through", flat=True).first() or BEGIN


def balance_findings(*, entity: LegalEntity) -> list[str]:
    """Return every kept balance that is not the sum of the lines up to its day, or whose period is open."""
    with connection.cursor() as cursor:
        cursor.execute(WRONG, [entity.pk])
        return [
            f"{code} on {through}: kept {kept} {currency}, lines sum to {summed}"
            for code, through, currency, kept, summed in cursor.fetchall()
        ]
