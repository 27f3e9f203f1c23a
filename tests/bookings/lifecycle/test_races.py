"""Real threads, real transactions: exactly as many succeed as there are rooms, and nobody else sees anything but a no."""

from collections import Counter as Tally
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import schema_context

from billing.taxes.enums import ChargeBasis
from bookings.availability.enums import ClosureKind
from bookings.availability.models import Hold
from bookings.availability.services import block_create, block_release, closure_create, closure_release, unit_retire
from bookings.lifecycle import services as desk
from bookings.lifecycle.invariants import certify
from bookings.rates.enums import Source
from bookings.rates.models import Extra, ExtraDay, Promotion, Restriction
from bookings.rates.quoting import ExtraWish
from bookings.reservations.enums import Status
from bookings.reservations.models import Booking, Reservation
from guests.profiles.services import GuestDetails
from pms.kernel.errors import DomainError
from tests.conftest import TODAY
from tests.house import TESTER, Estate, House, book, counters, free, make_estate, make_house

pytestmark = pytest.mark.django_db(transaction=True)


def day(offset: int) -> Any:
    return TODAY + timedelta(days=offset)


@pytest.fixture
def house() -> Iterator[House]:
    """A hotel that other connections see; what is in it is certified at the end."""
    with schema_context("hotel_a"):
        made = make_house(code="RACE", name="Race", today=TODAY, horizon_days=40)
        yield made
        assert certify(property=made.property).findings == ()


