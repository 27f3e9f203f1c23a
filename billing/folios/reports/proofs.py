"""Proofs: two ways to the same number, side by side. A difference is a fault of ours, never of who reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db import connection

from billing.ledger.enums import SUBLEDGERS, Role
from billing.ledger.models import LegalEntity
from billing.ledger.reports import TrialBalance

FOLIOS = """
SELECT f.currency, sum(f.balance_minor - coalesce(later.minor, 0))::bigint,
    sum(greatest(f.balance_minor - coalesce(later.minor, 0), 0))::bigint,
    sum(least(f.balance_minor - coalesce(later.minor, 0), 0))::bigint
FROM folios_folio f LEFT JOIN (
    SELECT p.folio_id, sum(p.amount_minor) AS minor FROM folios_posting p JOIN folios_folio o ON o.id = p.folio_id
    WHERE o.entity_id = %(entity)s AND p.date > %(last)s GROUP BY p.folio_id
) later ON later.folio_id = f.id
WHERE f.entity_id = %(entity)s GROUP BY f.currency
"""
#: Money on folio lines, and what their entries put where money lies, in the folio's currency.
MONEY = """
SELECT currency, sum(-amount)::bigint, sum(lies)::bigint FROM (
    SELECT p.entry_id, p.currency, sum(p.amount_minor) AS amount, (
        SELECT coalesce(sum(l.amount_minor), 0) FROM ledger_line l JOIN ledger_account a ON a.id = l.account_id
        WHERE l.entry_id = p.entry_id AND l.currency = p.currency
            AND a.role NOT IN ('guest_ledger', 'city_ledger', 'deposits')) AS lies
    FROM folios_posting p JOIN folios_folio f ON f.id = p.folio_id
    WHERE f.entity_id = %(entity)s AND p.date >= %(first)s AND p.date <= %(last)s AND p.kind IN ('payment', 'refund')
    GROUP BY p.entry_id, p.currency
) found GROUP BY currency
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """Two numbers that must be one. Minor units of `currency`."""

    name: str
    left: str
    left_minor: int
    right: str
    right_minor: int
    currency: str

    @property
    def difference_minor(self) -> int:
        """What they differ by."""
        return self.left_minor - self.right_minor

    @property
    def agrees(self) -> bool:
        """Whether there is nothing to look into."""
        return self.difference_minor == 0


Source = Callable[[TrialBalance], list[Proof]]
_sources: list[Source] = []


def proof_register(source: Source) -> None:
    """Have an app above this one add its proofs; called from AppConfig.ready()."""
    _sources.append(source)


def proofs(*, trial: TrialBalance) -> list[Proof]:
    """Return the proofs for the period of a trial balance, the entity's own currency first. Two queries of our own."""
    entity = trial.entity
    found = [
        Proof("Double entry", "Debits", total.debit_minor, "Credits", total.credit_minor, total.currency)
        for total in trial.totals
    ]
    found += [
        Proof(
            "All accounts together",
            "Assets and expenses less the others",
            total.closing_minor,
            "Nothing",
            0,
            total.currency,
        )
        for total in trial.totals
        if total.closing_minor
    ]
    found += _folios(entity, trial)
    found += _money(entity, trial.first, trial.last)
    for source in _sources:
        found += source(trial)
    return sorted(found, key=lambda proof: proof.currency != entity.currency)


def _folios(entity: LegalEntity, trial: TrialBalance) -> list[Proof]:
    with connection.cursor() as cursor:
        cursor.execute(FOLIOS, {"entity": entity.pk, "last": trial.last})
        sums = {currency: (balance, owed, held) for currency, balance, owed, held in cursor.fetchall()}
    currencies = set(sums) | {row.currency for row in trial.rows if row.account.role in SUBLEDGERS}
    found = []
    for currency in sorted(currencies):
        balance, owed, held = sums.get(currency, (0, 0, 0))
        ledgers = trial.closing_minor(Role.GUEST_LEDGER, Role.CITY_LEDGER, currency=currency)
        deposits = trial.closing_minor(Role.DEPOSITS, currency=currency)
        found += [
            Proof(
                "Folios and their ledgers",
                "All folios",
                balance,
                "Guest, city and deposit ledger",
                ledgers + deposits,
                currency,
            ),
            Proof("What is owed", "Folios that owe", owed, "Guest and city ledger", ledgers, currency),
            Proof("What is held", "Folios that paid ahead", -held, "Deposit ledger", -deposits, currency),
        ]
    return found


def _money(entity: LegalEntity, first: date, last: date) -> list[Proof]:
    with connection.cursor() as cursor:
        cursor.execute(MONEY, {"entity": entity.pk, "first": first, "last": last})
        rows = cursor.fetchall()
    return [
        Proof(
            "Money received",
            "Payments less refunds on folios",
            paid,
            "On clearing, bank and exchange accounts",
            lies,
            currency,
        )
        for currency, paid, lies in rows
    ]
