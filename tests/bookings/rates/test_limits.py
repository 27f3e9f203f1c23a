"""What refuses a sale: every code, on which dates it is read, how rows are combined, what a change asks again."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billing.taxes.party import Party
from bookings.availability.models import InventoryDay
from bookings.rates.enums import Source
from bookings.rates.models import PlanChannel
from bookings.rates.quoting import REFUSALS, Kept, KeptNight, Part
from pms.kernel.errors import Conflict, Invalid
from tests.bookings.rates.asking import AT, TWO, ask, codes, day, derived, limit, one, path, prices
from tests.house import book, refused

NIGHTS = (10, 11, 12)
DEPARTURE = 13


def kept_nights(*offsets, arrival=None, departure=None):
    """Return a stay that was sold on these nights for 70.00 each."""
    nights = {
        day(offset): KeptNight(date=day(offset), price_minor=7_000, parts=(Part("accommodation", 7_000),), taxes=())
        for offset in offsets
    }
    return Kept(nights=nights, arrival=arrival and day(arrival), departure=departure and day(departure))


@pytest.mark.parametrize(
    ("limits", "on"),
    [
        ({"stop_sell": True}, NIGHTS),
        ({"quota": 0}, NIGHTS),
        ({"min_stay_through": 4}, NIGHTS),
        ({"min_stay_arrival": 4}, (10,)),
        ({"max_stay": 2}, (10,)),
        ({"closed_to_arrival": True}, (10,)),
        ({"lead_hours_min": 300}, (10,)),
        ({"lead_days_max": 9}, (10,)),
        ({"closed_to_departure": True}, (DEPARTURE,)),
    ],
)
@pytest.mark.parametrize("offset", [9, *NIGHTS, DEPARTURE, 14])
def test_which_restriction_is_read_on_which_date(property_a, limits, on, offset):
    """T18, T19, T20, T21: the whole table, every restriction on every date of the stay and around it."""
    limit(property_a, offset, **limits)
    code = next(iter(limits))
    assert codes(property_a, 10, DEPARTURE) == ([code] if offset in on else [])
    if offset in on:
        found = path(property_a, 10, DEPARTURE).refusals[0]
        value = None if limits[code] is True else limits[code]
        assert (found.date, found.value, found.where, found.subject) == (day(offset), value, "restriction", "*/*")


@pytest.mark.parametrize(
    ("limits", "passes"),
    [
        ({"min_stay_through": 3}, True),
        ({"min_stay_arrival": 3}, True),
        ({"max_stay": 3}, True),
        ({"stop_sell": False, "closed_to_arrival": False, "closed_to_departure": False}, True),
        ({"quota": 1}, True),
        ({"lead_days_max": 10}, True),
    ],
)
def test_a_restriction_that_is_just_kept_refuses_nothing(property_a, limits, passes):
    limit(property_a, 10, **limits)
    assert (codes(property_a, 10, 13) == []) is passes


def test_minimum_stays_on_arrival_and_through_must_both_hold(property_a):
    """T20: the longest of the nights' minimum stays through, the arrival's own, each for itself."""
    limit(property_a, 10, min_stay_arrival=3, min_stay_through=2)
    limit(property_a, 11, min_stay_through=5, min_stay_arrival=9)
    found = path(property_a, 10, 12).refusals
    assert [(refusal.code, refusal.date, refusal.value) for refusal in found] == [
        ("min_stay_arrival", day(10), 3),
        ("min_stay_through", day(11), 5),
    ]
    assert found[1].message == (
        "Double on Best available rate: stays that include 1 December 2026 have at least 5 nights."
    )


def test_rows_of_property_type_plan_and_pair_are_combined_to_the_strictest(property_a):
    """T22: restriction by restriction, whichever row is looser elsewhere."""
    plan, double = property_a.rate_plan, property_a.double
    limit(property_a, 10, min_stay_arrival=2, max_stay=9)
    limit(property_a, 10, room_type=double, min_stay_arrival=4, max_stay=8)
    limit(property_a, 10, plan=plan, min_stay_arrival=3, max_stay=7)
    limit(property_a, 10, plan=plan, room_type=double, min_stay_arrival=1, max_stay=10, stop_sell=False)
    told = {refusal.code: refusal for refusal in path(property_a, 10, 12).refusals}
    assert [(code, refusal.value, refusal.subject) for code, refusal in told.items()] == [
        ("min_stay_arrival", 4, "DBL/*")
    ]
    told = {refusal.code: refusal for refusal in path(property_a, 10, 19).refusals}
    assert [(code, refusal.value, refusal.subject) for code, refusal in told.items()] == [("max_stay", 7, "*/BAR")]
    assert codes(property_a, 10, 12, room_type=property_a.suite) == ["min_stay_arrival"]
    assert path(property_a, 10, 12, room_type=property_a.suite).refusals[0].value == 3


@pytest.mark.parametrize("switch", ["min_stay_arrival", "max_stay", "stop_sell", "quota"])
def test_each_restriction_is_inherited_by_a_switch_of_its_own(property_a, switch):
    """T23: a chain of four, the switch off in the middle; the other restrictions stay where they are."""
    limits = {"min_stay_arrival": 4, "max_stay": 2, "stop_sell": True, "quota": 0}
    everything = [*limits, "price"]
    second = derived(property_a, "B", property_a.rate_plan, inherits=everything)
    third = derived(property_a, "C", second, inherits=everything)
    fourth = derived(property_a, "D", third, inherits=everything)
    limit(property_a, 10, plan=property_a.rate_plan, **limits)
    all_codes = [code for code in REFUSALS if code in limits]
    assert codes(property_a, 10, 13, rate_plan=fourth) == all_codes
    second.inherits = [code for code in everything if code != switch]
    second.save()
    others = [code for code in all_codes if code != switch]
    for plan in (second, third, fourth):
        assert codes(property_a, 10, 13, rate_plan=plan) == others
    limit(property_a, 10, plan=third, room_type=property_a.double, **{switch: limits[switch]})
    assert codes(property_a, 10, 13, rate_plan=second) == others
    assert codes(property_a, 10, 13, rate_plan=fourth) == all_codes


def test_a_child_adds_its_own_and_never_loosens(property_a):
    """T22, T23."""
    plan = derived(property_a, "NRF", property_a.rate_plan)
    limit(property_a, 10, plan=property_a.rate_plan, min_stay_arrival=5)
    limit(property_a, 10, plan=plan, min_stay_arrival=2)
    assert path(property_a, 10, 12, rate_plan=plan).refusals[0].value == 5
    assert path(property_a, 10, 12).refusals[0].value == 5
    limit(property_a, 11, plan=plan, stop_sell=True)
    assert codes(property_a, 11, 12) == []


def test_hours_count_back_from_check_in_time_on_the_propertys_clock(property_a):
    """T26: check-in is at 15:00 in Lisbon; 24 hours before it is 15:00 the day before, on the minute."""
    limit(property_a, 10, lead_hours_min=24)
    closes = datetime(2026, 11, 29, 15, tzinfo=UTC)
    assert codes(property_a, 10, 11, at=closes) == []
    assert codes(property_a, 10, 11, at=closes + timedelta(seconds=1)) == ["lead_hours_min"]
    assert codes(property_a, 10, 11, at=closes + timedelta(hours=20), source=Source.WALK_IN) == []


def test_hours_are_hours_when_clocks_change(property_a):
    """T6, T26: the night the clocks go forward in Lisbon (28 March 2027) has 23 hours."""
    property_a.property.check_in_time = property_a.property.check_in_time.replace(hour=3)
    property_a.property.save()
    offset = (date(2027, 3, 28) - day(0)).days
    limit(property_a, offset, lead_hours_min=3)
    at = datetime(2027, 3, 27, 23, tzinfo=UTC)
    wish = {"with_alternatives": False, "room_type": property_a.double}
    # Three in the morning of summer time is two o'clock UTC: three hours after eleven in the evening.
    assert "lead_hours_min" not in [row.code for row in ask(property_a, offset, offset + 1, at=at, **wish).refusals]
    late = at + timedelta(minutes=1)
    assert "lead_hours_min" in [row.code for row in ask(property_a, offset, offset + 1, at=late, **wish).refusals]


def test_days_ahead_are_local_dates(property_a):
    """T26: half past eleven in the evening UTC is tomorrow in Tokyo, a day nearer to the arrival."""
    limit(property_a, 10, lead_days_max=9)
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert codes(property_a, 10, 11, at=late) == ["lead_days_max"]
    property_a.property.time_zone = "Asia/Tokyo"
    property_a.property.save()
    property_a.double.refresh_from_db()
    assert codes(property_a, 10, 11, at=late) == []


def test_a_quota_counts_live_nights_of_what_its_row_names(property_a):
    """T19: of the type, of the plan, of both, of all; what was cancelled counts no longer."""
    other = derived(property_a, "NRF", property_a.rate_plan, inherits=["price"])
    first = book(property_a, 10, 12)
    rows = {
        "pair": limit(property_a, 11, plan=property_a.rate_plan, room_type=property_a.double, quota=2),
        "type": limit(property_a, 11, room_type=property_a.double, quota=2),
        "plan": limit(property_a, 11, plan=property_a.rate_plan, quota=2),
        "all": limit(property_a, 11, quota=2),
    }
    assert codes(property_a, 10, 12) == []

    def only(name):
        for key, row in rows.items():
            row.quota = 1 if key == name else None
            row.save()
        return [
            codes(property_a, 10, 12),
            codes(property_a, 10, 12, rate_plan=other),
            codes(property_a, 10, 12, room_type=property_a.suite),
            codes(property_a, 10, 12, room_type=property_a.suite, rate_plan=other),
        ]

    full: list[str] = ["quota"]
    free: list[str] = []
    assert only("pair") == [full, free, free, free]
    assert only("type") == [full, full, free, free]
    assert only("plan") == [full, free, full, free]
    assert only("all") == [full, full, full, full]
    first.nights.update(released_at=AT)
    assert only("all") == [free, free, free, free]
    first.nights.update(released_at=None)


def test_an_inherited_quota_is_shared_by_the_parent_and_all_who_inherit_it(property_a):
    """T23: what the children sell is taken from the parent's quota too."""
    child = derived(property_a, "NRF", property_a.rate_plan)
    stranger = derived(property_a, "OWN", property_a.rate_plan, inherits=["price"])
    limit(property_a, 10, plan=property_a.rate_plan, quota=1)
    sold = book(property_a, 10, 11)
    sold.nights.update(rate_plan=stranger)
    assert [codes(property_a, 10, 11, rate_plan=plan) for plan in (property_a.rate_plan, child)] == [[], []]
    sold.nights.update(rate_plan=child)
    assert [codes(property_a, 10, 11, rate_plan=plan) for plan in (property_a.rate_plan, child, stranger)] == [
        ["quota"],
        ["quota"],
        [],
    ]


