"""Reading a channel back: what it shows beside what it was told and what is true, cell by cell, and putting it right."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from channels.adapters import adapter_of
from channels.adapters.base import ChannelError, ChannelRate, ChannelRoom, Span
from channels.connections.models import Connection, RateLink, RoomLink
from channels.connections.wire import wire_of
from channels.sync.enums import Anew, Direction
from channels.sync.logging import Recording
from channels.sync.marking import mark
from channels.sync.models import Mark, Standing, ToldRate, ToldRooms
from channels.sync.standing import standing_of
from channels.sync.telling import FIELDS, Spell, cells_due, horizon
from pms.kernel.dates import each_day

#: So many differences are listed; all of them are counted and repaired.
MOST_LISTED = 500
#: So many are kept with the standing of a connection.
MOST_KEPT = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that the channel shows otherwise than it is. `field` is "rooms" or one of a rate's."""

    room: str
    rate: str
    day: date
    field: str
    shown: str
    true: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a channel shows on [first, until) beside what is true. `cells` were compared."""

    first: date
    until: date
    cells: int
    count: int
    differences: tuple[Difference, ...]


def compare(
    connection: Connection,
    *,
    clock: Callable[[], datetime] = timezone.now,
    days: int | None = None,
    repair: bool = True,
) -> Comparison | None:
    """Read a connection back and return where it differs; None where the channel cannot be read.

    With `repair` what differs is told again, and nothing else. What waits to be told is no difference yet. Raises
    ChannelError. Speaks to the channel outside any transaction.
    """
    adapter = adapter_of(connection.adapter)
    if not adapter.facts.reads_back:
        return None
    now = clock()
    first, until = connection.property.business_date, horizon(connection, adapter.facts)
    if days is not None:
        until = min(until, first + timedelta(days=days))
    recording = Recording()
    wire = wire_of(connection, record=recording)
    links = list(
        connection.room_links.filter(room_type__isnull=False, gone_at=None)
        .select_related("room_type")
        .prefetch_related("rate_links")
    )
    try:
        spans = adapter.read_back(wire, rooms=[_room(link) for link in links], first=first, until=until)
    except ChannelError as error:
        recording.write(connection, direction=Direction.IN, error_code=error.code, error=error.message)
        raise
    recording.write(connection, direction=Direction.IN)
    return _compared(connection, spans, Spell(first, until, None, Anew.ALL), now=now, repair=repair)


def _compared(connection: Connection, spans: list[Span], spell: Spell, *, now: datetime, repair: bool) -> Comparison:
    shown = _by_day(spans)
    waiting = waiting_of(connection)
    due = cells_due(connection=connection, spell=spell, now=now)
    found: list[Difference] = []
    wrong: dict[RoomLink | RateLink, set[date]] = {}
    cells = 0
    for link, rows in due.rooms.items():
        for day, count in rows:
            cells += 1
            seen = shown.get((link.room_id, "", day), {}).get("rooms")
            if seen is not None and seen != count and not waiting(link.room_type_id, day):
                found.append(Difference(link.name, "", day, "rooms", str(seen), str(count)))
                wrong.setdefault(link, set()).add(day)
    for rate, told in due.rates.items():
        guests = tuple(rate.guests) or (0,)
        for day, wanted, _ in told:
            cells += 1
            seen_rate = shown.get((rate.room.room_id, rate.rate_id, day), {})
            for name, value in zip(FIELDS, wanted, strict=True):
                for label, seen, true in _pairs(name, seen_rate, value, guests, closed=wanted.closed):
                    if not waiting(rate.room.room_type_id, day):
                        found.append(Difference(rate.room.name, rate.name, day, label, str(seen), str(true)))
                        wrong.setdefault(rate, set()).add(day)
    if repair and wrong:
        _tell_again(connection, wrong)
    standing_of(connection, now=now)
    said = Comparison(spell.first, spell.until, cells, len(found), tuple(found[:MOST_LISTED]))
    Standing.objects.filter(connection=connection).update(compared_at=now, differing=len(found), comparison=_kept(said))
    return said


def _kept(said: Comparison) -> dict[str, Any]:
    """Return a comparison as its connection's standing keeps it: the first of its differences."""
    return {
        "first": said.first.isoformat(),
        "until": said.until.isoformat(),
        "cells": said.cells,
        "differences": [
            [row.room, row.rate, row.day.isoformat(), row.field, row.shown, row.true]
            for row in said.differences[:MOST_KEPT]
        ],
    }


