"""What Booking.com is told, in both languages, and how its answers are understood."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from channels.adapters.base import Access, ChannelError, ChannelRate, ChannelRoom, Parcel, Receipt, Sent, Span
from channels.adapters.bookingcom import xml
from channels.adapters.bookingcom.adapter import ADAPTER, FACTS
from channels.adapters.bookingcom.queues import SHAPES, receipt_message
from channels.adapters.bookingcom.settings import SETTINGS
from channels.adapters.enums import Told, Trouble
from tests.channels.adapters.bookingcom_hotel import BookingComHotel
from tests.channels.adapters.canned import ACCESS, canned
from tests.channels.adapters.contract import DAY, send_all, shown, spans_of_a_house
from tests.sandbox.bookingcom.fixtures import BookingComRemote
from tests.sandbox.channel_fixtures import BEST, DOUBLE, SAVER
from tests.sandbox.samples import need_samples

HOUSE = replace(ACCESS, today=date(2026, 11, 20), credentials={"user": "u", "password": "secret"})
OPENTRAVEL = replace(HOUSE, settings={"dialect": "ota"})
OK = b"<?xml version='1.0' standalone='yes'?>\n<ok/><!-- RUID: [cmVmZXJlbmNl] -->"


def december(day: int) -> date:
    return date(2026, 12, day)


def rate(first: date, until: date, rate_id: str = "bar", **told: Any) -> Span:
    return Span("twin", rate_id, first, until, **told)


def plain(span: Span, **chosen: str) -> str:
    """Return B.XML's one message of a span, inside its room."""
    (parcel,) = ADAPTER.parcels(replace(HOUSE, settings=chosen), [span])
    (room,) = xml.each(xml.parsed(parcel.body), "room")
    return "".join(etree.tostring(child, encoding="unicode") for child in room)


def judged(parcels: Sequence[Parcel]) -> None:
    """Complain of OpenTravel messages that their schemas do not take."""
    for parcel in parcels:
        root = xml.parsed(parcel.body)
        schema(need_samples() / "ota2015a-xsd", xml.tag(root)).assertValid(root)


_schemas: dict[str, etree.XMLSchema] = {}


def schema(folder: Path, name: str) -> etree.XMLSchema:
    if name not in _schemas:
        _schemas[name] = etree.XMLSchema(etree.parse(folder / f"{name}.xsd"))
    return _schemas[name]


# What is written


def test_the_last_day_is_meant_as_well() -> None:
    """T8: `to` is the last night."""
    told = plain(Span("twin", "", december(1), december(4), rooms=2))
    assert told == '<date from="2026-12-01" to="2026-12-03"><roomstosell>2</roomstosell></date>'


def test_one_day_has_no_end() -> None:
    told = plain(Span("twin", "", december(1), december(2), rooms=0))
    assert told == '<date value="2026-12-01"><roomstosell>0</roomstosell></date>'


def test_each_restriction_stands_by_itself() -> None:
    """T27."""
    one_day = (december(1), december(2))
    start = '<date value="2026-12-01"><rate id="bar"/>'
    assert plain(rate(*one_day, closed=False)) == f"{start}<closed>0</closed></date>"
    assert plain(rate(*one_day, closed_to_arrival=True)) == f"{start}<closedonarrival>1</closedonarrival></date>"
    assert plain(rate(*one_day, closed_to_departure=True)) == f"{start}<closedondeparture>1</closedondeparture></date>"
    assert plain(rate(*one_day, min_stay_through=2)) == f"{start}<minimumstay>2</minimumstay></date>"
    assert plain(rate(*one_day, min_stay_arrival=0)) == f"{start}<minimumstay_arrival>1</minimumstay_arrival></date>"
    assert plain(rate(*one_day, max_stay=0)) == f"{start}<maximumstay_arrival>0</maximumstay_arrival></date>"


@pytest.mark.parametrize(
    ("pricing", "prices", "told"),
    [
        ("standard", {0: 10000}, "<price>100.00</price>"),
        ("standard", {2: 10000}, "<price>100.00</price>"),
        ("standard", {1: 8000, 2: 10000}, "<price1>80.00</price1><price>100.00</price>"),
        ("derived", {2: 10000}, "<price>100.00</price>"),
        ("occupancy", {1: 8000, 2: 10000}, "<price1>80.00</price1><price2>100.00</price2>"),
    ],
)
def test_prices_by_how_the_hotel_prices(pricing: str, prices: dict[int, int], told: str) -> None:
    assert told in plain(rate(december(1), december(2), prices=prices), pricing=pricing)


