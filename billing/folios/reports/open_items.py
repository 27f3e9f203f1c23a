"""Open items: what folios owe or hold at the end of a day, by ledger and by age."""

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Sum

from billing.folios.models import Folio, Posting
from billing.ledger.enums import Role
from billing.ledger.models import LegalEntity

#: (oldest day in it or None, words): ages in days.
AGES: tuple[tuple[int | None, str], ...] = ((30, "0-30"), (60, "31-60"), (90, "61-90"), (None, "over 90"))
LEDGERS = (Role.GUEST_LEDGER, Role.CITY_LEDGER, Role.DEPOSITS)
#: A folio has a balance on a day if it has one now, or if something was posted to it since.
BALANCES = """
SELECT l.subledger, a.role, l.currency, sum(l.amount_minor)::bigint FROM ledger_line l
JOIN ledger_account a ON a.id = l.account_id
WHERE a.entity_id = %(entity)s AND a.role IN ('guest_ledger', 'city_ledger', 'deposits') AND l.date <= %(on)s
    AND l.subledger IN (
        SELECT code FROM folios_folio WHERE entity_id = %(entity)s AND balance_minor <> 0
        UNION
        SELECT s.subledger FROM ledger_line s JOIN ledger_account t ON t.id = s.account_id
        WHERE t.entity_id = %(entity)s AND t.role IN ('guest_ledger', 'city_ledger', 'deposits') AND s.date > %(on)s
    )
GROUP BY 1, 2, 3 HAVING sum(l.amount_minor) <> 0
"""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A folio's balance in one ledger: owed above zero, held below. `ages` are its parts, as AGES has them."""

    folio: Folio
    ledger: Role
    currency: str
    balance_minor: int
    since: date
    days: int
    ages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OpenItems:
    """The open items of an entity at the end of the day `on`, oldest first in each ledger."""

    on: date
    items: tuple[OpenItem, ...]

    def of(self, ledger: Role) -> list[OpenItem]:
        """Return the items of one ledger."""
        return [item for item in self.items if item.ledger == ledger]

    def totals(self, ledger: Role) -> dict[str, tuple[int, ...]]:
        """Return for each currency of a ledger the sum and then the sums of the ages."""
        found: dict[str, list[int]] = {}
        for item in self.of(ledger):
            sums = found.setdefault(item.currency, [0] * (len(AGES) + 1))
            for place, amount in enumerate((item.balance_minor, *item.ages)):
                sums[place] += amount
        return {currency: tuple(sums) for currency, sums in found.items()}


def open_items(*, entity: LegalEntity, on: date) -> OpenItems:
    """Return what every folio of an entity owed or was owed at the end of the business date `on`. Three queries.

    Balances are the books'. Payments are taken to have paid the oldest charges first, and charges to have used up the
    oldest deposits, so a balance is as old as the newest lines that sum to it.
    """
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, {"entity": entity.pk, "on": on})
        found = cursor.fetchall()
    codes = {row[0] for row in found}
    folios = {
        folio.code: folio
        for folio in Folio.objects.filter(code__in=codes).select_related(
            "property", "reservation", "booking", "guest", "company"
        )
    }
    moved: dict[int, list[tuple[date, int]]] = {}
    lines = Posting.objects.filter(folio__in=folios.values(), date__lte=on).order_by("folio", "date")
    for key, day, amount in lines.values_list("folio", "date").annotate(amount=Sum("amount_minor")):
        moved.setdefault(key, []).append((day, amount))
    items = []
    for code, role, currency, balance in found:
        folio = folios[code]
        parts = _parts(balance, moved.get(folio.pk, []), otherwise=on)
        since = min(day for day, _ in parts)
        items.append(OpenItem(folio, Role(role), currency, balance, since, (on - since).days, _aged(parts, on)))
    items.sort(key=lambda item: (LEDGERS.index(item.ledger), item.since, item.folio.code))
    return OpenItems(on, tuple(items))


def _parts(balance: int, moved: list[tuple[date, int]], *, otherwise: date) -> list[tuple[date, int]]:
    """Return the newest movements of a balance's own sign that sum to it, with their days; the oldest takes the rest."""
    sign = 1 if balance > 0 else -1
    left, parts = abs(balance), []
    for day, amount in reversed(moved):
        share = min(left, max(amount * sign, 0))
        if share:
            parts.append((day, share * sign))
            left -= share
    if left or not parts:
        oldest = moved[0][0] if moved else otherwise
        parts.append((oldest, left * sign))
    return parts


def _aged(parts: list[tuple[date, int]], on: date) -> tuple[int, ...]:
    sums = [0] * len(AGES)
    for day, amount in parts:
        age = (on - day).days
        place = next(place for place, (most, _) in enumerate(AGES) if most is None or age <= most)
        sums[place] += amount
    return tuple(sums)
