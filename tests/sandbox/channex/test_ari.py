"""Availability, rates and restrictions: the certification's scenarios, what is refused, the limits, what OTAs hear."""

import pytest


@pytest.fixture
def read(sandbox, hotel):
    def values(kind, first, last, names=""):
        query = f"filter[property_id]={hotel['property']}&filter[date][gte]={first}&filter[date][lte]={last}"
        more = f"&filter[restrictions]={names}" if names else ""
        status, answer = sandbox.call("GET", f"/{kind}?{query}{more}")
        assert status == 200, answer
        return answer["data"]

    return values


def test_a_date_nobody_sent_has_no_rooms_and_the_plans_own_rate(hotel, read, day):
    assert read("availability", day(40), day(40)) == {room: {day(40): 0} for room in hotel["rooms"].values()}
    told = read("restrictions", day(40), day(40), "availability,rate,min_stay_arrival,max_stay,stop_sell")
    assert told[hotel["rates"]["Twin/Best Available Rate"]][day(40)] == {
        "availability": 0, "rate": "100.00", "min_stay_arrival": 1, "max_stay": 0, "stop_sell": False,
    }  # fmt: skip


def test_a_full_sync_is_two_calls(sandbox, hotel, send, rule, count, read, day):
    """Scenario 1: 500 days of everything."""
    counts = [count(number % 5, room=room, date=day(number)) for number in range(500) for room in hotel["rooms"]]
    prices = [rule(rate, date=day(number), rate=9000 + number) for number in range(500) for rate in hotel["rates"]]
    assert [len(send("availability", *counts)[0]), len(send("restrictions", *prices)[0])] == [1, 1]
    assert read("availability", day(499), day(499))[hotel["rooms"]["Twin"]] == {day(499): 4}
    plan = hotel["rates"]["Double/Bed & Breakfast"]
    assert read("restrictions", day(499), day(499), "rate")[plan] == {day(499): {"rate": "94.99"}}


def test_several_rates_in_one_call(hotel, send, rule, read, day):
    """Scenarios 2 to 4: a rate is minor units or a decimal in a string."""
    tasks, warnings = send(
        "restrictions", rule(date=day(1), rate=33300), rule("Double/Bed & Breakfast", date=day(2), rate="456.23"),
        rule("Double/Best Available Rate", date_from=day(4), date_to=day(6), rate="312.66"),
    )  # fmt: skip
    assert (len(tasks), tasks[0]["type"], warnings) == (1, "task", [])
    told = read("restrictions", day(1), day(6), "rate")
    assert told[hotel["rates"]["Twin/Best Available Rate"]][day(1)] == {"rate": "333.00"}
    assert told[hotel["rates"]["Double/Bed & Breakfast"]][day(2)] == {"rate": "456.23"}
    assert [told[hotel["rates"]["Double/Best Available Rate"]][day(n)]["rate"] for n in (3, 4, 6)] == [
        "100.00", "312.66", "312.66",
    ]  # fmt: skip


def test_the_last_one_wins_and_days_narrow_a_range(hotel, send, rule, read, day):
    send(
        "restrictions", rule(date_from=day(0), date_to=day(13), rate=30000),
        rule(date_from=day(0), date_to=day(13), days=["sa", "su"], rate=35000),
    )  # fmt: skip
    told = read("restrictions", day(0), day(13), "rate")[hotel["rates"]["Twin/Best Available Rate"]]
    assert sorted(one["rate"] for one in told.values()) == ["300.00"] * 10 + ["350.00"] * 4


def test_restrictions_are_kept_apart(sandbox, hotel, send, rule, day):
    """Scenarios 5 to 8; Airbnb and Expedia know one kind of minimum stay."""
    send("restrictions", rule(date=day(2), min_stay_arrival=2, min_stay_through=3, max_stay=4))
    send("restrictions", rule(date=day(2), closed_to_arrival=1, closed_to_departure=True, stop_sell=False))
    plan, twin = hotel["rates"]["Twin/Best Available Rate"], hotel["rooms"]["Twin"]
    told = {
        channel: sandbox.calendar(channel, day(2), day(2))[twin][day(2)]["rates"][plan]
        for channel in ("booking.com", "airbnb")
    }
    assert told["booking.com"] == {
        "prices": {"0": 10000}, "min_stay_arrival": 2, "min_stay_through": 3, "max_stay_arrival": 4, "closed": False,
        "closed_to_arrival": True, "closed_to_departure": True,
    }  # fmt: skip
    assert "min_stay_through" not in told["airbnb"]


def test_min_stay_stands_for_one_kind_where_the_property_says_which(sandbox, hotel, send, rule, day):
    assert "both" in send("restrictions", rule(date=day(2), min_stay=2))[1][0]["min_stay"][0]
    sandbox.call("PUT", f"/properties/{hotel['property']}", {"property": {"settings": {"min_stay_type": "through"}}})
    assert send("restrictions", rule(date=day(2), min_stay=2))[1] == []
    told = sandbox.calendar("booking.com", day(2), day(2))[hotel["rooms"]["Twin"]][day(2)]["rates"]
    assert told[hotel["rates"]["Twin/Best Available Rate"]]["min_stay_through"] == 2