def test_the_element_of_an_occupancy_is_a_setting() -> None:
    chosen = {"pricing": "occupancy", "occupancy_element": "price_{guests}_persons"}
    assert "<price_2_persons>" in plain(rate(december(1), december(2), prices={2: 100}), **chosen)
    assert "<price2>" in plain(rate(december(1), december(2), prices={2: 100}), **chosen | {"occupancy_element": "<a>"})


@pytest.mark.parametrize(
    ("currency", "minor", "told"), [("JPY", 9000, "9000"), ("KWD", 45500, "45.500"), ("EUR", 5, "0.05")]
)
def test_amounts_have_as_many_decimals_as_their_currency(currency: str, minor: int, told: str) -> None:
    access = replace(HOUSE, currency=currency)
    (parcel,) = ADAPTER.parcels(access, [rate(december(1), december(2), prices={0: minor})])
    assert f"<price>{told}</price>".encode() in parcel.body


def test_a_count_is_at_most_254() -> None:
    """255 would sell without limit."""
    assert "<roomstosell>254<" in plain(Span("twin", "", december(1), december(2), rooms=300))


def test_a_message_is_for_one_month() -> None:
    spans = [
        Span("twin", "", date(2026, 11, 28), date(2027, 1, 2), rooms=1),
        rate(december(30), date(2027, 1, 3), closed=True),
    ]
    parcels = ADAPTER.parcels(HOUSE, spans)
    assert [[(span.first, span.until) for span in parcel.spans] for parcel in parcels] == [
        [(date(2026, 11, 28), december(1))],
        [(december(1), date(2027, 1, 1)), (december(30), date(2027, 1, 1))],
        [(date(2027, 1, 1), date(2027, 1, 2)), (date(2027, 1, 1), date(2027, 1, 3))],
    ]


def test_everything_for_a_year_and_a_half_is_a_message_a_month() -> None:
    first = HOUSE.today
    days = [first + DAY * number for number in range(FACTS.days_ahead)]
    spans = [rate(on, on + DAY, prices={0: 10000 + on.day}, closed=False) for on in days]
    assert len(ADAPTER.parcels(HOUSE, spans)) == 18
    assert len(ADAPTER.parcels(OPENTRAVEL, spans)) == 36


def test_a_large_house_is_told_in_no_time() -> None:
    """Twenty rooms of ten rates, each day another price."""
    days = [december(day) for day in range(1, 32)]
    spans = [
        Span(f"room-{room}", f"rate-{number}", on, on + DAY, prices={0: 10_000 + on.day})
        for room in range(20)
        for number in range(10)
        for on in days
    ]
    began = time.monotonic()
    assert len(ADAPTER.parcels(HOUSE, spans)) == 1
    assert time.monotonic() - began < 10


def test_what_says_the_same_day_twice_goes_in_a_later_message() -> None:
    """Of repeated dates Booking.com takes the first: the last word would be lost."""
    spans = [rate(december(1), december(5), closed=True), rate(december(4), december(8), closed=False)]
    parcels = ADAPTER.parcels(HOUSE, spans)
    assert [parcel.spans for parcel in parcels] == [(spans[0],), (spans[1],)]


def test_what_is_over_is_not_told() -> None:
    (parcel,) = ADAPTER.parcels(HOUSE, [Span("twin", "", date(2026, 11, 18), date(2026, 11, 22), rooms=1)])
    assert [(span.first, span.until) for span in parcel.spans] == [(HOUSE.today, date(2026, 11, 22))]


def test_a_price_without_a_rate_is_nobodys() -> None:
    with pytest.raises(ChannelError) as refusal:
        ADAPTER.parcels(HOUSE, [rate(december(1), december(2), "", prices={0: 1})])
    assert refusal.value.trouble == Trouble.REFUSED


