"""What Expedia is told, within its limits and by its schemas, and how its answers are understood."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from channels.adapters.base import Access, ChannelError, ChannelRate, Parcel, Receipt, Refused, Span
from channels.adapters.enums import Told, Trouble
from channels.adapters.expedia import bookings, confirmations, rooms, updates
from channels.adapters.expedia.adapter import ADAPTER
from pms.kernel.dates import each_day
from tests.channels.adapters.canned import CannedWire
from tests.channels.adapters.canned import canned as canned_for
from tests.channels.adapters.contract import spans_of_a_house, told
from tests.channels.adapters.expedia_hotel import ACCESS, ExpediaHotel
from tests.sandbox.channel_fixtures import BEST, DOUBLE, FAMILY, HOTEL, SAVER
from tests.sandbox.samples import need_samples

DAY = timedelta(days=1)
FIRST = date(2027, 3, 1)
HOUSE = replace(ACCESS, today=date(2027, 2, 1))
AR = "{http://www.expediaconnect.com/EQC/AR/2011/06}"


def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(need_samples() / "expedia" / "xsd" / f"{name}.xsd"))


def canned(body: bytes, status: int = 200, access: Access = HOUSE) -> CannedWire:
    return canned_for(body, status=status, access=access)


def rate(first: date = FIRST, nights: int = 3, **said: Any) -> Span:
    return Span(DOUBLE, BEST, first, first + DAY * nights, **said)


def count(rooms: int, first: date = FIRST, nights: int = 3) -> Span:
    return Span(DOUBLE, "", first, first + DAY * nights, rooms=rooms)


def only(spans: Sequence[Span], **of_hotel: str) -> Any:
    """Return the root of the one message that these spans are."""
    (parcel,) = ADAPTER.parcels(replace(HOUSE, settings=of_hotel), spans)
    return etree.fromstring(parcel.body)


def found(root: Any, name: str) -> list[dict[str, str]]:
    return [dict(node.attrib) for node in root.iter(f"{AR}{name}")]


def test_the_last_day_is_meant_as_well() -> None:
    """T8."""
    assert found(only([count(3)]), "DateRange") == [{"from": "2027-03-01", "to": "2027-03-03"}]


def test_counts_are_absolute_and_apart_from_rates() -> None:
    """T27."""
    root = only([rate(closed=True), count(0)])
    assert [dict(node.attrib) for node in root.iter(f"{AR}Inventory")] == [{"totalInventoryAvailable": "0"}]
    assert found(root, "RatePlan") == [{"id": BEST, "closed": "true"}]
    assert found(root, "RoomType") == [{"id": DOUBLE}, {"id": DOUBLE}]


def test_only_what_is_told_is_said() -> None:
    """T27."""
    assert found(only([rate(closed_to_arrival=False)]), "Restrictions") == [{"closedToArrival": "false"}]
    assert found(only([rate(closed_to_arrival=False)]), "Rate") == []
    assert found(only([rate(prices={2: 100})]), "Restrictions") == []


@pytest.mark.parametrize(("min_stay", "said"), [("arrival", "2"), ("through", "5"), ("", "2")])
def test_the_minimum_stay_is_of_the_hotels_kind(min_stay: str, said: str) -> None:
    """T20."""
    root = only([rate(min_stay_arrival=2, min_stay_through=5)], min_stay=min_stay)
    assert found(root, "Restrictions") == [{"minLOS": said}]


@pytest.mark.parametrize(("told", "said"), [
    ({"min_stay_arrival": 1}, {"minLOS": "1"}), ({"min_stay_arrival": 40}, {"minLOS": "28"}),
    ({"max_stay": 0}, {"maxLOS": "28"}), ({"max_stay": 90}, {"maxLOS": "28"}), ({"max_stay": 7}, {"maxLOS": "7"}),
])  # fmt: skip
def test_stays_are_of_1_to_28_nights(told: dict[str, Any], said: dict[str, str]) -> None:
    assert found(only([rate(**told)]), "Restrictions") == [said]


def test_the_other_kind_of_minimum_is_not_sent_and_not_missing() -> None:
    (parcel,) = ADAPTER.parcels(HOUSE, [rate(min_stay_through=5)])
    wire = canned(b"")
    assert ADAPTER.send(wire, parcel).refused == ()
    assert wire.asked == []


@pytest.mark.parametrize(("prices", "settings", "currency", "said"), [
    ({0: 12345}, {}, "EUR", [("PerDay", {"rate": "123.45"})]),
    ({2: 200, 1: 100}, {}, "EUR", [("PerOccupancy", {"rate": "1.00", "occupancy": "1"}),
                                   ("PerOccupancy", {"rate": "2.00", "occupancy": "2"})]),
    ({2: 10001}, {"pricing": "per_person"}, "EUR", [("PerPerson", {"rate": "50.01"})]),
    ({0: 20000}, {}, "JPY", [("PerDay", {"rate": "20000"})]),
    ({0: 20125}, {}, "KWD", [("PerDay", {"rate": "20.125"})]),
])  # fmt: skip
def test_prices_are_told_as_the_product_is_priced(
    prices: dict[int, int], settings: dict[str, str], currency: str, said: list[tuple[str, dict[str, str]]]
) -> None:
    """T36."""
    (parcel,) = ADAPTER.parcels(replace(HOUSE, settings=settings, currency=currency), [rate(prices=prices)])
    (node,) = etree.fromstring(parcel.body).iter(f"{AR}Rate")
    assert node.get("currency") == currency
    assert [(etree.QName(each).localname, dict(each.attrib)) for each in node] == said


def test_the_same_on_several_days_is_said_once() -> None:
    weekends = [rate(FIRST + DAY * 7 * week, 2, prices={2: 20000}) for week in range(50)]
    root = only(weekends)
    assert (len(found(root, "RoomType")), len(found(root, "DateRange"))) == (1, 50)
    assert not any(len(each) > 2 for each in found(root, "DateRange"))  # no weekdays


def test_what_is_over_and_what_is_too_far_is_left_out() -> None:
    house = replace(HOUSE, today=FIRST + DAY)
    (parcel,) = ADAPTER.parcels(house, [count(3, nights=2000)])
    (days,) = found(etree.fromstring(parcel.body), "DateRange")
    assert (days["from"], days["to"]) == ("2027-03-02", str(FIRST + DAY * 730))
    assert ADAPTER.parcels(house, [count(3, nights=1)]) == []


def test_a_longest_stay_below_the_shortest_takes_nothing_else_with_it() -> None:
    odd, fine = rate(min_stay_arrival=5, max_stay=3), count(3)
    assert [parcel.spans for parcel in ADAPTER.parcels(HOUSE, [odd, fine])] == [(fine,), (odd,)]


def updates_in(body: bytes) -> int:
    """Count values times nights, as Expedia does."""
    total = 0
    for block in etree.fromstring(body).iter(f"{AR}AvailRateUpdate"):
        ranges = [
            (date.fromisoformat(str(n.get("from"))), date.fromisoformat(str(n.get("to"))))
            for n in block
            if "from" in n.attrib
        ]
        values = sum(node.get("closed") is not None for node in block.iter()) + sum(
            len(node.attrib) for node in block.iter(f"{AR}Restrictions", f"{AR}Inventory")
        )
        values += len([*block.iter(f"{AR}PerDay", f"{AR}PerOccupancy", f"{AR}PerPerson")])
        total += values * sum((last - first).days + 1 for first, last in ranges)
    return total


def test_no_message_is_longer_than_expedia_takes() -> None:
    """5000 values and 100 kB: each day of two years is another one."""
    lot = random.Random(7)
    spans = [
        Span(f"{room}", plan, on, on + DAY, prices={1: lot.randrange(10**6), 2: lot.randrange(10**6)}, closed=False,
             min_stay_arrival=1 + on.day % 3, max_stay=0)
        for room in range(3) for plan in ("a", "b") for on in each_day(FIRST, FIRST + DAY * 500)
    ]  # fmt: skip
    parcels = ADAPTER.parcels(HOUSE, spans)
    assert [span for parcel in parcels for span in parcel.spans] == spans
    assert all(len(parcel.body) <= 100_000 and updates_in(parcel.body) <= 5000 for parcel in parcels)
    assert len(parcels) <= 15


def test_two_years_of_one_thing_are_cut_by_its_nights() -> None:
    span = rate(nights=700, prices=dict.fromkeys(range(1, 16), 100), closed=False)
    parcels = ADAPTER.parcels(HOUSE, [span])
    assert [updates_in(parcel.body) for parcel in parcels] == [16 * 312, 16 * 312, 16 * 76]


@given(data=st.data())
@settings(deadline=None)
def test_whatever_is_told_is_valid_and_whole(data: st.DataObject) -> None:
    check = schema("AvailRateUpdateRQ")
    spans = data.draw(spans_of_a_house(FIRST))
    house = replace(HOUSE, settings={"min_stay": data.draw(st.sampled_from(["arrival", "through"]))})
    parcels = ADAPTER.parcels(house, spans)
    assert told([span for parcel in parcels for span in parcel.spans]) == told(spans)
    for parcel in parcels:
        if parcel.what != updates.UNSPOKEN:
            check.assertValid(etree.fromstring(parcel.body))


def test_the_other_messages_are_valid() -> None:
    schema("ProductAvailRateRetrievalRQ").assertValid(etree.fromstring(rooms.asked(HOUSE)))
    schema("BookingRetrievalRQ").assertValid(etree.fromstring(bookings.asked(HOUSE)))


@pytest.mark.parametrize(("credentials", "account"), [
    ({}, HOTEL), ({"username": "abc", "password": "long enough"}, HOTEL),
    ({"username": "hotel", "password": "short"}, HOTEL), ({"username": "hotel", "password": "with\0nul"}, HOTEL),
    ({"username": "hotel_user", "password": "hotel_password"}, "H1"),
])  # fmt: skip
def test_keys_that_no_message_takes_open_nothing(credentials: dict[str, str], account: str) -> None:
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.rooms(canned(b"", access=replace(HOUSE, credentials=credentials, account=account)))
    assert refusal.value.trouble == Trouble.LOCKED_OUT


# Answers


def answer(name: str, inner: str) -> bytes:
    return f'<{name} xmlns="http://www.expediaconnect.com/EQC/AR/2007/02">{inner}</{name}>'.encode()


def error(code: int, words: str = "No.") -> bytes:
    return answer("AvailRateUpdateRS", f'<Error code="{code}">{words}</Error>')


@pytest.mark.parametrize(("status", "body", "trouble"), [
    (200, error(1001), Trouble.LOCKED_OUT), (200, error(3202), Trouble.LOCKED_OUT),
    (200, error(3210), Trouble.TEMPORARY), (200, error(4000), Trouble.TEMPORARY), (200, error(4099), Trouble.TEMPORARY),
    (200, error(5000), Trouble.TEMPORARY), (200, b"<html><body/></html>", Trouble.TEMPORARY), (200, b"", Trouble.TEMPORARY),
    (200, b'<!DOCTYPE a [<!ENTITY b "c">]><AvailRateUpdateRS>&b;</AvailRateUpdateRS>', Trouble.TEMPORARY),
    (500, error(1001), Trouble.TEMPORARY), (502, b"", Trouble.TEMPORARY), (302, b"", Trouble.TEMPORARY),
    (408, b"", Trouble.TEMPORARY), (401, b"", Trouble.LOCKED_OUT), (429, b"", Trouble.LIMITED),
])  # fmt: skip
def test_what_each_answer_means(status: int, body: bytes, trouble: Trouble) -> None:
    (parcel,) = ADAPTER.parcels(HOUSE, [count(3)])
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.send(canned(body, status=status), parcel)
    assert refusal.value.trouble == trouble


@pytest.mark.parametrize("code", [2002, 2010, 3010, 3020, 3203, 3204, 4100, 4150])
def test_an_error_refuses_all_of_the_parcel(code: int) -> None:
    (parcel,) = ADAPTER.parcels(HOUSE, [count(3), rate(closed=True)])
    refused = ADAPTER.send(canned(error(code, "Not so.")), parcel).refused
    assert [(each.code, each.message) for each in refused] == [(str(code), f"{code} Not so.")] * 2
    assert told([span for each in refused for span in each.spans]) == told(parcel.spans)


def test_one_rate_that_is_gone_takes_no_other_with_it(expedia_hotel: ExpediaHotel) -> None:
    """An error leaves everything undone: what is beside it is said again by itself."""
    first = expedia_hotel.first
    gone = Span(DOUBLE, "999", first, first + DAY, closed=True)
    good = [Span(DOUBLE, "", first, first + DAY, rooms=4), Span(FAMILY, SAVER, first, first + DAY, closed=True)]
    (parcel,) = ADAPTER.parcels(expedia_hotel.access, [*good, gone])
    (refused,) = ADAPTER.send(expedia_hotel.wire, parcel).refused
    assert (refused.spans, refused.code) == ((gone,), "3204")
    shown = expedia_hotel.remote.told(first)
    assert shown[DOUBLE][str(first)]["left"] == 4
    assert shown[FAMILY][str(first)]["rates"][SAVER]["closed"] is True


def test_what_is_told_is_what_expedia_has(expedia_hotel: ExpediaHotel) -> None:
    first = expedia_hotel.first
    said: dict[str, Any] = {
        "min_stay_arrival": 2,
        "max_stay": 14,
        "closed_to_arrival": True,
        "closed_to_departure": False,
    }
    spans = [
        Span(DOUBLE, "", first, first + DAY, rooms=3),
        Span(DOUBLE, BEST, first, first + DAY, prices={2: 9950}, **said),
    ]
    for parcel in ADAPTER.parcels(expedia_hotel.access, spans):
        assert ADAPTER.send(expedia_hotel.wire, parcel).refused == ()
    of_day = expedia_hotel.remote.told(first, first + DAY)[DOUBLE]
    rates = of_day[str(first)]["rates"][BEST]
    assert (of_day[str(first)]["left"], rates["prices"], rates["min_stay_arrival"]) == (3, {"2": 9950}, 2)
    assert (rates["max_stay_arrival"], rates["closed_to_arrival"], rates["closed_to_departure"]) == (14, True, False)
    assert "left" not in of_day[str(first + DAY)]


def test_a_hotel_that_is_busy_is_asked_later(expedia_hotel: ExpediaHotel) -> None:
    expedia_hotel.remote.control("POST", "errors", code=3210)
    (parcel,) = ADAPTER.parcels(expedia_hotel.access, [count(3, expedia_hotel.first)])
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.send(expedia_hotel.wire, parcel)
    assert refusal.value.trouble == Trouble.TEMPORARY
    assert ADAPTER.send(expedia_hotel.wire, parcel).refused == ()


# Warnings


def sent(warnings: Sequence[tuple[int, str]], spans: Sequence[Span]) -> tuple[tuple[Refused, ...], Parcel]:
    (parcel,) = ADAPTER.parcels(HOUSE, spans)
    listed = "".join(f'<Warning code="{code}">{words}</Warning>' for code, words in warnings)
    return ADAPTER.send(canned(answer("AvailRateUpdateRS", f"<Success>{listed}</Success>")), parcel).refused, parcel


def test_warnings_refuse_the_nights_that_they_name() -> None:
    where = f"[Room Type ID {DOUBLE}; Rate Plan ID {BEST}; Stay Date {{}}] Out of threshold."
    spans = [count(3, nights=5), rate(nights=5, prices={2: 100})]
    refused, _ = sent([(7021, where.format("2027-03-02")), (7021, where.format("2027-03-04"))], spans)
    (each,) = refused
    assert [(span.first.day, span.until.day, dict(span.prices)) for span in each.spans] == [
        (2, 3, {2: 100}),
        (4, 5, {2: 100}),
    ]
    assert (each.code, each.message) == ("7021", where.format("2027-03-02"))


def test_a_warning_about_a_count_refuses_the_count() -> None:
    words = f"Inventory date 2027-03-02; Room Type ID {DOUBLE}; The total was raised."
    refused, _ = sent([(7013, words)], [count(1), rate(closed=True)])
    assert [span.rate_id for each in refused for span in each.spans] == [""]


def test_warnings_that_are_counted_and_not_listed_refuse_all_of_their_kind() -> None:
    head = "Warning {} out of 27 for this cause. "
    where = f"[Room Type ID {DOUBLE}; Rate Plan ID {BEST}; Stay Date 2027-03-{{:02}}] Out of threshold."
    warnings = [(7021, head.format(number) + where.format(number)) for number in range(1, 20)]
    warnings.append((7021, head.format(20) + "7 more are not listed. " + where.format(20)))
    other = Span(FAMILY, SAVER, FIRST, FIRST + DAY, prices={2: 100})
    refused, _ = sent(
        warnings, [count(3), rate(nights=27, prices={2: 100}), other, rate(FIRST + DAY * 27, closed=True)]
    )
    (each,) = refused
    assert told(each.spans) == told([rate(nights=27, prices={2: 100}), other])


def test_a_warning_about_nothing_in_particular_refuses_all() -> None:
    refused, parcel = sent([(7999, "Something was dropped.")], [count(3), rate(closed=True)])
    assert told([span for each in refused for span in each.spans]) == told(parcel.spans)


def test_real_warnings_are_understood(expedia_hotel: ExpediaHotel) -> None:
    """A count below the base allocation, an occupancy that the room does not take, and 27 nights too cheap."""
    expedia_hotel.remote.control("POST", "settings", hotel=HOTEL, base_allocation={DOUBLE: 2})
    first = expedia_hotel.first
    low = Span(DOUBLE, "", first, first + DAY, rooms=1)
    many = Span(DOUBLE, BEST, first, first + DAY, prices={2: 9000, 5: 9000})
    cheap = Span(FAMILY, BEST, first, first + DAY * 27, prices={2: 100})
    (parcel,) = ADAPTER.parcels(expedia_hotel.access, [low, many, cheap])
    refused = {each.code: each.spans for each in ADAPTER.send(expedia_hotel.wire, parcel).refused}
    assert refused == {"7013": (low,), "7009": (many,), "7021": (cheap,)}


def test_published_answers_are_understood() -> None:
    for file in sorted((need_samples() / "expedia" / "xml").glob("ar__*RS*.xml")):
        (parcel,) = ADAPTER.parcels(HOUSE, [count(3), rate(closed=True)])
        refused = ADAPTER.send(canned(file.read_bytes()), parcel).refused
        assert bool(refused) is (b"<Warning" in file.read_bytes()), file.name


# Rooms


def test_rooms_and_their_rates(expedia_hotel: ExpediaHotel) -> None:
    linked = {"acquisition": "Linked", "parent": BEST, "link_percent": -10}
    expedia_hotel.remote.control("POST", "settings", room=DOUBLE, rate=SAVER, **linked)
    double, family = expedia_hotel.rooms()
    assert (double.room_id, double.name, double.max_guests, family.max_guests) == (DOUBLE, "Double", 2, 4)
    assert double.rates == (
        ChannelRate(BEST, "Best available, Expedia collects", (1, 2)),
        ChannelRate(SAVER, "Saver, Expedia collects", (1, 2), read_only=True),
    )


@pytest.mark.parametrize(("pricing", "guests"), [("PerDayPricing", ()), ("PerPersonPricing", (2,))])
def test_how_a_product_is_priced(expedia_hotel: ExpediaHotel, pricing: str, guests: tuple[int, ...]) -> None:
    expedia_hotel.remote.control("POST", "settings", hotel=HOTEL, pricing=pricing)
    assert {rate.guests for room in expedia_hotel.rooms() for rate in room.rates} == {guests}
    access = replace(expedia_hotel.access, settings={"pricing": "per_person" if guests else "product"})
    span = Span(DOUBLE, BEST, expedia_hotel.first, expedia_hotel.first + DAY, prices={guests[0] if guests else 0: 9000})
    (parcel,) = ADAPTER.parcels(access, [span])
    assert ADAPTER.send(expedia_hotel.wire, parcel).refused == ()


def test_published_lists_are_understood() -> None:
    lists = 0
    for file in sorted((need_samples() / "expedia" / "xml").glob("parr__*RS*.xml")):
        found = ADAPTER.rooms(canned(file.read_bytes()))
        lists += bool(found)
        assert bool(found) is (b"<ProductList" in file.read_bytes()), file.name
        assert all(room.rates for room in found)
    assert lists >= 3


# Confirmations


def receipt(number: str, kind: str = "Book", revision: str = "") -> Receipt:
    return Receipt(number, revision or f"{number} {kind}", "GRETA1", Told.NEW, {"type": kind})


def confirmed(inner: str, *receipts: Receipt) -> Any:
    return ADAPTER.acknowledge(canned(answer("BookingConfirmRS", inner)), receipts)


def test_ten_go_together_and_are_valid() -> None:
    wire = canned(answer("BookingConfirmRS", "<Success/>"))
    receipts = [receipt(str(number)) for number in range(1, 24)]
    assert set(ADAPTER.acknowledge(wire, receipts).noted) == {each.revision for each in receipts}
    check = schema("BookingConfirmRQ")
    bodies = [etree.fromstring(body) for _, _, body in wire.asked]
    for body in bodies:
        check.assertValid(body)
    assert [len(body[-1]) for body in bodies] == [10, 10, 3]
    assert confirmations.TOGETHER == 10


@pytest.mark.parametrize(("code", "again"), [(10102, True), (10105, True), (10080, False), (10081, False), (10100, False),
                                             (10101, False), (10103, False)])  # fmt: skip
def test_a_warning_means_not_stored(code: int, again: bool) -> None:
    said = confirmed(
        f'<Success><Warning code="{code}" bookingID="1">Refused.</Warning></Success>', receipt("1"), receipt("2")
    )
    assert said.noted == ("2 Book",)
    assert (said.again, said.refused) == ((("1 Book",), {}) if again else ((), {"1 Book": f"{code} Refused."}))


def test_a_warning_without_a_number_is_asked_again() -> None:
    said = confirmed('<Success><Warning code="10100">Refused.</Warning></Success>', receipt("1"), receipt("2"))
    assert (said.noted, said.again) == ((), ("1 Book", "2 Book"))


def test_an_error_is_each_ones_own() -> None:
    said = confirmed('<Error code="3010">Not valid.</Error>', receipt("1"), receipt("2"))
    assert said.refused == {"1 Book": "3010 Not valid.", "2 Book": "3010 Not valid."}
    assert confirmed("", receipt("HM1")).refused.keys() == {"HM1 Book"}


@pytest.mark.parametrize(("code", "trouble"), [(1001, Trouble.LOCKED_OUT), (4000, Trouble.TEMPORARY)])
def test_troubles_of_the_line_are_raised(code: int, trouble: Trouble) -> None:
    with pytest.raises(ChannelError) as refusal:
        confirmed(f'<Error code="{code}">No.</Error>', receipt("1"))
    assert refusal.value.trouble == trouble


def test_busy_confirmations_are_asked_again(expedia_hotel: ExpediaHotel) -> None:
    expedia_hotel.sell()
    (letter,) = ADAPTER.fetch(expedia_hotel.wire, since=None)
    (booking,) = ADAPTER.read(expedia_hotel.access, letter).bookings
    mine = Receipt(booking.booking_id, booking.revision, "GRETA1", booking.told, booking.receipt)
    expedia_hotel.remote.control("POST", "confirmations", busy=1)
    assert ADAPTER.acknowledge(expedia_hotel.wire, [mine]).again == (booking.revision,)
    assert ADAPTER.acknowledge(expedia_hotel.wire, [mine]).noted == (booking.revision,)


def test_confirming_while_reading_lets_the_next_message_out(expedia_hotel: ExpediaHotel) -> None:
    """T60, T61: Expedia holds a change back until what it changes is confirmed."""
    expedia_hotel.sell()
    next(iter(ADAPTER.fetch(expedia_hotel.wire, since=None)))
    expedia_hotel.change()
    found = []
    for letter in ADAPTER.fetch(expedia_hotel.wire, since=None):
        (booking,) = ADAPTER.read(expedia_hotel.access, letter).bookings
        found.append(booking.told)
        ADAPTER.acknowledge(
            expedia_hotel.wire, [Receipt(booking.booking_id, booking.revision, "GRETA1", booking.told, booking.receipt)]
        )
    assert found == [Told.NEW, Told.MODIFIED]
