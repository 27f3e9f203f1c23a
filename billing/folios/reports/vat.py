"""VAT by percentage from the books, and all revenue accounted for: what carried VAT, what carried none, and why.

Base and tax are the lines on tax accounts. What revenue they cover is counted from the folio lines of the same entries,
component by component, as only these say which tax was inside or on top of what.
"""

from dataclasses import dataclass

from django.db import connection

from billing.ledger.enums import Role
from billing.ledger.models import LegalEntity
from billing.ledger.reports import TaxRow, tax_rows
from billing.ledger.reports.trial import TrialBalance
from billing.taxes.enums import Component, TaxKind

#: Net price and VAT base of each component of each entry. Two VATs on one price (a central and a state tax) cover it
#: once: the larger base counts. What moved between folios changed no revenue.
COVERED = """
WITH shown AS (
    SELECT p.id, p.entry_id, p.kind, p.of_kind, p.component, p.amount_minor, p.currency, p.parts, p.tax
    FROM folios_posting p JOIN folios_folio f ON f.id = p.folio_id
    WHERE f.entity_id = %(entity)s AND p.date >= %(first)s AND p.date <= %(last)s AND p.kind <> 'transfer'
        AND p.of_kind NOT IN ('payment', 'refund', 'write_off')
), net AS (
    SELECT s.entry_id, s.currency, part ->> 'component' AS component, sum((part ->> 'net_minor')::bigint) AS net_minor
    FROM shown s CROSS JOIN LATERAL jsonb_array_elements(s.parts) part GROUP BY 1, 2, 3
    UNION ALL
    SELECT s.entry_id, s.currency, 'cancellation', sum(s.amount_minor) FROM shown s
    WHERE s.of_kind IN ('cancellation', 'no_show') AND s.parts = '[]'::jsonb GROUP BY 1, 2
), bases AS (
    SELECT entry_id, component, max(abs(base)) * sign(sum(base)) AS base_minor FROM (
        SELECT entry_id, component, tax ->> 'tax' AS code, sum((tax ->> 'base_minor')::bigint) AS base FROM (
            SELECT s.entry_id, part ->> 'component' AS component, inside.share AS tax
            FROM shown s CROSS JOIN LATERAL jsonb_array_elements(s.parts) part
            CROSS JOIN LATERAL jsonb_array_elements(part -> 'taxes') inside (share)
            UNION ALL
            SELECT s.entry_id, s.component, s.tax FROM shown s WHERE s.of_kind = 'tax' AND s.tax IS NOT NULL
        ) every WHERE tax ->> 'kind' = 'vat' GROUP BY 1, 2, 3
    ) by_code GROUP BY 1, 2
)
SELECT n.currency, n.component, sum(n.net_minor)::bigint, coalesce(sum(b.base_minor), 0)::bigint,
    coalesce(sum(n.net_minor) FILTER (WHERE b.entry_id IS NULL), 0)::bigint
FROM net n LEFT JOIN bases b ON b.entry_id = n.entry_id AND b.component = n.component
WHERE n.entry_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Untaxed:
    """A component's revenue: all of it, what VAT was counted on, and what carried none. Minor units of `currency`.

    `apart_minor` is what VAT was counted on beside the price: another tax that it lies on, or a cent of rounding.
    """

    component: str
    name: str
    currency: str
    revenue_minor: int
    covered_minor: int
    without_minor: int

    @property
    def apart_minor(self) -> int:
        """What is left: below zero where VAT was counted on more than the price."""
        return self.revenue_minor - self.covered_minor - self.without_minor


@dataclass(frozen=True, slots=True)
class VatReport:
    """VAT rows, and the revenue by component. `by_hand` is revenue in the books that no folio line stands behind."""

    rows: tuple[TaxRow, ...]
    revenue: tuple[Untaxed, ...]
    by_hand: dict[str, int]

    def tax_minor(self, currency: str) -> int:
        """Return the VAT owed in a currency."""
        return sum(row.tax_minor for row in self.rows if row.currency == currency)

    @property
    def currencies(self) -> list[str]:
        """Return the currencies there are."""
        return sorted({row.currency for row in self.rows} | {row.currency for row in self.revenue} | set(self.by_hand))


def vat_report(*, entity: LegalEntity, trial: TrialBalance) -> VatReport:
    """Return VAT and revenue over the period of a trial balance, by business date. Three queries."""
    first, last = trial.first, trial.last
    rows = [row for row in tax_rows(entity=entity, first=first, last=last) if row.kind == TaxKind.VAT]
    with connection.cursor() as cursor:
        cursor.execute(COVERED, {"entity": entity.pk, "first": first, "last": last})
        found = cursor.fetchall()
    names = dict(Component.choices) | {"cancellation": "Cancellation and no-show fees"}
    revenue = tuple(
        Untaxed(component, names.get(component, component), currency, net, covered, without)
        for currency, component, net, covered, without in found
    )
    currencies = {row.currency for row in revenue} | {row.currency for row in trial.rows}
    by_hand = {}
    for currency in currencies:
        booked = -trial.moved_minor(Role.REVENUE, Role.CANCELLATION, currency=currency)
        rest = booked - sum(row.revenue_minor for row in revenue if row.currency == currency)
        if rest:
            by_hand[currency] = rest
    return VatReport(tuple(rows), revenue, by_hand)