@pytest.mark.parametrize("amounts", ["major", "minor"])
def test_opentravel_messages_are_valid(amounts: str) -> None:
    access = replace(OPENTRAVEL, settings={"dialect": "ota", "amounts_sent": amounts})
    whole = rate(
        december(1),
        december(4),
        prices={1: 8000, 2: 10050},
        min_stay_arrival=2,
        min_stay_through=3,
        max_stay=0,
        closed_to_arrival=True,
        closed_to_departure=False,
        closed=False,
    )
    parcels = ADAPTER.parcels(access, [Span("twin", "", december(1), december(4), rooms=3), whole])
    judged(parcels)
    assert [parcel.what for parcel in parcels] == ["availability_notice", "rate_amount_notice"]
    (amount,) = [
        node for node in xml.below(xml.parsed(parcels[1].body), "BaseByGuestAmt") if node.get("NumberOfGuests") == "2"
    ]
    told = {"major": ("100.50", None), "minor": ("10050", "2")}[amounts]
    assert (amount.get("AmountAfterTax"), amount.get("DecimalPlaces")) == told


@given(data=st.data())
@settings(deadline=None, max_examples=25)
def test_whatever_is_told_in_opentravel_is_valid(data: st.DataObject) -> None:
    judged(ADAPTER.parcels(OPENTRAVEL, data.draw(spans_of_a_house(december(1)))))


@pytest.mark.parametrize("queue", SHAPES)
def test_an_acknowledgement_is_valid(queue: str) -> None:
    root = receipt_message(
        "hotel", queue, [Receipt("4072345611", "r", "G1", Told.NEW), Receipt("4072345612", "s", "G2", Told.NEW)]
    )
    schema(need_samples() / "ota2015a-xsd", xml.tag(root)).assertValid(xml.parsed(xml.written(root)))


@given(text=st.text(max_size=30))
@settings(deadline=None)
def test_any_settings_make_a_message(text: str) -> None:
    access: Access = replace(OPENTRAVEL, settings={question.name: text for question in SETTINGS})
    for dialect in ("bxml", "ota"):
        told = replace(access, settings={**access.settings, "dialect": dialect})
        for parcel in ADAPTER.parcels(told, [rate(december(1), december(2), prices={1: 100, 2: 200}, max_stay=3)]):
            xml.parsed(parcel.body)


# What is answered

SPANS = (
    Span("twin", "", december(1), december(5), rooms=1),
    rate(december(1), december(5), prices={0: 200}),
    rate(december(1), december(5), "saver", prices={0: 9000}),
    Span("suite", "bar", december(1), december(5), prices={0: 50_000_000}),
    rate(december(10), december(12), min_stay_arrival=2),
)


def answered(body: str | bytes, *, status: int = 200, what: str = "availability") -> Sent:
    parcel = Parcel(what, SPANS, b"<request/>")
    return ADAPTER.send(canned(body.encode() if isinstance(body, str) else body, status=status, access=HOUSE), parcel)


def refused(body: str, **more: Any) -> list[tuple[str, list[int]]]:
    return [(each.code, [SPANS.index(span) for span in each.spans]) for each in answered(body, **more).refused]


def test_ok_takes_everything_and_has_a_number() -> None:
    assert answered(OK) == Sent(reference="cmVmZXJlbmNl")
    assert answered((need_samples() / "bookingcom" / "bxml_availability_ok.xml").read_bytes()).refused == ()


@pytest.mark.parametrize(
    ("errors", "meant"),
    [
        ('<error code="PRICE_BELOW_MIN_PRICE" room_id="twin" rate_id="bar">Too low.</error>', [1]),
        ('<error code="PRICE_BELOW_MIN_PRICE">The price is too low.</error>', [1]),
        ('<error code="PRICE_EXCEEDS_MAX_PRICE">The price is too high.</error>', [3]),
        ("<error>ROOM_ID_INVALID: Room ID 'suite' is not valid.</error>", [3]),
        ("<error>ROOM_ID_INVALID: Room ID 'twin' is not valid.</error>", [0, 1, 2, 4]),
        ('<warning code="WARN_SOMETHING" room_id="twin" rate_id="saver">Hm.</warning>', [2]),
        ("<warning>WARN_SOMETHING on 2026-12-10</warning>", [4]),
        ("<warning>Nobody knows what.</warning>", [0, 1, 2, 3, 4]),
        ('<warning code="MIN_MAX_MESSAGE_TYPE_INVALID">SetMinLOS</warning>', [4]),
        ('<warning code="OCCUPANCY_INVALID" room_id="suite">Hm.</warning>', [3]),
    ],
)
def test_a_refusal_finds_its_spans(errors: str, meant: list[int]) -> None:
    """A 200 may refuse parts: what is named is refused, the rest was taken."""
    assert [numbers for _, numbers in refused(f"<response><ok/><list>{errors}</list></response>")] == [meant]


