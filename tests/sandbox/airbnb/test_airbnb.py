"""The stand-in for Airbnb, ours and unproven: its lifecycle, and the facts that are known of the real one."""

import hashlib
import hmac
from datetime import timedelta

import pytest

from tests.sandbox.airbnb.fixtures import BACK, HOST, LOFT, airbnb_sandbox
from tests.sandbox.channel_fixtures import next_month
from tests.sandbox.conftest import endpoint

__all__ = ["airbnb_sandbox", "endpoint"]
FIRST = next_month()
LAST = FIRST + timedelta(days=20)


@pytest.fixture
def airbnb(airbnb_sandbox):
    airbnb_sandbox.open()
    return airbnb_sandbox


@pytest.fixture
def access(airbnb):
    access = airbnb.connect()
    operation = {"dates": [f"{FIRST}:{LAST}"], "availability": "available", "daily_price": "100.00"}
    assert airbnb.call(access, "PUT", f"listings/{LOFT}/calendar", {"operations": [operation]})[0] == 200
    return access


def sell(airbnb, arrival=FIRST, nights=3, **more):
    return airbnb.sell(arrival, nights, hotel=HOST, forced=False, room=LOFT, rate="standard", **more)


def reservation(airbnb, access, stay):
    return airbnb.call(access, "GET", f"reservations/{stay['reservation']}")[1]["reservation"]


# OAuth


def test_a_code_is_good_once_and_for_its_address(airbnb):
    back = airbnb.agree()
    assert back["state"] == "s-1"
    grant = {"grant_type": "authorization_code", "code": back["code"]}
    status, given = airbnb.token(**grant, redirect_uri=BACK)
    assert (status, given["expires_in"], given["user_id"]) == (200, 3600, HOST)
    assert airbnb.token(**grant, redirect_uri=BACK) == (400, {"error": "invalid_grant"})
    assert (
        airbnb.token(grant_type="authorization_code", code=airbnb.agree()["code"], redirect_uri="https://else")[0]
        == 400
    )


def test_a_refusal_comes_back_as_an_error(airbnb):
    assert airbnb.agree(answer="deny") == {"error": "access_denied", "state": "s-1"}


