"""The search over properties: prices are the quote's, what is not sold says why, filters, order, a fixed number of queries."""

from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.taxes.party import Party
from bookings.availability.models import InventoryDay
from bookings.rates.enums import Source
from bookings.rates.models import Promotion, RatePlan
from bookings.rates.services import quote
from bookings.rates.wishes import Wish
from bookings.website.searching import Filters, Sort, listed_properties, search
from pms.properties.models import Amenity, Property
from tests.bookings.rates.asking import AT, day, derived, limit
from tests.bookings.rates.grid import make_grid
from tests.conftest import TODAY
from tests.house import book, make_house


def look(arrival=10, departure=12, *, at=AT, adults=2, ages=(), rooms=1, code="", **filters):
    """Search from TODAY's days."""
    wish = Wish(day(arrival), day(departure), adults, ages, rooms, code)
    return search(listed=listed_properties(), wish=wish, filters=Filters(**filters), at=at)


def names(answer):
    return [found.place.code for found in answer.results]


def test_every_property_says_its_cheapest_stay(property_a, property_other):
    derived(property_other, "NRF", property_other.rate_plan, percent=-10)
    found = look()
    assert [(row.place.code, row.sold.total_minor, row.sold.night_minor) for row in found.results] == [
        ("POR", 18_000, 9_000),
        ("LIS", 20_000, 10_000),
    ]
    assert (found.count, found.sold, found.pages) == (2, 2, 1)


@pytest.mark.parametrize("seed", range(6))
def test_a_price_is_the_quote_s_price_to_the_cent(in_tenant, planted, seed):
    """One code path: whatever the stay, the search shows the first offer of the quote, or it has none."""
    random = Random(seed)
    for number in range(4):
        grid = make_grid(types=1 + number, plans=2 + number, today=TODAY, code=f"G{number}")
        for kind in grid.types[::2]:
            InventoryDay.objects.filter(room_type=kind, date__gte=day(random.randrange(40))).update(sold=10)
        limit(grid, random.randrange(1, 12), plan=grid.plans[0], stop_sell=True)
        plan = grid.plans[1]
        plan.nights_min, plan.lead_days_min, plan.fills_gaps = random.choice([None, 3]), random.choice([None, 4]), True
        plan.save()
    for _ in range(12):
        arrival, nights, adults = random.randrange(30), random.randrange(1, 9), random.randrange(1, 4)
        ages = tuple(random.randrange(18) for _ in range(random.randrange(2)))
        answer = look(arrival, arrival + nights, adults=adults, ages=ages)
        for found in answer.results:
            told = quote(
                property=found.place,
                arrival=day(arrival),
                departure=day(arrival + nights),
                party=Party(adults, ages),
                at=AT,
                source=Source.DIRECT_WEB,
                with_alternatives=False,
            )
            assert (found.sold and found.sold.offers[0]) == (told.offers[0] if told.offers else None)
            assert (found.refusal is None) == bool(told.offers)
            if found.refusal is not None:
                assert found.refusal.code in {refusal.code for refusal in told.refusals}


def test_rooms_are_taken_one_after_the_other(property_a):
    """T9: with two doubles left, the third room is the suite."""
    book(property_a, 10, 12, room_type=property_a.double)
    found = look(rooms=3, adults=6).results[0]
    assert [(count, offer.room_type_code) for count, offer in found.sold.room_types] == [(2, "DBL"), (1, "STE")]
    assert found.sold.total_minor == 2 * 20_000 + 50_000


def test_more_rooms_than_there_are_say_how_many_are_left(property_a):
    found = look(rooms=6, adults=6).results[0]
    assert (found.sold, found.refusal.code, found.refusal.value) == (None, "rooms_left", 3)


def test_what_is_not_sold_comes_last_and_says_the_rule_and_the_nearest_dates(property_a, property_other):
    limit(property_a, 10, closed_to_arrival=True)
    found = look(sort=Sort.NAME)
    assert names(found) == ["POR", "LIS"]
    closed = found.results[1]
    assert (closed.refusal.code, closed.refusal.date) == ("closed_to_arrival", day(10))
    assert [(other.wish.arrival, other.wish.departure, other.total_minor) for other in closed.other_dates] == [
        (day(11), day(13), 20_000),
        (day(9), day(11), 20_000),
    ]


def test_a_minimum_stay_proposes_the_longer_stay(property_a):
    for offset in range(3, 18):
        limit(property_a, offset, min_stay_arrival=3)
    other = look().results[0].other_dates[0]
    assert (other.wish.arrival, other.wish.length) == (day(10), 3)


