"""Taxes owed: from the lines on tax accounts, which keep the percentage and the base they were counted on."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Sum

from billing.ledger.enums import Role
from billing.ledger.models import LegalEntity, Line
from billing.taxes.enums import PercentBase, TaxKind
from billing.taxes.models import Tax


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A tax at one percentage (None: an amount for each person or room). Owed is above zero."""

    account_code: str
    code: str
    name: str
    kind: TaxKind
    percent: Decimal | None
    currency: str
    base_minor: int
    tax_minor: int
    lines_count: int

    @property
    def percent_key(self) -> str:
        """Return the percentage as filters of the journal take it."""
        return "none" if self.percent is None else f"{self.percent.normalize():f}"


def declared_as(tax: Tax) -> TaxKind:
    """Return the return that a tax belongs in: one that is counted on other taxes alone is VAT on them."""
    return TaxKind.VAT if tax.percent_base == PercentBase.TAXES else TaxKind(tax.kind)


def tax_rows(*, entity: LegalEntity, first: date, last: date) -> list[TaxRow]:
    """Return base and amount of every tax and percentage posted over [first, last]: what corrects it is taken off.

    Whether a tax is VAT or a city tax says the tax of the property it was posted at (see declared_as). Two queries.
    """
    taxes = Tax.objects.filter(property__books__entity=entity)
    named = {(row.property_id, row.code): row for row in taxes}
    by_code = {row.code: row for row in named.values()}
    lines = Line.objects.filter(
        account__entity=entity, account__role=Role.TAX, entry__entity=entity, date__gte=first, date__lte=last
    )
    groups = lines.values_list(
        "account__code", "account__key", "account__name", "entry__property", "tax_percent", "currency"
    ).order_by("account__key", "-tax_percent", "currency")
    found: dict[tuple[str, TaxKind, Decimal | None, str], TaxRow] = {}
    for number, key, name, place, percent, currency, base, amount, count in groups.annotate(
        base=Sum("base_minor"), amount=Sum("amount_minor"), count=Count("pk")
    ):
        tax = named.get((place, key)) or by_code.get(key)
        kind = declared_as(tax) if tax else TaxKind.VAT
        was = found.get((key, kind, percent, currency))
        found[key, kind, percent, currency] = TaxRow(
            account_code=number,
            code=key,
            name=tax.name if tax else name.partition(": ")[2] or name,
            kind=kind,
            percent=percent,
            currency=currency,
            base_minor=(base or 0) + (was.base_minor if was else 0),
            tax_minor=-(amount or 0) + (was.tax_minor if was else 0),
            lines_count=count + (was.lines_count if was else 0),
        )
    return list(found.values())
