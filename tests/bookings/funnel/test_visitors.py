"""The cookie a visitor is known again by: where it is given, what is in it, and who is cached."""

import pytest

from bookings.funnel.facts import facts_of
from bookings.funnel.visitors import visitor_of
from tests.bookings.funnel.visiting import ask, cookie

PAGES = ["/", "/booking/search/", "/booking/property/LIS/", "/booking/property/LIS/rooms/DBL/"]
PAGES += ["/booking/property/LIS/calendar/", "/booking/property/LIS/book/"]


@pytest.fixture
def guest(client_for, hotel_a, property_a):
    return client_for(None, hotel_a)


@pytest.mark.parametrize("page", PAGES)
def test_first_page_gives_a_cookie_of_our_own_for_a_day(guest, page):
    answer = guest.get(page)
    given = answer.cookies["visitor"]
    assert (given["httponly"], given["samesite"], given["domain"], given["max-age"]) == (True, "Lax", "", 86_400)
    assert "Cookie" in answer["Vary"]
    assert "visitor" not in guest.get(page).cookies


def test_nothing_but_a_random_number_is_in_it(guest):
    first, second = (guest.get("/").cookies["visitor"].value for guest.cookies in (type(guest.cookies)() for _ in "12"))
    assert first.split(":")[0] != second.split(":")[0]
    assert len(first.split(":")[0]) == 32


def test_it_is_the_visitor_wherever_they_are():
    """Out of the hotel's wireless network and into the telephone's, they are one visitor still."""
    here, there = ask(ip="203.0.113.9"), ask(ip="198.51.100.7")
    for request in (here, there):
        request.COOKIES["visitor"] = cookie("greta")
    assert facts_of(here).visitor == facts_of(there).visitor
    assert facts_of(here).network != facts_of(there).network
    assert "greta" not in facts_of(here).visitor


def test_what_was_not_signed_here_is_nobodys():
    request = ask()
    request.COOKIES["visitor"] = "greta:1abc:forged"
    assert visitor_of(request) == ""