@pytest.mark.parametrize(
    ("fields", "arrival", "departure", "code", "found", "value"),
    [
        ({"sale_first": 1}, 10, 11, "sale_window", 0, day(1).isoformat()),
        ({"sale_last": -1}, 10, 11, "sale_window", 0, day(-1).isoformat()),
        ({"stay_first": 11}, 10, 13, "stay_window", 10, day(11).isoformat()),
        ({"stay_last": 11}, 10, 14, "stay_window", 12, day(11).isoformat()),
        ({"lead_days_min": 11}, 10, 11, "plan_lead_time", 10, 11),
        ({"lead_days_max": 9}, 10, 11, "plan_lead_time", 10, 9),
        ({"nights_min": 3}, 10, 12, "plan_nights", 10, 3),
        ({"nights_max": 1}, 10, 12, "plan_nights", 10, 1),
    ],
)
def test_the_plans_own_windows(property_a, fields, arrival, departure, code, found, value):
    plan = property_a.rate_plan
    for name, number in fields.items():
        dated = name.startswith(("sale", "stay"))
        setattr(plan, name, day(number) if dated else number)
    plan.save()
    assert codes(property_a, arrival, departure) == [code]
    refusal = path(property_a, arrival, departure).refusals[0]
    assert (refusal.date, refusal.value, refusal.where, refusal.subject) == (day(found), value, "rate_plan", "BAR")
    for name in fields:
        dated = name.startswith(("sale", "stay"))
        just = {"sale_first": 0, "sale_last": 0, "stay_first": 10, "stay_last": departure - 1}.get(name)
        kept = {"lead_days_min": 10, "lead_days_max": 10, "nights_min": 2, "nights_max": 2}.get(name)
        setattr(plan, name, day(just) if dated else kept)
    plan.save()
    assert codes(property_a, arrival, departure) == []


