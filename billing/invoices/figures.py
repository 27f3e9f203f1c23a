"""From lines to the VAT breakdown. Nothing is recomputed: a row is the sum of what was posted."""

from collections.abc import Iterable
from decimal import Decimal

from billing.invoices.content import ContentLine, TaxRow
from billing.invoices.enums import TaxCategory


def tax_rows(lines: Iterable[ContentLine]) -> tuple[TaxRow, ...]:
    """Return a row for each category, tax and rate of lines: highest rate first, what bears no VAT last.

    Included taxes of one rate that stand under several names (lodging, food) are one row, as VAT returns want it.
    """
    sums: dict[tuple[TaxCategory, Decimal | None, str], list[int]] = {}
    for line in lines:
        several = len(line.taxes) > 1
        for tax in line.taxes:
            name = tax.name if several or tax.percent is None else ""
            row = sums.setdefault((line.category, tax.percent, name), [0, 0])
            row[0] += tax.base_minor
            row[1] += tax.amount_minor
        if not line.taxes:
            sums.setdefault((line.category, Decimal(0), ""), [0, 0])[0] += line.net_minor
    rows = [TaxRow(category, name, percent, base, tax) for (category, percent, name), (base, tax) in sums.items()]
    return tuple(sorted(rows, key=_order))


def _order(row: TaxRow) -> tuple[bool, Decimal, str, str]:
    untaxed = row.category not in {TaxCategory.STANDARD, TaxCategory.ZERO}
    return untaxed, -(row.percent or Decimal(0)), row.category.value, row.name
