"""Closing a period and opening it again: what it would settle first, then the yes. And exchange rates."""

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from billing.ledger.exchange import rate_set, rates_read, rates_set
from billing.ledger.models import ExchangeRate
from billing.ledger.services import period_close, period_reopen
from pms.frontdesk.books.forms import CloseForm, RateForm, RatesFileForm, ReopenForm
from pms.frontdesk.books.scope import Books, books_of, needed, nothing_yet, require_manage
from pms.frontdesk.books.selectors import close_preview
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.forms.fields import show_refusal
from pms.frontdesk.views.common import changed, see_other
from pms.kernel.errors import DomainError

PAGE_RATES = 60


@require_http_methods(["GET", "POST"])
@desk_page("books.manage")
def close(request: DeskRequest) -> HttpResponse:
    """Close the books through a day: what that settles and what stands against it first, then the yes."""
    books = needed(request)
    require_manage(request.desk, books.entity)
    form = CloseForm(request.POST or None, initial={"through": books.period.last})
    through: date = form.cleaned_data["through"] if form.is_bound and form.is_valid() else books.period.last
    if form.is_bound and form.is_valid() and "preview" not in request.POST:
        try:
            period_close(entity=books.entity, through=through, actor=request.desk.actor)
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            return _done(request, books, f"The books are closed through {through:%-d %B %Y}.")
    plan = close_preview(entity=books.entity, places=books.places, through=through)
    context = {"books": books, "form": form, "plan": plan}
    return _dialog(request, "close", context, refused=bool(form.is_bound and form.errors))


@require_http_methods(["GET", "POST"])
@desk_page("books.manage")
def reopen(request: DeskRequest) -> HttpResponse:
    """Open the books again after a day, with the reason."""
    books = needed(request)
    require_manage(request.desk, books.entity)
    form = ReopenForm(request.POST or None, initial={"through": books.period.before.last})
    if form.is_bound and form.is_valid():
        through = form.cleaned_data["through"]
        try:
            period_reopen(
                entity=books.entity, through=through, reason=form.cleaned_data["reason"], actor=request.desk.actor
            )
        except DomainError as refusal:
            show_refusal(form, refusal)
        else:
            after = f"after {through:%-d %B %Y}" if through else "from the first day"
            return _done(request, books, f"The books are open again {after}.")
    return _dialog(request, "reopen", {"books": books, "form": form}, refused=bool(form.is_bound and form.errors))


def _done(request: DeskRequest, books: Books, message: str) -> HttpResponse:
    return changed(request, message=message, to=books.url("desk:books"), **{"books:changed": {}})


def _dialog(request: DeskRequest, name: str, context: dict[str, object], *, refused: bool) -> HttpResponse:
    template = f"frontdesk/books/{name}_dialog.html" if request.htmx else f"frontdesk/books/{name}.html"
    return render(request, template, context, status=422 if refused else 200)


@require_http_methods(["GET", "POST"])
@desk_page("books.view")
def rates(request: DeskRequest) -> HttpResponse:
    """Show exchange rates, and take one by hand or a file of them."""
    books = books_of(request)
    if books is None:
        return nothing_yet(request)
    by_file = "file" in request.FILES or "upload" in request.POST
    posted = request.method == "POST"
    if posted:
        require_manage(request.desk, books.entity)
    one = RateForm(
        request.POST if posted and not by_file else None, initial={"day": books.today, "per": books.currency}
    )
    many = RatesFileForm(request.POST if by_file else None, request.FILES if by_file else None)
    done = _taken(request, one, many) if posted else ""
    if done:
        messages.success(request, done)
        return see_other(books.url("desk:books-rates"))
    rows = Paginator(ExchangeRate.objects.all(), PAGE_RATES).get_page(request.GET.get("page"))
    context = {"books": books, "form": one, "file_form": many, "page": rows}
    return render(request, "frontdesk/books/rates.html", context, status=422 if posted else 200)


def _taken(request: DeskRequest, one: RateForm, many: RatesFileForm) -> str:
    """Save what was sent and return what to say, or put the refusal on its form."""
    form = many if many.is_bound else one
    act: Callable[[], str] = (lambda: _file(request, many)) if many.is_bound else (lambda: _one(request, one))
    if not form.is_valid():
        return ""
    try:
        return act()
    except DomainError as refusal:
        show_refusal(form, refusal)
        return ""


def _one(request: DeskRequest, form: RateForm) -> str:
    given = form.cleaned_data
    row = rate_set(
        currency=given["currency"],
        per=given["per"],
        day=given["day"],
        rate=given["rate"],
        source=given["source"],
        actor=request.desk.actor,
    )
    return f"{row}."


def _file(request: DeskRequest, form: RatesFileForm) -> str:
    rows = rates_set(rows=rates_read(text=form.text()), actor=request.desk.actor)
    return f"{len(rows)} exchange rates are saved."
