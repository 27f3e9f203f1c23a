"""Bookings: what OTAs sell, the feed of revisions, acknowledging, reports, messages and Airbnb's requests."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest


def ack(sandbox, identifier):
    assert sandbox.call("POST", f"/booking_revisions/{identifier}/ack") == (200, {"meta": {"message": "Success"}})


def test_every_revision_waits_as_a_whole_until_it_is_acknowledged(sandbox, room):
    """Scenario 11."""
    stay = sandbox.sell("booking.com", [room(adults=2)])
    sandbox.modify("booking.com", stay["reservation"], rooms=[room(nights=3, identifier=stay["rooms"][0]["id"])])
    sandbox.cancel("booking.com", stay["reservation"], fee=5000)
    waiting = sandbox.feed()
    told = [one["attributes"] for one in waiting]
    assert [(one["status"], one["amount"]) for one in told] == [
        ("new", "200.00"), ("modified", "300.00"), ("cancelled", "50.00"),
    ]  # fmt: skip
    assert {one["unique_id"] for one in told} == {f"BDC-{stay['reservation']}"}
    assert len({one["system_id"] for one in told}) == 3
    assert len({one["rooms"][0]["ota_unique_id"] for one in told}) == 1
    assert len({one["rooms"][0]["booking_room_id"] for one in told}) == 3
    ack(sandbox, waiting[0]["id"])
    ack(sandbox, waiting[0]["id"])
    assert [one["id"] for one in sandbox.feed()] == [one["id"] for one in waiting[1:]]


def test_after_the_acknowledgement_no_card_is_left(sandbox, room):
    stay = sandbox.sell("booking.com", [room()])
    revision, booking = f"/booking_revisions/{stay['channex_revision_id']}", f"/bookings/{stay['booking_id']}"
    assert sandbox.call("GET", revision)[1]["data"]["attributes"]["guarantee"]["card_number"] == "411111******1111"
    ack(sandbox, stay["channex_revision_id"])
    after = [sandbox.call("GET", path)[1]["data"]["attributes"] for path in (revision, booking)]
    assert [one["guarantee"] for one in after] == [None, None]
    assert (after[1]["acknowledge_status"], after[1]["has_unacked_revisions"]) == ("acknowledged", False)


def test_the_feed_has_pages_of_ten_the_youngest_first(sandbox, hotel, room):
    sold = [sandbox.sell("expedia", [room()], forced=True)["channex_revision_id"] for _ in range(12)]
    pages = [sandbox.call("GET", f"/booking_revisions/feed?pagination[page]={page}")[1] for page in (1, 2)]
    assert [one["id"] for page in pages for one in page["data"]] == sold[::-1]
    assert [page["meta"] for page in pages] == [
        {"page": 1, "limit": 10, "total": 12},
        {"page": 2, "limit": 10, "total": 12},
    ]
    assert [one["id"] for one in sandbox.feed()] == sold
    assert sandbox.call("GET", f"/booking_revisions/feed?filter[property_id]={hotel['rooms']['Twin']}")[1]["data"] == []


def test_half_an_hour_unacknowledged_is_told_once(sandbox, room, endpoint):
    sandbox.listen(endpoint.url, events="non_acked_booking")
    stay = sandbox.sell("airbnb", [room()])
    for seconds in (1790, 20, 3600):
        sandbox.advance(seconds)
    sandbox.settle()
    assert [event["payload"] for event in endpoint.events()] == [
        {"booking_id": stay["booking_id"], "booking_revision_id": stay["channex_revision_id"]}
    ]
    assert len(sandbox.control("GET", "mails")) == 1


def test_airbnb_brings_the_hosts_payout(sandbox, room):
    stay = sandbox.sell("airbnb", [room(nights=3)])
    told = sandbox.feed()[0]["attributes"]
    assert (told["amount"], told["ota_commission"], told["guarantee"]) == ("253.50", "46.50", None)
    assert list(told["rooms"][0]["days"].values()) == ["84.50", "84.50", "84.50"]
    assert re.fullmatch(r"ABB-HM[A-Z0-9]{8}", told["unique_id"])
    sandbox.cancel("airbnb", stay["reservation"])
    assert (sandbox.feed()[1]["attributes"]["amount"], told["payment_collect"]) == ("253.50", "ota")


def test_a_virtual_card_says_when_it_opens(sandbox, room, day):
    sandbox.sell("expedia", [room()])
    card = sandbox.feed()[0]["attributes"]["guarantee"]
    assert (card["is_virtual"], card["meta"]["virtual_card_current_balance"]) == (True, "16400")
    assert card["meta"]["virtual_card_effective_date"] == day(3)


@pytest.mark.parametrize(("sent", "amounts"), [("kept", ["200.00"]), ("zero", ["0.00"]), ("none", [])])
def test_a_cancelled_message_may_have_no_rooms_or_no_prices(sandbox, hotel, room, sent, amounts, day):
    sandbox.control("POST", "channels/set", channel="booking.com", cancelled_rooms=sent)
    stay = sandbox.sell("booking.com", [room()])
    sandbox.cancel("booking.com", stay["reservation"])
    assert [one["amount"] for one in sandbox.feed()[1]["attributes"]["rooms"]] == amounts
    assert sandbox.calendar("airbnb", day(3), day(3))[hotel["rooms"]["Twin"]][day(3)]["left"] == 2


def test_who_collects_may_be_left_open(sandbox, room):
    sandbox.control("POST", "channels/set", channel="expedia", payment_known=False)
    sandbox.sell("expedia", [room()])
    told = sandbox.feed()[0]["attributes"]
    assert (told["payment_collect"], told["payment_type"]) == (None, None)


@pytest.mark.parametrize(
    ("lost", "event", "known"),
    [("rooms", "booking_unmapped_room", (False, False)), ("rates", "booking_unmapped_rate", (True, False))],
)
def test_what_is_not_mapped_still_comes(sandbox, hotel, room, endpoint, lost, event, known):
    sandbox.listen(endpoint.url)
    wanted = sandbox.connection("booking.com")
    codes = next(code for code, plan in wanted["rates"].items() if plan == hotel["rates"]["Twin/Best Available Rate"])
    sandbox.unmap("booking.com", hotel[lost]["Twin" if lost == "rooms" else "Twin/Best Available Rate"])
    ota_room, _, ota_rate = codes.partition("/")
    dates = {name: value for name, value in room().items() if name != "rate_plan_id"}
    sandbox.sell("booking.com", [{"room": ota_room, "rate": ota_rate, **dates}])
    told = sandbox.feed()[0]["attributes"]["rooms"][0]
    assert (told["room_type_id"] is not None, told["rate_plan_id"] is not None) == known
    sandbox.settle()
    assert [one["event"] for one in endpoint.events() if "unmapped" in one["event"]] == [event]


def test_bookings_are_kept_for_three_months_after_departure(sandbox, room):
    stay = sandbox.sell("booking.com", [room()])
    assert sandbox.call("GET", f"/bookings/{stay['booking_id']}")[0] == 200
    sandbox.advance(100 * 24 * 3600)
    assert sandbox.call("GET", f"/bookings/{stay['booking_id']}")[0] == 404
    assert (sandbox.feed(), sandbox.call("GET", "/bookings")[1]["data"]) == ([], [])


def test_bookings_are_filtered_by_date(sandbox, room, day):
    near, far = sandbox.sell("booking.com", [room()]), sandbox.sell("booking.com", [room(first=9)])
    query = f"/bookings?filter[arrival_date][gte]={day(5)}&filter[arrival_date][lte]={day(12)}"
    assert [one["id"] for one in sandbox.call("GET", query)[1]["data"]] == [far["booking_id"]]
    assert sandbox.call("GET", "/bookings")[1]["meta"]["total"] == len({near["booking_id"], far["booking_id"]})


# What the OTAs do


def test_otas_refuse_what_channex_closed(sandbox, send, rule, count, room, day):
    send(
        "restrictions",
        rule(date=day(4), stop_sell=True),
        rule("Double/Best Available Rate", date=day(3), min_stay_arrival=3),
    )
    send("availability", count(0, date=day(8)))
    for wanted, code in (
        (room(), "closed"), (room(first=8), "sold_out"), (room("Double/Best Available Rate"), "min_stay_arrival"),
    ):  # fmt: skip
        with pytest.raises(AssertionError, match=f'"code": "{code}"'):
            sandbox.sell("booking.com", [wanted])
    assert sandbox.feed() == []


def test_a_sale_closes_the_other_otas_unless_the_property_forbids_it(sandbox, hotel, room, day):
    sandbox.sell("airbnb", [room()])
    left = [
        sandbox.calendar(channel, day(3), day(3))[hotel["rooms"]["Twin"]][day(3)]["left"]
        for channel in ("airbnb", "expedia")
    ]
    assert left == [1, 1]
    settings = {
        f"allow_availability_autoupdate_on_{what}": False for what in ("confirmation", "modification", "cancellation")
    }
    sandbox.call("PUT", f"/properties/{hotel['property']}", {"property": {"settings": settings}})
    sandbox.sell("airbnb", [room()])
    left = [
        sandbox.calendar(channel, day(3), day(3))[hotel["rooms"]["Twin"]][day(3)]["left"]
        for channel in ("airbnb", "expedia")
    ]
    assert left == [0, 1]


def test_an_ota_that_hears_nothing_overbooks(sandbox, send, count, room, day):
    sandbox.hold("expedia")
    send("availability", count(0, date_from=day(0), date_to=day(20)))
    assert sandbox.sell("expedia", [room()])["status"] == "new"
    sandbox.hold("expedia", held=False)
    with pytest.raises(AssertionError, match="sold_out"):
        sandbox.sell("expedia", [room()])


def test_many_guests_at_once_never_sell_more_than_there_is(sandbox, room):
    def attempt(channel):
        return sandbox.attempt(channel, [room("Double/Best Available Rate")])

    with ThreadPoolExecutor(6) as guests:
        ended = list(guests.map(attempt, ["booking.com", "airbnb", "expedia"] * 6))
    assert (ended.count("sold_out"), len(sandbox.feed())) == (15, 3)


def test_moving_a_stay_moves_the_rooms(sandbox, hotel, room, day):
    stay = sandbox.sell("booking.com", [room()])
    sandbox.modify("booking.com", stay["reservation"], rooms=[room(first=4, identifier=stay["rooms"][0]["id"])])
    told = sandbox.calendar("airbnb", day(3), day(6))[hotel["rooms"]["Twin"]]
    assert [of_day["left"] for of_day in told.values()] == [2, 1, 1, 2]
    sandbox.cancel("booking.com", stay["reservation"])
    told = sandbox.calendar("airbnb", day(3), day(6))[hotel["rooms"]["Twin"]]
    assert [of_day["left"] for of_day in told.values()] == [2, 2, 2, 2]


# Reports


def test_a_no_show_is_reported_from_midnight_for_two_days(sandbox, room):
    stay = sandbox.sell("booking.com", [room()])
    path, body = f"/bookings/{stay['booking_id']}/no_show", {"no_show_report": {"waived_fees": True}}
    assert sandbox.call("POST", path, body)[1]["errors"]["code"] == "method_not_supported"
    sandbox.advance(3 * 24 * 3600)
    assert sandbox.call("POST", path, {})[0] == 422
    assert sandbox.call("POST", path, body) == (200, {"meta": {"message": "Success"}})
    reported = sandbox.stay("booking.com", stay["reservation"])["reports"]
    assert [(one["kind"], one["waived_fees"]) for one in reported] == [("no_show", True)]


def test_only_booking_com_hears_of_cards(sandbox, room):
    there, elsewhere = sandbox.sell("booking.com", [room(first=9)]), sandbox.sell("airbnb", [room()])
    assert sandbox.call("POST", f"/bookings/{elsewhere['booking_id']}/invalid_card")[0] == 422
    cancel = f"/bookings/{there['booking_id']}/cancel_due_invalid_card"
    assert sandbox.call("POST", cancel)[0] == 422
    assert sandbox.call("POST", f"/bookings/{there['booking_id']}/invalid_card")[0] == 200
    sandbox.advance(23 * 3600)
    assert sandbox.call("POST", cancel)[0] == 422
    sandbox.advance(3601)
    assert sandbox.call("POST", cancel)[0] == 200
    assert sandbox.feed()[-1]["attributes"]["status"] == "cancelled"


# Messages and requests


def test_a_guest_writes_and_is_answered(sandbox, room, endpoint):
    sandbox.listen(endpoint.url, events="message")
    stay = sandbox.sell("booking.com", [room()])
    sandbox.control("POST", "messages", booking_id=stay["booking_id"], text="Is there a lift?")
    sandbox.settle()
    payload = endpoint.events()[0]["payload"]
    assert (payload["message"], payload["booking_id"]) == ("Is there a lift?", stay["booking_id"])
    path = f"/message_threads/{payload['message_thread_id']}"
    assert sandbox.call("POST", f"{path}/messages", {"message": {"message": "Yes."}})[0] == 200
    said = sandbox.call("GET", f"/bookings/{stay['booking_id']}/messages")[1]["data"]
    assert [one["attributes"]["sender"] for one in said] == ["property", "guest"]
    assert sandbox.call("POST", f"{path}/close")[1]["data"]["attributes"]["is_closed"] is True


@pytest.mark.parametrize(
    ("accept", "event", "found"), [(True, "accepted_reservation", 1), (False, "declined_reservation", 0)]
)
def test_a_request_at_airbnb_waits_for_an_answer(sandbox, room, endpoint, accept, event, found):
    sandbox.listen(endpoint.url, events="reservation_request;accepted_reservation;declined_reservation")
    asked = sandbox.control("POST", "requests", rooms=[room()])
    assert sandbox.feed() == []
    path = f"/live_feed/{asked['id']}/resolve"
    assert sandbox.call("POST", path, {"resolution": {"accept": accept}})[0] == 200
    assert sandbox.call("POST", path, {"resolution": {"accept": accept}})[0] == 422
    sandbox.settle()
    assert [one["event"] for one in endpoint.events()] == ["reservation_request", event]
    assert len(sandbox.feed()) == found


def test_an_alteration_becomes_a_modification(sandbox, room):
    stay = sandbox.sell("airbnb", [room()])
    longer = room(nights=4, identifier=stay["rooms"][0]["id"])
    asked = sandbox.control("POST", "requests", rooms=[longer], reservation=stay["reservation"])
    sandbox.call("POST", f"/live_feed/{asked['id']}/resolve", {"resolution": {"accept": True}})
    told = sandbox.feed()[-1]["attributes"]
    assert (told["status"], len(told["rooms"][0]["days"])) == ("modified", 4)
