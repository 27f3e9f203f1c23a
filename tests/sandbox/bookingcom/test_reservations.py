"""Reservations at Booking.com's stand-in: both ways out, redelivery, the mail, reports."""

import pytest
from lxml import etree

from tests.sandbox.bookingcom.answers import NAMESPACE, each
from tests.sandbox.bookingcom.fixtures import MODIFIED, NEW, bookingcom_sandbox
from tests.sandbox.channel_fixtures import BEST, DOUBLE, HOTEL, next_month
from tests.sandbox.samples import need_samples

__all__ = ["bookingcom_sandbox"]
ARRIVAL = next_month(2)


@pytest.fixture
def booking(bookingcom_sandbox):
    bookingcom_sandbox.seed()
    return bookingcom_sandbox


def read(booking, inner=""):
    status, root = booking.bxml("reservations", inner)
    assert status == 200
    return list(root)


# B.XML


def test_reading_takes_a_reservation_out(booking):
    stay = booking.sell(ARRIVAL)
    assert [one.findtext("id") for one in read(booking)] == [stay["reservation"]]
    assert read(booking) == []


def test_a_reservation_looks_like_the_published_ones(booking):
    folder = need_samples() / "bookingcom"
    stay = booking.sell(ARRIVAL, rooms=2)
    booking.control("POST", "settings", hotel=HOTEL, taxes=[{"text": "City tax", "amount": 350, "per_night": True}])
    (one,) = read(booking)
    names = ("bxml_reservations_new", "bxml_reservations_new_two_rooms_price_details")
    published = [etree.parse(folder / f"{name}.xml").getroot()[0] for name in names]
    known = {node.tag for root in published for node in root.iter()}
    assert {node.tag for node in one.iter()} <= known
    assert [node.tag for node in one if node.tag != "room"] == [n.tag for n in published[1] if n.tag != "room"]
    price = one.find("room/price")
    assert set(price.attrib) == set(published[1].find("room/price").attrib)
    assert (one.findtext("status"), one.findtext("totalprice")) == ("new", "400")
    assert len({node.text for node in one.findall("room/roomreservation_id")}) == 2
    assert [node.get("amount") for node in one.findall("room/price_details/guest/extracomponent")] == ["3.50", "3.50"]
    assert one.findtext("customer/cc_number") == stay["payout"]["card"]["number"]


def test_a_cancelled_one_has_no_rooms_and_names_its_fee(booking):
    folder = need_samples() / "bookingcom"
    stay = booking.sell(ARRIVAL)
    read(booking)
    booking.cancel(stay, fee=5050)
    (one,) = read(booking)
    published = etree.parse(folder / "bxml_reservations_cancelled.xml").getroot()[0]
    assert [node.tag for node in one.iter()] == [node.tag for node in published.iter()]
    facts = [one.findtext(name) for name in ("status", "totalprice", "total_cancellation_fee", "commissionamount")]
    assert facts == ["cancelled", "0", "50.50", ""]


def test_a_rewritten_rate_names_the_hotels_own(booking):
    booking.control("POST", "settings", hotel=HOTEL, rewritten={BEST: {"id": "9900", "name": "Mobile rate"}})
    booking.sell(ARRIVAL, nights=1)
    price = read(booking)[0].find("room/price")
    assert (price.get("rate_id"), price.get("rewritten_from_id")) == ("9900", BEST)


@pytest.mark.parametrize(("cards", "number"), [("unreadable", "0" * 16), ("none", None), ("sent", "4111111111111111")])
def test_cards_can_be_unreadable(booking, cards, number):
    booking.control("POST", "settings", hotel=HOTEL, cards=cards)
    booking.sell(ARRIVAL)
    assert read(booking)[0].findtext("customer/cc_number") == (number or "")


# OpenTravel


def test_a_reservation_comes_again_until_it_is_acknowledged(booking):
    stay = booking.sell(ARRIVAL)
    assert [booking.waiting(), booking.waiting()] == [[stay["reservation"]]] * 2
    assert booking.acknowledge(stay["reservation"]) == 200
    assert booking.waiting() == []


