"""The pages, as a browser without JavaScript sees them."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from billing.taxes.models import Fee, Tax, TaxRate
from bookings.checkout.models import Checkout
from bookings.funnel.challenge import STAMP, stamp
from bookings.rates.models import Promotion, RatePlan, Restriction
from bookings.rates.wishes import wish_query
from bookings.reservations.enums import Status
from bookings.reservations.models import Booking
from tests.bookings.checkout.conftest import TYPED, begin, hold, named, pages, states, wish
from tests.conftest import TODAY
from tests.house import book, free

BOOK = "/booking/property/LIS/book/"


@pytest.fixture
def browser(client_for, hotel_a):
    return client_for(None, hotel_a)


def offers(browser, asked=None, **more):
    return browser.get(f"{BOOK}?{wish_query(asked or wish())}", **more)


def text(answer):
    """Return what a reader sees, tags and line breaks left out."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def choose(browser, asked=None, key="DBL:BAR", **more):
    asked = asked or wish()
    chosen = {f"offer-{number}": key for number in range(1, asked.rooms + 1)}
    # As somebody who read the page for ten seconds: who is faster than that is asked to prove that they are somebody.
    with time_machine.travel(timezone.now() - timedelta(seconds=10)):
        read = {STAMP: stamp()}
    return browser.post(f"{BOOK}?{wish_query(asked)}", {"request_key": str(uuid4()), **read, **chosen, **more})


def later(minutes):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=True)


def test_offers_are_compared_by_what_differs(shop, stripe_account, browser):
    answer = offers(browser)
    said = text(answer)
    assert answer.status_code == 200
    for words in (
        "Double", "Suite", "Room only", "Free cancellation until Mon 30 Nov, 18:00", "Nothing to pay now",
        "Paid in full now", "€66.00 now, the rest later", "€200.00", "€100.00 a night, all taxes in", "3 left",
    ):  # fmt: skip
        assert words in said


def test_few_rooms_are_told_only_when_it_is_true(shop, browser):
    book(shop.house, 10, 12)
    assert "2 left" in text(offers(browser))
    shop.house.double.overbooking_limit = 5
    shop.house.double.save()
    assert "7 left" not in text(offers(browser))


def test_what_is_paid_in_advance_needs_an_account(shop, browser):
    assert "Paid in full now" not in text(offers(browser))


def test_a_wish_that_makes_no_sense_is_said_at_its_place(shop, browser):
    answer = browser.get(f"{BOOK}?arrival=2026-11-01&departure=2026-11-03")
    assert (answer.status_code, "The arrival is in the past." in text(answer)) == (422, True)


def test_refusals_come_with_reasons_and_other_dates_as_links(shop, browser):
    for room_type in (shop.house.double, shop.house.suite):
        Restriction.objects.create(
            property=shop.house.property, room_type=room_type, rate_plan=None, date=wish().arrival, min_stay_arrival=4
        )
    answer = offers(browser)
    assert "have at least 4 nights. Please stay longer or arrive on another day." in text(answer)
    assert f'href="{BOOK}?arrival=' in answer.content.decode()


def test_a_promo_code_is_in_the_price_and_a_wrong_one_is_said(shop, browser):
    Promotion.objects.create(property=shop.house.property, code="TENTH", name="Ten", percent=10)
    good = text(offers(browser, wish(code="tenth")))
    assert "€180.00" in good
    assert "€20.00 off." in good
    bad = text(offers(browser, wish(code="NONE")))
    assert "We do not know this code. Prices are without it." in bad
    assert "€200.00" in bad


def test_a_corporate_rate_shows_to_who_has_its_code(shop, browser):
    RatePlan.objects.create(
        property=shop.house.property, code="CORP", name="Partners", parent=shop.later, derive_percent=-20,
        access_code="acme", guarantee="until_6pm",
    )  # fmt: skip
    assert "Partners" not in text(offers(browser))
    assert "Partners" in text(offers(browser, wish(code="ACME")))
    assert choose(browser, wish(code="ACME"), "DBL:CORP").status_code == 303
    assert Checkout.objects.get().agreed_minor == 16_000


def test_the_promo_code_is_in_the_hold_as_on_the_page(shop, browser):
    Promotion.objects.create(property=shop.house.property, code="TENTH", name="Ten", percent=10)
    choose(browser, wish(code="TENTH"), promo="on")
    assert Checkout.objects.get().agreed_minor == 18_000


