"""Rows from structure and bars: lanes for what has no unit, shadows where a part or the whole of a unit is taken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pms.frontdesk.chart.selectors import Bar, Group, TypeLine, UnitLine

#: A bar that stands for another unit's: the whole of a part, or a part of the whole, is taken.
LINKED = "linked"
#: Before a unit came into service or after it left.
NOT_IN_SERVICE = "not_in_service"


@dataclass(frozen=True, slots=True)
class TypeRow:
    """The availability line of a room type."""

    line: TypeLine


@dataclass(frozen=True, slots=True)
class LaneRow:
    """Reservations of a type that wait for a unit; as many lanes as overlap."""

    line: TypeLine
    bars: tuple[Bar, ...]
    number: int


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit and, once `rows_filled`, what takes it."""

    unit: UnitLine
    bars: tuple[Bar, ...] = ()


Row = TypeRow | LaneRow | UnitRow
#: By unit key, the keys of the units it contains and those it is contained in.
Relatives = Mapping[int, Sequence[int]]


def of_type(groups: Iterable[Group], code: str) -> list[Group]:
    """Return one room type alone, its parts of other units among its own; all types when there is none of that code."""
    everything = list(groups)
    chosen = next((group.line for group in everything if group.line.code == code), None)
    if chosen is None:
        return everything
    own = [unit for group in everything for unit in group.units if unit.room_type == chosen.key]
    own.sort(key=lambda unit: (unit.position, unit.number))
    return [Group(chosen, tuple(replace(unit, depth=0, type_name="") for unit in own))]


def rows_of(groups: Iterable[Group], unassigned: Iterable[Bar], *, first: date, until: date) -> list[Row]:
    """Return every row of the chart in order; the bars of units come later, for the rows that are drawn."""
    waiting: dict[int | None, list[Bar]] = {}
    for bar in unassigned:
        if bar.arrival < until and bar.departure >= first:
            waiting.setdefault(bar.room_type, []).append(bar)
    rows: list[Row] = []
    for group in groups:
        rows.append(TypeRow(group.line))
        lanes = packed(waiting.get(group.line.key, []))
        rows += [LaneRow(group.line, bars, number) for number, bars in enumerate(lanes)]
        rows += [UnitRow(unit) for unit in group.units]
    return rows


def packed(bars: Sequence[Bar]) -> list[tuple[Bar, ...]]:
    """Return the bars in as few lanes as they fit without overlapping."""
    lanes: list[list[Bar]] = []
    for bar in sorted(bars, key=lambda bar: (bar.arrival, bar.departure)):
        for lane in lanes:
            if lane[-1].departure <= bar.arrival:
                lane.append(bar)
                break
        else:
            lanes.append([bar])
    return [tuple(lane) for lane in lanes]


def rows_filled(
    rows: Iterable[Row], bars: Iterable[Bar], relatives: Relatives, *, first: date, until: date
) -> list[Row]:
    """Return the rows with the bars of their units, and the shadows of those units' relatives."""
    taken: dict[int | None, list[Bar]] = {}
    for bar in bars:
        taken.setdefault(bar.unit, []).append(bar)
    filled: list[Row] = []
    for row in rows:
        if not isinstance(row, UnitRow):
            filled.append(row)
            continue
        own = list(taken.get(row.unit.key, []))
        shadows = [bar for relative in relatives.get(row.unit.key, ()) for bar in taken.get(relative, ())]
        own += _shadows(row.unit, shadows)
        own += _out_of_service(row.unit, first, until)
        own.sort(key=lambda bar: (bar.arrival, bar.departure))
        filled.append(UnitRow(row.unit, tuple(own)))
    return filled


def relatives_of(units: Sequence[UnitLine]) -> Relatives:
    """Return, by unit key, the units it contains and those it is contained in."""
    parents = {unit.key: unit.parent for unit in units}
    relatives: dict[int, list[int]] = {}
    for unit in units:
        above = unit.parent
        while above in parents:
            relatives.setdefault(unit.key, []).append(above)
            relatives.setdefault(above, []).append(unit.key)
            above = parents[above]
    return relatives


def _shadows(unit: UnitLine, bars: Sequence[Bar]) -> list[Bar]:
    """Return the nights on which a part of the unit, or the whole it belongs to, is taken: each night once."""
    words = "The whole is taken" if unit.parent else "A part is taken"
    merged: list[Bar] = []
    for bar in sorted(bars, key=lambda bar: bar.arrival):
        if merged and bar.arrival <= merged[-1].departure:
            longer = max(bar.departure, merged[-1].departure)
            merged[-1] = replace(merged[-1], departure=longer)
        else:
            merged.append(Bar(unit.key, None, bar.arrival, bar.departure, LINKED, reason=words))
    return merged


def _out_of_service(unit: UnitLine, first: date, until: date) -> list[Bar]:
    gaps = []
    if unit.in_service_from > first:
        gaps.append(Bar(unit.key, None, first, unit.in_service_from, NOT_IN_SERVICE, reason="Not in service yet"))
    if unit.in_service_until is not None and unit.in_service_until < until:
        gaps.append(Bar(unit.key, None, unit.in_service_until, until, NOT_IN_SERVICE, reason="Left service"))
    return gaps
