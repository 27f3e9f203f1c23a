from datetime import timedelta

from bookings.lifecycle import services as desk
from bookings.rates.enums import Source
from pms.audit.models import AuditEvent
from tests.conftest import TODAY
from tests.house import TESTER, book, counters, numbers


def day(offset):
    return TODAY + timedelta(days=offset)


def reassign(house, first=0, until=30, **facts):
    return desk.reassign(property=house.property, first=day(first), until=day(until), actor=TESTER, **facts)


def fragmented(house):
    """Fill 101 and 102 so that nobody fits for nights 1 to 4, although one room is free every night; 103 is taken."""
    book(house, 1, 5, unit="103", pinned=True)
    short = book(house, 1, 3, unit="101", guest="One")
    late = book(house, 3, 5, unit="102", guest="Two")
    waiting = book(house, 1, 5, guest="Three")
    assert waiting.unassigned_reason
    return short, late, waiting


def test_it_makes_room_with_the_fewest_moves_and_says_why(property_a):
    """T12: fragmentation is solved by an explained reshuffle."""
    short, late, waiting = fragmented(property_a)
    was = counters(property_a.property)
    moves = reassign(property_a)
    assert len(moves) == 2
    assert {(move.reservation_code, move.to_unit) for move in moves} in (
        {(waiting.code, "101"), (short.code, "102")},
        {(waiting.code, "102"), (late.code, "101")},
    )
    assert {move.why for move in moves} == {
        f"{numbers(waiting)[0]} becomes free for the whole stay",
        "Makes way for Greta Three, who would have no room",
    }
    assert len(set(numbers(waiting))) == 1
    assert counters(property_a.property) == was
    assert AuditEvent.objects.filter(action="reservation.reassigned").count() == 2
    assert reassign(property_a) == []


def test_a_preview_writes_nothing(property_a):
    _, _, waiting = fragmented(property_a)
    assert len(reassign(property_a, apply=False)) == 2
    assert numbers(waiting) == [None] * 4
    assert not AuditEvent.objects.filter(action="reservation.reassigned").exists()


def test_who_is_promised_a_room_or_in_house_does_not_move(property_a):
    """T12: pins are honoured."""
    short, late, _ = fragmented(property_a)
    for row in (short, late):
        desk.reservation_pin(reservation=row, pinned=True, actor=TESTER)
    assert reassign(property_a) == []


def test_who_reaches_outside_the_range_does_not_move(property_a):
    fragmented(property_a)
    assert reassign(property_a, first=2) == []
    assert reassign(property_a, until=4) == []


def test_a_free_room_is_simply_taken(property_a):
    row = desk.reservation_unassign(reservation=book(property_a, 1, 3), actor=TESTER)
    moves = reassign(property_a)
    assert [(move.from_unit, move.to_unit, move.why) for move in moves] == [
        ("", "101", "101 is free for the whole stay")
    ]
    assert numbers(row) == ["101", "101"]


def test_who_changes_rooms_or_sleeps_upstairs_stays_there(property_a):
    """T52, T53: what a person decided is not undone; nobody is laid over a unit for nights spent elsewhere."""
    moved = desk.reservation_move(
        reservation=book(property_a, 1, 5, unit="101"),
        unit=property_a.units["201"],
        from_night=day(3),
        actor=TESTER,
    )
    book(property_a, 3, 5, unit="101")
    book(property_a, 1, 5, unit="103", pinned=True)
    book(property_a, 1, 3, unit="102", pinned=True)
    waiting = desk.reservation_unassign(reservation=book(property_a, 3, 5, unit="102"), actor=TESTER)
    reassign(property_a)
    assert numbers(moved) == ["101", "101", "201", "201"]
    assert numbers(waiting) == ["102", "102"]


def test_who_is_overbooked_waits_for_a_room_to_be_free(property_a):
    """T17: packing sells nothing."""
    for _ in range(3):
        book(property_a, 1, 2)
    over = book(property_a, 1, 2, source=Source.OTA)
    assert reassign(property_a) == []
    over.refresh_from_db()
    assert over.is_overbooked


def test_only_the_type_asked_for(property_a):
    row = desk.reservation_unassign(reservation=book(property_a, 1, 3), actor=TESTER)
    assert reassign(property_a, room_type=property_a.suite) == []
    assert len(reassign(property_a, room_type=property_a.double)) == 1
    assert numbers(row) == ["101", "101"]


def test_houses_are_left_alone(estate):
    """T11: they are sold with their unit."""
    book(estate, 1, 3, unit="V1")
    assert reassign(estate) == []
