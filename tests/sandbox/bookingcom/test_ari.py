"""Counts, prices and restrictions at Booking.com's stand-in."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from tests.sandbox.bookingcom.answers import each
from tests.sandbox.bookingcom.fixtures import bookingcom_sandbox
from tests.sandbox.channel_fixtures import BEST, DOUBLE, FAMILY, HOTEL, SAVER, next_month
from tests.sandbox.samples import need_samples

__all__ = ["bookingcom_sandbox"]
FIRST = next_month()


@pytest.fixture
def booking(bookingcom_sandbox):
    bookingcom_sandbox.seed()
    return bookingcom_sandbox


def room(inner, identifier=DOUBLE):
    return f'<room id="{identifier}">{inner}</room>'


def on(inner, first=FIRST, last=None, rate=BEST):
    named = f'<rate id="{rate}"/>' if rate else ""
    return f'<date from="{first}" to="{last or first}">{named}{inner}</date>'


def codes(root, name="error"):
    return [node.get("code") for node in root.iter(name)]


def told(booking, of=DOUBLE, day=FIRST):
    return booking.told(day)[of][day.isoformat()]


def test_counts_prices_and_rules_are_kept_and_read_back(booking):
    values = "<roomstosell>3</roomstosell><price>120.50</price><price1>99</price1><closed>0</closed>"
    rules = (
        "<minimumstay_arrival>2</minimumstay_arrival><maximumstay>7</maximumstay><closedonarrival>1</closedonarrival>"
    )
    status, root = booking.bxml("availability", room(on(values + rules, last=FIRST + timedelta(days=2))))
    assert (status, root.tag) == (200, "ok")
    asked = f"<hotel_id>{HOTEL}</hotel_id><number_of_days>2</number_of_days><start_date>{FIRST}</start_date>"
    _, root = booking.bxml("roomrateavailability", asked)
    day = root.find(f"room[@room_id='{DOUBLE}']/date[@value='{FIRST}']")
    rate = day.find(f"rate[@id='{BEST}']")
    assert (day.get("rooms_to_sell"), rate.get("price"), rate.get("price1")) == ("3", "120.50", "99.00")
    assert (rate.get("minimumstay_arrival"), rate.get("maximumstay"), rate.get("closedonarrival")) == ("2", "7", "1")


def test_one_count_serves_every_rate_of_the_room(booking):
    booking.bxml(
        "availability", room(on("<roomstosell>1</roomstosell><price>100</price>", last=FIRST + timedelta(days=3)))
    )
    booking.sell(FIRST, forced=False)
    assert [told(booking)["left"], told(booking)["told"]] == [0, 1]


def test_a_part_that_is_right_is_applied_and_the_answer_is_a_200(booking):
    wrong = room(on("<price>100</price>"), "999") + room(on("<price>4.99</price>", rate=SAVER))
    status, root = booking.bxml("availability", wrong + room(on("<price>100</price>")))
    assert (status, codes(root)) == (200, ["ROOM_ID_INVALID", "PRICE_BELOW_MIN_PRICE"])
    assert told(booking)["rates"][BEST]["prices"] == {"0": 10000}
    assert told(booking)["rates"][SAVER]["prices"] == {}


YESTERDAY = datetime.now(UTC).date() - timedelta(days=2)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "ROOM_ELEMENT_REQUIRED"),
        ("<room>" + on("<price>100</price>") + "</room>", "ROOM_ID_MISSING"),
        (room(on("<price>100</price>", first=YESTERDAY)), "NOT_A_VALID_DATE"),
        (room(on("<price>60000</price>")), "PRICE_EXCEEDS_MAX_PRICE"),
        (room(on("<price>100</price>", FIRST + timedelta(days=2), FIRST)), "FROM_DATE_SHOULD_BE_LESS_THAN_TO_DATE"),
        (room(on("<price>100</price>", rate="777")), "RATE_ID_INVALID"),
        (room(on("<price>100</price>", last=FIRST + timedelta(days=40))), "ONE_MONTH_PER_REQUEST"),
    ],
)
def test_all_wrong_is_a_400_with_the_code(booking, body, code):
    status, root = booking.bxml("availability", body)
    assert (status, codes(root)) == (400, [code])


@pytest.mark.parametrize(
    "body",
    [
        room(on("<roomstosell>many</roomstosell>")),
        room(on("<roomstosell>256</roomstosell>")),
        room('<date value="2031-02-30"><price>9</price></date>'),
        room(on("<closed>yes</closed>")),
        room(on("<min_advance_res>3 days</min_advance_res>")),
        "<room",
    ],
)
def test_a_broken_schema_is_a_400_and_nothing_is_applied(booking, body):
    status, root = booking.bxml("availability", room(on("<price>100</price>")) + body)
    assert (status, root[0].tag) == (400, "fault")
    assert told(booking)["rates"][BEST]["prices"] == {}


def test_of_two_values_for_a_night_the_first_is_applied(booking):
    status, root = booking.bxml("availability", room(on("<price>100</price>") + on("<price>200</price>")))
    assert (status, codes(root, "warning")) == (200, ["WARN_DUPLICATE_DATES"])
    assert told(booking)["rates"][BEST]["prices"] == {"0": 10000}


def test_a_warning_can_be_ordered_for_the_next_message(booking):
    booking.control("POST", "warnings", code="WARN_UNPROCESSED_ADDITIONAL_GUEST")
    answers = [booking.bxml("availability", room(on("<price>100</price>"))) for _ in range(2)]
    assert [(status, codes(root, "warning")) for status, root in answers] == [
        (200, ["WARN_UNPROCESSED_ADDITIONAL_GUEST"]), (200, []),
    ]  # fmt: skip


def test_two_hotels_in_one_message_are_refused(booking):
    booking.seed("2002")
    status, root = booking.bxml(
        "availability", room(on("<price>100</price>")) + room(on("<price>100</price>"), "200201")
    )
    assert (status, codes(root)) == (400, ["ONE_HOTEL_PER_REQUEST"])


def test_a_room_that_is_closed_beats_its_open_rates(booking):
    booking.bxml(
        "availability", room(on("<roomstosell>2</roomstosell><price>100</price><closed>0</closed>", last=FIRST))
    )
    booking.bxml("availability", room(on("<closed>1</closed>", rate="")))
    assert (told(booking)["closed"], told(booking)["rates"][BEST]["closed"]) == (True, False)


def test_readonly_rates_take_nothing_and_child_rates_no_price(booking):
    booking.control("POST", "marks", room=DOUBLE, rate=SAVER, readonly=True, child=True)
    booking.control("POST", "marks", room=DOUBLE, rate=BEST, child=True)
    status, root = booking.bxml("availability", room(on("<closed>1</closed>", rate=SAVER) + on("<price>90</price>")))
    assert (status, codes(root)) == (400, ["RATE_IS_READONLY", "RATE_IS_READONLY"])
    _, root = booking.bxml("rooms", f"<hotel_id>{HOTEL}</hotel_id>")
    rates = {node.get("id"): (node.get("is_child_rate"), node.get("readonly")) for node in root[0].iter("rate")}
    assert rates == {BEST: ("1", None), SAVER: ("1", "1")}


def test_others_hotels_are_a_403_but_not_when_a_part_was_right(booking):
    booking.seed("2002")
    booking.control("POST", "accounts", username="second", password="secret", hotels=["2002"])
    booking.username, booking.password = "second", "secret"
    assert booking.bxml("availability", room(on("<price>100</price>")))[0] == 403
    _, root = booking.bxml("rooms")
    assert {node.get("hotel_id") for node in root} == {"2002"}


def test_version_1_0_is_gone(booking):
    assert booking.bxml("availability", room(on("<price>100</price>")), Accept_Version="1.0")[0] == 400


# OpenTravel


def controlled(attributes="", inner="", rate=BEST, outer="AvailStatusMessage"):
    named = f' RatePlanCode="{rate}"' if rate else ""
    control = f'<StatusApplicationControl Start="{FIRST}" End="{FIRST}" InvTypeCode="{DOUBLE}"{named}/>'
    return f"<{outer}{attributes}>{control}{inner}</{outer}>"


def notice(booking, *messages):
    box = f'<AvailStatusMessages HotelCode="{HOTEL}">{"".join(messages)}</AvailStatusMessages>'
    return booking.ota("OTA_HotelAvailNotif", box)


def test_opentravel_sets_counts_closures_and_lengths(booking):
    lengths = '<LengthsOfStay><LengthOfStay Time="2" MinMaxMessageType="SetMinLOS"/></LengthsOfStay>'
    status, root = notice(
        booking,
        controlled(' BookingLimit="4"', rate=""),
        controlled(inner='<RestrictionStatus Restriction="Departure" Status="Close"/>'),
        controlled(inner=lengths),
    )
    assert (status, etree.QName(root[0]).localname) == (200, "Success")
    rate = told(booking)["rates"][BEST]
    assert (told(booking)["left"], rate["closed_to_departure"], rate["min_stay_arrival"]) == (4, True, 2)


def test_what_a_length_means_can_be_set(booking):
    booking.control("POST", "settings", hotel=HOTEL, length_of_stay={"SetMinLOS": "min_stay_through"})
    lengths = '<LengthsOfStay><LengthOfStay Time="2" MinMaxMessageType="{}"/></LengthsOfStay>'
    notice(booking, controlled(inner=lengths.format("SetMinLOS")))
    assert told(booking)["rates"][BEST]["min_stay_through"] == 2
    status, root = notice(booking, controlled(inner=lengths.format("SetMaxLOS")))
    assert (status, each(root, "Errors", "Error")[0].text.split(":")[0]) == (400, "MIN_MAX_MESSAGE_TYPE_INVALID")


def amounts(booking, *amounts_):
    rates = f"<Rates><Rate><BaseByGuestAmts>{''.join(amounts_)}</BaseByGuestAmts></Rate></Rates>"
    message = controlled(inner=rates, outer="RateAmountMessage")
    box = f'<RateAmountMessages HotelCode="{HOTEL}">{message}</RateAmountMessages>'
    return booking.ota("OTA_HotelRateAmountNotif", box)


@pytest.mark.parametrize(
    ("divided", "text", "minor"), [(True, "4500", 4500), (False, "4500", 450_000), (True, "45.50", 4550)]
)
def test_decimal_places_mean_what_is_set(booking, divided, text, minor):
    booking.control("POST", "settings", hotel=HOTEL, rates_divided=divided)
    status, _ = amounts(booking, f'<BaseByGuestAmt AmountAfterTax="{text}" DecimalPlaces="2"/>')
    assert (status, told(booking)["rates"][BEST]["prices"]) == (200, {"0": minor})


def test_an_amount_that_is_none_is_an_error_without_success(booking):
    status, root = amounts(booking, '<BaseByGuestAmt AmountAfterTax="cheap"/>')
    assert (status, [etree.QName(node).localname for node in root]) == (400, ["Errors"])


def test_opentravel_answers_are_valid(booking):
    folder = need_samples() / "ota2015a-xsd"
    amount = '<BaseByGuestAmt AmountAfterTax="{}" DecimalPlaces="2"/>'
    answers = [
        amounts(booking, amount.format("4500"))[1],
        amounts(booking, amount.format("1"))[1],
        notice(booking, controlled(' BookingLimit="4"', rate="")),
        notice(booking, controlled(' BookingLimit="4"', rate=""), controlled(' BookingLimit="4"', rate="777")),
    ]
    for root in answers[:2] + [root for _, root in answers[2:]]:
        schema = etree.XMLSchema(etree.parse(folder / f"{etree.QName(root).localname}.xsd"))
        assert schema.validate(root), schema.error_log


# Kinds of pricing


def test_rules_make_the_prices_of_other_occupancies(booking):
    rules = '<occupancy persons="3" percentage="25"/><occupancy persons="1" additional="-10.50"/>'
    rate = f'<rates><rate id="{BEST}" leading_occupancy="2">{rules}</rate></rates>'
    assert booking.bxml("derivedprices", room(rate, FAMILY))[0] == 200
    booking.bxml("availability", room(on("<price>100</price>"), FAMILY))
    assert told(booking, FAMILY)["rates"][BEST]["prices"] == {"2": 10000, "3": 12500, "1": 8950}


@pytest.mark.parametrize("persons", [2, 5, 0])
def test_a_rule_for_the_leading_or_an_impossible_occupancy_is_refused(booking, persons):
    rate = f'<rates><rate id="{BEST}" leading_occupancy="2"><occupancy persons="{persons}"/></rate></rates>'
    status, root = booking.bxml("derivedprices", room(rate, FAMILY))
    assert (status, codes(root)) == (400, ["OCCUPANCY_INVALID"])


def test_a_change_to_prices_by_occupancy_turns_the_price_into_the_largest_ones(booking):
    booking.bxml("availability", room(on("<price>100</price>"), FAMILY))
    booking.control("POST", "settings", hotel=HOTEL, pricing="obp")
    assert told(booking, FAMILY)["rates"][BEST]["prices"] == {"4": 10000}
    amount = '<BaseByGuestAmt NumberOfGuests="{}" AmountAfterTax="{}" DecimalPlaces="2"/>'
    amounts(booking, amount.format(1, 8000), amount.format(2, 9500))
    assert told(booking)["rates"][BEST]["prices"] == {"1": 8000, "2": 9500}


def test_prices_for_a_length_of_stay_property_are_answered_and_lost(booking):
    booking.control("POST", "settings", hotel=HOTEL, pricing="los")
    assert booking.bxml("availability", room(on("<price>100</price>")))[0] == 200
    assert told(booking)["rates"][BEST]["prices"] == {}


# Who may call


def test_a_token_opens_for_an_hour(booking):
    def exchange(secret=booking.secret):
        body = json.dumps({"client_id": booking.client, "client_secret": secret}).encode()
        status, _, content = booking.fetch("POST", f"{booking.url}/token-based-authentication/exchange", body)
        return status, json.loads(content)

    assert exchange("wrong")[0] == 401
    bearer = f"Bearer {exchange()[1]['jwt']}"
    assert booking.bxml("rooms", Authorization=bearer)[0] == 200
    assert booking.bxml("rooms", Authorization=bearer[:-2])[0] == 401
    booking.advance(3600)
    assert booking.bxml("rooms", Authorization=bearer)[0] == 401
    assert [exchange()[0] for _ in range(31)] == [200] * 30 + [429]


def test_a_wrong_password_is_a_401_in_the_dialect_of_the_call(booking):
    booking.password = "wrong"
    status, root = booking.bxml("reservations")
    assert (status, root.tag, root[0].get("string")) == (401, "reservations", "Authorization Required")
    status, root = booking.call("/hotels/ota/OTA_HotelResNotif")
    assert (status, each(root, "Errors", "Error")[0].get("ShortText")) == (401, "Authorization Required")
    assert booking.call("/hotels/ota/OTA_HotelResNotif", Authorization="Basic !")[0] == 401


def test_basic_can_be_switched_off(booking):
    booking.control("POST", "switches", tokens_only=True)
    assert booking.bxml("rooms")[0] == 401
