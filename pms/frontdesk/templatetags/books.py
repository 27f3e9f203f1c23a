"""How the books are written on pages: figures without their currency, debit and credit sides, links that keep the period."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

from billing.folios.reports import VatReport
from billing.ledger.models import Account
from pms.frontdesk.books.scope import Books
from pms.kernel.money import Money, exponent

register = template.Library()
MINUS = "\N{MINUS SIGN}"


@register.filter
def figure(minor: int | None, currency: str) -> str:
    """Return an amount without its currency: 1,234.50, with a true minus; nothing for nothing."""
    if not minor:
        return ""
    return figure_or_zero(minor, currency)


@register.filter
def figure_or_zero(minor: int, currency: str) -> str:
    """Return an amount without its currency, zero included."""
    digits = exponent(currency)
    text = f"{Money(abs(minor), currency).amount:,.{digits}f}"
    return f"{MINUS}{text}" if minor < 0 else text


@register.filter
def debit(minor: int, currency: str) -> str:
    """Return the amount where it is a debit."""
    return figure(minor, currency) if minor > 0 else ""


@register.filter
def credit(minor: int, currency: str) -> str:
    """Return the amount where it is a credit."""
    return figure(-minor, currency) if minor < 0 else ""


@register.filter
def side(minor: int) -> str:
    """Return the side a balance is on."""
    return "D" if minor > 0 else "C" if minor < 0 else ""


@register.filter
def negated(minor: int) -> int:
    """Return the amount the other way round."""
    return -minor


@register.simple_tag
def books_url(books: Books, name: str, *args: Any, **more: Any) -> str:
    """Return the address of a page of the books, entity and period kept."""
    return books.url(f"desk:books{name}", *map(str, args), **{key: str(value) for key, value in more.items()})


@register.simple_tag
def folio_url(code: str) -> str:
    """Return the address of a folio's page, or nothing where there is none."""
    try:
        return reverse("desk:folio", args=[code]) if code else ""
    except NoReverseMatch:
        return ""


@register.filter
def rate_told(rate: str, currency: str) -> str:
    """Return at what a night was taxed: "7.5 %", or an amount of the currency."""
    return str(Money(int(rate), currency)) if rate.isdigit() else rate


@register.filter
def item(mapping: dict[str, int], key: str) -> int:
    """Return what a mapping holds under a key, or zero."""
    return mapping.get(key, 0)


@register.filter
def component_name(account: Account) -> str:
    """Return what a revenue account is for, without saying revenue."""
    return account.name.partition(": ")[2] or account.name


@register.simple_tag
def sum_of(pairs: list[tuple[object, int]]) -> int:
    """Return the sum of the amounts."""
    return sum(amount for _, amount in pairs)


@register.simple_tag
def vat_sums(report: VatReport) -> list[tuple[str, int]]:
    """Return the VAT owed in each currency."""
    return [(currency, report.tax_minor(currency)) for currency in sorted({row.currency for row in report.rows})]
