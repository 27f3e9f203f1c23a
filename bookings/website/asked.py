"""What the addresses of the search and of the calendar ask for beside the wish, and the addresses that lead on."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict

from bookings.rates.wishes import Wish, wish_query
from bookings.website.searching import Filters, Sort
from pms.kernel.addresses import path_of
from pms.properties.models import Property

MOST_WORDS = 80
MOST_AMENITIES = 20


def filters_read(params: QueryDict) -> Filters:
    """Return the filters of an address; what makes no sense is left out, as a guest would not know what to do about it."""
    place = "".join(filter(str.isprintable, params.get("place", ""))).strip()[:MOST_WORDS]
    sort = params.get("sort", "")
    return Filters(
        place=place,
        amenities=tuple(dict.fromkeys(params.getlist("amenities")))[:MOST_AMENITIES],
        price_from=_number(params, "price_from"),
        price_to=_number(params, "price_to"),
        sort=Sort(sort) if sort in Sort else Sort.PRICE,
        page=_number(params, "page") or 1,
    )


def filters_query(filters: Filters, **changed: object) -> str:
    """Return the filters as a query string; what is as usual is left out."""
    values = {
        "place": filters.place,
        "price_from": filters.price_from,
        "price_to": filters.price_to,
        "sort": "" if filters.sort == Sort.PRICE else filters.sort.value,
        "page": "",
        **changed,
    }
    pairs = [(name, str(value)) for name, value in values.items() if value not in {None, ""}]
    return urlencode([*pairs, *(("amenities", code) for code in filters.amenities)])


def property_address(place: Property, wish: Wish | None) -> str:
    """Return where a guest goes on with a property: its offers for a wish, else its page."""
    if wish is None:
        return path_of("website:property", place.code)
    return f"{path_of('checkout:book', place.code)}?{wish_query(wish)}"


def day_read(params: Mapping[str, str], name: str) -> date | None:
    """Return a date of an address; None where there is none or it is no date."""
    try:
        return date.fromisoformat(params.get(name, ""))
    except ValueError:
        return None


def month_read(params: Mapping[str, str]) -> date | None:
    """Return the first day of a month of an address: 2026-12."""
    try:
        return date.fromisoformat(f"{params.get('month', '')}-01")
    except ValueError:
        return None


def _number(params: Mapping[str, str], name: str) -> int | None:
    text = params.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None