def test_the_guarantee_goes_out_once(booking):
    booking.sell(ARRIVAL)
    cards = [len(list(booking.call(f"/hotels/ota/{NEW}")[1].iter(f"{{{NAMESPACE}}}PaymentCard"))) for _ in range(2)]
    assert cards == [1, 0]


def test_a_virtual_card_has_its_day_and_the_rate_its_suffix(booking):
    booking.at_extranet(
        "sell", hotel=HOTEL, payout="virtual_card", forced=True,
        rooms=[{"room": DOUBLE, "rate": BEST, **booking.nights(ARRIVAL, 1)}],
    )  # fmt: skip
    _, root = booking.call(f"/hotels/ota/{NEW}")
    assert next(root.iter(f"{{{NAMESPACE}}}PaymentCard")).get("EffectiveDate") == ARRIVAL.isoformat()
    assert next(root.iter(f"{{{NAMESPACE}}}RoomRate")).get("RatePlanCode") == f"{BEST}VCC"


def test_a_change_before_the_acknowledgement_comes_as_new(booking):
    stay = booking.sell(ARRIVAL)
    booking.waiting()
    booking.modify(stay, ARRIVAL, nights=4)
    assert booking.acknowledge(stay["reservation"]) == 400
    _, root = booking.call(f"/hotels/ota/{NEW}")
    assert len(list(root.iter(f"{{{NAMESPACE}}}RoomRate"))) == 4
    assert booking.waiting(MODIFIED) == []
    assert booking.acknowledge(stay["reservation"]) == 200


def test_a_change_after_it_comes_in_the_other_queue_and_wants_its_own_endpoint(booking):
    stay = booking.sell(ARRIVAL)
    booking.waiting()
    booking.acknowledge(stay["reservation"])
    booking.modify(stay, ARRIVAL)
    assert (booking.waiting(), booking.waiting(MODIFIED)) == ([], [stay["reservation"]])
    assert booking.acknowledge(stay["reservation"], name=NEW) == 400
    assert booking.acknowledge(stay["reservation"], name=MODIFIED) == 200
    booking.cancel(stay, fee=1000)
    _, root = booking.call(f"/hotels/ota/{MODIFIED}")
    assert each(root, "HotelResModifies", "HotelResModify")[0].get("ResStatus") == "Cancel"
    assert booking.acknowledge(stay["reservation"], name=MODIFIED) == 200


def test_an_acknowledgement_with_errors_keeps_it(booking):
    stay = booking.sell(ARRIVAL)
    booking.waiting()
    assert booking.acknowledge(stay["reservation"], result='<Errors><Error Type="3">No</Error></Errors>') == 200
    assert booking.waiting() == [stay["reservation"]]


def test_an_acknowledgement_nobody_fetched_is_refused(booking):
    stay = booking.sell(ARRIVAL)
    assert booking.acknowledge(stay["reservation"]) == 400


def test_anothers_hotel_is_a_403(booking):
    stay = booking.sell(ARRIVAL)
    booking.waiting()
    booking.seed("2002")
    booking.control("POST", "accounts", username="second", password="secret", hotels=["2002"])
    booking.username, booking.password = "second", "secret"
    assert booking.call(f"/hotels/ota/{NEW}?hotel_ids={HOTEL}")[0] == 403
    assert booking.acknowledge(stay["reservation"]) == 403
    assert booking.waiting() == []


def test_the_queue_can_be_asked_for_one_and_for_what_is_past(booking):
    first, second = booking.sell(ARRIVAL), booking.sell(ARRIVAL)
    assert booking.waiting(query=f"?id={second['reservation']}") == [second["reservation"]]
    booking.acknowledge(second["reservation"])
    again = booking.waiting(query="?last_change=2020-01-01T00:00:00")
    assert again == [first["reservation"], second["reservation"]]