def test_the_whole_way_without_javascript(shop, browser):
    answer = choose(browser)
    checkout = Checkout.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, pages(checkout, "extras"))
    answer = browser.post(pages(checkout, "extras"), {"extra-1-PARK": "1", "extra-1-CAB": "0"})
    assert answer["Location"] == pages(checkout, "guest")
    assert "€220.00" in text(browser.get(pages(checkout, "guest")))
    answer = browser.post(pages(checkout, "guest"), {**TYPED, "consent": "on", "arrival_time": "21:30"})
    assert answer["Location"] == pages(checkout, "payment")
    page = text(browser.get(pages(checkout, "payment")))
    assert "You pay at the property. Nothing is charged now." in page
    assert "Free until arrival." in page
    answer = browser.post(pages(checkout, "payment"))
    assert answer["Location"] == pages(checkout, "confirmed")
    page = text(browser.get(pages(checkout, "confirmed")))
    assert checkout.booking.code in page
    assert "€220.00" in page
    assert states(checkout) == [Status.CONFIRMED]


def test_back_and_reload_after_the_end_lead_to_the_booking(shop, browser):
    checkout = named(hold(shop, shop.later))
    for _ in range(2):
        assert browser.post(pages(checkout, "payment"))["Location"] == pages(checkout, "confirmed")
    for name in ("extras", "guest", "payment"):
        assert browser.get(pages(checkout, name))["Location"] == pages(checkout, "confirmed")
    assert Booking.objects.count() == 1


def test_the_lines_on_the_card_sum_to_the_price(shop, browser):
    from bookings.checkout.summary import summary_of

    summary = summary_of(hold(shop, shop.third, wish(adults=3, rooms=2)))
    assert [sum(line.amount_minor for line in room.lines) for room in summary.rooms] == [20_000, 20_000]
    assert (summary.total_minor, summary.due_minor, summary.later_minor) == (40_000, 13_200, 26_800)


def test_choosing_again_keeps_one_hold_for_one_visitor(shop, browser):
    for key in ("DBL:BAR", "STE:BAR", "DBL:BAR"):
        assert choose(browser, key=key).status_code == 303
    assert free(shop.house.double, wish().arrival) == 2
    assert free(shop.house.suite, wish().arrival) == 2


def test_two_rooms_at_once(shop, browser):
    asked = wish(adults=3, child_ages=(6,), rooms=2)
    page = text(offers(browser, asked))
    assert "Room 1" in page
    assert "1 adult, 1 child (6)" in page
    assert choose(browser, asked).status_code == 303
    assert Checkout.objects.get().booking.reservations.count() == 2


def test_a_room_that_has_just_gone_is_said_and_others_are_shown(shop, browser):
    for _ in range(3):
        book(shop.house, 10, 12)
    answer = choose(browser)
    assert (answer.status_code, Checkout.objects.count()) == (422, 0)
    assert "Sold out on 30 November 2026." in text(answer)
    assert "Suite" in text(answer)


@pytest.mark.parametrize("key", ["", "DBL", "NO:BAR", "DBL:NO", "DBL:BAR:x"])
def test_an_offer_that_is_none_is_refused(shop, browser, key):
    assert choose(browser, key=key).status_code == 422


def test_what_is_missing_is_said_beside_it(shop, browser):
    checkout = hold(shop, shop.later)
    answer = browser.post(
        pages(checkout, "guest"), {"first_name": "Greta", "email": "no", "company_vat_id": "DE123", "consent": ""}
    )
    page = text(answer)
    assert answer.status_code == 422
    assert "This is not a VAT id: please check its digits." in page
    assert "Please agree to the terms" in page


def test_a_company_has_a_name(shop, browser):
    checkout = hold(shop, shop.later)
    typed = {**TYPED, "consent": "on", "company_vat_id": "SE556012579001"}
    answer = browser.post(pages(checkout, "guest"), typed)
    assert (answer.status_code, "Say the name of the company as well." in text(answer)) == (422, True)


