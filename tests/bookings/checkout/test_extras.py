"""Extras for each room and for so many persons, in the steps and in the price of anything; what there is instead."""

import json

import pytest

from billing.taxes.enums import ChargeBasis, Component
from bookings.rates.models import Extra, Restriction
from bookings.rates.wishes import wish_query
from tests.bookings.checkout.conftest import hold, pages, wish
from tests.bookings.checkout.test_pages import BOOK, browser, offers

__all__ = ["browser"]

TWO = wish(adults=3, rooms=2)


@pytest.fixture
def breakfast(shop):
    """Breakfast at 15 a person and night from three years on."""
    return Extra.objects.create(
        property=shop.house.property, code="BREAK", name="Breakfast", component=Component.BREAKFAST,
        basis=ChargeBasis.PERSON_NIGHT, price_minor=1_500, age_from=3,
    )  # fmt: skip


def priced(browser, asked, *more):
    """Return the totals of each room."""
    chosen = "&".join(f"offer={key}" for key in ["DBL:BAR"] * asked.rooms)
    address = f"/booking/calculate-price/?property=LIS&{wish_query(asked)}&{chosen}&{'&'.join(more)}"
    answer = browser.get(address, headers={"accept": "application/json"})
    body = json.loads(answer.content)
    return [room["total_minor"] for room in body["rooms"]] if answer.status_code == 200 else body["code"]


@pytest.mark.parametrize(
    ("more", "totals"),
    [
        (["extra-1-PARK=1", "extra-2-CAB=2"], [22_000, 28_000]),
        (["extra-CAB=1"], [24_000, 20_000]),
        (["extra-1-BREAK=1", "extra-2-BREAK=1"], [23_000, 23_000]),
        (["extra-1-BREAK=2"], [26_000, 20_000]),
        (["extra-1-BREAK=9"], [26_000, 20_000]),
        (["extra-1-CAB=x", "extra-2-CAB=-1"], [20_000, 20_000]),
        (["extra-NOPE=1"], "extra_unknown"),
    ],
)
def test_the_price_has_the_extras_of_each_room(shop, breakfast, browser, more, totals):
    assert priced(browser, TWO, *more) == totals


def test_so_many_persons_are_chosen_kept_and_shown_again(shop, breakfast, browser):
    checkout = hold(shop, shop.later, TWO)
    first, second = checkout.booking.reservations.order_by("pk")
    answer = browser.post(pages(checkout, "extras"), {"extra-1-BREAK": "1", "extra-2-BREAK": "1", "stay": "on"})
    assert answer.status_code == 303
    for room in (first, second):
        room.refresh_from_db()
    assert [room.charges_minor for room in (first, second)] == [3_000, 3_000]
    wish_first, wish_second = (room.terms["extras"][0] for room in (first, second))
    assert (first.adults, second.adults) == (2, 1)
    assert (wish_first["persons"], wish_second["persons"]) == (1, None), "one of two; everybody"
    page = browser.get(pages(checkout, "extras")).content.decode()
    assert '<option value="1" selected>1 person</option>' in page
    assert '<option value="1" selected>For all</option>' in page


def test_who_is_not_counted_cannot_be_chosen_for(shop, breakfast, browser):
    """An infant of two has no breakfast to choose."""
    checkout = hold(shop, shop.later, wish(adults=1, child_ages=(2,)))
    page = browser.get(pages(checkout, "extras")).content.decode()
    assert page.count("1 person<") == 0
    browser.post(pages(checkout, "extras"), {"extra-1-BREAK": "2"})
    assert checkout.booking.reservations.get().charges_minor == 3_000


def test_what_there_is_instead_is_told_for_every_room(shop, browser):
    """Only the second room, with the child, needs a suite, which is sold for four nights then: its other dates are offered."""
    shop.house.double.max_children = 0
    shop.house.double.save()
    Restriction.objects.create(
        property=shop.house.property,
        room_type=shop.house.suite,
        rate_plan=None,
        date=wish().arrival,
        min_stay_arrival=4,
    )
    page = offers(browser, wish(adults=3, child_ages=(5,), rooms=2)).content.decode()
    assert "What we have instead" in page
    assert f'href="{BOOK}?arrival=' in page
