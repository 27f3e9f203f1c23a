"""The OTA's book: it sells what it was told is open, counts for itself, and keeps every revision."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.sandbox.core.state import State
from tests.sandbox.extranet.book import Extranet, Manner
from tests.sandbox.extranet.control import command, days
from tests.sandbox.extranet.rules import Refused, Wanted

TODAY = date(2031, 6, 10)
WEEK = [TODAY + timedelta(days=number) for number in range(7)]


@pytest.fixture
def heard():
    return []


@pytest.fixture
def book(heard, monkeypatch):
    state = State()
    monkeypatch.setattr(state, "now", lambda: int(datetime(2031, 6, 10, 12, tzinfo=UTC).timestamp()))
    book = Extranet(
        state, Manner("Booking.com", "booking.com"), lambda stay: heard.append(json.loads(json.dumps(stay)))
    )
    book.open_hotel("h1", name="Hotel A", timezone="Europe/Lisbon")
    book.open_room("h1", "DBL", name="Double", guests=3)
    book.open_rate("DBL", "BAR", name="Best")
    book.tell_room("DBL", WEEK, count=2)
    book.tell_rate("DBL", "BAR", WEEK, prices={1: 8000, 2: 10000})
    return book


def asked(first=0, nights=2, **changes):
    arrival = WEEK[first]
    return Wanted(
        **{"room": "DBL", "rate": "BAR", "arrival": arrival, "departure": arrival + timedelta(days=nights)} | changes
    )


def left(book):
    return [book.told_room("DBL", day)["left"] for day in WEEK]


def refusal(book, wanted):
    with pytest.raises(Refused) as refused:
        book.sell(hotel="h1", rooms=[wanted])
    return refused.value.code


def test_a_sale_counts_its_own_nights_down(book, heard):
    stay = book.sell(hotel="h1", rooms=[asked(), asked(adults=1)])
    assert left(book) == [0, 0, 2, 2, 2, 2, 2]
    assert (stay["total"], stay["commission"], len(stay["reservation"])) == (36000, 5400, 10)
    assert [room["nights"] for room in stay["rooms"]] == [
        {"2031-06-10": 10000, "2031-06-11": 10000}, {"2031-06-10": 8000, "2031-06-11": 8000},
    ]  # fmt: skip
    assert [(said["status"], said["revision"]) for said in heard] == [("new", 1)]


@pytest.mark.parametrize(
    ("told", "wanted", "code"),
    [
        ({"closed": True}, {}, "closed"),
        ({"closed_to_arrival": True}, {}, "closed_to_arrival"),
        ({"min_stay_arrival": 3}, {}, "min_stay_arrival"),
        ({"min_stay_through": 3}, {"first": 0, "nights": 2}, "min_stay_through"),
        ({"max_stay_arrival": 1}, {}, "max_stay_arrival"),
        ({"closed_to_departure": True}, {"first": 0, "nights": 1}, "closed_to_departure"),
        ({}, {"first": 6}, "not_told"),
        ({}, {"adults": 3}, "no_price"),
        ({}, {"adults": 2, "children": 2}, "guests"),
        ({}, {"nights": 0}, "dates"),
        ({}, {"rate": "NRF"}, "unknown"),
    ],
)
def test_it_refuses_what_it_was_not_told_is_open(book, told, wanted, code):
    book.tell_rate("DBL", "BAR", [WEEK[1]], **told)
    assert refusal(book, asked(**{"first": 1} | wanted)) == code
    assert left(book) == [2] * 7


def test_rooms_are_sold_together_or_not_at_all(book, heard):
    with pytest.raises(Refused, match="Nobody said"):
        book.sell(hotel="h1", rooms=[asked(), asked(first=6)])
    assert (left(book), book.stays(), heard) == ([2] * 7, [], [])


def test_a_closed_or_sold_out_room_type_is_shut_for_every_rate(book):
    book.tell_room("DBL", WEEK[:1], closed=True)
    assert refusal(book, asked()) == "closed"
    book.tell_room("DBL", WEEK[:1], closed=False, count=0)
    assert refusal(book, asked()) == "sold_out"


def test_one_price_for_the_room_serves_any_number(book):
    book.open_rate("DBL", "ROOM", name="Room")
    book.tell_rate("DBL", "ROOM", WEEK, prices={0: 9000})
    assert book.quote(asked(rate="ROOM", adults=3)) == {"2031-06-10": 9000, "2031-06-11": 9000}


def test_a_change_has_its_own_nights_free_and_fails_whole(book):
    stay = book.sell(hotel="h1", rooms=[asked(), asked()])
    held = [room["id"] for room in stay["rooms"]]
    longer = [asked(nights=3, identifier=identifier) for identifier in held]
    after = book.modify(stay["reservation"], rooms=longer)
    assert ([room["id"] for room in after["rooms"]], left(book)) == (held, [0, 0, 0, 2, 2, 2, 2])
    with pytest.raises(Refused, match="Nobody said"):
        book.modify(stay["reservation"], rooms=[asked(), asked(first=6)])
    assert (book.stay(stay["reservation"])["revision"], left(book)) == (2, [0, 0, 0, 2, 2, 2, 2])


def test_a_cancellation_gives_the_nights_back_and_pays_the_fee(book):
    stay = book.sell(hotel="h1", rooms=[asked()])
    done = book.cancel(stay["reservation"], fee=10000)
    assert (done["status"], done["charged"], done["commission"], left(book)) == ("cancelled", 10000, 1500, [2] * 7)
    with pytest.raises(Refused):
        book.modify(stay["reservation"], notes="too late")


def test_the_hotel_counts_absolutely(book):
    book.sell(hotel="h1", rooms=[asked()])
    book.tell_room("DBL", WEEK, count=1)
    assert left(book) == [1] * 7


@pytest.mark.parametrize(
    ("model", "amount", "active"),
    [("property", 0, None), ("collect", 17000, None), ("virtual_card", 20000, "2031-06-10"), ("virtual_card_net", 17000, "2031-06-10")],
)  # fmt: skip
def test_who_takes_the_money(book, model, amount, active):
    payout = book.sell(hotel="h1", rooms=[asked()], payout=model)["payout"]
    assert (payout["amount"], (payout["card"] or {}).get("active_on")) == (amount, active)


def test_a_forced_sale_asks_nobody(book):
    stay = book.sell(hotel="h1", rooms=[asked(rate="OWN-PROMO", nights=4), asked(room="GONE")], forced=True)
    assert (stay["total"], left(book)) == (60000, [1, 1, 1, 1, 2, 2, 2])


def test_the_end_of_an_overbooking_opens_nothing(book):
    book.tell_room("DBL", WEEK, count=0)
    stay = book.sell(hotel="h1", rooms=[asked()], forced=True)
    book.cancel(stay["reservation"])
    assert left(book) == [0] * 7


def test_two_rooms_are_never_sold_three_times(book):
    def attempt(_):
        try:
            return book.sell(hotel="h1", rooms=[asked()])["reservation"]
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(8) as guests:
        ended = list(guests.map(attempt, range(24)))
    assert (ended.count("sold_out"), left(book)[:2]) == (22, [0, 0])


def test_it_is_all_json_and_the_control_interface_reads_it(book):
    book.sell(hotel="h1", rooms=[asked()])
    json.dumps(book.state.kept)
    said = command(
        {"booking.com": book}, "POST extranet/calendar", {"hotel": "h1", "first": "2031-06-10", "last": "2031-06-10"}
    )
    assert said["DBL"]["2031-06-10"]["left"] == 1
    assert len(days("2031-06-10", "2031-06-12")) == 3