def test_the_sale_window_is_read_on_the_propertys_calendar(property_a):
    """T26."""
    property_a.rate_plan.sale_last = day(0)
    property_a.rate_plan.save()
    late = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    assert codes(property_a, 10, 11, at=late) == []
    assert codes(property_a, 10, 11, at=late + timedelta(minutes=1)) == ["sale_window"]
    property_a.property.time_zone = "Pacific/Auckland"
    property_a.property.save()
    property_a.double.refresh_from_db()
    assert codes(property_a, 10, 11, at=late) == ["sale_window"]


def test_an_access_code_is_asked_where_nobody_of_the_staff_sells(property_a):
    property_a.rate_plan.access_code = "ACME2026"
    property_a.rate_plan.save()
    assert codes(property_a, source=Source.PHONE) == []
    assert codes(property_a, source=Source.DIRECT_WEB) == ["access_code"]
    assert codes(property_a, source=Source.DIRECT_WEB, access_code="acme") == ["access_code"]
    assert codes(property_a, source=Source.DIRECT_WEB, access_code=" acme2026 ") == []


def test_a_plan_may_be_closed_at_a_source(property_a):
    PlanChannel.objects.create(rate_plan=property_a.rate_plan, source=Source.DIRECT_WEB, is_open=False)
    assert codes(property_a, source=Source.DIRECT_WEB) == ["channel_closed"]
    assert codes(property_a, source=Source.PHONE) == []