def test_rates_by_occupancy(sandbox, hotel, send, rule, day):
    rates = [{"occupancy": 1, "rate": "80.00"}, {"occupancy": 2, "rate": 9900}, {"occupancy": 3, "rate": 9900}]
    assert send("restrictions", rule("Double/Per person", date=day(2), rates=rates)) == (
        [], [{"rates": ["has no occupancy 3"]}],
    )  # fmt: skip
    assert send("restrictions", rule("Double/Per person", date=day(2), rates=rates[:2]))[1] == []
    told = sandbox.calendar("expedia", day(2), day(2))[hotel["rooms"]["Double"]][day(2)]["rates"]
    assert told[hotel["rates"]["Double/Per person"]]["prices"] == {"1": 8000, "2": 9900}


@pytest.mark.parametrize(
    ("told", "warning"),
    [
        ({"rate": 0}, {"rate": ["must be greater than 0"]}),
        ({"rate": "-2"}, {"rate": ["must be greater than 0"]}),
        ({"rate": 100.0}, {"rate": ["is invalid"]}),
        ({"rate": "100.001"}, {"rate": ["is invalid"]}),
        ({"max_stay": -2}, {"max_stay": ["must be greater than or equal to 0"]}),
        ({"min_stay_arrival": 0}, {"min_stay_arrival": ["must be greater than or equal to 1"]}),
        ({"stop_sell": 123}, {"stop_sell": ["is invalid"]}),
        ({"rate": 10000, "stop_sell": None}, {"stop_sell": ["Should be a non null value or not existed field"]}),
        ({}, {"restrictions": ["can't be blank"]}),
        ({"rate": 10000, "days": ["monday"]}, {"days": ["is invalid"]}),
        ({"rate": 10000, "date": "20310101"}, {"date": ["is invalid"]}),
        ({"rate": 10000, "rate_plan_id": "x"}, {"rate_plan_id": ["does not exist"]}),
        ({"rate": 10000, "date_from": "2031-01-01", "date_to": "2031-01-02"}, {"date": ["is invalid"]}),
    ],
)
def test_a_wrong_value_is_refused_alone_in_a_200(send, rule, day, told, warning):
    assert send("restrictions", rule(**{"date": day(2)} | told)) == ([], [warning])
    tasks, warnings = send("restrictions", rule(**{"date": day(2)} | told), rule(date=day(2), rate=1))
    assert (len(tasks), warnings) == (1, [warning])


def test_the_past_is_refused_and_a_range_begins_today(hotel, send, count, read, day):
    assert "date" in send("availability", count(1, date=day(-1)))[1][0]
    assert "date_to" in send("availability", count(1, date_from=day(-3), date_to=day(-1)))[1][0]
    assert send("availability", count(1, date_from=day(-3), date_to=day(1)))[1] == []
    assert read("availability", day(-1), day(1))[hotel["rooms"]["Twin"]] == {day(-1): 0, day(0): 1, day(1): 1}


def test_availability_is_not_negative(send, count, day):
    assert send("availability", count(-1, date=day(2)), count(True, date=day(2)))[1] == [
        {"availability": ["must be greater than or equal to 0"]}, {"availability": ["is invalid"]},
    ]  # fmt: skip


def test_ten_calls_a_minute_for_a_property_and_kind(sandbox, hotel, send, rule, count, day):
    """Scenario 12: what was refused is not applied, and the other kind has ten of its own."""
    for _ in range(10):
        send("availability", count(1, date=day(2)))
    status, answer = sandbox.call("POST", "/availability", {"values": [count(2, date=day(2))]})
    assert (status, answer) == (429, {"errors": {"code": "http_too_many_requests", "title": "Too Many Requests"}})
    assert sandbox.calendar("expedia", day(2), day(2))[hotel["rooms"]["Twin"]][day(2)]["told"] == 1
    send("restrictions", rule(date=day(2), rate=100))
    sandbox.advance(61)
    assert len(send("availability", count(2, date=day(2)))[0]) == 1
    assert sandbox.control("GET", "limits")["refused"] == 1


def test_another_property_has_calls_of_its_own(sandbox, hotel, send, count, day):
    other = sandbox.hotel([{"title": "Cabin", "count": 1}])
    for _ in range(10):
        send("availability", count(1, date=day(2)))
    value = {"property_id": other["property"], "room_type_id": other["rooms"]["Cabin"], "availability": 1}
    assert len(send("availability", value | {"date": day(2)})[0]) == 1
    assert sandbox.call("POST", "/availability", {"values": [value, count(1, date=day(2))]})[0] == 429


def test_ten_megabytes(sandbox, hotel):
    assert sandbox.call("POST", "/availability", b'{"values": []}' + b" " * 10_000_000)[0] == 413


def test_tasks_take_their_time_first_in_first_out(sandbox, hotel, send, count, read, day):
    sandbox.control("POST", "tasks", seconds=20)
    send("availability", count(1, date=day(2)))
    sandbox.control("POST", "tasks", seconds=0)
    send("availability", count(0, date=day(2)))
    assert read("availability", day(2), day(2))[hotel["rooms"]["Twin"]] == {day(2): 2}
    sandbox.advance(20)
    assert read("availability", day(2), day(2))[hotel["rooms"]["Twin"]] == {day(2): 0}


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("/restrictions?filter[property_id]={0}&filter[date]=2031-01-01", "restrictions is required"),
        ("/availability?filter[property_id]={0}", "date is required"),
        ("/availability?filter[date]=2031-01-01", "property_id is required"),
    ],
)
def test_reading_needs_its_arguments(sandbox, hotel, path, missing):
    status, answer = sandbox.call("GET", path.format(hotel["property"]))
    assert (status, answer["errors"]["code"], answer["errors"]["details"]) == (400, "bad_request", [missing])
