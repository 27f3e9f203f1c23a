"""What one channel is told of the days of the rates calendar, to stand beside our own prices. A fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from channels.connections.enums import State
from channels.connections.models import Connection, RateLink
from channels.connections.services import facts_of
from channels.sync.selectors import connections_of
from channels.sync.showing import Cell, cells_shown
from channels.sync.telling import horizon
from pms.frontdesk.chart.window import Choice
from pms.frontdesk.desk import Desk
from pms.frontdesk.rates.window import Window
from pms.kernel.money import exponent


class There(NamedTuple):
    """A day at the channel: the price for as many guests as our own is (None: no price), or the rooms left.

    `standing`: "" the channel knows it, "w" it waits to be told, "r" the channel refused it, "d" it shows something else.
    """

    value: int | None
    closed: bool
    standing: str


@dataclass(frozen=True, slots=True)
class Layer:
    """What `connection` is told by day: rates by keys of room type and plan, rooms by key of the type. A pair that is
    not in `rates` is not sold there; `decimals` are those of the currency."""

    connection: Connection
    rates: Mapping[tuple[int, int], Mapping[date, There]]
    rooms: Mapping[int, Mapping[date, There]]
    decimals: int


def channels_offered(desk: Desk) -> list[Connection]:
    """Return the connections that are told something, for whoever may see channels here. One query."""
    if not desk.allows("channels.view"):
        return []
    return [row for row in connections_of([desk.property]) if row.state != State.DRAFT]


def layer_read(*, connection: Connection, window: Window, now: datetime) -> Layer:
    """Return what a connection is told of a window's days, from the business date to as far as it is told at all.

    Where several of the channel's rooms or rates are the same here, the first by name speaks for all: they are told alike.
    """
    first, until = max(window.first, window.today), min(window.until, horizon(connection, facts_of(connection)))
    rates: dict[tuple[int, int], dict[date, There]] = {}
    rooms: dict[int, dict[date, There]] = {}
    lines = cells_shown(connection, first=first, days=(until - first).days, now=now) if first < until else []
    for line in lines:
        kind = line.room.room_type_id or 0
        if line.rate is None:
            rooms.setdefault(kind, {cell.day: There(cell.true, False, _standing(cell)) for cell in line.cells})
        else:
            at = _place(line.rate)
            rates.setdefault((kind, line.rate.rate_plan_id or 0), {cell.day: _there(cell, at) for cell in line.cells})
    return Layer(connection, rates, rooms, exponent(connection.property.currency))


def _place(rate: RateLink) -> int:
    """Return which of a rate's prices is for as many guests as our own: the first where none is."""
    kind = rate.room.room_type
    base = kind.base_occupancy if kind is not None else 0
    return rate.guests.index(base) if base in rate.guests else 0


def _there(cell: Cell, at: int) -> There:
    prices = cell.true.prices
    return There(prices[at] if at < len(prices) else None, cell.true.closed, _standing(cell))


def _standing(cell: Cell) -> str:
    if cell.refused:
        return "r"
    return "" if not cell.differs else "w" if cell.waiting else "d"


def channel_choices(window: Window, connections: Sequence[Connection]) -> dict[str, object]:
    """Return the links that show a channel's prices, by the names that the template uses; `channel_next` is the next one
    of none and all of them, for the key."""
    rows = [("", "Our own alone"), *((row.code, row.name) for row in connections)]
    at = next((index for index, (code, _) in enumerate(rows) if code == window.channel), 0)
    code, name = rows[(at + 1) % len(rows)]
    return {
        "channels": [Choice(label, window.address(channel=each), each == rows[at][0]) for each, label in rows],
        "channel_next": Choice(name, window.address(channel=code), current=at > 0),
    }