@pytest.mark.parametrize(
    ("party", "value"),
    [(Party(adults=3), 2), (Party(adults=1, child_ages=(3, 4)), 2), (Party(adults=2, infants=2), None)],
)
def test_too_many_guests(property_a, party, value):
    found = [row for row in path(property_a, party=party).refusals if row.code == "too_many_guests"]
    assert [row.value for row in found] == ([] if value is None else [value])


def test_more_children_than_the_type_takes(property_a):
    party = Party(adults=1, child_ages=(1, 2))
    property_a.double.max_occupancy = 4
    property_a.double.save()
    assert path(property_a, party=party).refusals[0].message == "Double is for 1 child at most, not 2."


def test_rooms_are_asked_on_every_night(property_a):
    """T9: the first night that is full, and one past the horizon."""
    InventoryDay.objects.filter(room_type=property_a.double, date=day(11)).update(sold=3)
    assert codes(property_a, 10, 13) == ["sold_out"]
    refusal = path(property_a, 10, 13).refusals[0]
    assert (refusal.date, refusal.value, refusal.subject) == (day(11), 0, "DBL")
    InventoryDay.objects.filter(room_type=property_a.double, date=day(11)).update(sold=2)
    offer = one(property_a, 10, 13)
    assert offer.available == 1
    InventoryDay.objects.filter(room_type=property_a.double, date=day(11)).update(sold=0)
    InventoryDay.objects.filter(room_type=property_a.double, date=day(12)).delete()
    assert codes(property_a, 10, 13) == ["beyond_horizon"]


def test_what_is_past_or_retired_is_not_sold(property_a):
    assert codes(property_a, -1, 1) == ["arrival_past"]
    property_a.rate_plan.retired_at = AT
    property_a.rate_plan.save()
    assert codes(property_a, 10, 11) == ["retired"]
    assert ask(property_a, with_alternatives=False).refusals == ()


def test_everything_that_refuses_is_named_and_the_first_is_raised(property_a):
    limit(property_a, 10, stop_sell=True, min_stay_arrival=9, closed_to_arrival=True)
    property_a.rate_plan.nights_max = 1
    property_a.rate_plan.save()
    expected = ["min_stay_arrival", "closed_to_arrival", "stop_sell", "plan_nights"]
    assert codes(property_a, 10, 12) == expected
    with pytest.raises(Conflict) as refusal:
        one(property_a, 10, 12)
    assert (refusal.value.code, refusal.value.field) == ("min_stay_arrival", "departure")
    assert (refusal.value.context["date"], refusal.value.context["value"]) == (day(10), 9)
    assert [row.code for row in refusal.value.context["refusals"]] == expected


@pytest.mark.parametrize(
    ("party", "error", "code", "field"),
    [(Party(adults=5), Invalid, "too_many_guests", "adults"), (TWO, Conflict, "stop_sell", "arrival")],
)
def test_what_makes_no_sense_is_invalid_and_what_is_in_the_way_a_conflict(property_a, party, error, code, field):
    limit(property_a, 10, stop_sell=True)
    with pytest.raises(error) as refusal:
        one(property_a, party=party)
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_staff_may_sell_against_rules_but_not_rooms_that_are_not_there(property_a):
    """T21: what OVERRIDABLE names gives way, nothing else."""
    limit(property_a, 10, stop_sell=True, min_stay_arrival=9, quota=0)
    assert one(property_a, override=True).room_minor == 20_000
    InventoryDay.objects.filter(room_type=property_a.double).update(sold=3)
    with refused("sold_out"):
        one(property_a, override=True)
    assert one(property_a, override=True, check_inventory=False).room_minor == 20_000
    InventoryDay.objects.filter(room_type=property_a.double).update(sold=0)


