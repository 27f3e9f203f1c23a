"""What a listing is to be told, day by day, between our spans and Airbnb's words."""

import json
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from channels.adapters.base import Access, ChannelError, Parcel, Span
from channels.adapters.enums import Trouble
from channels.adapters.objects import mapping, parsed, sequence
from channels.adapters.values import day
from pms.kernel.dates import each_day
from pms.kernel.money import round_ratio

CALENDAR = "calendar"
#: A stay is never longer, in nights: what no maximum is told as.
MOST_NIGHTS = 365
ONE_DAY = timedelta(days=1)
Wish = dict[str, Any]
V = TypeVar("V", bound=Hashable)


def parcels(access: Access, spans: Sequence[Span]) -> list[Parcel]:
    """Return a message for each listing. Days before today are left out, and minimum stays through, which Airbnb has not.

    `body` is what is wished, as JSON; what is sent of it depends on what the listing shows (calendars.py).
    """
    by_listing: dict[str, list[Span]] = {}
    for span in spans:
        first = max(span.first, access.today)
        if first < span.until:
            by_listing.setdefault(span.room_id, []).append(_from(span, first))
    return [
        Parcel(CALENDAR, tuple(own), json.dumps(_written(own), separators=(",", ":")).encode(), {"listing": listing})
        for listing, own in by_listing.items()
    ]


def _from(span: Span, first: date) -> Span:
    if not span.rate_id and (span.prices or span.min_stay_arrival or span.max_stay):
        raise ChannelError(Trouble.REFUSED, "no_rate", "Airbnb takes prices and stays of its one rate alone.")
    return span if first == span.first else Span(**{**_fields(span), "first": first})


def _fields(span: Span) -> dict[str, Any]:
    return {name: getattr(span, name) for name in Span.__slots__}


def _written(spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Return runs of days that are wished the same."""
    days: dict[date, Wish] = {}
    for span in spans:
        wish = _wish(span)
        for on in each_day(span.first, span.until):
            days.setdefault(on, {}).update(wish)
    return [
        {"first": first.isoformat(), "until": until.isoformat(), **wish} for first, until, wish in runs(days) if wish
    ]


def _wish(span: Span) -> Wish:
    """Return what a span says (T27), in minor units and our words."""
    wish: Wish = {
        "rooms": span.rooms,
        "min_nights": None if span.min_stay_arrival is None else max(1, span.min_stay_arrival),
        "max_nights": None if span.max_stay is None else min(span.max_stay or MOST_NIGHTS, MOST_NIGHTS),
        "closed": span.closed,
        "closed_to_arrival": span.closed_to_arrival,
        "closed_to_departure": span.closed_to_departure,
    }
    told = sorted(span.prices.items())
    if told:
        wish["price"] = told[0][1]
    if len(told) > 1:
        (fewer, low), (more, high) = told[:2]
        wish["extra"] = max(0, round_ratio(high - low, more - fewer))
    return {name: value for name, value in wish.items() if value is not None}


def wished(parcel: Parcel) -> dict[date, Wish]:
    """Return what a parcel's body wishes, by day. Raises ChannelError refused for a body that is not of `parcels`."""
    days: dict[date, Wish] = {}
    for item in sequence(parsed(parcel.body)):
        wish = dict(mapping(item))
        first, until = day(wish.pop("first", "")), day(wish.pop("until", ""))
        if first is None or until is None:
            raise ChannelError(Trouble.REFUSED, "no_such_message", "The message is none of ours.")
        days.update(dict.fromkeys(each_day(first, until), wish))
    return days


def runs(days: Mapping[date, V] | Mapping[date, Wish]) -> Iterator[tuple[date, date, Any]]:
    """Yield consecutive days with one value as (first, until, value)."""
    begun: date | None = None
    ordered = sorted(days)
    for place, on in enumerate(ordered):
        begun = begun or on
        following = ordered[place + 1] if place + 1 < len(ordered) else None
        if following != on + ONE_DAY or days[following] != days[on]:
            yield begun, on + ONE_DAY, days[on]
            begun = None


def agreed(told: Mapping[date, V], shown: V, *, least: int) -> V:
    """Return what a listing as a whole is to have, where days are told: what more than half of them say, once there are
    as many as `least`; else what it shows. One day never changes it for all the others."""
    if len(told) < least:
        return shown
    value, count = Counter(told.values()).most_common(1)[0]
    return value if count * 2 > len(told) else shown