def last_comparison(standing: Standing | None) -> Comparison | None:
    """Return what the last comparison found (`standing.compared_at`), the first of its differences; None before any.

    No query.
    """
    kept = standing.comparison if standing is not None else {}
    if standing is None or not kept:
        return None
    return Comparison(
        date.fromisoformat(kept["first"]),
        date.fromisoformat(kept["until"]),
        kept["cells"],
        standing.differing or 0,
        tuple(
            Difference(room, rate, date.fromisoformat(day), name, shown, true)
            for room, rate, day, name, shown, true in kept["differences"]
        ),
    )


def _pairs(
    name: str, seen: Mapping[str, Any], value: Any, guests: tuple[int, ...], *, closed: bool
) -> list[tuple[str, Any, Any]]:
    """Return (field, shown, true) of what differs; what the channel does not show is nothing to compare."""
    if name == "prices":
        shown = seen.get("prices") or {}
        if closed or not value:
            return []
        return [
            (f"price for {count}" if count else "price", shown[count], price)
            for count, price in zip(guests, value, strict=True)
            if count in shown and shown[count] != price
        ]
    mine = seen.get(name)
    return [] if mine is None or mine == value else [(name, mine, value)]


def _by_day(spans: list[Span]) -> dict[tuple[str, str, date], dict[str, Any]]:
    days: dict[tuple[str, str, date], dict[str, Any]] = {}
    for span in spans:
        told = {
            name: getattr(span, name)
            for name in ("rooms", "prices", *(each for each in FIELDS if each != "prices"))
            if getattr(span, name) not in (None, {})
        }
        for day in each_day(span.first, span.until):
            days.setdefault((span.room_id, span.rate_id, day), {}).update(told)
    return days


def waiting_of(connection: Connection) -> Callable[[int | None, date], bool]:
    """Return whether a day of a room type waits to be told: it is no difference yet."""
    marks = list(Mark.objects.filter(connection=connection))

    def waits(room_type_id: int | None, day: date) -> bool:
        return any(
            (not each.room_type_ids or room_type_id in each.room_type_ids)
            and (each.first is None or each.first <= day)
            and (each.until is None or day < each.until)
            for each in marks
        )

    return waits


@transaction.atomic
def _tell_again(connection: Connection, wrong: Mapping[RoomLink | RateLink, set[date]]) -> None:
    """Forget what the channel was told of these days, and have them looked at: they are told as if never told."""
    days: set[date] = set()
    for link, own in wrong.items():
        days |= own
        if isinstance(link, RoomLink):
            ToldRooms.objects.filter(link=link, date__in=own, refused="").delete()
        else:
            ToldRate.objects.filter(link=link, date__in=own, refused="").delete()
    types = {link.room_type_id if isinstance(link, RoomLink) else link.room.room_type_id for link in wrong}
    mark(
        connection_row=connection,
        room_type_ids=[each for each in types if each is not None],
        first=min(days),
        until=max(days) + timedelta(days=1),
    )


def _room(link: RoomLink) -> ChannelRoom:
    rates = tuple(
        ChannelRate(rate.rate_id, rate.name, tuple(rate.guests), rate.read_only)
        for rate in link.rate_links.all()
        if rate.rate_plan_id is not None and rate.gone_at is None
    )
    return ChannelRoom(link.room_id, link.name, link.max_guests, rates)
