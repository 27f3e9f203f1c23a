"""The wish in the addresses of guests' pages: what is read, what is refused and where, and that it comes back as it was."""

from datetime import date

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from billing.taxes.party import Party
from bookings.rates.wishes import MOST_CHILDREN, Wish, wish_query, wish_read, wish_usual
from pms.kernel.errors import Invalid

TODAY = date(2026, 12, 1)
DATES = "arrival=2026-12-24&departure=2026-12-27"


def read(query: str) -> Wish | None:
    return wish_read(QueryDict(query), today=TODAY)


def test_it_reads_everything():
    found = read(f"{DATES}&adults=3&children=6,9&rooms=2&code=MAY")
    assert found == Wish(date(2026, 12, 24), date(2026, 12, 27), 3, (6, 9), 2, "MAY")


def test_two_adults_in_one_room_are_usual():
    assert read(DATES) == Wish(date(2026, 12, 24), date(2026, 12, 27), 2, (), 1, "")


def test_without_a_date_there_is_no_wish():
    assert read("adults=2&place=Vilnius") is None


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("arrival=2026-12-24", "bad_date", "departure"),
        ("departure=2026-12-24", "bad_date", "arrival"),
        ("arrival=tomorrow&departure=2026-12-24", "bad_date", "arrival"),
        ("arrival=2026-11-30&departure=2026-12-24", "arrival_past", "arrival"),
        ("arrival=9999-12-30&departure=9999-12-31", "too_far", "arrival"),
        ("arrival=2026-12-24&departure=2026-12-24", "no_nights", "departure"),
        ("arrival=2026-12-24&departure=2029-12-24", "too_long", "departure"),
        (f"{DATES}&adults=0", "bad_number", "adults"),
        (f"{DATES}&adults=²", "bad_number", "adults"),
        (f"{DATES}&rooms=many", "bad_number", "rooms"),
        (f"{DATES}&children=18", "bad_age", "children"),
        (f"{DATES}&children=6,-1", "bad_age", "children"),
        (f"{DATES}&children={'5,' * (MOST_CHILDREN + 1)}", "bad_number", "children"),
        (f"{DATES}&adults=2&rooms=3", "room_without_adult", "rooms"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(query, code, field):
    """T3: a stay without a night is refused; T5: the past begins at the business date."""
    with pytest.raises(Invalid) as caught:
        read(query)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_arriving_on_the_business_date_is_not_the_past():
    """T5"""
    assert read("arrival=2026-12-01&departure=2026-12-02").arrival == TODAY


def test_a_code_is_one_line_of_printable_text():
    assert read(f"{DATES}&code=%20MAY%00%0A").code == "MAY"


def test_guests_are_shared_out_over_the_rooms():
    wish = Wish(date(2026, 12, 24), date(2026, 12, 27), adults=3, child_ages=(2, 9, 6), rooms=2)
    assert wish.parties == (Party(adults=2, child_ages=(6,)), Party(adults=1, child_ages=(9, 2)))


def test_the_usual_wish_can_be_read_back():
    usual = wish_usual(today=TODAY)
    assert read(wish_query(usual)) == usual


@given(
    adults=st.integers(1, 30),
    ages=st.lists(st.integers(0, 17), max_size=20),
    rooms=st.integers(1, 9),
    code=st.text("ABC&=+ ,ž", max_size=9),
)
def test_a_wish_comes_back_as_it_was_written(adults, ages, rooms, code):
    wish = Wish(date(2026, 12, 24), date(2026, 12, 27), adults, tuple(ages), min(rooms, adults), code.strip())
    assert read(wish_query(wish)) == wish
    assert sum(party.persons for party in wish.parties) == wish.persons