def race(deeds: Sequence[Callable[[], object]]) -> Tally[str]:
    """Run every deed in a thread and connection of its own, all at once; count how each ended. Nobody may deadlock."""
    outcomes: list[str] = []
    deadlocks = _deadlocks()
    begin = Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> None:
        try:
            with schema_context("hotel_a"):
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
                begin.wait()
                deed()
            outcomes.append("done")
        except DomainError as refusal:
            outcomes.append(refusal.code)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shall name it
            outcomes.append(repr(error))
        finally:
            connection.close()

    threads = [Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    assert _deadlocks() == deadlocks, outcomes
    return Tally(outcomes)


def _deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def buy(house: House | Estate, arrival: int, departure: int, **facts: Any) -> Callable[[], object]:
    return lambda: book(house, arrival, departure, **facts)


def test_sixty_four_want_the_last_rooms_of_a_type(house):
    """T16: check and write are one; exactly three get one of three rooms and everybody else a clear no."""
    outcomes = race([buy(house, 1 + index % 2, 5 + index % 3) for index in range(64)])
    assert outcomes == {"done": 3, "sold_out": 61}
    assert free(house.double, day(3)) == 0


def test_different_types_never_fail_on_each_other(house):
    """T16: nobody is refused for what happens elsewhere."""
    deeds = [buy(house, 2 * index, 2 * index + 2, unit="101") for index in range(16)]
    deeds += [buy(house, 2 * index, 2 * index + 2, unit="201", room_type=house.suite) for index in range(16)]
    assert race(deeds) == {"done": 32}


def test_types_that_share_a_quota_sell_it_once(house):
    """T16, T19: they lock other inventory days, and meet at the quota."""
    for offset in (1, 2):
        Restriction.objects.create(property=house.property, date=day(offset), quota=1)
    deeds = [buy(house, 1, 3, room_type=kind) for kind in (house.double, house.suite)]
    assert race(deeds * 4) == {"done": 1, "quota": 7}


def test_a_double_click_is_one_booking(house):
    key = uuid4()

    def click() -> None:
        desk.booking_create(
            property=house.property,
            rooms=[
                desk.RoomRequest(
                    room_type=house.suite,
                    rate_plan=house.rate_plan,
                    arrival=day(1),
                    departure=day(3),
                )
            ]
            * 2,
            booker=GuestDetails(last_name="Greta", email="greta@example.org"),
            source=Source.DIRECT_WEB,
            request_key=key,
            actor=TESTER,
        )

    assert race([click] * 8) == {"done": 8}
    assert Booking.objects.filter(request_key=key).count() == 1
    assert free(house.suite, day(1)) == 0


def test_two_clicks_on_different_nights_are_one_booking(house):
    key = uuid4()

    def click(offset: int) -> Callable[[], object]:
        room = desk.RoomRequest(
            room_type=house.suite, rate_plan=house.rate_plan, arrival=day(offset), departure=day(offset + 1)
        )
        return lambda: desk.booking_create(
            property=house.property,
            rooms=[room],
            booker=GuestDetails(last_name="Greta"),
            source=Source.DIRECT_WEB,
            request_key=key,
            actor=TESTER,
        )

    assert race([click(offset) for offset in range(8)]) == {"done": 8}
    assert Reservation.objects.count() == 1


def test_a_channel_sends_the_same_booking_twice_at_once(house):
    def send(offset: int) -> Callable[[], object]:
        room = desk.RoomRequest(
            room_type=house.double, rate_plan=house.rate_plan, arrival=day(offset), departure=day(offset + 1)
        )
        return lambda: desk.booking_create(
            property=house.property,
            rooms=[room],
            booker=GuestDetails(last_name="Greta"),
            source=Source.EXPEDIA,
            external_id="E1",
            actor=TESTER,
        )

    assert race([send(offset) for offset in range(6)]) == {"done": 1, "duplicate_external_id": 5}


def test_a_double_click_on_anything_is_once(house):
    row = book(house, 0, 3)
    assert race([lambda: desk.reservation_check_in(reservation=row, actor=TESTER)] * 4) == {"done": 4}
    assert race(
        [lambda: desk.reservation_check_out(reservation=row, actor=TESTER, unpaid_reason="Pays later")] * 4
    ) == {"done": 4}
    row.refresh_from_db()
    assert (row.status, row.version) == (Status.CHECKED_OUT, 3)


def test_everybody_changes_the_same_rooms(house):
    stays = [book(house, 1 + index % 3, 4 + index % 4, room_type=kind) for index, kind in enumerate(_kinds(house))]
    units = list(house.units.values())
    deeds: list[Callable[[], object]] = []
    for index, row in enumerate(stays):
        deeds += [
            partial(desk.reservation_move, reservation=row, unit=units[index % 5], actor=TESTER),
            partial(desk.reservation_move, reservation=row, unit=units[(index + 2) % 5], actor=TESTER),
            partial(
                desk.reservation_extend, reservation=row, departure=row.departure + timedelta(days=2), actor=TESTER
            ),
            partial(desk.reservation_swap, first=row, second=stays[index - 1], actor=TESTER),
            partial(
                desk.reservation_modify,
                reservation=row,
                arrival=day(2),
                departure=day(6),
                room_type=house.suite,
                actor=TESTER,
            ),
            partial(desk.reservation_cancel, reservation=row, reason="Flu", actor=TESTER),
            partial(_close_and_open, units[index % 5]),
            partial(desk.reassign, property=house.property, first=TODAY, until=day(30), actor=TESTER),
            buy(house, 2, 5, source=Source.BOOKING_COM),
        ]
    outcomes = race(deeds)
    expected = {
        "done",
        "sold_out",
        "room_taken",
        "unit_has_bookings",
        "not_changeable",
        "one_unit_each",
        "same_unit",
        "changed_meanwhile",
        "contended",
        "not_longer",
    }
    assert set(outcomes) <= expected
    assert outcomes["done"] >= 15


def _kinds(house: House) -> list[Any]:
    return [house.double, house.double, house.suite, house.double, house.suite]


def _close_and_open(unit: Any) -> None:
    closure = closure_create(
        unit=unit, first=day(2), until=day(5), kind=ClosureKind.OUT_OF_ORDER, reason="Paint", actor=TESTER
    )
    closure_release(closure=closure, actor=TESTER)


def test_a_unit_retires_while_everybody_wants_it(house):
    """T13: whoever comes first; never a stay in a unit that is gone."""
    deeds = [buy(house, 2 * index, 2 * index + 2, unit="103") for index in range(8)]
    deeds += [lambda: unit_retire(unit=house.units["103"], until=day(6), actor=TESTER)] * 2
    outcomes = race(deeds)
    assert set(outcomes) <= {"done", "not_in_service", "unit_has_bookings"}


def test_a_unit_is_closed_while_it_retires(house):
    """T13, T14: the same for closures."""

    def close(offset: int) -> Callable[[], object]:
        return lambda: closure_create(
            unit=house.units["103"],
            first=day(offset),
            until=day(offset + 2),
            kind=ClosureKind.OWNER,
            reason="Family",
            actor=TESTER,
        )

    deeds = [close(2 * index) for index in range(6)]
    deeds += [lambda: unit_retire(unit=house.units["103"], until=day(6), actor=TESTER)]
    assert set(race(deeds)) <= {"done", "not_in_service", "unit_has_bookings"}


def test_options_run_out_while_everybody_books(house):
    """T15: whoever sweeps, an option is freed once and nobody waits for another in a circle."""
    for index in range(3):
        book(house, index, index + 6, status=Status.HOLD)
        book(house, 9 - index, 14, status=Status.HOLD)
    Hold.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    outcomes = race([buy(house, index % 5, 8 + index % 5) for index in range(16)])
    assert outcomes == {"done": 3, "sold_out": 13}
    assert Reservation.objects.filter(status=Status.HOLD).count() <= 3


def test_a_block_is_released_while_it_is_picked_up(house):
    """T10: a room is either picked up or given back."""
    block = block_create(
        property=house.property,
        code="W",
        name="Wedding",
        arrival=day(1),
        departure=day(4),
        release_on=TODAY,
        rooms={house.double: 2},
        actor=TESTER,
    )
    deeds = [buy(house, 1, 4, block=block) for _ in range(4)]
    deeds += [lambda: block_release(block=block, actor=TESTER)] * 2
    deeds += [buy(house, 1, 4) for _ in range(4)]
    outcomes = race(deeds)
    assert set(outcomes) <= {"done", "sold_out", "block_used_up"}
    assert outcomes["done"] == 2 + 3
    assert counters(house.property)["DBL", day(1)] == {"sold": 3}


def test_house_and_flats_are_wanted_at_once():
    """T11: the house or its flats, never both."""
    with schema_context("hotel_a"):
        estate = make_estate(code="RACE", today=TODAY, horizon_days=30)
        deeds: list[Callable[[], object]] = [buy(estate, 1, 4, unit=name) for name in ("V1", "V2", "C1", "C2")] * 2
        deeds += [buy(estate, 2, 5, unit=name, room_type=estate.whole) for name in ("villa", "cottage")] * 2
        outcomes = race(deeds)
        assert set(outcomes) == {"done", "sold_out", "room_taken"} or set(outcomes) == {"done", "sold_out"}
        assert certify(property=estate.property).findings == ()
        for name, parts in (("villa", ("V1", "V2")), ("cottage", ("C1", "C2"))):
            whole = Reservation.objects.filter(occupancies__unit=estate.units[name]).count()
            flats = Reservation.objects.filter(occupancies__unit__number__in=parts).count()
            assert (whole, flats) in {(1, 0), (0, 1), (0, 2)}


def test_two_audits_at_once_roll_the_date_once(house):
    """T57: re-runnable, even at the same moment."""
    for number in ("101", "102", "103"):
        book(house, 0, 2, unit=number)
    now = timezone.now() + timedelta(days=1)
    outcomes = race([lambda: desk.night_audit(property=house.property, business_date=TODAY, now=now, actor=TESTER)] * 4)
    assert outcomes == {"done": 4}
    house.property.refresh_from_db()
    assert house.property.business_date == day(1)
    assert set(Reservation.objects.values_list("status", "version")) == {(Status.NO_SHOW, 2)}


@pytest.fixture
def goods(house: House) -> dict[str, Any]:
    """Two parking spaces and two cabs a day, and a code that may be used three times."""
    place = house.property
    extras = {
        code: Extra.objects.create(
            property=place, code=code, name=code, basis=basis, price_minor=1_000, daily_limit=2, position=position
        )
        for position, (code, basis) in enumerate((("PARK", ChargeBasis.NIGHT), ("CAB", ChargeBasis.STAY)))
    }
    return extras | {
        "code": Promotion.objects.create(property=place, code="TENTH", name="Tenth", percent=10, max_uses=3)
    }


def test_the_last_use_of_a_code_is_used_once(house, goods):
    """Whoever comes first, on whatever nights: the row of the code is the lock."""
    deeds = [buy(house, 3 * index, 3 * index + 1, promo_code="tenth") for index in range(10)]
    assert race(deeds) == {"done": 3, "promo_used_up": 7}
    goods["code"].refresh_from_db()
    assert goods["code"].uses == 3


def test_the_last_extra_is_sold_once(house, goods):
    """Two types share no inventory, and the same two cabs."""
    wishes = [ExtraWish("CAB"), ExtraWish("PARK")]
    deeds = [
        buy(house, 1, 3, room_type=kind, extras=wishes[:: 1 if index % 2 else -1])
        for index, kind in enumerate([house.double, house.suite] * 2)
    ]
    assert race(deeds) == {"done": 2, "extra_sold_out": 2}
    assert set(ExtraDay.objects.filter(sold__gt=0).values_list("sold", flat=True)) == {2}


def test_extras_and_codes_come_and_go_at_once(house, goods):
    """Nobody deadlocks, and what is counted is what is sold."""
    stays = [
        book(house, 1 + index % 2, 5, room_type=kind, promo_code="TENTH" if index < 2 else "")
        for index, kind in enumerate(_kinds(house))
    ]
    deeds: list[Callable[[], object]] = []
    for index, row in enumerate(stays):
        first, second = ("PARK", "CAB") if index % 2 else ("CAB", "PARK")
        deeds += [
            partial(desk.charge_add, reservation=row, extra=first, actor=TESTER),
            partial(desk.charge_add, reservation=row, extra=second, actor=TESTER),
            partial(desk.charge_remove, reservation=row, code=second, actor=TESTER),
            partial(desk.reservation_modify, reservation=row, departure=day(6), actor=TESTER),
            partial(desk.reservation_modify, reservation=row, reprice=True, promo_code="tenth", actor=TESTER),
            partial(desk.reservation_cancel, reservation=row, reason="Flu", actor=TESTER),
        ]
    outcomes = race(deeds)
    assert set(outcomes) <= {
        "done",
        "promo_used_up",
        "extra_sold_out",
        "extra_there",
        "no_such_charge",
        "not_changeable",
        "contended",
    }
    # How many give way to one another is a question of the machine's breath; that all of them did would be a deadlock.
    assert outcomes["done"] >= 4
