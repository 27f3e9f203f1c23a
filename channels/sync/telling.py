"""What a connection has to be told: what is true now, less what the channel shows already, as spans of days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from bookings.rates.enums import Source
from bookings.rates.loading import load
from bookings.rates.outward import Asked, Outward, base_guests, rates_outward, rooms_outward
from channels.adapters.base import Facts, Span
from channels.connections.models import Connection, RateLink, RoomLink
from channels.connections.services import facts_of
from channels.sync.enums import Anew
from channels.sync.models import Mark, ToldRate, ToldRooms
from pms.kernel.dates import each_day

V = TypeVar("V")

#: Marked spells that lie no farther apart are read together.
NEAR = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class Spell:
    """Days [first, until) of room types (None: all) that were marked."""

    first: date
    until: date
    room_types: frozenset[int] | None
    anew: Anew


@dataclass(slots=True)
class Cells:
    """What is to be told, day by day: rooms by link, rates by link, with which fields differ from what was told."""

    rooms: dict[RoomLink, list[tuple[date, int]]] = field(default_factory=dict)
    rates: dict[RateLink, list[tuple[date, Outward, frozenset[str]]]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many cells there are."""
        return sum(map(len, self.rooms.values())) + sum(map(len, self.rates.values()))


#: The fields of a rate, each told by itself (T27).
FIELDS = Outward._fields


def spells_of(marks: Sequence[Mark], *, today: date, until: date) -> list[Spell]:
    """Return the days that marks ask to look at within [today, until), those that lie close together as one."""
    raw = sorted(
        (
            Spell(max(mark.first or today, today), min(mark.until or until, until), types, Anew(mark.anew))
            for mark in marks
            for types in [frozenset(mark.room_type_ids) or None]
        ),
        key=lambda spell: (spell.anew, spell.first),
    )
    spells: list[Spell] = []
    for spell in raw:
        if spell.first >= spell.until:
            continue
        last = spells[-1] if spells else None
        if last is not None and last.anew == spell.anew and spell.first <= last.until + NEAR:
            both = None if None in (last.room_types, spell.room_types) else last.room_types | spell.room_types  # type: ignore[operator]
            spells[-1] = Spell(last.first, max(last.until, spell.until), both, spell.anew)
        else:
            spells.append(spell)
    everything = [spell for spell in spells if spell.anew is Anew.ALL and spell.room_types is None]
    return [
        spell
        for spell in spells
        if spell in everything
        or not any(whole.first <= spell.first and spell.until <= whole.until for whole in everything)
    ]


def horizon(connection: Connection, facts: Facts) -> date:
    """Return the first day that a connection is not told any more."""
    return connection.property.business_date + timedelta(days=min(connection.days_ahead, facts.days_ahead))


def cells_due(*, connection: Connection, spell: Spell, now: datetime) -> Cells:
    """Return the cells of a spell that differ from what the channel was told; all of them where it asks for `anew`.

    A fixed number of queries. `now` is a UTC instant: what is too soon to arrive depends on it.
    """
    days = list(each_day(spell.first, spell.until))
    links = [
        link
        for link in connection.room_links.filter(room_type__isnull=False, gone_at=None).prefetch_related("rate_links")
        if spell.room_types is None or link.room_type_id in spell.room_types
    ]
    if not links:
        return Cells()
    rates = [(link, rate) for link in links for rate in link.rate_links.all() if _is_told(rate)]
    snapshot = load(
        property=connection.property,
        first=spell.first,
        until=spell.until,
        at=now,
        source=Source(connection.sold_as),
        room_type_ids={link.room_type_id for link in links if link.room_type_id},
        rate_plan_ids={rate.rate_plan_id for _, rate in rates if rate.rate_plan_id},
    )
    base = base_guests(snapshot)
    asked = {rate: asked_of(link, rate, base) for link, rate in rates}
    told = rates_outward(snapshot, list(set(asked.values())), days, now=now)
    facts = facts_of(connection)
    due = Cells()
    # What is told anew is told whatever the channel shows.
    known_rooms, known_rates = ({}, {}) if spell.anew is Anew.ALL else _known(links, [rate for _, rate in rates], spell)
    for link in links:
        counts = [
            min(count, facts.most_rooms)
            for count in rooms_outward(snapshot, link.room_type_id or 0, days, keep_back=connection.keep_back)
        ]
        had = known_rooms.get(link.pk, {})
        rows = [(day, count) for day, count in zip(days, counts, strict=True) if spell.anew or had.get(day) != count]
        if rows:
            due.rooms[link] = rows
    for _, rate in rates:
        shown = known_rates.get(rate.pk, {})
        found = [
            (day, wanted, changed)
            for day, wanted in zip(days, (fitted(each, facts) for each in told[asked[rate]]), strict=True)
            if (changed := _changed(wanted, None if spell.anew is Anew.ALL else shown.get(day)))
        ]
        if found:
            due.rates[rate] = found
    return due