def test_a_plan_for_others_does_not_give_the_reason(property_a):
    RatePlan.objects.create(property=property_a.property, code="CORP", name="Company", access_code="SECRET")
    limit(property_a, 10, plan=property_a.rate_plan, min_stay_arrival=5)
    assert look().results[0].refusal.code == "min_stay_arrival"


def test_a_code_is_a_promotion_or_opens_a_plan(property_a, property_other):
    Promotion.objects.create(property=property_a.property, code="MAY", name="May", percent=20)
    derived(property_other, "CORP", property_other.rate_plan, percent=-30, access_code="may")
    found = look(code="May")
    assert [(row.place.code, row.sold.total_minor) for row in found.results] == [("POR", 14_000), ("LIS", 16_000)]
    assert found.knows_code
    assert not look(code="JUNE").knows_code


def test_without_dates_there_are_places_and_no_prices(property_a):
    found = search(listed=listed_properties(), wish=None, filters=Filters(), at=AT)
    assert [(row.place.code, row.sold, row.refusal) for row in found.results] == [("LIS", None, None)]


@pytest.mark.parametrize("words", ["šiauliai", "siauliai", "SIAULIAI lietuva", "lithuania", "casa porto"])
def test_a_place_is_found_by_city_country_and_name_without_its_accents(property_a, property_other, words):
    from django.utils.translation import override

    Property.objects.filter(code="POR").update(city="Šiauliai", country="LT")
    with override("lt"):
        assert names(look(place=words)) == ["POR"]


def test_every_amenity_that_is_chosen_must_be_there(property_a, property_other):
    pool, sauna = (Amenity.objects.get_or_create(code=code, defaults={"name": code})[0] for code in ("zz1", "zz2"))
    property_a.property.amenities.add(pool)
    property_other.property.amenities.add(pool, sauna)
    assert names(look(amenities=("zz1", "zz2"))) == ["POR"]
    assert names(look(amenities=("zz1",))) == ["LIS", "POR"]
    assert names(look(amenities=("nothing",))) == []


def test_prices_are_compared_by_the_night(property_a, property_other):
    derived(property_other, "NRF", property_other.rate_plan, percent=-10)
    assert names(look(price_from=91)) == ["LIS"]
    assert names(look(price_to=90)) == ["POR"]


def test_by_place_a_country_stays_together(property_a, property_other):
    Property.objects.filter(code="LIS").update(country="PT", city="Lisboa")
    Property.objects.filter(code="POR").update(country="LT", city="Vilnius")
    assert names(look(sort=Sort.PLACE)) == ["POR", "LIS"]


def test_pages_are_twenty_long_and_end_at_the_last(property_a):
    Property.objects.bulk_create(
        Property(code=f"P{number}", name=f"P{number:02}", business_date=TODAY) for number in range(25)
    )
    found = look(page=9)
    assert (found.page, found.pages, len(found.results), found.count) == (2, 2, 6, 26)
    assert names(look())[0] == "LIS"


def test_each_property_trades_by_its_own_business_date(property_a, property_other):
    """T5"""
    Property.objects.filter(code="POR").update(business_date=day(11))
    found = {row.place.code: row.refusal and row.refusal.code for row in look().results}
    assert found == {"LIS": None, "POR": "arrival_past"}


def test_a_fixed_number_of_queries_whatever_is_listed(in_tenant, planted):
    counts = []
    for number in range(1, 4):
        make_grid(types=number, plans=number, today=TODAY, code=f"G{number}")
        if number == 2:
            continue
        with CaptureQueriesContext(connection) as made:
            assert look().sold == number
        counts.append(len(made))
    assert counts == [10, 10]


def test_other_dates_cost_one_more_snapshot(in_tenant):
    for code in ("H1", "H2"):
        limit(make_house(code=code, name=code, today=TODAY, horizon_days=40), 10, stop_sell=True)
    with CaptureQueriesContext(connection) as made:
        assert all(found.other_dates for found in look().results)
    assert len(made) == 19


def test_another_organization_s_properties_are_not_found(property_a, hotel_b):
    from django_tenants.utils import schema_context

    with schema_context(hotel_b.schema_name):
        make_house(code="OTTO", name="Otto", today=TODAY, horizon_days=20)
        assert names(look()) == ["OTTO"]
    assert names(look()) == ["LIS"]


def test_nothing_listed_is_an_empty_page(in_tenant):
    found = look()
    assert (found.results, found.count, found.pages) == ((), 0, 1)
    assert listed_properties() == []
