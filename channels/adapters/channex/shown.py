"""What Channex shows now, read back in our words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from channels.adapters.base import ChannelRate, ChannelRoom, Span, Wire
from channels.adapters.channex.calls import call
from channels.adapters.channex.updates import FLAGS, MINIMA
from channels.adapters.channex.values import day, flag, mapping, minor, sequence, whole

#: So many days are asked for at once: 200 rates of them stay well below what a wire reads.
MOST_DAYS = 250
ONE_DAY = timedelta(days=1)
ASKED = ",".join(("rate", *MINIMA, "max_stay", *FLAGS.values()))


@dataclass(frozen=True, slots=True)
class _Book:
    """By room or rate, what stands on each day."""

    rooms: dict[str, dict[date, Any]] = field(default_factory=dict)
    rates: dict[str, dict[date, Any]] = field(default_factory=dict)


def read_back(wire: Wire, *, rooms: Sequence[ChannelRoom], first: date, until: date) -> list[Span]:
    """Return what is shown of these rooms and rates: counts first, runs of equal days as one span."""
    book = _Book()
    start = first
    while start < until:
        end = min(until, start + timedelta(days=MOST_DAYS))
        _read(wire, start, end, book)
        start = end
    found: list[Span] = []
    for room in rooms:
        found += _runs(_counts(room, book.rooms.get(room.room_id, {}), first, until))
    for room in rooms:
        for rate in room.rates:
            days = book.rates.get(rate.rate_id, {})
            currency = rate.currency or wire.access.currency
            found += _runs(
                _rules(room.room_id, rate, found_on, mapping(days[found_on]), currency)
                for found_on in sorted(days)
                if first <= found_on < until
            )
    return found


def _read(wire: Wire, first: date, until: date, book: _Book) -> None:
    query: dict[str, str | int] = {
        "filter[property_id]": wire.access.account,
        "filter[date][gte]": first.isoformat(),
        # The last day is meant as well (T8).
        "filter[date][lte]": (until - ONE_DAY).isoformat(),
    }
    counts = call(wire, "GET", "/availability", what="availability shown", query=query)
    rules = call(wire, "GET", "/restrictions", what="restrictions shown", query=query | {"filter[restrictions]": ASKED})
    for kept, content in ((book.rooms, counts), (book.rates, rules)):
        for number, days in mapping(content.get("data")).items():
            known = kept.setdefault(number, {})
            known.update({found: told for name, told in mapping(days).items() if (found := day(name))})


def _counts(room: ChannelRoom, days: Mapping[date, Any], first: date, until: date) -> Iterator[Span]:
    for found in sorted(days):
        count = whole(days[found], most=100_000)
        if first <= found < until and count is not None:
            yield Span(room.room_id, "", found, found + ONE_DAY, rooms=count)


def _rules(room_id: str, rate: ChannelRate, on: date, told: Mapping[str, Any], currency: str) -> Span:
    return Span(
        room_id,
        rate.rate_id,
        on,
        on + ONE_DAY,
        prices=_prices(rate, told, currency),
        min_stay_arrival=whole(told.get("min_stay_arrival")),
        min_stay_through=whole(told.get("min_stay_through")),
        max_stay=whole(told.get("max_stay")),
        closed_to_arrival=flag(told.get("closed_to_arrival")),
        closed_to_departure=flag(told.get("closed_to_departure")),
        closed=flag(told.get("stop_sell")),
    )


def _prices(rate: ChannelRate, told: Mapping[str, Any], currency: str) -> dict[int, int]:
    """Return the prices by number of guests; a single one of a rate with several is nobody's, and left out."""
    several = {
        guests: price
        for option in sequence(told.get("rates"))
        if (guests := whole(mapping(option).get("occupancy"))) is not None
        and (price := minor(mapping(option).get("rate"), currency)) is not None
    }
    if several or len(rate.guests) > 1:
        return several
    price = minor(told.get("rate"), currency)
    # A rate without a price stands at 0.00, which Channex does not take.
    return {(*rate.guests, 0)[0]: price} if price else {}


def _runs(days: Iterator[Span]) -> list[Span]:
    runs: list[Span] = []
    for span in days:
        last = runs[-1] if runs else None
        if last is not None and last.until == span.first and replace(last, first=span.first, until=span.until) == span:
            runs[-1] = replace(last, until=span.until)
        else:
            runs.append(span)
    return runs
