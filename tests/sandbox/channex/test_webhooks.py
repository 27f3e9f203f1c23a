"""Webhooks: endpoints and their masks, what is sent, and everything that goes wrong with it and with calls."""

import time
from concurrent.futures import ThreadPoolExecutor
from http.client import IncompleteRead

import pytest


@pytest.fixture
def listening(sandbox, hotel, endpoint):
    """Make an endpoint for the hotel through the interface, and return its number."""

    def made(**settings):
        hook = {
            "property_id": hotel["property"], "callback_url": endpoint.url, "event_mask": "*", "is_active": True,
            "send_data": True, "headers": {"X-Secret": "s3cret"}, "request_params": {"from": "channex"}, **settings,
        }  # fmt: skip
        status, answer = sandbox.call("POST", "/webhooks", {"webhook": hook})
        assert status == 201, answer
        return answer["data"]["id"]

    return made


def test_a_booking_is_told_with_the_endpoints_own_headers(sandbox, hotel, room, endpoint, listening):
    listening(event_mask="booking")
    stay = sandbox.sell("booking.com", [room()])
    sandbox.settle()
    event, headers = endpoint.events()[0], endpoint.arrived[0][1]
    pointer = {
        "booking_id": stay["booking_id"],
        "property_id": hotel["property"],
        "revision_id": stay["channex_revision_id"],
    }
    assert {**event, "timestamp": ""} == {
        "event": "booking", "payload": pointer, "property_id": hotel["property"], "user_id": None, "timestamp": "",
    }  # fmt: skip
    assert headers["x-secret"] == "s3cret"
    assert sandbox.deliveries[0]["url"].endswith("?from=channex")


def test_masks_choose_and_send_data_leaves_the_payload_out(sandbox, room, endpoint, listening):
    listening(event_mask="booking_new;booking_cancellation", send_data=False)
    stay = sandbox.sell("booking.com", [room()])
    sandbox.modify("booking.com", stay["reservation"], notes="late")
    sandbox.cancel("booking.com", stay["reservation"])
    sandbox.settle()
    assert [event["event"] for event in endpoint.events()] == ["booking_new", "booking_cancellation"]
    assert set(endpoint.events()[0]) == {"event", "property_id", "user_id", "timestamp"}


def test_own_changes_carry_the_own_user(sandbox, hotel, send, count, room, endpoint, listening, day):
    listening(event_mask=f"ari:*:{hotel['rooms']['Twin']}:*")
    send("availability", count(1, date=day(2)), count(1, room="Double", date=day(2)))
    sandbox.edit("availability", [count(2, date=day(2))])
    sandbox.sell("airbnb", [room()])
    sandbox.settle()
    users = [event["user_id"] for event in endpoint.events()]
    assert (len(set(users)), users[2]) == (3, None)
    assert endpoint.events()[0]["payload"][0] == {
        "availability": 1, "booked": 0, "date": day(2), "rate_plan_id": hotel["rates"]["Twin/Best Available Rate"],
        "room_type_id": hotel["rooms"]["Twin"], "stop_sell": False,
    }  # fmt: skip


def test_an_inactive_endpoint_hears_nothing(sandbox, room, endpoint, listening):
    identifier = listening()
    sandbox.call("PUT", f"/webhooks/{identifier}", {"webhook": {"is_active": False}})
    sandbox.sell("booking.com", [room()])
    sandbox.settle()
    assert endpoint.arrived == []
    assert sandbox.call("DELETE", f"/webhooks/{identifier}")[0] == 200
    status, answer = sandbox.call("GET", f"/webhooks/{identifier}")
    assert (status, answer["errors"]["code"]) == (404, "resource_not_found")


def test_trying_an_endpoint_out(sandbox, endpoint):
    status, answer = sandbox.call("POST", "/webhooks/test", {"webhook": {"callback_url": endpoint.url}})
    assert (status, answer, len(endpoint.arrived)) == (200, {"status_code": 200, "body": ""}, 1)


