"""The statement of one account: its lines in order, with the balance after each, in pages."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, Sum

from billing.ledger.models import Account, Line
from billing.ledger.reports.trial import movements

PAGE_LINES = 100


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ends: everything after this day and key comes next. Written "2026-11-20.4711"."""

    day: date
    key: int

    def __str__(self) -> str:
        return f"{self.day.isoformat()}.{self.key}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """Return the cursor that was written, or None where it makes no sense."""
        day, _, key = text.partition(".")
        try:
            return cls(date.fromisoformat(day), int(key)) if key.isascii() and key.isdigit() and len(key) < 19 else None
        except ValueError:
            return None

    def passed(self) -> Q:
        """Return the condition of rows that come after."""
        return Q(date__gt=self.day) | Q(date=self.day, pk__gt=self.key)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line with the balance after it."""

    line: Line
    running_minor: int


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """An account in one currency over [first, last]. `brought_minor` is the balance before the first line shown."""

    account: Account
    currency: str
    currencies: tuple[str, ...]
    first: date
    last: date
    opening_minor: int
    debit_minor: int
    credit_minor: int
    brought_minor: int
    lines: tuple[StatementLine, ...]
    next: Cursor | None

    @property
    def closing_minor(self) -> int:
        """What the account holds after the period."""
        return self.opening_minor + self.debit_minor - self.credit_minor


def account_statement(
    *,
    account: Account,
    first: date,
    last: date,
    currency: str = "",
    after: Cursor | None = None,
    subledger: str = "",
    page_lines: int = PAGE_LINES,
) -> AccountStatement:
    """Return a page of an account's lines over [first, last], after `after`, with the balance after each.

    `currency` is the entity's unless given; an account that has only others shows the first of them. With `subledger`
    only a folio's lines are shown, and its own balances. Five queries at most.
    """
    entity = account.entity
    found = movements(entity=entity, accounts=[account.pk], first=first, last=last)
    known = sorted((code for _, code in found), key=lambda code: (code != entity.currency, code))
    chosen = currency if currency in known else known[0] if known else entity.currency
    opening, debit, credit = found.get((account.pk, chosen), (0, 0, 0))
    rows = Line.objects.filter(account=account, currency=chosen, date__lte=last)
    if subledger:
        rows = rows.filter(subledger=subledger)
        sums = rows.aggregate(
            opening=Sum("amount_minor", filter=Q(date__lt=first)),
            debit=Sum("amount_minor", filter=Q(date__gte=first, amount_minor__gt=0)),
            credit=Sum("amount_minor", filter=Q(date__gte=first, amount_minor__lt=0)),
        )
        opening, debit, credit = sums["opening"] or 0, sums["debit"] or 0, -(sums["credit"] or 0)
    rows = rows.filter(date__gte=first).order_by("date", "pk")
    brought = opening
    if after is not None:
        brought += rows.exclude(after.passed()).aggregate(sum=Sum("amount_minor"))["sum"] or 0
        rows = rows.filter(after.passed())
    page = list(rows.select_related("entry__property")[: page_lines + 1])
    lines, running = [], brought
    for line in page[:page_lines]:
        running += line.amount_minor
        lines.append(StatementLine(line, running))
    more = len(page) > page_lines
    return AccountStatement(
        account=account,
        currency=chosen,
        currencies=tuple(known),
        first=first,
        last=last,
        opening_minor=opening,
        debit_minor=debit,
        credit_minor=credit,
        brought_minor=brought,
        lines=tuple(lines),
        next=Cursor(lines[-1].line.date, lines[-1].line.pk) if more else None,
    )
