"""Bookings at Expedia's stand-in: retrieval, confirmation, the order of versions, the clock, and the push."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.channel_fixtures import BEST, DOUBLE, HOTEL, next_month
from tests.sandbox.expedia.fixtures import expedia_sandbox, receiver

__all__ = ["expedia_sandbox", "receiver"]
ARRIVAL = next_month(2)


@pytest.fixture
def expedia(expedia_sandbox):
    expedia_sandbox.seed()
    return expedia_sandbox


def test_a_booking_is_pending_until_it_is_retrieved(expedia):
    number = expedia.sell(ARRIVAL)["reservation"]
    assert [expedia.pending(), expedia.pending()] == [[(number, "Book")], []]
    assert expedia.pending('<Status value="retrieved"/>') == [(number, "Book")]
    assert expedia.pending("<NbDaysInPast>3</NbDaysInPast>") == [(number, "Book")]
    assert expedia.pending(f'<Booking id="{number}"/>', hotel=None) == [(number, "Book")]


def test_a_booking_tells_nights_money_and_card(expedia):
    expedia.control("POST", "settings", hotel=HOTEL, tax_basis_points=700)
    expedia.sell(ARRIVAL, adults=1, children=1, ages=[7])
    root = expedia.call("/eqc/br", "")
    by_name = {node.tag.rpartition("}")[2]: dict(node.attrib) for node in root.iter()}
    assert by_name["RoomStay"] == {"roomTypeID": DOUBLE, "ratePlanID": BEST}
    assert by_name["Total"] == {"amountAfterTaxes": "214.00", "amountOfTaxes": "14.00", "currency": "EUR"}
    assert (by_name["GuestCount"], by_name["Child"]) == ({"adult": "1", "child": "1"}, {"age": "7"})
    assert by_name["PaymentCard"]["cardActivation"] == f"{ARRIVAL}T00:00:00Z"
    assert by_name["Booking"]["source"] == "Expedia"


def test_each_room_is_a_booking_of_its_own(expedia):
    expedia.sell(ARRIVAL, rooms=2)
    found = expedia.pending()
    assert (len(set(found)), {kind for _, kind in found}) == (2, {"Book"})


def test_no_more_than_125_at_a_time_the_newest_first(expedia):
    for _ in range(130):
        expedia.sell(ARRIVAL)
    assert [len(expedia.pending()), len(expedia.pending())] == [125, 5]


def test_the_next_version_waits_for_the_confirmation(expedia):
    stay = expedia.sell(ARRIVAL)
    number = stay["reservation"]
    expedia.pending()
    expedia.modify(stay, ARRIVAL)
    expedia.advance(60)
    assert expedia.pending() == []
    assert expedia.confirm((number, "Book", "H-1")) == []
    assert expedia.pending() == [(number, "Modify")]
    expedia.cancel(stay)
    assert expedia.pending() == []
    assert expedia.confirm((number, "Modify", "H-1")) == []
    assert expedia.pending() == [(number, "Cancel")]


def test_a_change_nobody_saw_is_still_a_book(expedia):
    stay = expedia.sell(ARRIVAL, nights=1)
    expedia.modify(stay, ARRIVAL, nights=3)
    root = expedia.call("/eqc/br", "")
    assert [node.get("type") for node in root.iter("{*}Booking")] == ["Book"]
    assert len(list(root.iter("{*}PerDayRate"))) == 3


def test_a_room_that_is_dropped_is_cancelled(expedia):
    stay = expedia.sell(ARRIVAL, rooms=2)
    found = expedia.pending()
    expedia.confirm(*[(number, "Book", "H-1") for number, _ in found])
    first = stay["rooms"][0]
    kept = {"room": DOUBLE, "rate": BEST, "identifier": first["id"], **expedia.nights(ARRIVAL, 2)}
    expedia.at_extranet("modify", reservation=stay["reservation"], rooms=[kept], forced=True)
    assert sorted(kind for _, kind in expedia.pending()) == ["Cancel", "Modify"]


def test_confirmations_that_are_not_stored_are_warnings(expedia):
    expedia.seed("2002")
    stay = expedia.sell(ARRIVAL)
    number = stay["reservation"]
    assert expedia.confirm(("42", "Book", "H-1")) == [10080]
    assert expedia.confirm((number, "Book", "H-1"), hotel="2002") == [10081]
    assert expedia.confirm((number, "Book", "H-1")) == [10102]
    expedia.pending()
    assert expedia.confirm((number, "Modify", "H-1")) == [10100]
    assert [expedia.confirm((number, "Book", f"H-{n}")) for n in range(4)] == [[], [], [], [10103]]
    assert expedia.confirm(*[(number, "Book", "H-1")] * 11) == [3301]
    expedia.advance((ARRIVAL + timedelta(days=12) - datetime.now(UTC).date()).days * 86400)
    assert expedia.confirm((number, "Book", "H-1")) == [10101]


def test_a_confirmation_that_should_be_retried_is_not_stored(expedia):
    number = expedia.sell(ARRIVAL)["reservation"]
    expedia.pending()
    expedia.control("POST", "confirmations", busy=1)
    assert [expedia.confirm((number, "Book", "H-1")) for _ in range(2)] == [[10105], []]


def test_what_nobody_confirms_goes_by_mail_and_is_gone(expedia):
    stay = expedia.sell(ARRIVAL)
    expedia.pending()
    expedia.advance(24 * 3600)
    assert expedia.pending('<Status value="retrieved"/>') == []
    assert expedia.control("GET", "mail") == [{"booking": stay["reservation"], "hotel": HOTEL, "type": "Book"}]
    expedia.modify(stay, ARRIVAL)
    assert expedia.pending() == [(stay["reservation"], "Modify")]


def test_an_arrival_today_has_half_an_hour(expedia):
    now = datetime.now(UTC)
    expedia.advance(12 * 3600 - (now.hour * 3600 + now.minute * 60) + 86400)
    expedia.sell((now + timedelta(days=1)).date())
    expedia.sell((now + timedelta(days=2)).date())
    expedia.advance(30 * 60)
    assert len(expedia.control("GET", "mail")) == 1
    expedia.advance(30 * 60)
    assert len(expedia.control("GET", "mail")) == 2


def test_a_cancellation_carries_no_card_and_may_be_blank(expedia):
    expedia.control("POST", "settings", hotel=HOTEL, blank_cancellations=True)
    stay = expedia.sell(ARRIVAL)
    expedia.pending()
    expedia.confirm((stay["reservation"], "Book", "H-1"))
    expedia.cancel(stay)
    root = expedia.call("/eqc/br", "")
    assert next(root.iter("{*}RoomStay")).get("roomTypeID") == "0"
    assert (list(root.iter("{*}PaymentCard")), next(root.iter("{*}Booking")).get("confirmNumber")) == ([], "H-1")


def test_filters_that_exclude_each_other_are_refused(expedia):
    root = expedia.call("/eqc/br", '<ParamSet><Status value="confirmed"/></ParamSet>')
    assert expedia.codes(root) == [3010]


# The push


def test_bookings_are_pushed_in_order_and_confirmed_by_the_answer(expedia, receiver):
    expedia.control("POST", "notify", hotel=HOTEL, url=receiver.url)
    stay = expedia.sell(ARRIVAL)
    expedia.pushed()
    expedia.modify(stay, ARRIVAL)
    expedia.cancel(stay)
    expedia.pushed()
    names = [name for name, _, _ in receiver.headers()]
    assert names[0] == "OTA_HotelResNotifRQ"
    assert names[-1] == "OTA_CancelRQ"
    (booking,) = expedia.control("GET", "bookings")
    assert {version["status"] for version in booking["versions"]} == {"confirmed"}
    assert expedia.pending("<NbDaysInPast>3</NbDaysInPast>") == []


def test_a_push_that_fails_comes_again_with_the_same_id(expedia, receiver):
    receiver.answers = ["fault"]
    expedia.control("POST", "notify", hotel=HOTEL, url=receiver.url, retry_seconds=[0])
    expedia.sell(ARRIVAL)
    expedia.pushed()
    (_, first, once), (_, second, again) = receiver.headers()
    assert (first == second, once, again) == (True, "false", "true")


def test_a_lost_answer_makes_a_push_come_twice(expedia, receiver):
    expedia.control("POST", "notify", hotel=HOTEL, url=receiver.url, retry_seconds=[0])
    expedia.control("POST", "notify/lose", answers=1)
    expedia.sell(ARRIVAL)
    assert len(expedia.pushed()) == 2


def test_an_error_sends_this_and_every_later_message_to_mail(expedia, receiver):
    receiver.answers = ["error"]
    expedia.control("POST", "notify", hotel=HOTEL, url=receiver.url)
    stay = expedia.sell(ARRIVAL)
    expedia.pushed()
    expedia.modify(stay, ARRIVAL)
    expedia.pushed()
    assert [one["type"] for one in expedia.control("GET", "mail")] == ["Book", "Modify"]
    assert len(receiver.arrived) == 1


def test_a_push_nobody_takes_expires(expedia):
    expedia.control("POST", "notify", hotel=HOTEL, url="http://127.0.0.1:9/", retry_seconds=[30])
    expedia.sell(ARRIVAL)
    expedia.advance(25 * 3600)
    assert expedia.pushed() is not None
    assert len(expedia.control("GET", "mail")) == 1
