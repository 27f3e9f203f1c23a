"""Packing: giving rooms to those who have none, with as few moves as possible, each explained."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q

from bookings.availability.models import InventoryDay, Occupancy
from bookings.availability.selectors import nesting
from bookings.availability.services import inventory_lock
from bookings.lifecycle.allocation import Placement, Still, allocate, hold_still, live_nights
from bookings.lifecycle.services.placing import planned
from bookings.lifecycle.telling import snapshot, tell
from bookings.reservations.enums import EXPECTED
from bookings.reservations.models import Reservation
from pms.kernel.actors import Actor
from pms.kernel.dates import each_day, night_range
from pms.kernel.locking import lock, retried
from pms.kernel.ranges import span
from pms.properties.models import Property, RoomType, Unit


@dataclass(frozen=True, slots=True)
class Reassignment:
    """One move of a packing, and why."""

    reservation_code: str
    guest: str
    arrival: date
    departure: date
    from_unit: str
    to_unit: str
    why: str


@dataclass(slots=True)
class _Piece:
    """A stay in the puzzle. `unit_id` is where it lies; None: nowhere yet."""

    reservation: Reservation
    unit_id: int | None
    fits: bool


class _Board:
    """Who lies where: units of one type, with what cannot be moved."""

    def __init__(self, units: list[Unit], fixed: Iterable[tuple[int, date, date]]) -> None:
        self.units = {unit.pk: unit for unit in units}
        self.taken: dict[int, list[tuple[date, date, _Piece | None]]] = {unit.pk: [] for unit in units}
        for unit_id, begins, ends in fixed:
            if unit_id in self.taken:
                self.taken[unit_id].append((begins, ends, None))

    def lay(self, piece: _Piece, unit_id: int) -> None:
        row = piece.reservation
        self.taken[unit_id].append((row.arrival, row.departure, piece))
        piece.unit_id = unit_id

    def lift(self, piece: _Piece) -> None:
        if piece.unit_id is not None:
            self.taken[piece.unit_id] = [spell for spell in self.taken[piece.unit_id] if spell[2] is not piece]
            piece.unit_id = None

    def in_the_way(self, unit_id: int, arrival: date, departure: date) -> list[_Piece | None]:
        return [who for begins, ends, who in self.taken[unit_id] if begins < departure and arrival < ends]

    def in_service(self, unit_id: int, arrival: date, departure: date) -> bool:
        unit = self.units[unit_id]
        return unit.in_service_from <= arrival and (unit.in_service_until is None or unit.in_service_until >= departure)

    def tightest(self, piece: _Piece, besides: int | None = None) -> int | None:
        """Return the free unit that wastes the fewest nights around the stay, or None."""
        row = piece.reservation
        best: tuple[int, int, int] | None = None
        for unit_id, unit in self.units.items():
            if unit_id == besides or not self.in_service(unit_id, row.arrival, row.departure):
                continue
            if self.in_the_way(unit_id, row.arrival, row.departure):
                continue
            before = min(
                ((row.arrival - ends).days for _, ends, _ in self.taken[unit_id] if ends <= row.arrival), default=30
            )
            after = min(
                ((begins - row.departure).days for begins, _, _ in self.taken[unit_id] if begins >= row.departure),
                default=30,
            )
            score = (min(before, 30) + min(after, 30), unit.position, unit_id)
            best = min(best, score) if best else score
        return best[2] if best else None


@retried
@transaction.atomic
def reassign(
    *,
    property: Property,
    first: date,
    until: date,
    actor: Actor,
    apply: bool = True,
    room_type: RoomType | None = None,
) -> list[Reassignment]:
    """Pack the stays that lie within [first, until) better: whoever has no room gets one, with the fewest moves.

    Stays in house, pinned or reaching outside the range do not move (T12). With `apply` false nothing is written.
    Returns every move with its reason. Locks inventory days of the range, then the reservations in key order.
    """
    moves: list[Reassignment] = []
    types = [room_type] if room_type else list(RoomType.objects.filter(property=property).order_by("position", "pk"))
    tree = nesting(property_id=property.pk)
    types = [kind for kind in types if not tree.is_nested(kind.pk)]
    inventory = inventory_lock(room_type_ids=[kind.pk for kind in types], days=each_day(first, until))
    for kind in types:
        moves += _pack_type(
            property=property,
            room_type=kind,
            first=first,
            until=until,
            actor=actor,
            inventory=inventory if apply else None,
        )
    return moves


def _pack_type(
    *,
    property: Property,
    room_type: RoomType,
    first: date,
    until: date,
    actor: Actor,
    inventory: dict[tuple[int, date], InventoryDay] | None,
) -> list[Reassignment]:
    candidates = Reservation.objects.filter(
        property=property,
        status__in=EXPECTED,
        unit_pinned=False,
        arrival__gte=max(first, property.business_date),
        departure__lte=until,
        nights__consumed_type=room_type,
        nights__released_at=None,
        room_type=room_type,
    ).distinct()
    if not candidates.exclude(unassigned_reason="").exists():
        return []
    ids = list(candidates.values_list("pk", flat=True))
    rows = lock(
        Reservation.objects.filter(pk__in=ids).select_related("guest", "booking", "property", "room_type", "rate_plan")
    )
    board, pieces = _lay_out(room_type=room_type, rows=rows, first=first, until=until)
    waiting = sorted(
        (p for p in pieces if p.unit_id is None and p.fits),
        key=lambda p: (-p.reservation.nights_count, p.reservation.pk),
    )
    was = {piece.reservation.pk: piece.unit_id for piece in pieces}
    why: dict[int, str] = {}
    for piece in waiting:
        _fit(board, piece, why)
    changed = [piece for piece in pieces if piece.unit_id != was[piece.reservation.pk]]
    moves = [
        Reassignment(
            reservation_code=piece.reservation.code,
            guest=piece.reservation.guest.full_name,
            arrival=piece.reservation.arrival,
            departure=piece.reservation.departure,
            from_unit=board.units[unit].number if (unit := was[piece.reservation.pk]) is not None else "",
            to_unit=board.units[piece.unit_id].number if piece.unit_id is not None else "",
            why=why[piece.reservation.pk],
        )
        for piece in changed
    ]
    if inventory is not None and changed:
        _apply(changed=changed, board=board, inventory=inventory, actor=actor, why=why)
    return moves


def _lay_out(*, room_type: RoomType, rows: list[Reservation], first: date, until: date) -> tuple[_Board, list[_Piece]]:
    units = [
        unit
        for unit in Unit.objects.filter(room_type=room_type).order_by("position", "pk")
        if unit.in_service_from < until and (unit.in_service_until is None or unit.in_service_until > first)
    ]
    movable = {row.pk for row in rows}
    known = {unit.pk for unit in units}
    around = night_range(min([first, *(row.arrival for row in rows)]), max([until, *(row.departure for row in rows)]))
    here = Q(unit__in=units, nights__overlap=around)
    taken = list(
        Occupancy.objects.filter(here | Q(reservation_id__in=movable), active=True).values_list(
            "unit_id", "nights", "reservation_id"
        )
    )
    segments: dict[int, list[tuple[int, tuple[date, date]]]] = {}
    for unit_id, nights, reservation_id in taken:
        if reservation_id in movable:
            segments.setdefault(reservation_id, []).append((unit_id, span(nights)))
    # Whoever changes rooms, sleeps in another type's unit or has a room for some nights only was put there by a person.
    settled = {
        row.pk
        for row in rows
        if (where := segments.get(row.pk))
        and (len(where) > 1 or where[0][1] != (row.arrival, row.departure) or where[0][0] not in known)
    }
    board = _Board(units, [(u, *span(n)) for u, n, r in taken if r not in movable or r in settled])
    pieces = []
    for row in rows:
        if row.pk in settled:
            continue
        piece = _Piece(reservation=row, unit_id=None, fits=not row.is_overbooked)
        if row.pk in segments:
            board.lay(piece, segments[row.pk][0][0])
        pieces.append(piece)
    return board, pieces


def _fit(board: _Board, piece: _Piece, why: dict[int, str]) -> bool:
    """Find a unit for a piece: a free one, or one whose stays can each go elsewhere."""
    row = piece.reservation
    free = board.tightest(piece)
    if free is not None:
        board.lay(piece, free)
        why[row.pk] = f"{board.units[free].number} is free for the whole stay"
        return True
    return any(_make_way(board, piece, unit_id, blocking, why) for unit_id, blocking in _options(board, row))


def _options(board: _Board, row: Reservation) -> list[tuple[int, list[_Piece]]]:
    """Return the units in which only movable stays lie in the way, those with the fewest first."""
    options = []
    for unit_id in board.units:
        if not board.in_service(unit_id, row.arrival, row.departure):
            continue
        blocking = board.in_the_way(unit_id, row.arrival, row.departure)
        movable = [who for who in blocking if who is not None]
        if movable and len(movable) == len(blocking):
            options.append((unit_id, movable))
    return sorted(options, key=lambda option: (len(option[1]), option[0]))


def _make_way(board: _Board, piece: _Piece, unit_id: int, blocking: list[_Piece], why: dict[int, str]) -> bool:
    for who in blocking:
        board.lift(who)
    board.lay(piece, unit_id)
    placed: list[_Piece] = []
    for who in sorted(blocking, key=lambda p: -p.reservation.nights_count):
        elsewhere = board.tightest(who, besides=unit_id)
        if elsewhere is None:
            break
        board.lay(who, elsewhere)
        placed.append(who)
    if len(placed) == len(blocking):
        name = piece.reservation.guest.full_name
        why[piece.reservation.pk] = f"{board.units[unit_id].number} becomes free for the whole stay"
        for who in blocking:
            why[who.reservation.pk] = f"Makes way for {name}, who would have no room"
        return True
    for who in placed:
        board.lift(who)
    board.lift(piece)
    for who in blocking:
        board.lay(who, unit_id)
    return False


def _apply(
    *,
    changed: list[_Piece],
    board: _Board,
    inventory: dict[tuple[int, date], InventoryDay],
    actor: Actor,
    why: dict[int, str],
) -> None:
    tree = nesting(property_id=changed[0].reservation.property_id)
    befores = {piece.reservation.pk: snapshot(piece.reservation) for piece in changed}
    for piece in changed:
        Occupancy.objects.filter(reservation=piece.reservation).delete()
    for piece in changed:
        row = piece.reservation
        still = Still(reservation=row, inventory=inventory, nesting=tree, nights=live_nights(row))
        unit = board.units[piece.unit_id] if piece.unit_id is not None else None
        units = {night.date: unit for night in still.nights} if unit else {}
        allocate(still=still, nights=planned(still), placement=Placement(units=units, leave_unassigned=True))
        row.version += 1
        row.save()
        tell(reservation=row, kind="reassigned", actor=actor, before=befores[row.pk], reason=why[row.pk])


def assign_waiting(
    *, property: Property, actor: Actor, first: date | None = None, until: date | None = None
) -> list[Reservation]:
    """Give rooms to expected stays that have none, overbooked ones first, oldest booking first; return who got one.

    Each in its own transaction: whoever still finds no room keeps waiting.
    """
    waiting = Reservation.objects.filter(
        property=property, status__in=EXPECTED, departure__gt=property.business_date
    ).exclude(unassigned_reason="")
    if first is not None and until is not None:
        waiting = waiting.filter(arrival__lt=until, departure__gt=first)
    placed = []
    for reservation in waiting.order_by("-is_overbooked", "made_at", "pk"):
        row = _assign_one(reservation=reservation, actor=actor)
        if row is not None:
            placed.append(row)
    return placed


@retried
@transaction.atomic
def _assign_one(*, reservation: Reservation, actor: Actor) -> Reservation | None:
    still = hold_still(reservation=reservation)
    row = still.reservation
    if row.status not in EXPECTED or not row.unassigned_reason or not still.nights:
        return None
    before = snapshot(row)
    allocate(still=still, nights=planned(still), placement=Placement(accept_overbooking=True))
    after = snapshot(row)
    if after == before:
        return None
    row.version += 1
    row.save()
    tell(reservation=row, kind="assigned", actor=actor, before=before, reason="A room became free")
    return None if row.unassigned_reason else row
