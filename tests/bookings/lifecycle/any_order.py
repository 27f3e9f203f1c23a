"""A front desk that does anything in any order; test_machine.py lets it loose."""

from collections import Counter as Tally
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from billing.taxes.enums import ChargeBasis
from billing.taxes.models import Fee
from billing.taxes.services import regime_apply
from bookings.availability.enums import ClosureKind
from bookings.availability.models import Block, Closure, Hold
from bookings.availability.services import (
    block_create,
    block_release,
    closure_create,
    closure_release,
    overbooking_limit_set,
    unit_create,
    unit_retire,
)
from bookings.lifecycle import services as desk
from bookings.lifecycle.invariants import certify
from bookings.lifecycle.jobs import expire_holds
from bookings.rates.enums import Source
from bookings.rates.models import BasePrice, DailyPrice, Extra, Promotion
from bookings.rates.quoting import ExtraWish
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation, SoldVersion, StayNight
from guests.profiles.services import GuestDetails
from pms.kernel.errors import DomainError
from pms.kernel.ranges import span
from pms.properties.models import Property, RoomType, Unit
from tests.bookings.lifecycle.any_payer import Cashier
from tests.conftest import TODAY
from tests.house import TESTER, counters, make_house

HORIZON_DAYS = 40
DAYS = st.integers(0, 12)
LENGTHS = st.integers(1, 5)
PICK = st.integers(0, 1_000)
STATUSES = st.sampled_from([Status.CONFIRMED] * 4 + [Status.HOLD, Status.PENDING, Status.INQUIRY])
SOURCES = st.sampled_from([Source.PHONE, Source.PHONE, Source.BOOKING_COM])
TAKING = (ClosureKind.OUT_OF_ORDER, ClosureKind.OUT_OF_INVENTORY, ClosureKind.OWNER, ClosureKind.OUT_OF_SERVICE)


def make_grand(code: str) -> Property:
    """Make a property that has everything: rooms, suites, a villa let whole or by flat, and some overbooking."""
    house = make_house(code=code, name="Grand", today=TODAY, horizon_days=HORIZON_DAYS)
    place = house.property
    whole = RoomType.objects.create(property=place, code="WHOLE", name="Villa", position=3)
    flat = RoomType.objects.create(property=place, code="FLAT", name="Flat", position=4)
    begin = TODAY - timedelta(days=10)
    villa = unit_create(room_type=whole, number="villa", in_service_from=begin, actor=TESTER)
    for number, parent in (("V1", villa), ("V2", villa), ("A9", None)):
        unit_create(room_type=flat, number=number, in_service_from=begin, parent=parent, actor=TESTER)
    for room_type, price_minor in ((whole, 30_000), (flat, 8_000)):
        BasePrice.objects.create(rate_plan=house.rate_plan, room_type=room_type, price_minor=price_minor)
    overbooking_limit_set(room_type=house.double, limit=1, actor=TESTER)
    for extra, basis, limit in (("PARK", ChargeBasis.NIGHT, 3), ("BREAK", ChargeBasis.PERSON_NIGHT, None)):
        Extra.objects.create(property=place, code=extra, name=extra, basis=basis, price_minor=1_100, daily_limit=limit)
    Fee.objects.create(property=place, code="CLEAN", name="Cleaning", amount_minor=4_500)
    Promotion.objects.create(property=place, code="TENTH", name="Ten per cent", percent=10, max_uses=4)
    regime_apply(property=place, regime="de-berlin", actor=TESTER)
    return place


