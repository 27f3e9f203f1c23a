"""The price once more in a currency the guest thinks in: a guide beside the property's price, never what is charged.

`?currency=EUR` chooses it, a cookie of our own keeps it for a month, `?currency=` takes it back. The rates are those that the
books hold (docs/ledger.md), a minute old at most: every page asks for them, and they change once a day. A currency
without a fresh one is not offered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import wraps
from typing import Concatenate, ParamSpec, cast

import structlog
from babel.numbers import format_decimal
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from redis.exceptions import RedisError

from billing.ledger.exchange import Known, Rate, RateTable, rate_table
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
#: How long rates are kept that every page asks for.
KEPT_SECONDS = 60
#: In `request.META`: the page lets the guest choose; what this request knows of rates.
_CHOOSES, _KNOWN = "innkeep.currencies", "innkeep.rates"

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    """The rates, and the currencies of the listed properties; none where there are no rates."""

    table: RateTable
    own: frozenset[str]


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
    known = _known(request)
    own = known.own
    found = {other for currency in own for other in known.table.of(currency)}
    return sorted(found - (own if len(own) == 1 else set()))


def rate_for(request: HttpRequest, currency: str) -> Rate | None:
    """Return the rate of a currency in the one chosen; None where none was, or there is no fresh rate."""
    code = chosen(request)
    return None if not code or code == currency else _known(request).table.of(currency).get(code)


def about(rate: Rate, minor: int) -> str:
    """Write an amount in the other currency: ≈ 1,234 USD; small amounts with their decimals, yen never."""
    units = Decimal(rate.convert(minor)).scaleb(-exponent(rate.to))
    places = 0 if abs(units) >= WHOLE_FROM else exponent(rate.to)
    pattern = "#,##0" + (f".{'0' * places}" if places else "")
    return f"\N{ALMOST EQUAL TO}\N{NO-BREAK SPACE}{format_decimal(units, pattern, locale=locale())}\N{NO-BREAK SPACE}{rate.to}"


def _known(request: HttpRequest) -> _Known:
    found = request.META.get(_KNOWN)
    if not isinstance(found, _Known):
        found = request.META[_KNOWN] = _kept()
    return found


def _kept() -> _Known:
    """Return what is kept, as plain rows that another version of this program reads too; else read it and keep it."""
    day = timezone.now().date()
    key = f"indicative:{day}"
    try:
        kept = cache.get(key)
        if kept is not None:
            rows, own = kept
            return _Known(RateTable(tuple(map(Known._make, rows))), frozenset(own))
        found = _read(day)
        cache.set(key, ([tuple(row) for row in found.table.rows], sorted(found.own)), KEPT_SECONDS)
    except RedisError as error:
        logger.warning("rates_not_kept", error=str(error))
        return _read(day)
    return found


def _read(day: date) -> _Known:
    table = rate_table(day=day, within_days=FRESH_DAYS)
    own = Property.objects.filter(is_listed=True).values_list("currency", flat=True) if table.rows else ()
    return _Known(table, frozenset(own))
