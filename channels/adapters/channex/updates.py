"""Availability and restrictions on their way out: few messages, each answer read to its end.

Channex takes a message in the order of its values, the last word wins, and any number of them up to 10 MB; counts of
rooms and restrictions have an address each. A 200 may refuse some values with a warning that repeats them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from channels.adapters.base import Access, ChannelError, Parcel, Refused, Sent, Span, Wire
from channels.adapters.channex.calls import call, words
from channels.adapters.channex.values import day, identifier, major, mapping, sequence, text
from channels.adapters.enums import Trouble

#: Of the 10 MB that a message may have, in bytes.
MOST_BYTES = 9_500_000
AVAILABILITY = "availability"
RESTRICTIONS = "restrictions"
ONE_DAY = timedelta(days=1)
#: Our field, and Channex's.
FLAGS = {"closed_to_arrival": "closed_to_arrival", "closed_to_departure": "closed_to_departure", "closed": "stop_sell"}
MINIMA = ("min_stay_arrival", "min_stay_through")

Value = dict[str, Any]


def parcels(access: Access, spans: Sequence[Span]) -> list[Parcel]:
    """Return a message of counts and one of restrictions, more only where 10 MB are too few. Counts go first: Channex
    puts them before everything else as well. Days before today are left out, it takes none."""
    counts: list[tuple[Span, Value]] = []
    rules: list[tuple[Span, Value]] = []
    for span in spans:
        for piece in _pieces(access, span):
            if piece.rooms is not None:
                counts.append((_count_alone(piece), _count(access, piece)))
            if piece.rate_id:
                value = _rules(access, piece)
                if value:
                    rules.append((replace(piece, rooms=None), _addressed(access, piece) | value))
            elif _rules(access, piece):
                raise ChannelError(Trouble.REFUSED, "no_rate", "Channex takes prices and restrictions of rates alone.")
    return [*_packed(AVAILABILITY, counts), *_packed(RESTRICTIONS, rules)]


def _pieces(access: Access, span: Span) -> Iterator[Span]:
    """Yield what of a span is not over; today by itself, for the clock may have passed midnight before the night audit
    has, and a value with one day in the past is refused whole."""
    first = max(span.first, access.today)
    if first >= span.until:
        return
    tomorrow = access.today + ONE_DAY
    if first == access.today and tomorrow < span.until:
        yield replace(span, first=first, until=tomorrow)
        first = tomorrow
    yield replace(span, first=first)


def _count_alone(span: Span) -> Span:
    return Span(span.room_id, "", span.first, span.until, rooms=span.rooms)


def _count(access: Access, span: Span) -> Value:
    return {"property_id": access.account, "room_type_id": span.room_id, **_days(span), "availability": span.rooms}


def _addressed(access: Access, span: Span) -> Value:
    return {"property_id": access.account, "rate_plan_id": span.rate_id, **_days(span)}


def _days(span: Span) -> Value:
    """Return the days as Channex counts them: the last one is meant as well (T8)."""
    last = span.until - ONE_DAY
    if last == span.first:
        return {"date": span.first.isoformat()}
    return {"date_from": span.first.isoformat(), "date_to": last.isoformat()}


def _rules(access: Access, span: Span) -> Value:
    """Return the fields that are told, and no other: each null is an error there, and each field by itself (T27)."""
    value: Value = {}
    # As strings: how many decimals an integer has is left to the reader, and currencies differ (T36).
    prices = {guests: major(price, access.currency) for guests, price in span.prices.items()}
    if len(prices) == 1:
        value["rate"] = next(iter(prices.values()))
    elif prices:
        value["rates"] = [{"occupancy": guests, "rate": price} for guests, price in sorted(prices.items())]
    for field in MINIMA:
        nights = getattr(span, field)
        if nights is not None:
            value[field] = max(1, nights)
    if span.max_stay is not None:
        value["max_stay"] = max(0, span.max_stay)
    for field, theirs in FLAGS.items():
        told = getattr(span, field)
        if told is not None:
            value[theirs] = told
    return value


def _packed(what: str, written: Sequence[tuple[Span, Value]]) -> Iterator[Parcel]:
    spans: list[Span] = []
    values: list[bytes] = []
    size = 0
    for span, value in written:
        encoded = json.dumps(value, separators=(",", ":")).encode()
        if values and size + len(encoded) + 1 > MOST_BYTES:
            yield _parcel(what, spans, values)
            spans, values, size = [], [], 0
        spans.append(span)
        values.append(encoded)
        size += len(encoded) + 1
    if values:
        yield _parcel(what, spans, values)


def _parcel(what: str, spans: list[Span], values: list[bytes]) -> Parcel:
    return Parcel(what, tuple(spans), b'{"values":[' + b",".join(values) + b"]}")


def send(wire: Wire, parcel: Parcel) -> Sent:
    """Send one message. A warning refuses the spans that it repeats; one that repeats none of them refuses them all."""
    if parcel.what not in {AVAILABILITY, RESTRICTIONS}:
        raise ChannelError(Trouble.REFUSED, "no_such_message", f"Channex takes no message called {parcel.what!r}.")
    content = call(wire, "POST", f"/{parcel.what}", what=parcel.what, body=parcel.body)
    warnings = mapping(content.get("meta")).get("warnings")
    tasks = [identifier(mapping(task).get("id")) for task in sequence(content.get("data"))]
    return Sent(_refusals(parcel, warnings), reference=" ".join(task for task in tasks if task))


def _refusals(parcel: Parcel, warnings: object) -> tuple[Refused, ...]:
    found: list[Refused] = []
    left = set(range(len(parcel.spans)))
    for warning in sequence(warnings) if isinstance(warnings, list) else [warnings] if warnings else []:
        said = mapping(warning)
        reproach = said.get("warning", warning)
        fields = list(mapping(reproach))
        meant = [number for number in _meant(parcel, said, fields) if number in left]
        left.difference_update(meant)
        if meant:
            code = f"invalid_{text(fields[0], 40)}" if len(fields) == 1 else "invalid_values"
            message = words(reproach) or "Channex gave no reason."
            found.append(Refused(tuple(parcel.spans[number] for number in meant), code, message))
    return tuple(found)


def _meant(parcel: Parcel, warning: Mapping[str, Any], fields: Sequence[str]) -> list[int]:
    """Return which spans a warning is about: by its room or rate and its days, then more loosely, in the end all."""
    key = "room_type_id" if parcel.what == AVAILABILITY else "rate_plan_id"
    named = identifier(warning.get(key))
    first = day(warning.get("date")) or day(warning.get("date_from"))
    last = day(warning.get("date")) or day(warning.get("date_to"))
    numbered = list(enumerate(parcel.spans))
    mine = [(number, span) for number, span in numbered if named == (span.rate_id or span.room_id)]
    exact = [(number, span) for number, span in mine if first == span.first and last == span.until - ONE_DAY]
    told = [(number, span) for number, span in exact if any(_tells(span, field) for field in fields)]
    touched = [(number, span) for number, span in mine if first and last and first < span.until and span.first <= last]
    return [number for number, _ in told or exact or touched or mine or numbered]


def _tells(span: Span, field: str) -> bool:
    """Whether a span says anything about a field of Channex's."""
    if field in {"rate", "rates"}:
        return bool(span.prices)
    ours = {"availability": "rooms", "stop_sell": "closed"}.get(field, field)
    return ours in Span.__slots__ and getattr(span, ours) is not None
