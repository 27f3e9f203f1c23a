"""What Channex is told, and how its answers are understood; the fourteen scenarios of its certification among it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from channels.adapters.base import ChannelError, Parcel, Refused, Span
from channels.adapters.channex.adapter import ADAPTER, FACTS
from channels.adapters.channex.updates import MOST_BYTES
from channels.adapters.enums import Trouble
from tests.channels.adapters.canned import ACCESS, canned

DAY = timedelta(days=1)
TWIN_BAR, TWIN_BREAKFAST = ("twin", "twin-bar"), ("twin", "twin-breakfast")
DOUBLE_BAR, DOUBLE_BREAKFAST = ("double", "double-bar"), ("double", "double-breakfast")


def nov(day: int) -> date:
    return date(2026, 11, day)


#: The scenarios' dates are Novembers; we stand at the beginning of one.
HOUSE = replace(ACCESS, today=nov(1), currency="USD")


def rate(which: tuple[str, str], first: date, last: date | None = None, **said: Any) -> Span:
    """Return a span from first to last, both meant, as the certification speaks."""
    return Span(*which, first, (last or first) + DAY, **said)


def count(room: str, first: date, last: date, rooms: int) -> Span:
    return Span(room, "", first, last + DAY, rooms=rooms)


def values(spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Return the values of the one message that these spans are, without the property's id."""
    (parcel,) = ADAPTER.parcels(HOUSE, spans)
    found = json.loads(parcel.body)["values"]
    assert {value.pop("property_id") for value in found} == {"hotel"}
    return list(found)


def test_certification_1_a_full_sync_is_two_calls() -> None:
    """Two rooms, four rates, 500 days, each day different: one call each."""
    first = HOUSE.today
    days = [first + DAY * number for number in range(FACTS.days_ahead)]
    counts = [count(room, on, on, on.toordinal() % 7) for room in ("twin", "double") for on in days]
    rates = [
        rate(which, on, prices={2: 10_000 + on.toordinal() % 997}, min_stay_through=1 + on.day % 3, closed=False)
        for which in (TWIN_BAR, TWIN_BREAKFAST, DOUBLE_BAR, DOUBLE_BREAKFAST)
        for on in days
    ]
    parcels = ADAPTER.parcels(HOUSE, [*rates, *counts])
    assert [(parcel.what, len(parcel.spans)) for parcel in parcels] == [("availability", 1000), ("restrictions", 2000)]


def test_certification_2_one_date_of_one_rate() -> None:
    told = values([rate(TWIN_BAR, nov(22), prices={2: 33300})])
    assert told == [{"rate_plan_id": "twin-bar", "date": "2026-11-22", "rate": "333.00"}]


def test_certification_3_one_date_of_several_rates_is_one_call() -> None:
    told = values(
        [
            rate(TWIN_BAR, nov(21), prices={2: 33300}),
            rate(DOUBLE_BAR, nov(25), prices={2: 44400}),
            rate(DOUBLE_BREAKFAST, nov(29), prices={2: 45623}),
        ]
    )
    assert [(value["rate_plan_id"], value["date"], value["rate"]) for value in told] == [
        ("twin-bar", "2026-11-21", "333.00"),
        ("double-bar", "2026-11-25", "444.00"),
        ("double-breakfast", "2026-11-29", "456.23"),
    ]


def test_certification_4_several_dates_of_several_rates_is_one_call() -> None:
    """T8: their last day is meant, ours is not."""
    told = values(
        [
            rate(TWIN_BAR, nov(2), nov(10), prices={2: 24100}),
            rate(DOUBLE_BAR, nov(10), nov(16), prices={2: 31266}),
            rate(DOUBLE_BREAKFAST, nov(2), nov(20), prices={2: 11100}),
        ]
    )
    assert [(value["date_from"], value["date_to"], value["rate"]) for value in told] == [
        ("2026-11-02", "2026-11-10", "241.00"),
        ("2026-11-10", "2026-11-16", "312.66"),
        ("2026-11-02", "2026-11-20", "111.00"),
    ]


