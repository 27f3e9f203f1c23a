from datetime import timedelta

import pytest

from bookings.availability.models import Hold
from bookings.availability.services import unit_retire
from bookings.lifecycle import services as desk
from bookings.rates.enums import Source
from bookings.rates.models import BasePrice, RatePlan
from bookings.reservations.enums import Status
from bookings.reservations.models import Reservation
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.kernel.errors import Conflict
from tests.conftest import TODAY
from tests.house import TESTER, book, counters, free, numbers, refused


def day(offset):
    return TODAY + timedelta(days=offset)


def modify(row, **changes):
    return desk.reservation_modify(reservation=row, actor=TESTER, **changes)


def prices(row):
    return list(row.nights.filter(released_at=None).values_list("price_minor", flat=True))


def test_kept_nights_keep_their_price_and_added_ones_take_todays(property_a):
    """T28, T29: a change of dates re-prices only what is new."""
    row = book(property_a, 2, 4)
    BasePrice.objects.update(price_minor=15_000)
    row = modify(row, arrival=day(1), departure=day(5))
    assert prices(row) == [15_000, 10_000, 10_000, 15_000]
    assert row.total_minor == 50_000
    assert prices(modify(row, reprice=True)) == [15_000] * 4


def test_a_longer_stay_stays_in_its_unit(property_a):
    row = book(property_a, 1, 3, unit="102")
    row = desk.reservation_extend(reservation=row, departure=day(5), actor=TESTER)
    assert (numbers(row), row.departure, row.version) == (["102"] * 4, day(5), 2)


def test_who_is_not_here_yet_gets_another_unit_when_theirs_is_taken(property_a):
    row = book(property_a, 1, 3, unit="101")
    book(property_a, 3, 5, unit="101")
    assert numbers(modify(row, departure=day(4))) == ["102"] * 3


def test_who_is_promised_a_unit_is_refused_another(property_a):
    row = book(property_a, 1, 3, unit="101", pinned=True)
    book(property_a, 3, 5, unit="101")
    with refused("room_taken"):
        modify(row, departure=day(4))


def test_who_is_in_house_is_not_moved_by_staying_longer(property_a):
    """T12: no silent split."""
    row = in_house(property_a, 0, 2, "101")
    book(property_a, 2, 4, unit="101")
    with pytest.raises(Conflict) as refusal:
        modify(row, departure=day(3))
    assert refusal.value.code == "room_taken"
    assert refusal.value.context["alternatives"]


def in_house(house, arrival, departure, unit, **facts):
    row = book(house, arrival, departure, unit=unit, **facts)
    return desk.reservation_check_in(reservation=row, actor=TESTER)


def test_staying_longer_in_a_better_room_consumes_the_better_type(property_a):
    """T53: inventory follows the unit, the price what was sold."""
    row = in_house(property_a, 0, 2, "101")
    row = desk.reservation_move(reservation=row, unit=property_a.units["201"], from_night=day(1), actor=TESTER)
    row = desk.reservation_extend(reservation=row, departure=day(4), actor=TESTER)
    assert numbers(row) == ["101", "201", "201", "201"]
    assert prices(row) == [10_000] * 4
    assert counters(property_a.property) == {
        ("DBL", day(0)): {"sold": 1},
        ("STE", day(1)): {"sold": 1},
        ("STE", day(2)): {"sold": 1},
        ("STE", day(3)): {"sold": 1},
    }


@pytest.mark.parametrize("checked_in", [True, False])
def test_nobody_stays_longer_in_a_unit_that_is_gone(property_a, checked_in):
    """T13: the dates of a unit are kept on every way into it."""
    unit_retire(unit=property_a.units["101"], until=day(3), actor=TESTER)
    row = book(property_a, 0, 2, unit="101")
    if checked_in:
        row = desk.reservation_check_in(reservation=row, actor=TESTER)
        with refused("not_in_service"):
            modify(row, departure=day(5))
        assert numbers(modify(row, departure=day(3))) == ["101"] * 3
    else:
        assert numbers(modify(row, departure=day(5))) == ["102"] * 5


def test_leaving_sooner_frees_the_nights_at_once(property_a):
    """T51: future nights are released at once."""
    row = book(property_a, 1, 5)
    row = desk.reservation_shorten(reservation=row, departure=day(2), actor=TESTER)
    assert (row.total_minor, counters(property_a.property)) == (10_000, {("DBL", day(1)): {"sold": 1}})
    assert row.nights.count() == 4


def test_what_was_shortened_can_be_extended_again(property_a):
    before = book(property_a, 1, 5)
    was = counters(property_a.property)
    row = desk.reservation_shorten(reservation=before, departure=day(2), actor=TESTER)
    desk.reservation_extend(reservation=row, departure=day(5), actor=TESTER)
    assert counters(property_a.property) == was