def test_the_prices_of_a_channel_are_taken_as_they_are(property_a):
    """T67: nothing restricts them, and nothing is added to them."""
    limit(property_a, 10, stop_sell=True)
    PlanChannel.objects.create(rate_plan=property_a.rate_plan, source=Source.EXPEDIA, percent=10, is_open=False)
    given = {day(10): 9_100, day(11): 0}
    offer = one(property_a, source=Source.EXPEDIA, prices=given, party=Party(adults=9), promo_code="NOSUCH")
    assert [night.price_minor for night in offer.nights] == [9_100, 0]
    assert (offer.promo_code, offer.total_minor) == ("", 9_100)
    # A night without a price of theirs is priced by the rules.
    offer = one(property_a, 10, 12, source=Source.PHONE, prices={day(10): 5_000})
    assert [night.price_minor for night in offer.nights] == [5_000, 10_000]


def test_a_change_asks_nights_only_where_they_were_added(property_a):
    """T21: stop sell, quota and prices for added nights, lengths for the whole stay."""
    kept = kept_nights(10, 11)
    limit(property_a, 10, stop_sell=True, quota=0)
    offer = one(property_a, 10, 13, kept=kept)
    assert [(night.price_minor, night.kept) for night in offer.nights] == [
        (7_000, True),
        (7_000, True),
        (10_000, False),
    ]
    limit(property_a, 12, stop_sell=True)
    with refused("stop_sell"):
        one(property_a, 10, 13, kept=kept)
    limit(property_a, 11, min_stay_through=9)
    with refused("min_stay_through"):
        one(property_a, 10, 12, kept=kept_nights(10, 11, 12))


def test_the_longest_stay_limits_an_extension_too(property_a):
    """T21."""
    limit(property_a, 10, max_stay=3)
    assert one(property_a, 10, 13, kept=kept_nights(10, 11)).room_minor == 24_000
    with refused("max_stay"):
        one(property_a, 10, 14, kept=kept_nights(10, 11))


def test_a_stay_whose_dates_do_not_change_is_asked_nothing(property_a):
    """A rule made after the sale does not forbid to change the party."""
    limit(property_a, 10, min_stay_arrival=9, closed_to_arrival=True, stop_sell=True, quota=0, lead_hours_min=999)
    limit(property_a, 12, closed_to_departure=True)
    property_a.rate_plan.nights_min = 5
    property_a.rate_plan.save()
    assert one(property_a, 10, 12, kept=kept_nights(10, 11)).room_minor == 14_000


@pytest.mark.parametrize(
    ("arrival", "departure", "code"),
    [(10, 13, "closed_to_departure"), (9, 12, "closed_to_arrival"), (11, 12, "closed_to_arrival"), (10, 12, None)],
)
def test_arrival_rules_only_when_the_arrival_changes(property_a, arrival, departure, code):
    """T18: and the departure's only when the departure does."""
    for offset in (9, 10, 11):
        limit(property_a, offset, closed_to_arrival=True)
    for offset in (12, 13):
        limit(property_a, offset, closed_to_departure=True)
    kept = kept_nights(*range(max(arrival, 10), 12), arrival=10, departure=12)
    if code is None:
        assert one(property_a, arrival, departure, kept=kept).room_minor == 14_000
    else:
        with refused(code):
            one(property_a, arrival, departure, kept=kept)


def test_a_guest_in_house_may_stay_longer(property_a):
    """The arrival is past, and was not past when it was sold."""
    property_a.property.business_date = day(11)
    property_a.property.save()
    assert one(property_a, 10, 13, at=AT + timedelta(days=11), kept=kept_nights(10, 11)).room_minor == 24_000
    with refused("arrival_past"):
        one(property_a, 9, 13, at=AT + timedelta(days=11), kept=kept_nights(10, 11))


def test_prices_ignore_the_rules_of_another_property(property_a, property_other):
    limit(property_other, 10, stop_sell=True)
    assert prices(property_a, 10, 11) == [10_000]
    with refused("other_property"):
        one(property_a, rate_plan=property_other.rate_plan)
    with refused("other_property"):
        ask(property_a, room_type=property_other.double)
