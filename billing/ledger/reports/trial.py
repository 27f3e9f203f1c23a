"""The trial balance: what each account held before a period, what moved in it, and what it holds after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from billing.ledger.balances import newest_kept
from billing.ledger.enums import AccountKind, Role
from billing.ledger.models import Account, LegalEntity

#: Sums begin at the newest balances kept before the period: closed periods are not read again. One index scan.
MOVEMENTS = """
SELECT account_id, currency, sum(opening)::bigint, sum(debit)::bigint, sum(credit)::bigint FROM (
    SELECT b.account_id, b.currency, b.balance_minor AS opening, 0 AS debit, 0 AS credit FROM ledger_periodbalance b
    WHERE b.account_id = ANY (%(accounts)s) AND b.through = %(start)s
    UNION ALL
    SELECT l.account_id, l.currency,
        coalesce(sum(l.amount_minor) FILTER (WHERE l.date < %(first)s), 0),
        coalesce(sum(l.amount_minor) FILTER (WHERE l.date >= %(first)s AND l.amount_minor > 0), 0),
        coalesce(-sum(l.amount_minor) FILTER (WHERE l.date >= %(first)s AND l.amount_minor < 0), 0)
    FROM ledger_line l
    WHERE l.account_id = ANY (%(accounts)s) AND l.date > %(start)s AND l.date <= %(last)s
    GROUP BY l.account_id, l.currency
) found GROUP BY account_id, currency
"""


@dataclass(frozen=True, slots=True)
class TrialRow:
    """An account in one currency. Balances are debit above zero; `debit_minor` and `credit_minor` are not negative."""

    account: Account
    currency: str
    opening_minor: int
    debit_minor: int
    credit_minor: int

    @property
    def closing_minor(self) -> int:
        """What the account holds after the period."""
        return self.opening_minor + self.debit_minor - self.credit_minor

    @property
    def opening_abs(self) -> int:
        """The opening balance without its side."""
        return abs(self.opening_minor)

    @property
    def closing_abs(self) -> int:
        """The closing balance without its side."""
        return abs(self.closing_minor)

    @property
    def earned_minor(self) -> int:
        """What an income account earned in the period."""
        return self.credit_minor - self.debit_minor

    @property
    def is_still(self) -> bool:
        """Whether there is nothing to tell: no balance and no movement."""
        return not (self.opening_minor or self.debit_minor or self.credit_minor)


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """The sums of a currency. Openings and closings sum to zero, debits are credits, or the books are wrong."""

    currency: str
    opening_minor: int
    debit_minor: int
    credit_minor: int
    closing_minor: int

    @property
    def agrees(self) -> bool:
        """Whether double entry holds."""
        return self.opening_minor == 0 and self.closing_minor == 0 and self.debit_minor == self.credit_minor


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """The accounts of an entity over [first, last], by number and currency."""

    entity: LegalEntity
    first: date
    last: date
    rows: tuple[TrialRow, ...]

    @property
    def totals(self) -> tuple[CurrencyTotal, ...]:
        """Return the sums of each currency, the entity's own first."""
        currencies = sorted({row.currency for row in self.rows}, key=lambda code: (code != self.entity.currency, code))
        return tuple(self._total(code) for code in currencies)

    def _total(self, currency: str) -> CurrencyTotal:
        rows = [row for row in self.rows if row.currency == currency]
        return CurrencyTotal(
            currency,
            sum(row.opening_minor for row in rows),
            sum(row.debit_minor for row in rows),
            sum(row.credit_minor for row in rows),
            sum(row.closing_minor for row in rows),
        )

    def closing_minor(self, *roles: Role, currency: str) -> int:
        """Return what the accounts of some roles hold together after the period."""
        return sum(row.closing_minor for row in self.rows if row.currency == currency and row.account.role in roles)

    def moved_minor(self, *roles: Role, currency: str) -> int:
        """Return by how much the accounts of some roles changed in the period, debit above zero."""
        found = (row for row in self.rows if row.currency == currency and row.account.role in roles)
        return sum(row.debit_minor - row.credit_minor for row in found)


def trial_balance(*, entity: LegalEntity, first: date, last: date) -> TrialBalance:
    """Return opening, debit, credit and closing of every account over [first, last], both business dates included.

    Openings count from the first entry ever: no account starts a year at zero, as nothing is posted to do so. What was
    back-dated into an open period counts where it is dated. Three queries.
    """
    accounts = {row.pk: row for row in Account.objects.filter(entity=entity)}
    found = movements(entity=entity, accounts=list(accounts), first=first, last=last)
    rows = [TrialRow(accounts[key], currency, *sums) for (key, currency), sums in found.items()]
    order = {kind: place for place, kind in enumerate(AccountKind.values)}
    rows.sort(key=lambda row: (order[row.account.kind], row.account.code, row.currency))
    return TrialBalance(entity, first, last, tuple(row for row in rows if not row.is_still))


def movements(
    *, entity: LegalEntity, accounts: Sequence[int], first: date, last: date
) -> dict[tuple[int, str], tuple[int, int, int]]:
    """Return (opening, debit, credit) by account key and currency. Two queries."""
    start = newest_kept(entity=entity, before=first)
    with connection.cursor() as cursor:
        cursor.execute(MOVEMENTS, {"accounts": list(accounts), "start": start, "first": first, "last": last})
        return {
            (account, currency): (opening, debit, credit)
            for account, currency, opening, debit, credit in cursor.fetchall()
        }