def test_a_stale_copy_does_not_turn_an_extension_into_a_shortening(property_a):
    stale = book(property_a, 1, 3)
    desk.reservation_extend(reservation=stale, departure=day(9), actor=TESTER)
    with refused("not_longer"):
        desk.reservation_extend(reservation=stale, departure=day(5), actor=TESTER)
    with refused("not_shorter"):
        desk.reservation_shorten(reservation=stale, departure=day(9), actor=TESTER)


def test_a_stale_copy_is_changed_as_the_reservation_is_now(property_a):
    stale = book(property_a, 1, 3)
    modify(stale, arrival=day(20), departure=day(22))
    row = modify(stale, departure=day(24))
    assert (row.arrival, row.departure) == (day(20), day(24))


def test_another_type_is_another_unit_at_the_old_price(property_a):
    row = modify(book(property_a, 1, 3), room_type=property_a.suite)
    assert (numbers(row), row.total_minor) == (["201", "201"], 20_000)
    assert prices(modify(row, reprice=True)) == [25_000] * 2


def test_another_type_in_house_changes_what_is_sold_and_nobodys_bed(property_a):
    """T53: sold and assigned are two things; nights slept keep what they were sold as."""
    row = in_house(property_a, 0, 3, "101")
    row = modify(row, room_type=property_a.suite)
    assert (numbers(row), row.room_type) == (["101"] * 3, property_a.suite)


def test_a_named_unit_is_taken(property_a):
    assert numbers(modify(book(property_a, 1, 3), unit=property_a.units["202"])) == ["202", "202"]


def test_a_named_unit_of_a_full_type_is_refused_to_an_overbooked_stay(property_a):
    for _ in range(3):
        book(property_a, 1, 2)
    for _ in range(2):
        desk.reservation_unassign(reservation=book(property_a, 1, 2, room_type=property_a.suite), actor=TESTER)
    row = book(property_a, 1, 2, source=Source.EXPEDIA)
    with refused("sold_out"):
        modify(row, unit=property_a.units["201"])


def test_an_overbooked_stay_finds_its_room_on_other_dates(property_a):
    """T17: flagged until it fits."""
    for _ in range(3):
        book(property_a, 1, 2)
    row = book(property_a, 1, 2, source=Source.EXPEDIA)
    assert modify(row, departure=day(3)).is_overbooked
    row = modify(row, arrival=day(2), departure=day(3))
    assert (row.is_overbooked, numbers(row), row.unassigned_reason) == (False, ["101"], "")


def test_the_nights_of_an_option_follow(property_a):
    """T15: what an option holds is what it would be sold."""
    row = modify(book(property_a, 1, 3, status=Status.HOLD), arrival=day(2), departure=day(5))
    hold = Hold.objects.get(pk=row.hold_id)
    assert (hold.nights.lower, hold.nights.upper) == (day(2), day(5))
    assert {key[1]: value for key, value in counters(property_a.property).items()} == {
        day(2): {"held": 1},
        day(3): {"held": 1},
        day(4): {"held": 1},
    }


def test_an_inquiry_takes_nothing_however_it_is_changed(property_a):
    row = modify(book(property_a, 1, 3, status=Status.INQUIRY), departure=day(6))
    assert (row.total_minor, counters(property_a.property)) == (50_000, {})


def test_the_party(property_a):
    row = book(property_a, 1, 3, room_type=property_a.suite)
    row = modify(row, adults=3, child_ages=[4], infants=2)
    assert (row.adults, row.children, row.infants, row.occupants.count()) == (3, 1, 2, 6)
    row = modify(row, adults=1, child_ages=[], infants=0)
    assert (row.adults, row.children, row.infants, row.occupants.count()) == (1, 0, 0, 1)
    assert row.occupants.get().guest == row.guest


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("no_nights", {"departure": day(1)}),
        ("too_long", {"departure": day(733)}),
        ("arrival_past", {"arrival": day(-1)}),
        ("beyond_horizon", {"departure": day(121)}),
        ("beyond_horizon", {"arrival": day(2_000_000), "departure": day(2_000_001)}),
        ("too_many_guests", {"adults": 3}),
        ("no_adult", {"adults": 0}),
        ("bad_age", {"adults": 1, "child_ages": [40]}),
        ("changed_meanwhile", {"version": 7, "departure": day(4)}),
    ],
)
def test_what_is_refused_changes_nothing(property_a, code, changes):
    row = book(property_a, 1, 3)
    was = counters(property_a.property)
    with refused(code):
        modify(row, **changes)
    assert (Reservation.objects.get().version, counters(property_a.property)) == (1, was)


def test_no_price_on_an_added_night(property_a):
    """T24: no price, no sale."""
    row = book(property_a, 1, 3)
    BasePrice.objects.all().delete()
    with refused("no_price"):
        modify(row, departure=day(4))


def test_sold_out_offers_alternatives(property_a):
    row = book(property_a, 1, 2)
    for _ in range(3):
        book(property_a, 2, 3)
    with pytest.raises(Conflict) as refusal:
        modify(row, departure=day(3))
    assert (refusal.value.code, refusal.value.context["alternatives"]) == (
        "sold_out",
        ["Suite: 2 free for these nights"],
    )