class Desk(Cashier, RuleBasedStateMachine):
    """A front desk that does whatever comes to mind. A refusal is fine; a property that no longer adds up is not."""

    place: Property
    tally: Tally[str]

    def __init__(self) -> None:
        super().__init__()
        self.sandbox = transaction.atomic()
        self.sandbox.__enter__()
        self.prices: dict[tuple[int, date], int] = {}
        self.made = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.sandbox.__exit__(None, None, None)

    @initialize()
    def open(self) -> None:
        self.types = list(RoomType.objects.filter(property=self.place).order_by("position"))
        self.plan = self.place.rate_plans.get()
        for kind, day, length in ((0, 0, 3), (0, 0, 1), (0, 2, 4), (1, 0, 4), (1, 1, 3), (3, 0, 3), (2, 4, 2)):
            self.sell(day=day, length=length, kind=kind)
        for row in Reservation.objects.filter(property=self.place, arrival=TODAY)[:3]:
            desk.reservation_check_in(reservation=row, actor=TESTER)

    def now(self) -> Property:
        return Property.objects.get(pk=self.place.pk)

    def some(self, pick: int, *statuses: Status) -> Reservation:
        rows = Reservation.objects.filter(property=self.place)
        if statuses:
            rows = rows.filter(status__in=statuses)
        found = list(rows.select_related("property").order_by("pk"))
        if not found:
            raise NothingThere
        return found[pick % len(found)]

    def unit(self, pick: int) -> Unit:
        found = list(Unit.objects.filter(property=self.place).order_by("pk"))
        return found[pick % len(found)]

    def attempt(self, name: str, deed: Callable[[], object]) -> None:
        """Do it, or be refused and leave no trace; half of the time look at a preview of it first."""
        before = counters(self.place)
        try:
            with transaction.atomic():
                deed()
        except NothingThere:
            return
        except (DomainError, ValidationError) as refusal:
            self.tally[f"{name} refused: {getattr(refusal, 'code', 'invalid')}"] += 1
            assert counters(self.place) == before
        else:
            self.tally[name] += 1

    @rule(
        day=DAYS,
        length=LENGTHS,
        kind=st.integers(0, 3),
        status=STATUSES,
        source=SOURCES,
        unit=st.none() | PICK,
        rooms=st.integers(1, 2),
        in_block=st.booleans(),
        beside=st.integers(0, 3),
    )
    def book(self, **wish: Any) -> None:
        self.sell(**wish)

    def sell(
        self,
        *,
        day: int,
        length: int,
        kind: int,
        status: Status = Status.CONFIRMED,
        source: Source = Source.PHONE,
        unit: int | None = None,
        rooms: int = 1,
        in_block: bool = False,
        beside: int = 0,
    ) -> None:
        place = self.now()
        self.made += 1
        block = Block.objects.filter(property=place).first() if in_block else None
        arrival = place.business_date + timedelta(days=day)
        request = desk.RoomRequest(
            room_type=self.types[kind],
            rate_plan=self.plan,
            arrival=arrival,
            departure=arrival + timedelta(days=length),
            unit=self.unit(unit) if unit is not None and rooms == 1 else None,
            pinned=unit is not None and unit % 3 == 0,
            block=block,
            promo_code="TENTH" if beside % 2 else "",
            extras=[ExtraWish("PARK"), ExtraWish("BREAK")] if beside > 1 else (),
        )
        self.attempt(
            "book",
            lambda: desk.booking_create(
                property=place,
                rooms=[request] * rooms,
                booker=GuestDetails(last_name=f"Guest {self.made}"),
                source=source,
                status=status,
                actor=TESTER,
            ),
        )

    @rule(pick=PICK)
    def confirm(self, pick: int) -> None:
        self.attempt("confirm", lambda: desk.reservation_confirm(reservation=self.some(pick), actor=TESTER))

    @rule(
        pick=PICK, shift=st.integers(-3, 3), length=LENGTHS, kind=st.none() | st.integers(0, 3), reprice=st.booleans()
    )
    def modify(self, pick: int, shift: int, length: int, kind: int | None, reprice: bool) -> None:
        def deed() -> None:
            row = self.some(pick)
            arrival = row.arrival if row.status == Status.CHECKED_IN else row.arrival + timedelta(days=shift)
            if reprice:
                self.forget_prices(row)
            desk.reservation_modify(
                reservation=row,
                arrival=arrival,
                departure=arrival + timedelta(days=length),
                room_type=self.types[kind] if kind is not None else None,
                reprice=reprice,
                actor=TESTER,
            )

        self.attempt("modify", deed)

    def forget_prices(self, row: Reservation) -> None:
        self.prices = {key: price for key, price in self.prices.items() if key[0] != row.pk}

    @rule(pick=PICK, what=st.sampled_from(["add", "remove"]), code=st.sampled_from(["PARK", "BREAK"]))
    def charge(self, pick: int, what: str, code: str) -> None:
        deeds: dict[str, Callable[[], object]] = {
            "add": lambda: desk.charge_add(reservation=self.some(pick), extra=code, actor=TESTER),
            "remove": lambda: desk.charge_remove(reservation=self.some(pick), code=code, actor=TESTER),
        }
        self.attempt(f"charge {what}", deeds[what])

    @rule(pick=PICK)
    def take_back(self, pick: int) -> None:
        """Go back to what the reservation was before its last change of money."""

        def deed() -> None:
            row = self.some(pick)
            last = SoldVersion.objects.filter(reservation=row).order_by("-version").first()
            if last is None:
                raise NothingThere
            self.forget_prices(row)
            desk.reservation_modify(
                reservation=row,
                arrival=last.arrival,
                departure=last.departure,
                room_type=RoomType.objects.get(pk=last.sold["room_type"]),
                restore=True,
                actor=TESTER,
            )

        self.attempt("take back", deed)

    @rule(pick=PICK, days=st.integers(1, 4))
    def extend(self, pick: int, days: int) -> None:
        def deed() -> None:
            row = self.some(pick, Status.CHECKED_IN, Status.CONFIRMED, Status.HOLD)
            desk.reservation_extend(reservation=row, departure=row.departure + timedelta(days=days), actor=TESTER)

        self.attempt("extend", deed)

    @rule(pick=PICK, days=st.integers(1, 3))
    def shorten(self, pick: int, days: int) -> None:
        def deed() -> None:
            row = self.some(pick, Status.CHECKED_IN, Status.CONFIRMED, Status.HOLD)
            desk.reservation_shorten(reservation=row, departure=row.departure - timedelta(days=days), actor=TESTER)

        self.attempt("shorten", deed)

    @rule(pick=PICK, unit=PICK, begin=st.integers(0, 3))
    def move(self, pick: int, unit: int, begin: int) -> None:
        def deed() -> None:
            row = self.some(pick, Status.CHECKED_IN, Status.CONFIRMED, Status.HOLD, Status.PENDING)
            desk.reservation_move(
                reservation=row,
                unit=self.unit(unit),
                from_night=row.arrival + timedelta(days=begin) if begin else None,
                actor=TESTER,
            )

        self.attempt("move", deed)

    @rule(one=PICK, other=PICK)
    def swap(self, one: int, other: int) -> None:
        self.attempt(
            "swap",
            lambda: desk.reservation_swap(
                first=self.some(one, Status.CHECKED_IN, Status.CONFIRMED, Status.HOLD),
                second=self.some(other, Status.CHECKED_IN, Status.CONFIRMED, Status.HOLD),
                actor=TESTER,
            ),
        )

    @rule(pick=PICK, what=st.sampled_from(["assign", "unassign", "pin", "unpin"]))
    def assignment(self, pick: int, what: str) -> None:
        deeds: dict[str, Callable[[], object]] = {
            "assign": lambda: desk.reservation_assign(reservation=self.some(pick), actor=TESTER),
            "unassign": lambda: desk.reservation_unassign(reservation=self.some(pick), actor=TESTER),
            "pin": lambda: desk.reservation_pin(reservation=self.some(pick), pinned=True, actor=TESTER),
            "unpin": lambda: desk.reservation_pin(reservation=self.some(pick), pinned=False, actor=TESTER),
        }
        self.attempt(what, deeds[what])

    @rule(pick=PICK)
    def check_in(self, pick: int) -> None:
        def deed() -> None:
            today = self.now().business_date
            due = [
                row
                for row in Reservation.objects.filter(property=self.place, arrival__lte=today).order_by("pk")
                if row.status == Status.CONFIRMED
            ]
            row = due[pick % len(due)] if due else self.some(pick)
            desk.reservation_check_in(
                reservation=row, override_reason="The guest waits" if pick % 2 else "", actor=TESTER
            )

        self.attempt("check in", deed)

    @rule(pick=PICK)
    def check_out(self, pick: int) -> None:
        self.attempt(
            "check out",
            lambda: desk.reservation_check_out(
                reservation=self.some(pick, Status.CHECKED_IN), actor=TESTER, unpaid_reason="Later"
            ),
        )

    @rule(pick=PICK, what=st.sampled_from(["check in", "check out"]))
    def undo(self, pick: int, what: str) -> None:
        deed = desk.reservation_undo_check_in if what == "check in" else desk.reservation_undo_check_out
        self.attempt(f"undo {what}", lambda: deed(reservation=self.some(pick), actor=TESTER))

    @rule(pick=PICK, what=st.sampled_from(["cancel", "cancel", "reject", "no-show", "no-show, released"]))
    def lose(self, pick: int, what: str) -> None:
        deeds: dict[str, Callable[[], object]] = {
            "cancel": lambda: desk.reservation_cancel(reservation=self.some(pick), reason="Flu", actor=TESTER),
            "reject": lambda: desk.reservation_reject(reservation=self.some(pick), reason="Full", actor=TESTER),
            "no-show": lambda: desk.reservation_no_show(reservation=self.some(pick), actor=TESTER),
            "no-show, released": lambda: desk.reservation_no_show(
                reservation=self.some(pick), release_nights=True, actor=TESTER
            ),
        }
        self.attempt(what, deeds[what])

    @rule(pick=PICK)
    def reinstate(self, pick: int) -> None:
        self.attempt(
            "reinstate",
            lambda: desk.reservation_reinstate(
                reservation=self.some(pick, Status.CANCELLED, Status.NO_SHOW), actor=TESTER
            ),
        )

    @rule()
    def reassign(self) -> None:
        place = self.now()
        where = {
            row.pk: _rooms(row)
            for row in Reservation.objects.filter(property=place)
            if row.unit_pinned or row.status == Status.CHECKED_IN
        }
        first = place.business_date
        self.attempt(
            "reassign",
            lambda: desk.reassign(property=place, first=first, until=first + timedelta(days=30), actor=TESTER),
        )
        for row in Reservation.objects.filter(pk__in=where):
            assert _rooms(row) == where[row.pk]

    @rule()
    def assign_waiting(self) -> None:
        self.attempt("assign waiting", lambda: desk.assign_waiting(property=self.now(), actor=TESTER))

    @rule(unit=PICK, day=DAYS, length=LENGTHS, kind=st.sampled_from(TAKING))
    def close(self, unit: int, day: int, length: int, kind: ClosureKind) -> None:
        first = self.now().business_date + timedelta(days=day)
        self.attempt(
            f"close {kind}",
            lambda: closure_create(
                unit=self.unit(unit),
                first=first,
                until=first + timedelta(days=length),
                kind=kind,
                reason="Paint",
                actor=TESTER,
            ),
        )

    @precondition(lambda self: Closure.objects.filter(unit__property=self.place).exists())
    @rule(pick=PICK, later=st.integers(0, 3))
    def reopen(self, pick: int, later: int) -> None:
        found = list(Closure.objects.filter(unit__property=self.place).order_by("pk"))
        closure = found[pick % len(found)]
        on = span(closure.nights)[0] + timedelta(days=later) if later else None
        self.attempt("reopen", lambda: closure_release(closure=closure, on=on, actor=TESTER))

    @rule(unit=PICK, day=st.integers(3, 12))
    def retire(self, unit: int, day: int) -> None:
        until = self.now().business_date + timedelta(days=day)
        self.attempt("retire", lambda: unit_retire(unit=self.unit(unit), until=until, actor=TESTER))

    @rule(kind=st.integers(0, 3), parent=st.none() | PICK)
    def build(self, kind: int, parent: int | None) -> None:
        self.made += 1
        self.attempt(
            "build",
            lambda: unit_create(
                room_type=self.types[kind],
                number=f"N{self.made}",
                in_service_from=self.now().business_date,
                parent=self.unit(parent) if parent is not None and kind == 3 else None,
                actor=TESTER,
            ),
        )

    @rule(day=DAYS, length=LENGTHS, quantity=st.integers(1, 2), kind=st.integers(0, 3))
    def keep_block(self, day: int, length: int, quantity: int, kind: int) -> None:
        first = self.now().business_date + timedelta(days=day)
        self.made += 1
        self.attempt(
            "block",
            lambda: block_create(
                property=self.place,
                code=f"B{self.made}",
                name="Wedding",
                arrival=first,
                departure=first + timedelta(days=length),
                release_on=first,
                rooms={self.types[kind]: quantity},
                actor=TESTER,
            ),
        )

    @precondition(lambda self: Block.objects.filter(property=self.place).exists())
    @rule(pick=PICK)
    def release_block(self, pick: int) -> None:
        found = list(Block.objects.filter(property=self.place).order_by("pk"))
        self.attempt("release block", lambda: block_release(block=found[pick % len(found)], actor=TESTER))

    @rule(limit=st.integers(0, 2), kind=st.integers(0, 3))
    def limit(self, limit: int, kind: int) -> None:
        room_type = RoomType.objects.get(pk=self.types[kind].pk)
        self.attempt("limit", lambda: overbooking_limit_set(room_type=room_type, limit=limit, actor=TESTER))

    @precondition(lambda self: Hold.objects.filter(room_type__property=self.place, released_at=None).exists())
    @rule(sweep=st.booleans())
    def time_passes(self, sweep: bool) -> None:
        Hold.objects.filter(released_at=None).update(expires_at=timezone.now() - timedelta(minutes=1))
        if sweep:
            self.attempt("expire", expire_holds)

    @rule(price_minor=st.integers(0, 50_000), kind=st.integers(0, 3), day=DAYS)
    def price(self, price_minor: int, kind: int, day: int) -> None:
        DailyPrice.objects.update_or_create(
            rate_plan=self.plan,
            room_type=self.types[kind],
            date=self.now().business_date + timedelta(days=day),
            defaults={"price_minor": price_minor},
        )

    @rule(leave=st.booleans())
    def night_audit(self, leave: bool) -> None:
        place = self.now()

        def deed() -> None:
            if leave:
                due = Reservation.objects.filter(
                    property=place, status=Status.CHECKED_IN, departure__lte=place.business_date
                )
                for row in due:
                    desk.reservation_check_out(reservation=row, actor=TESTER, unpaid_reason="Pays later")
            desk.night_audit(
                property=place,
                business_date=place.business_date,
                now=datetime.combine(place.business_date, datetime.max.time(), tzinfo=UTC),
                actor=TESTER,
            )

        self.attempt("night audit", deed)

    @invariant()
    def everything_holds(self) -> None:
        assert certify(property=self.now()).findings == ()

    @invariant()
    def no_sold_price_changes(self) -> None:
        """T28: what a night was sold for stays, whatever else happens."""
        prices = {
            (reservation_id, day): price_minor
            for reservation_id, day, price_minor in StayNight.objects.filter(
                reservation__property=self.place, released_at=None
            ).values_list("reservation_id", "date", "price_minor")
        }
        for key, price_minor in prices.items():
            assert self.prices.get(key, price_minor) == price_minor
        self.prices = prices


class NothingThere(Exception):
    """There is no reservation to do it with yet."""


def _rooms(row: Reservation) -> list[tuple[date, int | None]]:
    return list(row.nights.filter(released_at=None).order_by("date").values_list("date", "unit_id"))
