"""The reports as rows for CSV and XLSX: amounts are numbers in the currency's own units, every row names its currency."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch

from billing.folios.reports import AGES, city_tax_nights, open_items, vat_report
from billing.ledger.enums import Role
from billing.ledger.models import Line
from billing.ledger.reports import entries_wanted, revenue_by_day, trial_balance
from bookings.rates.writing import Row
from pms.frontdesk.books.scope import Books
from pms.frontdesk.books.selectors import account_or_none
from pms.frontdesk.books.views import journal_form
from pms.frontdesk.desk import DeskRequest
from pms.frontdesk.forms.fields import day_or
from pms.kernel.errors import Missing
from pms.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file: what it is called, its columns, and its rows as they are read."""

    name: str
    columns: tuple[str, ...]
    rows: Iterable[Row]


def major(minor: int | None, currency: str) -> Decimal | None:
    """Return an amount in the currency's own units."""
    return None if minor is None else Money(minor, currency).amount


def trial_sheet(_request: DeskRequest, books: Books) -> Sheet:
    """Return the trial balance."""
    found = trial_balance(entity=books.entity, first=books.period.first, last=books.period.last)
    columns = ("account", "name", "kind", "datev_account", "currency", "opening", "debit", "credit", "closing")
    rows: list[Row] = [
        {
            "account": row.account.code,
            "name": row.account.name,
            "kind": row.account.get_kind_display(),
            "datev_account": row.account.datev_account,
            "currency": row.currency,
            "opening": major(row.opening_minor, row.currency),
            "debit": major(row.debit_minor, row.currency),
            "credit": major(row.credit_minor, row.currency),
            "closing": major(row.closing_minor, row.currency),
        }
        for row in found.rows
    ]
    return Sheet("trial-balance", columns, rows)


LINE_COLUMNS = (
    *("date", "entry", "kind", "memo", "property", "account", "account_name", "folio", "currency", "debit", "credit"),
    *("tax_percent", "tax_base", "source", "by"),
)


def _line(line: Line) -> Row:
    entry, currency = line.entry, line.currency
    return {
        "date": line.date,
        "entry": str(entry.code),
        "kind": entry.get_kind_display(),
        "memo": entry.memo,
        "property": entry.property.code if entry.property else "",
        "account": line.account.code,
        "account_name": line.account.name,
        "folio": line.subledger,
        "currency": currency,
        "debit": major(line.amount_minor, currency) if line.amount_minor > 0 else None,
        "credit": major(-line.amount_minor, currency) if line.amount_minor < 0 else None,
        "tax_percent": line.tax_percent,
        "tax_base": major(line.base_minor, currency),
        "source": entry.source,
        "by": entry.actor_label,
    }


def journal_sheet(request: DeskRequest, books: Books) -> Sheet:
    """Return the filtered journal, a row for each line."""
    filters = journal_form(request, books).filters()
    found = entries_wanted(entity=books.entity, first=books.period.first, last=books.period.last, filters=filters)
    lines = Prefetch("lines", Line.objects.select_related("account", "entry__property").order_by("pk"))

    def rows() -> Iterator[Row]:
        for entry in found.prefetch_related(lines).iterator(chunk_size=1000):
            yield from (_line(line) for line in entry.lines.all())

    return Sheet("journal", LINE_COLUMNS, rows())


def account_sheet(request: DeskRequest, books: Books) -> Sheet:
    """Return the lines of one account, `?account=` its number."""
    account = account_or_none(entity=books.entity, code=request.GET.get("account", "").replace("\x00", ""))
    if account is None:
        raise Missing("no_such_account", f"{books.entity.name} has no such account.")
    first = day_or(request.GET.get("first"), books.period.first)
    last = day_or(request.GET.get("last"), books.period.last)
    lines = Line.objects.filter(account=account, date__gte=first, date__lte=last).order_by("date", "pk")
    found = lines.select_related("account", "entry__property").iterator(chunk_size=2000)
    return Sheet(f"account-{account.code}", LINE_COLUMNS, (_line(line) for line in found))