def test_notifications_are_lost_doubled_and_out_of_order(sandbox, room, endpoint, listening):
    listening(event_mask="booking")
    stay = sandbox.sell("booking.com", [room()])
    sandbox.settle()
    sandbox.webhooks(reorder=2, repeat=1)
    sandbox.modify("booking.com", stay["reservation"], notes="one")
    last = sandbox.cancel("booking.com", stay["reservation"])
    sandbox.settle()
    sandbox.webhooks(reorder=0, repeat=0, drop=1)
    sandbox.sell("booking.com", [room()])
    sandbox.settle()
    heard = [event["payload"]["revision_id"] for event in endpoint.events()]
    newest = {one["attributes"]["status"]: one["id"] for one in sandbox.feed()[:3]}
    assert last["status"] == "cancelled"
    assert heard == [newest["new"], newest["cancelled"], newest["cancelled"], newest["modified"], newest["modified"]]


def test_the_lot_is_the_same_for_the_same_seed(sandbox, room, endpoint, listening):
    listening(event_mask="booking")
    stay = sandbox.sell("booking.com", [room()])
    outcomes = []
    for seed in (7, 7, 8):
        before = len(sandbox.deliveries)
        sandbox.webhooks(
            chances={"drop": 0.4, "halve": 0.2, "reorder": 0.2}, seed=seed, seconds=0.05, retry_seconds=[0.01]
        )
        for number in range(12):
            sandbox.modify("booking.com", stay["reservation"], notes=str(number))
        sandbox.settle()
        outcomes.append([delivery["state"] == "dropped" for delivery in sandbox.deliveries[before:]])
    assert outcomes[0] == outcomes[1] != outcomes[2]


# Calls that fail


def test_a_call_too_many_says_when_to_come_back(sandbox, hotel):
    sandbox.fault("rate_limit", retry_after=60, path_prefix="/api/v1/properties")
    status, headers, body = sandbox.fetch("GET", f"{sandbox.url}/api/v1/properties", user_api_key=sandbox.key)
    assert (status, headers["Retry-After"], b"http_too_many_requests" in body) == (429, "60", True)


def test_half_an_answer(sandbox, hotel, room):
    stay = sandbox.sell("booking.com", [room()])
    sandbox.fault("half_body")
    sandbox.fault("cut_body")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
        sandbox.call("GET", "/booking_revisions/feed")
    with pytest.raises(IncompleteRead):
        sandbox.call("GET", "/booking_revisions/feed")
    assert sandbox.feed()[0]["id"] == stay["channex_revision_id"]


def test_an_answer_lost_after_the_work(sandbox, room):
    stay = sandbox.sell("booking.com", [room()])
    sandbox.fault("error_after", path_prefix="/api/v1/booking_revisions/")
    assert sandbox.call("POST", f"/booking_revisions/{stay['channex_revision_id']}/ack")[0] == 500
    assert sandbox.feed() == []


def test_calls_doubled_on_their_way_count_twice(sandbox, send, count, day):
    sandbox.fault("duplicate", times=5, path_prefix="/api/v1/availability")
    for _ in range(5):
        send("availability", count(1, date=day(2)))
    assert sandbox.call("POST", "/availability", {"values": [count(1, date=day(2))]})[0] == 429


def test_calls_overtake_each_other(sandbox, hotel, send, count, day):
    sandbox.fault("reorder", seconds=5, path_prefix="/api/v1/availability")
    with ThreadPoolExecutor(1) as first:
        late = first.submit(send, "availability", count(1, date=day(2)))
        sandbox.wait_for_fault()
        send("availability", count(0, date=day(2)))
        late.result()
    assert sandbox.calendar("expedia", day(2), day(2))[hotel["rooms"]["Twin"]][day(2)]["told"] == 1


@pytest.mark.parametrize("kind", ["hang", "delay"])
def test_a_late_answer(sandbox, hotel, kind):
    sandbox.fault(kind, seconds=0.3)
    began = time.monotonic()
    assert sandbox.call("GET", "/properties")[0] == 200
    assert time.monotonic() - began >= 0.3


def test_failures_by_lot(sandbox, hotel):
    runs = []
    for _ in range(2):
        sandbox.faults_by_lot(seed=3, chances={"error_before": 0.3, "rate_limit": 0.2}, path_prefix="/api/v1/")
        runs.append([sandbox.call("GET", "/properties")[0] for _ in range(20)])
    sandbox.faults_by_lot()
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 429, 500}
    assert sandbox.call("GET", "/properties")[0] == 200


def test_a_wrong_key_opens_nothing(sandbox, hotel):
    unauthorized = {"errors": {"code": "unauthorized", "title": "Unauthorized"}}
    assert sandbox.call("GET", "/properties", key="another") == (401, unauthorized)
