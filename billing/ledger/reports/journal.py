"""The journal: entries in the order of their days, with their lines, in pages."""

import contextlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from billing.ledger.models import Entry, LegalEntity, Line
from billing.ledger.reports.accounts import Cursor

PAGE_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class JournalFilters:
    """Which entries; what is empty does not filter.

    `account` is the number of an account that one of the lines is on, `tax` the code of a tax with its `percent` ("" is
    any, "none" an amount), `text` a part of the memo, a folio's code, or an entry's own code.
    """

    kind: str = ""
    account: str = ""
    property_code: str = ""
    tax: str = ""
    percent: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Entries with their lines and accounts at hand, and where the next page begins."""

    entries: tuple[Entry, ...]
    next: Cursor | None


def entries_wanted(
    *, entity: LegalEntity, first: date, last: date, filters: JournalFilters | None = None
) -> QuerySet[Entry]:
    """Return the entries of [first, last] that pass the filters, by day and then as they were posted."""
    wanted = filters or JournalFilters()
    rows = Entry.objects.filter(entity=entity, date__gte=first, date__lte=last).order_by("date", "pk")
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.property_code:
        rows = rows.filter(property__code=wanted.property_code)
    if wanted.account:
        rows = rows.filter(_has_line(Q(account__code=wanted.account)))
    if wanted.tax:
        rows = rows.filter(_has_line(Q(account__role="tax", account__key=wanted.tax) & _percent(wanted.percent)))
    if wanted.text:
        rows = rows.filter(_text(wanted.text))
    return rows


def _has_line(condition: Q) -> Exists:
    return Exists(Line.objects.filter(condition, entry=OuterRef("pk")))


def _percent(text: str) -> Q:
    if not text:
        return Q()
    if text == "none":
        return Q(tax_percent=None)
    number = "".join(letter for letter in text if letter.isascii() and (letter.isdigit() or letter == "."))
    try:
        return Q(tax_percent=Decimal(number))
    except ArithmeticError:
        return Q(pk=None)


def _text(text: str) -> Q:
    clean = text.replace("\x00", "").strip()
    found = Q(memo__icontains=clean) | Q(source__icontains=clean)
    found |= Q(_has_line(Q(subledger=clean.upper())))
    with contextlib.suppress(ValueError):
        found |= Q(code=UUID(clean))
    return found


def journal(
    *,
    entity: LegalEntity,
    first: date,
    last: date,
    filters: JournalFilters | None = None,
    after: Cursor | None = None,
    page_entries: int = PAGE_ENTRIES,
) -> JournalPage:
    """Return a page of the journal of [first, last], after `after`. Two queries."""
    rows = entries_wanted(entity=entity, first=first, last=last, filters=filters)
    if after is not None:
        rows = rows.filter(after.passed())
    lines = Prefetch("lines", Line.objects.select_related("account").order_by("pk"))
    page = list(rows.select_related("property").prefetch_related(lines)[: page_entries + 1])
    shown = tuple(page[:page_entries])
    more = len(page) > page_entries
    return JournalPage(shown, Cursor(shown[-1].date, shown[-1].pk) if more else None)
