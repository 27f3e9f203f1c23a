"""What forbids a sale: every rule that refuses a room type on a rate plan, with its date and value. Pure.

Each code is named once for a pair, on the first day on which it refuses; the longest minimum stay through on the night
that asks it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from bookings.rates import windows
from bookings.rates.enums import Limit, Source
from bookings.rates.gaps import LOWERED, gap_filled
from bookings.rates.quoting import REFUSALS, Lowered, Refusal
from bookings.rates.snapshot import PlanFacts, Scope, Snapshot, TypeFacts
from bookings.rates.stays import Stay
from bookings.rates.told import counted, day_name
from pms.kernel.dates import local_instant

POSITIONS = {limit: position for position, limit in enumerate(Limit)}
CLOSING = frozenset({Limit.CLOSED_TO_ARRIVAL, Limit.CLOSED_TO_DEPARTURE, Limit.STOP_SELL})
_ORDER = {code: position for position, code in enumerate(REFUSALS)}


class Said(NamedTuple):
    """What a restriction says: the value, on which day, and the row it stands in."""

    value: int
    day: date
    scope: Scope


class Broken(NamedTuple):
    """A limit that refuses: the sentence without its subject, and what its row says."""

    limit: Limit
    sentence: str
    row: Said


class Limits:
    """The rules that refuse pairs of one stay. What is the same for many pairs is asked once."""

    def __init__(self, snapshot: Snapshot, stay: Stay, *, check_inventory: bool = True) -> None:
        self.snapshot = snapshot
        self.stay = stay
        self.check_inventory = check_inventory
        self._party = stay.party.adults, stay.party.children
        self._of_types: dict[int, list[Refusal]] = {}
        self._of_plans: dict[int, list[Refusal]] = {}
        self._of_rows: dict[tuple[Scope, ...], list[Broken]] = {}
        self._gaps: dict[int, str] = {}
        named = {plan for _, plan in snapshot.restrictions if plan is not None}
        #: Whether some row names the plan or somebody whom it takes something from.
        self._named = {
            plan: bool(named) and not named.isdisjoint({plan, *_forebears(snapshot, plan)}) for plan in snapshot.plans
        }
        self._open_scopes = {
            kind: tuple(scope for scope in ((kind, None), (None, None)) if scope in snapshot.restrictions)
            for kind in snapshot.types
        }

    def refusals(self, plan: PlanFacts, kind: TypeFacts) -> list[Refusal]:
        """Return every rule that refuses the pair, prices aside."""
        of_type, of_plan = self._of_type(kind), self._of_plan(plan)
        broken = self._broken(plan, kind)
        if broken and plan.fills_gaps and self._gap(kind):
            broken = [row for row in broken if row.limit not in LOWERED]
        if not (of_type or of_plan or broken):
            return []
        found = [*of_type, *of_plan, *(_refusal(self.snapshot, plan, kind, row) for row in broken)]
        return [refusal_of(refusal, plan, kind) for refusal in found]

    def alone(self, pairs: Sequence[tuple[PlanFacts, TypeFacts]]) -> tuple[set[int], set[int]]:
        """Return the plans and the types of the pairs that refuse by themselves, whatever prices and restrictions say."""
        plans = {plan.id: plan for plan, _ in pairs}
        types = {kind.id: kind for _, kind in pairs}
        return (
            {key for key, plan in plans.items() if self._of_plan(plan)},
            {key for key, kind in types.items() if self._refuses(kind)},
        )

    def _refuses(self, kind: TypeFacts) -> bool:
        """Whether the type itself refuses; why is put into words only where somebody asks."""
        if self._fits(kind):
            self._of_types[kind.id] = []
            return False
        return self.stay.kept is None or bool(self._of_type(kind))

    def _of_type(self, kind: TypeFacts) -> list[Refusal]:
        found = self._of_types.get(kind.id)
        if found is None and self._fits(kind):
            found = self._of_types[kind.id] = []
        if found is None:
            rooms = _of_rooms(self.snapshot, self.stay, kind) if self.check_inventory else ()
            found = self._of_types[kind.id] = [*_of_type(self.stay, kind), *rooms]
        return found

    def _fits(self, kind: TypeFacts) -> bool:
        """Whether the type surely refuses nothing, as most do: it is on sale, large enough, and has a room every night."""
        adults, children = self._party
        if kind.retired or adults > kind.max_adults or children > kind.max_children:
            return False
        if adults + children > kind.max_occupancy:
            return False
        return not self.check_inventory or _has_rooms(self.snapshot, self.stay, kind)

    def _of_plan(self, plan: PlanFacts) -> list[Refusal]:
        found = self._of_plans.get(plan.id)
        if found is None:
            found = self._of_plans[plan.id] = list(windows.of_plan(self.stay, plan))
        return found

    def lowered(self, plan: PlanFacts, kind: TypeFacts) -> tuple[Lowered, ...]:
        """Return the minimum stays that the pair would break, were the stay not all that fits into its gap (T25)."""
        if not plan.fills_gaps:
            return ()
        given_way = [row for row in self._broken(plan, kind) if row.limit in LOWERED]
        if not given_way or not self._gap(kind):
            return ()
        return tuple(
            Lowered(refusal_of(_refusal(self.snapshot, plan, kind, row), plan, kind), self.stay.length, self._gap(kind))
            for row in given_way
        )

    def _gap(self, kind: TypeFacts) -> str:
        if kind.id not in self._gaps:
            self._gaps[kind.id] = gap_filled(self.snapshot, self.stay, kind)
        return self._gaps[kind.id]

    def _broken(self, plan: PlanFacts, kind: TypeFacts) -> list[Broken]:
        if not (self._named[plan.id] or self._open_scopes[kind.id]):
            return []
        if self._named[plan.id]:
            return list(_of_days(self.snapshot, self.stay, plan, scopes_of(self.snapshot, plan, kind)))
        scopes = self._open_scopes[kind.id]
        if scopes not in self._of_rows:
            self._of_rows[scopes] = list(_of_days(self.snapshot, self.stay, plan, scopes))
        return self._of_rows[scopes]


def ordered(found: list[Refusal]) -> list[Refusal]:
    """Return refusals in the order of REFUSALS: the first is the one to say when only one is said."""
    return sorted(found, key=lambda refusal: _ORDER[refusal.code]) if found else found


def of_stay(stay: Stay) -> list[Refusal]:
    """Return what refuses every pair, whatever the rules."""
    today = stay.place.business_date
    if stay.arrival_changed and stay.arrival < today:
        message = f"{day_name(stay.arrival)} is in the past: the business date is {day_name(today)}."
        return [Refusal("arrival_past", message, None, None, stay.arrival, today.isoformat(), "property")]
    return []


def refusal_of(refusal: Refusal, plan: PlanFacts, kind: TypeFacts) -> Refusal:
    """Return the refusal with the pair that it refuses."""
    return Refusal(
        refusal.code,
        refusal.message,
        kind.id,
        plan.id,
        refusal.date,
        refusal.value,
        refusal.where,
        refusal.subject,
    )


def no_price(plan: PlanFacts, kind: TypeFacts, day: date) -> Refusal:
    """Return the refusal of a night that has no price (T24)."""
    message = f"{plan.name} has no price for {kind.name} on {day_name(day)}."
    return Refusal("no_price", message, kind.id, plan.id, day, None, "price", f"{kind.code}/{plan.code}")


def _of_type(stay: Stay, kind: TypeFacts) -> Iterator[Refusal]:
    """Yield what the type itself refuses. Of a stay that was sold it is not asked again: who changes it asks then."""
    if stay.kept is not None:
        return
    if kind.retired:
        yield Refusal("retired", f"{kind.name} is no longer sold.", where="room_type", subject=kind.code)
    party = stay.party
    for count, most, word in (
        (party.adults + party.children, kind.max_occupancy, "guest"),
        (party.adults, kind.max_adults, "adult"),
        (party.children, kind.max_children, "child"),
    ):
        if count > most:
            words = "children" if word == "child" and most != 1 else word if most == 1 else f"{word}s"
            message = f"{kind.name} is for {most} {words} at most, not {count}."
            yield Refusal("too_many_guests", message, value=most, where="room_type", subject=kind.code)
            return


def _has_rooms(snapshot: Snapshot, stay: Stay, kind: TypeFacts) -> bool:
    """Whether a room of the type is left on every night, as far as that can be said of all nights at once."""
    rooms, place = snapshot.rooms.get(kind.id), (stay.arrival - snapshot.rooms_first).days
    if rooms is None or stay.kept is not None or place < 0:
        return False
    nights = rooms.sellable[place : place + stay.length]
    return len(nights) == stay.length and None not in nights and min(nights) > 0  # type: ignore[type-var, operator]


def _of_rooms(snapshot: Snapshot, stay: Stay, kind: TypeFacts) -> Iterator[Refusal]:
    full: tuple[date, int] | None = None
    for night in stay.asked:
        left = snapshot.rooms_left(kind.id, night)
        if left is None:
            message = f"{day_name(night)} is further ahead than {kind.name} is sold."
            value = stay.place.selling_horizon_days
            yield Refusal("beyond_horizon", message, date=night, value=value, where="property")
            break
        if left < 1 and full is None:
            full = night, left
    if full is not None:
        night, left = full
        message = f"{kind.name} is sold out on {day_name(night)}."
        yield Refusal("sold_out", message, date=night, value=left, where="inventory", subject=kind.code)


def left(snapshot: Snapshot, stay: Stay, kind: TypeFacts) -> int:
    """Return how many rooms of a type are left: the least of the nights that are asked (T9)."""
    return min((snapshot.rooms_left(kind.id, night) or 0 for night in stay.asked), default=0)


def _of_days(snapshot: Snapshot, stay: Stay, plan: PlanFacts, scopes: Sequence[Scope]) -> Iterator[Broken]:
    """Yield what restrictions refuse: rows of pair, type, plan and property, and those that name a parent (T22, T23)."""
    if not scopes:
        return
    asking = _Asking(snapshot, stay, plan, scopes)
    if not asking.says_anything:
        return
    if stay.dates_changed:
        yield from asking.lengths()
    yield from asking.closings()
    if stay.arrival_changed:
        yield from asking.booked_when()
    yield from asking.quotas()


def _refusal(snapshot: Snapshot, plan: PlanFacts, kind: TypeFacts, broken: Broken) -> Refusal:
    """Return the refusal of what a row says; a closed day has no value beside its date."""
    limit, sentence, row = broken
    value = None if limit in CLOSING else row.value
    message = f"{kind.name} on {plan.name}: {sentence}."
    subject = _subject(snapshot, row.scope)
    return Refusal(limit.value, message, date=row.day, value=value, where="restriction", subject=subject)


class _Asking:
    """The restrictions of one pair, asked for one stay (T18 to T22)."""

    def __init__(self, snapshot: Snapshot, stay: Stay, plan: PlanFacts, scopes: Sequence[Scope]) -> None:
        self.snapshot = snapshot
        self.stay = stay
        self.plan = plan
        # By limit, in the order of days: most days say nothing, and what says something is found once for all limits.
        self._said: dict[int, list[Said]] = {}
        asked = [(scope, snapshot.restrictions[scope]) for scope in scopes]
        for day in (*stay.nights, stay.departure):
            for scope, rows in asked:
                for position, value in enumerate(rows.get(day, ())):
                    if value is not None:
                        self._said.setdefault(position, []).append(Said(int(value), day, scope))
        self.says_anything = bool(self._said)

    def lengths(self) -> Iterator[Broken]:
        """Yield minimum and maximum stays: on the arrival, and through on every night (T20)."""
        length, arrival = self.stay.length, (self.stay.arrival,)
        for limit, days, words in (
            (Limit.MIN_STAY_ARRIVAL, arrival, "arriving on"),
            (Limit.MIN_STAY_THROUGH, self.stay.nights, "that include"),
        ):
            longest = max(self.said(limit, days), key=lambda row: row.value, default=None)
            if longest and length < longest.value:
                least = counted(longest.value, "night")
                yield Broken(limit, f"stays {words} {day_name(longest.day)} have at least {least}", longest)
        shortest = min(self.said(Limit.MAX_STAY, arrival), key=lambda row: row.value, default=None)
        if shortest and length > shortest.value:
            most = counted(shortest.value, "night")
            said = f"stays arriving on {day_name(shortest.day)} have at most {most}"
            yield Broken(Limit.MAX_STAY, said, shortest)

    def closings(self) -> Iterator[Broken]:
        """Yield what is closed: the arrival, the departure date, a night (T18, T19)."""
        stay = self.stay
        for limit, days, sentence in (
            (Limit.CLOSED_TO_ARRIVAL, (stay.arrival,) if stay.arrival_changed else (), "no arrival"),
            (Limit.CLOSED_TO_DEPARTURE, (stay.departure,) if stay.departure_changed else (), "no departure"),
            (Limit.STOP_SELL, stay.asked, "not sold"),
        ):
            closed = next((row for row in self.said(limit, days) if row.value), None)
            if closed:
                yield Broken(limit, f"{sentence} on {day_name(closed.day)}", closed)

    def booked_when(self) -> Iterator[Broken]:
        """Yield what is booked too late or too early (T26)."""
        stay, arrival = self.stay, (self.stay.arrival,)
        hours = max(self.said(Limit.LEAD_HOURS_MIN, arrival), key=lambda row: row.value, default=None)
        if hours and stay.source != Source.WALK_IN:
            opens = local_instant(stay.arrival, stay.place.check_in_time, stay.place.zone)
            if opens - stay.at < timedelta(hours=hours.value):
                ahead = counted(hours.value, "hour")
                said = f"booked at least {ahead} before check-in on {day_name(hours.day)}"
                yield Broken(Limit.LEAD_HOURS_MIN, said, hours)
        days = min(self.said(Limit.LEAD_DAYS_MAX, arrival), key=lambda row: row.value, default=None)
        if days and stay.lead_days > days.value:
            said = f"{day_name(days.day)} is booked at most {counted(days.value, 'day')} ahead"
            yield Broken(Limit.LEAD_DAYS_MAX, said, days)

    def quotas(self) -> Iterator[Broken]:
        """Yield the first quota that is sold."""
        for row in self.said(Limit.QUOTA, self.stay.asked):
            if _sold(self.snapshot, self.stay, row) >= row.value:
                said = f"all {row.value} of the quota of {day_name(row.day)} are sold"
                yield Broken(Limit.QUOTA, said, row)
                return

    def said(self, limit: Limit, days: tuple[date, ...]) -> Sequence[Said]:
        """Return what rows say of a limit on the days, in the order of days."""
        rows = self._said.get(POSITIONS[limit])
        if not rows:
            return ()
        plans = {None, self.plan.id, *self.snapshot.ancestors(self.plan.id, limit)}
        return [row for row in rows if row.day in days and row.scope[1] in plans]


def _sold(snapshot: Snapshot, stay: Stay, row: Said) -> int:
    """Return how many live nights of others a quota has counted: those that its row names, with all who inherit it."""
    type_id, plan_id = row.scope
    sharing = None
    if plan_id is not None:
        sharing = {plan_id} | {plan for plan in snapshot.plans if plan_id in snapshot.ancestors(plan, Limit.QUOTA)}
    own = stay.held.get(row.day)
    counts_own = (
        own is not None
        and (sharing is None or own.rate_plan_id in sharing)
        and (type_id is None or own.room_type_id == type_id)
    )
    return snapshot.sold_nights(sharing, type_id, row.day) - counts_own


def _subject(snapshot: Snapshot, scope: Scope) -> str:
    """Return the row's room type and rate plan, * for all of them."""
    type_id, plan_id = scope
    kind = "*" if type_id is None else snapshot.types[type_id].code
    return f"{kind}/{'*' if plan_id is None else snapshot.plans[plan_id].code}"


def _forebears(snapshot: Snapshot, plan_id: int) -> list[int]:
    """Return the plans above a plan, the nearest first."""
    found: list[int] = []
    parent = snapshot.plans[plan_id].parent_id
    while parent is not None and parent not in {plan_id, *found}:
        found.append(parent)
        parent = snapshot.plans[parent].parent_id
    return found


def scopes_of(snapshot: Snapshot, plan: PlanFacts, kind: TypeFacts) -> list[Scope]:
    """Return whose rows there are for the pair: its own, and those that name a plan above."""
    plans = [plan.id, *_forebears(snapshot, plan.id)]
    scopes: list[Scope] = [(kind.id, None), (None, None)]
    scopes += [(type_id, plan_id) for plan_id in plans for type_id in (kind.id, None)]
    return [scope for scope in scopes if scope in snapshot.restrictions]