def vat_sheet(_request: DeskRequest, books: Books) -> Sheet:
    """Return VAT by percentage, then the revenue it covers."""
    trial = trial_balance(entity=books.entity, first=books.period.first, last=books.period.last)
    report = vat_report(entity=books.entity, trial=trial)
    columns = ("row", "code", "name", "percent", "currency", "base", "tax", "revenue", "with_vat", "without_vat")
    rows: list[Row] = [
        {
            "row": "tax",
            "code": row.code,
            "name": row.name,
            "percent": row.percent,
            "currency": row.currency,
            "base": major(row.base_minor, row.currency),
            "tax": major(row.tax_minor, row.currency),
        }
        for row in report.rows
    ]
    rows += [
        {
            "row": "revenue",
            "code": row.component,
            "name": row.name,
            "currency": row.currency,
            "revenue": major(row.revenue_minor, row.currency),
            "with_vat": major(row.covered_minor, row.currency),
            "without_vat": major(row.without_minor, row.currency),
        }
        for row in report.revenue
    ]
    rows += [
        {"row": "revenue", "code": "", "name": "Booked by hand", "currency": code, "revenue": major(amount, code)}
        for code, amount in report.by_hand.items()
    ]
    return Sheet("vat", columns, rows)


def city_tax_sheet(request: DeskRequest, books: Books) -> Sheet:
    """Return every night with its persons, those exempt and the tax."""
    place, tax = (request.GET.get(name, "").replace("\x00", "") for name in ("place", "tax"))
    nights = city_tax_nights(
        entity=books.entity, first=books.period.first, last=books.period.last, property_code=place, code=tax
    )
    columns = (
        *("night", "property", "reservation", "guest", "tax", "name", "persons", "taxed", "exempt", "reason"),
        *("currency", "base", "amount"),
    )
    rows: list[Row] = [
        {
            "night": row.day,
            "property": row.property_code,
            "reservation": row.reservation_code,
            "guest": row.guest,
            "tax": row.code,
            "name": row.name,
            "persons": row.persons,
            "taxed": row.taxed,
            "exempt": row.exempt,
            "reason": row.reason,
            "currency": row.currency,
            "base": major(row.base_minor, row.currency),
            "amount": major(row.amount_minor, row.currency),
        }
        for row in nights
    ]
    return Sheet("city-tax", columns, rows)


def open_sheet(request: DeskRequest, books: Books) -> Sheet:
    """Return the open items at the end of `?on=`."""
    on = day_or(request.GET.get("on"), min(books.period.last, books.today))
    found = open_items(entity=books.entity, on=on)
    ages = [f"days {words}" for _, words in AGES]
    columns = ("ledger", "folio", "payer", "property", "reservation", "since", "days", "currency", "balance", *ages)
    rows: list[Row] = [
        {
            "ledger": Role(item.ledger).label,
            "folio": item.folio.code,
            "payer": item.folio.label,
            "property": item.folio.property.code,
            "reservation": item.folio.reservation.code if item.folio.reservation else "",
            "since": item.since,
            "days": item.days,
            "currency": item.currency,
            "balance": major(item.balance_minor, item.currency),
            **{name: major(amount, item.currency) for name, amount in zip(ages, item.ages, strict=True)},
        }
        for item in found.items
    ]
    return Sheet(f"open-items-{on}", columns, rows)


def revenue_sheet(_request: DeskRequest, books: Books) -> Sheet:
    """Return revenue by day, a column for each account."""
    found = revenue_by_day(entity=books.entity, first=books.period.first, last=books.period.last)
    names = {row.code: f"{row.code} {row.name}" for row in found.accounts}
    rows: list[Row] = [
        {
            "date": day.day,
            "currency": day.currency,
            **{names[code]: major(amount, day.currency) for code, amount in day.by_account.items()},
            "sum": major(day.sum_minor, day.currency),
        }
        for day in found.days
    ]
    return Sheet("revenue", ("date", "currency", *names.values(), "sum"), rows)


SHEETS: dict[str, Callable[[DeskRequest, Books], Sheet]] = {
    "trial-balance": trial_sheet,
    "journal": journal_sheet,
    "account": account_sheet,
    "revenue": revenue_sheet,
    "vat": vat_sheet,
    "city-tax": city_tax_sheet,
    "open-items": open_sheet,
}