def test_nights_slept_are_not_given_back(property_a):
    row = in_house(property_a, 0, 3, "101")
    with refused("past_nights"):
        modify(row, arrival=day(1))
    with refused("past_nights"):
        modify(row, departure=day(-1), arrival=day(-2))


def test_what_is_over_is_not_changed(property_a):
    row = book(property_a, 1, 3)
    desk.reservation_cancel(reservation=row, reason="Flu", actor=TESTER)
    with refused("not_changeable"):
        modify(row, departure=day(4))


def test_another_propertys_type_is_refused(property_a, property_other):
    row = book(property_a, 1, 3)
    with refused("other_property"):
        modify(row, room_type=property_other.double)
    with refused("other_property"):
        modify(row, rate_plan=property_other.rate_plan)
    with refused("other_property"):
        modify(row, unit=property_other.units["101"])


def test_nothing_changed_writes_nothing(property_a):
    row = book(property_a, 1, 3)
    facts = AuditEvent.objects.count(), OutboxEvent.objects.count()
    assert modify(row, departure=day(3), adults=2).version == 1
    assert (AuditEvent.objects.count(), OutboxEvent.objects.count()) == facts


def test_the_audit_says_what_changed(property_a):
    modify(book(property_a, 1, 3), departure=day(4), reason="Flight moved")
    row = AuditEvent.objects.get(action="reservation.changed")
    assert (row.reason, row.changes) == (
        "Flight moved",
        {"departure": ["2026-11-23", "2026-11-24"], "total_minor": [20_000, 30_000]},
    )
    assert OutboxEvent.objects.get(kind="reservation.changed").payload["departure"] == "2026-11-24"


def test_another_plan_prices_only_what_is_new(property_a):
    plan = RatePlan.objects.create(property=property_a.property, code="NRF", name="Not refundable")
    BasePrice.objects.create(rate_plan=plan, room_type=property_a.double, price_minor=9_000)
    row = modify(book(property_a, 1, 3), rate_plan=plan, departure=day(4))
    assert prices(row) == [10_000, 10_000, 9_000]


def test_details(property_a):
    row = book(property_a, 1, 2)
    row = desk.reservation_details_set(
        reservation=row, notes=" Cot ", tags=["VIP ", "vip", ""], special_requests="Quiet", actor=TESTER
    )
    assert (row.notes, row.tags, row.special_requests) == ("Cot", ["vip"], "Quiet")
    facts = AuditEvent.objects.count()
    desk.reservation_details_set(reservation=row, notes="Cot", tags=["vip"], actor=TESTER)
    assert AuditEvent.objects.count() == facts
    with refused("bad_character"):
        desk.reservation_details_set(reservation=row, notes="\x00", actor=TESTER)
    with refused("text_too_long"):
        desk.reservation_details_set(reservation=row, tags=["x" * 10_000], actor=TESTER)


def test_one_more_night_than_there_are_rooms(property_a):
    for _ in range(3):
        book(property_a, 5, 6)
    with refused("sold_out"):
        modify(book(property_a, 3, 5), departure=day(6))
    assert free(property_a.double, day(5)) == 0


def test_a_crowded_party_that_is_not_touched_may_stay_longer(property_a):
    """An import or a channel may have sold more guests than the type sleeps; extending asks nothing of that."""
    reservation = book(property_a, 1, 3)
    Reservation.objects.filter(pk=reservation.pk).update(adults=5)
    reservation.refresh_from_db()
    assert desk.reservation_extend(reservation=reservation, departure=day(4), actor=TESTER).departure == day(4)
    with refused("too_many_guests"):
        desk.reservation_modify(reservation=reservation, adults=4, actor=TESTER)


def test_a_stay_cannot_be_changed_to_what_is_not_sold_any_more(property_a):
    reservation = book(property_a, 1, 3)
    property_a.suite.retired_at = reservation.made_at
    with refused("retired"):
        desk.reservation_modify(reservation=reservation, room_type=property_a.suite, actor=TESTER)


@pytest.mark.parametrize("source", [Source.OTA, Source.PHONE])
def test_what_the_channel_sold_otherwise_is_taken_beyond_the_last_room(property_a, source):
    """T17: a change of the channel's own is accepted and flagged; nobody else's is."""
    row = book(property_a, 1, 3, source=source)
    for unit in ("101", "102", "103"):
        book(property_a, 10, 12, unit=unit)
    wish = {"arrival": day(10), "departure": day(12)}
    with refused("sold_out"):
        modify(row, **wish)
    if source == Source.PHONE:
        with refused("sold_out"):
            modify(row, **wish, sold_elsewhere=True)
    else:
        row = modify(row, **wish, sold_elsewhere=True)
        assert (row.arrival, row.is_overbooked, numbers(row)) == (day(10), True, [None, None])
