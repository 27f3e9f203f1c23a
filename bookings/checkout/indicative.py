"""The price once more in a currency the guest thinks in: a guide beside the property's price, never what is charged.

`?currency=EUR` chooses it, a cookie of our own keeps it for a month, `?currency=` takes it back. The rates are those that the
books hold (docs/ledger.md); a currency without a fresh one is not offered.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from babel.numbers import format_decimal
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from billing.ledger.exchange import Rate, RateTable, rate_table
from pms.branding.formats import locale
from pms.kernel.money import exponent
from pms.properties.models import Property

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

PARAMETER = COOKIE = "currency"
GOOD_FOR = timedelta(days=30)
#: A rate older than so many days is no guide any more.
FRESH_DAYS = 31
#: From so many units on nobody wants to read hundredths of a guide.
WHOLE_FROM = 10
#: In `request.META`: the page lets the guest choose; the table of this request.
_CHOOSES, _TABLE = "innkeep.currencies", "innkeep.rates"


def in_two_currencies(view: View[P]) -> View[P]:
    """Let the page's reader choose a second currency, remember it, and have the page cached for nobody else."""

    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request.META[_CHOOSES] = True
        answer = view(request, *args, **kwargs)
        patch_vary_headers(answer, ["Cookie"])
        if PARAMETER in request.GET and request.GET[PARAMETER] in {"", *offered(request)}:
            answer.set_cookie(
                COOKIE,
                request.GET[PARAMETER],
                max_age=GOOD_FOR if request.GET[PARAMETER] else 0,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return answer

    return cast("View[P]", page)


def lets_choose(request: HttpRequest) -> bool:
    """Return whether the page is one on which a second currency is chosen."""
    return bool(request.META.get(_CHOOSES))


def chosen(request: HttpRequest) -> str:
    """Return the currency that was asked for, whether or not there is a rate of it; empty for none."""
    code = request.GET.get(PARAMETER) if PARAMETER in request.GET else request.COOKIES.get(COOKIE)
    return code if code and len(code) == 3 and code.isascii() and code.isalpha() and code.isupper() else ""


def offered(request: HttpRequest) -> list[str]:
    """Return the currencies that prices of the listed properties can be told in as well, by code."""
    table = _table(request)
    if not table.rows:
        return []
    own = set(Property.objects.filter(is_listed=True).values_list("currency", flat=True))
    known = {other for currency in own for other in table.of(currency)}
    return sorted(known - (own if len(own) == 1 else set()))


def rate_for(request: HttpRequest, currency: str) -> Rate | None:
    """Return the rate of a currency in the one chosen; None where none was, or there is no fresh rate."""
    code = chosen(request)
    return None if not code or code == currency else _table(request).of(currency).get(code)


def about(rate: Rate, minor: int) -> str:
    """Write an amount in the other currency: ≈ 1,234 USD; small amounts with their decimals, yen never."""
    units = Decimal(rate.convert(minor)).scaleb(-exponent(rate.to))
    places = 0 if abs(units) >= WHOLE_FROM else exponent(rate.to)
    pattern = "#,##0" + (f".{'0' * places}" if places else "")
    return f"\N{ALMOST EQUAL TO}\N{NO-BREAK SPACE}{format_decimal(units, pattern, locale=locale())}\N{NO-BREAK SPACE}{rate.to}"


def _table(request: HttpRequest) -> RateTable:
    found = request.META.get(_TABLE)
    if not isinstance(found, RateTable):
        found = rate_table(day=timezone.now().date(), within_days=FRESH_DAYS)
        request.META[_TABLE] = found
    return found
