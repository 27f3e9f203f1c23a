"""T11: a house that is sold whole or by flat."""

from datetime import timedelta

import pytest

from bookings.availability.enums import ClosureKind
from bookings.availability.services import closure_create, closure_release, unit_create, unit_retire
from bookings.lifecycle import services as desk
from bookings.rates.enums import Source
from bookings.reservations.enums import Status
from tests.conftest import TODAY
from tests.house import TESTER, book, counters, free, numbers, refused


def day(offset):
    return TODAY + timedelta(days=offset)


def test_selling_the_house_takes_all_its_flats(estate):
    """T11: and only its own."""
    book(estate, 1, 3, unit="villa", room_type=estate.whole)
    assert counters(estate.property) == {
        ("WHOLE", day(1)): {"sold": 1},
        ("WHOLE", day(2)): {"sold": 1},
        ("FLAT", day(1)): {"linked": 2},
        ("FLAT", day(2)): {"linked": 2},
    }
    with refused("room_taken"):
        book(estate, 2, 4, unit="V1")
    assert numbers(book(estate, 2, 4)) == ["C1", "C1"]


def test_selling_one_flat_closes_the_house_and_no_other_flat(estate):
    """T11: the other flat stays on sale, and the house is linked once however many of its flats are sold."""
    book(estate, 1, 2, unit="V1")
    assert counters(estate.property)["WHOLE", day(1)] == {"linked": 1}
    with refused("room_taken"):
        book(estate, 1, 2, unit="villa", room_type=estate.whole)
    assert numbers(book(estate, 1, 2, unit="V2")) == ["V2"]
    assert counters(estate.property)["WHOLE", day(1)] == {"linked": 1}


def test_giving_back_opens_what_was_closed(estate):
    """T11: the last flat that leaves opens the house."""
    first, second = book(estate, 1, 3, unit="V1"), book(estate, 1, 3, unit="V2")
    desk.reservation_cancel(reservation=first, reason="Flu", actor=TESTER)
    assert free(estate.whole, day(1)) == 1
    desk.reservation_cancel(reservation=second, reason="Flu", actor=TESTER)
    assert counters(estate.property) == {}


def test_all_flats_sold_leaves_no_house(estate):
    """T11: through the counters, before any unit is asked."""
    book(estate, 1, 2, unit="V1")
    book(estate, 1, 2, unit="C2")
    with refused("sold_out"):
        book(estate, 1, 2, room_type=estate.whole)


def test_the_own_stay_does_not_stand_in_the_way_of_moving_into_the_house(estate):
    """T11: who has the flat may have its house, the guest alone had closed it."""
    row = book(estate, 1, 3, unit="V1")
    book(estate, 1, 3, unit="cottage", room_type=estate.whole)
    row = desk.reservation_move(reservation=row, unit=estate.units["villa"], actor=TESTER)
    assert numbers(row) == ["villa", "villa"]
    assert counters(estate.property)["FLAT", day(1)] == {"linked": 4}
    row = desk.reservation_move(reservation=row, unit=estate.units["V2"], actor=TESTER)
    assert counters(estate.property)["WHOLE", day(1)] == {"sold": 1, "linked": 1}


def test_leaving_a_flat_for_a_room_that_is_no_part_opens_the_house(estate):
    """T11: what was closed by the old unit is opened although the new one closes nothing."""
    row = book(estate, 1, 3, unit="V1")
    desk.reservation_move(reservation=row, unit=estate.units["A9"], actor=TESTER)
    assert counters(estate.property) == {("FLAT", day(1)): {"sold": 1}, ("FLAT", day(2)): {"sold": 1}}


def test_a_guest_moves_from_the_flat_to_the_house_halfway(estate):
    """T11, T52: each night is counted where it is slept."""
    row = book(estate, 1, 4, unit="V1")
    row = desk.reservation_move(reservation=row, unit=estate.units["villa"], from_night=day(2), actor=TESTER)
    assert numbers(row) == ["V1", "villa", "villa"]
    row = desk.reservation_shorten(reservation=row, departure=day(2), actor=TESTER)
    assert counters(estate.property) == {("FLAT", day(1)): {"sold": 1}, ("WHOLE", day(1)): {"linked": 1}}


def test_swapping_a_house_with_a_flat_of_another(estate):
    """T11, T54: both houses are counted anew."""
    whole = book(estate, 1, 3, unit="villa", room_type=estate.whole)
    flat = book(estate, 1, 4, unit="C1")
    whole, flat = desk.reservation_swap(first=whole, second=flat, actor=TESTER)
    assert (numbers(whole), numbers(flat)) == (["C1"] * 2, ["villa"] * 3)
    desk.reservation_swap(first=whole, second=flat, actor=TESTER)
    assert counters(estate.property)["FLAT", day(3)] == {"sold": 1}


def test_a_channel_that_finds_no_house_is_overbooked(estate):
    """T11, T17: without a unit nobody knows what it closes, so it closes nothing."""
    book(estate, 1, 2, unit="V1")
    book(estate, 1, 2, unit="C1")
    row = book(estate, 1, 2, room_type=estate.whole, source=Source.AIRBNB)
    assert (row.is_overbooked, counters(estate.property)["WHOLE", day(1)]) == (True, {"overbooked": 1, "linked": 2})


