"""Warnings (7xxx) in an answer to AR: the part of the message that each of them names was dropped."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from channels.adapters.base import Refused, Span
from channels.adapters.expedia.calls import number_of, words_of
from channels.adapters.values import day
from channels.adapters.xml import Element, below

_ROOM = re.compile(r"(?i)room type id:?\s*([^\s;\],]+)")
_RATE = re.compile(r"(?i)rate plan id:?\s*([^\s;\],]+)")
_DAY = re.compile(r"(?i)\bdate:?\s*(\d{4}-\d{2}-\d{2})", re.ASCII)
_COUNTED = re.compile(r"(?i)^warning (\d+) out of (\d+) for this cause\.\s*", re.ASCII)
_LEFT_OUT = re.compile(r"(?i)^(?:remaining )?\d+ (?:more are not listed|warnings will not be returned[^.]*)\.\s*")
ONE_DAY = timedelta(days=1)
_PRICES = ("prices",)
_STAYS = ("min_stay_arrival", "min_stay_through", "max_stay")
_RULES = (*_STAYS, "closed_to_arrival", "closed_to_departure", "closed")
#: Which fields a warning is about, where its number says so.
_ABOUT = {7009: _PRICES, 7016: _STAYS, 7019: _PRICES, 7021: _PRICES, 7023: _RULES, 7024: _PRICES}


@dataclass(slots=True)
class _Cause:
    """What is refused for one number: nights by the place of their span; `words` of the first warning."""

    words: str
    nights: dict[int, set[date]] = field(default_factory=dict)
    listed: int = 0
    counted: int = 0


def refusals(spans: Sequence[Span], answer: Element) -> tuple[Refused, ...]:
    """Return the nights that were dropped, by the number of the warning and with the words of its first.

    A warning that names nothing we sent refuses everything; so do warnings that are counted and not listed (an answer
    lists twenty of a kind), as far as the kind of thing they are about.
    """
    causes: dict[int, _Cause] = {}
    for node in below(answer, "Warning"):
        number, words = number_of(node), words_of(node)
        counted = _COUNTED.match(words)
        words = _LEFT_OUT.sub("", _COUNTED.sub("", words))
        cause = causes.setdefault(number, _Cause(words))
        cause.listed += 1
        cause.counted = max(cause.counted, int(counted[2]) if counted else 0)
        for place, nights in _meant(spans, number, words):
            cause.nights.setdefault(place, set()).update(nights)
    found: list[Refused] = []
    taken: dict[int, set[date]] = {}
    for number, cause in causes.items():
        if cause.counted > cause.listed:
            rates = any(spans[place].rate_id for place in cause.nights)
            cause.nights |= {place: _nights(spans[place]) for place in _alike(spans, number, rates=rates)}
        refused = tuple(
            part
            for place, nights in sorted(cause.nights.items())
            for part in _runs(spans[place], nights - taken.get(place, set()))
        )
        for place, nights in cause.nights.items():
            taken.setdefault(place, set()).update(nights)
        if refused:
            found.append(Refused(refused, str(number), cause.words))
    return tuple(found)


def _meant(spans: Sequence[Span], number: int, words: str) -> Iterator[tuple[int, set[date]]]:
    """Yield the places of the spans that a warning names, and which of their nights."""
    room, rate, named = _ROOM.search(words), _RATE.search(words), _DAY.search(words)
    night = day(named[1]) if named else None
    mine = [
        place
        for place, span in enumerate(spans)
        if (room or rate)
        and (room is None or room[1] == span.room_id)
        and (span.rate_id == rate[1] if rate else True)
        and (night is None or span.first <= night < span.until)
    ]
    if rate is None:
        # A count, unless only rates of the room were told.
        mine = [place for place in mine if not spans[place].rate_id] or mine
    about = [place for place in mine if _tells(spans[place], number)] or mine
    if not about:
        about, night = list(range(len(spans))), None
    for place in about:
        yield place, {night} if night else _nights(spans[place])


def _alike(spans: Sequence[Span], number: int, *, rates: bool) -> list[int]:
    mine = [place for place, span in enumerate(spans) if bool(span.rate_id) is rates]
    return [place for place in mine if _tells(spans[place], number)] or mine


def _tells(span: Span, number: int) -> bool:
    about = _ABOUT.get(number)
    return about is None or any(getattr(span, name) not in (None, {}) for name in about)


def _nights(span: Span) -> set[date]:
    return {span.first + ONE_DAY * count for count in range((span.until - span.first).days)}


def _runs(span: Span, nights: set[date]) -> Iterator[Span]:
    """Yield a span's nights as spans of consecutive ones."""
    for night in sorted(nights):
        if night - ONE_DAY not in nights:
            until = night
            while until in nights:
                until += ONE_DAY
            yield replace(span, first=night, until=until)