def test_consent_is_kept_as_it_was_read(shop, client_for, hotel_a):
    checkout = hold(shop, shop.later, language="de")
    browser = client_for(None, hotel_a)
    with translation.override("en"):
        browser.post(f"/de{pages(checkout, 'guest')}", {**TYPED, "consent": "on"}, REMOTE_ADDR="203.0.113.7")
    checkout.refresh_from_db()
    assert checkout.consent_ip == "203.0.113.7"
    assert "Casa Lisboa" in checkout.consent_text


def test_payment_asks_first_who_is_coming(shop, browser):
    checkout = hold(shop, shop.later)
    assert browser.get(pages(checkout, "payment"))["Location"] == pages(checkout, "guest")


def test_the_way_over_the_provider(shop, stripe_account, stripe_sandbox, browser):
    checkout = named(hold(shop, shop.full))
    assert "Pay €200.00 and book" in text(browser.get(pages(checkout, "payment")))
    answer = browser.post(pages(checkout, "payment"))
    assert answer.status_code == 303
    back = stripe_sandbox.pay(answer["Location"])
    assert back == f"http://hotel-a.localhost/booking/payment/success/{checkout.token}/"
    assert browser.get(back)["Location"] == pages(checkout, "confirmed")
    assert browser.get(back)["Location"] == pages(checkout, "confirmed")


def test_coming_back_without_paying(shop, stripe_account, browser):
    checkout = named(hold(shop, shop.full))
    begin(checkout)
    answer = browser.get(f"/booking/payment/cancel/{checkout.token}/", follow=True)
    assert "You came back without paying." in text(answer)
    assert "Your payment is on its way" in text(browser.get(f"/booking/payment/success/{checkout.token}/"))


def test_a_provider_that_is_away_is_said(shop, stripe_account, stripe_sandbox, browser):
    checkout = named(hold(shop, shop.full))
    stripe_sandbox.fault("close_before", method="POST", path_prefix="/v1/checkout", times=1)
    answer = browser.post(pages(checkout, "payment"))
    assert (answer.status_code, "Nothing was paid. Please try again." in text(answer)) == (503, True)
    assert states(checkout) == [Status.HOLD]


def test_changing_extras_closes_the_open_page(shop, stripe_account, browser):
    checkout = named(hold(shop, shop.full))
    payment = begin(checkout)
    browser.post(pages(checkout, "extras"), {"extra-1-CAB": "1"})
    payment.refresh_from_db()
    assert payment.status in {"cancelled", "expired"}
    checkout.refresh_from_db()
    assert begin(checkout).amount_minor == 24_000


def test_time_is_shown_and_can_be_extended_once(shop, browser):
    checkout = hold(shop, shop.later)
    page = browser.get(pages(checkout, "guest")).content.decode()
    assert "kept for 15 more minutes" in page
    assert "I need more time" in page
    with later(10):
        assert browser.post(pages(checkout, "renew"), {"back": "guest"})["Location"] == pages(checkout, "guest")
        page = browser.get(pages(checkout, "guest")).content.decode()
        assert "kept for 15 more minutes" in page
        assert "I need more time" not in page


def test_when_time_is_up_the_same_rooms_can_be_taken_again(shop, browser):
    checkout = hold(shop, shop.later)
    with later(16):
        for name in ("extras", "guest", "payment"):
            answer = browser.get(pages(checkout, name))
            assert (answer.status_code, "The time is up" in text(answer)) == (410, True)
        assert f'href="{BOOK}?{checkout.query}"'.replace("&", "&amp;") in answer.content.decode()
        assert browser.post(pages(checkout, "retake")).status_code == 303
        for _ in range(2):
            book(shop.house, 10, 12)
    other = Checkout.objects.exclude(pk=checkout.pk).get()
    with later(40):
        book(shop.house, 10, 12)
        answer = browser.post(pages(other, "retake"))
        assert (answer.status_code, "Sold out" in text(answer)) == (410, True)


def test_staff_see_it_as_an_option_on_the_chart(shop, felix, hotel_a, client_for):
    checkout = named(hold(shop, shop.later))
    page = client_for(felix, hotel_a).get(
        f"/desk/reservations/{checkout.booking.reservations.get().code}/", follow=True
    )
    assert "Option" in page.content.decode()
    assert "Greta Garbo" in page.content.decode()


def test_nobody_finds_a_checkout_of_another_hotel(shop, hotel_b, client_for):
    checkout = hold(shop, shop.later)
    stranger = client_for(None, hotel_b)
    for name in ("resume", "extras", "guest", "payment", "confirmed", "success", "cancel"):
        assert stranger.get(pages(checkout, name)).status_code == 404