def test_tokens_are_refreshed_and_revoked(airbnb):
    _, given = airbnb.token(grant_type="authorization_code", code=airbnb.agree()["code"], redirect_uri=BACK)
    airbnb.advance(3600)
    assert airbnb.call(given["access_token"], "GET", "listings")[0] == 401
    status, fresh = airbnb.token(grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert (status, airbnb.call(fresh["access_token"], "GET", "listings")[0]) == (200, 200)
    airbnb.control("POST", "revoke", host=HOST)
    assert airbnb.call(fresh["access_token"], "GET", "listings")[0] == 401
    assert airbnb.token(grant_type="refresh_token", refresh_token=given["refresh_token"])[0] == 400


def test_another_hosts_listing_is_refused(airbnb, access):
    airbnb.open("72", **{"7201": "Barn"})
    assert airbnb.call(access, "GET", "listings/7201")[0] == 403
    assert [one["id"] for one in airbnb.call(access, "GET", "listings")[1]["listings"]] == [LOFT]


# Listings


def test_a_calendar_is_written_all_or_nothing(airbnb, access):
    good = {"dates": [str(FIRST)], "daily_price": "150"}
    for wrong in ({"dates": ["2020-01-01"]}, {"dates": [str(FIRST)], "min_stay_through": 2}, {"dates": ["soon"]}):
        assert airbnb.call(access, "PUT", f"listings/{LOFT}/calendar", {"operations": [good, wrong]})[0] == 400
    _, read = airbnb.call(access, "GET", f"listings/{LOFT}/calendar?start={FIRST}&end={FIRST}")
    assert read["days"][0]["daily_price"] == "100.00"


def test_extra_guests_cost_one_amount_each(airbnb, access):
    airbnb.call(access, "PUT", f"listings/{LOFT}/pricing", {"guests_included": 2, "price_per_extra_guest": "15.00"})
    assert sell(airbnb, nights=1, adults=4)["total"] == 13000


def test_weekdays_close_arrivals(airbnb, access):
    airbnb.call(access, "PUT", f"listings/{LOFT}/rules", {"closed_to_arrival": [FIRST.weekday()]})
    with pytest.raises(AssertionError, match="takes no arrival"):
        sell(airbnb)
    airbnb.call(access, "PUT", f"listings/{LOFT}/rules", {"closed_to_arrival": []})
    assert sell(airbnb)["status"] == "new"


def test_the_minimum_stay_is_asked_on_arrival_alone(airbnb, access):
    operation = {"dates": [str(FIRST + timedelta(days=1))], "min_nights": 5}
    airbnb.call(access, "PUT", f"listings/{LOFT}/calendar", {"operations": [operation]})
    assert sell(airbnb, nights=2)["status"] == "new"


# Reservations


def test_a_reservation_tells_the_payout_and_no_card(airbnb, access):
    """300.00 less 50.40 makes 249.60, as in the one amount that is known."""
    stay = sell(airbnb)
    read = reservation(airbnb, access, stay)
    assert (read["base_price"], read["host_fee"], read["expected_payout"]) == ("300.00", "50.40", "249.60")
    assert read["guest"]["email"].endswith("@guest.airbnb.com")
    assert (stay["payout"]["card"], read["confirmation_code"][:2], read["status"]) == (None, "HM", "accepted")


def test_reservations_are_pulled_by_pages_and_since(airbnb, access):
    stays = [airbnb.sell(FIRST, 1, hotel=HOST, room=LOFT, rate="standard") for _ in range(52)]
    _, first = airbnb.call(access, "GET", "reservations")
    _, second = airbnb.call(access, "GET", f"reservations?cursor={first['next_cursor']}")
    found = {one["confirmation_code"] for one in first["reservations"] + second["reservations"]}
    assert (found, second["next_cursor"]) == ({stay["reservation"] for stay in stays}, None)
    since = "2099-01-01T00:00:00%2B00:00"
    assert airbnb.call(access, "GET", f"reservations?updated_since={since}")[1]["reservations"] == []


def test_webhooks_are_signed_and_say_little(airbnb, access, endpoint):
    airbnb.listen(endpoint.url, "s3cret")
    stay = sell(airbnb)
    airbnb.cancel(stay)
    airbnb.settle()
    assert [event["type"] for event in endpoint.events()] == ["reservation_created", "reservation_cancelled"]
    body, headers = endpoint.arrived[0]
    signed = f"{headers['x-sandbox-timestamp']}.".encode() + body
    assert headers["x-sandbox-signature"] == hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert "Lindqvist" not in body.decode()
    assert reservation(airbnb, access, stay)["status"] == "cancelled"


def request(airbnb, **more):
    dates = {"arrival": str(FIRST), "departure": str(FIRST + timedelta(days=2))}
    return airbnb.control("POST", "requests", listing=LOFT, **dates, **more)


def test_a_request_holds_the_nights_until_it_is_answered(airbnb, access, endpoint):
    airbnb.listen(endpoint.url)
    code = request(airbnb, message="May we come?")["confirmation_code"]
    with pytest.raises(AssertionError, match="sold out"):
        sell(airbnb)
    assert airbnb.call(access, "POST", f"reservations/{code}/accept", {})[1]["reservation"]["status"] == "accepted"
    assert airbnb.call(access, "POST", f"reservations/{code}/decline", {})[0] == 409
    airbnb.settle()
    assert [event["type"] for event in endpoint.events()] == ["reservation_request", "reservation_updated"]


@pytest.mark.parametrize(("answer", "status"), [("decline", "denied"), ("", "timed_out")])
def test_a_request_that_is_declined_or_forgotten_frees_them(airbnb, access, answer, status):
    code = request(airbnb)["confirmation_code"]
    if answer:
        airbnb.call(access, "POST", f"reservations/{code}/{answer}", {})
    else:
        airbnb.advance(24 * 3600)
        access = airbnb.connect()
    assert airbnb.call(access, "GET", f"reservations/{code}")[1]["reservation"]["status"] == status
    assert sell(airbnb)["status"] == "new"


def test_an_inquiry_holds_nothing_and_hides_addresses(airbnb, access):
    dates = {"arrival": str(FIRST), "departure": str(FIRST + timedelta(days=2))}
    asked = airbnb.control("POST", "inquiries", listing=LOFT, message="Write to greta@example.com", **dates)
    assert sell(airbnb)["status"] == "new"
    _, read = airbnb.call(access, "GET", "threads")
    texts = [message["message"] for thread in read["threads"] for message in thread["messages"]]
    assert texts == ["Write to (hidden)"]
    assert (
        airbnb.call(access, "POST", f"inquiries/{asked['id']}/preapprove", {})[1]["inquiry"]["status"] == "preapproved"
    )
    assert airbnb.call(access, "POST", f"inquiries/{asked['id']}/decline", {})[0] == 409


@pytest.mark.parametrize(("answer", "nights"), [("accept", 4), ("decline", 3)])
def test_an_alteration_waits_for_the_host(airbnb, access, answer, nights):
    stay = sell(airbnb)
    asked = {"arrival": str(FIRST), "departure": str(FIRST + timedelta(days=4))}
    alteration = airbnb.control("POST", "alterations", reservation=stay["reservation"], **asked)
    assert reservation(airbnb, access, stay)["nights"] == 3
    assert airbnb.call(access, "POST", f"alterations/{alteration['id']}/{answer}", {})[0] == 200
    assert reservation(airbnb, access, stay)["nights"] == nights


def test_messages_go_both_ways(airbnb, access, endpoint):
    stay = sell(airbnb)
    airbnb.listen(endpoint.url)
    thread = f"t-{stay['reservation']}"
    airbnb.control("POST", "messages", thread=thread, message="We come late, +351 912 345 678")
    airbnb.call(access, "POST", f"threads/{thread}/messages", {"message": "The door has a code."})
    airbnb.settle()
    (event,) = endpoint.events()
    assert (event["type"], event["message"]) == ("message_created", "We come late, +351 912 345 678")
    _, read = airbnb.call(access, "GET", "threads")
    assert [message["from"] for message in read["threads"][0]["messages"]] == ["guest", "host"]
