"""What a channel was last told, cell by cell, beside what is true now. A fixed number of queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import prefetch_related_objects

from bookings.rates.outward import Outward
from channels.connections.models import Connection, RateLink, RoomLink
from channels.sync.comparing import waiting_of
from channels.sync.enums import Anew
from channels.sync.models import ToldRate, ToldRooms
from channels.sync.telling import FIELDS, Cells, Spell, cells_due
from pms.kernel.dates import each_day

#: So many days stand side by side.
SHOWN_DAYS = 14
_ROOMS = ("link_id", "date", "told_at", "refused", "rooms")
_RATE = ("link_id", "date", "told_at", "refused", *FIELDS)
_NONE: frozenset[str] = frozenset()


class _Known(NamedTuple):
    """What the channel was last told of a day: a count or an Outward, None for nothing."""

    value: Any
    told_at: datetime | None
    refused: str


_NEVER = _Known(None, None, "")


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of a room or a rate. `told` is what the channel took last, None where it was told nothing; `true` what is so.

    A room's values are counts, a rate's are Outward. `differs` names the fields that differ; what waits to be told is
    `waiting`, what the channel refused is `refused` with its code.
    """

    day: date
    told: Any
    true: Any
    told_at: datetime | None
    refused: str
    waiting: bool
    differs: frozenset[str]

    @property
    def rows(self) -> list[tuple[str, Any, Any, bool]]:
        """Each field as (name, told, true, differs)."""
        if not isinstance(self.true, Outward):
            return [("rooms", self.told, self.true, "rooms" in self.differs)]
        return [
            (
                name,
                None if self.told is None else getattr(self.told, name),
                getattr(self.true, name),
                name in self.differs,
            )
            for name in FIELDS
        ]


@dataclass(frozen=True, slots=True)
class Line:
    """A room (`rate` None) or a rate with its days in order."""

    room: RoomLink
    rate: RateLink | None
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """The channel's own name."""
        return str(self.rate or self.room)

    @property
    def ours(self) -> str:
        """What it is here."""
        row = self.rate.rate_plan if self.rate else self.room.room_type
        return "" if row is None else row.name


def named(cells: Cells) -> Cells:
    """Return cells with the types and plans that they are of at hand. Two queries."""
    prefetch_related_objects(list(cells.rooms), "room_type")
    prefetch_related_objects(list(cells.rates), "rate_plan")
    return cells


def cells_shown(connection: Connection, *, first: date, days: int, now: datetime) -> list[Line]:
    """Return the days [first, first + days) of everything that is mapped: rooms, and below each its rates."""
    until = first + timedelta(days=days)
    true = named(cells_due(connection=connection, spell=Spell(first, until, None, Anew.ALL), now=now))
    span = {"date__gte": first, "date__lt": until}
    # Rows as tuples: there are thousands, and as models each costs ten times as much.
    counted = ToldRooms.objects.filter(link__connection=connection, **span).values_list(*_ROOMS)
    rooms = {(link_id, day): _Known(count, at, refused) for link_id, day, at, refused, count in counted}
    priced = ToldRate.objects.filter(link__room__connection=connection, **span).values_list(*_RATE)
    rates = {
        (link_id, day): _Known(Outward(tuple(prices), *rest), at, refused)
        for link_id, day, at, refused, prices, *rest in priced
    }
    waits = waiting_of(connection)
    lines: list[Line] = []
    for link, counts in sorted(true.rooms.items(), key=lambda pair: (pair[0].name, pair[0].room_id)):
        cells = []
        for day, count in counts:
            row = rooms.get((link.pk, day), _NEVER)
            told = row.value
            differs = _NONE if told == count else frozenset({"rooms"})
            waiting = bool(differs) and waits(link.room_type_id, day)
            cells.append(_cell(day, told, count, row, waiting=waiting, differs=differs))
        lines.append(Line(link, None, tuple(cells)))
        of_room = [rate for rate in true.rates if rate.room_id == link.pk]
        for rate in sorted(of_room, key=lambda each: (each.name, each.rate_id)):
            known = {day: wanted for day, wanted, _ in true.rates[rate]}
            lines.append(Line(link, rate, tuple(_rate_cells(rate, known, rates, waits, list(each_day(first, until))))))
    return lines


def _rate_cells(
    rate: RateLink,
    known: Mapping[date, Outward],
    rates: Mapping[tuple[int, date], _Known],
    waits: Any,
    days: list[date],
) -> list[Cell]:
    cells = []
    for day in days:
        row, true = rates.get((rate.pk, day), _NEVER), known[day]
        told = row.value
        differs = frozenset(FIELDS) if told is None else _differs(told, true)
        waiting = bool(differs) and waits(rate.room.room_type_id, day)
        cells.append(_cell(day, told, true, row, waiting=waiting, differs=differs))
    return cells


def _differs(told: Outward, true: Outward) -> frozenset[str]:
    """Return the fields that differ; a day without a price keeps the one that the channel shows, and is closed."""
    if told == true:
        return _NONE
    return frozenset(
        name
        for name, had, wanted in zip(FIELDS, told, true, strict=True)
        if had != wanted and not (name == "prices" and not wanted)
    )


def _cell(day: date, told: Any, true: Any, row: _Known, *, waiting: bool, differs: frozenset[str]) -> Cell:
    return Cell(
        day=day,
        told=told,
        true=true,
        told_at=row.told_at,
        refused=row.refused,
        waiting=waiting,
        differs=differs,
    )