def test_as_many_prices_are_refused_as_complaints_came() -> None:
    errors = '<Warning Type="3">PRICE_BELOW_MIN_PRICE: The price is too low.</Warning>' * 2
    assert refused(f"<RS><Success/><Warnings>{errors}</Warnings></RS>") == [("PRICE_BELOW_MIN_PRICE", [1, 2])]


def test_more_complaints_than_anybody_reads_refuse_everything() -> None:
    errors = "".join(
        f'<error code="PRICE_BELOW_MIN_PRICE" room_id="twin" rate_id="r{number}"/>' for number in range(3000)
    )
    sent = answered(f"<response><ok/>{errors}</response>")
    assert sum(len(each.spans) for each in sent.refused) == len(SPANS)


def test_of_repeated_dates_the_first_was_taken() -> None:
    spans = (SPANS[1], replace(SPANS[1], prices={0: 300}))
    answer = (
        b'<response><ok/><warning code="WARN_DUPLICATE_DATES" room_id="twin" rate_id="bar">Twice.</warning></response>'
    )
    sent = ADAPTER.send(canned(answer, access=HOUSE), Parcel("availability", spans, b"<request/>"))
    assert [each.spans for each in sent.refused] == [spans[1:]]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('<response><errors><error code="RATE_ID_INVALID" rate_id="saver">No.</error></errors></response>', 400),
        ("<RS><Errors><Error Type='3' ShortText='RATE_ID_INVALID: saver'/></Errors></RS>", 200),
    ],
)
def test_nothing_of_a_refused_message_was_taken(body: str, status: int) -> None:
    assert refused(body, status=status) == [("RATE_ID_INVALID", [2]), ("RATE_ID_INVALID", [0, 1, 3, 4])]


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        (401, "<response><fault code='401' string='No'/></response>", Trouble.LOCKED_OUT),
        (403, "<response><fault code='403' string='Access denied'/></response>", Trouble.LOCKED_OUT),
        (404, "", Trouble.REFUSED),
        (408, "", Trouble.TEMPORARY),
        (429, "", Trouble.LIMITED),
        (500, "", Trouble.TEMPORARY),
        (302, "", Trouble.TEMPORARY),
        (200, "", Trouble.TEMPORARY),
        (200, "<html/>", Trouble.TEMPORARY),
        (200, "<!DOCTYPE a><ok/>", Trouble.TEMPORARY),
        (400, "nonsense", Trouble.REFUSED),
        (200, "<response><fault code='401' string='Authorization Required'/></response>", Trouble.LOCKED_OUT),
        (200, "<response><fault code='429' string='Slow down'/></response>", Trouble.LIMITED),
        (200, "<response><fault code='503' string='Down'/></response>", Trouble.TEMPORARY),
    ],
)
def test_what_an_answer_means(status: int, body: str, trouble: Trouble) -> None:
    with pytest.raises(ChannelError) as refusal:
        answered(body, status=status)
    assert refusal.value.trouble == trouble


def test_a_message_of_another_kind_is_not_sent() -> None:
    with pytest.raises(ChannelError) as refusal:
        answered(OK, what="photographs")
    assert refusal.value.code == "no_such_message"


@given(
    body=st.binary(max_size=100)
    | st.sampled_from([b"<a><error/></a>", b"<ok><fault/></ok>", b"<a><Warning code='\xc3\xa9'/></a>"])
)
@settings(deadline=None)
def test_any_answer_is_understood_or_an_error(body: bytes) -> None:
    try:
        sent = answered(body)
    except ChannelError:
        return
    assert all(span in SPANS for each in sent.refused for span in each.spans)


# With the stand-in


def test_a_child_and_a_readonly_rate_are_never_told(bookingcom_sandbox: BookingComRemote) -> None:
    hotel = BookingComHotel(bookingcom_sandbox)
    bookingcom_sandbox.control("POST", "marks", room=DOUBLE, rate=SAVER, child=True)
    assert {rate.rate_id: rate.read_only for rate in hotel.rooms()[0].rates} == {BEST: False, SAVER: True}


