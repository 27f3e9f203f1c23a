"""Revenue by component and day, without taxes, as it was posted."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from billing.ledger.enums import Role
from billing.ledger.models import Account, LegalEntity, Line


@dataclass(frozen=True, slots=True)
class RevenueDay:
    """What was earned on a business date, by account key, in one currency."""

    day: date
    currency: str
    by_account: dict[str, int]

    @property
    def sum_minor(self) -> int:
        """Everything earned that day."""
        return sum(self.by_account.values())


@dataclass(frozen=True, slots=True)
class RevenueReport:
    """Days in order; `accounts` are those that earned something, in the order of their numbers."""

    accounts: tuple[Account, ...]
    days: tuple[RevenueDay, ...]

    def total_minor(self, account_code: str, currency: str) -> int:
        """Return what an account earned over all days."""
        return sum(row.by_account.get(account_code, 0) for row in self.days if row.currency == currency)


def revenue_by_day(*, entity: LegalEntity, first: date, last: date) -> RevenueReport:
    """Return what each revenue account earned on each day of [first, last]; earned is above zero. Two queries."""
    roles = [Role.REVENUE, Role.CANCELLATION]
    accounts = list(Account.objects.filter(entity=entity, role__in=roles).order_by("code"))
    codes = {row.pk: row.code for row in accounts}
    lines = Line.objects.filter(account__in=codes, date__gte=first, date__lte=last)
    groups = lines.values_list("date", "currency", "account").order_by("date", "currency", "account")
    found: dict[tuple[date, str], dict[str, int]] = {}
    for day, currency, account, amount in groups.annotate(amount=Sum("amount_minor")):
        found.setdefault((day, currency), {})[codes[account]] = -amount
    earning = {code for sums in found.values() for code in sums}
    return RevenueReport(
        tuple(row for row in accounts if row.code in earning),
        tuple(RevenueDay(day, currency, sums) for (day, currency), sums in found.items()),
    )