def test_half_an_hour_without_an_answer_ends_in_a_mail(booking):
    stay = booking.sell(ARRIVAL)
    booking.waiting()
    booking.advance(30 * 60)
    assert booking.waiting() == []
    assert [one["reservation"] for one in booking.control("GET", "mail")] == [stay["reservation"]]


def test_recovery_gives_a_day_and_forbids_last_change(booking):
    booking.control("POST", "settings", hotel=HOTEL, recovery=True)
    stay = booking.sell(ARRIVAL)
    booking.advance(3600)
    assert booking.waiting() == [stay["reservation"]]
    assert booking.call(f"/hotels/ota/{NEW}?last_change=2020-01-01T00:00:00")[0] == 400
    status, _, content = booking.fetch(
        "GET", f"{booking.url}/reservations-flow-control/missed-reservations", Authorization="Basic " + basic(booking)
    )
    assert (status, stay["reservation"] in content.decode()) == (200, True)
    booking.advance(24 * 3600)
    assert booking.waiting() == []


def basic(booking):
    from base64 import b64encode

    return b64encode(f"{booking.username}:{booking.password}".encode()).decode()


def test_reads_that_come_too_soon_are_counted_and_refused_on_demand(booking):
    booking.waiting()
    booking.waiting()
    booking.advance(20)
    stay = booking.sell(ARRIVAL)
    booking.waiting()
    booking.acknowledge(stay["reservation"])
    booking.advance(20)
    booking.waiting()
    seen = booking.control("GET", "throttle")
    assert (seen["reads"], seen["too_soon"], seen["too_soon_after_acknowledgement"]) == (4, 1, 0)
    booking.control("POST", "throttle", refuses=True)
    assert booking.call(f"/hotels/ota/{NEW}")[0] == 429


def test_amounts_carry_their_decimal_places(booking):
    booking.sell(ARRIVAL, nights=1)
    _, root = booking.call(f"/hotels/ota/{NEW}")
    total = next(root.iter(f"{{{NAMESPACE}}}ResGlobalInfo")).find(f"{{{NAMESPACE}}}Total")
    assert (total.get("AmountAfterTax"), total.get("DecimalPlaces")) == ("10000", "2")


# Reports


def report(booking, stay, kind, attributes=""):
    inner = f"<reservation_id>{stay['reservation']}</reservation_id><report{attributes}>{kind}</report>"
    return booking.bxml("reporting", inner)[0]


def test_a_no_show_is_taken_from_the_day_of_arrival(booking):
    stay = booking.sell(ARRIVAL)
    assert report(booking, stay, "is_no_show") == 400
    from datetime import UTC, datetime

    booking.advance((datetime.combine(ARRIVAL, datetime.min.time(), UTC) - datetime.now(UTC)).total_seconds() + 7200)
    assert report(booking, stay, "is_no_show", ' waived_fees="yes"') == 200
    assert booking.at_extranet("stay", reservation=stay["reservation"])["reports"][0]["waived_fees"] == "yes"
    assert report(booking, stay, "is_no_show") == 400


def test_a_cancellation_for_the_card_wants_the_card_reported_first(booking):
    stay = booking.sell(ARRIVAL)
    read(booking)
    assert report(booking, stay, "cancel_reservation_invalid_cc") == 400
    assert report(booking, stay, "cc_is_invalid") == 200
    assert report(booking, stay, "cancel_reservation_invalid_cc") == 200
    assert read(booking)[0].findtext("status") == "cancelled"


def test_a_lost_answer_of_a_read_loses_the_reservation(booking):
    """The reading is the acknowledgement: whoever parses before writing down has nothing left."""
    booking.sell(ARRIVAL)
    booking.fault("error_after", path_prefix="/hotels/xml/reservations")
    assert booking.bxml("reservations")[0] == 500
    assert read(booking) == []


def test_the_extranet_has_a_page(booking):
    stay = booking.sell(ARRIVAL)
    status, _, page = booking.fetch("GET", f"{booking.url}/extranet/booking/{HOTEL}")
    assert (status, stay["reservation"] in page.decode()) == (200, True)