def test_certification_5_minimum_stays() -> None:
    told = values([rate(TWIN_BAR, nov(23), min_stay_through=3), rate(DOUBLE_BAR, nov(25), min_stay_arrival=2)])
    assert told == [
        {"rate_plan_id": "twin-bar", "date": "2026-11-23", "min_stay_through": 3},
        {"rate_plan_id": "double-bar", "date": "2026-11-25", "min_stay_arrival": 2},
    ]


def test_certification_6_stop_sell() -> None:
    told = values([rate(TWIN_BAR, nov(14), closed=True), rate(DOUBLE_BAR, nov(16), closed=False)])
    assert [value["stop_sell"] for value in told] == [True, False]


def test_certification_7_several_restrictions_and_only_those_that_are_told() -> None:
    """T27."""
    told = values(
        [
            rate(
                TWIN_BAR,
                nov(2),
                nov(10),
                closed_to_arrival=True,
                closed_to_departure=False,
                max_stay=4,
                min_stay_through=1,
            ),
            rate(TWIN_BREAKFAST, nov(12), nov(16), closed_to_departure=True, min_stay_arrival=6),
        ]
    )
    assert told == [
        {
            "rate_plan_id": "twin-bar",
            "date_from": "2026-11-02",
            "date_to": "2026-11-10",
            "min_stay_through": 1,
            "max_stay": 4,
            "closed_to_arrival": True,
            "closed_to_departure": False,
        },
        {
            "rate_plan_id": "twin-breakfast",
            "date_from": "2026-11-12",
            "date_to": "2026-11-16",
            "min_stay_arrival": 6,
            "closed_to_departure": True,
        },
    ]


def test_certification_8_half_a_year_is_one_value() -> None:
    first, last = date(2026, 12, 1), date(2027, 5, 1)
    told = values(
        [
            rate(TWIN_BAR, first, last, prices={2: 43200}, closed_to_arrival=False, min_stay_through=2),
            rate(DOUBLE_BAR, first, last, prices={2: 34200}, min_stay_through=3),
        ]
    )
    assert [(value["date_from"], value["date_to"]) for value in told] == [("2026-12-01", "2027-05-01")] * 2


def test_certification_9_one_date_of_availability() -> None:
    told = values([count("twin", nov(21), nov(21), 7), count("double", nov(25), nov(25), 0)])
    assert told == [
        {"room_type_id": "twin", "date": "2026-11-21", "availability": 7},
        {"room_type_id": "double", "date": "2026-11-25", "availability": 0},
    ]


def test_certification_10_several_dates_of_availability() -> None:
    """T8."""
    told = values([count("twin", nov(10), nov(16), 3), count("double", nov(17), nov(24), 4)])
    assert [(value["date_from"], value["date_to"]) for value in told] == [
        ("2026-11-10", "2026-11-16"),
        ("2026-11-17", "2026-11-24"),
    ]


def test_certification_12_a_round_in_six_seconds_stays_below_ten_a_minute() -> None:
    """Of each kind a round has one message; eleven and what comes of test 11 are in test_channex.py."""
    assert FACTS.gather_seconds * FACTS.rounds_per_minute <= 60
    parcels = ADAPTER.parcels(HOUSE, [count("twin", nov(21), nov(21), 1), rate(TWIN_BAR, nov(21), closed=True)])
    assert [parcel.what for parcel in parcels] == ["availability", "restrictions"]


def test_certification_13_nothing_goes_where_nothing_changed() -> None:
    assert ADAPTER.parcels(HOUSE, []) == []


def test_certification_14_both_minimum_stays_and_all_restrictions_are_spoken() -> None:
    assert FACTS.keeps_min_stay == {"arrival", "through"}


