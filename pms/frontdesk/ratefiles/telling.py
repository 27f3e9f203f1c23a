"""Changes of prices as pages show them: ranges in words, what a preview says, where one is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bookings.rates.changing import CellMoved, ChangePreview
from bookings.rates.enums import Source
from bookings.rates.services.judging import Names, field_label
from bookings.rates.versions import CellRange
from pms.frontdesk.desk import Desk, url_or_empty

#: How many cells that hold another value are shown one by one.
MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class RangeLine:
    """One line of a change: for whom, which field, when, and both values in words."""

    room_type: str
    rate_plan: str
    field: str
    days: str
    count: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class MovedLine:
    """A cell that holds another value than expected, in words."""

    where: str
    field: str
    expected: str
    current: str


@dataclass(frozen=True, slots=True)
class Tab:
    """A page about prices."""

    label: str
    url: str
    current: bool


def tabs(desk: Desk, here: str) -> list[Tab]:
    """Return the pages about prices that there are and that the user may open."""
    pages = (
        ("desk:rates", "Calendar", "rates.view"),
        ("desk:rate-changes", "Changes", "rates.manage"),
        ("desk:rate-import", "Import", "rates.manage"),
        ("desk:rate-export", "Export", "rates.view"),
    )
    return [
        Tab(label, url, name == here)
        for name, label, permission in pages
        if desk.allows(permission) and (url := url_or_empty(name))
    ]


def range_lines(ranges: Iterable[CellRange], names: Names) -> list[RangeLine]:
    """Return ranges in words."""
    return [
        RangeLine(
            room_type=names.room_types[row.room_type_id].code if row.room_type_id is not None else "",
            rate_plan=names.rate_plans[row.rate_plan_id].code if row.rate_plan_id is not None else "",
            field=field_label(row.field),
            days=days_told(row.first, row.last),
            count=row.days,
            before=names.value(row.field, row.before),
            after=names.value(row.field, row.after),
        )
        for row in ranges
    ]


def moved_lines(moved: Sequence[CellMoved], names: Names) -> list[MovedLine]:
    """Return the first cells that hold another value, in words."""
    return [
        MovedLine(
            where=names.where(row.room_type_id, row.rate_plan_id, row.date),
            field=field_label(row.field),
            expected=names.value(row.field, row.expected),
            current=names.value(row.field, row.current),
        )
        for row in moved[:MOST_SHOWN]
    ]


def preview_told(preview: ChangePreview) -> dict[str, Any]:
    """Return a preview as the pages show it."""
    return _told(
        preview.by_field,
        preview.sources,
        {
            "cells": preview.cells,
            "differing": preview.differing,
            "nights": preview.nights,
            "reservations": preview.reservations,
            "derived": list(preview.derived),
            "doubts": [doubt.message for doubt in preview.doubts],
            "days": days_told(preview.first, preview.last),
        },
    )


def stored_preview_told(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the preview that a dry run left behind."""
    if not stored:
        return {}
    first, last = (date.fromisoformat(stored[name]) if stored[name] else None for name in ("first", "last"))
    return _told(stored["by_field"], stored["sources"], {**stored, "days": days_told(first, last)})


def days_told(first: date | None, last: date | None) -> str:
    """Return days as short as they can be: 3 May 2027; 3 to 9 May 2027; with a dash."""
    if first is None or last is None:
        return ""
    dash = "\N{EN DASH}"
    if first == last:
        return f"{first:%-d %b %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{dash}{last:%-d %b %Y}"
    if first.year == last.year:
        return f"{first:%-d %b} {dash} {last:%-d %b %Y}"
    return f"{first:%-d %b %Y} {dash} {last:%-d %b %Y}"


def _told(by_field: Mapping[str, int], sources: Iterable[str], rest: Mapping[str, Any]) -> dict[str, Any]:
    counts = sorted(by_field.items(), key=lambda item: -item[1])
    return {
        **rest,
        "fields": [(field_label(field), count) for field, count in counts],
        "channels": [str(Source(source).label) for source in sources],
    }
