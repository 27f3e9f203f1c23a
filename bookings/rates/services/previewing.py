"""What a change of prices would touch: nights on the books, channels, plans that follow, and what looks wrong."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bookings.rates.changing import Cell, ChangePreview, Doubt
from bookings.rates.enums import PRICE, UNATTENDED, Limit, Source
from bookings.rates.models import BasePrice, PlanChannel, RatePlan, Restriction
from bookings.rates.services.cells import cells_differing
from bookings.rates.services.judging import Names, cells_require
from pms.properties.models import Property, RoomType

#: A price below or above so many per cent of the pair's base price is asked about.
LOW_PERCENT, HIGH_PERCENT = 20, 500
CLOSING = frozenset({Limit.STOP_SELL, Limit.CLOSED_TO_ARRIVAL})
LENGTHS = frozenset({Limit.MIN_STAY_ARRIVAL, Limit.MIN_STAY_THROUGH, Limit.MAX_STAY})


@dataclass(slots=True)
class _Books:
    """What is sold in the touched cells. `arrivals` are found under type and plan, under either and under neither."""

    nights: int = 0
    reservations: set[int] = field(default_factory=set)
    arrivals: set[tuple[int | None, int | None, date]] = field(default_factory=set)


def change_preview(*, property: Property, cells: Sequence[Cell]) -> ChangePreview:
    """Return what publishing these cells would do; a fixed number of queries. Raises what change_draft raises of cells."""
    names = Names(property)
    cells_require(property=property, cells=cells, names=names)
    wished = [cells[place] for place, _ in cells_differing(property_id=property.pk, cells=cells)]
    return preview_of(property=property, names=names, cells=len(cells), wished=wished)


def preview_of(*, property: Property, names: Names, cells: int, wished: Sequence[Cell]) -> ChangePreview:
    """Return the preview of so many cells of which `wished` differ from what is set; they were judged before."""
    plans = names.rate_plans
    touched = {key for cell in wished for key in _plans_of(cell, plans)}
    derived = {
        key
        for name in {cell.field for cell in wished}
        for key in followers(
            plans=plans, of={key for cell in wished if cell.field == name for key in _plans_of(cell, plans)}, field=name
        )
    } - touched
    days = [cell.date for cell in wished]
    books = _books(property, wished, names)
    return ChangePreview(
        cells=cells,
        differing=len(wished),
        by_field=dict(Counter(cell.field for cell in wished)),
        first=min(days, default=None),
        last=max(days, default=None),
        nights=books.nights,
        reservations=len(books.reservations),
        sources=_sources(touched),
        derived=tuple(sorted(plans[key].code for key in derived)),
        doubts=tuple(_doubts(property, wished, names, books)),
    )


def followers(*, plans: Mapping[int, RatePlan], of: Collection[int], field: str) -> set[int]:
    """Return the plans that take a field from one of `of`, from child to grandchild while the switch is on (T23)."""
    children: dict[int, list[int]] = {}
    for key, plan in plans.items():
        if plan.parent_id is not None and plan.retired_at is None and field in plan.inherits:
            children.setdefault(plan.parent_id, []).append(key)
    found: set[int] = set()
    waiting = list(of)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found


def _plans_of(cell: Cell, plans: Mapping[int, RatePlan]) -> Collection[int]:
    return plans.keys() if cell.rate_plan_id is None else (cell.rate_plan_id,)


def _books(property: Property, wished: Sequence[Cell], names: Names) -> _Books:
    """Count live nights in the touched types, plans and dates; a plan that follows counts with the one it follows."""
    books = _Books()
    if not wished:
        return books
    touched: set[tuple[int | None, int | None, date]] = set()
    following: dict[tuple[int, str], set[int]] = {}
    for cell in wished:
        touched.add((cell.room_type_id, cell.rate_plan_id, cell.date))
        if cell.rate_plan_id is not None:
            pair = (cell.rate_plan_id, cell.field)
            if pair not in following:
                following[pair] = followers(plans=names.rate_plans, of=[cell.rate_plan_id], field=cell.field)
            touched.update((cell.room_type_id, key, cell.date) for key in following[pair])
    kinds = {cell.room_type_id for cell in wished}
    days = (min(cell.date for cell in wished), max(cell.date for cell in wished))
    types = RoomType.objects.filter(property=property)
    if None not in kinds:
        types = types.filter(pk__in=[kind for kind in kinds if kind is not None])
    # One filter for both conditions: two would join the nights twice.
    rows = types.filter(stay_nights__released_at=None, stay_nights__date__range=days).values_list(
        "pk",
        "stay_nights__rate_plan",
        "stay_nights__date",
        "stay_nights__reservation",
        "stay_nights__reservation__arrival",
    )
    for kind, plan, day, reservation, arrival in rows.iterator(chunk_size=5000):
        keys = ((kind, plan, day), (None, plan, day), (kind, None, day), (None, None, day))
        if touched.isdisjoint(keys):
            continue
        books.nights += 1
        books.reservations.add(reservation)
        if arrival == day:
            books.arrivals.update(keys)
    return books


def _sources(touched: Collection[int]) -> tuple[str, ...]:
    """Return the unattended sources at which at least one of the plans is sold; without a row a plan is sold."""
    if not touched:
        return ()
    closed = Counter(PlanChannel.objects.filter(rate_plan__in=touched, is_open=False).values_list("source", flat=True))
    return tuple(source.value for source in Source if source in UNATTENDED and closed[source.value] < len(touched))


def _doubts(property: Property, wished: Sequence[Cell], names: Names, books: _Books) -> Iterator[Doubt]:
    low, high = _absurd(property, wished, names)
    if low:
        yield _doubt("price_low", f"below {LOW_PERCENT} % of the base price", low, names)
    if high:
        yield _doubt("price_high", f"above {HIGH_PERCENT} % of the base price", high, names)
    crossed = _crossed(property, wished)
    if crossed:
        yield _doubt("min_above_max", "a minimum stay above the maximum: nobody can stay", crossed, names)
    closing = [cell for cell in wished if cell.field in CLOSING and cell.value == 1 and cell[:3] in books.arrivals]
    if closing:
        yield _doubt("closed_with_arrivals", "closed, and guests who have booked arrive", closing, names)


def _doubt(code: str, sentence: str, cells: Sequence[Cell], names: Names) -> Doubt:
    first = cells[0]
    value = f" ({names.value(first.field, first.value)})" if first.field == PRICE else ""
    more = f", and {len(cells) - 1:,} more" if len(cells) > 1 else ""
    place = names.place(first)
    return Doubt(code, f"{place[0].upper()}{place[1:]}{value}: {sentence}{more}.", len(cells), first)


def _absurd(property: Property, wished: Sequence[Cell], names: Names) -> tuple[list[Cell], list[Cell]]:
    """Return the prices far below and far above the base price of their pair, or of the nearest plan it derives from."""
    priced = [cell for cell in wished if cell.field == PRICE and cell.value is not None]
    if not priced:
        return [], []
    stored = {
        (kind, plan): price
        for kind, plan, price in BasePrice.objects.filter(rate_plan__property=property).values_list(
            "room_type_id", "rate_plan_id", "price_minor"
        )
    }
    bases: dict[tuple[int | None, int | None], int | None] = {}
    low: list[Cell] = []
    high: list[Cell] = []
    for cell in priced:
        pair = (cell.room_type_id, cell.rate_plan_id)
        if pair not in bases:
            bases[pair] = _base(pair, stored, names.rate_plans)
        base = bases[pair]
        if base and cell.value is not None:
            if cell.value * 100 < base * LOW_PERCENT:
                low.append(cell)
            elif cell.value * 100 > base * HIGH_PERCENT:
                high.append(cell)
    return low, high


def _base(
    pair: tuple[int | None, int | None], stored: Mapping[tuple[int, int], int], plans: Mapping[int, RatePlan]
) -> int | None:
    kind, plan = pair
    for _ in range(len(plans)):
        if kind is None or plan is None:
            return None
        if (kind, plan) in stored:
            return stored[kind, plan]
        plan = plans[plan].parent_id
    return None


def _crossed(property: Property, wished: Sequence[Cell]) -> list[Cell]:
    """Return cells after which the least stay of their row is above its greatest."""
    lengths = [cell for cell in wished if cell.field in LENGTHS]
    if not lengths:
        return []
    rows: dict[tuple[int | None, int | None, date], dict[str, int | None]] = {}
    names = sorted(LENGTHS)
    for kind, plan, day, *values in Restriction.objects.filter(
        property=property, date__range=(min(cell.date for cell in lengths), max(cell.date for cell in lengths))
    ).values_list("room_type_id", "rate_plan_id", "date", *names):
        rows[kind, plan, day] = dict(zip(names, values, strict=True))
    for cell in lengths:
        rows.setdefault(cell[:3], {})[cell.field] = cell.value
    return [cell for cell in lengths if _is_crossed(rows[cell[:3]])]


def _is_crossed(row: Mapping[str, int | None]) -> bool:
    most = row.get(Limit.MAX_STAY)
    least = max(row.get(Limit.MIN_STAY_ARRIVAL) or 0, row.get(Limit.MIN_STAY_THROUGH) or 0)
    return most is not None and least > most
