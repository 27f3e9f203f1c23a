"""What the pages of rates share: their section, their permission, and prices that are asked about twice."""

from django.http import HttpRequest

from pms.properties.admin_lists import RowAdmin, RowInline, money_said, percent_said, refusal_of, told_apart

__all__ = ["RatesAdmin", "RatesInline", "doubted", "money_said", "percent_said", "refusal_of", "told_apart"]


class RatesAdmin(RowAdmin):
    """A page of prices."""

    section = "Prices"
    change_permission = "rates.manage"


class RatesInline(RowInline):
    """A list inside a page of prices, with one row to fill in where no script adds them."""

    extra = 1
    hide_title = True


def doubted(request: HttpRequest) -> bool:
    """Return whether the form asks to confirm an unlikely price: it was refused, or is being confirmed."""
    refusal = refusal_of(request)
    return (refusal is not None and refusal.code == "unlikely_price") or "confirmed" in request.POST