def test_pages_are_kept_by_nobody(shop, browser):
    checkout = hold(shop, shop.later)
    for name in ("extras", "guest"):
        assert "no-store" in browser.get(pages(checkout, name))["Cache-Control"]


def test_what_cannot_be_sold_here_is_no_page(shop, browser):
    assert browser.get("/booking/property/NOPE/book/").status_code == 404
    shop.house.property.is_listed = False
    shop.house.property.save()
    assert browser.get(BOOK).status_code == 404


def test_the_price_as_json(shop, browser):
    address = f"/booking/calculate-price/?property=LIS&{wish_query(wish())}&offer=DBL:BAR&extra-PARK=1"
    answer = browser.get(address, headers={"accept": "application/json"})
    body = json.loads(answer.content)
    assert (body["currency"], body["total_minor"], body["due_now_minor"]) == ("EUR", 22_000, 0)
    assert [line["amount_minor"] for line in body["rooms"][0]["lines"]] == [20_000, 2_000]


def test_the_price_as_a_fragment(shop, browser):
    answer = browser.get(f"/booking/calculate-price/?property=LIS&{wish_query(wish())}&offer=DBL:BAR")
    assert (answer.status_code, "€200.00" in text(answer), "<html" in answer.content.decode()) == (200, True, False)


def test_a_price_that_is_refused(shop, browser):
    address = f"/booking/calculate-price/?property=LIS&{wish_query(wish(arrival=300))}&offer=DBL:BAR"
    answer = browser.get(address, headers={"accept": "application/json"})
    body = json.loads(answer.content)
    assert (answer.status_code, body["code"]) == (409, "beyond_horizon")
    assert body["title"] == "Not on sale yet for 16 September 2027. Please choose earlier dates."


def counted(browser, address):
    browser.get(address)  # hosts, languages and content types are remembered
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert browser.get(address).status_code == 200
    return len(queries)


def test_queries_of_the_offers_are_fixed(shop, browser):
    """A week costs what a night does, and more rates what fewer do."""
    one = counted(browser, f"{BOOK}?{wish_query(wish(nights=1))}")
    for number in range(3):
        RatePlan.objects.create(
            property=shop.house.property, code=f"R{number}", name=f"Rate {number}", parent=shop.later
        )
    assert counted(browser, f"{BOOK}?{wish_query(wish(nights=7))}") == one <= 30


@pytest.mark.parametrize("name", ["extras", "guest", "payment"])
def test_queries_of_a_step_are_fixed(shop, browser, name):
    one = named(hold(shop, shop.later, wish(nights=1)))
    two = named(hold(shop, shop.later, wish(arrival=20, nights=6, adults=4, rooms=2)))
    assert counted(browser, pages(one, name)) == counted(browser, pages(two, name)) <= 22


def test_queries_of_the_confirmation_are_fixed(shop, browser):
    one, two = named(hold(shop, shop.later)), named(hold(shop, shop.later, wish(arrival=20, adults=4, rooms=2)))
    for checkout in (one, two):
        browser.post(pages(checkout, "payment"))
    assert counted(browser, pages(one, "confirmed")) == counted(browser, pages(two, "confirmed")) <= 18


def test_taxes_and_fees_are_named_in_the_guests_language(shop, browser):
    place = shop.house.property
    city = Tax.objects.create(
        property=place, code="CITY", name="Tourist tax", kind="city_tax", basis="person_night", is_included=False,
        components=["accommodation"], texts={"lt": {"name": "Turisto mokestis"}},
    )  # fmt: skip
    TaxRate.objects.create(tax=city, first=TODAY, amount_minor=200)
    Fee.objects.create(
        property=place, code="CLEAN", name="Cleaning", amount_minor=2_500, texts={"lt": {"name": "Valymas"}}
    )
    checkout = hold(shop, shop.later)
    with translation.override("lt"):
        page = browser.get(pages(checkout, "guest"))
    assert {"Turisto mokestis", "Valymas"} <= {line.label for line in page.context["summary"].rooms[0].lines}
    english = browser.get(pages(checkout, "guest")).context["summary"]
    assert {"Tourist tax", "Cleaning"} <= {line.label for line in english.rooms[0].lines}