def test_the_recorded_rooms_are_what_the_wizard_maps() -> None:
    body = (need_samples() / "bookingcom" / "bxml_rooms.xml").read_bytes()
    rooms = ADAPTER.rooms(canned(body, access=replace(HOUSE, account="464167")))
    assert [room.room_id for room in rooms] == ["46416701", "46416702", "46416703"]
    assert rooms[0] == ChannelRoom(
        "46416701",
        "Standard Double Room with Sea View",
        2,
        (
            ChannelRate("1590909", "DEAL89", read_only=True),
            ChannelRate("1592191", "Non-refundable", read_only=True),
            ChannelRate("1578444", "Standard Rate"),
            ChannelRate("1589701", "DEAL71", read_only=True),
        ),
    )


@pytest.mark.parametrize("dialect", ["bxml", "ota"])
@pytest.mark.parametrize("currency", ["JPY", "EUR", "KWD"])
def test_a_price_is_read_back_as_it_was_told(bookingcom_sandbox: BookingComRemote, dialect: str, currency: str) -> None:
    hotel = BookingComHotel(bookingcom_sandbox, currency=currency, dialect=dialect)
    hotel.set(euro_rate={"JPY": "160", "EUR": "1", "KWD": "0.33"}[currency])
    told = {"JPY": 12345, "EUR": 12345, "KWD": 12345}[currency]
    assert send_all(hotel, [Span(DOUBLE, BEST, hotel.first, hotel.first + DAY, prices={0: told})]) == []
    assert shown(hotel)[DOUBLE, BEST, hotel.first, "price 0"] == told


@pytest.mark.parametrize(("divided", "amounts"), [(True, "minor"), (False, "major")])
def test_divided_or_not_a_price_arrives(bookingcom_sandbox: BookingComRemote, divided: bool, amounts: str) -> None:
    hotel = BookingComHotel(bookingcom_sandbox, dialect="ota", amounts_sent=amounts)
    hotel.set(rates_divided=divided)
    assert send_all(hotel, [Span(DOUBLE, BEST, hotel.first, hotel.first + DAY, prices={0: 10050})]) == []
    assert shown(hotel)[DOUBLE, BEST, hotel.first, "price 0"] == 10050


@pytest.mark.parametrize("dialect", ["bxml", "ota"])
def test_a_price_for_each_number_of_guests(bookingcom_sandbox: BookingComRemote, dialect: str) -> None:
    hotel = BookingComHotel(bookingcom_sandbox, dialect=dialect, pricing="occupancy")
    hotel.set(pricing="obp")
    assert hotel.rooms()[0].rates[0].guests == (1, 2)
    assert send_all(hotel, [Span(DOUBLE, BEST, hotel.first, hotel.first + DAY, prices={1: 8000, 2: 10000})]) == []
    found = shown(hotel)
    assert [found[DOUBLE, BEST, hotel.first, f"price {guests}"] for guests in (1, 2)] == [8000, 10000]


def test_a_warning_that_was_ordered_is_heard(bookingcom_sandbox: BookingComRemote) -> None:
    hotel = BookingComHotel(bookingcom_sandbox)
    bookingcom_sandbox.control("POST", "warnings", code="WARN_DUPLICATE_DATES")
    spans = [Span(DOUBLE, "", hotel.first, hotel.first + DAY, rooms=2)]
    assert send_all(hotel, spans) == spans


def test_a_year_and_a_half_is_taken_in_both_languages(bookingcom_sandbox: BookingComRemote) -> None:
    """No message of ours breaks a rule of theirs: one hotel, one month, no date twice."""
    hotel = BookingComHotel(bookingcom_sandbox)
    until = hotel.first + timedelta(days=400)
    spans = [
        Span(DOUBLE, "", hotel.first, until, rooms=2),
        Span(DOUBLE, BEST, hotel.first, until, prices={0: 9000}, closed=False, min_stay_arrival=2, max_stay=14),
        Span(DOUBLE, SAVER, hotel.first, until, prices={0: 8000}, closed=False),
    ]
    for dialect in ("bxml", "ota"):
        hotel.choose(dialect=dialect)
        assert send_all(hotel, spans) == []
