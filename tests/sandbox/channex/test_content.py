"""Properties, room types and rate plans through the interface: made, changed, removed, refused, counted."""

import pytest


@pytest.fixture
def house(sandbox):
    body = {"property": {"title": "Hotel A", "currency": "EUR", "timezone": "Europe/Lisbon"}}
    status, answer = sandbox.call("POST", "/properties", body)
    assert status == 201, answer
    return answer["data"]["id"]


@pytest.fixture
def double(sandbox, house):
    room = {"property_id": house, "title": "Double", "count_of_rooms": 4, "occ_adults": 2, "default_occupancy": 2}
    return sandbox.call("POST", "/room_types", {"room_type": room})[1]["data"]["id"]


@pytest.fixture
def plan(sandbox, house, double):
    def made(**changes):
        plan = {
            "property_id": house, "room_type_id": double, "title": "Best Available Rate",
            "options": [{"occupancy": 2, "is_primary": True, "rate": "100.00"}], **changes,
        }  # fmt: skip
        return sandbox.call("POST", "/rate_plans", {"rate_plan": plan})

    return made


def test_a_hotel_is_set_up_and_found_for_mapping(sandbox, house, double, plan):
    """The certification's first step: identifiers come from the interface."""
    rate = plan()[1]["data"]
    assert (rate["attributes"]["currency"], rate["attributes"]["options"][0]["rate"]) == ("EUR", 10000)
    assert rate["attributes"]["min_stay_arrival"] == [1] * 7
    options = sandbox.call("GET", f"/rate_plans/options?filter[property_id]={house}")[1]["data"]
    assert [(one["id"], one["attributes"]["room_type_id"]) for one in options] == [(rate["id"], double)]
    other = sandbox.call("GET", f"/room_types?filter[property_id]={rate['id']}")[1]
    assert (other["data"], other["meta"]["total"]) == ([], 0)


def test_changes_and_removals(sandbox, house, double, plan):
    rate = plan()[1]["data"]["id"]
    changed = sandbox.call("PUT", f"/rate_plans/{rate}", {"rate_plan": {"title": "Flexible", "min_stay_through": 2}})[1]
    assert (changed["data"]["attributes"]["title"], changed["data"]["attributes"]["min_stay_through"]) == (
        "Flexible",
        [2] * 7,
    )
    assert sandbox.call("DELETE", f"/room_types/{double}") == (200, {"meta": {"message": "Success"}})
    assert sandbox.call("GET", f"/rate_plans/{rate}")[0] == 404
    assert sandbox.call("DELETE", f"/properties/{house}")[0] == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"options": []}, "options"),
        ({"options": [{"occupancy": 3, "is_primary": True}]}, "options"),
        ({"options": [{"occupancy": 1, "is_primary": True}, {"occupancy": 2}]}, "options"),
        ({"sell_mode": "per_person", "options": [{"occupancy": 1}, {"occupancy": 2}]}, "options"),
        ({"room_type_id": "x"}, "room_type_id"),
        ({"parent_rate_plan_id": "x"}, "parent_rate_plan_id"),
        ({"rate_mode": "cascade"}, "rate_mode"),
    ],
)
def test_wrong_rate_plans(plan, changes, field):
    status, answer = plan(**changes)
    assert (status, answer["errors"]["code"], list(answer["errors"]["details"])) == (422, "validation_error", [field])


def test_derived_options_follow_the_primary_one(sandbox, house, double, plan, day, channex_sandbox):
    derived = {"rate": [["decrease_by_percent", "10"], ["decrease_by_amount", "2.50"]]}
    options = [{"occupancy": 2, "is_primary": True, "rate": 10000}, {"occupancy": 1, "derived_option": derived}]
    rate = plan(sell_mode="per_person", rate_mode="derived", options=options)[1]["data"]["id"]
    sandbox.connect("booking.com", house)
    value = {"property_id": house, "rate_plan_id": rate, "date": day(2), "rate": 20000}
    sandbox.call("POST", "/restrictions", {"values": [value]})
    told = sandbox.calendar("booking.com", day(1), day(2))[double]
    assert [of_day["rates"][rate]["prices"] for of_day in told.values()] == [
        {"2": 10000, "1": 8750}, {"2": 20000, "1": 17750},
    ]  # fmt: skip


def test_a_hotel_has_twenty_room_types(sandbox, house):
    room = {"property_id": house, "title": "Room", "count_of_rooms": 1, "occ_adults": 2, "default_occupancy": 2}
    statuses = [sandbox.call("POST", "/room_types", {"room_type": room})[0] for _ in range(21)]
    assert statuses == [201] * 20 + [422]


def test_what_an_ota_sells_is_not_removed(sandbox, hotel):
    for path in (f"room_types/{hotel['rooms']['Twin']}", f"rate_plans/{hotel['rates']['Twin/Best Available Rate']}"):
        assert sandbox.call("DELETE", f"/{path}")[0] == 422


@pytest.mark.parametrize(("method", "path"), [("GET", "/reviews"), ("PATCH", "/properties"), ("GET", "/properties/x")])
def test_unknown_paths(sandbox, method, path):
    assert sandbox.call(method, path)[0] == 404


def test_a_body_that_is_no_json(sandbox):
    assert sandbox.call("POST", "/properties", b'{"property": ')[0] == 400
    assert sandbox.call("POST", "/properties", {"hotel": {}})[0] == 400