def test_a_house_is_never_sold_without_saying_which(estate):
    """T11: no unassigning, no fragmented sale."""
    row = book(estate, 1, 3, room_type=estate.whole)
    with refused("unit_needed"):
        desk.reservation_unassign(reservation=row, actor=TESTER)
    book(estate, 3, 4, unit="V1")
    book(estate, 4, 5, unit="C1")
    with refused("sold_out"):
        book(estate, 3, 5, room_type=estate.whole)


def test_an_option_on_a_house_holds_its_flats(estate):
    """T11, T15: until it runs out or is confirmed."""
    row = book(estate, 1, 2, unit="villa", room_type=estate.whole, status=Status.HOLD)
    assert counters(estate.property) == {("WHOLE", day(1)): {"held": 1}, ("FLAT", day(1)): {"linked": 2}}
    desk.reservation_confirm(reservation=row, actor=TESTER)
    assert counters(estate.property) == {("WHOLE", day(1)): {"sold": 1}, ("FLAT", day(1)): {"linked": 2}}


@pytest.mark.parametrize("kind", [ClosureKind.OUT_OF_ORDER, ClosureKind.OUT_OF_INVENTORY, ClosureKind.OWNER])
def test_closing_a_flat_closes_the_house(estate, kind):
    """T11, T14: a house with a flat under repair is not whole."""
    closure = closure_create(
        unit=estate.units["V1"], first=day(1), until=day(3), kind=kind, reason="Paint", actor=TESTER
    )
    assert free(estate.whole, day(1)) == 1
    with refused("room_taken"):
        book(estate, 2, 4, unit="villa", room_type=estate.whole)
    closure_release(closure=closure, actor=TESTER)
    assert counters(estate.property) == {}


def test_checking_into_a_house_while_a_flat_is_still_occupied(estate):
    """T11, T55: the guest who has not left one flat is in the house."""
    flat = book(estate, 0, 1, unit="V2", guest="Otto")
    desk.reservation_check_in(reservation=flat, actor=TESTER)
    estate.property.business_date = day(1)
    estate.property.save(update_fields=["business_date"])
    row = book(estate, 0, 2, unit="villa", room_type=estate.whole)
    with refused("unit_occupied"):
        desk.reservation_check_in(reservation=row, actor=TESTER)


def test_a_flat_does_not_retire_under_a_house_that_is_sold(estate):
    """T11, T13: whoever has the house has the flat."""
    book(estate, 5, 7, unit="villa", room_type=estate.whole)
    with refused("unit_has_bookings"):
        unit_retire(unit=estate.units["V1"], until=day(3), actor=TESTER)
    assert unit_retire(unit=estate.units["V1"], until=day(7), actor=TESTER).in_service_until == day(7)


def test_a_house_retires_after_its_flats(estate):
    """T13: parts first, and none of them later than the whole."""
    for until, name in ((9, "V1"), (9, "V2")):
        unit_retire(unit=estate.units[name], until=day(until), actor=TESTER)
    with refused("unit_has_bookings"):
        unit_retire(unit=estate.units["villa"], until=day(8), actor=TESTER)
    unit_retire(unit=estate.units["villa"], until=day(9), actor=TESTER)


def test_a_bed_in_a_flat_in_a_house(estate):
    """T11: two levels, and the bed closes both of what it is in."""
    bed = unit_create(
        room_type=estate.flat, number="bed", in_service_from=TODAY, parent=estate.units["V1"], actor=TESTER
    )
    with refused("too_deep"):
        unit_create(room_type=estate.flat, number="pillow", in_service_from=TODAY, parent=bed, actor=TESTER)
    estate.units["bed"] = bed
    book(estate, 1, 2, unit="bed")
    assert counters(estate.property) == {
        ("FLAT", day(1)): {"sold": 1, "linked": 1},
        ("WHOLE", day(1)): {"linked": 1},
    }
    book(estate, 1, 2, unit="V2")


def test_what_is_sold_as_a_whole_is_not_divided(estate):
    """T11, T13: neither the house nor a flat in it, while somebody has it as a whole."""
    book(estate, 5, 6, unit="villa", room_type=estate.whole)
    for parent in ("villa", "V1"):
        with refused("parent_taken"):
            unit_create(
                room_type=estate.flat, number="new", in_service_from=TODAY, parent=estate.units[parent], actor=TESTER
            )


def test_a_new_flat_of_a_house_that_was_let_whole_in_the_past(estate):
    """T11: the past is counted as if the flat had been there."""
    book(estate, 0, 1, unit="villa", room_type=estate.whole)
    estate.property.business_date = day(1)
    estate.property.save(update_fields=["business_date"])
    unit_create(
        room_type=estate.flat,
        number="V3",
        in_service_from=TODAY - timedelta(days=9),
        parent=estate.units["villa"],
        actor=TESTER,
    )
    assert counters(estate.property)["FLAT", TODAY] == {"linked": 3}


def test_reinstating_a_house_whose_flat_is_sold_takes_the_other_house(estate):
    """T11, T56: availability is asked again."""
    row = book(estate, 1, 2, unit="villa", room_type=estate.whole)
    desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER)
    book(estate, 1, 2, unit="V1")
    assert numbers(desk.reservation_reinstate(reservation=row, actor=TESTER)) == ["cottage"]