def test_one_price_for_the_room() -> None:
    told = values([rate(TWIN_BAR, nov(22), prices={0: 33300})])
    assert told == [{"rate_plan_id": "twin-bar", "date": "2026-11-22", "rate": "333.00"}]


def test_prices_by_number_of_guests() -> None:
    told = values([rate(TWIN_BAR, nov(22), prices={2: 13200, 1: 12100})])
    assert told[0]["rates"] == [{"occupancy": 1, "rate": "121.00"}, {"occupancy": 2, "rate": "132.00"}]
    assert "rate" not in told[0]


@pytest.mark.parametrize(("currency", "amount", "said"), [("JPY", 20000, "20000"), ("BHD", 20125, "20.125")])
def test_decimals_are_the_currencys(currency: str, amount: int, said: str) -> None:
    """T36."""
    (parcel,) = ADAPTER.parcels(replace(HOUSE, currency=currency), [rate(TWIN_BAR, nov(22), prices={2: amount})])
    assert json.loads(parcel.body)["values"][0]["rate"] == said


def test_days_that_are_over_are_left_out() -> None:
    house = replace(HOUSE, today=nov(20))
    (parcel,) = ADAPTER.parcels(house, [count("twin", nov(18), nov(19), 7), count("twin", nov(18), nov(25), 3)])
    dates = [(value.get("date"), value.get("date_from"), value.get("date_to")) for value in _values(parcel)]
    assert dates == [("2026-11-20", None, None), (None, "2026-11-21", "2026-11-25")]


def test_today_is_told_by_itself() -> None:
    """T5: after midnight and before the night audit our today is yesterday there; only that value is lost then."""
    told = values([rate(TWIN_BAR, HOUSE.today, nov(30), closed=True)])
    assert [value.get("date") for value in told] == ["2026-11-01", None]
    assert told[1]["date_from"] == "2026-11-02"


def test_no_message_is_longer_than_channex_takes() -> None:
    days = [HOUSE.today + DAY * (1 + number) for number in range(2000)]
    spans = [rate(("r" * 60, f"{number:060}"), on, prices={2: 100}) for number in range(35) for on in days]
    parcels = ADAPTER.parcels(HOUSE, spans)
    assert [span for parcel in parcels for span in parcel.spans] == spans
    assert all(len(parcel.body) <= MOST_BYTES + 20 for parcel in parcels)
    assert len(parcels) == 2


def test_a_room_has_no_restrictions_at_channex() -> None:
    with pytest.raises(ChannelError, match="no_rate"):
        ADAPTER.parcels(HOUSE, [Span("twin", "", nov(21), nov(22), closed=True)])


def _values(parcel: Parcel) -> list[dict[str, Any]]:
    return list(json.loads(parcel.body)["values"])


def _sent(*warnings: Any, spans: Sequence[Span] = ()) -> tuple[tuple[Refused, ...], tuple[Span, ...]]:
    (parcel,) = ADAPTER.parcels(HOUSE, spans or THREE)
    answer = {"data": [{"id": "task-1", "type": "task"}], "meta": {"message": "Success", "warnings": list(warnings)}}
    sent = ADAPTER.send(canned(answer), parcel)
    assert sent.reference == "task-1"
    return sent.refused, parcel.spans


THREE = (
    rate(TWIN_BAR, nov(21), nov(24), prices={2: 0}),
    rate(TWIN_BAR, nov(25), closed=True),
    rate(DOUBLE_BAR, nov(21), nov(24), max_stay=5),
)


def test_a_warning_refuses_the_span_that_it_repeats() -> None:
    warning = {
        "rate_plan_id": "twin-bar",
        "date_from": "2026-11-21",
        "date_to": "2026-11-24",
        "date": None,
        "rate": "0.00",
        "warning": {"rate": ["must be greater than 0"]},
    }
    refused, spans = _sent(warning)
    assert refused == (Refused((spans[0],), "invalid_rate", "rate: must be greater than 0"),)