def _is_told(rate: RateLink) -> bool:
    return rate.rate_plan_id is not None and not rate.read_only and rate.gone_at is None


def fitted(wanted: Outward, facts: Facts) -> Outward:
    """Return what is told to a channel that knows only one kind of minimum stay: the longer of both, in its kind."""
    if facts.keeps_min_stay >= {"arrival", "through"}:
        return wanted
    longest = max(wanted.min_stay_arrival, wanted.min_stay_through)
    if "arrival" in facts.keeps_min_stay:
        return wanted._replace(min_stay_arrival=longest, min_stay_through=1)
    return wanted._replace(min_stay_arrival=1, min_stay_through=longest)


def asked_of(link: RoomLink, rate: RateLink, base: Mapping[int, int]) -> Asked:
    """Return the pair of a rate, with the numbers of guests that the channel takes a price for."""
    room_type_id = link.room_type_id or 0
    return Asked(room_type_id, rate.rate_plan_id or 0, tuple(rate.guests) or (base.get(room_type_id, 1),))


ALL = frozenset(FIELDS)


def _changed(wanted: Outward, shown: Outward | None) -> frozenset[str]:
    """Return the fields that differ; a day without a price keeps the price that the channel shows, and is closed."""
    if shown == wanted:
        return frozenset()
    if shown is None:
        return ALL if wanted.prices else ALL - {"prices"}
    return frozenset(
        name
        for name, new, old in zip(FIELDS, wanted, shown, strict=True)
        if new != old and not (name == "prices" and not new)
    )


def _known(
    links: Iterable[RoomLink], rates: Iterable[RateLink], spell: Spell
) -> tuple[dict[int, dict[date, int]], dict[int, dict[date, Outward]]]:
    within: dict[str, Any] = {"date__gte": spell.first, "date__lt": spell.until, "doubtful": False}
    rooms: dict[int, dict[date, int]] = {}
    for link_id, day, count in ToldRooms.objects.filter(link__in=list(links), **within).values_list(
        "link_id", "date", "rooms"
    ):
        rooms.setdefault(link_id, {})[day] = count
    shown: dict[int, dict[date, Outward]] = {}
    for link_id, day, prices, *rest in ToldRate.objects.filter(link__in=list(rates), **within).values_list(
        "link_id", "date", *FIELDS
    ):
        shown.setdefault(link_id, {})[day] = Outward(tuple(prices), *rest)
    return rooms, shown


def spans_of(cells: Cells) -> list[Span]:
    """Return cells as spans: consecutive days that are told the same are one. Rooms first, nearest days first."""
    spans = [
        Span(link.room_id, "", first, until, rooms=count)
        for link, rows in cells.rooms.items()
        for first, until, count in _runs(rows)
    ]
    for rate, found in cells.rates.items():
        merged = [(day, (wanted, changed)) for day, wanted, changed in found]
        for first, until, (wanted, changed) in _runs(merged):
            prices = dict(zip(rate.guests or (0,), wanted.prices, strict=True)) if "prices" in changed else {}
            told = {name: getattr(wanted, name) for name in changed if name != "prices"}
            spans.append(Span(rate.room.room_id, rate.rate_id, first, until, prices=prices, **told))
    return spans


def _runs(rows: Sequence[tuple[date, V]]) -> list[tuple[date, date, V]]:
    """Return runs of consecutive days with one value as (first, until, value)."""
    runs: list[tuple[date, date, V]] = []
    one = timedelta(days=1)
    for day, value in rows:
        if runs and runs[-1][1] == day and runs[-1][2] == value:
            runs[-1] = (runs[-1][0], day + one, value)
        else:
            runs.append((day, day + one, value))
    return runs
