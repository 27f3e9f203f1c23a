"""The pages of the books that only show: each number is a link to the rows it was summed from."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.folios.models import Posting
from billing.folios.reports import (
    AGES,
    city_tax_nights,
    city_tax_rows,
    open_items,
    vat_report,
)
from billing.ledger.enums import Role
from billing.ledger.models import Entry
from billing.ledger.reports import Cursor, account_statement, journal, revenue_by_day, tax_rows, trial_balance
from billing.taxes.enums import TaxKind
from pms.frontdesk.books import selectors
from pms.frontdesk.books.forms import JournalForm
from pms.frontdesk.books.scope import Books, books_of, needed, nothing_yet
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.forms.fields import day_or
from pms.kernel.errors import Missing


@require_safe
@desk_page("books.view")
def overview(request: DeskRequest) -> HttpResponse:
    """Show a period: its figures, whether everything agrees, and whether it is closed."""
    books = books_of(request)
    if books is None:
        return nothing_yet(request)
    found = selectors.overview(entity=books.entity, first=books.period.first, last=books.period.last)
    return render(request, "frontdesk/books/overview.html", {"books": books, "overview": found})


@require_safe
@desk_page("books.view")
def trial(request: DeskRequest) -> HttpResponse:
    """Show what every account held, moved and holds."""
    books = needed(request)
    found = trial_balance(entity=books.entity, first=books.period.first, last=books.period.last)
    return render(request, "frontdesk/books/trial.html", {"books": books, "trial": found})


@require_safe
@desk_page("books.view")
def account(request: DeskRequest, code: str) -> HttpResponse:
    """Show the lines of an account with the balance after each."""
    books = needed(request)
    row = selectors.account_or_none(entity=books.entity, code=code)
    if row is None:
        raise Missing("no_such_account", f"{books.entity.name} has no account {code}.")
    first = day_or(request.GET.get("first"), books.period.first)
    last = day_or(request.GET.get("last"), books.period.last)
    folio = request.GET.get("folio", "").replace("\x00", "")
    statement = account_statement(
        account=row,
        first=first,
        last=last,
        currency=request.GET.get("currency", ""),
        after=Cursor.read(request.GET.get("after", "")),
        subledger=folio,
    )
    own_days = (first, last) != (books.period.first, books.period.last)
    context = {"books": books, "statement": statement, "folio": folio, "own_days": own_days}
    return render(request, "frontdesk/books/account.html", context)


@require_safe
@desk_page("books.view")
def journal_page(request: DeskRequest) -> HttpResponse:
    """Show the entries of a period, filtered, in pages."""
    books = needed(request)
    form = journal_form(request, books)
    filters = form.filters()
    page = journal(
        entity=books.entity,
        first=books.period.first,
        last=books.period.last,
        filters=filters,
        after=Cursor.read(request.GET.get("after", "")),
    )
    is_filtered = any(getattr(filters, name) for name in ("kind", "account", "property_code", "tax", "text"))
    context = {
        "books": books,
        "form": form,
        "filters": filters,
        "page": page,
        "is_filtered": is_filtered,
        "journal_query": _journal_query(request),
    }
    return render(request, "frontdesk/books/journal.html", context)


def _journal_query(request: DeskRequest) -> str:
    """Return the filters as the file of the journal takes them, after other parameters."""
    kept = {
        name: request.GET[name] for name in ("q", "kind", "account", "place", "tax", "percent") if request.GET.get(name)
    }
    return f"&{urlencode(kept)}" if kept else ""


def journal_form(request: DeskRequest, books: Books) -> JournalForm:
    """Return the filters of the request."""
    places = [(place.code, place.name) for place in books.places]
    return JournalForm(request.GET, entity=books.entity, places=places)


@require_safe
@desk_page("books.view")
def entry_page(request: DeskRequest, entry: UUID) -> HttpResponse:
    """Show an entry: its lines, and the folio lines it was derived from."""
    books = needed(request)
    row = Entry.objects.filter(entity=books.entity, code=entry).select_related("property", "entity").first()
    if row is None:
        raise Missing("no_such_entry", "There is no such entry in these books.")
    postings = Posting.objects.filter(entry=row).select_related("folio", "reservation").order_by("pk")
    lines = row.lines.select_related("account").order_by("pk")
    context = {"books": books, "entry": row, "lines": lines, "postings": postings}
    return render(request, "frontdesk/books/entry.html", context)


@require_safe
@desk_page("books.view")
def revenue(request: DeskRequest) -> HttpResponse:
    """Show revenue by component and day."""
    books = needed(request)
    found = revenue_by_day(entity=books.entity, first=books.period.first, last=books.period.last)
    totals = [
        (currency, [(row, found.total_minor(row.code, currency)) for row in found.accounts])
        for currency in sorted({day.currency for day in found.days})
    ]
    return render(request, "frontdesk/books/revenue.html", {"books": books, "revenue": found, "totals": totals})


@require_safe
@desk_page("books.view")
def vat(request: DeskRequest) -> HttpResponse:
    """Show VAT by percentage, and where revenue without VAT comes from."""
    books = needed(request)
    found = trial_balance(entity=books.entity, first=books.period.first, last=books.period.last)
    report = vat_report(entity=books.entity, trial=found)
    return render(request, "frontdesk/books/vat.html", {"books": books, "report": report})


@require_safe
@desk_page("books.view")
def city_tax(request: DeskRequest) -> HttpResponse:
    """Show city tax by property and month, or the nights behind one of its rows."""
    books = needed(request)
    place, tax = (request.GET.get(name, "").replace("\x00", "") for name in ("place", "tax"))
    first, last = books.period.first, books.period.last
    nights = city_tax_nights(entity=books.entity, first=first, last=last, property_code=place, code=tax)
    context = {"books": books, "rows": city_tax_rows(nights), "nights": nights if place and tax else None}
    if not (place and tax):
        booked = tax_rows(entity=books.entity, first=first, last=last)
        context["booked"] = [row for row in booked if row.kind == TaxKind.CITY_TAX]
    return render(request, "frontdesk/books/city_tax.html", context)


@require_safe
@desk_page("books.view")
def open_page(request: DeskRequest) -> HttpResponse:
    """Show what folios owe or hold at the end of a day, by ledger and age."""
    books = needed(request)
    on = day_or(request.GET.get("on"), min(books.period.last, books.today))
    found = open_items(entity=books.entity, on=on)
    ledgers = [
        (ledger.label, found.of(ledger), found.totals(ledger))
        for ledger in (Role.GUEST_LEDGER, Role.CITY_LEDGER, Role.DEPOSITS)
    ]
    context = {"books": books, "on": on, "ledgers": ledgers, "ages": [words for _, words in AGES]}
    return render(request, "frontdesk/books/open_items.html", context)