def test_of_two_spans_on_the_same_days_the_one_with_the_field_is_meant() -> None:
    spans = [rate(TWIN_BAR, nov(21), closed=True), rate(TWIN_BAR, nov(21), prices={2: 0})]
    warning = {"rate_plan_id": "twin-bar", "date": "2026-11-21", "warning": {"rate": ["must be greater than 0"]}}
    refused, spans_sent = _sent(warning, spans=spans)
    assert refused[0].spans == (spans_sent[1],)


def test_a_warning_about_one_day_refuses_the_span_around_it() -> None:
    warning = {"rate_plan_id": "double-bar", "date": "2026-11-22", "warning": {"max_stay": ["is invalid"]}}
    refused, spans = _sent(warning)
    assert refused[0].spans == (spans[2],)


@pytest.mark.parametrize("warning", ["The property is not active", {"warning": {"property_id": ["is invalid"]}}, 7])
def test_a_warning_about_nothing_in_particular_refuses_all(warning: Any) -> None:
    refused, spans = _sent(warning)
    assert [refusal.spans for refusal in refused] == [spans]


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        (401, {"errors": {"code": "unauthorized", "title": "Unauthorized"}}, Trouble.LOCKED_OUT),
        (403, {"errors": {"code": "forbidden", "title": "Forbidden"}}, Trouble.LOCKED_OUT),
        (404, {"errors": {"code": "not_found", "title": "Not found"}}, Trouble.REFUSED),
        (413, b"", Trouble.REFUSED),
        (
            422,
            {"errors": {"code": "validation_error", "title": "Validation", "details": {"x": ["y"]}}},
            Trouble.REFUSED,
        ),
        (400, b"<html>", Trouble.REFUSED),
        (302, b"", Trouble.TEMPORARY),
        (408, b"", Trouble.TEMPORARY),
        (500, {"errors": {"code": "unauthorized"}}, Trouble.TEMPORARY),
        (502, b"<html>", Trouble.TEMPORARY),
        (200, b"<html>", Trouble.TEMPORARY),
        (200, b"", Trouble.TEMPORARY),
        (200, [], Trouble.TEMPORARY),
        (200, {"hello": 1}, Trouble.TEMPORARY),
        (200, {"errors": {"code": "http_too_many_requests"}}, Trouble.LIMITED),
        (200, {"errors": {"code": "whatever"}}, Trouble.REFUSED),
    ],
)
def test_what_each_answer_means(status: int, body: Any, trouble: Trouble) -> None:
    (parcel,) = ADAPTER.parcels(HOUSE, THREE)
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.send(canned(body, status=status), parcel)
    assert refusal.value.trouble == trouble
    assert refusal.value.message


@pytest.mark.parametrize(("asked", "seconds"), [({}, 60), ({"retry_after": "90"}, 90), ({"retry_after": "soon"}, 60)])
def test_too_many_calls_are_a_minute_of_silence(asked: dict[str, Any], seconds: int) -> None:
    (parcel,) = ADAPTER.parcels(HOUSE, THREE)
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.send(canned({}, status=429, **asked), parcel)
    assert (refusal.value.trouble, refusal.value.wait) == (Trouble.LIMITED, timedelta(seconds=seconds))


@pytest.mark.parametrize("key", ["", "  ", "kéy", "two\nlines"])
def test_a_key_that_no_header_takes_opens_nothing(key: str) -> None:
    wire = canned({}, access=replace(ACCESS, credentials={"api_key": key}))
    with pytest.raises(ChannelError, match="no_key"):
        ADAPTER.rooms(wire)
    assert wire.asked == []


def test_the_key_goes_in_its_header() -> None:
    wire = canned({"data": [{"id": "x"}], "meta": {"total": 1}})
    ADAPTER.rooms(wire)
    assert {headers["user-api-key"] for headers in wire.headers} == {"key-of-the-house"}
