"""Edits of prices and restrictions as versions: T22, T24, T27, T28."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.rates.enums import ChangeState
from bookings.rates.models import BasePrice, DailyPrice, PlanChannel, RateChange, RatePlan, Restriction
from bookings.rates.services import (
    Cell,
    change_discard,
    change_draft,
    change_preview,
    change_publish,
    change_roll_back,
    change_roll_back_preview,
    rates_change,
)
from bookings.rates.services.changing import moved_sentence
from bookings.rates.services.judging import Names
from pms.audit.models import AuditEvent
from pms.events.models import OutboxEvent
from pms.kernel.errors import Conflict, DomainError, Invalid
from tests.bookings.rates.edits import DAY, change, limit, price, prices
from tests.conftest import TODAY
from tests.house import TESTER, House, book, refused


def restrictions() -> list[dict[str, Any]]:
    """Return what every row says, without the fields that say nothing."""
    names = [field.name for field in Restriction._meta.fields if field.name not in {"id", "property"}]
    rows = Restriction.objects.order_by("date", "room_type__code", "rate_plan__code").values(*names)
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def fault(house: House, *cells: Cell) -> Invalid:
    with pytest.raises(Invalid) as caught:
        change(house, *cells)
    return caught.value


def test_a_draft_has_no_effect_and_keeps_both_values(property_a: House) -> None:
    change(property_a, price(property_a, 9_000))
    draft = change_draft(
        property=property_a.property,
        cells=[price(property_a, 12_000), limit(property_a, "stop_sell", 1, DAY + timedelta(days=1))],
        title=" May ",
        actor=TESTER,
    )
    assert prices() == {DAY: 9_000}
    assert restrictions() == []
    assert (draft.state, draft.number, draft.title, draft.cells_count) == (ChangeState.DRAFT, 2, "May", 2)
    assert (draft.first, draft.last) == (DAY, DAY + timedelta(days=1))
    assert list(draft.cells.order_by("date").values_list("field", "before", "after")) == [
        ("price", 9_000, 12_000),
        ("stop_sell", None, 1),
    ]
    assert draft.made_by == "tests"


def test_publishing_sets_prices_and_restrictions(property_a: House) -> None:
    """A price of 0 is a price, None removes it (T24)."""
    days = [DAY + timedelta(days=index) for index in range(3)]
    change(property_a, *(price(property_a, 9_000, day) for day in days))
    change(property_a, price(property_a, 0, days[0]), price(property_a, None, days[1]), price(property_a, 1, days[2]))
    assert prices() == {days[0]: 0, days[2]: 1}


def test_each_restriction_is_set_and_cleared_by_itself(property_a: House) -> None:
    """T27: clearing one leaves the others, and a row that says nothing goes; no is not nothing."""
    named = {"room_type": property_a.double.pk, "rate_plan": property_a.rate_plan.pk, "date": DAY}
    change(property_a, limit(property_a, "min_stay_arrival", 3), limit(property_a, "closed_to_arrival", 0))
    assert restrictions() == [named | {"min_stay_arrival": 3, "closed_to_arrival": False}]
    change(property_a, limit(property_a, "stop_sell", 1))
    assert restrictions() == [named | {"min_stay_arrival": 3, "closed_to_arrival": False, "stop_sell": True}]
    change(property_a, limit(property_a, "min_stay_arrival", None), limit(property_a, "quota", 0))
    assert restrictions() == [named | {"closed_to_arrival": False, "stop_sell": True, "quota": 0}]
    change(property_a, *(limit(property_a, name, None) for name in ("closed_to_arrival", "stop_sell", "quota")))
    assert restrictions() == []


def test_rows_for_a_type_a_plan_and_the_house_are_kept_apart(property_a: House) -> None:
    """T22 combines them when a stay is sold; setting one never touches another."""
    both = limit(property_a, "max_stay", 4)
    kind = limit(property_a, "max_stay", 5, rate_plan_id=None)
    plan = limit(property_a, "max_stay", 6, room_type_id=None)
    house = limit(property_a, "max_stay", 7, room_type_id=None, rate_plan_id=None)
    change(property_a, both, kind, plan, house)
    change(property_a, house._replace(value=8), plan._replace(value=None))
    assert restrictions() == [
        {"date": DAY, "room_type": property_a.double.pk, "rate_plan": property_a.rate_plan.pk, "max_stay": 4},
        {"date": DAY, "room_type": property_a.double.pk, "max_stay": 5},
        {"date": DAY, "max_stay": 8},
    ]


def test_publishing_and_rolling_back_are_idempotent(property_a: House) -> None:
    published = change(property_a, price(property_a, 12_000))
    assert change_publish(change=published, actor=TESTER).published_at == published.published_at
    assert OutboxEvent.objects.filter(kind="rates.changed").count() == 1
    once = change_roll_back(change=published, actor=TESTER)
    assert change_roll_back(change=published, actor=TESTER).rolled_back_at == once.rolled_back_at
    assert OutboxEvent.objects.filter(kind="rates.changed").count() == 2
    assert prices() == {}
    with refused("rolled_back"):
        change_publish(change=published, actor=TESTER)


def test_what_changed_meanwhile_is_named_and_nothing_is_published(property_a: House) -> None:
    cells = [price(property_a, 12_000), price(property_a, 12_000, DAY + timedelta(days=1))]
    draft = change_draft(property=property_a.property, cells=cells, title="May", actor=TESTER)
    change(property_a, price(property_a, 9_000))
    with pytest.raises(Conflict) as caught:
        change_publish(change=draft, actor=TESTER)
    assert caught.value.code == "changed_meanwhile"
    assert caught.value.message == (
        "Price of DBL, BAR, 30 November 2026 is €90.00 now, not nothing as when the draft was made."
    )
    assert [(cell.date, cell.expected, cell.current) for cell in caught.value.context["moved"]] == [(DAY, None, 9_000)]
    assert prices() == {DAY: 9_000}


def test_it_can_overwrite_what_changed_meanwhile_and_take_that_back(property_a: House) -> None:
    draft = change_draft(property=property_a.property, cells=[price(property_a, 12_000)], title="May", actor=TESTER)
    change(property_a, price(property_a, 9_000))
    change_publish(change=draft, actor=TESTER, expect_before=False)
    assert prices() == {DAY: 12_000}
    change_roll_back(change=draft, actor=TESTER)
    assert prices() == {DAY: 9_000}


def test_rolling_back_names_what_changed_since_and_may_leave_it(property_a: House) -> None:
    tomorrow = DAY + timedelta(days=1)
    first = change(
        property_a,
        price(property_a, 12_000),
        price(property_a, 12_000, tomorrow),
        limit(property_a, "quota", 5),
    )
    change(property_a, price(property_a, 13_000), limit(property_a, "stop_sell", 1))
    with pytest.raises(Conflict) as caught:
        change_roll_back(change=first, actor=TESTER)
    assert caught.value.code == "changed_since"
    preview = change_roll_back_preview(change=first)
    assert (preview.cells, preview.moved) == (2, caught.value.context["moved"])
    change_roll_back(change=first, actor=TESTER, leave_moved=True)
    assert prices() == {DAY: 13_000}
    assert [row.get("stop_sell") for row in restrictions()] == [True]
    assert "quota" not in restrictions()[0]


def test_there_must_be_something_to_put_back(property_a: House) -> None:
    first = change(property_a, price(property_a, 12_000))
    change(property_a, price(property_a, None))
    with refused("nothing_to_put_back"):
        change_roll_back(change=first, actor=TESTER, leave_moved=True)


def test_an_all_in_price_comes_back_as_such(property_a: House) -> None:
    pair = {"room_type": property_a.double, "rate_plan": property_a.rate_plan}
    DailyPrice.objects.create(**pair, date=DAY, price_minor=5_000, all_in=True)
    removed = change(property_a, price(property_a, None))
    change_roll_back(change=removed, actor=TESTER)
    assert DailyPrice.objects.values_list("price_minor", "all_in").get() == (5_000, True)


def test_a_draft_can_be_thrown_away_and_a_version_cannot(property_a: House) -> None:
    draft = change_draft(property=property_a.property, cells=[price(property_a, 12_000)], title="May", actor=TESTER)
    with refused("not_published"):
        change_roll_back(change=draft, actor=TESTER)
    change_discard(change=draft, actor=TESTER)
    assert RateChange.objects.count() == 0
    with refused("no_such_change"):
        change_publish(change=draft, actor=TESTER)
    with refused("not_a_draft"):
        change_discard(change=change(property_a, price(property_a, 12_000)), actor=TESTER)


def test_it_tells_the_audit_and_the_channels_once(property_a: House) -> None:
    plan = RatePlan.objects.create(property=property_a.property, code="NRF", name="Saver", parent=property_a.rate_plan)
    change(
        property_a,
        price(property_a, 12_000),
        limit(property_a, "stop_sell", 1, DAY + timedelta(days=4), room_type_id=None, rate_plan_id=plan.pk),
    )
    event = OutboxEvent.objects.get(kind="rates.changed")
    assert (event.subject_type, event.subject_code) == ("property", "LIS")
    assert event.payload == {
        "property": "LIS",
        "change": 1,
        "state": "published",
        "room_types": ["DBL", "STE"],
        "rate_plans": ["BAR", "NRF"],
        "derived_plans": [],
        "first": DAY.isoformat(),
        "last": (DAY + timedelta(days=4)).isoformat(),
        "fields": ["price", "stop_sell"],
    }
    trail = AuditEvent.objects.filter(subject_type="rate_change").order_by("id")
    assert list(trail.values_list("action", "subject_code", "property_code")) == [
        ("rates.drafted", "LIS/1", "LIS"),
        ("rates.published", "LIS/1", "LIS"),
    ]


def test_it_tells_which_derived_plans_follow(property_a: House) -> None:
    """T23: a plan whose switch is off does not follow, and nobody behind it does."""
    child = RatePlan.objects.create(property=property_a.property, code="C", name="C", parent=property_a.rate_plan)
    RatePlan.objects.create(property=property_a.property, code="G", name="G", parent=child)
    off = RatePlan.objects.create(
        property=property_a.property, code="OFF", name="Off", parent=property_a.rate_plan, inherits=["stop_sell"]
    )
    RatePlan.objects.create(property=property_a.property, code="BEHIND", name="Behind", parent=off)
    change(property_a, price(property_a, 12_000))
    assert OutboxEvent.objects.get(kind="rates.changed").payload["derived_plans"] == ["C", "G"]


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("unknown_field", {"field": "name"}),
        ("price_of_what", {"rate_plan_id": None}),
        ("price_of_what", {"room_type_id": None}),
        ("negative_price", {"value": -1}),
        ("absurd_price", {"value": 10_000_000_01}),
        ("bad_value", {"field": "min_stay_arrival", "value": 0}),
        ("bad_value", {"field": "max_stay", "value": 731}),
        ("bad_value", {"field": "stop_sell", "value": 2}),
        ("bad_value", {"field": "quota", "value": -1}),
        ("day_over", {"date": TODAY - timedelta(days=1)}),
        ("beyond_horizon", {"date": TODAY + timedelta(days=120 + 366)}),
        ("unknown_room_type", {"room_type_id": 0}),
    ],
)
def test_cells_that_cannot_be_are_refused(property_a: House, code: str, wrong: dict[str, Any]) -> None:
    good = price(property_a, 1)
    bad = price(property_a, 2, DAY + timedelta(days=1))._replace(**wrong)
    error = fault(property_a, good, bad)
    assert error.code == code
    assert [(found.place, found.cell, found.code) for found in error.context["faults"]] == [(1, bad, code)]
    assert prices() == {}
    assert RateChange.objects.count() == 0


def test_the_edges_of_what_may_be_are_allowed(property_a: House) -> None:
    last = TODAY + timedelta(days=120 + 365)
    change(property_a, price(property_a, 10_000_000_00, TODAY), price(property_a, 0, last))
    assert prices() == {TODAY: 10_000_000_00, last: 0}


def test_another_property_has_other_types_and_plans(property_a: House, property_other: House) -> None:
    foreign = price(property_other, 1)
    error = fault(property_a, foreign, price(property_a, 1)._replace(rate_plan_id=property_other.rate_plan.pk))
    assert [found.code for found in error.context["faults"]] == ["unknown_room_type", "unknown_rate_plan"]
    change(property_other, foreign, limit(property_other, "stop_sell", 1, room_type_id=None, rate_plan_id=None))
    assert fault(property_other, foreign).code == "nothing_changes"
    change(property_a, limit(property_a, "stop_sell", 1, room_type_id=None, rate_plan_id=None))
    assert list(RateChange.objects.order_by("id").values_list("property__code", "number")) == [("POR", 1), ("LIS", 1)]


def test_every_fault_is_told_and_the_first_in_words(property_a: House) -> None:
    error = fault(property_a, price(property_a, 1), price(property_a, 2), price(property_a, 3), price(property_a, -1))
    assert error.message == "Price of DBL, BAR, 30 November 2026 is given twice. 2 more cells cannot be."
    assert [found.place for found in error.context["faults"]] == [1, 2, 3]


def test_an_empty_or_untitled_change_is_refused(property_a: House) -> None:
    with refused("no_cells"):
        change(property_a)
    with refused("title_missing"):
        rates_change(property=property_a.property, cells=[price(property_a, 1)], title=" ", actor=TESTER)


def preview(house: House, *cells: Cell) -> Any:
    return change_preview(property=house.property, cells=cells)


def test_the_preview_counts_what_differs(property_a: House) -> None:
    change(property_a, price(property_a, 9_000), limit(property_a, "quota", 2))
    seen = preview(
        property_a,
        price(property_a, 9_000),
        price(property_a, 9_000, DAY + timedelta(days=3)),
        limit(property_a, "quota", None),
        limit(property_a, "stop_sell", None),
    )
    assert (seen.cells, seen.differing, seen.by_field) == (4, 2, {"price": 1, "quota": 1})
    assert (seen.first, seen.last) == (DAY, DAY + timedelta(days=3))
    assert RateChange.objects.count() == 1


def test_the_preview_counts_nights_on_the_books(property_a: House) -> None:
    """T28: they keep the price they were sold at; a cell that changes nothing touches nobody."""
    book(property_a, 9, 12)
    book(property_a, 10, 11)
    book(property_a, 10, 11, room_type=property_a.suite)
    seen = preview(property_a, *(price(property_a, 1, TODAY + timedelta(days=day)) for day in (9, 10, 20)))
    assert (seen.nights, seen.reservations) == (3, 2)
    everywhere = preview(property_a, limit(property_a, "stop_sell", 1, room_type_id=None, rate_plan_id=None))
    assert (everywhere.nights, everywhere.reservations) == (3, 3)
    nothing = preview(property_a, limit(property_a, "stop_sell", None))
    assert (nothing.differing, nothing.nights, nothing.sources) == (0, 0, ())


def test_the_preview_names_channels_and_plans_that_follow(property_a: House) -> None:
    RatePlan.objects.create(property=property_a.property, code="NRF", name="Saver", parent=property_a.rate_plan)
    PlanChannel.objects.create(rate_plan=property_a.rate_plan, source="expedia", is_open=False)
    PlanChannel.objects.create(rate_plan=property_a.rate_plan, source="airbnb", is_open=True, percent=10)
    seen = preview(property_a, price(property_a, 12_000))
    assert seen.sources == ("direct_web", "ota", "booking_com", "airbnb", "gds")
    assert seen.derived == ("NRF",)


@pytest.mark.parametrize(
    ("value", "codes"), [(1_999, ["price_low"]), (2_000, []), (50_000, []), (50_001, ["price_high"])]
)
def test_the_preview_doubts_absurd_prices(property_a: House, value: int, codes: list[str]) -> None:
    assert [doubt.code for doubt in preview(property_a, price(property_a, value)).doubts] == codes


def test_a_derived_plan_is_measured_by_the_plan_it_comes_from(property_a: House) -> None:
    plan = RatePlan.objects.create(property=property_a.property, code="NRF", name="Saver", parent=property_a.rate_plan)
    cell = price(property_a, 1_999)._replace(rate_plan_id=plan.pk)
    (doubt,) = preview(property_a, cell).doubts
    assert (doubt.code, doubt.cells, doubt.first) == ("price_low", 1, cell)
    assert doubt.message == "DBL, NRF, 30 November 2026 (€19.99): below 20 % of the base price."


def test_the_preview_doubts_a_minimum_above_the_maximum(property_a: House) -> None:
    change(property_a, limit(property_a, "max_stay", 3))
    assert preview(property_a, limit(property_a, "min_stay_through", 3)).doubts == ()
    (doubt,) = preview(property_a, limit(property_a, "min_stay_through", 4)).doubts
    assert doubt.code == "min_above_max"


def test_the_preview_doubts_closing_a_day_with_arrivals(property_a: House) -> None:
    book(property_a, 10, 12)
    arrival, night = limit(property_a, "stop_sell", 1), limit(property_a, "stop_sell", 1, DAY + timedelta(days=1))
    assert [doubt.first for doubt in preview(property_a, arrival, night).doubts] == [arrival]
    assert [doubt.code for doubt in preview(property_a, limit(property_a, "closed_to_arrival", 1)).doubts] == [
        "closed_with_arrivals"
    ]
    everywhere = limit(property_a, "stop_sell", 1, room_type_id=None, rate_plan_id=None)
    assert [doubt.message for doubt in preview(property_a, everywhere).doubts] == [
        "Every room type, every plan, 30 November 2026: closed, and guests who have booked arrive."
    ]
    assert preview(property_a, night).doubts == ()
    assert preview(property_a, limit(property_a, "stop_sell", 0)).doubts == ()


def test_the_number_of_queries_does_not_grow(property_a: House) -> None:
    def spent(days: Sequence[int], value: int) -> list[int]:
        cells = [price(property_a, value, TODAY + timedelta(days=day)) for day in days]
        cells += [limit(property_a, "stop_sell", value % 2, TODAY + timedelta(days=day)) for day in days]
        with CaptureQueriesContext(
            connection,
        ) as previewing:
            preview(property_a, *cells)
        with CaptureQueriesContext(connection) as publishing:
            change(property_a, *cells)
        return [len(previewing), len(publishing)]

    book(property_a, 10, 12)
    assert spent([5], 1) == spent(range(20, 80), 2)


def test_moved_cells_are_counted_in_words(property_a: House) -> None:
    draft = change_draft(
        property=property_a.property,
        cells=[limit(property_a, "stop_sell", 1), price(property_a, 5)],
        title="May",
        actor=TESTER,
    )
    change(property_a, limit(property_a, "stop_sell", 0), price(property_a, 6))
    with pytest.raises(DomainError) as caught:
        change_publish(change=draft, actor=TESTER)
    sentence = moved_sentence(
        moved=caught.value.context["moved"], names=Names(property_a.property), expectation="as it was"
    )
    assert sentence == (
        "Price of DBL, BAR, 30 November 2026 is €0.06 now, not nothing as it was. 1 more cells have changed, too."
    )


def test_base_prices_are_left_alone(property_a: House) -> None:
    before = list(BasePrice.objects.values_list("price_minor", flat=True))
    change(property_a, price(property_a, 12_000))
    assert list(BasePrice.objects.values_list("price_minor", flat=True)) == before
